#!/usr/bin/python3
"""fivefifty beside a real opendkim, behind a real Postfix: beside_test.py PROGRAM

Run inside tests/e2e/namespace, where contrib/with-servers brought opendkim. What contrib/docs/beside.md says of results in
the name of another filter, each row of its table: with that filter running, and with it stopped."""
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
QUICKSTART = SOURCE / 'contrib/quickstart.d'
sys.path[:0] = [str(QUICKSTART), str(SOURCE / 'tests/wire')]

import mail_servers  # noqa: E402
from programs import Filter, wait_until  # noqa: E402
from sink import Sink  # noqa: E402
from smtp_talk import positive, with_crlf  # noqa: E402

SKIPPED = 77
NAME = 'dkim.example.net'
FORGED = f'{NAME}; dkim=pass header.d=bank.example'
OURS = 'unix:fivefifty/fivefifty.sock'


class Opendkim:
    """Verifies, and says so of every message in NAME."""

    def __init__(self):
        self.folder = pathlib.Path('/mnt/opendkim')
        self.folder.mkdir()
        self.socket = self.folder / 'opendkim.sock'
        self.process = None
        (self.folder / 'opendkim.conf').write_text(f'''Mode v
AuthservID {NAME}
AlwaysAddARHeader yes
Socket local:{self.socket}
UMask 000
Background no
''')

    def start(self):
        self.process = subprocess.Popen(['/usr/sbin/opendkim', '-f', '-x', str(self.folder / 'opendkim.conf')])
        assert wait_until(self.socket.exists), 'opendkim does not listen'

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.socket.unlink(missing_ok=True)


class Beside(unittest.TestCase):
    program = ''

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path('/mnt/filter')
        cls.folder.mkdir()
        for name in ('policy.yaml', 'recipients.txt', 'zone.yaml'):
            shutil.copy(QUICKSTART / name, cls.folder / name)
        cls.sink = Sink()
        cls.opendkim = Opendkim()
        cls.server = mail_servers.Postfix(cls.sink.port)
        cls.filter = Filter(cls.program, cls.folder, cls.server.filter_socket, cls.folder / 'policy.yaml',
                            cls.folder / 'zone.yaml')
        cls.filter.start()
        cls.opendkim.start()
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.filter.stop()
        cls.opendkim.stop()
        cls.sink.shutdown()

    def arrange(self, headers, *milters):
        self.filter.stop()
        self.filter.configure(['socket_mode: "0666"', f'headers: {{{headers}}}'])
        self.filter.start()
        self.server.use('filter-decides', smtpd_milters=', '.join(milters))

    def results(self, number):
        """The results in NAME that arrive of a message with forged ones."""
        text = f'''Authentication-Results: {FORGED}
From: Ann <ann@good.example>
To: Bob <bob@example.net>
Subject: forged
Date: Tue, 24 Nov 2026 12:00:00 +0000
Message-ID: <beside-{number}@good.example>

text
'''.encode()
        talk = self.server.talk({'ip': '203.0.113.10', 'name': 'mail.good.example'})
        self.addCleanup(talk.__exit__)
        talk.command('EHLO mail.good.example')
        answer = talk.send('ann@good.example', ['bob@example.net'], text)
        self.assertTrue(positive(answer), answer)
        kept = self.sink.wait_for(lambda message: f'beside-{number}@'.encode() in message.octets)
        self.assertIsNotNone(kept, self.server.log_text()[-3000:])
        header = kept.octets.split(b'\r\n\r\n')[0].decode()
        self.assertIn('Authentication-Results: mx1.example.net;', header, 'our own')
        self.assertTrue(kept.octets.endswith(with_crlf(text)[with_crlf(text).index(b'From:'):]), kept.octets)
        fields = header.replace('\r\n\t', ' ').replace('\r\n ', ' ').split('\r\n')
        return [field.split(': ', 1)[1] for field in fields if field.startswith('Authentication-Results: ' + NAME)]

    def assertGenuine(self, results):
        self.assertEqual(1, len(results), results)
        self.assertIn('dkim=none', results[0])

    def without_opendkim(self, number):
        self.opendkim.stop()
        self.addCleanup(self.opendkim.start)
        return self.results(number)

    def test_after_us_its_results_arrive_and_forged_ones_never_do(self):
        self.arrange(f'also_ours: [{NAME}]', OURS, f'{{unix:{self.opendkim.socket}, default_action=accept}}')
        self.assertGenuine(self.results('after'))
        self.assertEqual([], self.without_opendkim('after-stopped'))

    def test_before_us_its_results_arrive_and_forged_ones_while_it_is_down(self):
        self.arrange(f'keep: [{NAME}], from_filter_before_us: true',
                     f'{{unix:{self.opendkim.socket}, default_action=accept}}', OURS)
        self.assertGenuine(self.results('before'))
        self.assertEqual([FORGED], self.without_opendkim('before-stopped'), 'the hole that the page warns of')

    def test_before_us_and_one_of_ours_its_results_are_lost(self):
        self.arrange(f'also_ours: [{NAME}]', f'{{unix:{self.opendkim.socket}, default_action=accept}}', OURS)
        self.assertEqual([], self.results('lost'))


if __name__ == '__main__':
    if os.geteuid() != 0 or not os.access('/usr/sbin/opendkim', os.X_OK):
        print('needs root, and opendkim: contrib/with-servers postfix,opendkim COMMAND')
        sys.exit(SKIPPED)
    Beside.program = sys.argv.pop(1)
    unittest.main()
