"""A mail server that sends, step by step, and keeps every reply line exactly as it came."""
import re
import socket


class Talk:
    """One SMTP session. `transcript` has what was said: ('C', line) and ('S', line)."""

    def __init__(self, port, source=None, host='127.0.0.1', seconds=60):
        self.socket = socket.create_connection((host, port), seconds, (source, 0) if source else None)
        self.stream = self.socket.makefile('rb')
        self.transcript = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()
        self.socket.close()

    def reply(self):
        """The lines of one reply; raises ConnectionError when the server hangs up."""
        lines = []
        while not lines or lines[-1][3:4] == '-':
            line = self.stream.readline()
            if not line:
                raise ConnectionError('the server closed the connection')
            lines.append(line.decode('utf-8', 'replace').rstrip('\r\n'))
            self.transcript.append(('S', lines[-1]))
        return lines

    def command(self, line):
        self.transcript.append(('C', line))
        self.socket.sendall(line.encode('utf-8', 'surrogateescape') + b'\r\n')
        return self.reply()

    def pretend(self, ip, name=None):
        """Postfix only: from here on we are this client (XCLIENT)."""
        self.reply()
        self.command('EHLO pretending.example')
        address = ('IPV6:' if ':' in ip else '') + ip
        lines = self.command(f'XCLIENT ADDR={address} NAME={name or "[UNAVAILABLE]"}')
        self.transcript.clear()  # the conversation begins anew with this greeting
        self.transcript += [('S', line) for line in lines]
        return lines

    def message(self, octets):
        """DATA and the message; the reply to whichever was answered last."""
        go_on = self.command('DATA')
        if not go_on[0].startswith('354'):
            return go_on
        self.transcript.append(('C', '(the message)'))
        self.socket.sendall(wire_form(octets) + b'.\r\n')
        return self.reply()

    def send(self, sender, recipients, octets):
        """One whole transaction; the reply that decided: a refusal, or the one to the message."""
        answer = self.command(f'MAIL FROM:<{sender}>')
        if not positive(answer):
            return answer
        answers = [self.command(f'RCPT TO:<{recipient}>') for recipient in recipients]
        if not any(map(positive, answers)):
            return answers[-1]
        return self.message(octets)


def positive(lines):
    return lines[-1][:1] in '23'


def with_crlf(octets):
    return re.sub(rb'\r?\n', b'\r\n', octets)


def wire_form(octets):
    """Lines end in CRLF, dots at their start are doubled."""
    octets = with_crlf(octets)
    if not octets.endswith(b'\r\n'):
        octets += b'\r\n'
    return re.sub(rb'(?m)^\.', b'..', octets)
