"""The bytes of a refusal."""
import re
import unittest

from program import Served, POLICY

# A reply whose text can hold a per cent sign: the help link has one.
PERCENT = POLICY.replace('https://postmaster.example.net/550', 'https://postmaster.example.net/a%20b')


class Replies(Served):
    def refuse(self, recipient='<x@elsewhere.example>', sender='<a@example.org>'):
        client = self.client().greet()
        client.mail(sender)
        return client.rcpt(recipient)

    def test_every_line_has_the_same_code_and_the_last_a_space(self):
        lines = self.refuse().lines()
        self.assertGreater(len(lines), 1)
        self.assertTrue(all(line.startswith('550-5.7.1 ') for line in lines[:-1]), lines)
        self.assertTrue(lines[-1].startswith('550 5.7.1 '), lines)

    def test_the_bytes_are_those_of_the_record(self):
        reply = self.refuse()
        record = self.last()
        self.assertEqual([line[10:] for line in reply.lines()], record['reply'])
        self.assertEqual((record['code'], record['enhanced']), (550, '5.7.1'))

    def test_the_reference_is_in_reply_and_record_once(self):
        reply = self.refuse()
        found = re.findall(r'ref=([0-9A-HJKMNP-TV-Z]{8,13})', reply.data.decode())
        self.assertEqual(found, [self.last()['ref']])
        self.assertIn('ref=', reply.lines()[-1])

    def test_a_deferral_is_a_4xx_on_every_line(self):
        lines = self.refuse('<b@example.net>', '<a@silent.example>').lines()
        self.assertTrue(all(re.match(r'45[0-9][- ]4\.', line) for line in lines), lines)

    def test_long_names_do_not_make_long_lines(self):
        for name in ('x' * 63 + '.example', '.'.join(['y' * 60] * 4), 'z' * 10_000):
            reply = self.refuse(f'<{"l" * 64}@{name}>')
            self.assertEqual(reply.code(), 550)
            self.assertLessEqual(len(reply.lines()), 4)
            self.assertTrue(all(len(line) <= 200 for line in reply.lines()), reply)

    def test_foreign_bytes_never_leave_as_they_came(self):
        for path in (b'<%s%n%x@else%where.example>', b'<x@else\x01\x7f\x1b[31mwhere.example>', b'<\xff\xfe@\xc3\xa9.example>',
                     b'<x@e.example>\r\n250 ok', b'<\r\n.\r\nQUIT@e.example>'):
            reply = self.refuse(path)
            text = reply.data[:-1]
            self.assertIn(reply.code(), (550, 553), path)
            self.assertTrue(re.fullmatch(rb'(?:[\x20-\x7e]+\r\n)*[\x20-\x7e]+', text), text)
            self.assertNotIn('250 ok', [line[:6] for line in reply.lines()])
            self.assertTrue(all(line[:3] == str(reply.code()) for line in reply.lines()), reply)
            self.assertNotIn(b'%', text.replace(b'%%', b''), 'a lone % is a format to both MTAs')


class PercentInReplies(Served):
    OPTIONS = {'policy': PERCENT}

    def test_a_per_cent_sign_is_doubled(self):
        client = self.client().greet()
        client.mail()
        reply = client.rcpt('<x@elsewhere.example>')
        self.assertIn(b'/a%%20b/', reply.data)
        self.assertIn('/a%20b/', self.last()['reply'][-1])


if __name__ == '__main__':
    unittest.main()
