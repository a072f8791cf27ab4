"""Nothing that the program prints, or fails to print, ends it or holds mail up."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.request

from program import PATIENCE, POLICY, Program, free_port, until

EXPIRED = '''exceptions:
  - {id: old, when: {client.ip: [203.0.113.0/24]}, skip: [spf], because: "was once", owner: a@example.net, expires: 2020-01-01}
'''
WARNING = POLICY + EXPIRED
BROKEN = POLICY.replace('reject: relay-denied', 'reject: relay-denid')
RECIPIENTS = POLICY.replace('rules:', '''recipients: {example.net: {source: file, path: list.txt}}
rules:
  - {id: unknown, at: rcpt, when: {recipient.status: unknown}, reject: recipient-unknown, if_unknown: defer}''')

JUMP = r'''
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t id, struct timespec *now) {
  int (*real)(clockid_t, struct timespec *) = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(id, now);
  if (id == CLOCK_MONOTONIC && access(getenv("JUMP"), F_OK) == 0) now->tv_sec += 25 * 3600;
  return result;
}
'''


def dead_pipe():
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def full_pipe():
    """Its reader never reads, and lives as long as this process."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b'x' * 4096)
    except BlockingIOError:
        os.set_blocking(writer, True)
    full_pipe.readers.append(reader)
    return writer


full_pipe.readers = []
UNREADABLE = {'a dead pipe': dead_pipe, 'a full disk': lambda: os.open('/dev/full', os.O_WRONLY),
              'a reader who sleeps': full_pipe, 'nothing at all': None}


class Mute(unittest.TestCase):
    """With a stderr that nobody can read."""

    def each(self, policy=POLICY, config='', files=(), environment=None):
        for name, make in UNREADABLE.items():
            with self.subTest(stderr=name):
                program = Program(policy=policy, config=config, start=False)
                self.addCleanup(program.end)
                for file, text in files:
                    (program.folder / file).write_text(text)
                self.launch(program, make, environment)
                yield program
                self.serves(program)
                self.assertEqual(program.stop(), 0)

    def launch(self, program, make, environment):
        stderr = make() if make else None
        program.process = subprocess.Popen(
            program.arguments, stderr=stderr, stdout=subprocess.DEVNULL, env=dict(os.environ, **(environment or {})),
            preexec_fn=None if make else lambda: os.close(2))
        if make:
            os.close(stderr)
        until(lambda: program._accepts() or not program.alive(), 'accepts')

    def serves(self, program):
        self.assertTrue(program.alive(), f'it died: {program.process.poll()}')
        with program.client(timeout=PATIENCE) as client:
            self.assertEqual(client.greet().message().kind, 'c')

    def fingerprint(self, program):
        before = len(program.records())
        self.serves(program)
        return until(lambda: program.records()[before:], 'a record')[0]['policy']

    def test_it_starts_with_a_warning(self):
        for program in self.each(policy=WARNING):
            file = os.readlink(f'/proc/{program.process.pid}/fd/2')
            self.assertNotIn('socket:', file, 'the place of stderr is taken')

    def test_a_bad_policy_is_an_exit_code(self):
        for make in UNREADABLE.values():
            program = Program(policy=BROKEN, start=False)
            self.addCleanup(program.end)
            stderr = make() if make else None
            process = subprocess.Popen(program.arguments, stderr=stderr, preexec_fn=None if make else lambda: os.close(2))
            self.assertEqual(process.wait(PATIENCE), 1)
            if make:
                os.close(stderr)

    def test_a_reload_with_a_warning(self):
        for program in self.each():
            before = self.fingerprint(program)
            program.policy.write_text(WARNING)
            program.signal(signal.SIGHUP)
            until(lambda: self.fingerprint(program) != before, 'the new policy')

    def test_a_reload_with_an_error(self):
        for program in self.each():
            program.policy.write_text(BROKEN)
            program.signal(signal.SIGHUP)
            time.sleep(1)

    def test_the_file_watch(self):
        for program in self.each():
            before = self.fingerprint(program)
            program.policy.write_text(WARNING)
            until(lambda: self.fingerprint(program) != before, 'the new policy')
            program.policy.write_text(BROKEN)
            time.sleep(3)

    @unittest.skipUnless(shutil.which('cc'), 'makes a clock that jumps')
    def test_the_daily_reload(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix='wire'))
        self.addCleanup(shutil.rmtree, folder)
        (folder / 'jump.c').write_text(JUMP)
        subprocess.run(['cc', '-shared', '-fPIC', '-o', folder / 'jump.so', folder / 'jump.c', '-ldl'], check=True)
        port = free_port()
        jump = folder / 'jump'
        environment = {'LD_PRELOAD': str(folder / 'jump.so'), 'JUMP': str(jump),
                       'ASAN_OPTIONS': 'verify_asan_link_order=0'}

        def reloads():
            """None: the page is not there yet."""
            try:
                page = urllib.request.urlopen(f'http://127.0.0.1:{port}/metrics', timeout=PATIENCE).read().decode()
            except OSError:
                return None
            return 'policy_reloads_total{result="good"} 1' in page

        for _ in self.each(policy=WARNING, config=f'metrics: "127.0.0.1:{port}"', environment=environment):
            until(lambda: reloads() is not None, 'metrics')
            self.assertFalse(reloads())
            jump.touch()
            until(reloads, 'a day is over')
            jump.unlink()

    def test_recipients_that_go_away_while_mail_comes(self):
        for program in self.each(policy=RECIPIENTS, files=[('list.txt', 'b@example.net\n')]):
            (program.folder / 'list.txt').unlink()
            client = program.client().greet()
            self.addCleanup(client.socket.close)
            client.mail()
            until(lambda: client.rcpt('<nobody@example.net>').code() == 451, 'trouble with the file')
            self.assertNotIn(b'fault of its own', client.rcpt('<nobody@example.net>').data)
            client.abort()

    def test_a_log_that_cannot_be_written(self):
        for program in self.each(config='log: {file: /dev/full}'):
            self.serves(program)


