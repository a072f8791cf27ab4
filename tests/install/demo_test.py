#!/usr/bin/python3
"""The harmless demo: demo_test.py PROGRAM, inside tests/install/machine --network.

A machine whose mail server is Exim, with the real apt and dpkg. After each step Exim is there as before, `dpkg -l` differs by
the announced packages only, no unit is enabled that was not, no port is open that was not."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = sys.argv[1]
TREE = pathlib.Path('/tmp/fivefifty')  # a copy, since the demo writes to build/
POLICY = pathlib.Path('/usr/sbin/policy-rc.d')
STATUS = pathlib.Path('/var/lib/dpkg/status')
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != 'FIVEFIFTY_SERVERS'} | {
    'DEBIAN_FRONTEND': 'noninteractive', 'PATH': '/usr/sbin:/usr/bin:/sbin:/bin'}


def run(*command, code=0, **environment):
    done = subprocess.run(command, cwd=TREE, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env=ENVIRONMENT | environment)
    text = done.stdout + done.stderr
    assert code is None or done.returncode == code, f'{command}: exit code {done.returncode}, wanted {code}\n{text}'
    return text


def packages():
    lines = run('dpkg-query', '-W', '-f', '${db:Status-Abbrev} ${Package} ${Version}\n').splitlines()
    return {line.split()[1]: line.split()[2] for line in lines if line.startswith('ii')}


def state():
    """What must stay so: Exim, units that start at boot, open ports, who may start services."""
    units = sorted(str(path) for path in pathlib.Path('/etc/systemd/system').rglob('*.wants/*'))
    # The network is that of the machine outside, but ss knows only whose of its sockets are of our own processes.
    ports = sorted(line.split()[4] for line in run('ss', '-Hltnup').splitlines() if 'users:(' in line)
    policy = POLICY.read_text() if POLICY.exists() else None
    return {'exim': packages().get('exim4-daemon-light'), 'units': units, 'ports': ports, 'policy-rc.d': policy}


def same(before, after, what):
    for name in before:
        assert after[name] == before[name], f'{what}: {name} was {before[name]}, is {after[name]}'


def added(said):
    return set(re.search(r'Installing \d+ packages: (.*)', said)[1].split())


def install(*arguments, code=0):
    """contrib/packages, with the promises looked at; what it said, and what dpkg has more than before."""
    before, had = state(), packages()
    said = run('contrib/packages', *arguments, code=code)
    same(before, state(), arguments)
    has = packages()
    assert not set(had) - set(has), f'removed: {set(had) - set(has)}'
    return said, set(has) - set(had), {name for name in had if has[name] != had[name]}


def machine_with_exim():
    # Things of containers, and of manuals, that make apt slow and are not what is tried here.
    for name in ('/etc/apt/apt.conf.d/docker-clean', '/var/lib/man-db/auto-update'):
        pathlib.Path(name).unlink(missing_ok=True)
    if subprocess.run(['apt-get', '-q', 'update'], capture_output=True, timeout=120).returncode != 0:
        print('SKIPPED: apt-get update fails here: there is no network')
        sys.exit(77)
    run('apt-get', '-q', 'install', '-y', '--no-install-recommends', 'exim4-daemon-light')
    assert 'postfix' not in packages()
    POLICY.write_text('#!/bin/sh\n# of this machine\nexit 101\n')
    POLICY.chmod(0o755)
    # All that is needed is brought up to date first, so that what follows is about what is missing.
    run('contrib/packages', '--allow-upgrades', 'build', 'try')


def with_wanted(part, package):
    text = (SOURCE / 'contrib/packages.txt').read_text()
    (TREE / 'contrib/packages.txt').write_text(re.sub(rf'(?m)^(\[{part}\].*)$', rf'\1\n{package}', text))


def installs_what_it_announces():
    run('apt-get', '-q', 'remove', '-y', 'libcmark-dev')
    said, new, changed = install('build', 'try')
    assert added(said) == new == {'libcmark-dev'}, (said, new)
    assert not changed
    assert len(said.splitlines()) < 5, said
    assert install('build', 'try') == ('', set(), set()), 'nothing to do, nothing to say'


def removes_nothing():
    with_wanted('build', 'postfix')
    said, new, changed = install('build', code=1)
    assert 'would be removed: exim4' in said and 'exim4-daemon-light' in said, said
    assert not new and not changed
    said, new, changed = install('--allow-upgrades', 'build', code=1)
    assert 'would be removed' in said and not new and not changed, said
    with_wanted('build', '')


def upgrades_only_when_told():
    """A library of this machine that is older than what the package of its headers wants."""
    run('apt-get', '-q', 'remove', '-y', 'libcmark-dev')
    real = packages()['libcmark0.30.2']
    text = STATUS.read_text()
    entry = re.search(r'(?ms)^Package: libcmark0\.30\.2\n.*?^Version: \S+$', text)[0]
    STATUS.write_text(text.replace(entry, entry.replace(real, '0.30.1-1')))
    said, new, changed = install('build', code=1)
    assert 'would be upgraded: libcmark0.30.2' in said and '--allow-upgrades' in said, said
    assert not new and not changed
    said, new, changed = install('--allow-upgrades', 'build')
    assert 'Upgrading: libcmark0.30.2' in said, said
    assert (new, changed) == ({'libcmark-dev'}, {'libcmark0.30.2'}), (new, changed)


def starts_nothing():
    """A name server among the packages: it is not started, nor is it at the next boot."""
    if 'nsd' in packages():
        run('apt-get', '-q', 'purge', '-y', 'nsd')
    with_wanted('build', 'nsd')
    POLICY.unlink(missing_ok=True)
    said, new, _ = install('build')
    assert 'nsd' in new and added(said) == new, (said, new)
    with_wanted('build', '')


def cleans_up_when_interrupted():
    """policy-rc.d of ours goes, by whatever signal it ends, and if apt fails."""
    POLICY.unlink(missing_ok=True)
    run('apt-get', '-q', 'remove', '-y', 'libcmark-dev')
    false_apt = pathlib.Path('/tmp/false-apt')
    false_apt.mkdir()
    # The real one, but for the installation itself, which takes long or fails.
    (false_apt / 'apt-get').write_text('#!/bin/bash\ncase " $* " in\n*" -s "* | *" update "*) exec /usr/bin/apt-get "$@" ;;\n'
                                       'esac\n[ -z "$SLEEP" ] || { touch /tmp/installing; sleep "$SLEEP"; }\nexit 100\n')
    (false_apt / 'apt-get').chmod(0o755)
    environment = ENVIRONMENT | {'PATH': f'{false_apt}:{ENVIRONMENT["PATH"]}'}
    for number in (signal.SIGINT, signal.SIGTERM):
        pathlib.Path('/tmp/installing').unlink(missing_ok=True)
        process = subprocess.Popen(['contrib/packages', 'build'], cwd=TREE, env=environment | {'SLEEP': '60'},
                                   start_new_session=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        while not os.path.exists('/tmp/installing'):
            assert process.poll() is None
            time.sleep(0.05)
        assert POLICY.exists(), 'services are not forbidden while packages are installed'
        os.killpg(process.pid, number)
        assert process.wait(20) != 0
        assert not POLICY.exists(), number
    said = subprocess.run(['contrib/packages', 'build'], cwd=TREE, env=environment | {'SLEEP': ''}, capture_output=True, text=True)
    assert said.returncode == 1 and 'apt-get install failed' in said.stderr and not POLICY.exists(), said
    run('contrib/packages', 'build')


def shows_the_demo_without_installing_postfix():
    before, had = state(), packages()
    said = run('contrib/with-servers', 'postfix', '/usr/bin/python3', '-B', 'contrib/quickstart.d/show.py', PROGRAM)
    assert 'Unpacking postfix below build/' in said and 'Where to look next' in said, said
    assert said.count('ref=') >= 8
    same(before, state(), 'the demo')
    assert packages() == had
    assert not os.path.exists('/usr/sbin/postfix') and not os.path.exists('/etc/postfix/main.cf')
    assert 'Exim' in run('/usr/sbin/sendmail', '-bV')


if __name__ == '__main__':
    shutil.copytree(SOURCE, TREE, ignore=shutil.ignore_patterns('build', '.git'))
    for step in (machine_with_exim, installs_what_it_announces, removes_nothing, upgrades_only_when_told, starts_nothing,
                 cleans_up_when_interrupted, shows_the_demo_without_installing_postfix):
        began = time.monotonic()
        step()
        print(f'{step.__name__}: {time.monotonic() - began:.1f} s', flush=True)
