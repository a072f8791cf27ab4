"""Files of recipients, and what happens to them: whatever it is, nobody's mail is refused who had a mailbox."""
import os
import signal
import subprocess
import time
import unittest

from program import PATIENCE, POLICY, PROGRAM, Program, until

WITH_FILE = POLICY.replace('rules:', '''recipients: {example.net: {source: file, path: list.txt}}
rules:
  - {id: unknown, at: rcpt, when: {recipient.status: unknown}, reject: recipient-unknown, if_unknown: defer}''')
TAKEN, DEFERRED, REFUSED = None, 451, 550
SETTLED = 4  # seconds after which a change has been taken


def people(count, begin=0):
    return ''.join(f'a{number}@example.net\n' for number in range(begin, begin + count))


class Files(unittest.TestCase):
    def program(self, text, config='', **options):
        program = Program(policy=WITH_FILE, config='state: state\n' + config, start=False, **options)
        self.addCleanup(program.end)
        (program.folder / 'state').mkdir()
        self.file = program.folder / 'list.txt'
        self.file.write_text(text)
        program.start()
        return program

    def code(self, program, name):
        with program.client() as client:
            client.greet().mail()
            return client.rcpt(f'<{name}@example.net>').code()

    def assert_soon(self, program, name, code):
        until(lambda: self.code(program, name) == code, f'{name}: {code}, not {self.code(program, name)}')

    def assert_said_once(self, program, text):
        """Soon, and not again: mail is deferred before that, while a change settles."""
        until(lambda: program.said(text), text)
        time.sleep(SETTLED / 2)
        self.assertEqual(program.said(text), 1)

    def assert_nobody_lost(self, program, count):
        """Of those who had a mailbox, and of those who never had one: none of the latter taken for the former."""
        for number in range(count):
            self.assertIn(self.code(program, f'a{number}'), (TAKEN, DEFERRED), f'a{number}')

    def test_an_appended_address_is_taken_though_nobody_asked(self):
        program = self.program(people(3))
        self.assertEqual(self.code(program, 'carol'), REFUSED)
        with open(self.file, 'a') as file:
            file.write('carol@example.net\n')
        time.sleep(SETTLED)
        self.assertEqual(self.code(program, 'carol'), TAKEN, 'the first mail after the edit')

    def test_torn(self):
        """Written in place by a program that pauses: longer than any settling."""
        program = self.program(people(30))
        with open(self.file, 'w') as file:
            file.write(people(20) + 'a20@exam')
            file.flush()
            end = time.monotonic() + SETTLED
            while time.monotonic() < end:
                self.assert_nobody_lost(program, 30)
            self.assertEqual(self.code(program, 'a30'), DEFERRED, 'who may have been in the rest')
            file.write('ple.net\n' + people(10, 21))
        self.assert_soon(program, 'a30', TAKEN)
        self.assert_soon(program, 'a29', TAKEN)

    def test_shrunk_from_eight_to_one(self):
        program = self.program(people(8))
        self.file.write_text(people(1))
        self.assert_soon(program, 'a7', DEFERRED)
        self.assertEqual(self.code(program, 'a0'), TAKEN)
        self.assertEqual(self.code(program, 'stranger'), REFUSED)
        self.assert_said_once(program, '7 of 8 addresses are gone at once')

    def test_nine_in_a_hundred(self):
        program = self.program(people(100))
        self.file.write_text(people(91))
        self.assert_soon(program, 'a99', DEFERRED)
        self.assert_said_once(program, '9 addresses are gone; mail for them is deferred for 24 h')

    def test_emptied(self):
        program = self.program(people(8))
        self.file.write_text('')
        time.sleep(SETTLED)
        self.assert_nobody_lost(program, 8)
        self.assertEqual(self.code(program, 'new'), DEFERRED)

    def test_removed(self):
        program = self.program(people(8))
        self.file.unlink()
        self.assert_soon(program, 'new', DEFERRED)
        self.assert_nobody_lost(program, 8)

    @unittest.skipUnless(os.geteuid() == 0, 'needs a user who may not read it')
    def test_unreadable(self):
        program = Program(policy=WITH_FILE, config='user: nobody', start=False)
        self.addCleanup(program.end)
        program.folder.chmod(0o777)
        self.file = program.folder / 'list.txt'
        self.file.write_text(people(8))
        program.start()
        self.assertEqual(self.code(program, 'new'), REFUSED)
        self.file.write_text(people(9))
        self.file.chmod(0o600)
        self.assert_soon(program, 'new', DEFERRED)
        self.assert_nobody_lost(program, 8)
        self.assert_said_once(program, 'Permission denied')

    @unittest.skipUnless(os.geteuid() == 0, 'needs a user who may not read it')
    def test_unreadable_from_the_start(self):
        """As the user who will read it again, not as root."""
        program = Program(policy=WITH_FILE, config='user: nobody', start=False)
        self.addCleanup(program.end)
        program.folder.chmod(0o777)
        file = program.folder / 'list.txt'
        file.write_text(people(8))
        file.chmod(0o600)
        check = subprocess.run([PROGRAM, 'check', '--config', program.config], capture_output=True, text=True)
        self.assertEqual(check.returncode, 1)
        self.assertIn('list.txt:0:0: error: cannot read the recipients: Permission denied', check.stderr)
        program.start()
        self.assertEqual(self.code(program, 'a0'), DEFERRED)

    def test_a_hang_up_signal_between_torn_and_whole_means_nothing(self):
        """As logrotate sends it."""
        program = self.program(people(30))
        self.file.write_text(people(10) + 'a10@e')
        for _ in range(3):
            program.reload()
            self.assert_nobody_lost(program, 30)
            time.sleep(1)
        self.file.write_text(people(31))
        self.assert_soon(program, 'a30', TAKEN)
        self.assert_nobody_lost(program, 31)

    def test_killed_between_torn_and_whole(self):
        program = self.program(people(30))
        program.process.kill()
        program.process.wait()
        self.file.write_text(people(10))
        for _ in range(2):
            program.start()
            self.assert_nobody_lost(program, 30)
            self.assertEqual(self.code(program, 'stranger'), REFUSED)
            program.process.kill()
            program.process.wait()
        self.file.write_text(people(30))
        program.start()
        self.assertEqual(self.code(program, 'a29'), TAKEN)

    def test_a_pipe_holds_neither_mail_nor_signals(self):
        """A file server that does not answer: whoever opens it would wait."""
        program = self.program(people(8))
        self.file.unlink()
        os.mkfifo(self.file)
        self.assert_soon(program, 'new', DEFERRED)
        self.assert_nobody_lost(program, 8)
        program.reload()
        self.assertEqual(program.stop(), 0)
        program.start()
        self.assertEqual(self.code(program, 'a0'), DEFERRED, 'it was never read')

    def test_a_mass_deletion_with_its_count(self):
        program = self.program(people(30))
        self.file.write_text(people(3) + '# fivefifty: 3 addresses\n')
        self.assert_soon(program, 'a29', REFUSED)
        self.assertEqual(self.code(program, 'a2'), TAKEN)

    def test_a_count_that_disagrees(self):
        program = self.program(people(30))
        self.file.write_text(people(3) + '# fivefifty: 30 addresses\n')
        time.sleep(SETTLED)
        for number in (0, 29):
            self.assertEqual(self.code(program, f'a{number}'), TAKEN)
        self.assertEqual(self.code(program, 'new'), DEFERRED)

    def test_a_mass_deletion_without_its_count_is_accepted_by_hand(self):
        program = self.program(people(30))
        self.file.write_text(people(3))
        self.assert_soon(program, 'a29', DEFERRED)
        accept = [PROGRAM, 'recipients', 'accept', '--config', program.config]
        self.assertEqual(subprocess.run([*accept, 'elsewhere.example'], capture_output=True).returncode, 1)
        done = subprocess.run([*accept, 'example.net'], capture_output=True, text=True, check=True)
        self.assertIn('3 addresses are meant', done.stdout)
        self.assertEqual(self.code(program, 'a29'), REFUSED)
        program.stop()
        program.start()
        self.assertEqual(self.code(program, 'a29'), REFUSED, 'it is remembered')

    def test_other_formats_refuse_nobody(self):
        for line in ('SMTP:bob@example.net', 'bob@example.net|{SHA512-CRYPT}x', '<bob@example.net>', '*@example.net',
                     'bob@corp.local', 'bob@example.net,'):
            with self.subTest(line=line):
                program = self.program(line + '\n')
                self.assertEqual(self.code(program, 'bob'), DEFERRED)
                check = subprocess.run([PROGRAM, 'check', '--config', program.config, '--main-cf='],
                                       capture_output=True, text=True)
                self.assertEqual(check.returncode, 1)
                self.assertIn('list.txt:', check.stderr)
                program.end()


