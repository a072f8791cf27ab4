"""A name server on loopback that answers every question after DELAY."""
import socket
import threading
import time

import dns.message
import dns.rcode
import dns.rrset

DELAY = 0.020


class SlowDns:
    """records: {(name, type): data}. Its own work is not counted as delay: `answered` has when each answer left."""

    def __init__(self, records):
        self.records = records
        self.asked, self.answered = [], []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(('127.0.0.1', 0))
        threading.Thread(target=self.serve, daemon=True).start()

    def port(self):
        return self.socket.getsockname()[1]

    def serve(self):
        while True:
            try:
                packet, client = self.socket.recvfrom(4096)
            except OSError:
                return
            threading.Timer(DELAY, self.answer, (packet, client)).start()

    def answer(self, packet, client):
        question = dns.message.from_wire(packet)
        asked = question.question[0]
        key = (asked.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(asked.rdtype))
        self.asked.append(key)
        reply = dns.message.make_response(question, recursion_available=True)
        if key in self.records:
            reply.answer.append(dns.rrset.from_text(asked.name, 300, 'IN', key[1], self.records[key]))
        elif not any(name == key[0] for name, _ in self.records):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        octets = reply.to_wire()
        self.answered.append(time.monotonic())
        self.socket.sendto(octets, client)


def world(session):
    """What DNS holds for one session: 198.51.100.N is mail.sN.test, which SPF reaches by an include."""
    ip, reverse, name = f'198.51.100.{session}', f'{session}.100.51.198.in-addr.arpa', f's{session}.test'
    return {(reverse, 'PTR'): f'mail.{name}.', (f'mail.{name}', 'A'): ip, (name, 'MX'): f'10 mail.{name}.',
            (name, 'A'): ip, (name, 'TXT'): f'"v=spf1 include:spf.{name} -all"',
            (f'spf.{name}', 'TXT'): f'"v=spf1 ip4:{ip} -all"', (f'_dmarc.{name}', 'TXT'): '"v=DMARC1; p=reject"'}


def worlds(sessions):
    """Those of sessions 1 to `sessions`, and a blocklist that is well."""
    out = {('2.0.0.127.bl.test', 'A'): '127.0.0.2'}
    for session in range(1, sessions + 1):
        out.update(world(session))
    return out


# Asks for everything that can be asked of a session.
POLICY = '''
version: 1
site: {name: mx1.example.net}
domains: {local: [example.net], relay: []}
trusted: {networks: [127.0.0.0/8], authenticated: true}
lists:
  - {id: bl, name: the list, zone: bl.test, codes: {127.0.0.2: {means: spam, weight: 8}}}
rules:
  - {id: relay, at: rcpt, when: {recipient.ours: false, client.trusted: false}, reject: relay-denied}
  - {id: rdns, at: rcpt, when: {client.trusted: false, client.fcrdns: [missing, mismatch]}, reject: rdns-missing, if_unknown: defer}
  - {id: listed, at: rcpt, when: {dnsbl.weight: ">= 8"}, reject: dnsbl-listed, if_unknown: defer}
  - {id: sender, at: rcpt, when: {client.trusted: false, sender.exists: false}, reject: sender-domain-missing, if_unknown: defer}
  - {id: spf, at: rcpt, when: {spf.result: fail}, reject: spf-fail, if_unknown: defer}
  - {id: dmarc, at: message, when: {dmarc.disposition: reject}, reject: dmarc-reject, if_unknown: defer}
'''
