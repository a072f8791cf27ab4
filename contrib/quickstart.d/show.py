#!/usr/bin/python3
"""Shows fivefifty at work behind a private Postfix: show.py PROGRAM [--keep]; called by contrib/quickstart."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

import yaml

from programs import Filter, Postfix, Trouble, answers, wait_until
from sink import Sink
from smtp_talk import Talk, positive

HERE = pathlib.Path(__file__).resolve().parent
PORT = 2525
MOST_LINES = 70  # of a command's output
COLOURS = {'title': '1', 'good': '32', 'bad': '31', 'log': '36', 'quiet': '2'}
USUAL_RECIPIENT = 'bob@example.net'


def coloured(kind, text):
    return f'\033[{COLOURS[kind]}m{text}\033[0m' if sys.stdout.isatty() else text


def say(text='', kind=None):
    print(coloured(kind, text) if kind else text, flush=True)


def send(sample):
    """The transcript as the sender sees it, and the deciding reply."""
    client = sample['client']
    with Talk(PORT) as talk:
        talk.pretend(client['ip'], client.get('name'))
        talk.command('EHLO ' + sample['helo'])
        octets = (HERE / 'messages' / sample['message']).read_bytes()
        decided = talk.send(sample['from'], [sample.get('rcpt', USUAL_RECIPIENT)], octets)
        transcript = list(talk.transcript)
        talk.command('QUIT')
        return transcript, decided


def records(log):
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def short_form(record):
    what = [record['event'], f"ref={record['ref']}", f"at={record['stage']}"]
    what += [f'{key}={record[key]}' for key in ('reason', 'rule', 'code', 'enhanced') if record[key] is not None]
    return ' '.join(what + [f"ip={record['client_ip']}", f"from=<{record['mail_from']}>"])


def shown(transcript):
    """From EHLO's answer on; its list of abilities is Postfix's matter and left out."""
    for who, line in transcript:
        if line.startswith('250-'):
            continue
        kind = 'quiet' if who == 'C' else 'good' if line[:1] in '23' else 'bad'
        yield coloured(kind, f'    {who}: {line}')


def show(number, sample, log):
    """Sends one sample; the record that decided. Raises Trouble if it went otherwise than the sample says."""
    say(f"{number}. {sample['title']}", 'title')
    before = len(records(log))
    transcript, decided = send(sample)
    for line in shown(transcript):
        say(line)
    new = records(log)[before:]
    for record in new:
        say('    log: ' + short_form(record), 'log')
    say()
    reasons = [record['reason'] for record in new if record['reason']]
    wanted = [sample['reason']] if 'reason' in sample else []
    if reasons != wanted or positive(decided) != (not wanted):
        raise Trouble(f"This should have been {wanted or 'accepted'}; please report it with the lines above.")
    return new[-1]


def show_delivered(sink):
    say('What arrived of the last one, with what the filter found out about it:', 'title')
    message = sink.wait_for(lambda kept: b'hours-1@good.example' in kept.octets)
    if not message:
        raise Trouble('The accepted message was not delivered: see the log of Postfix.')
    head = message.octets.split(b'\r\n\r\n', 1)[0].decode('utf-8', 'replace')
    for line in head.splitlines()[:8]:
        say('    ' + line)
    say('    ...\n')


def run_and_show(title, *command):
    say(title, 'title')
    say('    $ ' + ' '.join(command), 'quiet')
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    for line in (done.stdout + done.stderr).splitlines()[:MOST_LINES]:
        say('    ' + line)
    say()
    if done.returncode not in (0, 1):
        raise Trouble(f'{command[0]} failed with exit code {done.returncode}.')


def show_all(program, filter_, sink):
    samples = yaml.safe_load((HERE / 'samples.yaml').read_text())
    decided = {}
    for number, sample in enumerate(samples, 1):
        decided[sample['name']] = show(number, sample, filter_.log)
    show_delivered(sink)
    folder = os.path.relpath(HERE)
    run_and_show('Why was number 9 refused? Ask the log by the reference in the reply:',
                 program, 'explain', decided['spf-fail']['ref'], '--log', str(filter_.log),
                 '--policy', f'{folder}/policy.yaml')
    run_and_show('The same question without a mail server, by hand:',
                 program, 'try', f'--policy={folder}/policy.yaml', f'--zone={folder}/zone.yaml', '--ip=203.0.113.66',
                 '--helo=host66.dsl.example', '--from=ann@good.example', '--rcpt=bob@example.net')
    say('Where to look next', 'title')
    say(f'''\
    {folder}/policy.yaml    the rules that decided all this; change one and run this again
    {folder}/samples.yaml   the samples
    conf/policy.yaml                    the policy to start from with real mail: bold rules only watch (monitor)
    conf/postfix/, conf/sendmail/       what to write into your mail server's configuration
    README.md                           the rest, in five minutes''')


def keep_running(filter_, postfix):
    say(f'\nKept running. SMTP: 127.0.0.1:{PORT}   log: {filter_.log}   Postfix log: {postfix.log}\n'
        'Press Ctrl-C to end.', 'title')
    signal.pause()


def check_machine():
    if os.geteuid() != 0:
        raise Trouble('Postfix can only be started by root: run  sudo ./contrib/quickstart')
    if answers(socket.AF_INET, ('127.0.0.1', PORT)):
        raise Trouble(f'Another program listens on port {PORT}. Stop it and try again:  ss -ltnp sport = :{PORT}')


def main():
    program, keep = os.path.relpath(sys.argv[1]), '--keep' in sys.argv[2:]
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    check_machine()
    folder = pathlib.Path(tempfile.mkdtemp(prefix='fivefifty-quickstart.'))
    folder.chmod(0o755)  # Postfix's own user walks through it
    try:
        with Sink() as sink:
            postfix = Postfix(folder / 'postfix', PORT, sink.port)
            filter_ = Filter(program, folder, postfix.filter_socket, HERE / 'policy.yaml', HERE / 'zone.yaml')
            try:
                filter_.start()
                postfix.start()
                say(f'A private Postfix listens on 127.0.0.1:{PORT}; fivefifty decides for it.\n')
                show_all(program, filter_, sink)
                if keep:
                    keep_running(filter_, postfix)
            finally:
                if (postfix.folder / 'queue/pid/master.pid').exists():
                    postfix.stop()
                if filter_.process:
                    filter_.stop()
                wait_until(lambda: not answers(socket.AF_INET, ('127.0.0.1', PORT)), 10)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        say()
    except Trouble as trouble:
        sys.exit(f'quickstart: {trouble}')
