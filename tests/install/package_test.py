#!/usr/bin/python3
"""A machine's life with the package: package_test.py OLD.deb NEW.deb, inside tests/install/machine --systemd.

Installed, edited, started, asked by Postfix, reloaded, rotated, frozen, restarted, upgraded, removed, purged: in this order,
on one machine, as on a real one. What the sandbox forbids is asked of the running process, not of the unit file."""
import os
import pathlib
import pwd
import re
import socket
import struct
import subprocess
import sys
import time

OLD, NEW = sys.argv[1:3]
SOCKET = pathlib.Path('/var/spool/postfix/fivefifty/fivefifty.sock')
POLICY = pathlib.Path('/etc/fivefifty/policy.yaml')
LOG = pathlib.Path('/var/log/fivefifty/log.jsonl')
ENVIRONMENT = os.environ | {'DEBIAN_FRONTEND': 'noninteractive'}


def run(*command, code=0):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=ENVIRONMENT)
    text = done.stdout + done.stderr
    assert code is None or done.returncode == code, f'{command}: exit code {done.returncode}, wanted {code}\n{text}'
    return text.strip()


def equal(got, wanted, what=''):
    assert got == wanted, f'{what}: got {got!r}, wanted {wanted!r}'


def wait_for(true, what, seconds=20):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f'{what}: not within {seconds} s\n' + run('journalctl', '-n', '30', '--no-pager')
        time.sleep(0.05)


def state():
    return run('systemctl', 'is-active', 'fivefifty.service', code=None)


def shown(name):
    return run('systemctl', 'show', '-p', name, '--value', 'fivefifty.service')


def main_pid():
    return int(shown('MainPID'))


def owner_and_mode(path):
    return run('stat', '-c', '%U:%G %a', str(path))


def asks(path=SOCKET, patience=20):
    """What a mail server says first, SMFIC_OPTNEG, answered by the filter."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(patience)
        link.connect(str(path))
        link.sendall(struct.pack('>IcIII', 13, b'O', 6, 0x1ff, 0x1fffff))
        return link.recv(64)[4:5] == b'O'


def in_chroot_as(user, action):
    """Whether `action` succeeds as that user in Postfix's chroot."""
    child = os.fork()
    if child == 0:
        try:
            entry = pwd.getpwnam(user)
            os.chroot('/var/spool/postfix')
            os.chdir('/')
            os.initgroups(user, entry.pw_gid)
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
            os._exit(0 if action() else 1)
        except OSError:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def talk(*lines, source='203.0.113.5'):
    """The replies of port 25 to a client from elsewhere."""
    with socket.create_connection(('127.0.0.99', 25), 30, (source, 0)) as link:
        stream = link.makefile('rw', newline='\r\n')
        replies = []
        for line in (None, *lines):
            if line is not None:
                stream.write(line + '\r\n')
                stream.flush()
            reply = last = stream.readline()
            while last[3:4] == '-':
                last = stream.readline()
                reply += last
            replies.append(reply)
        return replies


def refusal():
    """Of a stranger who wants to relay."""
    return talk('EHLO host.example', 'MAIL FROM:<a@elsewhere.example>', 'RCPT TO:<b@elsewhere.example>', 'QUIT')[3]


def installs():
    before = run('ss', '-Hltnu')
    said = run('dpkg', '-i', OLD)
    assert 'put your names into /etc/fivefifty/policy.yaml' in said, said
    equal(run('dpkg-query', '-W', '-f', '${Status}', 'fivefifty'), 'install ok installed')
    equal(owner_and_mode(SOCKET.parent), 'fivefifty:postfix 750')
    equal(owner_and_mode(LOG.parent), 'fivefifty:adm 2750')
    equal(sorted(run('id', '-nG', 'fivefifty').split()), ['fivefifty', 'postfix'])
    equal(run('systemctl', 'is-enabled', 'fivefifty.service', 'fivefifty.socket', code=1).split(), ['disabled'] * 2)
    equal(state(), 'inactive')
    equal(run('ss', '-Hltnu'), before, 'open ports')


def allow_sanitizers():
    """A leak sanitizer looks at its own process as a debugger does, which the sandbox forbids. Other builds ignore this."""
    drop_in = pathlib.Path('/etc/systemd/system/fivefifty.service.d/sanitizers.conf')
    drop_in.parent.mkdir()
    drop_in.write_text('[Service]\nEnvironment=ASAN_OPTIONS=detect_leaks=0\n')
    run('systemctl', 'daemon-reload')


