"""What scripts rely on: options, output words, exit codes. Run as: contract_test.py PROGRAM."""
import json
import os
import pathlib
import pty
import subprocess
import sys
import tempfile
import unittest

PROGRAM = ""
RELEASED = pathlib.Path(__file__).parent.parent / "replay/0.1.0"

POLICY = """\
version: 1
site: {name: mx1.example.net, help: "https://postmaster.example.net/550"}
domains: {local: [example.net, "*.example.net"], relay: [backup.example.org]}
trusted: {networks: [127.0.0.0/8], authenticated: true}
rules:
  - {id: relay, at: rcpt, when: {recipient.ours: false, client.trusted: false}, reject: relay-denied}
  - {id: rdns, at: rcpt, when: {client.fcrdns: missing}, reject: rdns-missing, if_unknown: defer, mode: monitor}
  - {id: spf, at: rcpt, when: {spf.result: fail}, reject: spf-fail, if_unknown: defer}
exceptions:
  - {id: old-forwarder, when: {client.ip: 203.0.113.9}, skip: [spf], because: forwards, owner: jane, expires: never}
"""

ZONE = {
    "example.org": {"A": ["192.0.2.1"], "MX": ["10 mail.example.org"], "TXT": ["v=spf1 ip4:192.0.2.1 -all"]},
    "mail.example.org": {"A": ["192.0.2.1"]},
    "1.2.0.192.in-addr.arpa": {"PTR": ["mail.example.org"]},
    "slow.example": "TIMEOUT",
}


