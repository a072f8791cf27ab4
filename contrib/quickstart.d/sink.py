"""Where mail ends up: a server that takes every message by SMTP or LMTP and keeps it as it came.

    with Sink() as sink: ... sink.port ... sink.messages[0].octets
"""
import dataclasses
import socketserver
import threading


@dataclasses.dataclass
class Message:
    sender: str
    recipients: list
    octets: bytes  # as sent in DATA, dots unstuffed, lines end in CRLF


class _Conversation(socketserver.StreamRequestHandler):
    GREETING = {'EHLO', 'LHLO', 'HELO'}

    def say(self, *lines):
        for number, line in enumerate(lines, 1):
            self.wfile.write(f'250{" " if number == len(lines) else "-"}{line}\r\n'.encode())

    def handle(self):
        self.wfile.write(b'220 sink\r\n')
        self.lmtp, self.sender, self.recipients = False, '', []
        while line := self.rfile.readline():
            if not self.answer(line.decode('utf-8', 'replace').strip()):
                return

    def answer(self, line):
        """False when the conversation has ended."""
        verb = line[:4].upper()
        if verb in self.GREETING:
            self.lmtp = verb == 'LHLO'
            self.say('sink', 'PIPELINING', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES')
        elif verb == 'MAIL':
            self.sender, self.recipients = _path(line), []
            self.say('2.1.0 Ok')
        elif verb == 'RCPT':
            self.recipients.append(_path(line))
            self.say('2.1.5 Ok')
        elif verb == 'DATA':
            self.take()
        elif verb == 'QUIT':
            self.wfile.write(b'221 2.0.0 Bye\r\n')
            return False
        else:
            self.say('2.0.0 Ok')
        return True

    def take(self):
        self.wfile.write(b'354 Go on\r\n')
        octets = []
        while (line := self.rfile.readline()) not in (b'.\r\n', b''):
            octets.append(line[1:] if line.startswith(b'.') else line)
        self.server.keep(Message(self.sender, self.recipients, b''.join(octets)))
        for _ in self.recipients if self.lmtp else [None]:  # LMTP answers for each recipient
            self.say('2.0.0 Kept')


def _path(line):
    return line.partition('<')[2].partition('>')[0]


class Sink(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port=0):
        super().__init__(('127.0.0.1', port), _Conversation)
        self.port = self.server_address[1]
        self.messages = []
        self._changed = threading.Condition()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def keep(self, message):
        with self._changed:
            self.messages.append(message)
            self._changed.notify_all()

    def wait_for(self, wanted, seconds=30):
        """The first message for which wanted(message) is true, or None when the time is over."""
        def find():
            return next((message for message in self.messages if wanted(message)), None)
        with self._changed:
            self._changed.wait_for(find, seconds)
            return find()
