#!/usr/bin/python3
"""Every `sh run` block of README.md and contrib/docs, in order, on a machine where fivefifty is installed and Postfix runs as
Debian sets it up: docs_test.py PROGRAM, inside tests/install/machine --systemd. A command that fails fails the test."""
import pathlib
import re
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = sys.argv[1]
# A document that builds on another comes after it.
FIRST = ['README.md', 'contrib/docs/postfix.md']
BLOCK = re.compile(r'^```sh run\n(.*?)^```$', re.M | re.S)
FENCE = re.compile(r'^```sh\b(.*)$', re.M)


def run(*command, **more):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, **more)
    if done.returncode != 0:
        sys.exit(f'{" ".join(map(str, command))}: exit code {done.returncode}\n{done.stdout}{done.stderr}')
    return done.stdout


def set_up():
    pathlib.Path('/usr/sbin/policy-rc.d').unlink(missing_ok=True)
    run('cmake', '-S', SOURCE / 'tests/install/staged', '-B', '/tmp/staged', f'-DFIVEFIFTY_PROGRAM={PROGRAM}',
        '-DCMAKE_INSTALL_PREFIX=/usr')
    run('cmake', '--install', '/tmp/staged')
    run('systemd-sysusers')
    run('systemd-tmpfiles', '--create', 'fivefifty.conf')
    # A leak sanitizer looks at its own process as a debugger does, which the sandbox forbids.
    drop_in = pathlib.Path('/etc/systemd/system/fivefifty.service.d/sanitizers.conf')
    drop_in.parent.mkdir()
    drop_in.write_text('[Service]\nEnvironment=ASAN_OPTIONS=detect_leaks=0\n')
    run('systemctl', 'daemon-reload')
    etc = pathlib.Path('/etc/postfix')
    etc.mkdir(exist_ok=True)
    (etc / 'main.cf').write_text('compatibility_level = 3.6\nmyhostname = mx1.muster.example\nmydestination = muster.example\n'
                                 'mynetworks = 127.0.0.0/8\nalias_maps =\nmaillog_file = /var/log/mail.log\n')
    (etc / 'master.cf').write_bytes(pathlib.Path('/usr/share/postfix/master.cf.dist').read_bytes() +
                                    b'postlog unix-dgram n - n - 1 postlogd\n')
    run('postfix', 'start')


def documents():
    others = sorted(str(path.relative_to(SOURCE)) for path in (SOURCE / 'contrib/docs').glob('*.md'))
    return FIRST + [path for path in others if path not in FIRST]


def links_lead_somewhere(path, text):
    for target in re.findall(r'\]\(([^)#:]+)\)', text):
        if not (SOURCE / path).parent.joinpath(target).exists():
            sys.exit(f'{path}: the link to {target} leads nowhere')


def main():
    set_up()
    total = 0
    for path in documents():
        text = (SOURCE / path).read_text()
        links_lead_somewhere(path, text)
        blocks = BLOCK.findall(text)
        if len(blocks) != len([words for words in FENCE.findall(text) if 'run' in words]):
            sys.exit(f'{path}: a `sh run` block is not closed')
        for block in blocks:
            done = subprocess.run(['bash', '-euo', 'pipefail', '-c', block], cwd=SOURCE, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(f'{path}: exit code {done.returncode} of\n{block}\n{done.stdout}{done.stderr}')
        total += len(blocks)
        print(f'{path}: {len(blocks)} blocks run')
    if total < 10:
        sys.exit('hardly a block was found: is the form of the blocks another?')


if __name__ == '__main__':
    main()
