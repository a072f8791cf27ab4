"""What the two sides agree on before the first mail."""
import unittest

import milter_client as wire
from program import Served


class Negotiation(Served):
    def test_asks_to_see_recipients_that_the_mta_refused(self):
        client = self.client().negotiate()
        self.assertTrue(client.steps & wire.RCPT_REJ)

    def test_asks_for_header_values_as_they_are(self):
        self.assertTrue(self.client().negotiate().steps & wire.HDR_LEADSPC)

    def test_does_not_answer_where_it_has_nothing_to_say(self):
        steps = self.client().negotiate().steps
        self.assertEqual(steps & wire.NR_ALL, wire.NR_OURS)

    def test_takes_each_step_without_reply_by_itself(self):
        for offered in wire.NO_REPLY.values():
            steps = self.client().negotiate(steps=wire.RCPT_REJ | offered).steps
            self.assertEqual(steps & wire.NR_ALL, offered & wire.NR_OURS, hex(offered))

    def test_asks_for_no_action_beyond_header_edits(self):
        self.assertEqual(self.client().negotiate().actions, wire.ADDHDRS | wire.CHGHDRS | wire.SETSYMLIST)

    def test_asks_for_no_more_than_the_mta_offers(self):
        client = self.client().negotiate(actions=wire.ADDHDRS, steps=wire.RCPT_REJ)
        self.assertEqual((client.actions, client.steps), (wire.ADDHDRS, wire.RCPT_REJ))

    def test_asks_for_macros_stage_by_stage(self):
        symlists = self.client().negotiate().symlists
        self.assertIn('{daemon_name}', symlists['connect'])
        self.assertIn('{tls_version}', symlists['helo'])
        self.assertIn('{auth_authen}', symlists['mail'])
        for name in ('{rcpt_addr}', '{rcpt_mailer}', '{rcpt_host}'):
            self.assertIn(name, symlists['rcpt'])
        self.assertIn('i', symlists['eom'].split())

    def test_asks_for_no_macros_where_the_mta_cannot_send_lists(self):
        client = self.client().negotiate(actions=wire.ADDHDRS | wire.CHGHDRS)
        self.assertEqual(client.symlists, {})

    def test_a_session_without_no_reply_steps_gets_every_reply(self):
        client = self.client().negotiate(steps=wire.RCPT_REJ)
        self.assertEqual(client.connect().kind, 'c')
        self.assertEqual(client.helo().kind, 'c')
        self.assertEqual(client.mail().kind, 'c')
        self.assertEqual(client.rcpt().kind, 'c')
        self.assertEqual(client.header('From', 'a@example.org').kind, 'c')
        self.assertEqual(client.end_of_headers().kind, 'c')
        self.assertEqual(client.body('x\r\n').kind, 'c')
        self.assertEqual(client.end_of_message().kind, 'c')

    def test_only_the_steps_that_the_mta_offers_go_without_reply(self):
        client = self.client().greet(steps=wire.ALL_STEPS & ~wire.NR_EOH)
        self.assertFalse(client.steps & wire.NR_EOH)
        client.mail()
        self.assertEqual(client.rcpt().kind, 'c')
        client.header('From', 'a@example.org')
        self.assertEqual(client.end_of_headers().kind, 'c')
        self.assertEqual(client.end_of_message().kind, 'c')

    def test_a_missing_macro_is_said_once(self):
        for _ in range(3):
            client = self.client().greet()
            client.message()
            client.message()
        self.assertEqual(self.program.said('does not send the macro {rcpt_addr}'), 1)

    def test_a_private_client_that_is_not_trusted_is_said_once(self):
        for ip in ('172.18.0.1', '172.18.0.1', '192.0.2.1', '127.0.0.1'):
            client = self.client().greet(ip=ip)
            client.mail()
            client.rcpt()
            client.rcpt()
        self.assertEqual(self.program.said('warning: mail comes from the private address 172.18.0.1,'), 1)
        self.assertEqual(self.program.said('warning: mail comes from the private address'), 1)

    def test_a_private_client_that_logged_in_is_a_user(self):
        client = self.client().greet(ip='172.18.0.2')
        client.macros('M', auth_authen='jane')
        client.mail()
        client.rcpt()
        self.assertEqual(self.program.said('private address 172.18.0.2,'), 0)


if __name__ == '__main__':
    unittest.main()
