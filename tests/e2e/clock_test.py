#!/usr/bin/python3
"""When questions leave, by the name server's clock, behind a real Postfix: clock_test.py PROGRAM

Run inside tests/e2e/namespace. A client of our own that speaks the milter protocol proves nothing here: Postfix keeps back
commands that need no reply until one that does."""
import os
import pathlib
import socket
import statistics
import sys
import threading
import time
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(SOURCE / 'contrib/quickstart.d'), str(SOURCE / 'tests/wire')]

import mail_servers  # noqa: E402
from milter_client import MilterClient  # noqa: E402
from programs import Filter  # noqa: E402
from sink import Sink  # noqa: E402
from slow_dns import DELAY, POLICY, SlowDns, worlds  # noqa: E402

PAUSE = 3 * DELAY  # of an unhurried client, between commands
SESSIONS = 20
# Seconds beside one answer of the name server, and for a greeting that asks nobody. RCPT runs its checks twice, which
# under sanitizers takes longer.
MOST = 0.015 if os.environ.get('SANITIZED') else 0.005


class Clock(unittest.TestCase):
    program = ''

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path('/mnt/filter')
        cls.folder.mkdir()
        (cls.folder / 'policy.yaml').write_text(POLICY)
        cls.dns = SlowDns(worlds(SESSIONS + 2))
        cls.sink = Sink()
        cls.server = mail_servers.Postfix(cls.sink.port)
        cls.filter = Filter(cls.program, cls.folder, cls.server.filter_socket, cls.folder / 'policy.yaml', None)
        cls.filter.configure(['socket_mode: "0666"', f'resolvers: ["127.0.0.1:{cls.dns.port()}"]'])
        cls.start_filter()
        cls.server.start()

    @classmethod
    def start_filter(cls):
        cls.filter.start()
        time.sleep(1)  # the lists' test points

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.filter.stop()
        cls.sink.shutdown()
        cls.dns.socket.close()

    def talk(self, number):
        talk = self.server.talk({'ip': f'198.51.100.{number}', 'name': f'mail.s{number}.test'})
        self.addCleanup(talk.__exit__)
        return talk

    def commands(self, number):
        return {'EHLO': f'EHLO mail.s{number}.test', 'MAIL': f'MAIL FROM:<a@s{number}.test>',
                'RCPT': 'RCPT TO:<b@example.net>'}

    def test_questions_leave_with_the_command_that_they_are_about(self):
        number = SESSIONS + 1
        before = len(self.dns.asked)
        talk = self.talk(number)
        time.sleep(PAUSE)
        self.assertEqual(self.dns.asked[before:], [], 'a client that only connects')
        seen = {}
        for name, command in self.commands(number).items():
            before = len(self.dns.asked)
            talk.command(command)
            time.sleep(PAUSE)
            seen[name] = sorted(f'{kind} {asked}' for asked, kind in self.dns.asked[before:])
        ip, domain = f'{number}.100.51.198', f's{number}.test'
        self.assertEqual(seen['EHLO'], [f'A {ip}.bl.test', f'PTR {ip}.in-addr.arpa'])
        self.assertEqual(seen['MAIL'], [f'A mail.{domain}', f'MX {domain}', f'TXT {domain}'])
        self.assertEqual(seen['RCPT'], [f'AAAA mail.{domain}', f'TXT spf.{domain}'])

    def timed_rcpt(self, number, client=None):
        """Seconds that RCPT took, and how many of them the name server was later than it should be."""
        talk = self.server.talk(client) if client else self.talk(number)
        self.addCleanup(talk.__exit__)
        for command in self.commands(number).values():
            time.sleep(PAUSE)
            before, begin = len(self.dns.answered), time.monotonic()
            reply = talk.command(command)
            end = time.monotonic()
        self.assertEqual(reply[0][:3], '250', reply)
        answered = self.dns.answered[before:]
        return end - begin - max([0, *(when - begin - DELAY for when in answered)])

    def test_rcpt_takes_one_answer_at_most(self):
        """Beside what it takes for a client about whom nothing is asked: Postfix makes the queue's file then."""
        unjudged = {'ip': '127.0.0.1', 'name': 'localhost'}
        times = [(self.timed_rcpt(number), self.timed_rcpt(number, unjudged)) for number in range(1, SESSIONS + 1)]
        judged, plain = (statistics.median(column) for column in zip(*times))
        print(f'median of {SESSIONS}: RCPT took {judged * 1000:.1f} ms, {plain * 1000:.1f} ms with nothing to ask')
        self.assertLess(judged - plain, DELAY + MOST)

    def test_no_greeting_waits_for_the_filter(self):
        """The filter agrees to the terms and then says nothing more."""
        with MilterClient(str(self.filter.socket)) as client:
            terms = client.negotiate().agreed
        self.filter.stop()
        self.addCleanup(self.start_filter)
        with Silent(str(self.filter.socket), terms) as silent:
            times = [self.greeting() for _ in range(6)][1:]  # with the first, Postfix starts its process
            self.assertGreaterEqual(silent.agreed, 6)
        print(f'the greeting took {statistics.median(times) * 1000:.1f} ms')
        self.assertLess(statistics.median(times), MOST)

    @staticmethod
    def greeting():
        begin = time.monotonic()
        with socket.create_connection(('127.0.0.1', mail_servers.PORT), 20) as client:
            line = client.recv(100)
            assert line.startswith(b'220'), line
            return time.monotonic() - begin


class Silent:
    """In the filter's place: says `terms`, and nothing else."""

    def __init__(self, path, terms):
        self.terms = terms
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(20)
        pathlib.Path(path).chmod(0o666)
        self.agreed, self.kept = 0, []

    def __enter__(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()
        for kept in self.kept:
            kept.close()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.kept.append(connection)
            if connection.recv(4096):  # whoever only looks whether somebody listens offers nothing
                self.agreed += 1
                connection.sendall(self.terms)


if __name__ == '__main__':
    Clock.program = sys.argv[1]
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
