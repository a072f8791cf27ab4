"""fivefifty report: the page. Run as: report_test.py PROGRAM SOURCE_DIR; UPDATE_GOLDEN=1 rewrites the golden page."""
import datetime
import gzip
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import jsonschema


import report_log
from report_html import Page

PROGRAM, SOURCE = "", pathlib.Path()


def moment(minute):
    return datetime.datetime.fromisoformat(f"2026-11-24T{minute}:00")


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
        page = re.sub(r"(log\.jsonl:33: )[^<]*", r"\1why.", page)  # in the words of whoever reads records
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
                      facts={"dnsbl": {"listed": [evil], "problems": [evil + ": x"]}, "spf": {"result": None},
                             "client": {"trusted": True, "user": evil, evil: None}},
                      unavailable=[{"fact": fact, "why": evil, "owner": "world", "given_up": False}
                                   for fact in ("spf.result", "client." + evil)])
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
        order = [text.index(word) for word in ("list.example.org", "bank.example")]
        self.assertEqual(order, sorted(order))
        self.assertIn("1 × refused, then delivered on a later try", text)
        self.assertNotIn("a single list had it", text)  # only one was asked: that is no sign
        self.assertNotIn("spam.example", text)  # on two lists

    def test_lists_their_overlap_and_what_failed(self):
        text = self.section(self.page(self.log), "DNS lists")
        self.assertIn("Lists were asked in 3 sessions; in 3 of them", text)
        self.assertIn("zen 3 100.0 % 2 2 1 spamcop (1)", text)
        self.assertIn("spamcop 1 33.3 % 0 1 0 zen (1)", text)
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
        self.assertRegex(Page(self.page(self.log)).text(), "One line was not understood, and left out. The first: .*log.jsonl:33: ")

    def test_plain_gzip_and_zstd_logs_give_the_same_page(self):
        text = self.log.read_bytes()
        packed = {"plain": text, "gzip": gzip.compress(text), "zstd": subprocess.run(
            ["zstd", "-q", "-c"], input=text, capture_output=True, check=True).stdout}
        pages = set()
        for form, octets in packed.items():
            (self.folder / form).mkdir()
            (self.folder / form / "log").write_bytes(octets)
            page = self.page(self.folder / form / "log", "--policy", self.policy)
            pages.add(page.replace(str(self.folder / form), ""))
        self.assertEqual(len(pages), 1)
        self.assertIn("32 decisions", Page(pages.pop()).text())

    def test_several_logs_are_one(self):
        archive = self.folder / "old.jsonl.gz"
        archive.write_bytes(gzip.compress(self.log.read_bytes()))
        self.assertIn("64 decisions", Page(self.page(self.log, archive)).text())

    def test_a_broken_archive_is_an_error(self):
        archive = self.folder / "log.gz"
        archive.write_bytes(gzip.compress(self.log.read_bytes())[:-30])
        done = self.run_report(archive, "-o", self.folder / "page.html")
        self.assertEqual((done.returncode, (self.folder / "page.html").exists()), (1, False))
        self.assertIn(b"log.gz", done.stderr)

    def test_the_file_is_written_whole_or_not_at_all(self):
        output = self.folder / "page.html"
        done = self.run_report(self.log, self.folder / "missing", "-o", output)
        self.assertEqual((done.returncode, output.exists()), (1, False))
        self.assertIn(b"No such file", done.stderr)
        done = self.run_report(self.log, "-o", output)
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout.decode(), r"page.html: 32 decisions; not understood: 1 line, the first .*log.jsonl:33: .+\n$")
        self.assertEqual(os.listdir(self.folder), ["page.html"])

    def test_a_folder_that_is_not_there_is_said(self):
        done = self.run_report(self.log, "-o", self.folder / "no/page.html")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"cannot write", done.stderr)


