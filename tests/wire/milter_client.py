"""The MTA's side of the milter protocol, version 6, as Postfix and Sendmail speak it: enough to try a filter with.

A client sends what it is told to send, also what no MTA would. It knows from the negotiation which commands have no
reply (the NR steps), and reads the replies of the others."""
import socket
import struct

# What the filter may do (SMFIF_*) and how the conversation goes (SMFIP_*): libmilter/mfdef.h.
ADDHDRS, CHGHDRS, SETSYMLIST = 0x01, 0x10, 0x100
ALL_ACTIONS = 0x1ff
NOUNKNOWN, NODATA, RCPT_REJ = 0x100, 0x200, 0x800
NR_CONN, NR_HELO, NR_MAIL, NR_RCPT, NR_DATA = 0x1000, 0x2000, 0x4000, 0x8000, 0x10000
NR_HDR, NR_UNKN, NR_EOH, NR_BODY = 0x80, 0x20000, 0x40000, 0x80000
HDR_LEADSPC = 0x100000
ALL_STEPS = 0x1fffff
NR_ALL = NR_CONN | NR_HELO | NR_MAIL | NR_RCPT | NR_DATA | NR_HDR | NR_UNKN | NR_EOH | NR_BODY
NR_OURS = NR_CONN | NR_HDR | NR_EOH | NR_BODY  # Postfix keeps back what has no reply, and HELO and MAIL must come early
NO_REPLY = {'C': NR_CONN, 'H': NR_HELO, 'M': NR_MAIL, 'R': NR_RCPT, 'T': NR_DATA, 'L': NR_HDR, 'N': NR_EOH,
            'B': NR_BODY, 'U': NR_UNKN}
SYMLIST_STAGES = ['connect', 'helo', 'mail', 'rcpt', 'data', 'eom', 'eoh']


class Gone(Exception):
    """The filter closed the connection."""


HUNG_UP = (Gone, BrokenPipeError, ConnectionResetError)  # how one learns of it, in reading or in writing


def octets(value):
    return value if isinstance(value, bytes) else value.encode()


def zero(value):
    return octets(value) + b'\0'


class Reply:
    """One answer: `kind` is the protocol's letter, 'c' continue, 'y' reply text, 'r' reject, 't' tempfail."""

    def __init__(self, kind, data, edits=()):
        self.kind, self.data, self.edits = kind, data, list(edits)

    def lines(self):
        """The SMTP lines of a 'y' reply as the MTA would send them: '%%' is '%' again."""
        assert self.kind == 'y', f'{self.kind} is no text reply'
        assert self.data.endswith(b'\0')
        return self.data[:-1].decode('ascii').replace('%%', '%').split('\r\n')

    def code(self):
        return int(self.data[:3]) if self.kind == 'y' else None

    def __repr__(self):
        return f'Reply({self.kind}, {self.data!r}, {self.edits})'