def does_not_start_with_the_shipped_policy():
    run('systemctl', 'start', 'fivefifty.service', code=1)
    assert 'it still says example.net' in run('journalctl', '-u', 'fivefifty', '--no-pager')
    run('systemctl', 'stop', 'fivefifty.service')
    assert not SOCKET.exists()


def starts():
    POLICY.write_text(POLICY.read_text().replace('example.net', 'muster.example'))
    run('fivefifty', 'check', '--config', '/etc/fivefifty/fivefifty.yaml')
    run('systemctl', 'enable', '--now', 'fivefifty.service')
    equal(state(), 'active')
    assert asks(), 'the filter does not answer'
    equal(owner_and_mode(SOCKET), 'fivefifty:postfix 660')


def is_reached_from_the_chroot():
    inside = '/fivefifty/fivefifty.sock'
    assert in_chroot_as('postfix', lambda: asks(inside)), 'smtpd in its chroot cannot reach the filter'
    assert not in_chroot_as('nobody', lambda: asks(inside)), 'anybody can reach the filter'


def is_shut_in():
    """Asked of the process, as the kernel holds it."""
    pid = main_pid()
    status = dict(re.findall(r'^(\w+):\s*(.*)$', pathlib.Path(f'/proc/{pid}/status').read_text(), re.M))
    for name in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'):
        equal(int(status[name], 16), 0, name)
    equal((status['NoNewPrivs'], status['Seccomp']), ('1', '2'))
    equal(set(status['Uid'].split()), {str(pwd.getpwnam('fivefifty').pw_uid)})
    mounts = {}
    for line in pathlib.Path(f'/proc/{pid}/mountinfo').read_text().splitlines():
        fields = line.split()
        mounts[fields[4]] = fields[5].split(',')[0]  # the later one lies on top
    equal(mounts['/'], 'ro', 'the root')
    for folder in ('/var/log/fivefifty', '/var/spool/postfix/fivefifty', '/run/fivefifty'):
        equal(mounts[folder], 'rw', folder)
    equal((mounts['/home'], mounts['/root'], mounts['/dev']), ('ro', 'ro', 'ro'))
    root = pathlib.Path(f'/proc/{pid}/root')
    equal(list((root / 'root').iterdir()), [], 'what it sees of /root')
    assert not (root / 'dev/tty').exists() or not (root / 'dev/vda').exists()
    run('systemd-analyze', 'security', '--offline=false', '--threshold=20', '--no-pager', 'fivefifty.service')


def postfix_asks_it():
    """A Postfix as Debian sets it up, smtpd in its chroot, and the shipped `enable`."""
    etc = pathlib.Path('/etc/postfix')
    etc.mkdir(exist_ok=True)
    (etc / 'main.cf').write_text('compatibility_level = 3.6\nmyhostname = mx1.muster.example\nmydestination = muster.example\n'
                                 'mynetworks = 127.0.0.0/8\nalias_maps =\nmaillog_file = /var/log/mail.log\n'
                                 'local_recipient_maps =\n')
    (etc / 'master.cf').write_bytes(pathlib.Path('/usr/share/postfix/master.cf.dist').read_bytes() +
                                    b'postlog unix-dgram n - n - 1 postlogd\n')
    assert re.search(r'^smtp +inet +n +- +y ', (etc / 'master.cf').read_text(), re.M), 'smtpd is not in a chroot'
    enable = '/usr/share/fivefifty/postfix/enable'
    assert 'nothing listens' not in run(enable, 'filter-decides', '--yes')
    run('postfix', 'start')
    wait_for(lambda: socket.socket().connect_ex(('127.0.0.99', 25)) == 0, 'Postfix listens')
    reply = refusal()
    assert reply.startswith('550') and 'ref=' in reply, reply
    wait_for(LOG.exists, 'a log')
    wait_for(lambda: 'relay-denied' in LOG.read_text(), 'the record')
    equal(owner_and_mode(LOG), 'fivefifty:adm 640')
    run('/usr/share/fivefifty/postfix/disable', '--yes')
    run('postfix', 'reload')
    # An idle smtpd with the old settings may take one more session.
    wait_for(lambda: 'ref=' not in refusal(), 'Postfix decides again')
    assert refusal()[0] in '45', 'a relay'
    run('postfix', 'stop')


def reloads_and_refuses_what_is_bad():
    good, pid = POLICY.read_text(), main_pid()
    run('systemctl', 'reload', 'fivefifty.service')
    POLICY.write_text(good + 'rules: 5\n')
    run('systemctl', 'reload', 'fivefifty.service', code=1)
    assert 'is given twice' in run('journalctl', '-u', 'fivefifty', '--no-pager')
    equal((state(), main_pid()), ('active', pid))
    assert asks()
    POLICY.write_text(good)