class ReportOfAWeek(unittest.TestCase):
    """The report of a log that has something for every section."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.log = pathlib.Path(cls.folder.name) / "log"
        with cls.log.open("w", encoding="utf-8") as out:
            report_log.write_days(2, out)
        cls.html = cls.report(cls.log, "--policy", report_log.POLICY)
        cls.page = Page(cls.html)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @staticmethod
    def report(*arguments):
        done = subprocess.run([PROGRAM, "report", *map(str, arguments), "-o", "-"], capture_output=True, timeout=120, check=True)
        return done.stdout.decode()

    def other(self, name, write):
        """A log of some records; write(Writer) makes them."""
        path = self.log.with_name(name)
        with path.open("w", encoding="utf-8") as out:
            write(report_log.Writer(out))
        return path

    def test_its_records_are_such_as_were_written(self):
        """What is invented has the form of what the program writes, or the report is tried on something else."""
        schema = json.loads((SOURCE / "conf/schemas/record.schema.json").read_text(encoding="utf-8"))
        validator = jsonschema.Draft202012Validator(schema)
        lines = self.log.read_text(encoding="utf-8").splitlines()
        problems = [error.message[:200] for line in lines[::20] for error in validator.iter_errors(json.loads(line))]
        self.assertEqual(problems[:3], [])
        self.assertNotIn("not understood", self.page.text())

    def test_is_well_formed_and_has_something_everywhere(self):
        self.assertEqual(self.page.problems, [])
        for nothing in ("Nothing of that kind", "Nothing was refused", "No list was asked", "No rule decided"):
            self.assertNotIn(nothing, self.page.text())

    def test_every_picture_says_in_words_what_it_shows(self):
        pictures = re.findall(r"<svg.*?</svg>", self.html, re.S)
        self.assertGreater(len(pictures), 10)
        for picture in pictures:
            self.assertIn('role="img"', picture)
            self.assertRegex(picture, r'aria-label="[\d,]+ of [\d,]+"|<title>[^<]+</title><desc>[^<]+</desc>')

    def test_the_table_of_a_chart_has_the_numbers_of_its_bars(self):
        figure = re.search("<figure>.*?</figure>", self.html, re.S)[0]
        bars = [int(count.replace(",", "")) for count in re.findall(r"<title>[^<]+: ([\d,]+)</title></rect>", figure)]
        cells = [int(count.replace(",", "")) for count in re.findall(r'<td class="n"[^>]*>([\d,]+)</td>', figure)]
        self.assertEqual([count for count in cells if count], bars)
        refused = sum(json.loads(line)["event"] in ("reject", "defer")
                      for line in self.log.read_text(encoding="utf-8").splitlines())
        self.assertEqual(sum(bars), refused)

    def test_times_name_their_zone(self):
        self.assertRegex(self.page.text(), r"2026-11-17 00:\d\d UTC to 2026-11-19 0\d:\d\d UTC")
        self.assertIn("hour (UTC)", self.page.text())

    def test_the_rule_that_load_adds_is_not_idle(self):
        policy = self.log.with_name("enforced.yaml")
        policy.write_text(report_log.POLICY.read_text(encoding="utf-8").replace(", mode: monitor", ""), encoding="utf-8")
        page = Page(self.report(self.log, "--policy", policy)).text()
        self.assertIn("Rules that never fired", page)
        self.assertNotIn("recipients-split", page)

    def test_a_retry_from_another_server_of_the_sender_is_found(self):
        def write(log):
            log.write(moment("12:00"), "reject", "bill@big.example", "198.51.100.7", reason="rdns-missing", rule="no-reverse-dns")
            log.write(moment("12:14"), "accept", "bill@big.example", "203.0.113.8", stage="message", name="m8.big.example")

        text = Page(self.report(self.other("retry", write))).text()
        self.assertIn("1 × refused, then delivered on a later try (the last: 7R00000001, refused from 198.51.100.7, "
                      "accepted from 203.0.113.8 (m8.big.example) 14 minutes later)", text)

    def test_logs_are_read_in_the_order_of_time_however_they_are_given(self):
        before = self.other("log.1", lambda log: log.write(moment("12:00"), "reject", "bill@big.example", "198.51.100.7",
                                                           reason="rdns-missing", rule="no-reverse-dns"))
        after = self.other("log.0", lambda log: log.write(moment("12:14"), "accept", "bill@big.example", "203.0.113.8",
                                                          stage="message"))
        self.assertEqual(self.report(after, before), self.report(before, after))
        self.assertIn("delivered on a later try", Page(self.report(after, before)).text())

    def test_mail_that_was_all_accepted_makes_a_page_too(self):
        page = Page(self.report(self.other("good", lambda log: log.write(moment("12:00"), "accept", "a@b.example", "192.0.2.1",
                                                                         stage="message"))))
        self.assertEqual(page.problems, [])
        self.assertIn("1 messages accepted", page.text())
        self.assertIn("Nothing was refused", page.text())
        self.assertIn("Accepted messages, by hour", page.text())

    def test_lines_of_a_later_version_and_broken_ones_are_counted_and_said(self):
        line = self.log.read_text(encoding="utf-8").splitlines()[0]
        lines = [line, line.replace('"v": 2', '"v": 3'), line[:200], "{}", "\0\0\0", line.replace('"event": "', '"event": "x-'),
                 "[" * 5000, '{"v":1,"event":"accept"}']
        broken = self.log.with_name("broken")
        broken.write_text("\n".join(lines) + "\n", encoding="utf-8")
        page = Page(self.report(broken))
        self.assertEqual(page.problems, [])
        self.assertIn("6 lines were not understood, and left out. The first: ", page.text())
        self.assertIn("broken:2: version 3, expected 1 to 2", page.text())
        self.assertIn("2 decisions", page.text())


if __name__ == "__main__":
    PROGRAM, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
