"""Manual pages and completions leave nothing out: what they must name is taken from elsewhere (the sources' tables, --help, a
record, the shipped files). Run as: docs_test.py PROGRAM."""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

PROGRAM = ""
SOURCE = pathlib.Path(__file__).resolve().parents[2]
PAGES = ("fivefifty.1", "fivefifty.yaml.5", "fivefifty-policy.5", "fivefifty-log.5")
SHELLS = ("bash", "zsh", "fish")


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **more)


def docs(*arguments):
    done = run(PROGRAM, "docs", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def commands(path=()):
    """All of them, each with the options that its --help shows: (path, options)."""
    text = run(PROGRAM, *path, "--help").stdout
    yield path, sorted(set(re.findall(r"^  (?:-\w,)?(--[a-z][a-z-]*)", text, re.M)))
    for name in re.findall(r"^  ([a-z]+)", text.partition("Subcommands:")[2], re.M):
        yield from commands((*path, name))


class ManualPages(unittest.TestCase):
    def setUp(self):
        self.pages = {name: docs("man", name) for name in PAGES}

    def items(self, name):
        """The terms of a page, as they were before they were escaped for roff."""
        terms = re.findall(r'^\.TP\n\.B "(.*)"$', self.pages[name], re.M)
        return [term.replace("\\-", "-") for term in terms]

    def test_nothing_is_named_without_a_word_about_it(self):
        for name, page in self.pages.items():
            silent = re.findall(r'^\.TP\n\.B "(.*)"\n(?=\.(?!RS)|\Z)', page, re.M)
            self.assertEqual(silent, [], name)
            self.assertGreater(len(self.items(name)), 15)

    def test_every_option_of_every_command(self):
        items = " ".join(self.items("fivefifty.1"))
        found = list(commands())
        self.assertGreater(len(found), 15)
        for path, options in found:
            if path:
                self.assertIn('.SS "' + " ".join(path) + '"', self.pages["fivefifty.1"])
            for option in set(options) - {"--help"}:
                self.assertRegex(items, rf"{option}(?![\w-])", path)

    def keys_of(self, *sources):
        """The keys in tables beside their readers, by source file of policy/load."""
        keys = set()
        for source in sources:
            keys |= set(re.findall(r'KeyDoc\{\s*"([\w-]+)"', (SOURCE / "policy/load" / source).read_text()))
        return keys

    def test_every_key_of_the_daemons_file(self):
        keys = self.keys_of("daemon_keys.h")
        self.assertGreater(len(keys), 20)
        self.assertEqual(keys - set(self.items("fivefifty.yaml.5")), set())

    def test_every_key_of_a_policy(self):
        keys = self.keys_of("policy.h", "site.h", "list.h", "rule.h", "exception.h", "case_keys.h")
        self.assertGreater(len(keys), 60)
        self.assertEqual(keys - set(self.items("fivefifty-policy.5")), set())

    def test_every_key_of_the_shipped_files(self):
        """Those in a comment, too: "# metrics: 127.0.0.1:9550"."""
        for page, name in (("fivefifty.yaml.5", "fivefifty.yaml"), ("fivefifty-policy.5", "policy.yaml")):
            text = (SOURCE / "conf" / name).read_text()
            keys = set(re.findall(r"^([a-z_]+):(?: |$)|^# ([a-z_]+): \S+$", text, re.M))
            keys = {key for pair in keys for key in pair if key}
            self.assertGreater(len(keys), 6)
            self.assertEqual(keys - set(self.items(page)), set())

    def test_every_fact_and_every_reason(self):
        facts = set(re.findall(r"^- `([\w.]+)`", docs("facts"), re.M))
        reasons = set(yaml.safe_load((SOURCE / "conf/replies.yaml").read_text())["replies"])
        self.assertGreater(len(facts), 80)
        self.assertGreater(len(reasons), 20)
        items = {item.split(" ")[0] for item in self.items("fivefifty-policy.5")}
        self.assertEqual((facts | reasons) - items, set())

    def test_every_key_of_a_record(self):
        keys = set()
        lines = [line for name in ("policy", "strict")
                 for line in (SOURCE / f"tests/replay/0.2.0/{name}.jsonl").read_text().splitlines()]
        for record in map(json.loads, lines):
            keys |= set(record) | set(record["verdict"]) | set(record["observed"])
            for entry in (*record["trace"], *record["monitored"], *record["unavailable"], *record["in_part"],
                          *record["observed"]["lists"], *record["observed"]["accepted"], record["observed"]["recipient"] or {}):
                keys |= set(entry)
        self.assertGreater(len(keys), 60)
        self.assertEqual(keys - set(self.items("fivefifty-log.5")), set())

    def test_they_are_good_roff(self):
        for name, page in self.pages.items():
            self.assertTrue(page.isascii())
            for tool in (("groff", "-man", "-ww", "-Tutf8", "-z"), ("mandoc", "-T", "lint", "-W", "error")):
                if not shutil.which(tool[0]):
                    self.skipTest(f"there is no {tool[0]} here")
                done = run(*tool, input=page)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""), (name, tool))

    def test_what_roff_would_take_for_itself_is_printed(self):
        if not shutil.which("groff"):
            self.skipTest("there is no groff here")
        shown = run("groff", "-man", "-Tascii", "-P-cbou", "-rLL=2000n", input=self.pages["fivefifty-policy.5"]).stdout
        self.assertIn('sender.domain: ["*.example.org"]', shown)
        self.assertIn("{client.ip}", shown)

    def test_a_page_that_is_not_there(self):
        done = run(PROGRAM, "docs", "man", "nonsense")
        self.assertEqual(done.returncode, 1)
        self.assertIn("there are fivefifty.1, fivefifty.yaml.5", done.stderr)


