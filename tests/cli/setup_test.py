"""fivefifty setup: what it asks, what it takes from Postfix, what it writes, and what it leaves alone. Run as:
setup_test.py PROGRAM."""
import json
import os
import pathlib
import pty
import select
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = ""
SOURCE = pathlib.Path(__file__).resolve().parents[2]
OPTIONS = {"--host": "mx1.muster.example", "--domains": "muster.example, *.muster.example,localhost", "--relay": "",
           "--networks": "127.0.0.0/8 ::1/128,192.0.2.0/24", "--layout": "mta-decides"}
POSTFIX = """mx9.muster.example
mx9.muster.example, localhost.muster.example, localhost, Muster.Example
relay.example muster.example

127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128
virtual.example
"""


class Setup(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.etc = self.folder / "etc"
        self.policy, self.daemon = self.etc / "policy.yaml", self.etc / "fivefifty.yaml"

    def command(self, *more, postconf="", **changes):
        options = OPTIONS | {"--" + name: value for name, value in changes.items()}
        given = [f"{name}={value}" for name, value in options.items() if value is not None]
        return [PROGRAM, "setup", f"--folder={self.etc}", f"--postconf={postconf}", *given, *more]

    def setup_by(self, *more, code=0, **changes):
        done = subprocess.run(self.command(*more, **changes), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def postconf(self, says, code=0):
        """A postconf that says this, and writes down how it was called."""
        path = self.folder / "postconf"
        (self.folder / "says").write_text(says)
        path.write_text(f'#!/bin/sh\necho "$@" >{self.folder}/called\ncat {self.folder}/says\nexit {code}\n')
        path.chmod(0o755)
        return path

    def by_hand(self, answers, *more, **changes):
        """At a terminal: an answer a line. What the terminal showed, and the exit code."""
        ours, terminal = pty.openpty()
        self.addCleanup(os.close, ours)
        process = subprocess.Popen(self.command(*more, **changes), stdin=terminal, stdout=terminal, stderr=terminal)
        os.close(terminal)
        os.write(ours, answers.encode())
        shown, end = b"", time.monotonic() + 60
        while time.monotonic() < end:
            if select.select([ours], [], [], 0.1)[0]:
                try:
                    shown += os.read(ours, 65536)
                except OSError:  # the other side is closed
                    break
            elif process.poll() is not None:
                break
        return shown.decode(), process.wait(60)

    def nothing_is_there(self):
        self.assertFalse(self.etc.exists() and list(self.etc.iterdir()))

    def test_options_alone_make_a_configuration_that_is_good(self):
        done = self.setup_by()
        self.assertIn(f"{self.policy}: good: 16 rules", done.stdout)
        self.assertIn("postfix/enable mta-decides", done.stdout)
        text = self.policy.read_text()
        for line in ('site: {name: mx1.muster.example, contact: "postmaster@muster.example"}\n',
                     '  local: [muster.example, "*.muster.example", localhost]\n', "  relay: []\n",
                     '  networks: [127.0.0.0/8, "::1", 192.0.2.0/24]\n'):
            self.assertIn(line, text)
        self.assertFalse([line for line in text.splitlines() if "example.net" in line and not line.startswith("#")],
                         "the service does not start with a policy that says example.net")
        self.assertEqual(self.policy.stat().st_mode & 0o777, 0o644)
        self.assertEqual(sorted(file.name for file in self.etc.iterdir()), ["fivefifty.yaml", "policy.yaml"])

    def test_what_is_written_decides_by_the_answers(self):
        self.setup_by()
        for ip, rcpt, relayed in (("198.51.100.1", "a@muster.example", True), ("192.0.2.1", "a@far.example", True),
                                  ("198.51.100.1", "a@far.example", False)):
            zone = SOURCE / "contrib/quickstart.d/zone.yaml"
            done = subprocess.run([PROGRAM, "try", "--json", f"--config={self.daemon}", f"--zone={zone}", f"--ip={ip}",
                                   "--from=", f"--rcpt={rcpt}"], capture_output=True, text=True, timeout=60, check=True)
            self.assertEqual(json.loads(done.stdout)["verdict"]["reason"], None if relayed else "relay-denied")

    def test_the_policys_own_tests_hold(self):
        self.setup_by()
        subprocess.run([PROGRAM, "test", self.policy], check=True, capture_output=True, timeout=60)

    def test_each_missing_option_is_named(self):
        for name in OPTIONS:
            done = self.setup_by(code=1, **{name[2:]: None})
            self.assertIn(f"setup: {name} is missing", done.stderr)
            self.assertEqual(done.stderr.count("is missing"), 1)
            self.nothing_is_there()
        done = self.setup_by(code=1, **{name[2:]: None for name in OPTIONS})
        self.assertEqual(done.stderr.count("is missing"), len(OPTIONS), "all of them at once")

    def test_a_bad_answer_is_named_with_what_was_expected(self):
        for name, bad, said in (
                ("host", "mx1", 'expected a host name with its domain, such as mx1.example.org, read "mx1"'),
                ("domains", "good.example, exa mple!", 'expected a domain, or *. and a domain, read "mple!"'),
                ("domains", " ,", 'expected a domain at least'),
                ("relay", "*.*.example", 'read "*.*.example"'),
                ("networks", "127.0.0.0/8 10.0.0.0/33", 'expected an address or a network such as 192.0.2.0/24, read "10.0.0.0/33"'),
                ("networks", "[::ffff:127.0.0.0]/95", 'read "[::ffff:127.0.0.0]/95"'),
                ("layout", "mta-decide", 'expected mta-decides or filter-decides, read "mta-decide"; did you mean mta-decides?'),
                ("recipients", "/nonexistent", "cannot read /nonexistent: No such file or directory"),
                ("contact", 'a"b@muster.example', "expected an address such as postmaster@example.org"),
                ("help-pages", "ftp://x.example", "that begins with https://"),
                ("host", "mx\x1b[2J.example", 'read "mx?[2J.example"')):
            done = self.setup_by(code=1, **{name: bad})
            self.assertIn(f"setup: --{name}: ", done.stderr)
            self.assertIn(said, done.stderr)
            self.nothing_is_there()

    def test_filter_decides_wants_the_mailboxes(self):
        self.assertIn("--recipients is missing", self.setup_by(layout="filter-decides", code=1).stderr)
        boxes = self.folder / "boxes.txt"
        boxes.write_text("ann@muster.example\n")
        done = self.setup_by(layout="filter-decides", relay="relay.example", recipients=str(boxes))
        self.assertIn("postfix/enable filter-decides", done.stdout)
        for domain in ("muster.example", "relay.example"):
            self.assertIn(f'"{domain}": {{source: file, path: "{boxes}"}}', self.policy.read_text())

    def test_answers_at_a_terminal(self):
        answers = "mx1\nmx1.muster.example\nmuster.example\n\n\nfilter-decide\nmta-decides\n"
        shown, code = self.by_hand(answers, **{name[2:]: None for name in OPTIONS})
        self.assertEqual(code, 0, shown)
        self.assertIn("--host: expected a host name with its domain", shown)  # and it is asked again
        self.assertIn("did you mean filter-decides?", shown)
        self.assertIn("site: {name: mx1.muster.example,", self.policy.read_text())
        self.assertIn('networks: [127.0.0.0/8, "::1"]', self.policy.read_text())

    def test_an_end_of_input_writes_nothing(self):
        shown, code = self.by_hand("mx1.muster.example\n\x04", **{name[2:]: None for name in OPTIONS})
        self.assertEqual(code, 1, shown)
        self.assertIn("--domains is missing", shown)
        self.nothing_is_there()

    def test_what_postfix_knows_is_not_asked_again(self):
        self.setup_by("--yes", postconf=self.postconf(POSTFIX), **{name[2:]: None for name in OPTIONS})
        text = self.policy.read_text()
        for line in ('site: {name: mx9.muster.example, contact: "postmaster@muster.example"}',
                     "  local: [mx9.muster.example, localhost.muster.example, localhost, muster.example, virtual.example]\n",
                     "  relay: [relay.example]\n", '  networks: [127.0.0.0/8, "::1"]\n'):
            self.assertIn(line, text)
        self.assertEqual((self.folder / "called").read_text().split()[:3], ["-hx", "myhostname", "mydestination"])

    def test_at_a_terminal_what_postfix_knows_is_suggested(self):
        shown, code = self.by_hand("\n\n\n\n\n", postconf=self.postconf(POSTFIX), **{name[2:]: None for name in OPTIONS})
        self.assertEqual(code, 0, shown)
        self.assertIn("Name of this mail server [mx9.muster.example]: ", shown)
        self.assertIn("[relay.example]", shown)

    def test_tables_that_postfix_only_names_are_not_passed_over(self):
        """A domain that only a table has would lose all its mail to the relay rule."""
        fake = self.postconf(POSTFIX.replace("virtual.example", "mysql:/etc/postfix/domains.cf"))
        done = self.setup_by("--yes", code=1, postconf=fake, **{name[2:]: None for name in OPTIONS})
        self.assertIn("--domains is missing", done.stderr)
        self.assertIn("virtual_mailbox_domains: mysql:/etc/postfix/domains.cf", done.stderr)
        self.nothing_is_there()
        self.setup_by("--yes", postconf=fake, **({name[2:]: None for name in OPTIONS} | {"domains": "all.example"}))

    def test_a_postconf_that_misbehaves_is_said_and_passed_over(self):
        cases = {"": "gave 0 values for 6 parameters", "x" * 70_000: "said more than 65536 octets", "x\n" * 7: "gave 7 values"}
        for says, sentence in cases.items():
            self.assertIn(sentence, self.setup_by("--force", postconf=self.postconf(says)).stderr)
        self.assertIn("ended with exit code 3", self.setup_by("--force", postconf=self.postconf(POSTFIX, code=3)).stderr)
        self.assertIn("No such file or directory", self.setup_by("--force", postconf="/nonexistent/postconf").stderr)

    def test_a_postconf_that_hangs_is_ended(self):
        path = self.folder / "postconf"
        path.write_text("#!/bin/sh\nexec 1>&-\nexec sleep 1000\n")
        path.chmod(0o755)
        began = time.monotonic()
        self.assertIn("ended with signal 9", self.setup_by(postconf=path).stderr)
        self.assertLess(time.monotonic() - began, 30)

    def test_options_are_not_for_a_shell(self):
        mark = self.folder / "mark"
        done = self.setup_by(postconf=f"touch {mark}; postconf")
        self.assertIn("was not asked", done.stderr)
        self.assertFalse(mark.exists())

    def test_files_that_somebody_wrote_are_left_alone(self):
        self.etc.mkdir()
        for ours in (self.policy, self.daemon):
            ours.write_text("mine\n")
            done = self.setup_by(code=1)
            self.assertIn(f"{ours} is there already", done.stderr)
            self.assertEqual([file.read_text() for file in self.etc.iterdir()], ["mine\n"])
            ours.unlink()

    def test_force_replaces_them_and_keeps_the_old_ones(self):
        self.etc.mkdir()
        real = self.folder / "real.yaml"
        real.write_text("mine\n")
        real.chmod(0o640)
        self.policy.symlink_to(real)
        self.setup_by("--force")
        self.assertTrue(self.policy.is_symlink())
        self.assertIn("mx1.muster.example", real.read_text())
        self.assertEqual(real.stat().st_mode & 0o777, 0o640)
        self.assertEqual((self.folder / "real.yaml.old").read_text(), "mine\n")

    def test_files_as_installed_are_replaced_and_go_on_naming_their_schema(self):
        self.etc.mkdir()
        for name in ("policy.yaml", "fivefifty.yaml"):
            text = (SOURCE / "conf" / name).read_text().replace("$schema=schemas/", "$schema=/usr/share/fivefifty/schemas/")
            (self.etc / name).write_text(text)
        self.setup_by()
        self.assertTrue(self.policy.read_text().startswith(
            "# yaml-language-server: $schema=/usr/share/fivefifty/schemas/policy.schema.json\n"))
        self.assertFalse(list(self.etc.glob("*.old")))

    def test_a_folder_that_cannot_be_written_to_is_said(self):
        self.etc.write_text("a file")
        self.assertIn(f"cannot write {self.policy}", self.setup_by(code=1).stderr)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
