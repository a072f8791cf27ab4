"""Connections, messages and recipients: what is kept for how long, and what is never an answer."""
import unittest

from program import Served


class Addresses(Served):
    def test_a_client_without_address_is_trusted_only_when_the_mta_calls_it_localhost(self):
        for name, kind in (('localhost', 'c'), ('unknown', 'y')):
            client = self.client().negotiate()
            client.connect(ip=None, name=name)
            client.helo()
            client.mail()
            self.assertEqual(client.rcpt('<x@elsewhere.example>').kind, kind, name)
            self.assertIsNone(self.last()['client_ip'])

    def test_a_client_on_a_unix_socket_has_no_address(self):
        client = self.client().negotiate()
        client.connect(ip='/run/somewhere', name='localhost')
        client.helo()
        self.assertEqual(client.message().kind, 'c')
        self.assertIsNone(self.last()['client_ip'])

    def test_an_address_of_version_6_is_logged_in_its_short_form(self):
        self.client().greet(ip='IPv6:2001:db8:0:0:0:0:0:5').message()
        self.assertEqual(self.last()['client_ip'], '2001:db8::5')

    def test_the_port_of_the_client_is_logged(self):
        """With it, a provider finds the customer behind an address that many share (RFC 6302)."""
        client = self.client().negotiate()
        client.connect(port=54321)
        client.helo()
        client.message()
        self.assertEqual(self.last()['client_port'], 54321)

    def test_the_connection_before_xclient_passes_and_leaves_no_record(self):
        """Postfix opens the second connection before it ends the first, from 127.0.0.1."""
        before = len(self.program.records())
        first = self.client().greet(ip='127.0.0.1', helo='localhost')
        second = self.client().greet(ip='192.0.2.1')
        first.abort()
        first.quit()
        self.assertTrue(first.closed())
        self.assertEqual(second.message().kind, 'c')
        self.assertEqual(len(self.program.records()), before + 2, 'one recipient, one message')

    def test_a_trusted_client_may_relay_and_a_stranger_may_not(self):
        trusted, stranger = self.client().greet(ip='127.0.0.1'), self.client().greet()
        for client in (trusted, stranger):
            client.mail()
        self.assertEqual(trusted.rcpt('<x@elsewhere.example>').kind, 'c')
        self.assertEqual(stranger.rcpt('<x@elsewhere.example>').code(), 550)

    def test_a_user_who_logged_in_may_relay_until_the_next_mail(self):
        client = self.client().greet()
        client.macros('M', auth_authen='jane')
        client.mail()
        self.assertEqual(client.rcpt('<x@elsewhere.example>').kind, 'c')
        client.abort()
        client.mail()
        self.assertEqual(client.rcpt('<x@elsewhere.example>').code(), 550)
        client.macros('M', mail_addr='a@example.org')
        client.mail()
        self.assertEqual(client.rcpt('<x@elsewhere.example>').code(), 550)


class Messages(Served):
    def test_several_messages_with_abort_between_as_postfix_sends_it(self):
        client = self.client().greet()
        for _ in range(3):
            self.assertEqual(client.message().kind, 'c')
            client.abort()
        client.abort()
        client.quit()
        self.assertTrue(client.closed())

    def test_several_messages_without_abort_as_sendmail_sends_them(self):
        client = self.client().greet()
        for number in range(3):
            self.assertEqual(client.message(f'<n{number}@example.org>').kind, 'c')
            record = self.last()
            self.assertEqual(record['mail_from'], f'n{number}@example.org')
            self.assertEqual(record['rcpt'], ['b@example.net'])

    def test_mail_forgets_the_message_before(self):
        client = self.client().greet()
        client.mail('<a@nullmx.example>')
        self.assertEqual(client.rcpt().code(), 550)
        client.mail('<a@example.org>')
        self.assertEqual(client.rcpt().kind, 'c')

    def test_size_and_headers_are_of_one_message(self):
        client = self.client().greet()
        sizes = []
        for _ in range(2):
            client.message(body='hello\r\n')
            sizes.append(self.last()['size'])
        self.assertEqual(sizes[0], sizes[1])
        self.assertEqual(sizes[0], len('From: a@example.org\r\nSubject: x\r\n\r\nhello\r\n'))

    def test_abort_twice_does_nothing_more(self):
        before = len(self.program.records())
        client = self.client().greet()
        client.mail()
        client.abort()
        client.abort()
        self.assertEqual(client.message().kind, 'c')
        self.assertEqual(len(self.program.records()), before + 2)

    def test_each_decision_has_a_reference_of_its_own_and_the_session_one_id(self):
        before = len(self.program.records())
        client = self.client().greet()
        client.message()
        client.message()
        records = self.program.records()[before:]
        self.assertEqual(len({record['ref'] for record in records}), 4)
        self.assertEqual(len({record['session'] for record in records}), 1)

    def test_the_queue_id_is_logged_as_soon_as_there_is_one(self):
        client = self.client().greet()
        client.mail()
        client.rcpt()
        self.assertIsNone(self.last()['queue_id'])
        client.rcpt(queue_id='4FSECOND')
        self.assertEqual(self.last()['queue_id'], '4FSECOND')
        client.data()
        self.assertEqual(self.last()['queue_id'], '4FQUEUED')

    def test_helo_again_after_starttls(self):
        client = self.client().greet()
        client.abort()
        client.macros('H', tls_version='TLSv1.3')
        client.helo('second.example.org')
        client.message()
        self.assertEqual(self.last()['helo'], 'second.example.org')


