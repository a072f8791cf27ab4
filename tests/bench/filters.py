"""The two filters beside each other, each on a unix socket, and the name servers that both ask. All of it runs on a machine of
its own (tests/e2e/namespace), where 127.0.0.1:53 is free and nothing is left behind.

Both know the same lists, refuse clients that are listed, SPF fail where there is no DMARC record, and what DMARC asks to
refuse, and write a line for each message to a file. rspamd loads no module that this does not take."""
import os
import pathlib
import shutil
import socket
import subprocess

import programs
from corpus import LISTS

NSD = '''\
server:
  ip-address: 127.0.0.1@5353
  username: ""
  database: ""
  pidfile: ""
  zonesdir: "{folder}"
  xfrdir: "{folder}"
  xfrdfile: ""
  zonelistfile: "{folder}/zones"
remote-control:
  control-enable: no
zone:
  name: "."
  zonefile: root.zone
'''
UNBOUND = '''\
server:
  interface: 127.0.0.1
  directory: "{folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  module-config: "iterator"
  qname-minimisation: no
  do-not-query-localhost: no
remote-control:
  control-enable: no
stub-zone:
  name: "."
  stub-addr: 127.0.0.1@5353
'''
POLICY = '''\
version: 1
site: {{name: mx1.example.net, help: "https://postmaster.example.net/550", contact: postmaster@example.net}}
domains: {{local: [example.net], relay: []}}
trusted: {{networks: [127.0.0.0/8], authenticated: true}}
lists:
{lists}
rules:
  - {{id: relay, at: rcpt, when: {{recipient.ours: false, client.trusted: false}}, reject: relay-denied, if_unknown: defer}}
  - {{id: blocklists, at: rcpt, when: {{client.trusted: false, dnsbl.weight: ">= 8"}}, reject: dnsbl-listed, if_unknown: skip}}
  - {{id: header-bounds, at: message, when: {{headers.too_many: true}}, reject: header-too-large, always: true}}
  - {{id: dmarc, at: message, when: {{dmarc.disposition: reject}}, reject: dmarc-reject, if_unknown: defer}}
  - {{id: spf-without-dmarc, at: message, when: {{spf.result: fail, dmarc.result: none}}, reject: spf-fail, if_unknown: skip}}
'''
LIST = ('  - {{id: {id}, name: {id}, zone: {zone}, lookup: "https://{zone}/{{client.ip}}", '
        'codes: {{127.0.0.2: {{means: spam, weight: 8}}}}}}')
# A score of 15 refuses. An SPF fail alone does; where there is a DMARC record, DMARC agrees or the client is listed too.
RSPAMD = '''\
options {{
  filters = "dkim";
  dns {{ nameserver = ["127.0.0.1"]; timeout = 2s; }}
  local_addrs = ["127.0.0.0/8"];
  url_tld = "/usr/share/rspamd/effective_tld_names.dat";
  tempdir = "{folder}";
  pidfile = "{folder}/rspamd.pid";
  control_socket = "{folder}/control.sock";
  cache_file = "{folder}/symbols.cache";
  hs_cache_dir = "{folder}";
  history_file = "{folder}/history";
  history_rows = 200;
}}
logging {{ type = "file"; filename = "{folder}/rspamd.log"; level = "notice"; }}
modules {{ path = "{modules}"; }}
actions {{ reject = 15; add_header = 6; }}
worker "rspamd_proxy" {{
  bind_socket = "{socket} mode=0666";
  milter = yes;
  count = {workers};
  upstream "self" {{ default = yes; self_scan = yes; }}
}}
dkim {{ }}
spf {{ }}
dmarc {{ actions {{ reject = "reject"; quarantine = "add_header"; }} }}
rbl {{ rbls {{
{lists}
}} }}
metric {{ name = "default";
  symbol {{ name = "R_SPF_FAIL"; weight = 15; }}
{symbols}
}}
'''
RSPAMD_LIST = '  {id} {{ symbol = "LISTED_{id}"; rbl = "{zone}"; checks = ["from"]; }}'
RSPAMD_SYMBOL = '  symbol {{ name = "LISTED_{id}"; weight = 15; }}'
MODULES = ['spf', 'dmarc', 'rbl']  # DKIM is not in Lua


def for_each_list(form):
    return '\n'.join(form.format(id=zone.split('.')[0], zone=zone) for zone in LISTS)


class Served:
    """A program in the foreground; what it says is in `said`."""

    def __init__(self, name, folder, command):
        self.name, self.said = name, pathlib.Path(folder) / f'{name}.said'
        with self.said.open('wb') as said:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)

    def wait_for(self, ready):
        programs.wait_until(lambda: self.process.poll() is not None or ready(), 60)
        if self.process.poll() is not None or not ready():
            raise programs.Trouble(f'{self.name} does not start. It said:\n{self.said.read_text()}')


def serve_names(folder):
    """All of DNS is root.zone of `folder`: nsd has it, and unbound is asked, as on a mail server of one's own."""
    # AppArmor confines Debian's unbound by its path.
    shutil.copy('/usr/sbin/unbound', folder / 'unbound')
    (folder / 'nsd.conf').write_text(NSD.format(folder=folder))
    (folder / 'unbound.conf').write_text(UNBOUND.format(folder=folder))
    for name, port, program in (('nsd', 5353, '/usr/sbin/nsd'), ('unbound', 53, folder / 'unbound')):
        server = Served(name, folder, [program, '-d', '-c', folder / f'{name}.conf'])
        server.wait_for(lambda: programs.answers(socket.AF_INET, ('127.0.0.1', port)))


class Fivefifty:
    name = 'fivefifty'

    def __init__(self, folder, program):
        folder.mkdir()
        self.program = program
        (folder / 'policy.yaml').write_text(POLICY.format(lists=for_each_list(LIST)))
        served = programs.Filter(program, folder, folder / 'milter.sock', folder / 'policy.yaml', None)
        served.start()
        self.socket, self.log, self.process = served.socket, served.log, served.process

    def version(self):
        return subprocess.run([self.program, '--version'], capture_output=True, text=True).stdout.splitlines()[0]


class Rspamd:
    """Its milter proxy looks at the mail itself, without a network between; a worker for each processor."""
    name = 'rspamd'

    def __init__(self, folder):
        modules = folder / 'modules'
        modules.mkdir(parents=True)
        for name in MODULES:
            (modules / f'{name}.lua').symlink_to(f'/usr/share/rspamd/plugins/{name}.lua')
        self.socket, self.log = folder / 'milter.sock', folder / 'rspamd.log'
        (folder / 'rspamd.conf').write_text(RSPAMD.format(
            folder=folder, modules=modules, socket=self.socket, workers=os.cpu_count(), lists=for_each_list(RSPAMD_LIST),
            symbols=for_each_list(RSPAMD_SYMBOL)))
        served = Served(self.name, folder, ['rspamd', '-f', '-i', '-c', folder / 'rspamd.conf'])
        served.wait_for(lambda: programs.answers(socket.AF_UNIX, str(self.socket)))
        self.process = served.process

    @staticmethod
    def version():
        return subprocess.run(['rspamd', '--version'], capture_output=True, text=True).stdout.splitlines()[0]