class Completions(unittest.TestCase):
    def test_every_command_and_option_is_in_the_script(self):
        for shell in SHELLS:
            script = docs("completion", shell)
            for path, options in commands():
                for option in options:
                    shown = f"-l {option[2:]}" if shell == "fish" else option
                    self.assertRegex(script, rf"{re.escape(shown)}(?![\w-])", (shell, path))
                if path:
                    self.assertRegex(script, rf"\b{path[-1]}\b", shell)

    def test_the_scripts_are_good(self):
        for shell in SHELLS:
            if not shutil.which(shell):
                self.skipTest(f"there is no {shell} here")
            done = run(shell, "-n", input=docs("completion", shell))
            self.assertEqual((done.returncode, done.stderr), (0, ""), shell)

    def test_a_shell_that_we_do_not_know(self):
        self.assertEqual(run(PROGRAM, "docs", "completion", "csh").returncode, 1)

    def complete_in_bash(self, *words):
        """What bash offers for the last of the words."""
        with tempfile.NamedTemporaryFile("w") as script:
            script.write(docs("completion", "bash"))
            script.flush()
            done = run("bash", "-c", f'source {script.name}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _fivefifty; '
                       'printf "%s\\n" "${COMPREPLY[@]}"', "bash", "fivefifty", *words)
        return set(done.stdout.split())

    def test_bash_offers_what_may_stand_there(self):
        for path, options in commands():
            self.assertLessEqual(set(options), self.complete_in_bash(*path, "--"), path)
        top = {path[0] for path, _ in commands() if len(path) == 1}
        self.assertGreater(len(top), 9)
        self.assertLessEqual(top, self.complete_in_bash(""))
        self.assertEqual(self.complete_in_bash("expl"), {"explain"})
        self.assertLessEqual({"facts", "man"}, self.complete_in_bash("docs", ""))
        self.assertNotIn("--ip", self.complete_in_bash("check", "--"))

    def test_bash_offers_files_elsewhere(self):
        for words in (("report", f"{SOURCE}/READ"), ("check", "--policy", f"{SOURCE}/READ"),
                      ("check", "--policy", "=", f"{SOURCE}/READ")):
            self.assertEqual(self.complete_in_bash(*words), {f"{SOURCE}/README.md"})

    def test_fish_offers_what_may_stand_there(self):
        if not shutil.which("fish"):
            self.skipTest("there is no fish here")
        with tempfile.NamedTemporaryFile("w") as script:
            script.write(docs("completion", "fish"))
            script.flush()
            for path, options in commands():
                line = " ".join(("fivefifty", *path, "--"))
                offered = run("fish", "--no-config", "-c", f"source {script.name}; complete -C '{line}'").stdout
                self.assertLessEqual(set(options), {line.split("\t")[0] for line in offered.splitlines()}, path)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    done = unittest.main(exit=False).result
    sys.exit(1 if not done.wasSuccessful() else 77 if done.skipped else 0)
