#!/usr/bin/python3
"""A log with something for every section of the report.

report_log.py [DAYS] > LOG              a week, or DAYS, of a small server; the same each time
report_log.py --distinct COUNT > LOG    COUNT refusals, no sender, client or recipient twice"""
import copy
import datetime
import json
import pathlib
import random
import sys

RELEASED = pathlib.Path(__file__).parent.parent / "replay/0.2.0/policy.jsonl"
POLICY = RELEASED.with_suffix(".yaml")
HOSTILE = '<script>alert("x")</script>.\u202eexample'
DOMAINS = ["shop.example", "news.example.org", "bank.example", "xn--bcher-kva.example",
           "a-long-subdomain-name-that-goes-on-and-on.mailing.customers.marketing.example", HOSTILE]
# Reason: rule, event, stage, weight.
REFUSALS = {
    "recipient-unknown": ("unknown-recipient", "reject", "rcpt", 30),
    "relay-denied": ("relay", "reject", "rcpt", 12),
    "rdns-missing": ("no-reverse-dns", "reject", "rcpt", 9),
    "rdns-mismatch": ("wrong-reverse-dns", "would-reject", "rcpt", 7),
    "helo-forged": ("helo-pretends-to-be-us", "reject", "rcpt", 4),
    "helo-invalid": ("bad-helo", "reject", "rcpt", 4),
    "sender-null-mx": ("sender-takes-no-mail", "reject", "rcpt", 3),
    "mailbox-full": ("full-mailbox", "defer", "rcpt", 2),
    "dmarc-reject": ("dmarc", "reject", "message", 6),
    "spf-fail": ("spf-without-dmarc", "would-reject", "message", 5),
    "sender-domain-missing": ("no-such-sender-domain", "reject", "rcpt", 2),
}
OVERLAPS = [(["zen"], 40), (["zen", "spamcop"], 25), (["spamcop"], 10), (["psbl", "zen"], 8), (["psbl"], 3),
            (["psbl", "spamcop", "zen"], 14)]


def weighted(chance, pairs):
    return chance.choices([pair[0] for pair in pairs], [pair[1] for pair in pairs])[0]


class Writer:
    """Records of the log of a release, made to say something else."""

    def __init__(self, out):
        lines = RELEASED.read_text(encoding="utf-8").splitlines()
        records = [json.loads(line) for line in lines]
        self.templates = {stage: next(record for record in records if record["stage"] == stage)
                          for stage in ("rcpt", "message")}
        self.out = out
        self.written = 0

    def write(self, when, event, sender, client, **more):
        """One record; `more`: reason, rule, rcpt, name, facts by group, why a group is unavailable, and any other key of the
        record."""
        stage = more.pop("stage", "rcpt")
        record = copy.deepcopy(self.templates[stage])
        self.written += 1
        number = f"{self.written:08d}"
        rcpt = more.pop("rcpt", "bob@example.net")
        name = more.pop("name", None)
        record.update(ts=when.strftime("%Y-%m-%dT%H:%M:%S.000Z"), event=event, ref="7R" + number, session="7S" + number,
                      mail_from=sender, client_ip=client, client_name=name, trace=[],
                      rcpt=[rcpt],
                      from_domain=sender.rpartition("@")[2] if stage == "message" else None)
        record["facts"]["client"].update(ip=client, name=name or "", fcrdns="pass" if name else "missing")
        for group, fields in more.pop("facts", {}).items():
            record["facts"][group] = record["facts"].get(group, {}) | fields
        for group, why in more.pop("unavailable", {}).items():
            self.unknown(record, group, why)
        if event not in ("accept", "mta-reject"):
            self.refuse(record, more["reason"], more["rule"], sender)
        record.update(more)
        self.out.write(json.dumps(record) + "\n")
        return record

    def unknown(self, record, group, why):
        """No field of the group is known."""
        record["facts"][group] = dict.fromkeys(self.templates["message"]["facts"][group])
        record["unavailable"] += [{"fact": f"{group}.{field}", "why": why, "owner": "world", "given_up": False}
                                  for field in record["facts"][group]]

    def refuse(self, record, reason, rule, sender):
        action = record["event"].removeprefix("would-")
        really = action == record["event"]
        record.update(code=550 if action == "reject" else 451, enhanced="5.7.1" if action == "reject" else "4.7.1",
                      actor="sender-admin", mode="enforce" if really else "monitor",
                      reply=[f"Example of {reason}: what the reply said about {sender.rpartition('@')[2][:30]}.",
                             "Admins: this line says what to do about it.",
                             f"See https://postmaster.example.net/550/{reason} ref={record['ref']}"])
        record["verdict"] = {"action": action if really else "pass", "rule": rule if really else None,
                             "reason": reason if really else None, "unknown": None}
        record["monitored"] = [] if really else [{"rule": rule, "action": action, "reason": reason}]