class Contract(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.policy = self.write("policy.yaml", POLICY)
        self.zone = self.write("zone.json", json.dumps(ZONE))

    def write(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def run_program(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=120, check=False)

    def records(self, *arguments):
        done = self.run_program("try", "--json", "--zone=" + self.zone, "--policy=" + self.policy, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_replay_draws_a_bar_on_a_terminal_and_nowhere_else(self):
        command = ["replay", str(RELEASED / "policy.jsonl"), "--policy", str(RELEASED / "policy.yaml")]
        self.assertEqual(self.run_program(*command).stderr, "")
        terminal, ours = pty.openpty()
        self.addCleanup(os.close, terminal)
        done = subprocess.run([PROGRAM, *command], stdout=subprocess.PIPE, stderr=ours, timeout=120, check=False)
        os.close(ours)
        drawn = os.read(terminal, 4096).decode()
        self.assertEqual(done.returncode, 0, drawn)
        self.assertIn("[" + 40 * "=" + "] 100 %", drawn)
        self.assertTrue(drawn.endswith("\r"), drawn)  # wiped
        self.assertNotIn(b"%", done.stdout)

    def test_try_prints_a_record_for_each_recipient(self):
        records = self.records("--ip=192.0.2.1", "--from=a@example.org", "--rcpt=bob@example.net", "--rcpt=x@far.test")
        self.assertEqual([r["event"] for r in records], ["accept", "reject"])
        refused = records[1]
        self.assertEqual((refused["reason"], refused["code"], refused["enhanced"]), ("relay-denied", 550, "5.7.1"))
        self.assertTrue(refused["reply"][0].startswith("Relaying denied: "))
        self.assertIn("ref=" + refused["ref"], refused["reply"][-1])
        self.assertRegex(refused["ref"], r"^[0-9A-HJKMNP-TV-Z]{8,13}$")
        self.assertEqual(records[0]["facts"]["spf"]["result"], "pass")

    def test_try_prints_reply_lines_at_the_start_of_lines(self):
        done = self.run_program("try", "--zone", self.zone, "--policy", self.policy, "--ip", "192.0.2.1", "--from", "",
                                "--rcpt", "x@far.test")
        lines = done.stdout.splitlines()
        self.assertTrue(lines[0].startswith("550-5.7.1 Relaying denied: "), done.stdout)
        self.assertTrue(any(line.startswith("550 5.7.1 ") and "ref=" in line for line in lines), done.stdout)

    def test_an_empty_from_is_the_null_sender(self):
        record = self.records("--ip=192.0.2.1", "--from=", "--rcpt=bob@example.net")[0]
        self.assertEqual(record["mail_from"], "")

    def test_silence_of_dns_is_no_result_and_defers(self):
        record = self.records("--ip=192.0.2.1", "--from=a@slow.example", "--rcpt=bob@example.net")[0]
        self.assertEqual((record["event"], record["reason"], record["code"]), ("defer", "spf-temperror", 451))
        self.assertIsNone(record["facts"]["spf"]["result"])
        self.assertIn("spf.result", [entry["fact"] for entry in record["unavailable"]])

    def test_a_monitored_rule_logs_the_text_it_would_send(self):
        record = self.records("--ip=192.0.2.7", "--from=", "--rcpt=bob@example.net")[0]
        self.assertEqual((record["event"], record["mode"], record["rule"]), ("would-reject", "monitor", "rdns"))
        self.assertTrue(record["reply"][0].startswith("No confirmed reverse DNS: "))

    def test_a_mapped_address_is_its_ipv4_address(self):
        record = self.records("--ip=::ffff:192.0.2.1", "--from=", "--rcpt=bob@example.net")[0]
        self.assertEqual(record["client_ip"], "192.0.2.1")

    def test_hostile_bytes_stay_in_their_place(self):
        for text in ("a\r\n250 ok@far.test", "100%s%n@far.test", "\x01\x7f@far.test", "ref=AAAA@far.test"):
            record = self.records("--ip=192.0.2.9", "--from=" + text, "--rcpt=" + text)[0]
            self.assertIn(record["event"], ("reject", "defer"))
            for line in record["reply"]:
                self.assertRegex(line, r"^[\x20-\x7e]+$")
            self.assertEqual(sum(line.count("ref=") for line in record["reply"]), 1)

    def test_check_names_place_and_nearest_word(self):
        path = self.write("bad.yaml", POLICY.replace("spf.result: fail", "spf.rezult: fail"))
        done = self.run_program("check", "--policy", path)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"bad\.yaml:8:\d+: error: .*spf\.rezult.*did you mean spf\.result\?")

    def test_check_is_content_with_a_good_policy(self):
        done = self.run_program("check", "--policy", self.policy, "--main-cf", "/nonexistent")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_the_fingerprint_is_of_all_files_that_a_policy_is_made_of(self):
        prints = set()
        for text in ("Relaying denied.", "No relaying here."):
            self.write("replies.yaml", f'version: 1\nreplies:\n  relay-denied: {{text: ["{text} ref={{ref}}"]}}\n')
            config = self.write("fivefifty.yaml", "policy: policy.yaml\nreplies: replies.yaml\n")
            done = self.run_program("check", "--config", config, "--main-cf", "/nonexistent")
            self.assertEqual(done.returncode, 0, done.stderr)
            prints.add(done.stdout.split("fingerprint ")[1].split()[0])
        self.assertEqual(len(prints), 2)

    def test_check_names_the_line_of_a_log_that_cannot_be_written(self):
        config = self.write("fivefifty.yaml", "policy: policy.yaml\nlog:\n  syslog: false\n  file: no-such-folder/log\n")
        done = self.run_program("check", "--config", config, "--main-cf=")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"fivefifty\.yaml:4:3: error: cannot write the log")

    def test_check_warns_of_a_postfix_that_opens_a_relay(self):
        main_cf = self.write("main.cf", "# milter_default_action = accept\nmilter_default_action =   accept\n"
                             "smtpd_milters = { unix:/x, default_action=accept }\n")
        done = self.run_program("check", "--policy", self.policy, "--main-cf", main_cf)
        self.assertEqual(done.returncode, 0)
        self.assertEqual([line.split(": ")[0] for line in done.stderr.splitlines() if ": warning:" in line],
                         [main_cf + ":2:1", main_cf + ":3:1"])

    def other_filters(self, headers, **files):
        """What check says of other filters on this host, without the places' folder."""
        etc = str(pathlib.Path(self.policy).parent / "etc")
        pathlib.Path(etc, "rspamd/local.d").mkdir(parents=True, exist_ok=True)
        for name in ("opendkim.conf", "opendmarc.conf", "rspamd/local.d/milter_headers.conf"):
            pathlib.Path(etc, name).unlink(missing_ok=True)
            key = pathlib.Path(name).stem
            if key in files:
                pathlib.Path(etc, name).write_text(files[key])
        config = self.write("fivefifty.yaml", f"policy: policy.yaml\nheaders: {{{headers}}}\n")
        done = self.run_program("check", "--config", config, "--main-cf=", "--etc", etc)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [line.replace(etc + "/", "") for line in done.stderr.splitlines() if ": warning:" in line]

    def test_check_names_an_id_that_another_filter_uses(self):
        said, = self.other_filters("authserv_id: mx1.example.net",
                                   opendkim="# AuthservID other\nauthservid\tMX1.example.net # ours\nMode sv\n")
        self.assertRegex(said, "^opendkim.conf:2:1: warning: opendkim writes .* as MX1.example.net, and so do we")
        said, = self.other_filters("authserv_id: mx1.example.net", opendmarc="AuthservID mx1.example.net\n")
        self.assertIn("opendmarc writes", said)

    def test_check_names_an_id_that_nobody_guards(self):
        conf = {"opendkim": "AuthservID dkim.example.net\n"}
        own = "authserv_id: mx1.example.net"
        said, = self.other_filters(own, **conf)
        self.assertIn("also_ours: [dkim.example.net]", said)
        self.assertEqual(self.other_filters(own + ", also_ours: [dkim.example.net]", **conf), [])
        self.assertEqual(self.other_filters(own + ", keep: [dkim.example.net], from_filter_before_us: true", **conf), [])

    def test_check_says_nothing_of_a_filter_that_writes_no_results(self):
        own = "authserv_id: mx1.example.net"
        self.assertEqual(self.other_filters(own, opendkim="AuthservID mx1.example.net\nMode s\n"), [])
        self.assertEqual(self.other_filters(own, milter_headers='# use = ["authentication-results"];\n'), [])
        self.assertEqual(len(self.other_filters(own, milter_headers='use = ["authentication-results"];\n')), 1)

    def test_what_is_kept_must_be_meant_and_no_id_of_ours(self):
        for headers, why in (("keep: [a.example]", "from_filter_before_us: true"),
                             ("keep: [a.example], also_ours: [A.example], from_filter_before_us: true", "cannot be kept"),
                             ("keep: [a.example], authserv_id: a.example, from_filter_before_us: true", "cannot be kept"),
                             ("also_ours: [a b]", "expected a name like mx.example.net"),
                             ("authserv_id: \"a;b\"", "expected a name like mx.example.net"),
                             ("relays: [192.0.2.0/24]", "there are none"),
                             ("relays: [x], also_ours: [a.example]", "expected")):
            config = self.write("fivefifty.yaml", f"policy: policy.yaml\nheaders: {{{headers}}}\n")
            done = self.run_program("check", "--config", config, "--main-cf=")
            self.assertEqual(done.returncode, 1, headers)
            self.assertRegex(done.stderr, r"fivefifty\.yaml:2:\d+: error: .*" + why)

    def test_check_names_exceptions_that_a_log_does_not_show(self):
        def log_of(ip):
            records = self.run_program("try", "--json", "--zone=" + self.zone, "--policy=" + self.policy, "--ip=" + ip,
                                       "--from=a@example.org", "--rcpt=bob@example.net").stdout
            return self.write(ip + ".jsonl", records)

        unused = self.run_program("check", "--policy", self.policy, "--main-cf=", "--log", log_of("192.0.2.1"))
        self.assertIn('exception "old-forwarder" let no mail of this log pass', unused.stderr)
        used = self.run_program("check", "--policy", self.policy, "--main-cf=", "--log", log_of("203.0.113.9"))
        self.assertNotIn("old-forwarder", used.stderr)

    def test_docs_print_tables_and_schemas(self):
        self.assertIn("`spf.result`", self.run_program("docs", "facts").stdout)
        self.assertIn("## relay-denied", self.run_program("docs", "reasons").stdout)
        schema = json.loads(self.run_program("docs", "schema", "record").stdout)
        self.assertEqual(schema["$schema"], "https://json-schema.org/draft/2020-12/schema")
        self.assertEqual(self.run_program("docs", "schema", "nonsense").returncode, 1)

    def test_the_built_in_policy_is_good(self):
        done = self.run_program("check", "--main-cf=")
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
