"""Descriptors, connections that wait, and how it begins and ends."""
import errno
import os
import pathlib
import resource
import shutil
import signal
import socket
import stat
import subprocess
import time
import unittest

from program import PATIENCE, POLICY, PROGRAM, Program, free_port, until


class Limits(unittest.TestCase):
    def program(self, **options):
        program = Program(start=False, **options)
        self.addCleanup(program.end)
        return program

    def start(self, program, soft, hard):
        limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        with open(program.folder / 'stderr', 'ab') as errors:
            program.process = subprocess.Popen(program.arguments, stderr=errors, stdout=subprocess.DEVNULL,
                                               preexec_fn=limit)
        until(lambda: program.said('ready on'), 'ready')

    def test_the_limit_of_open_files_is_raised_and_said(self):
        program = self.program()
        self.start(program, 64, 5000)
        limits = pathlib.Path(f'/proc/{program.process.pid}/limits').read_text()
        self.assertRegex(limits, r'Max open files\s+5000\s+5000')
        self.assertEqual(program.said('up to 5000 files may be open (before: 64)'), 1)
        self.assertEqual(program.said('warning: only'), 0)

    def test_a_low_one_is_warned_of_and_its_end_is_said_once(self):
        program = self.program()
        self.start(program, 60, 60)
        self.assertEqual(program.said('warning: only 60 files may be open'), 1)
        clients = []
        for _ in range(80):
            clients.append(socket.socket(socket.AF_UNIX))
            clients[-1].connect(program.address)
        until(lambda: program.said('all descriptors are in use'), 'it is said')
        time.sleep(2.5)
        self.assertEqual(program.said('all descriptors are in use'), 1)
        for client in clients:
            client.close()
        until(lambda: program.said('files can be opened again'), 'it is over')

    def burst(self, program, count):
        """So many connections at the same moment, to a filter that is busy for a while; how many are not accepted."""
        program.signal(signal.SIGSTOP)
        clients, refused = [], 0
        for _ in range(count):
            client = socket.socket(socket.AF_UNIX)
            client.setblocking(False)
            clients.append(client)
            refused += 1 if client.connect_ex(program.address) == errno.EAGAIN else 0
        program.signal(signal.SIGCONT)
        for client in clients:
            client.close()
        return refused

    @unittest.skipUnless(int(pathlib.Path('/proc/sys/net/core/somaxconn').read_text()) >= 1000, 'the kernel says no')
    def test_a_thousand_connections_at_once_are_accepted(self):
        self.assertEqual(self.burst(self.started(), 1000), 0)

    def test_the_backlog_can_be_configured(self):
        self.assertGreater(self.burst(self.started(config='backlog: 50'), 200), 100)

    def started(self, **options):
        program = self.program(**options)
        program.start()
        return program

    def test_a_bad_backlog_is_an_error(self):
        for value in ('0', '-1', '65536', 'many'):
            program = self.program(config=f'backlog: {value}')
            done = subprocess.run([PROGRAM, 'check', '--config', program.config], capture_output=True, text=True)
            self.assertEqual(done.returncode, 1)
            self.assertIn('expected a number of connections', done.stderr)


class Openness(unittest.TestCase):
    """What lets more people at the filter than the mail server is said."""

    def said(self, socket_name=None, **options):
        with Program(start=False, **options) as program:
            if socket_name:
                program.arguments += ['--socket', socket_name]
            program.launch()
            until(lambda: program.said('ready on'), 'ready')
            program.stop()
            return program.stderr()

    def test_a_socket_for_the_network(self):
        for host in ('', '@0.0.0.0'):
            self.assertIn('is open to the network', self.said(f'inet:{free_port()}{host}'))
        self.assertNotIn('is open to the network', self.said(f'inet:{free_port()}@127.0.0.1'))
        self.assertNotIn('is open to the network', self.said())

    def test_a_socket_for_all_users(self):
        self.assertIn('open to all users', self.said(config='socket_mode: "0666"'))
        self.assertNotIn('open to all users', self.said(config='socket_mode: "0660"'))

    def test_metrics_for_the_network(self):
        self.assertIn('metrics are open to the network', self.said(config=f'metrics: "0.0.0.0:{free_port()}"'))

    @unittest.skipUnless(os.geteuid() == 0, 'for root')
    def test_root_without_a_user(self):
        self.assertIn('runs as root', self.said())


RESOLVER = r'''
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
  open(getenv("ASKED"), O_CREAT | O_WRONLY, 0600);
  return EAI_AGAIN;
}
'''


@unittest.skipUnless(shutil.which('cc'), 'makes a resolver that tells')
class Names(unittest.TestCase):
    def asks(self, policy):
        with Program(policy=policy, start=False) as program:
            (program.folder / 'resolver.c').write_text(RESOLVER)
            subprocess.run(['cc', '-shared', '-fPIC', '-o', program.folder / 'resolver.so', program.folder / 'resolver.c'],
                           check=True)
            asked = program.folder / 'asked'
            environment = {'LD_PRELOAD': str(program.folder / 'resolver.so'), 'ASKED': str(asked),
                           'ASAN_OPTIONS': 'verify_asan_link_order=0'}
            with open(program.folder / 'stderr', 'ab') as errors:
                program.process = subprocess.Popen(program.arguments, stderr=errors, env=dict(os.environ, **environment))
            until(lambda: program.said('ready on'), 'ready')
            program.reload()
            self.assertEqual(program.stop(), 0)
            return asked.exists()

    def test_the_host_s_name_is_asked_for_only_when_the_site_has_none(self):
        self.assertFalse(self.asks(POLICY))
        self.assertTrue(self.asks(POLICY.replace('name: mx1.example.net, ', '')))