class Checked(unittest.TestCase):
    """What `check` says of a file: exit 1 for whatever would defer mail."""

    def check(self, text):
        with Program(policy=WITH_FILE, start=False) as program:
            (program.folder / 'list.txt').write_text(text)
            return subprocess.run([PROGRAM, 'check', '--config', program.config, '--main-cf='],
                                  capture_output=True, text=True)

    def test_a_good_one(self):
        for text in (people(3), people(3) + '# fivefifty: 3 addresses\n', 'none\n', people(1) + 'x@example.net full\n'):
            done = self.check(text)
            self.assertEqual((done.returncode, done.stderr), (0, ''))

    def test_a_bad_one(self):
        for text, what in ((people(3) + 'b@example', 'the last line has no end'),
                           (people(3).rstrip(), 'the last line has no end'),
                           (people(3) + '# fivefifty: 4 addresses\n', 'says 4 addresses, and there are 3'),
                           (people(3) + '# fivefifty: 3 addr', 'is not the last, or no'),
                           ('', 'holds no address'),
                           (people(1) + 'SMTP:b@example.net\n', 'list.txt:2:1: error: neither an address')):
            done = self.check(text)
            self.assertEqual(done.returncode, 1, text)
            self.assertIn(what, done.stderr)


if __name__ == '__main__':
    unittest.main()
