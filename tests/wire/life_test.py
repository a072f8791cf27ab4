"""Starting, ending, and the socket."""
import os
import pathlib
import signal
import socket
import stat
import subprocess
import time
import unittest

from program import PATIENCE, POLICY, Program, until


class Sockets(unittest.TestCase):
    def program(self, **options):
        program = Program(**options)
        self.addCleanup(program.end)
        return program

    def test_serves_on_an_inet_socket(self):
        program = self.program(inet=True)
        with program.client() as client:
            client.greet()
            self.assertEqual(client.message().kind, 'c')
            client.quit()
        self.assertEqual(program.stop(), 0)

    def test_a_stale_socket_is_removed(self):
        program = self.program(start=False)
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(program.socket))
        program.start()
        self.assertEqual(program.stop(), 0)

    def test_a_socket_in_use_is_left_alone(self):
        first = self.program()
        second = self.program(start=False)
        second.arguments += ['--socket', f'unix:{first.socket}']
        second.launch()
        self.assertNotEqual(second.process.wait(PATIENCE), 0)
        self.assertIn('another program answers on', second.stderr())
        with first.client() as client:
            self.assertEqual(client.greet().message().kind, 'c')

    def test_a_file_in_the_place_of_the_socket_is_not_removed(self):
        program = self.program(start=False)
        program.socket.write_text('precious')
        program.launch()
        self.assertNotEqual(program.process.wait(PATIENCE), 0)
        self.assertEqual(program.socket.read_text(), 'precious')

    def test_a_port_in_use_is_said(self):
        program = self.program(inet=True, start=False)
        with socket.socket() as other:
            other.bind(('127.0.0.1', program.port))
            other.listen()
            program.launch()
            self.assertNotEqual(program.process.wait(PATIENCE), 0)
        self.assertIn('cannot listen on', program.stderr())

    def test_the_mode_is_the_configured_one(self):
        for mode in (0o660, 0o600, 0o666):
            program = self.program(config=f'socket_mode: "{mode:04o}"')
            self.assertEqual(stat.S_IMODE(os.stat(program.socket).st_mode), mode)

    @unittest.skipUnless(os.geteuid() == 0, 'only root gives files away')
    def test_the_group_is_the_configured_one(self):
        import grp
        program = self.program(config='socket_group: mail')
        self.assertEqual(os.stat(program.socket).st_gid, grp.getgrnam('mail').gr_gid)

    def test_a_group_that_does_not_exist_ends_the_start(self):
        program = self.program(config='socket_group: no-such-group', start=False)
        program.launch()
        self.assertEqual(program.process.wait(PATIENCE), 1)
        self.assertIn('there is no group no-such-group', program.stderr())

    @unittest.skipUnless(os.geteuid() == 0, 'only root changes who it is')
    def test_runs_as_the_configured_user(self):
        program = self.program(config='user: nobody', start=False)
        program.folder.chmod(0o777)
        program.start()
        status = pathlib.Path(f'/proc/{program.process.pid}/status').read_text()
        import pwd
        self.assertIn(f'Uid:\t{pwd.getpwnam("nobody").pw_uid}\t', status)

    def test_a_bad_policy_ends_the_start(self):
        program = self.program(policy=POLICY + '  - {id: x, at: rcpt, reject: no-such-reason}\n', start=False)
        program.launch()
        self.assertEqual(program.process.wait(PATIENCE), 1)
        self.assertIn('policy.yaml:', program.stderr())
        self.assertFalse(program.socket.exists())


class Ending(unittest.TestCase):
    def setUp(self):
        self.program = Program(config='drain: 60s')  # more than the slowest machine needs for the rest of a message
        self.addCleanup(self.program.end)

    def test_an_open_session_may_finish_its_message_and_a_new_one_is_refused(self):
        client = self.program.client().greet()
        self.addCleanup(client.socket.close)
        client.mail()
        self.assertEqual(client.rcpt().kind, 'c')
        self.program.signal(signal.SIGTERM)
        until(lambda: self.program.said('ending'), 'ending')
        until(lambda: not self.program.socket.exists(), 'the socket is gone')
        with self.assertRaises(OSError):
            self.program.client()
        self.assertEqual(client.data().kind, 'c')
        client.quit()
        self.assertEqual(self.program.process.wait(PATIENCE), 0)
        self.assertEqual(self.program.last()['event'], 'accept')

    def test_sessions_between_messages_hold_nothing_up(self):
        """A mail server keeps its sessions open; the end waits for messages, not for them."""
        greeted, done, given_up = (self.program.client().greet() for _ in range(3))
        for client in (greeted, done, given_up):
            self.addCleanup(client.socket.close)
        self.assertEqual(done.message().kind, 'c')
        given_up.mail()
        given_up.rcpt()
        given_up.abort()
        given_up.mail()  # answered: the ABORT before it has been read
        given_up.abort()
        begin = time.monotonic()
        self.assertEqual(self.program.stop(), 0)
        self.assertLess(time.monotonic() - begin, 30, 'drain is 60 s')

    def test_ends_at_once_when_nobody_is_there(self):
        begin = time.monotonic()
        self.assertEqual(self.program.stop(), 0)
        self.assertLess(time.monotonic() - begin, 30, 'the time that sessions would have had')

    def test_control_c_ends_it_as_well(self):
        self.program.signal(signal.SIGINT)
        self.assertEqual(self.program.process.wait(PATIENCE), 0)

    def test_starts_again_at_once(self):
        self.program.stop()
        self.program.start()
        with self.program.client() as client:
            self.assertEqual(client.greet().message().kind, 'c')

    def test_a_kill_leaves_a_socket_that_the_next_start_removes(self):
        self.program.process.kill()
        self.program.process.wait()
        self.assertTrue(self.program.socket.exists())
        self.program.start()
        self.assertEqual(self.program.stop(), 0)


