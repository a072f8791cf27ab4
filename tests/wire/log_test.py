"""The log never holds mail up, and survives being moved."""
import os
import shutil
import signal
import tempfile
import time
import unittest

from program import Program, until


class LogFile(unittest.TestCase):
    def program(self, **options):
        program = Program(**options)
        self.addCleanup(program.end)
        return program

    def test_a_moved_file_is_begun_anew_at_sighup(self):
        program = self.program()
        client = program.client().greet()
        self.addCleanup(client.socket.close)
        client.message()
        moved = program.log.with_suffix('.1')
        program.log.rename(moved)
        client.message()
        self.assertFalse(program.log.exists(), 'until the signal records go to the moved file')
        program.reload()
        client.message()
        self.assertEqual(len(moved.read_text().splitlines()), 4)
        self.assertEqual(len(program.records()), 2)

    def test_the_file_is_not_for_everybody(self):
        program = self.program()
        until(program.log.exists, 'the file')
        self.assertEqual(os.stat(program.log).st_mode & 0o777 & ~0o640, 0)

    def test_on_a_full_disk_mail_goes_on_and_the_loss_is_said_once(self):
        program = self.program(config='log: {file: /dev/full}')
        client = program.client().greet()
        self.addCleanup(client.socket.close)
        for _ in range(5):
            self.assertEqual(client.message().kind, 'c')
        client.mail()
        self.assertEqual(client.rcpt('<x@elsewhere.example>').code(), 550)
        self.assertEqual(program.said('cannot write the log'), 1)
        client.quit()
        program.stop()
        self.assertIn('ended; 11 records could not be written', program.stderr())

    def test_a_file_that_cannot_be_opened_holds_nothing_up(self):
        program = self.program(config='log: {file: no-such-folder/log.jsonl}')
        client = program.client().greet()
        self.addCleanup(client.socket.close)
        self.assertEqual(client.message().kind, 'c')
        self.assertEqual(program.said('cannot write the log'), 1)
        (program.folder / 'no-such-folder').mkdir()
        client.message()
        self.assertEqual(program.said('is written again; 2 records were lost'), 1)

    def test_a_disk_that_hangs_holds_nobody_up_and_what_is_too_much_is_counted(self):
        """A pipe whose reader sleeps stands for it: what does not fit waits, 16 MiB at most."""
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        path = os.path.join(folder, 'log')
        os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        program = self.program(config=f'log: {{file: {path}}}')
        client = program.client().greet()
        self.addCleanup(client.socket.close)
        begin = time.monotonic()
        for _ in range(60):
            self.assertEqual(client.message().kind, 'c')
        self.assertLess(time.monotonic() - begin, 30, 'two records of each message, far more than a pipe holds')
        client.quit()
        self.assertEqual(program.stop(), 0)
        self.assertRegex(program.stderr(), r'ended; [1-9][0-9]* records could not be written')

    @unittest.skipIf(os.path.exists('/run/systemd/journal/socket'), 'there is a journal here')
    def test_where_no_journal_is_mail_goes_on_and_the_loss_is_said_and_counted(self):
        program = self.program(config='log: {journal: true, file: log.jsonl}')
        client = program.client().greet()
        self.addCleanup(client.socket.close)
        for _ in range(3):
            self.assertEqual(client.message().kind, 'c')
        self.assertEqual(len(program.records()), 6, 'the file has them all')
        client.quit()
        self.assertEqual(program.stop(), 0)
        self.assertEqual(program.stderr().count('in the journal: No such file'), 1, program.stderr())
        self.assertIn('ended; 6 records could not be written', program.stderr())

    def test_accepts_can_be_left_out(self):
        program = self.program(config='log: {file: log.jsonl, accepted: none}')
        client = program.client().greet()
        self.addCleanup(client.socket.close)
        client.message()
        client.mail()
        client.rcpt('<x@elsewhere.example>')
        self.assertEqual([record['event'] for record in program.records()], ['reject'])

    def test_a_monitored_refusal_is_logged_with_its_text_and_mail_goes_on(self):
        program = self.program()
        client = program.client().greet(ip='192.0.2.99')
        self.addCleanup(client.socket.close)
        client.mail()
        self.assertEqual(client.rcpt().kind, 'c')
        record = program.last()
        self.assertEqual((record['event'], record['reason'], record['mode']), ('would-reject', 'spf-fail', 'monitor'))
        self.assertIn(f'ref={record["ref"]}', record['reply'][-1])

    def test_lines_of_sessions_side_by_side_do_not_mix(self):
        program = self.program()
        clients = [program.client().greet() for _ in range(20)]
        for client in clients:
            self.addCleanup(client.socket.close)
            client.mail()
        for _ in range(10):
            for client in clients:
                client.rcpt_later()
            for client in clients:
                self.assertEqual(client.receive().kind, 'c')
        self.assertEqual(len(program.records()), 200)

    def test_a_reload_reopens_even_when_the_policy_is_bad(self):
        program = self.program()
        until(program.log.exists, 'the file')
        program.policy.write_text('version: 1\n')
        program.log.rename(program.log.with_suffix('.1'))
        program.signal(signal.SIGHUP)
        until(program.log.exists, 'a new file')


if __name__ == '__main__':
    unittest.main()
