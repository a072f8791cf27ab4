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


if __name__ == '__main__':
    unittest.main()
