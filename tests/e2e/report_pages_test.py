"""fivefifty docs pages: the help pages. Run as: report_pages_test.py PROGRAM SOURCE_DIR"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from report_html import Page

PROGRAM, SOURCE = "", pathlib.Path()


class Pages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.pages = self.folder / "www/550"

    def run_pages(self, *arguments):
        return subprocess.run([PROGRAM, "docs", "pages", str(self.pages), *map(str, arguments)], capture_output=True,
                              text=True, timeout=120, check=False)

    def write_pages(self, *arguments):
        done = self.run_pages(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def read(self, reason=""):
        return (self.pages / reason / "index.html").read_text(encoding="utf-8")

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def policy(self, site):
        return self.write("policy.yaml", f"version: 1\nsite: {site}\ndomains: {{local: [example.net]}}\n"
                          "trusted: {networks: []}\nrules:\n  - {id: relay, at: rcpt, when: {recipient.ours: false, "
                          "client.trusted: false}, reject: relay-denied}\n")

    def test_there_is_a_page_for_each_reason_and_all_are_well_formed(self):
        self.write_pages()
        printed = subprocess.run([PROGRAM, "docs", "reasons"], capture_output=True, text=True, check=True).stdout
        reasons = set(re.findall(r"^## ([a-z0-9-]+)$", printed, re.M))
        self.assertGreater(len(reasons), 50)
        self.assertEqual({path.parent.name for path in self.pages.glob("*/index.html")}, reasons)
        for page in self.pages.rglob("*.html"):
            self.assertEqual(Page(page.read_text(encoding="utf-8"), scripts=True).problems, [], page)

    def test_the_list_leads_to_every_page_and_back(self):
        self.write_pages()
        links = Page(self.read(), scripts=True).links
        self.assertEqual(len([link for link in links if (self.pages / link).is_file()]),
                         len(list(self.pages.glob("*/index.html"))))
        back = [link for link in Page(self.read("relay-denied"), scripts=True).links if link.startswith("../")]
        self.assertTrue((self.pages / "relay-denied" / back[0]).samefile(self.pages / "index.html"))

    def test_a_page_says_what_happened_who_acts_and_how_to_reach_us(self):
        self.write_pages("--policy", self.policy("{name: mx.example.net, help: 'https://x.example', contact: a&b@example.net}"))
        text = Page(self.read("spf-fail"), scripts=True).text()
        for words in ("Mail server mx.example.net", "SPF fail", "The administrators of the sender's domain can mend this",
                      "What happened", "If you sent the message", "If you run the mail server", "Another way",
                      "The administrators of mx.example.net",
                      "a&b@example.net", "550-5.7.23 SPF fail: 192.0.2.25", "https://x.example/spf-fail ref=7K2M9QXA"):
            self.assertIn(words, text)
        self.assertIn('href="mailto:a&amp;b@example.net"', self.read("spf-fail"))

    def test_without_a_contact_postmaster_is_named(self):
        self.write_pages("--policy", self.policy("{name: mx.example.net}"))
        self.assertIn("Write to postmaster at the recipient's domain", Page(self.read("spf-fail"), scripts=True).text())
        self.assertNotIn("mailto:", Page(self.read("spf-fail"), scripts=True).links)

    def test_the_reference_is_shown_as_text_by_a_script_alone(self):
        self.write_pages()
        page = Page(self.read("spf-fail"), scripts=True)
        self.assertEqual(len(page.code), 1)
        self.assertIn("textContent", page.code[0])

    def test_without_a_script_it_says_where_the_reference_stands(self):
        self.write_pages()
        self.assertIn("Your reference: it stands in the error message", Page(self.read("spf-fail"), scripts=True).text())

    def test_only_characters_of_a_reference_are_shown(self):
        self.write_pages()
        pattern = re.search(r"/(\[\?&\].*?)/i\.exec", Page(self.read("spf-fail"), scripts=True).code[0])[1]
        shown = re.compile(pattern, re.I)
        for good in ("?ref=7K2M9QXA", "?x=1&ref=7k2m9qxa0000z", "?ref=7K2M9QXA&x=1"):
            self.assertTrue(shown.search(good), good)
        for bad in ("?ref=7K2M9QX", "?ref=7K2M9QXA0000ZZ", "?ref=7K2M9QXI", "?ref=%3Cb%3E7K2M9QXA", "?ref=7K2M9QXA<", "?ref=",
                    "?xref=7K2M9QXA", "?ref=7K2M9QXA%00"):
            self.assertFalse(shown.search(bad), bad)

    def test_says_where_they_are_linked(self):
        self.assertIn("/REASON", self.write_pages("--policy", self.policy("{name: m.example, help: 'https://x.example'}")))
        self.assertIn("no site.help", self.write_pages("--policy", self.policy("{name: m.example}")))

    def test_markup_in_a_help_text_of_the_admins_own_does_not_run(self):
        self.write("replies.yaml", "version: 1\nreplies:\n  spf-fail:\n    help: |\n      ## Own words\n\n"
                   "      <script>alert(1)</script>\n\n      [a](javascript:alert(1)) [b](https://example.net/)\n\n"
                   "      - `one`\n      - two\n")
        config = self.write("fivefifty.yaml", f"replies: {self.folder}/replies.yaml\n")
        self.write_pages("--config", config)
        page = self.read("spf-fail")
        self.assertIn("<h2>Own words</h2>", page)
        self.assertIn("<li><code>one</code></li>", page)
        self.assertIn('<a href="https://example.net/">b</a>', page)
        self.assertNotIn("alert(1)", page)

    def test_templates_of_the_admins_own(self):
        self.write("own/page.html", "<title>{{title}}</title>{{help}}{{reason}}")
        self.write_pages("--templates", self.folder / "own")
        self.assertTrue(self.read("spf-fail").startswith("<title>SPF fail</title><h2>What happened</h2>"))
        self.assertIn("Why mail is refused", self.read())  # ours still

    def test_a_wrong_name_in_a_template_is_said_with_its_place(self):
        self.write("own/page.html", "<p>\n  {{titel}}</p>")
        done = self.run_pages("--templates", self.folder / "own")
        self.assertEqual(done.returncode, 1)
        self.assertIn("page.html:2:3: there is no {{titel}} here; did you mean {{title}}?", done.stderr)

    def test_an_open_name_in_a_template_is_said(self):
        self.write("own/index.html", "{{list")
        self.assertIn("index.html:1:1: {{ without }}", self.run_pages("--templates", self.folder / "own").stderr)

    def test_a_folder_of_templates_that_is_not_there_is_an_error(self):
        done = self.run_pages("--templates", self.folder / "nowhere")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nowhere", done.stderr)

    def test_a_folder_that_cannot_be_made_is_said(self):
        self.write("www", "a file")
        done = self.run_pages()
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot make", done.stderr)

    def test_written_again_nothing_changes_and_nothing_is_left_over(self):
        self.write_pages()
        before = {path: path.read_bytes() for path in self.pages.rglob("*") if path.is_file()}
        self.write_pages()
        self.assertEqual({path: path.read_bytes() for path in self.pages.rglob("*") if path.is_file()}, before)
        self.assertFalse([path for path in before if path.suffix == ".new"])
        self.assertTrue(os.access(self.pages / "index.html", os.R_OK))


if __name__ == "__main__":
    PROGRAM, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
