"""A resolver that never answers: the budget holds, and nobody else waits."""
import socket
import time
import unittest

from program import Program

BUDGET = 3.0
MARGIN = 3.0  # for a loaded machine


class SilentResolver(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        cls.silent.bind(('127.0.0.1', 0))
        port = cls.silent.getsockname()[1]
        cls.program = Program(zone=None, config=f'resolvers: ["127.0.0.1:{port}"]\n'
                                                f'budgets: {{rcpt: {int(BUDGET * 1000)}ms, message: 1s}}')

    @classmethod
    def tearDownClass(cls):
        cls.program.end()
        cls.silent.close()

    def client(self, **greeting):
        client = self.program.client().greet(**greeting)
        self.addCleanup(client.socket.close)
        return client

    def test_a_recipient_is_answered_within_the_budget_and_only_deferred(self):
        client = self.client()
        client.mail('<a@budget.example>')
        begin = time.monotonic()
        reply = client.rcpt()
        took = time.monotonic() - begin
        self.assertLess(took, BUDGET + MARGIN)
        self.assertIn(reply.code(), (450, 451))
        record = self.program.last()
        self.assertEqual(record['event'], 'defer')
        self.assertIn('sender.exists', [entry['fact'] for entry in record['unavailable']])

    def test_the_message_is_answered_within_its_budget(self):
        client = self.client()
        client.mail('<>')
        self.assertEqual(client.rcpt().kind, 'c')
        begin = time.monotonic()
        self.assertEqual(client.data().kind, 'c')
        self.assertLess(time.monotonic() - begin, 1 + MARGIN)

    def test_a_trusted_client_waits_for_nothing(self):
        client = self.client(ip='127.0.0.1')
        begin = time.monotonic()
        self.assertEqual(client.message().kind, 'c')
        self.assertLess(time.monotonic() - begin, BUDGET)

    def test_others_are_served_while_many_sessions_wait(self):
        """libmilter would queue them behind a worker that waits: milter/smtp/libmilter/kicker.h. It needs luck not to: one
        time in three it has it."""
        worst = max(self.bystanders_wait(turn) for turn in range(3))
        print(f'20 bystanders of 30 sessions that waited {BUDGET:.0f} s were served within {worst * 1000:.0f} ms')
        self.assertLess(worst, BUDGET / 2)

    def bystanders_wait(self, turn):
        """Seconds."""
        slow = [self.client() for _ in range(30)]
        bystanders = [self.client(ip='127.0.0.1') for _ in range(20)]
        for number, client in enumerate(slow):
            client.mail(f'<a@slow{turn}-{number}.example>')
        for client in bystanders:
            client.mail()
        begin = time.monotonic()
        for client in slow + bystanders:
            client.rcpt_later()
        for client in bystanders:
            self.assertEqual(client.receive().kind, 'c')
        took = time.monotonic() - begin
        for client in slow:
            self.assertIn(client.receive().code(), (450, 451))
            client.quit()
        for client in bystanders:
            client.quit()
        return took

    def test_hanging_up_while_waiting_holds_nobody_up(self):
        for number in range(6):
            client = self.client()
            client.mail(f'<a@gone{number}.example>')
            client.rcpt_later()
            client.socket.close()
        with self.program.client() as client:
            self.assertEqual(client.greet(ip='127.0.0.1').message().kind, 'c')


class ForeignResolver(unittest.TestCase):
    def test_a_resolver_off_loopback_is_warned_of_at_start(self):
        with Program(zone=None, config='resolvers: ["192.0.2.53", "127.0.0.1"]') as program:
            self.assertEqual(program.said('warning: the resolver 192.0.2.53 is not on loopback'), 1)
            self.assertEqual(program.said('the resolver 127.0.0.1'), 0)


if __name__ == '__main__':
    unittest.main()
