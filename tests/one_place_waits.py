#!/usr/bin/python3
"""One place in the filter waits for an answer, and few may ask it to: one_place_waits.py ROOT

Everything else says what it waits for (milter/dns/answers.h), so that a session can be suspended without a thread.
Prints each offence as FILE:LINE: sentence; exit 1 if there is one."""
import pathlib
import re
import sys

LOOKUP_WAIT = re.compile(r'[Ll]ookups?\w*(\[\w+\]|\))?(\.|->)wait\(|\.query\(.*\)\.wait\(|\.handle\(\)\.wait\(')
BLOCK = re.compile(r'(\.|->)block\(\)')
# finish(), for `try` and tests; libmilter's threads; `fivefifty lists`
MAY_BLOCK = {'milter/session/session.cc', 'milter/smtp/libmilter/callbacks.cc', 'milter/lists/prober.cc'}


def offences(root):
    for path in sorted((root / 'milter').rglob('*')):
        if path.suffix not in ('.cc', '.h'):
            continue
        name = path.relative_to(root).as_posix()
        for number, line in enumerate(path.read_text().splitlines(), 1):
            code = line.split('//')[0]
            if LOOKUP_WAIT.search(code):
                yield f'{name}:{number}: waits for an answer; look at it through Answers instead'
            if BLOCK.search(code) and name not in MAY_BLOCK:
                yield f'{name}:{number}: blocks; only {", ".join(sorted(MAY_BLOCK))} may'


def main():
    found = list(offences(pathlib.Path(sys.argv[1])))
    print('\n'.join(found))
    return bool(found)


if __name__ == '__main__':
    sys.exit(main())
