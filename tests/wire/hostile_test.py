"""Whatever comes over the socket, the program lives and serves the others."""
import random
import struct
import unittest

from milter_client import HUNG_UP
from program import Served

MEBI = 1 << 20


class HostileBytes(Served):
    LONG = 'x' * 10_000

    def test_long_arguments_are_cut_and_judged(self):
        client = self.client().greet(helo=self.LONG)
        client.mail(f'<{self.LONG}@example.org>')
        self.assertIn(client.rcpt(f'<{self.LONG}@example.net>').kind, 'cy')
        record = self.last()
        self.assertLessEqual(len(record['helo']), 2048)

    def test_any_byte_but_nul_in_any_argument(self):
        everything = bytes(range(1, 256))
        client = self.client().greet(helo=everything)
        client.mail(b'<' + everything + b'@example.org>', b'SIZE=' + everything)
        self.assertIn(client.rcpt(b'<' + everything + b'@example.net>').kind, 'cy')
        line = self.program.log.read_bytes().splitlines()[-1]
        self.assertTrue(all(32 <= byte < 127 for byte in line), 'the log is printable ASCII')

    def test_empty_arguments(self):
        client = self.client().negotiate()
        client.connect(name='')
        client.helo('')
        client.mail('')
        self.assertIn(client.rcpt('').kind, 'cy')

    def test_no_arguments_at_all(self):
        for command in 'CHMRLDO':
            client = self.client().negotiate()
            try:
                client.send(command)
                client.abort()
            except HUNG_UP:
                pass  # its right
            client.socket.close()
        self.assertServes()

    def test_hostile_macros(self):
        client = self.client().greet()
        client.macros('M', auth_authen='', i=b'\xff%n\r\n' * 1000)
        client.mail()
        reply = client.rcpt('<x@elsewhere.example>', mailer=b'err\xffor%n', host='5' * 10_000, address='%n' * 5000)
        self.assertIn(reply.kind, 'cy')

    def test_headers_of_any_bytes(self):
        client = self.client().greet()
        client.mail()
        client.rcpt()
        headers = [('From', b'\xff%n\r\n\tx'), ('%n%s', bytes(range(1, 256))), ('DKIM-Signature', 'v=1; ' * 3000),
                   ('Authentication-Results', '(' * 5000), ('From', '"' * 5000)]
        self.assertEqual(client.data(headers=headers).kind, 'c')


class Bounds(Served):
    def test_a_thousand_header_fields(self):
        client = self.client().greet()
        headers = [('From', 'a@example.org')] + [(f'X-{number}', 'x') for number in range(1000)]
        self.assertEqual(client.message(headers=headers).kind, 'c')

    def test_a_header_of_nine_mebibytes_is_counted_but_not_kept(self):
        """Far over what is kept. This policy has no rule on headers.too_many: mail goes on."""
        field = 'x' * 60_000
        headers = [('From', 'a@example.org')] + [('X-Long', field)] * (9 * MEBI // 60_000)
        client = self.client().greet()
        reply = client.message(headers=headers)
        self.assertEqual(reply.kind, 'c')
        self.assertGreater(self.last()['size'], 8 * MEBI)
        self.assertServes()

    def test_a_body_in_many_pieces(self):
        client = self.client().greet()
        client.mail()
        client.rcpt()
        client.header('From', 'a@example.org')
        client.end_of_headers()
        for _ in range(100):
            client.body('y' * 65_000)
        self.assertEqual(client.end_of_message().kind, 'c')
        self.assertEqual(self.last()['size'], len('From: a@example.org\r\n\r\n') + 100 * 65_000)

    def test_two_hundred_recipients(self):
        client = self.client().greet()
        client.mail()
        for number in range(200):
            self.assertEqual(client.rcpt(f'<r{number}@example.net>').kind, 'c')
        self.assertEqual(client.data().kind, 'c')


class BrokenConversations(Served):
    def stages(self):
        """Clients at each stage of a session."""
        steps = [lambda c: None, lambda c: c.negotiate(), lambda c: c.connect(), lambda c: c.helo(), lambda c: c.mail(),
                 lambda c: c.rcpt(), lambda c: c.header('From', 'a@example.org'), lambda c: c.end_of_headers(),
                 lambda c: c.body('x' * 1000), lambda c: c.end_of_message()]
        for count in range(1, len(steps) + 1):
            client = self.client()
            for step in steps[:count]:
                step(client)
            yield client

    def test_hanging_up_at_each_stage(self):
        for client in self.stages():
            client.socket.close()
        self.assertServes()

    def test_half_a_packet_at_each_stage(self):
        for client in self.stages():
            client.send_raw(struct.pack('!I', 100) + b'R<half')
            client.socket.close()
        self.assertServes()

    def test_half_a_length_at_each_stage(self):
        for client in self.stages():
            client.send_raw(b'\0\0')
            client.socket.close()
        self.assertServes()

    def test_hanging_up_while_a_decision_is_awaited(self):
        for _ in range(5):
            client = self.client().greet()
            client.mail('<a@silent.example>')
            client.rcpt_later()
            client.socket.close()
        self.assertServes()

    def test_an_unknown_command_at_each_stage(self):
        for client in self.stages():
            client.send('~', b'garbage')
            client.socket.close()
        self.assertServes()

    def test_a_packet_beyond_libmilters_bound_ends_the_session(self):
        for length in (66_000, 100_000_000):
            client = self.client().greet()
            client.send_raw(struct.pack('!I', length) + b'R')
            self.assertTrue(client.closed())
        self.assertServes()

    def test_a_length_of_four_gigabytes_at_each_stage(self):
        for client in self.stages():
            client.send_raw(struct.pack('!I', 0xffffffff) + b'R' + b'x' * 1000)
            client.socket.close()
        self.assertServes()

    def test_an_empty_packet_is_refused(self):
        client = self.client().negotiate()
        client.send_raw(struct.pack('!I', 0))
        client.socket.close()
        self.assertServes()

    def test_commands_in_any_order(self):
        seed = random.randrange(1 << 32)
        chance = random.Random(seed)
        for _ in range(40):
            client = self.client().negotiate()
            try:
                for _ in range(20):
                    client.send(chance.choice('CHMRTLNBEAUD'), bytes(chance.choices(range(256), k=chance.randrange(40))))
            except HUNG_UP:
                pass
            client.socket.close()
        self.assertTrue(self.program.alive(), f'seed {seed}')
        self.assertServes()

    def test_noise(self):
        seed = random.randrange(1 << 32)
        chance = random.Random(seed)
        for _ in range(40):
            client = self.client()
            try:
                client.send_raw(bytes(chance.choices(range(256), k=200)))
            except HUNG_UP:
                pass
            client.socket.close()
        self.assertTrue(self.program.alive(), f'seed {seed}')
        self.assertServes()

    def test_mail_before_connect(self):
        client = self.client().negotiate()
        try:
            client.mail()
            client.rcpt_later()
            reply = client.receive()
            self.assertIn(reply.kind, 'cyt')
        except HUNG_UP:
            pass
        self.assertServes()


if __name__ == '__main__':
    unittest.main()