class Recipients(Served):
    def test_one_that_the_mta_refused_goes_on_and_is_logged_with_the_mtas_text(self):
        client = self.client().greet()
        client.mail()
        reply = client.rcpt('<x@elsewhere.example>', mailer='error', host='5.7.1', address='Relay access denied')
        self.assertEqual(reply.kind, 'c', 'anything else ends filtering for the recipients after it')
        record = self.last()
        self.assertEqual(record['event'], 'mta-reject')
        self.assertEqual(record['mta_text'], 'Relay access denied')
        self.assertEqual(record['enhanced'], '5.7.1')
        self.assertEqual(record['rcpt'], ['x@elsewhere.example'])

    def test_one_that_the_mta_refused_is_no_recipient_of_the_message(self):
        client = self.client().greet()
        client.mail()
        client.rcpt('<u@example.net>', mailer='error', host='5.1.1', address='User unknown')
        client.rcpt('<b@example.net>', mailer='local', host='', address='b@example.net')
        self.assertEqual(client.data().kind, 'c')
        self.assertEqual(self.last()['rcpt'], ['b@example.net'])

    def test_a_virtual_alias_is_judged_though_its_mailer_is_error(self):
        client = self.client().greet()
        client.mail('<a@nullmx.example>')
        reply = client.rcpt('<vic@example.net>', mailer='error', host='5.1.1 User unknown in virtual alias table',
                            address='vic@example.net')
        self.assertEqual(reply.code(), 550)

    def test_what_the_mta_resolved_decides_about_relaying(self):
        client = self.client().greet()
        client.mail()
        reply = client.rcpt('<"x@elsewhere.example"@example.net>', mailer='smtp', host='elsewhere.example',
                            address='x@elsewhere.example')
        self.assertEqual(reply.code(), 550)
        self.assertEqual(self.last()['reason'], 'relay-denied')

    def test_the_macros_of_one_recipient_are_not_those_of_the_next(self):
        client = self.client().greet()
        client.mail()
        client.rcpt('<x@elsewhere.example>', mailer='error', host='5.7.1', address='Relay access denied')
        self.assertEqual(client.rcpt('<y@elsewhere.example>', mailer='smtp', host='elsewhere.example',
                                     address='y@elsewhere.example').code(), 550)

    def test_a_quoted_local_part_is_quoted_once(self):
        client = self.client().greet()
        client.mail()
        client.rcpt('<"john smith"@example.net>', mailer='local', host='', address='"john smith"@example.net')
        record = self.last()
        self.assertEqual(record['rcpt'], ['"john smith"@example.net'])
        self.assertEqual(record['facts']['recipient']['address'], '"john smith"@example.net')

    def test_a_recipient_without_macros_has_none_of_the_one_before(self):
        """Taken for refused by the MTA, it would pass relay control."""
        client = self.client().greet()
        client.mail()
        client.rcpt('<x@elsewhere.example>', mailer='error', host='5.7.1', address='Relay access denied')
        self.assertEqual(client.rcpt('<y@elsewhere.example>').code(), 550)
        client.rcpt('<b@example.net>', mailer='local', host='', address='b@example.net')
        self.assertEqual(client.rcpt('<z@elsewhere.example>').code(), 550)
        self.assertEqual(self.last()['rcpt'], ['z@elsewhere.example'])

    def test_a_refused_recipient_leaves_the_others(self):
        client = self.client().greet()
        client.mail()
        self.assertEqual(client.rcpt('<x@elsewhere.example>').code(), 550)
        self.assertEqual(client.rcpt('<b@example.net>').kind, 'c')
        self.assertEqual(client.rcpt('<c@example.net>').kind, 'c')
        client.data()
        self.assertEqual(self.last()['rcpt'], ['b@example.net', 'c@example.net'])

    def test_no_reply_before_the_recipient(self):
        """Whatever is wrong is said at RCPT: earlier, both MTAs lose the text."""
        client = self.client().negotiate(steps=0x800)
        self.assertEqual([client.connect().kind, client.helo('not a name').kind, client.mail('<').kind], ['c'] * 3)


if __name__ == '__main__':
    unittest.main()
