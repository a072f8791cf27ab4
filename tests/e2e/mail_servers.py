"""Real Postfix and real Sendmail under one interface, for e2e_test.py. Inside tests/e2e/namespace only.

    start, stop, use(layout)      layout: filter-decides or mta-decides, the shipped lines of conf/
    talk(client)                  an SMTP session that comes from client['ip']; the greeting is read
    filter_socket, socket_group, log_text()
    refused_by_itself             a recipient that it refuses itself in layout mta-decides, and its words
"""
import os
import pathlib
import re
import socket
import subprocess
import threading

import programs
from smtp_talk import Talk

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PORT = 2525


class Postfix(programs.Postfix):
    refused_by_itself = ('carol@elsewhere.example', 'Relay access denied')
    socket_group = 'postfix'

    def __init__(self, sink_port, _unpacked=None):
        super().__init__('/mnt/postfix', PORT, sink_port)

    def talk(self, client):
        talk = Talk(PORT)
        talk.pretend(client['ip'], client.get('name'))
        return talk

    @staticmethod
    def own_text(line):
        return line


class Sendmail:
    """Unpacked by fetch-sendmail into `unpacked`. Mail for everybody goes to the sink."""
    refused_by_itself = ('nosuch@mx1.example.net', 'User unknown')
    socket_group = 'nogroup'
    filter_socket = pathlib.Path('/run/fivefifty/fivefifty.sock')

    def __init__(self, sink_port, unpacked):
        self.root, self.folder = pathlib.Path(unpacked) / 'root', pathlib.Path('/mnt/sendmail')
        self.sink_port = sink_port
        self.environment = os.environ | {'LD_LIBRARY_PATH': str(next(self.root.glob('usr/lib/*-linux-gnu')))}
        self.filter_socket.parent.mkdir(mode=0o755)
        (self.folder / 'queue').mkdir(mode=0o700, parents=True)
        self.log_lines = []
        self._collect_log()
        self.process = None
        self._configure('filter-decides')

    def start(self):
        self.process = subprocess.Popen([self._program('sendmail'), '-C', str(self.folder / 'sendmail.cf'), '-bD', '-q2s'],
                                        env=self.environment, stdin=subprocess.DEVNULL)
        if not programs.wait_until(lambda: programs.answers(socket.AF_INET, ('127.0.0.1', PORT))):
            raise programs.Trouble('Sendmail does not listen:\n' + self.log_text())

    def stop(self):
        self.process.terminate()
        self.process.wait(30)

    def use(self, layout):
        self.stop()
        self._configure(layout)
        self.start()

    def talk(self, client):
        talk = Talk(PORT, source=client['ip'])
        talk.reply()
        return talk

    def log_text(self):
        return ''.join(self.log_lines)

    @staticmethod
    def own_text(line):
        """A reply line without what Sendmail puts before the filter's text."""
        return re.sub(r'^(\d{3}[- ]\d\.\d+\.\d+ )<[^>]*>\.\.\. ', r'\1', line)

    def _program(self, name):
        return str(self.root / 'usr/libexec/sendmail' / name)

    def _configure(self, layout):
        mc = SENDMAIL_MC.format(folder=self.folder, port=PORT, sink=self.sink_port,
                                layout=(SOURCE / f'conf/sendmail/{layout}.mc').read_text())
        (self.folder / 'empty.cf').touch()
        (self.folder / 'relay-domains').write_text('example.net\n')
        self._make_map('mailertable', f'example.net\tesmtp:[127.0.0.1]\n')
        cf = self.root / 'usr/share/sendmail/cf/'
        made = subprocess.run([str(self.root / 'usr/bin/m4'), f'-D_CF_DIR_={cf}/', str(cf / 'm4/cf.m4'), '-'],
                              env=self.environment, input=mc, capture_output=True, text=True)
        if made.returncode != 0:
            raise programs.Trouble('m4 failed:\n' + made.stderr)
        (self.folder / 'sendmail.cf').write_text(made.stdout)
        (self.folder / 'aliases').write_text('postmaster: root\n')
        subprocess.run([self._program('sendmail'), '-C', str(self.folder / 'sendmail.cf'), '-bi'], env=self.environment,
                       check=True, capture_output=True)

    def _make_map(self, name, text):
        subprocess.run([self._program('makemap'), '-C', str(self.folder / 'empty.cf'), 'hash', str(self.folder / name)],
                       env=self.environment, input=text.encode(), check=True)

    def _collect_log(self):
        """Sendmail logs only to /dev/log."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind('/dev/log')

        def collect():
            while True:
                line = listener.recv(65536).decode('utf-8', 'replace')
                self.log_lines.append(re.sub(r'^<\d+>', '', line).rstrip('\0\n') + '\n')

        threading.Thread(target=collect, daemon=True).start()


# Limits that protect a real machine from load are off: tests are load.
SENDMAIL_MC = '''divert(0)dnl
OSTYPE(`linux')dnl
define(`confDOMAIN_NAME', `mx1.example.net')dnl
define(`confCR_FILE', `{folder}/relay-domains')dnl
define(`ALIAS_FILE', `{folder}/aliases')dnl
define(`QUEUE_DIR', `{folder}/queue')dnl
define(`STATUS_FILE', `{folder}/statistics')dnl
define(`confPID_FILE', `{folder}/pid')dnl
define(`confDEF_USER_ID', `8:8')dnl
define(`confCONTROL_SOCKET_NAME', `')dnl
define(`confPRIVACY_FLAGS', `novrfy,noexpn')dnl
define(`confLOG_LEVEL', `14')dnl
define(`confMILTER_LOG_LEVEL', `14')dnl
define(`confTO_IDENT', `0')dnl
define(`confTO_RESOLVER_RETRANS', `1s')dnl
define(`confBAD_RCPT_THROTTLE', `0')dnl
define(`confCONNECTION_RATE_THROTTLE', `0')dnl
define(`confQUEUE_LA', `100000')dnl
define(`confREFUSE_LA', `100000')dnl
define(`confDELAY_LA', `0')dnl
define(`SMART_HOST', `esmtp:[127.0.0.1]')dnl
define(`SMTP_MAILER_ARGS', `TCP $h {sink}')dnl
define(`ESMTP_MAILER_ARGS', `TCP $h {sink}')dnl
define(`RELAY_MAILER_ARGS', `TCP $h {sink}')dnl
FEATURE(`mailertable', `hash -o {folder}/mailertable')dnl
FEATURE(`no_default_msa')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`nocanonify')dnl
LOCAL_DOMAIN(`mx1.example.net')dnl
DAEMON_OPTIONS(`Port={port}, Addr=127.0.0.1, Name=MTA')dnl
{layout}
MAILER(`local')dnl
MAILER(`smtp')dnl
'''
