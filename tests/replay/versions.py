#!/usr/bin/python3
"""The logs of every version, replayed under the policies that made them, change nothing: versions.py FIVEFIFTY"""
import pathlib
import subprocess
import sys

program, here = sys.argv[1], pathlib.Path(__file__).parent
wrong = []
logs = sorted(here.glob("*/*.jsonl"))
for log in logs:
    count = len(log.read_text(encoding="utf-8").splitlines())
    result = subprocess.run([program, "replay", str(log), f"--policy={log.with_suffix('.yaml')}"],
                            capture_output=True, text=True)
    print(f"{log.relative_to(here)}: {count} lines\n{result.stdout}{result.stderr}")
    if result.returncode != 0 or f"\nsame: {count}\n" not in result.stdout:
        wrong.append(str(log))
print("changed: " + ", ".join(wrong) if wrong else f"{len(logs)} logs, nothing changed")
sys.exit(1 if wrong or not logs else 0)
