#!/usr/bin/python3
"""What `cmake --install` leaves, and what it does not touch: layout_test.py PROGRAM"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, **more)


class Layout(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.build = pathlib.Path(cls.temporary.name) / 'build'
        done = run('cmake', '-S', SOURCE / 'tests/install/staged', '-B', cls.build, '-DCMAKE_BUILD_TYPE=Release',
                   f'-DFIVEFIFTY_PROGRAM={PROGRAM}', '-DCMAKE_INSTALL_PREFIX=/usr/local')
        assert done.returncode == 0, done.stderr

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def install(self, *options):
        return run('cmake', '--install', self.build, *options, env=os.environ | {'DESTDIR': str(self.root)})

    def file(self, path):
        return self.root / path.lstrip('/')

    def test_everything_is_in_its_place(self):
        self.assertEqual(self.install().returncode, 0)
        for path in ('/usr/local/bin/fivefifty', '/etc/fivefifty/policy.yaml', '/etc/fivefifty/fivefifty.yaml',
                     '/etc/logrotate.d/fivefifty', '/usr/local/lib/systemd/system/fivefifty.service',
                     '/usr/local/lib/systemd/system/fivefifty.socket', '/usr/local/lib/sysusers.d/fivefifty.conf',
                     '/usr/local/lib/tmpfiles.d/fivefifty.conf', '/usr/local/share/fivefifty/schemas/policy.schema.json',
                     '/usr/local/share/fivefifty/postfix/enable', '/usr/local/share/fivefifty/postfix/mta-decides.cf',
                     '/usr/local/share/fivefifty/sendmail/mta-decides.mc', '/usr/local/share/fivefifty/lists.yaml',
                     '/usr/local/share/bash-completion/completions/fivefifty', '/usr/local/share/zsh/site-functions/_fivefifty',
                     '/usr/local/share/fish/vendor_completions.d/fivefifty.fish', '/usr/local/share/man/man1/fivefifty.1',
                     '/usr/local/share/man/man5/fivefifty.yaml.5', '/usr/local/share/man/man5/fivefifty-policy.5',
                     '/usr/local/share/man/man5/fivefifty-log.5'):
            self.assertTrue(self.file(path).is_file(), path)
            self.assertGreater(self.file(path).stat().st_size, 0, path)

    def test_paths_in_the_files_are_those_of_the_installation(self):
        self.install()
        unit = self.file('/usr/local/lib/systemd/system/fivefifty.service').read_text()
        self.assertIn('ExecStart=/usr/local/bin/fivefifty run --config /etc/fivefifty/fivefifty.yaml', unit)
        self.assertNotIn('@', unit.replace('@system-service', '').replace('@privileged @resources', '').replace('@chown', ''))
        for name in ('policy.yaml', 'fivefifty.yaml'):
            schema = re.search(r'\$schema=(\S+)', self.file('/etc/fivefifty/' + name).read_text())[1]
            self.assertTrue(self.file(schema).is_file(), schema)

    def test_the_socket_is_the_same_everywhere(self):
        """Daemon, unit, Postfix, tmpfiles: four files that must agree."""
        path = '/var/spool/postfix/fivefifty/fivefifty.sock'
        folder = os.path.dirname(path)
        read = lambda name: (SOURCE / name).read_text()
        self.assertIn(f'socket: "unix:{path}"', read('conf/fivefifty.yaml'))
        self.assertIn(f'ListenStream={path}\n', read('contrib/systemd/fivefifty.socket'))
        self.assertIn(f'd {folder} 0750 fivefifty postfix\n', read('contrib/systemd/tmpfiles.conf'))
        self.assertIn(f'-{folder}\n', read('contrib/systemd/fivefifty.service.in'))
        for layout in ('mta-decides', 'filter-decides'):
            self.assertIn('{ unix:fivefifty/fivefifty.sock,', read(f'conf/postfix/{layout}.cf'))

    def test_what_is_yours_is_never_overwritten(self):
        mine = self.file('/etc/fivefifty/policy.yaml')
        mine.parent.mkdir(parents=True)
        mine.write_text('mine\n')
        self.install()
        self.install()
        self.assertEqual(mine.read_text(), 'mine\n')
        self.assertIn('rules:', (mine.parent / 'policy.yaml.dist').read_text())

    def test_what_nobody_changed_gets_no_second_copy(self):
        self.install()
        self.install()
        self.assertEqual(list(self.file('/etc/fivefifty').glob('*.dist')), [])

    def test_another_prefix_is_refused_in_words(self):
        done = self.install('--prefix', '/opt/fivefifty')
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r'configure\s+again\s+with\s+-DCMAKE_INSTALL_PREFIX=/opt/fivefifty')
        self.assertEqual(list(self.root.rglob('*')), [])


class Package(unittest.TestCase):
    def test_it_is_built_with_what_the_build_needs(self):
        """contrib/debian/control names the packages of the part [build], which CI really builds with."""
        control = (SOURCE / 'contrib/debian/control').read_text().split('Build-Depends:')[1].split('\nPackage:')[0]
        named = {word.strip() for word in control.split(',')} - {'', 'debhelper-compat (= 13)', 'dh-sequence-installsysusers'}
        part = (SOURCE / 'contrib/packages.txt').read_text().split('\n[build]')[1].split('\n[')[0]
        wanted = {line.split('#')[0].strip() for line in part.splitlines()[1:]} - {''}
        # The compiler is build-essential, which every Debian package may take for granted; ccache only saves time.
        self.assertEqual(named, wanted - {'g++', 'ccache'})


class Hardening(unittest.TestCase):
    """A release of any compiler settings is hardened: a small program built with contrib/hardening.cmake alone."""

    def test_release(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / 'CMakeLists.txt').write_text(
                'cmake_minimum_required(VERSION 3.25)\nproject(small LANGUAGES CXX)\nset(CMAKE_POSITION_INDEPENDENT_CODE ON)\n'
                f'include({SOURCE}/contrib/hardening.cmake)\nadd_executable(small small.cc)\n')
            (folder / 'small.cc').write_text(
                '#include <cstring>\n#include <vector>\nint main(int n, char** words) {\n  char text[16];\n'
                '  std::strcpy(text, words[0]);\n  std::vector<int> v(1);\n  return text[n] + v[n];\n}\n')
            for step in (['cmake', '-S', folder, '-B', folder / 'build', '-DCMAKE_BUILD_TYPE=Release'],
                         ['cmake', '--build', folder / 'build']):
                done = run(*step)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            read = lambda *options: run('readelf', '-W', *options, folder / 'build/small').stdout
            self.assertIn('DYN (Position-Independent Executable', read('-h'))
            self.assertIn('GNU_RELRO', read('-l'))
            self.assertIn('NOW', read('-d'))
            symbols = read('-s')
            self.assertIn('__stack_chk_fail', symbols)
            self.assertIn('__strcpy_chk', symbols)
            self.assertIn('__glibcxx_assert_fail', symbols)
            if os.uname().machine == 'x86_64':
                # The linker drops the note where the C library's own start-up code has none, as in Debian 12.
                self.assertIn('endbr64', run('objdump', '-d', '--disassemble=main', folder / 'build/small').stdout)

    def test_warnings_end_only_our_own_build(self):
        presets = (SOURCE / 'CMakePresets.json').read_text()
        self.assertEqual(presets.count('FIVEFIFTY_WERROR'), 1)
        self.assertIn('"FIVEFIFTY_WERROR": "ON"', presets.split('"name": "dev"')[1].split('"name": "release"')[0])
        self.assertRegex((SOURCE / 'CMakeLists.txt').read_text(), r'option\(FIVEFIFTY_WERROR .* OFF\)')


class Version(unittest.TestCase):
    def said(self):
        done = run(PROGRAM, '--version')
        self.assertEqual(done.returncode, 0)
        return done.stdout.splitlines()

    def test_names_the_commit(self):
        self.assertRegex(self.said()[0], r'^fivefifty \d+\.\d+\.\d+([~+]\d+\.g[0-9a-f]{7,}\S*|\+changed)?$')

    def test_names_each_library_with_a_version(self):
        names = [line.split()[0] for line in self.said()[1:]]
        self.assertEqual(set(names) & {'libmilter', 'c-ares', 'libspf2', 'libopendkim', 'OpenSSL', 'libpsl', 'zstd'},
                         {'libmilter', 'c-ares', 'libspf2', 'libopendkim', 'OpenSSL', 'libpsl', 'zstd'})
        for line in self.said()[1:]:
            self.assertRegex(line, r'^  \S+ \d+\.\d+')

    def test_changelog_and_package_speak_of_the_same_version(self):
        version = re.search(r'(?m)^project\(fivefifty VERSION (\S+)', (SOURCE / 'CMakeLists.txt').read_text())[1]
        self.assertEqual(re.search(r'(?m)^## (\d\S*[^, ])', (SOURCE / 'CHANGELOG.md').read_text())[1], version)
        self.assertTrue((SOURCE / 'contrib/debian/changelog').read_text().startswith(f'fivefifty ({version}-1)'))
        self.assertTrue(self.said()[0].startswith(f'fivefifty {version}'))

    def in_git(self, *commands):
        """contrib/version in a repository of its own, after these git commands."""
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / 'contrib').mkdir()
            (folder / 'contrib/version').write_bytes((SOURCE / 'contrib/version').read_bytes())
            (folder / 'contrib/version').chmod(0o755)
            (folder / 'CMakeLists.txt').write_text('project(fivefifty VERSION 1.2.3 DESCRIPTION "")\n')
            for command in commands:
                done = run('git', '-c', 'user.name=a', '-c', 'user.email=a@example.net', '-C', folder, *command.split())
                self.assertEqual(done.returncode, 0, done.stderr)
            if 'write' in commands[-1:]:
                (folder / 'CMakeLists.txt').write_text('changed')
            return run(folder / 'contrib/version').stdout.strip()

    def test_forms(self):
        begin = ('init -q', 'add -A', 'commit -q -m one')
        again = 'commit -q --allow-empty -m two'
        self.assertRegex(self.in_git(*begin), r'^1\.2\.3~1\.g[0-9a-f]{8}$')
        self.assertEqual(self.in_git(*begin, 'tag -a v1.2.3 -m x'), '1.2.3')
        self.assertRegex(self.in_git(*begin, 'tag -a v1.2.3 -m x', again), r'^1\.2\.3\+1\.g[0-9a-f]{7,}$')
        self.assertEqual(self.in_git(*begin, 'tag -a v1.2.3 -m x', 'rm -q --cached CMakeLists.txt'), '1.2.3+changed')

    def test_debian_sorts_them_in_the_order_of_time(self):
        order = ['1.2.3~1.gffffffff', '1.2.3~20.g00000000', '1.2.3', '1.2.3+1.gffffffff', '1.2.3+20.g00000000', '1.2.4']
        for older, newer in zip(order, order[1:]):
            self.assertEqual(run('dpkg', '--compare-versions', older + '-1', 'lt', newer + '-1').returncode, 0, (older, newer))


if __name__ == '__main__':
    unittest.main()
