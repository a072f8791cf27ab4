#!/usr/bin/python3
"""fivefifty behind a real mail server: e2e_test.py postfix|sendmail PROGRAM UNPACKED_SENDMAIL [unittest arguments]

Run inside tests/e2e/namespace. The same tests for both mail servers, with the shipped lines of conf/."""
import json
import os
import pathlib
import pwd
import shutil
import signal
import sys
import threading
import time
import unittest

import yaml

SOURCE = pathlib.Path(__file__).resolve().parents[2]
QUICKSTART = SOURCE / 'contrib/quickstart.d'
sys.path[:0] = [str(QUICKSTART), str(SOURCE / 'tests/wire')]

import mail_servers  # noqa: E402
from programs import Filter, wait_until  # noqa: E402
from settled import settled  # noqa: E402
from sink import Sink  # noqa: E402
from smtp_talk import positive, with_crlf  # noqa: E402

MAKE_SERVER = {'postfix': mail_servers.Postfix, 'sendmail': mail_servers.Sendmail}
GOOD = {'client': {'ip': '203.0.113.10', 'name': 'mail.good.example'}, 'helo': 'mail.good.example',
        'from': 'ann@good.example'}
BOB = 'bob@example.net'
STRANGER = 'carol@elsewhere.example'

# What breaks filters: bare dots, 8-bit text, a line of 990 octets, trailing blanks, a header that is folded oddly.
NASTY = b'\r\n'.join([
    b'From: Ann <ann@good.example>', b'To: Bob <bob@example.net>', b'Subject: nasty', b' \tfolded  ',
    b'Date: Tue, 24 Nov 2026 12:00:00 +0000', b'Message-ID: <nasty@good.example>', b'X-Space:  two blanks  ',
    b'MIME-Version: 1.0', b'Content-Type: text/plain; charset=utf-8', b'Content-Transfer-Encoding: 8bit', b'',
    b'.', b'..', b'.dot', b'm\xc3\xbcde 100% %s %n', b'x' * 990, b'blanks   ', b'', b'', b''])

FORGED = b'''Authentication-Results: mx1.example.net; spf=pass smtp.mailfrom=bank.example
authentication-results: (a comment)
\tMX1.Example.Net ; dkim=pass header.d=bank.example
Authentication-Results: other.example; spf=none
From: Ann <ann@good.example>
To: Bob <bob@example.net>
Subject: forged
Date: Tue, 24 Nov 2026 12:00:00 +0000
Message-ID: <forged@good.example>

text
'''


def message(name):
    return (QUICKSTART / 'messages' / name).read_bytes()


def numbered(number):
    return message('plain.eml').replace(b'lunch-1@', f'load-{number}@'.encode())


def expected_lines(record):
    """What the record says that the sender was told."""
    last = len(record['reply']) - 1
    return [f"{record['code']}{' ' if at == last else '-'}{record['enhanced']} {line}"
            for at, line in enumerate(record['reply'])]


def one_or_more(value):
    return value if isinstance(value, list) else [value]


def fact(record, path):
    group, field = path.split('.')
    return record['facts'][group][field]


