"""Clients that make the filter ask for names whose servers are silent: hostile_clients.py SOCKET KIND SECONDS

Each of SESSIONS sessions says one MAIL a second, of a domain it never named before, and RSET. Since nothing is asked
ahead any more after a few of those, it then hangs up and comes back. It runs beside the test, at a lower priority."""
import itertools
import os
import random
import sys
import time

from milter_client import HUNG_UP, MilterClient
from real_dns import pause_until, silent_domain

SESSIONS = {'network': 120, 'site': 120, 'networks': 200, 'neighbour': 120}
MAILS = 4  # of a connection


def address(kind, number):
    """Of the `number`th connection."""
    return {'network': f'198.51.100.{number % 250 + 1}',             # one /24
            'site': f'2001:db8:66:{number % 4096:x}::1',             # the 4096 /64s of a /52, in one /48
            'networks': f'{number % 200 + 20}.7.7.{number % 250}',   # 200 /24, each in a /16 of its own
            'neighbour': f'203.0.113.{number % 50 + 100}'}[kind]     # the /24 of the listed and of good clients


class Session:
    domains = itertools.count()  # of all

    def __init__(self, path, kind):
        self.path, self.kind = path, kind
        self.client, self.mails = None, 0

    def one_mail(self):
        if self.client is None:
            self.client, self.mails = MilterClient(self.path), 0
            self.client.negotiate()
            self.client.connect(address(self.kind, random.randrange(1 << 20)), 'unknown')
            self.client.helo('mail.test')
        self.client.mail(f'<a@x{random.randrange(1 << 40):x}.{silent_domain(next(self.domains))}>')
        self.client.abort()
        self.mails += 1
        if self.mails == MAILS:
            self.client.quit()
            self.client.socket.close()
            self.client = None


def main(path, kind, seconds):
    os.nice(10)
    sessions = [Session(path, kind) for _ in range(SESSIONS[kind])]
    begin = time.monotonic()
    for second in range(seconds):
        for place, session in enumerate(sessions):
            pause_until(begin + second + place / len(sessions))
            try:
                session.one_mail()
            except HUNG_UP:
                session.client = None


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
