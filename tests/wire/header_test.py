"""What happens to the headers of accepted mail."""
import unittest

import milter_client as wire
from program import Served


class HeaderEdits(Served):
    def accept(self, headers, **negotiation):
        client = self.client().greet(**negotiation)
        reply = client.message(headers=headers)
        self.assertEqual(reply.kind, 'c')
        return [(packet.kind, *wire.edit(packet)) for packet in reply.edits]

    def test_results_are_inserted_above_everything_with_a_leading_space(self):
        (kind, index, name, value), = self.accept([('From', 'a@example.org')])
        self.assertEqual((kind, index, name), ('i', 0, 'Authentication-Results'))
        self.assertTrue(value.startswith(' mx1.example.net;'), value)
        self.assertIn('spf=pass', value)

    def test_without_leading_space_the_mta_adds_its_own(self):
        (_, _, _, value), = self.accept([('From', 'a@example.org')], steps=wire.ALL_STEPS & ~wire.HDR_LEADSPC)
        self.assertTrue(value.startswith('mx1.example.net;'), value)

    def test_forged_results_go_from_the_highest_down_before_ours_comes(self):
        forged = ('Authentication-Results', 'mx1.example.net; spf=pass')
        other = ('Authentication-Results', 'mx.elsewhere.example; spf=pass')
        edits = self.accept([forged, other, ('From', 'a@example.org'), forged,
                             ('authentication-RESULTS', '(x) MX1.example.net; spf=pass')])
        self.assertEqual([(kind, index) for kind, index, _, _ in edits], [('m', 4), ('m', 3), ('m', 1), ('i', 0)])
        self.assertTrue(all(value == '' for _, _, _, value in edits[:3]), 'an empty value removes')

    def test_trusted_mail_carries_no_claims_but_loses_forged_ones(self):
        client = self.client().greet(ip='127.0.0.1')
        reply = client.message(headers=[('Authentication-Results', 'mx1.example.net; spf=pass')])
        self.assertEqual([packet.kind for packet in reply.edits], ['m'])

    def test_lines_of_an_inserted_field_end_as_the_protocol_wants(self):
        (_, _, _, value), = self.accept([('From', 'a@example.org')])
        self.assertNotIn('\r', value)
        self.assertTrue(all(line[:1] in ' \t' for line in value.split('\n')[1:]), value)


class OurNames(Served):
    """Ids of ours beside the one that we write."""
    OPTIONS = {'config': """headers:
  authserv_id: mail.example.net
  also_ours: [mx1.example.net, mx2.example.net]
  relays: [198.51.100.0/24]
  received_spf: true"""}
    HEADERS = [('Authentication-Results', 'mail.example.net; spf=pass'),
               ('Authentication-Results', 'mx2.example.net; dkim=pass'),
               ('Authentication-Results', 'other.example; dkim=pass'),
               ('Received-SPF', 'pass (mail.example.net: domain of a@bank.example)'),
               ('Received-SPF', 'pass receiver=other.example'),
               ('From', 'a@example.org')]

    def edits(self, ip):
        reply = self.client().greet(ip=ip).message(headers=self.HEADERS)
        self.assertEqual(reply.kind, 'c')
        return [(packet.kind, *wire.edit(packet)) for packet in reply.edits]

    def removed(self, ip):
        return [(name, index) for kind, index, name, _ in self.edits(ip) if kind == 'm']

    def test_a_stranger_brings_none_of_them(self):
        self.assertEqual(self.removed('192.0.2.1'), [('Authentication-Results', 2), ('Authentication-Results', 1),
                                                     ('Received-SPF', 1)])

    def test_a_relay_of_ours_brings_those_of_our_other_servers_and_not_our_own(self):
        self.assertEqual(self.removed('198.51.100.7'), [('Authentication-Results', 1), ('Received-SPF', 1)])

    def test_a_trusted_client_is_no_relay(self):
        self.assertEqual(len(self.removed('127.0.0.1')), 3)

    def test_ours_are_written_in_the_name_that_was_given(self):
        values = [value for kind, _, name, value in self.edits('192.0.2.1') if kind == 'i']
        self.assertTrue(any(value.startswith(' mail.example.net;') for value in values), values)
        self.assertTrue(any('receiver=mail.example.net' in value for value in values), values)


class NoReceivedSpf(Served):
    def test_where_we_write_none_those_of_others_stay(self):
        reply = self.client().greet().message(headers=[('Received-SPF', 'pass receiver=mx1.example.net'),
                                                       ('From', 'a@example.org')])
        self.assertEqual([packet.kind for packet in reply.edits], ['i'])


if __name__ == '__main__':
    unittest.main()
