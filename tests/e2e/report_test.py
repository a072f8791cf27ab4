"""fivefifty report: the page. Run as: report_test.py PROGRAM SOURCE_DIR; UPDATE_GOLDEN=1 rewrites the golden page."""
import gzip
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from report_html import Page

PROGRAM, SOURCE = "", pathlib.Path()


class Report(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.log = SOURCE / "tests/golden/report/log.jsonl"
        self.policy = SOURCE / "conf/policy.yaml"

    def run_report(self, *arguments, stdin=None):
        return subprocess.run([PROGRAM, "report", *map(str, arguments)], input=stdin, capture_output=True, timeout=120,
                              check=False, cwd=self.log.parent)

    def page(self, *arguments, stdin=None):
        done = self.run_report(*arguments, "-o", "-", stdin=stdin)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout.decode()

    def section(self, page, title):
        """The text under a heading."""
        return Page(re.search(f"<h2>{title}</h2>(.*?)(?:<h2>|</main>)", page, re.S)[1]).text()

    def test_the_golden_page(self):
        golden = self.log.with_name("report.html")
        # The policy is one of the test's own, so that a new shipped rule does not change the page.
        page = self.page("log.jsonl", "--policy", "policy.yaml")
        if os.environ.get("UPDATE_GOLDEN"):
            golden.write_text(page, encoding="utf-8")
        self.assertEqual(page, golden.read_text(encoding="utf-8"))

    def test_is_well_formed_and_needs_nothing_from_outside(self):
        for arguments in ((self.log,), (self.log, "--policy", self.policy), (SOURCE / "tests/replay/v1.jsonl",)):
            self.assertEqual(Page(self.page(*arguments)).problems, [])

    def test_a_log_without_records_makes_a_page_too(self):
        page = Page(self.page("-", stdin=b""))
        self.assertEqual(page.problems, [])
        self.assertIn("no records", page.text())

    def test_each_chart_has_a_title_a_description_and_its_numbers(self):
        page = self.page(self.log)
        charts = re.findall(r"<figure>.*?</figure>", page, re.S)
        self.assertEqual(len(charts), 2)
        for chart in charts:
            self.assertRegex(chart, r'<svg [^>]*role="img">\s*<title>[^<]+</title><desc>[^<]+</desc>')
            self.assertIn("<tbody>\n<tr>", chart)

    def test_hostile_texts_stay_texts(self):
        evil = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>\u202e&amp;"
        record = json.loads(self.log.read_text(encoding="utf-8").splitlines()[0])
        record.update(event="reject", stage="rcpt", session=evil, ref=evil, reason=evil, rule=evil, policy=evil,
                      reply=[evil], client_ip=evil, client_name=evil, mail_from="a@" + evil, rcpt=evil, actor=evil,
                      verdict={"action": "reject", "rule": evil, "reason": evil, "unknown": evil},
                      trace=[{"rule": evil, "truth": "yes", "path": evil, "exception": evil}],
                      facts={"dnsbl": {"listed": [evil], "problems": [evil + ": x"]}, "spf": {"unavailable": evil},
                             "client": {"trusted": True, "user": evil, evil: {"unavailable": evil}}})
        unknown = dict(record, reason="recipient-unknown", mail_from="", session="S2")
        listed = dict(record, reason="dnsbl-listed", session="S3")
        text = "\n".join(json.dumps(one) for one in (record, unknown, listed, evil))
        page = self.page("-", "--policy", self.policy, stdin=text.encode())
        self.assertEqual(Page(page).problems, [])
        self.assertGreater(page.count("&lt;script&gt;"), 15)
        self.assertNotIn("\u202e", page)

    def test_texts_that_are_no_utf8_do_not_break_the_page(self):
        name = "log\udcff.jsonl"
        (self.folder / name).write_bytes(self.log.read_bytes())
        self.assertIn("log\ufffd.jsonl", self.page(os.path.join(self.folder, name)))

    def test_the_likeliest_mistake_stands_first(self):
        text = self.section(self.page(self.log), "Refusals that were likely a mistake")
        order = [text.index(word) for word in ("list.example.org", "bank.example", "news.example.org")]
        self.assertEqual(order, sorted(order))
        self.assertIn("1 × the domain was known: 20 messages had been accepted before", text)
        self.assertIn("1 × a single list had it (zen)", text)
        self.assertNotIn("spam.example", text)  # on two lists

    def test_lists_their_overlap_and_what_failed(self):
        text = self.section(self.page(self.log), "DNS lists")
        self.assertIn("Lists were asked in 3 sessions; in 3 of them", text)
        self.assertIn("zen 3 100.0 % 2 spamcop (1)", text)
        self.assertIn("spamcop 1 33.3 % 0 zen (1)", text)
        self.assertIn("psbl 2 psbl: TIMEOUT", text)

    def test_rules_that_never_fired_need_the_policy(self):
        title = "Rules and exceptions"
        self.assertIn("are shown when the policy is given", self.section(self.page(self.log), title))
        text = self.section(self.page(self.log, "--policy", self.policy), title)
        idle = text[text.index("Rules that never fired"):]
        self.assertIn("wrong-reverse-dns", idle)
        self.assertNotIn(" no-reverse-dns", idle)

    def test_our_own_trouble(self):
        text = self.section(self.page(self.log), "What we could not find out")
        self.assertIn("client.fcrdns 1 1 PTR 25.2.0.192.in-addr.arpa: SERVFAIL", text)
        self.assertIn("dns-failure 1", text)

    def test_mail_to_unknown_recipients(self):
        text = self.section(self.page(self.log), "Mail to mailboxes that do not exist")
        self.assertIn("4 recipients in all", text)
        self.assertIn("jane 1", text)
        self.assertIn("made-up@example.net 1", text)

    def test_lines_that_are_no_records_are_counted(self):
        self.assertRegex(Page(self.page(self.log)).text(), "One line is left out because it is no record. The first: .*log.jsonl:33: ")

    def test_several_logs_plain_and_gzip(self):
        archive = self.folder / "old.jsonl.gz"
        archive.write_bytes(gzip.compress(self.log.read_bytes()))
        self.assertIn("64 decisions", Page(self.page(self.log, archive)).text())

    def test_the_file_is_written_whole_or_not_at_all(self):
        output = self.folder / "page.html"
        done = self.run_report(self.log, self.folder / "missing", "-o", output)
        self.assertEqual((done.returncode, output.exists()), (1, False))
        self.assertIn(b"No such file", done.stderr)
        done = self.run_report(self.log, "-o", output)
        self.assertEqual((done.returncode, done.stdout.decode()), (0, f"{output}: 32 decisions\n"))
        self.assertEqual(os.listdir(self.folder), ["page.html"])

    def test_a_folder_that_is_not_there_is_said(self):
        done = self.run_report(self.log, "-o", self.folder / "no/page.html")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"cannot write", done.stderr)


if __name__ == "__main__":
    PROGRAM, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
