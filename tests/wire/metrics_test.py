"""What Prometheus reads."""
import signal
import socket
import subprocess
import unittest
import urllib.request

from program import PATIENCE, POLICY, Program, free_port, until

LISTS = POLICY.replace('rules:', '''lists:
  - id: zen
    name: Example ZEN
    zone: secretkey.zen.example
    lookup: "https://check.example/?query={client.ip}"
    codes: {127.0.0.2: {means: SBL, weight: 8}}
rules:
  - {id: lists, at: rcpt, when: {client.trusted: false, dnsbl.weight: ">= 8"}, reject: dnsbl-listed, if_unknown: skip}''')


class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.port = free_port()
        cls.silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        cls.silent.bind(('127.0.0.1', 0))
        cls.program = Program(policy=LISTS, zone=None, config=f'''metrics: "127.0.0.1:{cls.port}"
resolvers: ["127.0.0.1:{cls.silent.getsockname()[1]}"]
budgets: {{rcpt: 200ms, message: 200ms}}
log: {{file: log.jsonl, accepted: none}}''')

    @classmethod
    def tearDownClass(cls):
        assert cls.program.stop() == 0
        cls.program.end()
        cls.silent.close()

    def page(self):
        return urllib.request.urlopen(f'http://127.0.0.1:{self.port}/metrics', timeout=PATIENCE).read().decode()

    def value(self, sample):
        """Of a sample, name and labels as the page has them; 0 when it is not there."""
        for line in self.page().splitlines():
            if line.rpartition(' ')[0] == 'fivefifty_' + sample:
                return float(line.rpartition(' ')[2])
        return 0

    def client(self, ip='192.0.2.1'):
        client = self.program.client().greet(ip=ip)
        self.addCleanup(client.socket.close)
        return client

    def test_refusals_are_counted_by_reason_code_stage_and_mode(self):
        sample = 'rejects_total{code="550",mode="enforce",reason="relay-denied",stage="rcpt"}'
        before = self.value(sample)
        client = self.client()
        for _ in range(3):
            client.mail('<>')
            client.rcpt('<x@elsewhere.example>')
        self.assertEqual(self.value(sample), before + 3)

    def test_accepts_are_counted_though_the_log_leaves_them_out(self):
        before = self.value('accepts_total{stage="message"}')
        self.client(ip='127.0.0.1').message()
        self.assertEqual(self.value('accepts_total{stage="message"}'), before + 1)
        self.assertNotIn('accept', [record['event'] for record in self.program.records()])

    def test_deferrals_and_dns_are_counted(self):
        client = self.client()
        client.mail('<a@slow.example>')
        client.rcpt()
        self.assertIn('fivefifty_defers_total{', self.page())
        self.assertGreater(self.value('dns_questions_total'), 0)
        self.assertGreater(self.value('dns_sent_total'), 0)

    def test_rules_that_are_skipped_are_counted_by_rule_and_by_what_was_unknown(self):
        def skipped():  # the list's own silence may be known first, which is the world's doing
            return sum(self.value(f'rules_skipped_total{{fact="dnsbl.weight",owner="{owner}",rule="lists"}}')
                       for owner in ('ours', 'world'))
        before = skipped()
        client = self.client(ip='172.18.0.1')
        client.mail('<>')
        client.rcpt()
        self.assertEqual(skipped(), before + 1)

    def test_recipients_that_the_mta_refused_are_counted(self):
        before = self.value('mta_rejects_total')
        client = self.client(ip='127.0.0.1')
        client.mail()
        client.rcpt('<u@example.net>', mailer='error', host='5.1.1', address='User unknown')
        self.assertEqual(self.value('mta_rejects_total'), before + 1)

    def test_sessions_are_counted_while_they_are_open(self):
        begun = self.value('sessions_total')
        client = self.client(ip='127.0.0.1')
        client.mail()
        client.rcpt()
        self.assertGreaterEqual(self.value('sessions'), 1)
        self.assertGreater(self.value('sessions_total'), begun)

    def test_a_client_that_hung_up_while_waiting_is_no_session_any_more(self):
        for number in range(4):
            client = self.client()
            client.mail(f'<a@gone{number}.example>')
            client.rcpt_later()
            client.socket.close()
        until(lambda: self.value('sessions') == 0, 'no session is open')

    def test_reloads_are_counted_good_and_bad(self):
        good = self.value('policy_reloads_total{result="good"}')
        self.program.signal(signal.SIGHUP)
        until(lambda: self.value('policy_reloads_total{result="good"}') == good + 1, 'a good one')
        text = self.program.policy.read_text()
        self.program.policy.write_text('version: 1\n')
        until(lambda: self.value('policy_reloads_total{result="bad"}') >= 1, 'a bad one')
        self.program.policy.write_text(text)
        until(lambda: self.value('policy_reloads_total{result="good"}') == good + 2, 'good again')

    def test_lists_show_their_health_and_not_their_zone(self):
        page = self.page()
        self.assertIn('fivefifty_list_up{list="zen"', page)
        self.assertIn('fivefifty_list_tests_total{list="zen"}', page)
        self.assertNotIn('secretkey', page)

    def test_log_errors_are_there_from_the_start(self):
        self.assertIn('fivefifty_log_errors_total 0', self.page())


class Trouble(unittest.TestCase):
    def test_lost_records_are_counted(self):
        port = free_port()
        with Program(config=f'metrics: "127.0.0.1:{port}"\nlog: {{file: /dev/full}}') as program:
            with program.client() as client:
                client.greet().message()
            page = urllib.request.urlopen(f'http://127.0.0.1:{port}/metrics', timeout=PATIENCE).read().decode()
            self.assertIn('fivefifty_log_errors_total 2', page)

    def test_an_address_in_use_ends_the_start_with_a_sentence(self):
        with socket.socket() as other:
            other.bind(('127.0.0.1', 0))
            other.listen()
            with Program(config=f'metrics: "127.0.0.1:{other.getsockname()[1]}"', start=False) as program:
                program.launch()
                self.assertEqual(program.process.wait(PATIENCE), 1)
                self.assertIn('cannot serve metrics on 127.0.0.1', program.stderr())

    def test_an_address_that_is_none_is_found_by_check(self):
        for text in ('9550', 'localhost:9550', '127.0.0.1', '127.0.0.1:99999'):
            with Program(config=f'metrics: "{text}"', start=False) as program:
                done = subprocess.run([program.arguments[0], 'check', '--config', str(program.config)],
                                      capture_output=True, text=True)
                self.assertEqual(done.returncode, 1, text)
                self.assertIn('expected ADDRESS:PORT', done.stderr + done.stdout)


if __name__ == '__main__':
    unittest.main()
