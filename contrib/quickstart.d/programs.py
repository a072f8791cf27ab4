"""The programs of a private mail server: the filter, and a Postfix with folders of its own."""
import os
import pathlib
import signal
import socket
import subprocess
import time


class Trouble(Exception):
    """Something that the person at the terminal can put right; the text says how."""


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def wait_until(true, seconds=30, pause=0.05):
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def answers(family, address):
    with socket.socket(family) as probe:
        return probe.connect_ex(address) == 0


class Filter:
    """fivefifty itself, on the unix socket `listen`; its configuration and log are in `folder`. `zone`: None for DNS."""

    def __init__(self, program, folder, listen, policy, zone):
        self.program = str(program)
        self.folder = pathlib.Path(folder)
        self.socket, self.log = pathlib.Path(listen), self.folder / 'log.jsonl'
        self.errors = self.folder / 'filter.err'
        self.policy, self.zone = policy, zone
        self.config = self.folder / 'fivefifty.yaml'
        self.configure()
        self.process = None

    def configure(self, settings=('socket_mode: "0666"',)):
        """Further lines of its configuration, for the next start. Unless they say otherwise, mail servers of any user may
        use the socket."""
        lines = [f'socket: "unix:{self.socket}"', f'policy: "{self.policy}"', 'log: {file: log.jsonl}']
        self.config.write_text('\n'.join([*lines, *settings]) + '\n')

    def start(self):
        with self.errors.open('ab') as errors:
            self.process = subprocess.Popen(
                [self.program, 'run', '--config', str(self.config), *(['--zone', str(self.zone)] if self.zone else [])],
                stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)
        ready = wait_until(lambda: self.process.poll() is not None or
                           answers(socket.AF_UNIX, str(self.socket)))
        if not ready or self.process.poll() is not None:
            raise Trouble(f'The filter does not start. It said:\n{self.errors.read_text()}')

    def stop(self, number=signal.SIGTERM):
        """Its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


LAYOUTS = pathlib.Path(__file__).resolve().parents[2] / 'conf/postfix'
MASTER = '''\
{port}    inet  n - n - - smtpd
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
proxymap  unix  - - n - - proxymap
flush     unix  n - n 1000? 0 flush
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
lmtp      unix  - - n - - lmtp
anvil     unix  - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
'''


def _lines(settings):
    return ''.join(f'{name} = {value}\n' for name, value in settings.items())


class Postfix:
    """A Postfix instance in `folder` on 127.0.0.1:port, with one of the layouts of conf/postfix. Accepted mail goes to the
    sink on `sink_port`; nothing leaves the machine. The filter is to listen on `filter_socket`."""

    def __init__(self, folder, port, sink_port, layout='filter-decides'):
        self.folder, self.port, self.layout = pathlib.Path(folder), port, layout
        self.log = self.folder / 'maillog'
        self.filter_socket = self.folder / 'queue/fivefifty/fivefifty.sock'
        for name in ('etc', 'data', 'queue/fivefifty'):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.settings, self.overrides = self._paths() | self._mail(sink_port), {}

    def _paths(self):
        return {
            'compatibility_level': '3.6',
            'queue_directory': self.folder / 'queue',
            'data_directory': self.folder / 'data',
            'command_directory': '/usr/sbin',
            'daemon_directory': '/usr/lib/postfix/sbin',
            # An unpacked Postfix (contrib/with-servers) has its list of files there.
            'meta_directory': os.environ.get('FIVEFIFTY_SERVERS', '') + '/etc/postfix',
            'mail_owner': 'postfix',
            'setgid_group': 'postdrop',
            'maillog_file': self.log,
            'maillog_file_prefixes': self.folder,
        }

    @staticmethod
    def _mail(sink_port):
        to_sink = f'inet:127.0.0.1:{sink_port}'
        return {
            'myhostname': 'mx1.example.net',
            'mydestination': '',
            'virtual_mailbox_domains': 'example.net',
            'virtual_transport': f'lmtp:{to_sink}',
            'default_transport': f'smtp:[127.0.0.1]:{sink_port}',
            'relay_domains': '',
            'alias_maps': '',
            'alias_database': '',
            'mynetworks': '127.0.0.0/8 198.51.100.0/24',
            'inet_interfaces': '127.0.0.1',
            'inet_protocols': 'ipv4',
            'smtp_tls_security_level': 'none',
            'disable_dns_lookups': 'yes',
            'local_header_rewrite_clients': '',
            'smtpd_authorized_xclient_hosts': '127.0.0.0/8',
            'smtpd_peername_lookup': 'no',
            # Tests send fast, and make many mistakes.
            'smtpd_client_connection_rate_limit': '0',
            'smtpd_client_connection_count_limit': '0',
            'smtpd_error_sleep_time': '0',
            'smtpd_hard_error_limit': '1000',
            'minimal_backoff_time': '2s',
            'queue_run_delay': '2s',
        }

    def start(self):
        if not os.access('/usr/sbin/postfix', os.X_OK):
            raise Trouble('There is no Postfix here: run this through  contrib/with-servers postfix COMMAND')
        self._write()
        self._run('start')
        if not wait_until(lambda: answers(socket.AF_INET, ('127.0.0.1', self.port))):
            raise Trouble(f'Postfix does not listen on port {self.port}. Its log:\n{self.log_text()}')

    def use(self, layout, **settings):
        """Another layout of conf/postfix, and settings over it; takes effect for sessions that begin after."""
        self.layout, self.overrides = layout, settings
        self._write()
        before = self._servers()
        self._run('reload')
        # An idle smtpd of the old settings ends soon, but may take one more session.
        if not wait_until(lambda: not before & self._servers()):
            raise Trouble(f'Postfix keeps its old settings. Its log:\n{self.log_text()}')

    def stop(self):
        self._run('stop')

    def log_text(self):
        return self.log.read_text(errors='replace') if self.log.exists() else '(empty)'

    def _servers(self):
        """The process ids of the instance's smtpd."""
        master = (self.folder / 'queue/pid/master.pid').read_text().strip()
        return set(subprocess.run(['pgrep', '-P', master, '-x', 'smtpd'], capture_output=True, text=True).stdout.split())

    def _write(self):
        parts = [_lines(self.settings), (LAYOUTS / f'{self.layout}.cf').read_text(), _lines(self.overrides)]
        (self.folder / 'etc/main.cf').write_text(''.join(parts))
        (self.folder / 'etc/master.cf').write_text(MASTER.format(port=f'127.0.0.1:{self.port}'))
        subprocess.run(['chown', 'postfix', str(self.folder / 'data')], check=True)

    def _run(self, command):
        done = subprocess.run(['/usr/sbin/postfix', '-c', str(self.folder / 'etc'), command],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise Trouble(f'postfix {command} failed:\n{done.stdout}{done.stderr}{self.log_text()}')
