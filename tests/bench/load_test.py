#!/usr/bin/python3
"""milter_load counts rightly: the benchmark's figures are no better than it is. FIVEFIFTY and MILTER_LOAD name the programs."""
import json
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'wire'))

from program import Program  # noqa: E402

MESSAGE = b'From: ann@example.org\r\nSubject: a subject\r\n that is folded\r\n\r\nhello\r\n'


def scenario(name, verdict, sender='ann@example.org', recipient='bob@example.net'):
    return name, '192.0.2.1', 'mail.example.org', 'mail.example.org', sender, recipient, verdict


GOOD = scenario('good', 'accepted')
RELAY = scenario('relay', 'refused', recipient='bob@elsewhere.example')
SILENT = scenario('silent', 'deferred', sender='ann@silent.example')


class Load(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program = Program()
        (cls.program.folder / 'message.eml').write_bytes(MESSAGE)

    @classmethod
    def tearDownClass(cls):
        cls.program.end()

    def run_load(self, scenarios, *more, socket=None):
        path = self.program.folder / 'scenarios.tsv'
        message = str(self.program.folder / 'message.eml')
        path.write_text(''.join('\t'.join([*fields, message]) + '\n' for fields in scenarios))
        return subprocess.run([os.environ['MILTER_LOAD'], socket or self.program.socket, path, *more],
                              capture_output=True, text=True, timeout=120)

    def loaded(self, scenarios, at_a_time):
        done = self.run_load(scenarios, '0.5', str(at_a_time))
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_each_verdict_has_its_name(self):
        done = self.run_load([GOOD, RELAY, SILENT])
        self.assertEqual(done.stdout.splitlines(), ['good accepted', 'relay refused', 'silent deferred'], done.stderr)

    def test_each_message_is_in_the_filters_log(self):
        before = len(self.program.records())
        result = self.loaded([GOOD, RELAY, SILENT], 4)
        self.assertGreater(result['messages'], 3)
        self.assertEqual((result['wrong'], result['broken']), (0, 0))
        # An accepted message is one decision at RCPT and one at its end.
        endings = [record for record in self.program.records()[before:]
                   if (record['event'], record['stage']) != ('accept', 'rcpt')]
        self.assertEqual(len(endings), result['messages'])
        self.assertLessEqual(result['p50'], result['p99'])
        self.assertLessEqual(result['p99'], result['seconds'] * 1000)

    def test_a_wrong_verdict_is_counted(self):
        result = self.loaded([scenario('relay', 'accepted', recipient='bob@elsewhere.example')], 1)
        self.assertEqual(result['wrong'], result['messages'])

    def test_no_filter_is_an_error(self):
        nobody = str(self.program.folder / 'nobody')
        for more in ([], ['0.1', '2']):
            done = self.run_load([GOOD], *more, socket=nobody)
            self.assertEqual(done.returncode, 1)
            self.assertIn(nobody, done.stderr)


unittest.main()
