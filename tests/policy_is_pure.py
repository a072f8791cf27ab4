#!/usr/bin/python3
"""The policy libraries call no clock, file, socket or source of chance: policy_is_pure.py NM LIBRARY.a...

Reads the undefined symbols with nm. yaml-cpp and the like parse from memory; what they could do with files would be
theirs, and the policy does not call it."""
import re
import subprocess
import sys

# Whole names of C functions, and C++ names by their beginning.
IMPURE = re.compile(r'''^(
    (clock(_gettime|_getres)?|gettimeofday|(local|gm)time(_r)?|time|mktime|strftime|nanosleep|sleep|usleep
    |fopen(64)?|freopen(64)?|open(64)?|openat(64)?|creat|read|pread(64)?|write|stat(64)?|fstat(64)?|access|unlink
    |opendir|readdir(64)?|socket|connect|bind|send(to|msg)?|recv(from|msg)?|poll|select|getaddrinfo|gethostbyname|res_query
    |rand(_r)?|random|srand|getrandom|getentropy|arc4random|getenv|secure_getenv|gethostname|getpid
    |fork|execve?|system|popen|pthread_create)(@.*)?
  | std::chrono::_V2::\w+::now.*
  | std::(this_thread|thread|random_device|filesystem)::.*
  | std::basic_([io]?f?stream|filebuf)<.*(open|basic_[io]?fstream|basic_filebuf).*
  | std::(cin|cout|cerr|clog)
  | YAML::LoadFile.*
)$''', re.X)


def undefined(libraries, nm):
    listing = subprocess.run([nm, '-C', '-u', *libraries], capture_output=True, text=True, check=True).stdout
    return sorted({line.split(' U ', 1)[1].strip() for line in listing.splitlines() if ' U ' in line})


def main():
    nm, libraries = sys.argv[1], sys.argv[2:]
    symbols = undefined(libraries, nm)
    if len(symbols) < 100:  # a library without symbols would be pure, too
        sys.exit(f'nm finds only {len(symbols)} undefined symbols in {libraries}: were they built?')
    for probe in ('clock_gettime', 'getenv@GLIBC_2.2.5', 'std::chrono::_V2::system_clock::now()', 'socket'):
        if not IMPURE.match(probe):
            sys.exit(f'this test would not notice {probe}')
    impure = [symbol for symbol in symbols if IMPURE.match(symbol)]
    print('\n'.join(f'policy/ calls {symbol}' for symbol in impure) or f'{len(symbols)} symbols, all pure')
    sys.exit(1 if impure else 0)


if __name__ == '__main__':
    main()
