#!/usr/bin/python3
"""contrib/postfix/enable and disable, with the real postconf on a configuration of its own."""
import os
import pathlib
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
TOOLS = SOURCE / 'contrib/postfix'
MAIN = '''compatibility_level = 3.6
queue_directory = /var/spool/postfix
mydestination = localhost
'''
MASTER = 'smtp inet n - y - - smtpd\n'


class Enable(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.main, self.state = self.folder / 'main.cf', self.folder / 'fivefifty.enabled'
        self.write(MAIN)

    def write(self, main, master=MASTER):
        self.main.write_text(main)
        (self.folder / 'master.cf').write_text(master)
        self.age()

    def age(self):
        """Postfix waits some seconds before it reads a main.cf that has just been written."""
        os.utime(self.main, (1e9, 1e9))

    def tool(self, name, *options, answer=''):
        done = subprocess.run([TOOLS / name, f'--config-dir={self.folder}', *options], input=answer, capture_output=True,
                              text=True)
        self.age()
        return done

    def enable(self, layout, *options, **more):
        return self.tool('enable', layout, '--yes', '--check=', *options, **more)

    def value(self, name):
        return subprocess.run(['postconf', '-c', self.folder, '-h', name], capture_output=True, text=True,
                              check=True).stdout.strip()

    def explicit(self):
        """What main.cf says by itself, by name."""
        lines = subprocess.run(['postconf', '-c', self.folder, '-n'], capture_output=True, text=True, check=True).stdout
        return dict(line.split(' =', 1) for line in lines.splitlines())

    def shipped(self, layout, name):
        lines = (SOURCE / f'conf/postfix/{layout}.cf').read_text().splitlines()
        return next(line.split(' =', 1)[1].strip() for line in lines if line.startswith(name + ' ='))

    def test_mta_decides_changes_the_milters_alone(self):
        before = self.explicit()
        self.assertEqual(self.enable('mta-decides').returncode, 0)
        after = self.explicit()
        self.assertEqual({name for name in after if after[name] != before.get(name)}, {'smtpd_milters'})
        self.assertEqual(self.value('smtpd_milters'), self.shipped('mta-decides', 'smtpd_milters'))

    def test_filter_decides_writes_every_setting_that_its_file_shows(self):
        self.assertEqual(self.enable('filter-decides').returncode, 0)
        text = (SOURCE / 'conf/postfix/filter-decides.cf').read_text()
        names = [line.split(' =')[0] for line in text.splitlines() if ' =' in line and not line.startswith('#')]
        self.assertGreater(len(names), 3)
        for name in names:
            self.assertEqual(self.value(name), self.shipped('filter-decides', name), name)

    def test_disable_gives_back_the_very_file(self):
        for layout in ('mta-decides', 'filter-decides'):
            with self.subTest(layout):
                self.write(MAIN + 'smtpd_milters = inet:localhost:8891,\n\tunix:/run/rspamd.sock\n'
                           'smtpd_relay_restrictions = permit_mynetworks,\n\treject_unauth_destination\n')
                before = self.explicit()
                self.enable(layout)
                self.assertNotEqual(self.explicit(), before)
                done = self.tool('disable', '--yes')
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertEqual(self.explicit(), before)
                self.assertFalse(self.state.exists())

    def test_other_milters_are_kept_behind_ours(self):
        self.write(MAIN + 'smtpd_milters = inet:localhost:8891\nnon_smtpd_milters = inet:localhost:8891\n')
        self.enable('mta-decides')
        self.assertEqual(self.value('smtpd_milters'), self.shipped('mta-decides', 'smtpd_milters') + ', inet:localhost:8891')
        self.assertEqual(self.value('non_smtpd_milters'), 'inet:localhost:8891')

    def test_what_was_changed_since_is_left_alone_and_named(self):
        self.enable('filter-decides')
        subprocess.run(['postconf', '-c', self.folder, '-e', 'smtpd_data_restrictions = reject'], check=True)
        self.age()
        done = self.tool('disable', '--yes')
        self.assertEqual(done.returncode, 1)
        self.assertIn('Left alone, since it was changed after enable: smtpd_data_restrictions = reject', done.stdout)
        self.assertEqual(self.value('smtpd_data_restrictions'), 'reject')
        self.assertNotIn('smtpd_milters', self.explicit())

    def test_the_change_is_shown_and_nothing_happens_without_a_yes(self):
        for answer in ('', 'n\n', 'no\n', '\n'):
            done = self.tool('enable', 'mta-decides', '--check=', answer=answer)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn('+ smtpd_milters = { unix:fivefifty/fivefifty.sock', done.stdout)
            self.assertEqual(self.main.read_text(), MAIN)
            self.assertFalse(self.state.exists())
        self.assertEqual(self.tool('enable', 'mta-decides', '--check=', answer='y\n').returncode, 0)
        self.assertIn('smtpd_milters', self.explicit())

    def test_not_twice(self):
        self.enable('mta-decides')
        before = self.main.read_text()
        done = self.enable('filter-decides')
        self.assertEqual(done.returncode, 1)
        self.assertIn('enabled here already', done.stderr)
        self.assertEqual(self.main.read_text(), before)

    def test_lines_that_somebody_wrote_by_hand_are_not_doubled(self):
        self.write(MAIN + 'smtpd_milters = unix:fivefifty/fivefifty.sock\n')
        done = self.enable('mta-decides')
        self.assertEqual(done.returncode, 1)
        self.assertIn('was not written by this', done.stderr)

    def test_an_smtpd_without_the_filter_must_not_become_a_relay(self):
        """A submission service that leaves the filter out, and leaves relaying to main.cf."""
        open_ones = {
            'submission inet n - y - - smtpd\n -o smtpd_milters=\n': 'submission/inet',
            'submission inet n - y - - smtpd\n -o smtpd_milters=inet:localhost:8891\n': 'submission/inet',
            '127.0.0.1:10025 inet n - y - - smtpd\n -o receive_override_options=no_milters\n': '127.0.0.1:10025/inet',
            '10025 inet n - y - - smtpd\n -o smtpd_milters= -o smtpd_relay_restrictions=permit_mynetworks\n': '10025/inet',
        }
        for line, name in open_ones.items():
            with self.subTest(line):
                self.write(MAIN, MASTER + line)
                done = self.enable('filter-decides')
                self.assertEqual(done.returncode, 1)
                self.assertIn('relay for anybody', done.stderr)
                self.assertIn(name, done.stderr)
                self.assertNotIn('smtp/inet', done.stderr)
                self.assertEqual(self.main.read_text(), MAIN)
                self.assertEqual(self.enable('mta-decides').returncode, 0)  # there Postfix still refuses it
                self.tool('disable', '--yes')

    def test_an_smtpd_that_refuses_by_itself_may_leave_the_filter_out(self):
        for line in ('submission inet n - y - - smtpd\n -o smtpd_milters=\n'
                     ' -o smtpd_relay_restrictions=permit_sasl_authenticated,reject\n',
                     'submission inet n - y - - smtpd\n -o smtpd_sasl_auth_enable=yes\n'):  # with the filter
            with self.subTest(line):
                self.write(MAIN, MASTER + line)
                done = self.enable('filter-decides')
                self.assertEqual(done.returncode, 0, done.stderr)
                self.tool('disable', '--yes')

    def test_another_socket(self):
        self.enable('mta-decides', '--socket=inet:127.0.0.1:8890')
        self.assertTrue(self.value('smtpd_milters').startswith('{ inet:127.0.0.1:8890, connect_timeout'))


if __name__ == '__main__':
    if subprocess.run(['which', 'postconf'], capture_output=True).returncode != 0:
        print('SKIPPED: there is no Postfix here (contrib/with-servers postfix COMMAND)')
        raise SystemExit(77)
    unittest.main()