class Beginning(unittest.TestCase):
    def program(self, **options):
        program = Program(start=False, **options)
        self.addCleanup(program.end)
        return program

    def as_soon_as_there_is_a_socket(self, number):
        program = self.program()
        program.launch()
        while not program.socket.exists():
            self.assertTrue(program.alive(), program.stderr())
        program.signal(number)
        return program

    def test_a_hang_up_signal_at_the_first_instant_ends_nothing(self):
        for _ in range(10):
            program = self.as_soon_as_there_is_a_socket(signal.SIGHUP)
            until(lambda: program.said(' in force'), 'a reload')
            self.assertTrue(program.alive())
            program.end()

    def test_a_termination_signal_at_the_first_instant_is_an_orderly_end(self):
        for _ in range(10):
            program = self.as_soon_as_there_is_a_socket(signal.SIGTERM)
            self.assertEqual(program.process.wait(PATIENCE), 0)
            self.assertEqual([file for file in program.folder.iterdir() if file.is_socket()], [])
            program.end()

    def test_signals_while_it_loads_wait(self):
        """Held in the fork already, so that they come before the first line of main."""
        held = lambda: signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP, signal.SIGTERM])
        program = self.program()
        with open(program.folder / 'stderr', 'ab') as errors:
            program.process = subprocess.Popen(program.arguments, stderr=errors, preexec_fn=held)
        program.signal(signal.SIGHUP)
        until(lambda: program.said(' in force'), 'a reload')
        program.signal(signal.SIGTERM)
        self.assertEqual(program.process.wait(PATIENCE), 0)

    def test_the_socket_has_its_mode_from_the_first_instant(self):
        program = self.program(config='socket_mode: "0600"')
        program.launch()
        while not program.socket.exists():
            self.assertTrue(program.alive(), program.stderr())
        self.assertEqual(stat.S_IMODE(program.socket.stat().st_mode), 0o600)

    def test_a_path_too_long_for_a_socket_is_said(self):
        program = self.program()
        program.arguments += ['--socket', f'unix:{program.folder}/{"x" * 108}']
        program.launch()
        self.assertEqual(program.process.wait(PATIENCE), 1)
        self.assertIn('longer than 107 octets', program.stderr())

    @unittest.skipUnless(os.geteuid() == 0, 'needs a user who may not read it')
    def test_a_policy_that_its_user_cannot_read_ends_the_start(self):
        program = self.program(config='user: nobody')
        program.folder.chmod(0o777)
        program.policy.chmod(0o600)
        program.launch()
        self.assertEqual(program.process.wait(PATIENCE), 1)
        self.assertIn('Permission denied', program.stderr())
        self.assertFalse(program.socket.exists())

    def test_check_names_a_log_that_cannot_be_written(self):
        program = self.program(config='log: {file: no-such-folder/log.jsonl}')
        done = subprocess.run([PROGRAM, 'check', '--config', program.config, '--main-cf='], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn('cannot write the log', done.stderr)

    def test_check_names_a_user_that_does_not_exist(self):
        if os.geteuid() != 0:
            self.skipTest('only root becomes another')
        program = self.program(config='user: no-such-user')
        done = subprocess.run([PROGRAM, 'check', '--config', program.config, '--main-cf='], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn('there is no user no-such-user', done.stderr)


class Ending(unittest.TestCase):
    def test_an_idle_one_ends_at_once(self):
        """0.03 s each on an idle machine; libmilter looks every five seconds."""
        for options in ({}, {'inet': True}):
            taken = 0
            for _ in range(4):
                with Program(**options) as program:
                    begin = time.monotonic()
                    self.assertEqual(program.stop(), 0)
                    taken += time.monotonic() - begin
            self.assertLess(taken, 4, options)

    def test_sessions_between_messages_do_not_hold_it_up(self):
        with Program(config='drain: 60s') as program:
            clients = [program.client() for _ in range(3)]  # only connected, greeted, and after a message
            clients[1].greet()
            clients[2].greet().message()
            begin = time.monotonic()
            self.assertEqual(program.stop(), 0)
            self.assertLess(time.monotonic() - begin, 30)
            for client in clients:
                client.socket.close()

    def test_after_rset_nothing_is_waited_for(self):
        with Program(config='drain: 60s') as program:
            with program.client() as client:
                client.greet().mail()
                client.rcpt()
                client.abort()
                time.sleep(0.2)
                begin = time.monotonic()
                self.assertEqual(program.stop(), 0)
                self.assertLess(time.monotonic() - begin, 30)

    def test_a_successor_keeps_its_socket(self):
        """The old program drains, the new one listens under the same name: when the old one ends, it is still there."""
        user = 'user: nobody\n' if os.geteuid() == 0 else ''  # libmilter removes sockets unless it is root
        with Program(config=user + 'drain: 60s', start=False) as old, Program(config=user, start=False) as new:
            for program in (old, new):
                program.folder.chmod(0o777)
            old.start()
            client = old.client().greet()
            client.mail()
            client.rcpt()
            old.signal(signal.SIGTERM)
            until(lambda: not old.socket.exists(), 'the old one gave its name up')
            new.arguments += ['--socket', f'unix:{old.socket}']
            new.launch()
            until(lambda: new.said('ready on'), 'ready')
            self.assertEqual(client.data().kind, 'c')
            client.socket.close()
            self.assertEqual(old.process.wait(PATIENCE), 0)
            with old.client() as client:
                self.assertEqual(client.greet().message().kind, 'c')
            self.assertEqual(new.stop(), 0)
            self.assertFalse(old.socket.exists())


if __name__ == '__main__':
    unittest.main()