class Stalled(unittest.TestCase):
    """A log whose reader sleeps, or whose disk hangs, holds nobody up."""
    SESSIONS = 8
    MESSAGES = 60

    def program(self, **options):
        program = Program(start=False, **options)
        self.addCleanup(program.end)
        return program

    def slowest(self, program, messages=MESSAGES):
        """Of many messages in several sessions by turns: enough records to fill any pipe. 0.07 s on an idle machine."""
        clients = [program.client().greet() for _ in range(self.SESSIONS)]
        slowest = 0
        for _ in range(messages):
            for client in clients:
                begin = time.monotonic()
                self.assertEqual(client.message().kind, 'c')
                slowest = max(slowest, time.monotonic() - begin)
        for client in clients:
            client.socket.close()
        return slowest

    def assert_ends(self, program):
        begin = time.monotonic()
        self.assertEqual(program.stop(), 0)
        self.assertLess(time.monotonic() - begin, 30)
        self.assertRegex(program.stderr(), r'ended; [1-9][0-9]* records could not be written')

    def test_stdout(self):
        program = self.program(config='log: {stdout: true}')
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        with open(program.folder / 'stderr', 'ab') as errors:
            program.process = subprocess.Popen(program.arguments, stderr=errors, stdout=writer)
        os.close(writer)
        until(lambda: program._accepts(), 'accepts')
        self.assertLess(self.slowest(program), 30, 'it was for ever')
        self.assert_ends(program)

    def test_a_pipe_as_log_file(self):
        program = self.program(config='log: {file: pipe}')
        os.mkfifo(program.folder / 'pipe')
        reader = os.open(program.folder / 'pipe', os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        program.start()
        self.assertLess(self.slowest(program), 30, 'it was for ever')
        self.assert_ends(program)

    def test_a_pipe_without_a_reader(self):
        program = self.program(config='log: {file: pipe}')
        os.mkfifo(program.folder / 'pipe')
        program.start()
        self.assertEqual(program.said('cannot write the log'), 1, 'from the start')
        self.assertLess(self.slowest(program), 30)

    def test_what_is_queued_is_written_at_the_end(self):
        program = self.program(config='log: {file: pipe}')
        os.mkfifo(program.folder / 'pipe')
        reader = os.open(program.folder / 'pipe', os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        program.start()
        self.slowest(program, 15)
        os.set_blocking(reader, True)
        program.signal(signal.SIGTERM)
        text = b''
        while piece := os.read(reader, 65536):
            text += piece
        self.assertEqual(program.process.wait(PATIENCE), 0)
        self.assertEqual(text.count(b'\n'), 2 * self.SESSIONS * 15)
        self.assertIn('ended; 0 records could not be written', program.stderr())


if __name__ == '__main__':
    unittest.main()
