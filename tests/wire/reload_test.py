"""SIGHUP and changed files, while mail is served."""
import signal
import time
import unittest

from program import POLICY, Program, until

STRICTER = POLICY.replace('at: rcpt, when: {client.trusted: false, sender.null_mx: true}, reject: sender-null-mx',
                          'at: rcpt, when: {sender.domain: example.org}, reject: sender-null-mx')
BROKEN = POLICY.replace('reject: relay-denied', 'reject: relay-denid')


class Reloading(unittest.TestCase):
    def setUp(self):
        self.program = Program()
        self.addCleanup(self.program.end)

    def session(self):
        client = self.program.client().greet()
        self.addCleanup(client.socket.close)
        return client

    def test_open_sessions_keep_their_policy_and_new_ones_have_the_new(self):
        old = self.session()
        self.assertEqual(old.message().kind, 'c')
        first = self.program.last()['policy']
        self.program.policy.write_text(STRICTER)
        self.program.reload()
        self.assertEqual(old.message().kind, 'c')
        self.assertEqual(self.program.last()['policy'], first)
        new = self.session()
        new.mail()
        self.assertEqual(new.rcpt().code(), 550)
        second = self.program.last()['policy']
        self.assertNotEqual(second, first)
        self.assertRegex(second, '^[0-9a-f]{12}$')
        self.assertEqual(self.program.said(f'the policy {second} is in force'), 1)

    def test_a_bad_policy_keeps_the_old_and_says_why(self):
        self.session().message()
        first = self.program.last()['policy']
        self.program.policy.write_text(BROKEN)
        self.program.reload()
        self.assertEqual(self.program.said(f'the policy {first} stays in force'), 1)
        self.assertIn('relay-denied', self.program.stderr(), 'the nearest known name')
        self.assertEqual(self.session().message().kind, 'c')
        self.assertEqual(self.program.last()['policy'], first)

    def test_a_policy_that_vanished_keeps_the_old(self):
        self.program.policy.unlink()
        self.program.reload()
        self.assertEqual(self.session().message().kind, 'c')

    def test_a_changed_file_is_taken_without_a_signal(self):
        time.sleep(0.02)  # so that its time of change differs
        self.program.policy.write_text(STRICTER)
        until(lambda: self.program.said(' is in force'), 'the file watch')
        client = self.session()
        client.mail()
        self.assertEqual(client.rcpt().code(), 550)

    def test_a_bad_changed_file_is_complained_of_once(self):
        time.sleep(0.02)
        self.program.policy.write_text(BROKEN)
        until(lambda: self.program.said('stays in force'), 'the file watch')
        time.sleep(2.5)  # two more looks
        self.assertEqual(self.program.said('stays in force'), 1)

    def test_three_hundred_signals_in_a_row_do_not_end_it(self):
        """libmilter waits for SIGHUP too, and takes it for the end."""
        client = self.session()
        for number in range(300):
            self.program.signal(signal.SIGHUP)
            if number % 30 == 0:
                self.assertEqual(client.message().kind, 'c')
        until(lambda: self.program.said(' is in force'), 'a reload')
        self.assertEqual(client.message().kind, 'c')
        self.assertEqual(self.session().message().kind, 'c')
        self.assertTrue(self.program.alive())
        self.assertEqual(self.program.stop() if client.quit() is None else None, 0)


if __name__ == '__main__':
    unittest.main()