def is_rotated():
    inode = LOG.stat().st_ino
    run('logrotate', '--force', '/etc/logrotate.d/fivefifty')
    equal(pathlib.Path(f'{LOG}.1').stat().st_ino, inode)
    equal(owner_and_mode(LOG), 'fivefifty:adm 640')
    files = f'/proc/{main_pid()}/fd'
    wait_for(lambda: str(LOG) in [os.readlink(f'{files}/{name}') for name in os.listdir(files)], 'the new log is open')


def is_watched():
    """Frozen, it is killed and started again."""
    drop_in = pathlib.Path('/etc/systemd/system/fivefifty.service.d/test.conf')
    equal(shown('WatchdogUSec'), '30s')
    drop_in.write_text('[Service]\nWatchdogSec=3s\nRestartSec=100ms\n')
    run('systemctl', 'daemon-reload')
    run('systemctl', 'restart', 'fivefifty.service')
    time.sleep(4)
    equal(shown('NRestarts'), '0', 'restarts of a healthy one')
    frozen = main_pid()
    os.kill(frozen, 19)
    wait_for(lambda: shown('NRestarts') == '1' and state() == 'active' and main_pid() != frozen, 'the watchdog acts', 30)
    assert asks()
    drop_in.unlink()
    run('systemctl', 'daemon-reload')
    run('systemctl', 'restart', 'fivefifty.service')


def is_started_by_its_socket():
    """And who asks while it restarts waits, instead of being turned away."""
    run('systemctl', 'stop', 'fivefifty.service')
    run('systemctl', 'start', 'fivefifty.socket')
    equal(owner_and_mode(SOCKET), 'fivefifty:postfix 660')
    equal(state(), 'inactive')
    assert in_chroot_as('postfix', lambda: asks('/fivefifty/fivefifty.sock')), 'the first question starts it'
    wait_for(lambda: state() == 'active', 'started by the socket')
    restart = subprocess.Popen(['systemctl', 'restart', 'fivefifty.service'])
    asked = 0
    while restart.poll() is None:
        assert asks(), 'turned away during a restart'
        asked += 1
    assert asked > 0 and asks()
    run('systemctl', 'stop', 'fivefifty.socket', 'fivefifty.service')
    assert not SOCKET.exists(), 'systemd removes its socket'
    run('systemctl', 'start', 'fivefifty.service')


def is_upgraded():
    mine, pid = POLICY.read_text(), main_pid()
    run('dpkg', '--force-confdef', '--force-confold', '-i', NEW)
    equal(POLICY.read_text(), mine, 'the edited policy')
    assert 'A comment of the next version' in pathlib.Path(f'{POLICY}.dpkg-dist').read_text()
    equal(state(), 'active')
    assert main_pid() != pid, 'the old version still runs'
    assert asks()


def keeps_running_if_the_new_one_refuses_the_policy():
    good, pid = POLICY.read_text(), main_pid()
    POLICY.write_text(good + 'rules: 5\n')
    said = run('dpkg', '--force-confdef', '--force-confold', '--force-downgrade', '-i', OLD)
    assert 'does not take your policy' in said, said
    equal((state(), main_pid()), ('active', pid))
    assert asks()
    POLICY.write_text(good)


def is_removed():
    run('dpkg', '-r', 'fivefifty')
    equal(state(), 'inactive')
    assert not SOCKET.exists()
    assert POLICY.exists() and LOG.exists(), 'configuration and log stay'


def is_purged():
    POLICY.with_name('policy.yaml.old').write_text('# what `fivefifty setup --force` keeps\n')
    run('dpkg', '-P', 'fivefifty')
    left = run('find', '/etc', '/lib/', '/usr', '/var', '/run', '-xdev', '-name', '*fivefifty*').splitlines()
    # The drop-in of is_watched is ours, and dpkg's list of what it knows about is no file of the package.
    equal([path for path in left if not path.startswith(('/etc/systemd/system/fivefifty.service.d', '/run/systemd'))], [])


if __name__ == '__main__':
    # Containers forbid packages to start anything; this is to be a machine where they may.
    pathlib.Path('/usr/sbin/policy-rc.d').unlink(missing_ok=True)
    for step in (installs, allow_sanitizers, does_not_start_with_the_shipped_policy, starts, is_reached_from_the_chroot,
                 is_shut_in, postfix_asks_it, reloads_and_refuses_what_is_bad, is_rotated, is_watched,
                 is_started_by_its_socket, is_upgraded, keeps_running_if_the_new_one_refuses_the_policy, is_removed, is_purged):
        began = time.monotonic()
        step()
        print(f'{step.__name__}: {time.monotonic() - began:.1f} s', flush=True)