class Server:
    """What happens at a small mail server, by chance, but the same each time."""

    def __init__(self, out):
        self.chance = random.Random(550)
        self.writer = Writer(out)

    def client(self):
        chance = self.chance
        return chance.choice([f"192.0.2.{chance.randrange(40)}", f"2001:db8::{chance.randrange(1, 9):x}"])

    def message(self, when):
        chance = self.chance
        domain = chance.choice(DOMAINS)
        rcpt = f"user{chance.randrange(40)}@example.net"
        kind = chance.random()
        if kind < 0.45:
            self.writer.write(when, "accept", f"anna@{domain}", self.client(), stage="message", rcpt=rcpt, name="mx." + domain)
        elif kind < 0.60:
            self.listed(when, domain, rcpt)
        elif kind < 0.62:
            self.retried(when, domain, rcpt)
        elif kind < 0.64:
            self.trouble(when, domain, rcpt)
        else:
            self.refused(when, domain, rcpt)

    def listed(self, when, domain, rcpt):
        lists = weighted(self.chance, OVERLAPS)
        facts = {"listed": lists, "weight": 8 * len(lists), "codes": [f"{one}=127.0.0.2" for one in lists]}
        if self.chance.random() < 0.1:
            facts["problems"] = ["surbl: TIMEOUT for 192.0.2.1"]
        self.writer.write(when, "reject", f"offer{self.chance.randrange(9)}@{domain}", self.client(), reason="dnsbl-listed",
                          rule="blocklists", rcpt=rcpt, facts={"dnsbl": facts})

    def retried(self, when, domain, rcpt):
        sender = f"pool{self.chance.randrange(100)}@{domain}"
        self.writer.write(when, "reject", sender, "198.51.100.7", reason="rdns-missing", rule="no-reverse-dns", rcpt=rcpt)
        self.writer.write(when + datetime.timedelta(minutes=14), "accept", sender, "203.0.113.8", stage="message", rcpt=rcpt,
                          name="m8.pool.example")

    def trouble(self, when, domain, rcpt):
        unknown = {"spf": f"TXT {domain}: SERVFAIL"}
        record = {"reason": "spf-temperror", "rule": "spf-without-dmarc", "rcpt": rcpt, "unavailable": unknown}
        if self.chance.random() < 0.5:
            record |= {"verdict": {"action": "defer", "rule": record["rule"], "reason": record["reason"], "unknown": "spf.result"}}
            self.writer.write(when, "defer", f"anna@{domain}", self.client(), **record)
        else:
            self.writer.write(when, "accept", f"anna@{domain}", self.client(), unavailable=unknown)

    def refused(self, when, domain, rcpt):
        chance = self.chance
        reason = weighted(chance, [(one, row[3]) for one, row in REFUSALS.items()])
        rule, event, stage, _ = REFUSALS[reason]
        sender, facts = f"anna@{domain}", {}
        if reason == "dmarc-reject" and chance.random() < 0.3:
            facts = {"dkim": {"result": "pass", "passed": [domain]}, "dmarc": {"result": "pass", "aligned_by": ["dkim"]}}
        if reason == "recipient-unknown":
            sender = chance.choice([sender, sender, ""])
            facts = chance.choice([{}, {}, {"client": {"trusted": True, "authenticated": True, "user": "jane"}}])
            rcpt = f"{chance.choice(['info', 'sales', 'old.address', 'x' * 30])}@example.net"
            if chance.random() < 0.2:
                self.writer.write(when, "mta-reject", sender, self.client(), rcpt=rcpt, mta_text="5.1.1 <x>: User unknown")
                return
        self.writer.write(when, event, sender, self.client(), reason=reason, rule=rule, stage=stage, rcpt=rcpt, facts=facts)


def write_days(days, out):
    server = Server(out)
    when = datetime.datetime(2026, 11, 17)
    end = when + datetime.timedelta(days=days)
    while when < end:
        wave = 0.2 if when.day == 20 and 9 <= when.hour < 12 else 1
        when += datetime.timedelta(seconds=server.chance.expovariate(1 / (wave * (200 if 8 < when.hour < 19 else 600))))
        server.message(when)


def write_distinct(count, out):
    writer = Writer(out)
    start = datetime.datetime(2026, 11, 17)
    for i in range(count):
        name = f"{i:07d}-{'long' * 20}.example"
        writer.write(start + datetime.timedelta(seconds=i // 4), "reject", f"{i}@{name}", f"2001:db8:{i >> 16:x}:{i & 0xffff:x}::1",
                     reason="dnsbl-listed", rule="blocklists", rcpt=f"{i}@example.net", name=f"mx.{name}",
                     facts={"dnsbl": {"listed": ["zen"], "weight": 8},
                            "client": {"trusted": True, "authenticated": True, "user": f"user{i}"}})


if __name__ == "__main__":
    if sys.argv[1:2] == ["--distinct"]:
        write_distinct(int(sys.argv[2]), sys.stdout)
    else:
        write_days(int(sys.argv[1]) if len(sys.argv) > 1 else 7, sys.stdout)