class MilterClient:
    """address: ('127.0.0.1', 1234) or a path."""

    def __init__(self, address, timeout=60):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        try:
            self.socket.connect(address)
        except OSError:
            self.socket.close()
            raise
        if family == socket.AF_INET:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.steps = self.actions = 0
        self.symlists = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    # Packets.

    def send_raw(self, data):
        self.socket.sendall(data)

    def send(self, command, data=b''):
        self.send_raw(struct.pack('!I', len(data) + 1) + command.encode() + data)

    def _exactly(self, count):
        data = b''
        while len(data) < count:
            try:
                piece = self.socket.recv(count - len(data))
            except (ConnectionResetError, BrokenPipeError) as error:
                raise Gone() from error
            if not piece:
                raise Gone()
            data += piece
        return data

    def receive(self):
        length, = struct.unpack('!I', self._exactly(4))
        data = self._exactly(length)
        return Reply(chr(data[0]), data[1:])

    def _answer(self, command):
        if self.steps & NO_REPLY.get(command, 0):
            return None
        return self.receive()

    def closed(self):
        """Whether the filter hangs up."""
        try:
            self.receive()
            return False
        except Gone:
            return True

    # Commands.

    def negotiate(self, actions=ALL_ACTIONS, steps=ALL_STEPS, version=6):
        self.send('O', struct.pack('!III', version, actions, steps))
        reply = self.receive()
        assert reply.kind == 'O', reply
        self.agreed = struct.pack('!I', len(reply.data) + 1) + b'O' + reply.data  # the packet
        self.version, self.actions, self.steps = struct.unpack('!III', reply.data[:12])
        rest = reply.data[12:]
        while rest:
            stage, = struct.unpack('!I', rest[:4])
            names, rest = rest[4:].split(b'\0', 1)
            self.symlists[SYMLIST_STAGES[stage]] = names.decode()
        return self

    def macros(self, command, **named):
        """macros('R', rcpt_addr='x', i='4F')"""
        pairs = b''.join(zero(name if len(name) == 1 else '{%s}' % name) + zero(value)
                         for name, value in named.items())
        self.send('D', command.encode() + pairs)

    def connect(self, ip='192.0.2.1', name='mail.example.org', port=40000):
        if ip is None:
            self.send('C', zero(name) + b'U')
        elif ip.startswith('/'):
            self.send('C', zero(name) + b'L' + struct.pack('!H', 0) + zero(ip))
        else:
            self.send('C', zero(name) + (b'6' if ':' in ip else b'4') + struct.pack('!H', port) + zero(ip))
        return self._answer('C')

    def helo(self, name='mail.example.org'):
        self.send('H', zero(name))
        return self._answer('H')

    def mail(self, path='<a@example.org>', *arguments):
        self.send('M', b''.join(zero(argument) for argument in (path, *arguments)))
        return self._answer('M')

    def rcpt_later(self, path='<b@example.net>', mailer=None, host=None, address=None, queue_id=None):
        macros = {'rcpt_mailer': mailer, 'rcpt_host': host, 'rcpt_addr': address, 'i': queue_id}
        macros = {name: value for name, value in macros.items() if value is not None}
        if macros:
            self.macros('R', **macros)
        self.send('R', zero(path))

    def rcpt(self, path='<b@example.net>', **macros):
        self.rcpt_later(path, **macros)
        return self._answer('R')

    def header(self, name, value):
        """`value` without the space after the colon; it is sent as negotiated."""
        lead = b' ' if self.steps & HDR_LEADSPC else b''
        self.send('L', zero(name) + zero(lead + octets(value)))
        return self._answer('L')

    def end_of_headers(self):
        self.send('N')
        return self._answer('N')

    def body(self, data):
        self.send('B', octets(data))
        return self._answer('B')

    def end_of_message(self, queue_id='4FQUEUED'):
        self.macros('E', i=queue_id)
        self.send('E')  # never with the rest of the body: MTAs do not, and libmilter would not answer
        edits = []
        while True:
            reply = self.receive()
            if reply.kind in 'hmi':
                edits.append(reply)
            elif reply.kind != 'p':  # 'p': progress
                reply.edits = edits
                return reply

    def abort(self):
        self.send('A')

    def quit(self):
        self.send('Q')

    # Several at once.

    def greet(self, ip='192.0.2.1', helo='mail.example.org', **negotiation):
        self.negotiate(**negotiation)
        self.connect(ip)
        self.helo(helo)
        return self

    def data(self, headers=(('From', 'a@example.org'), ('Subject', 'x')), body='hello\r\n'):
        for name, value in headers:
            self.header(name, value)
        self.end_of_headers()
        if body:
            self.body(body)
        return self.end_of_message()

    def message(self, sender='<a@example.org>', recipient='<b@example.net>', **content):
        """A whole message; the recipient must be accepted."""
        self.mail(sender)
        reply = self.rcpt(recipient)
        assert reply.kind == 'c', reply
        return self.data(**content)


def edit(reply):
    """(index, name, value) of an 'i' (insert) or 'm' (change) packet."""
    index, = struct.unpack('!I', reply.data[:4])
    name, value = reply.data[4:].split(b'\0')[:2]
    return index, name.decode(), value.decode()
