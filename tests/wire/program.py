"""The real program with a configuration of its own, in a folder of its own, for one test or one class of tests."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from milter_client import MilterClient
from settled import settled

PROGRAM = os.environ.get('FIVEFIFTY', 'build/dev/fivefifty')
PATIENCE = 60  # seconds until something that will happen must have happened, on a loaded machine with sanitizers

# Relay control, a rule that needs DNS, and one that monitors: small enough to know what each test meets.
POLICY = '''
version: 1
site: {name: mx1.example.net, help: "https://postmaster.example.net/550", contact: postmaster@example.net}
domains: {local: [example.net], relay: []}
trusted: {networks: [127.0.0.0/8], authenticated: true}
rules:
  - {id: relay, at: rcpt, when: {recipient.ours: false, client.trusted: false, client.authenticated: false}, reject: relay-denied}
  - {id: null-mx, at: rcpt, when: {client.trusted: false, sender.null_mx: true}, reject: sender-null-mx, if_unknown: defer}
  - {id: spf, at: rcpt, when: {spf.result: fail}, reject: spf-fail, if_unknown: skip, mode: monitor}
'''
ZONE = '''
example.org: {MX: ["10 mail.example.org"], A: ["192.0.2.1"], TXT: ["v=spf1 ip4:192.0.2.1 -all"]}
mail.example.org: {A: ["192.0.2.1"]}
silent.example: TIMEOUT
nullmx.example: {MX: ["0 ."]}
'''


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def until(condition, what, patience=PATIENCE):
    """Waits for `condition` to be true and returns its value."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f'not within {patience} s: {what}')
        time.sleep(0.02)


class Program:
    """fivefifty run. `config` is added to the daemon's file; `zone` None means real DNS, as `config` says."""

    def __init__(self, config='', policy=POLICY, zone=ZONE, inet=False, log='log.jsonl', start=True):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='wire'))
        self.policy = self.folder / 'policy.yaml'
        self.policy.write_text(policy)
        self.log = self.folder / log
        self.socket = self.folder / 'milter.sock'
        self.port = free_port() if inet else None
        self.address = ('127.0.0.1', self.port) if inet else str(self.socket)
        name = f'inet:{self.port}@127.0.0.1' if inet else f'unix:{self.socket}'
        self.config = self.folder / 'fivefifty.yaml'
        self.config.write_text(f'socket: "{name}"\npolicy: policy.yaml\n{config}\n' +
                               ('' if 'log:' in config else f'log: {{file: {log}}}\n'))
        self.arguments = [PROGRAM, 'run', '--config', str(self.config)]
        if zone is not None:
            (self.folder / 'zone.yaml').write_text(zone)
            self.arguments += ['--zone', str(self.folder / 'zone.yaml')]
        self.process = None
        if start:
            self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def launch(self, **more):
        """Starts without waiting for it to be ready."""
        with open(self.folder / 'stderr', 'ab') as errors:
            self.process = subprocess.Popen(self.arguments, stderr=errors, stdout=subprocess.DEVNULL, **more)

    def start(self, **more):
        before = self.said('ready on ')
        self.launch(**more)
        until(lambda: self.said('ready on ') > before or self.process.poll() is not None, 'ready')
        if self.process.poll() is not None:
            raise AssertionError('it did not start: ' + self.stderr())
        until(self._accepts, 'accepts connections')

    def _accepts(self):
        try:
            MilterClient(self.address).socket.close()
            return True
        except OSError:
            return False

    def client(self, **options):
        return MilterClient(self.address, **options)

    def stderr(self):
        return settled(self.folder / 'stderr')

    def said(self, text):
        """How often stderr says `text`."""
        return self.stderr().count(text)

    def records(self):
        return [json.loads(line) for line in settled(self.log).splitlines() if line]

    def last(self):
        return self.records()[-1]

    def signal(self, number):
        self.process.send_signal(number)

    def reload(self):
        """SIGHUP, and waits until it has been dealt with."""
        before = self.said(' in force')
        self.signal(signal.SIGHUP)
        until(lambda: self.said(' in force') > before, 'a reload')

    def alive(self):
        return self.process.poll() is None

    def stop(self):
        """SIGTERM; the exit code."""
        self.signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def end(self):
        if self.process and self.alive():
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Served(unittest.TestCase):
    """Tests that share one program; at the end it must be alive and must end well."""
    OPTIONS = {}

    @classmethod
    def setUpClass(cls):
        cls.program = Program(**cls.OPTIONS)

    @classmethod
    def tearDownClass(cls):
        try:
            assert cls.program.alive(), 'the program died: ' + cls.program.stderr()
            code = cls.program.stop()
            assert code == 0, f'it ended with {code}: ' + cls.program.stderr()
        finally:
            cls.program.end()

    def client(self, **options):
        client = self.program.client(**options)
        self.addCleanup(client.socket.close)
        return client

    def last(self):
        return self.program.last()

    def assertServes(self):
        """A whole session still works."""
        with self.program.client() as client:
            client.greet()
            self.assertEqual(client.message().kind, 'c')
            client.quit()
