#!/usr/bin/python3
"""A long log for measurements: generate_log.py COUNT < LOG > LONG_LOG

Repeats the lines of a log with other references, senders and domains: every hundredth line has a domain of its
own, so that a log of a million lines has more domains than a replay keeps apart."""
import re
import sys

count = int(sys.argv[1])
pieces = []
for line in sys.stdin:
    ref, sender = re.search(r'"ref":"(\w+)"', line)[1], re.search(r'"mail_from":"([^"@]+@[^"]+)"', line)
    pieces.append((line.replace(ref, "@REF@"), sender and sender[1]))
for number in range(count):
    line, sender = pieces[number % len(pieces)]
    line = line.replace("@REF@", f"7K{number:010d}")
    if sender:
        domain = f"d{number}.example" if number % 100 == 0 else f"d{number % 997}.example"
        line = line.replace(sender, f"user{number % 89}@{domain}")
    sys.stdout.write(line)