class HandedOver(unittest.TestCase):
    """A socket that systemd made and keeps: nobody who asks during a restart is turned away."""

    def setUp(self):
        self.program = Program(config='drain: 60s', start=False)
        self.addCleanup(self.program.end)
        self.door = socket.socket(socket.AF_UNIX)
        self.addCleanup(self.door.close)
        self.door.bind(str(self.program.socket))
        self.door.listen()
        # As systemd does: the socket is number 3, and the variables name the process that may take it.
        self.program.arguments[:0] = ['sh', '-c', 'exec 3<&"$0"; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', str(self.door.fileno())]
        self.door.set_inheritable(True)
        self.program.start(close_fds=False)

    def end(self):
        before = self.program.said('ending')
        self.program.signal(signal.SIGTERM)
        until(lambda: self.program.said('ending') > before, 'ending')

    def let_in(self):
        """How many connections have been accepted: those still in the queue have no inode."""
        lines = [line.split() for line in pathlib.Path('/proc/net/unix').read_text().splitlines()]
        mine = [line for line in lines if line[-1] == str(self.program.socket) and line[6] != '0']
        return len(mine) - 1  # without the one that listens

    def connected(self):
        """A client that has been let in, and has not said a word."""
        until(lambda: self.let_in() == 0, 'the one that asked whether it is ready is gone')
        client = self.program.client()
        self.addCleanup(client.socket.close)
        until(lambda: self.let_in() == 1, 'it is let in')
        return client

    def test_who_was_let_in_just_before_the_end_is_answered(self):
        client = self.connected()
        self.end()
        time.sleep(0.5)  # as long as it would have taken to leave without waiting
        self.assertEqual(client.greet().message().kind, 'c')
        client.quit()
        self.assertEqual(self.program.process.wait(PATIENCE), 0)

    def test_who_comes_after_the_end_has_begun_waits_for_the_next_process(self):
        first = self.connected()
        self.end()
        time.sleep(0.5)  # until it listens no more
        second = self.program.client()
        self.addCleanup(second.socket.close)
        first.greet().quit()
        self.assertEqual(self.program.process.wait(PATIENCE), 0)
        self.program.launch(close_fds=False)
        self.assertEqual(second.greet().message().kind, 'c')
        second.quit()


class Patience(unittest.TestCase):
    def test_a_session_that_does_not_finish_is_left_after_the_configured_time(self):
        with Program(config='drain: 500ms') as program:
            client = program.client().greet()
            self.assertEqual(program.stop(), 0)
            client.socket.close()

    def test_a_decision_under_way_when_patience_ends_is_made_and_logged(self):
        """libmilter ends at once on an inet socket: it must not take what the callback uses away with it."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(('127.0.0.1', 0))
            config = (f'drain: 2s\nbudgets: {{rcpt: 5s, message: 5s}}\n'
                      f'resolvers: ["127.0.0.1:{silent.getsockname()[1]}"]\n')
            with Program(config=config, zone=None, inet=True) as program:
                client = program.client().greet()
                self.addCleanup(client.socket.close)
                client.mail()
                client.rcpt_later()
                self.assertEqual(program.stop(), 0, program.stderr())
                self.assertEqual([record['event'] for record in program.records()], ['defer'])

    def test_all_of_it_can_be_checked_before(self):
        with Program(start=False) as program:
            arguments = [program.arguments[0], 'check', '--config', str(program.config)]
            self.assertEqual(subprocess.run(arguments, capture_output=True).returncode, 0)


if __name__ == '__main__':
    unittest.main()
