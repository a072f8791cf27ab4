"""Sessions of every kind, for the records of the tests and the logs of each version.

As a program: sessions.py FIVEFIFTY SOURCE POLICY > LOG writes the records that a policy makes of them."""
import pathlib
import subprocess
import sys
import tempfile

import yaml

GOOD = {"ip": "192.0.2.25", "helo": "mail.example.org", "from": "ann@example.org", "rcpt": ["bob@example.net"]}
HELLO = "From: Ann <ann@example.org>\r\nTo: bob@example.net\r\nSubject: Hello\r\n\r\nHello Bob\r\n"


def message_from(domain):
    return HELLO.replace("ann@example.org", "ann@" + domain)


def sessions(source):
    """Dictionaries of the options of `try`; `message` is the text of its file."""
    cases = yaml.safe_load((source / "tests/cases/dkim.yaml").read_text(encoding="utf-8"))
    signed = cases["tests"][0]["session"]["message"]
    return [
        GOOD,
        GOOD | {"message": HELLO},
        GOOD | {"message": signed},
        GOOD | {"ip": "2001:db8::25", "from": ""},
        GOOD | {"rcpt": ["carol@elsewhere.test"]},
        GOOD | {"rcpt": ["nobody@example.net", "bob@example.net"], "message": HELLO},
        GOOD | {"rcpt": ["postmaster@example.net"], "ip": "192.0.2.66"},
        GOOD | {"ip": "192.0.2.66", "helo": "mail.spammer.test", "from": "win@spammer.test"},
        GOOD | {"ip": "192.0.2.99", "helo": "nowhere.test"},
        GOOD | {"ip": "192.0.2.40", "helo": "liar.example.org"},
        GOOD | {"ip": "192.0.2.50"},
        GOOD | {"helo": "mx1.example.net"},
        GOOD | {"helo": "not a name!"},
        GOOD | {"from": "ann@missing.test"},
        GOOD | {"from": "ann@null.test"},
        GOOD | {"ip": "192.0.2.30", "helo": "mail.slow.test", "from": "a@slow.test", "message": message_from("slow.test")},
        GOOD | {"from": "a@strict.test", "message": message_from("strict.test")},
        GOOD | {"from": "a@nodmarc.test", "message": message_from("nodmarc.test")},
        GOOD | {"ip": "127.0.0.1", "rcpt": ["carol@elsewhere.test"], "message": HELLO},
        GOOD | {"auth": "jane", "rcpt": ["carol@elsewhere.test"]},
        GOOD | {"from": "\x1b[2J\u00e9\"@example.org", "helo": "x" * 2000},
    ]


def zone(source, folder):
    """The file of the sessions' DNS: zone.yaml and the key of the signed message."""
    world = yaml.safe_load((source / "tests/replay/zone.yaml").read_text(encoding="utf-8"))
    world |= yaml.safe_load((source / "tests/cases/dkim.yaml").read_text(encoding="utf-8"))["zone"]
    path = pathlib.Path(folder) / "zone.yaml"
    path.write_text(yaml.safe_dump(world), encoding="utf-8")
    return path


def lines(program, source, policy):
    """The log lines of all sessions."""
    out = []
    with tempfile.TemporaryDirectory() as folder:
        world = zone(source, folder)
        for session in sessions(source):
            command = [program, "try", "--json", f"--zone={world}", f"--policy={policy}"]
            for option, value in session.items():
                if option == "message":
                    (pathlib.Path(folder) / "mail.eml").write_bytes(value.encode())
                    value = f"{folder}/mail.eml"
                for one in value if isinstance(value, list) else [value]:
                    command.append(f"--{option}={one}")
            out += subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return out


if __name__ == "__main__":
    print("\n".join(lines(sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), sys.argv[3])))
