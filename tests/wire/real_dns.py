"""A world of DNS behind a real unbound: nsd answers for `test`, and thousands of domains have silent name servers.

Resolving is as in earnest: the filter asks unbound, which asks nsd, or waits for servers that read nothing. Needs the
programs nsd and unbound: contrib/with-servers brings them."""
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

from program import free_port, until

NSD, UNBOUND = '/usr/sbin/nsd', '/usr/sbin/unbound'
# As many as are named while a test lasts: of a server that it found silent unbound asks one question for minutes, and a few
# hundred of those fill its list of requests for everybody, whoever asks it.
SILENT_DOMAINS = 8000

# Every domain below test. exists, can be replied to and passes SPF; bl.test lists LISTED, and is well.
LISTED = [f'203.0.113.{host}' for host in range(200, 250)]
ZONE = '''$TTL 3600
@ SOA ns root 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
mail A 192.0.2.1
* MX 10 mail
* TXT "v=spf1 +all"
2.0.0.127.bl A 127.0.0.2
bl TXT "a list"
''' + ''.join('.'.join(reversed(address.split('.'))) + '.bl A 127.0.0.2\n' for address in LISTED)


def available():
    return pathlib.Path(NSD).exists() and pathlib.Path(UNBOUND).exists()


class RealDns:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='real_dns'))
        self.folder.chmod(0o755)
        self.processes = []
        self.nsd_port, self.port = free_port(), free_port()
        # Never read: what does not fit into its buffer is dropped, as a firewall would.
        self.silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.silent.bind(('0.0.0.0', 0))
        self._start_nsd()
        self._start_unbound()
        until(self._answers, 'unbound answers')

    def _start(self, *command):
        log = open(self.folder / 'log', 'ab')
        self.processes.append(subprocess.Popen(command, stdout=log, stderr=log))

    def _start_nsd(self):
        (self.folder / 'zone').write_text(ZONE)
        (self.folder / 'nsd.conf').write_text(f'''server:
 ip-address: 127.0.0.1@{self.nsd_port}
 port: {self.nsd_port}
 server-count: 1
 username: ""
 chroot: ""
 zonesdir: "{self.folder}"
 database: ""
 pidfile: "{self.folder}/nsd.pid"
 xfrdfile: "{self.folder}/xfrd"
 zonelistfile: "{self.folder}/list"
remote-control:
 control-enable: no
zone:
 name: test
 zonefile: zone
''')
        self._start(NSD, '-d', '-c', str(self.folder / 'nsd.conf'))

    def _start_unbound(self):
        # AppArmor lets the installed program read /etc only; a copy of it is free.
        program = shutil.copy(UNBOUND, self.folder / 'unbound')
        port = self.silent.getsockname()[1]
        stubs = ''.join(f'stub-zone:\n name: "{silent_domain(i)}"\n stub-addr: 127.9.{i // 250}.{i % 250 + 1}@{port}\n'
                        for i in range(SILENT_DOMAINS))
        (self.folder / 'unbound.conf').write_text(f'''server:
 interface: 127.0.0.1
 port: {self.port}
 username: ""
 chroot: ""
 directory: "{self.folder}"
 pidfile: "{self.folder}/unbound.pid"
 use-syslog: no
 logfile: ""
 do-daemonize: no
 do-not-query-localhost: no
 module-config: "iterator"
 local-zone: "test." nodefault
remote-control:
 control-enable: no
stub-zone:
 name: "test"
 stub-addr: 127.0.0.1@{self.nsd_port}
{stubs}''')
        self._start(program, '-d', '-c', str(self.folder / 'unbound.conf'))

    def _answers(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.settimeout(0.2)
            try:
                asker.sendto(b'\0\1\1\0\0\1\0\0\0\0\0\0\4mail\4test\0\0\1\0\1', ('127.0.0.1', self.port))
                return asker.recv(512)[7] == 1  # one answer
            except OSError:
                return False

    def end(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(30)
        self.silent.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def silent_domain(number):
    return f'dead{number % SILENT_DOMAINS}.invalid-world'


def pause_until(moment):
    time.sleep(max(0.0, moment - time.monotonic()))