class EndToEnd(unittest.TestCase):
    server_name, program, unpacked = '', '', ''

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path('/mnt/filter')
        cls.folder.mkdir()
        for name in ('policy.yaml', 'recipients.txt', 'zone.yaml'):
            shutil.copy(QUICKSTART / name, cls.folder / name)
        cls.policy = (cls.folder / 'policy.yaml').read_text()
        cls.sink = Sink()
        cls.server = MAKE_SERVER[cls.server_name](cls.sink.port, cls.unpacked)
        cls.filter = Filter(cls.program, cls.folder, cls.server.filter_socket, cls.folder / 'policy.yaml',
                            cls.folder / 'zone.yaml')
        cls.filter.start()
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.filter.stop()
        cls.sink.shutdown()

    def setUp(self):
        self.seen = len(self.records())

    def records(self):
        return [json.loads(line) for line in settled(self.filter.log).splitlines()]

    def new_records(self):
        return self.records()[self.seen:]

    def talk(self, scenario=GOOD):
        talk = self.server.talk(scenario['client'])
        self.addCleanup(talk.__exit__)
        talk.command('EHLO ' + scenario['helo'])
        return talk

    def send(self, scenario=GOOD, octets=None):
        talk = self.talk(scenario)
        octets = octets or message(scenario.get('message', 'plain.eml'))
        answer = talk.send(scenario['from'], [scenario.get('rcpt', BOB)], octets)
        talk.command('QUIT')
        return answer

    def delivered(self, message_id):
        kept = self.sink.wait_for(lambda message: message_id in message.octets)
        self.assertIsNotNone(kept, f'{message_id} was not delivered\n{self.server.log_text()[-3000:]}')
        return kept

    def restart_filter_with(self, policy):
        (self.folder / 'policy.yaml').write_text(policy)
        self.filter.stop()
        self.filter.start()

    # What the sender reads.

    def test_every_scenario_is_answered_as_it_says(self):
        scenarios = yaml.safe_load((QUICKSTART / 'samples.yaml').read_text())
        scenarios += yaml.safe_load((SOURCE / 'tests/e2e/scenarios.yaml').read_text())
        self.assertGreaterEqual(len(scenarios), 18)
        for scenario in scenarios:
            with self.subTest(scenario['name']):
                self.seen = len(self.records())
                answer = self.send(scenario)
                self.check(scenario, answer, self.new_records())

    def check(self, scenario, answer, records):
        record = records[-1]
        for path, value in scenario.get('facts', {}).items():
            self.assertEqual(value, fact(record, path), path)
        self.assertEqual(scenario['client']['ip'], record['client_ip'])
        if 'reason' not in scenario:
            self.assertTrue(positive(answer), answer)
            self.assertEqual('accept', record['event'])
            return
        self.assertIn(record['reason'], one_or_more(scenario['reason']))
        self.assertEqual(('reject', scenario['at']), (record['event'], record['stage']))
        told = [self.server.own_text(answer[0])] + answer[1:]
        self.assertEqual(expected_lines(record), told)
        self.assertEqual(scenario.get('says', told[0]), told[0])
        self.assertIn('ref=' + record['ref'], told[-1])

    def test_a_session_brings_several_messages(self):
        talk = self.talk()
        self.assertTrue(positive(talk.send(GOOD['from'], [BOB], numbered('several-1'))))
        self.assertFalse(positive(talk.send(GOOD['from'], [STRANGER], numbered('several-2'))))
        talk.command('RSET')
        self.assertTrue(positive(talk.send(GOOD['from'], [BOB, 'alice@example.net'], numbered('several-3'))))
        spoofed = talk.send('accounts@strict.example', [BOB], message('spoofed.eml'))
        self.assertIn('5.7.23', spoofed[0])
        self.assertTrue(positive(talk.send(GOOD['from'], [BOB], numbered('several-4'))))
        talk.command('QUIT')
        for number in (1, 3, 4):
            self.delivered(f'load-several-{number}@'.encode())
        ends = [record['event'] for record in self.new_records() if record['stage'] == 'message']
        self.assertEqual(['accept', 'accept', 'reject', 'accept'], ends)
        self.assertEqual(1, len({record['session'] for record in self.new_records()}))

    def test_one_refused_recipient_does_not_cost_the_others_their_mail(self):
        talk = self.talk()
        talk.command('MAIL FROM:<ann@good.example>')
        answers = [talk.command(f'RCPT TO:<{to}>') for to in (STRANGER, BOB, 'nobody@example.net')]
        self.assertEqual([False, True, False], [positive(answer) for answer in answers])
        self.assertTrue(positive(talk.message(numbered('mixed'))))
        self.assertEqual([BOB], self.delivered(b'load-mixed@').recipients)

    # What arrives.

    def test_accepted_mail_arrives_byte_for_byte_behind_our_header(self):
        self.assertTrue(positive(self.send(octets=NASTY)))
        octets = self.delivered(b'nasty@').octets
        self.assertTrue(octets.endswith(NASTY), octets)
        self.assertTrue(octets.startswith(b'Authentication-Results: mx1.example.net;'), octets[:200])

    def test_forged_results_in_our_name_are_removed(self):
        self.assertTrue(positive(self.send(octets=FORGED)))
        octets = self.delivered(b'forged@').octets
        self.assertNotIn(b'bank.example', octets)
        self.assertIn(b'Authentication-Results: other.example; spf=none\r\n', octets)
        self.assertEqual(1, octets.lower().count(b'mx1.example.net;'))
        self.assertTrue(octets.endswith(with_crlf(FORGED)[with_crlf(FORGED).index(b'From:'):]), octets)

    # Who decides.

    def test_what_the_mail_server_refuses_itself_is_logged_in_its_words(self):
        recipient, words = self.server.refused_by_itself
        self.server.use('mta-decides')
        self.addCleanup(self.server.use, 'filter-decides')
        answer = self.send(GOOD | {'rcpt': recipient})
        self.assertIn(words, answer[-1], self.server.log_text()[-3000:])
        record = self.new_records()[-1]
        self.assertEqual('mta-reject', record['event'])
        self.assertIn(words, record['mta_text'])
        self.assertEqual([recipient], record['rcpt'])
        self.assertTrue(positive(self.send(octets=numbered('mta-decides'))))

    def test_postfix_refuses_to_relay_when_the_policy_forgets_to(self):
        if self.server_name != 'postfix':
            self.skipTest('Sendmail with promiscuous_relay has no second check, and conf/sendmail says so')
        self.addCleanup(self.restart_filter_with, self.policy)
        self.restart_filter_with(''.join(line for line in self.policy.splitlines(True) if 'id: relay,' not in line
                                         and 'strangers cannot relay' not in line and line != 'tests:\n'))
        answer = self.send(GOOD | {'rcpt': STRANGER})
        self.assertIn('Relay access denied', answer[-1])

    def test_without_the_filter_nothing_is_relayed_and_all_mail_waits(self):
        self.filter.stop()
        self.addCleanup(self.filter.start)
        for recipient in (STRANGER, BOB):
            try:
                answer = self.send(GOOD | {'rcpt': recipient})
            except ConnectionError:
                continue  # hung up: the sender's server tries again
            self.assertEqual('4', answer[-1][0], answer)

    # The life of the filter.

    def test_a_killed_filter_loses_and_doubles_nothing(self):
        accepted, deferred = [], []
        threads = [threading.Thread(target=self.send_patiently, args=(range(start, 60, 4), accepted, deferred))
                   for start in range(4)]
        for thread in threads:
            thread.start()
        self.assertTrue(wait_until(lambda: len(accepted) >= 15, 120))
        self.filter.stop(signal.SIGKILL)
        time.sleep(1)
        self.filter.start()
        for thread in threads:
            thread.join()
        self.assertEqual(list(range(60)), sorted(accepted))
        self.assertGreater(len(deferred), 0, 'the filter was not missed: the test proves nothing')
        for number in range(60):
            self.delivered(f'load-{number}@'.encode())
        bodies = [kept.octets for kept in self.sink.messages]
        for number in range(60):
            self.assertEqual(1, sum(f'<load-{number}@'.encode() in octets for octets in bodies), number)

    def send_patiently(self, numbers, accepted, deferred):
        """As a mail server does: tries again until each message is taken."""
        for number in numbers:
            while True:
                try:
                    answer = self.send(octets=numbered(number))
                except ConnectionError:
                    answer = ['421 hung up']
                if positive(answer):
                    accepted.append(number)
                    break
                deferred.append(answer)
                self.assertEqual('4', answer[-1][0], answer)
                time.sleep(0.2)

    def reload(self, policy):
        """Writes the policy and waits until the filter has said what it thinks of it."""
        said = self.filter.errors.stat().st_size
        (self.folder / 'policy.yaml').write_text(policy)
        self.filter.process.send_signal(signal.SIGHUP)
        self.assertTrue(wait_until(lambda: self.filter.errors.stat().st_size > said), 'nothing was said')
        time.sleep(0.2)
        return self.filter.errors.read_text()[said:]

    def test_a_new_policy_is_taken_and_a_bad_one_is_not(self):
        self.addCleanup(self.reload, self.policy)
        closed = '- {id: closed, at: rcpt, when: {client.trusted: false}, reject: client-blocked}'
        self.reload(self.policy.replace('rules:\n', f'rules:\n  {closed}\n'))
        self.assertFalse(positive(self.send()))
        self.assertEqual('client-blocked', self.new_records()[-1]['reason'])
        said = self.reload(self.policy.replace('rules:', 'ruels:'))
        self.assertIn('policy.yaml:', said)
        self.assertIn('did you mean rules?', said)
        self.send()
        self.assertEqual('client-blocked', self.new_records()[-1]['reason'], 'the policy before stays')

    def test_a_session_finishes_when_the_filter_is_told_to_end(self):
        talk = self.talk()
        talk.command('MAIL FROM:<ann@good.example>')
        self.assertTrue(positive(talk.command(f'RCPT TO:<{BOB}>')))
        self.filter.process.send_signal(signal.SIGTERM)
        self.addCleanup(self.filter.start)
        self.assertTrue(wait_until(lambda: not self.server.filter_socket.exists()))
        self.assertTrue(positive(talk.message(numbered('drain'))))
        talk.command('QUIT')
        self.assertEqual(0, self.filter.process.wait(30))
        self.delivered(b'load-drain@')
        self.assertEqual('accept', self.new_records()[-1]['event'])

    def test_it_runs_as_a_user_of_its_own_and_its_log_can_be_rotated(self):
        group = self.server.socket_group
        self.filter.stop()
        self.addCleanup(self.back_to_root, self.folder.stat(), self.server.filter_socket.parent.stat())
        shutil.chown(self.folder, 'nobody')
        shutil.chown(self.server.filter_socket.parent, 'nobody', group)
        self.filter.log.rename(self.folder / 'log.1')
        self.filter.configure(['user: nobody', f'socket_group: {group}', 'socket_mode: "0660"'])
        self.filter.start()
        status = pathlib.Path(f'/proc/{self.filter.process.pid}/status')
        nobody = pwd.getpwnam('nobody').pw_uid
        self.assertTrue(wait_until(lambda: f'Uid:\t{nobody}\t{nobody}' in status.read_text()), status.read_text())
        for rotated in ('', 'log.2'):
            if rotated:
                self.filter.log.rename(self.folder / rotated)
            self.reload(self.policy)
            self.assertTrue(positive(self.send(octets=numbered('user' + rotated))))
            self.assertEqual('nobody', self.filter.log.owner())
            self.assertEqual('accept', self.records()[-1]['event'])

    def back_to_root(self, folder, socket_folder):
        self.filter.stop()
        os.chown(self.folder, folder.st_uid, folder.st_gid)
        os.chown(self.server.filter_socket.parent, socket_folder.st_uid, socket_folder.st_gid)
        self.filter.configure()
        self.filter.start()


if __name__ == '__main__':
    EndToEnd.server_name, EndToEnd.program, EndToEnd.unpacked = sys.argv[1:4]
    if EndToEnd.server_name == 'sendmail' and not pathlib.Path(EndToEnd.unpacked, 'complete').exists():
        print('Sendmail is not there. Fetch it: tests/e2e/fetch-sendmail build/sendmail')
        sys.exit(77)
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=2)
