#!/usr/bin/python3
"""What becomes of the records of a dozen sessions: records.py FIVEFIFTY SOURCE

Each line validates against the published schema; all go into one index; plain, gzip and zstd logs of them replay without a change under
the policy that made them, and with one under another; each is explained; each becomes a test case that passes."""
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile

import jsonschema

import mapping
import sessions

PROGRAM, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
complaints = []


def check(holds, complaint):
    if not holds:
        complaints.append(complaint)


def run(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)


def expect(result, code, *words):
    said = result.stdout + result.stderr
    check(result.returncode == code, f"exit {result.returncode}, expected {code}: {result.args}\n{said}")
    for word in words:
        check(word in said, f"{word!r} is missing from the output of {result.args}:\n{said}")


def validate(lines):
    schema = json.loads((SOURCE / "conf/schemas/record.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    for line in lines:
        for error in validator.iter_errors(json.loads(line)):
            complaints.append(f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}\n{line}")
    broken = json.loads(lines[0]) | {"event": "maybe"}
    check(not validator.is_valid(broken), "the schema finds nothing wrong with an unknown event")


def fit_into_one_index(lines):
    records = [json.loads(line) for line in lines]
    found = mapping.conflicts(records)
    check(not found, f"a path is two things at once: {found}")
    check(all(list(record) == list(records[0]) for record in records), "not all records have the same keys")
    # The test of the test. Version 1 had the first two: an object in place of a text, and a text in place of a list.
    for other in ({"facts": {"spf": {"result": {"unavailable": "why"}}}}, {"facts": "none"}, {"facts.spf": "fail"}):
        check(mapping.conflicts(records + [other]), f"{other} goes unnoticed")


def write_logs(lines, folder):
    text = ("\n".join(lines) + "\n").encode()
    plain, gzipped, zipped = (folder / name for name in ("log", "log.gz", "log.zst"))
    plain.write_bytes(text)
    gzipped.write_bytes(gzip.compress(text))
    subprocess.run(["zstd", "-q", "-f", plain, "-o", zipped], check=True)
    return [plain, gzipped, zipped]


def replays(lines, logs, policy, stricter):
    for log in logs:
        expect(run("replay", log, "--policy", policy), 0, f"\nsame: {len(lines)}\n", "\nundecidable: 0\n")
    result = run("replay", logs[0], "--policy", stricter)
    expect(result, 1, "\nnewly refused: ", "\nnewly accepted: 0\n", "most worrying first")
    same = [line for line in result.stdout.splitlines() if line.startswith("same: ")]
    check(same and 0 < int(same[0][6:]) < len(lines), f"the stricter policy changed all or nothing: {same}")
    counts = json.loads(run("replay", logs[0], "--policy", stricter, "--json").stdout)["counts"]
    check(sum(counts.values()) == len(lines), f"the counts do not add up to {len(lines)}: {counts}")
    expect(run("replay", logs[0].parent / "nowhere", "--policy", policy), 2, "cannot read")
    expect(run("replay", policy, "--policy", policy), 2, "no record")


def explains(lines, logs, policy):
    for number, line in enumerate(lines):
        record = json.loads(line)
        words = [record["ref"], "decision", record["event"]]
        words += [record["reason"]] if record["reason"] else []
        words += record["reply"]
        words += [f"{policy}:"] if record["rule"] and record["rule"] != "recipients-split" else []
        log = logs[number % len(logs)]
        expect(run("explain", record["ref"], "--log", log, "--policy", policy), 0, *words)
        if number % 5:  # the rest of the checks on some: each is a process
            continue
        told = json.loads(run("explain", record["ref"], "--log", logs[0], "--policy", policy, "--json").stdout)
        check(told["record"]["facts"] == record["facts"], f"other facts: {told['record']['facts']}")
    expect(run("explain", "ref=" + record["ref"].lower(), "--log", logs[0], "--policy", policy), 0, record["ref"])
    expect(run("explain", "0000MISSING", "--log", logs[0], "--policy", policy), 1, "no record with ref=0000M1SS1NG")
    expect(run("explain", "--reason", "spf-fail", "--policy", policy), 0, "spf-fail", f"{policy}:")
    expect(run("explain", "--reason", "spf-fall", "--policy", policy), 1, "did you mean spf-fail?")
    expect(run("explain"), 2, "either a reference or --reason")


def become_tests(lines, logs, policy, folder):
    for line in lines:
        record = json.loads(line)
        result = run("test", "--from-log", record["ref"], "--log", logs[1], "--policy", policy)
        expect(result, 0, record["event"])
        (folder / "case.yaml").write_text(result.stdout, encoding="utf-8")
        expect(run("test", folder / "case.yaml"), 0, "1 passed, 0 failed")
        if line is not lines[0]:
            continue
        other = result.stdout.replace("expect: {", "expect: {code: 123, ")
        (folder / "case.yaml").write_text(other, encoding="utf-8")
        expect(run("test", folder / "case.yaml"), 1, "0 passed, 1 failed")
    expect(run("test", "--from-log", "0000MISSING", "--log", logs[0]), 1, "no record")


def main():
    here = SOURCE / "tests/replay/0.1.0"
    policy, stricter = here / "policy.yaml", here / "strict.yaml"
    lines = sessions.lines(PROGRAM, SOURCE, policy)
    lines_of_strict = sessions.lines(PROGRAM, SOURCE, stricter)
    validate(lines + lines_of_strict)
    fit_into_one_index(lines + lines_of_strict)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        logs = write_logs(lines, folder)
        replays(lines, logs, policy, stricter)
        explains(lines, logs, policy)
        become_tests(lines[:3], logs, policy, folder)
        logs = write_logs(lines_of_strict, folder)
        expect(run("replay", logs[0], "--policy", stricter), 0, f"\nsame: {len(lines_of_strict)}\n")
        become_tests(lines_of_strict, logs, stricter, folder)
    events = {json.loads(line)["event"] for line in lines + lines_of_strict}
    check(events == {"accept", "reject", "defer", "would-reject", "would-defer"}, f"the sessions are too much alike: {events}")
    print("\n".join(complaints[:20]))
    print(f"{len(lines) + len(lines_of_strict)} records, {len(complaints)} complaints")
    sys.exit(1 if complaints else 0)


main()
