"""A name server on loopback that counts what it is asked, over UDP and TCP. `answer(name, type)` returns records as text, an
empty list for NODATA, or None for NXDOMAIN."""
import socket
import struct
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

UDP_PAYLOAD = 1232


class CountingDns:
    def __init__(self, answer):
        self.answer = answer
        self.asked = []  # "TXT example.org": each message but those that repeat a truncated one over TCP
        self.tcp = socket.create_server(('127.0.0.1', 0), backlog=100)
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.udp.bind(('127.0.0.1', self.port()))
        for serve in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def port(self):
        return self.tcp.getsockname()[1]

    def close(self):
        for server in (self.tcp, self.udp):
            server.close()

    def reply(self, packet):
        query = dns.message.from_wire(packet)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        reply = dns.message.make_response(query, recursion_available=True)
        records = self.answer(name, kind)
        if records is None:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        elif records:
            reply.answer.append(dns.rrset.from_text(question.name, 300, 'IN', kind, *records))
        return f'{kind} {name}', reply

    def serve_udp(self):
        while True:
            try:
                packet, client = self.udp.recvfrom(4096)
            except OSError:
                return
            asked, reply = self.reply(packet)
            self.asked.append(asked)
            octets = reply.to_wire(max_size=65535)
            if len(octets) > UDP_PAYLOAD:
                reply.answer.clear()
                reply.flags |= dns.flags.TC
                octets = reply.to_wire()
            self.udp.sendto(octets, client)

    def serve_tcp(self):
        while True:
            try:
                connection, _ = self.tcp.accept()
            except OSError:
                return
            threading.Thread(target=self.serve_connection, args=(connection,), daemon=True).start()

    def serve_connection(self, connection):
        with connection, connection.makefile('rwb') as stream:
            while head := stream.read(2):
                octets = self.reply(stream.read(struct.unpack('!H', head)[0]))[1].to_wire(max_size=65535)
                stream.write(struct.pack('!H', len(octets)) + octets)
                stream.flush()
