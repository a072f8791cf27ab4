"""A hundred messages of five kinds, the DNS world in which they live, and what must come of each: all from one seed but the
RSA key, which is new each time. Each has a sender's domain of its own, below example., and a client in 198.18.0.0/15, which
is set aside for benchmarks. What is refused is refused for one reason.

    clean-rsa       the signature is good, and the client is in the domain's SPF record;       accepted
                    every fourth is forwarded: SPF says softfail, only the signature counts
    clean-ed25519   the same with Ed25519, all forwarded                                       accepted
    listed          the client is on one to three of the lists; half are signed                refused
    spf-fail        SPF says fail, and the domain has no DMARC record; half are signed         refused
    dmarc-fail      From names a bank with p=reject; half have a signature of it that broke    refused"""
import base64
import pathlib
import random
import subprocess

import dkim
import nacl.signing

SEED = 550
COUNTS = {'clean-rsa': 40, 'clean-ed25519': 10, 'listed': 20, 'spf-fail': 15, 'dmarc-fail': 15}
LISTS = ['first.bl.example', 'second.bl.example', 'third.bl.example']
BANK = 'bank.example'
SIZES = (2_000, 10_000)  # of a message in octets, before it is signed
SIGNED_FIELDS = [b'from', b'to', b'subject', b'date', b'message-id']
WORDS = ('please find the report of our last meeting below as we agreed there are three open points and one of them is '
         'the date for the delivery which the warehouse has not yet confirmed could you ask them once more thank you').split()
HEADER = '''\
Received: from desk.{domain} (desk.{domain} [10.0.0.7])
\tby mail.{domain} (Postfix) with ESMTPSA id 4F00AB1
\tfor <bob@example.net>; Sat, 28 Nov 2026 10:00:00 +0000 (UTC)
Date: Sat, 28 Nov 2026 10:00:00 +0000
From: Ann <ann@{domain}>
To: Bob <bob@example.net>
Subject: {subject}
Message-ID: <{name}@{domain}>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

'''


class Corpus:
    """Writes the messages into `folder`, with all.tsv and clean.tsv, the scenarios for milter_load, and root.zone, which is
    all of DNS. `verdicts`: scenario -> accepted or refused."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.random = random.Random(SEED)
        self.records = ['. 86400 SOA localhost. nobody.localhost. 1 86400 86400 86400 86400\n', '. 86400 NS localhost.\n']
        self.verdicts = {}
        self._make_keys()
        for name in LISTS:
            self._put_on_list(name, '127.0.0.2')  # the test point of RFC 5782
        self._publish(BANK, 'v=spf1 -all', 'rsa', dmarc=True)
        lines = [self._scenario(kind, number) for kind, count in COUNTS.items() for number in range(count)]
        self.random.shuffle(lines)
        (self.folder / 'all.tsv').write_text(''.join(lines))
        (self.folder / 'clean.tsv').write_text(''.join(line for line in lines if line.startswith('clean-')))
        (self.folder / 'root.zone').write_text(''.join(self.records))

    def _make_keys(self):
        """kind of key -> what signs, what is published."""
        def openssl(*arguments, text=b''):
            return subprocess.run(['openssl', *arguments], input=text, check=True, capture_output=True).stdout

        private = openssl('genrsa', '-traditional', '2048')
        seed = self.random.randbytes(32)
        self.keys = {'rsa': (private, openssl('rsa', '-pubout', '-outform', 'DER', text=private)),
                     'ed25519': (base64.b64encode(seed), nacl.signing.SigningKey(seed).verify_key.encode())}

    # DNS.

    def _record(self, name, kind, data):
        self.records.append(f'{name}. 86400 {kind} {data}\n')

    def _text(self, name, text):
        pieces = [text[at:at + 250] for at in range(0, len(text), 250)]
        self._record(name, 'TXT', ' '.join(f'"{piece}"' for piece in pieces))

    def _put_on_list(self, name, ip):
        self._record('.'.join(reversed(ip.split('.'))) + '.' + name, 'A', '127.0.0.2')

    def _publish(self, domain, spf, algorithm, dmarc):
        self._text(domain, spf)
        key = base64.b64encode(self.keys[algorithm][1]).decode()
        self._text(f's1._domainkey.{domain}', f'v=DKIM1; k={algorithm}; p={key}')
        if dmarc:
            self._text(f'_dmarc.{domain}', 'v=DMARC1; p=reject')

    def _spf(self, domain, ip, number, last):
        """One of five ways to say that mail comes from `ip`, with what they refer to."""
        self._record(domain, 'MX', f'10 mail.{domain}.')
        self._record(f'mail.{domain}', 'A', ip)
        self._text(f'_spf.{domain}', f'v=spf1 ip4:198.19.2.0/24 ip4:{ip} -all')
        terms = [f'ip4:{ip}', 'mx', f'a:mail.{domain}', f'include:_spf.{domain}', f'ip4:198.19.0.0/24 ip4:198.19.1.0/24 ip4:{ip}']
        return f'v=spf1 {terms[number % len(terms)]} {last}'

    # Messages.

    def _scenario(self, kind, number):
        """A line of milter_load's file; the message and its part of DNS are written."""
        name, domain = f'{kind}.{number}', f'{kind}-{number}.example'
        clean, algorithm = kind.startswith('clean-'), 'ed25519' if kind == 'clean-ed25519' else 'rsa'
        ip = f'198.18.{list(COUNTS).index(kind)}.{number + 1}'
        self._publish(domain, self._spf(domain, ip, number, '~all' if clean else '-all'), algorithm, dmarc=kind != 'spf-fail')
        if kind in ('clean-ed25519', 'spf-fail') or (clean and number % 4 == 3):
            ip = f'198.19.100.{number + 1}'  # a forwarder's, or a stranger's
        if kind == 'listed':
            for zone in LISTS[:number % len(LISTS) + 1]:
                self._put_on_list(zone, ip)
        message = self._message(BANK if kind == 'dmarc-fail' else domain, name, algorithm, signed=clean or number % 2 == 1)
        if kind == 'dmarc-fail':
            message += b'This line came later.\r\n'
        path = self.folder / f'{name}.eml'
        path.write_bytes(message)
        self.verdicts[name] = 'accepted' if clean else 'refused'
        host = f'mail.{domain}'
        return '\t'.join([name, ip, host, host, f'ann@{domain}', 'bob@example.net', self.verdicts[name], str(path)]) + '\n'

    def _message(self, domain, name, algorithm, signed):
        text = HEADER.format(domain=domain, name=name, subject=' '.join(self.random.choices(WORDS, k=5)))
        size = self.random.randrange(*SIZES)
        while len(text) < size:
            text += ' '.join(self.random.choices(WORDS, k=12)) + '\n'
        message = text.replace('\n', '\r\n').encode()
        if not signed:
            return message
        return dkim.sign(message, b's1', domain.encode(), self.keys[algorithm][0], include_headers=SIGNED_FIELDS,
                         canonicalize=(b'relaxed', b'relaxed'), signature_algorithm=f'{algorithm}-sha256'.encode()) + message
