"""Questions are asked as soon as their input is known: an unhurried client over slow DNS waits for one answer at most.

A name server answers every question after 20 ms. The client pauses 50 ms between commands, as one across an ocean does.
Each session has names of its own, so that no cache helps."""
import os
import statistics
import time
import unittest

from program import Program
from slow_dns import DELAY, POLICY, SlowDns, worlds

PAUSE = 0.050
SESSIONS = 20
# Seconds that a decision may take after the last answer, at the median. RCPT runs its checks twice, before the answers
# and after them: under sanitizers that alone takes longer.
MOST = 0.015 if os.environ.get('SANITIZED') else 0.005


class Prefetch(unittest.TestCase):
    def setUp(self):
        self.dns = SlowDns(worlds(SESSIONS))
        self.addCleanup(self.dns.socket.close)
        self.program = Program(zone=None, policy=POLICY, config=f'resolvers: ["127.0.0.1:{self.dns.port()}"]\n')
        self.addCleanup(self.program.end)
        time.sleep(1)  # the lists' self-test at start

    def timed(self, command):
        """How long it took after the last answer of DNS, how many came meanwhile, and the reply. The name server answers
        late by what it needs itself, which is not the filter's."""
        time.sleep(PAUSE)
        before, begin = len(self.dns.answered), time.monotonic()
        reply = command()
        end, answered = time.monotonic(), self.dns.answered[before:]
        return end - max([begin, *answered]), self.rounds(answered), reply

    @staticmethod
    def rounds(answered):
        """Of answers one after the other, each of which was asked for when the one before had come."""
        out, last = 0, float('-inf')
        for when in answered:
            if when - last >= DELAY:
                out, last = out + 1, when
        return out

    def session(self, number, **greeting):
        """(seconds after the last answer, rounds of answers) of RCPT, and of the end of the message."""
        with self.program.client() as client:
            client.negotiate()
            client.connect(**{'ip': f'198.51.100.{number}', 'name': f'mail.s{number}.test', **greeting})
            self.timed(lambda: client.helo(f'mail.s{number}.test'))
            self.timed(lambda: client.mail(f'<a@s{number}.test>'))
            *rcpt, reply = self.timed(lambda: client.rcpt('<b@example.net>'))
            self.assertEqual(reply.kind, 'c', reply)
            self.timed(lambda: client.header('From', f' a@s{number}.test'))
            self.timed(client.end_of_headers)
            self.timed(lambda: client.body(b'hello\r\n'))
            *message, reply = self.timed(client.end_of_message)
            self.assertEqual(reply.kind, 'c', reply)
            client.quit()
        return rcpt, message

    def test_an_unhurried_client_waits_for_one_answer_at_most(self):
        sessions = [self.session(number) for number in range(1, SESSIONS + 1)]
        rcpt, message = ([session[moment] for session in sessions] for moment in (0, 1))
        after_rcpt, after_message = (statistics.median(seconds for seconds, _ in times) for times in (rcpt, message))
        print(f'median of {SESSIONS}: RCPT {after_rcpt * 1000:.1f} ms after the last answer, '
              f'end of message {after_message * 1000:.1f} ms')
        last = self.program.records()[-1]
        self.assertEqual(last['facts']['spf']['result'], 'pass')
        self.assertEqual(last['facts']['dmarc']['result'], 'pass')
        self.assertEqual(last['facts']['client']['fcrdns'], 'pass')
        # What the first answers led to, an include and the hosts of the MX, is asked when the MTA speaks to us again.
        self.assertEqual(max(rounds for _, rounds in rcpt), 1)
        self.assertEqual(max(rounds for _, rounds in message), 0)
        self.assertLess(after_rcpt, MOST)
        self.assertLess(after_message, MOST)

    def test_each_question_is_asked_when_what_it_is_about_was_said(self):
        """And once: nothing is asked by another name server's answer alone."""
        seen = {}
        with self.program.client() as client:
            client.negotiate()
            for stage, command in {'connect': lambda: client.connect(ip='198.51.100.2', name='mail.s2.test'),
                                   'helo': lambda: client.helo('mail.s2.test'),
                                   'mail': lambda: client.mail('<a@s2.test>'),
                                   'rcpt': lambda: client.rcpt('<b@example.net>')}.items():
                before = len(self.dns.asked)
                command()
                time.sleep(3 * DELAY)
                seen[stage] = sorted(f'{kind} {name}' for name, kind in self.dns.asked[before:])
            client.quit()
        self.assertEqual(seen['connect'], [])
        self.assertEqual(seen['helo'], ['A 2.100.51.198.bl.test', 'PTR 2.100.51.198.in-addr.arpa'])
        self.assertEqual(seen['mail'], ['A mail.s2.test', 'MX s2.test', 'TXT s2.test'])
        self.assertEqual(seen['rcpt'], ['AAAA mail.s2.test', 'TXT spf.s2.test'])

    def test_nothing_is_asked_for_a_trusted_client(self):
        before = len(self.dns.asked)
        self.session(1, ip='127.0.0.1', name='localhost')
        self.assertEqual(self.dns.asked[before:], [])


if __name__ == '__main__':
    unittest.main()
