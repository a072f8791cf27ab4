"""What others can make us ask: the table of README.md, measured. Each row plays a hostile client before a name server that
counts, and must not ask more than the table says."""
import pathlib
import re
import unittest

from counting_dns import CountingDns
from program import Program, until

TABLE = pathlib.Path(__file__).resolve().parent / 'README.md'

# Asks for everything that can be asked.
POLICY = '''
version: 1
site: {name: mx1.example.net}
domains: {local: [example.net], relay: []}
trusted: {networks: [127.0.0.0/8], authenticated: true}
lists:
  - {id: bl, name: the list, zone: bl.test, codes: {127.0.0.2: {means: spam, weight: 8}}}
  - {id: names, name: of senders, zone: dbl.test, of: sender-domain, codes: {127.0.1.2: {means: spam, weight: 8}}}
rules:
  - {id: relay, at: rcpt, when: {recipient.ours: false, client.trusted: false}, reject: relay-denied}
  - {id: rdns, at: rcpt, when: {client.trusted: false, client.fcrdns: [missing, mismatch]}, reject: rdns-missing, if_unknown: skip, mode: monitor}
  - {id: listed, at: rcpt, when: {client.trusted: false, dnsbl.weight: ">= 8"}, reject: dnsbl-listed, if_unknown: skip, mode: monitor}
  - {id: sender, at: rcpt, when: {client.trusted: false, sender.mail_host: false}, reject: sender-domain-missing, if_unknown: skip, mode: monitor}
  - {id: spf, at: rcpt, when: {spf.result: [fail, permerror]}, reject: spf-fail, if_unknown: skip, mode: monitor}
  - {id: helo-spf, at: rcpt, when: {spf.helo_result: fail}, reject: spf-fail, if_unknown: skip, mode: monitor}
  - {id: dmarc, at: message, when: {dmarc.disposition: reject}, reject: dmarc-reject, if_unknown: skip, mode: monitor}
'''
SIGNATURE = ' v=1; a=rsa-sha256; d=s{0}.sign.test; s=k; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA'


def hostile(name, kind):
    """Every name exists, and leads to as many others as it can."""
    if name.endswith('.bl.test') or name.endswith('.dbl.test'):
        listed = {'2.0.0.127.bl.test': ['127.0.0.2'], 'test.dbl.test': ['127.0.1.2']}
        return listed.get(name)
    if kind == 'PTR':
        return [f'h{i}.{name.split(".")[0]}.ptr.test.' for i in range(1000)]
    if kind == 'MX':
        return [f'10 m{i}.{name}.' for i in range(50)]
    if kind == 'TXT' and not name.startswith('_') and '_domainkey' not in name:
        # Five of mx, each with 50 exchangers, and five includes, which do so again.
        record = 'v=spf1 ' + ' '.join(f'mx:x{i}.{name} include:i{i}.{name}' for i in range(5)) + ' -all'
        return [' '.join(f'"{record[i:i + 255]}"' for i in range(0, len(record), 255))]
    return {'A': ['192.0.2.99'], 'AAAA': ['2001:db8::99'], 'TXT': ['"nothing"']}.get(kind, [])


class Questions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dns = CountingDns(hostile)
        cls.program = Program(zone=None, policy=POLICY, config=f'resolvers: ["127.0.0.1:{cls.dns.port()}"]\n')
        cls.settle()
        cls.number = 0

    @classmethod
    def tearDownClass(cls):
        cls.program.end()
        cls.dns.close()

    @classmethod
    def settle(cls):
        """Nothing was asked for a while."""
        seen = []
        until(lambda: seen.append(len(cls.dns.asked)) or len(seen) > 20 and seen[-1] == seen[-20], 'a quiet name server')

    def session(self):
        """A client from a network of its own, with names of its own."""
        type(self).number += 1
        client = self.program.client()
        self.addCleanup(client.socket.close)
        client.negotiate()
        client.connect(f'198.51.{self.number}.1', 'unknown')
        client.helo(f'helo{self.number}.test')
        return client

    def domain(self):
        type(self).number += 1
        return f'd{self.number}.test'

    def message(self, client, headers):
        for name, value in headers:
            client.header(name, value)
        client.end_of_headers()
        client.body(b'hello\r\n')
        return client.end_of_message()

    def count(self, row, play):
        """Plays it, and compares what was asked with the number in the row of the table that begins with `row`."""
        self.settle()
        before = len(self.dns.asked)
        play()
        self.settle()
        asked = len(self.dns.asked) - before
        print(f'{row}: {asked}')
        written = re.search(rf'^\| {re.escape(row)} \| (\d+) \|', TABLE.read_text(), re.M)
        self.assertTrue(written, f'{TABLE.name} has no row "{row}"')
        self.assertLessEqual(asked, int(written[1]), row)
        self.assertGreaterEqual(asked, int(written[1]) * 0.9, f'{row}: the table says more than is asked')

    def test_ehlo(self):
        self.count('an EHLO of a client with 1,000 PTR names', self.session)

    def test_ehlos(self):
        def play():
            client = self.session()
            for i in range(100):
                client.helo(f'again{i}.test')
        self.count('100 EHLOs of one session', play)

    def test_mail(self):
        client = self.session()
        self.count('a MAIL of a domain with an SPF bomb and 50 exchangers', lambda: client.mail(f'<a@{self.domain()}>'))

    def test_mails(self):
        client = self.session()

        def play():
            for _ in range(100):
                client.mail(f'<a@{self.domain()}>')
                client.abort()
        self.count('100 times MAIL and RSET in one session', play)

    def test_recipients(self):
        client = self.session()

        def play():
            client.mail(f'<a@{self.domain()}>')
            for i in range(100):
                client.rcpt(f'<b{i}@example.net>')
        self.count('that MAIL and 100 recipients', play)

    def test_signatures(self):
        client = self.session()
        client.mail('<>')
        self.assertEqual(client.rcpt().kind, 'c')
        headers = [('DKIM-Signature', SIGNATURE.format(f'{self.number}x{i}')) for i in range(50)]
        self.count('a message with 50 signatures', lambda: self.message(client, [*headers, ('From', f'a@{self.domain()}')]))

    def test_everything(self):
        def play():
            client = self.session()
            client.mail(f'<a@{self.domain()}>')
            for i in range(100):
                client.rcpt(f'<b{i}@example.net>')
            headers = [('DKIM-Signature', SIGNATURE.format(f'{self.number}y{i}')) for i in range(50)]
            self.message(client, [*headers, ('From', f'a@a.b.c.d.e.f.g.h.i.j.{self.domain()}')])
        self.count('all of that in one message', play)


if __name__ == '__main__':
    unittest.main()
