#!/usr/bin/python3
"""layers.py finds what it is there to find: a small tree with one offence of each kind."""
import pathlib
import sys
import tempfile
import unittest

import layers

SOUND = {
    'milter/checks/checks.def': 'CHECK(helo)\n',
    'milter/checks/helo.cc': '#include "policy/fact.h"\n',
    'milter/checks/registry.cc': '',
    'milter/smtp/libmilter/callbacks.cc': '#include <libmilter/mfapi.h>\n',
    'milter/smtp/libmilter/callbacks.h': '',
    'policy/fact.h': '#include <string>\n',
    'tests/cases/helo.yaml': '',
}


def offences(**changes):
    """Of the sound tree with `changes`: path (with __ for /, _dot_ for .) to text."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        files = SOUND | {name.replace('__', '/').replace('_dot_', '.'): text for name, text in changes.items()}
        for name, text in files.items():
            if text is not None:
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
        tree = layers.Tree(root)
        tree.check_includes()
        tree.check_circles()
        tree.check_pairs()
        tree.check_checks()
        tree.check_lengths()
        return tree.offences


class Layers(unittest.TestCase):
    def found(self, sentence, **changes):
        got = offences(**changes)
        self.assertTrue(any(sentence in offence for offence in got), f'{sentence!r} is not in {got}')

    def test_a_sound_tree_has_no_offence(self):
        self.assertEqual([], offences())

    def test_a_lower_layer_does_not_include_a_higher_one(self):
        self.found('policy [4] includes milter/checks [10]',
                   policy__a_dot_cc='#include "milter/checks/check.h"\n', milter__checks__check_dot_h='')

    def test_neighbours_do_not_include_each_other(self):
        self.found('milter/lists [8] includes milter/auth [9]',
                   milter__lists__a_dot_cc='#include "milter/auth/b.h"\n', milter__auth__b_dot_h='')
        self.found('milter/auth/spf [8] includes milter/auth/dkim [8]',
                   milter__auth__spf__a_dot_cc='#include "milter/auth/dkim/b.h"\n', milter__auth__dkim__b_dot_h='')

    def test_includes_are_paths_from_the_root(self):
        self.found('is not a path from the root', policy__a_dot_cc='#include "fact.h"\n')

    def test_only_smtp_knows_libmilter(self):
        self.found('only milter/smtp/libmilter', milter__cli__a_dot_cc='#include <libmilter/mfapi.h>\n')

    def test_policy_includes_nothing_that_touches_the_world(self):
        self.found('pure', policy__a_dot_cc='#include <fstream>\n')
        self.found('pure', policy__other_dot_cc='#include <arpa/inet.h>\n')
        self.assertEqual([], offences(policy__address_dot_cc='#include <arpa/inet.h>\n', policy__address_dot_h=''))

    def test_the_core_is_read_in_its_order(self):
        self.found('is not read before', policy__rule_dot_h='#include "policy/decide.h"\n', policy__decide_dot_h='')
        self.found('policy [4] includes policy/load [6]',
                   policy__rule_dot_h='#include "policy/load/a.h"\n', policy__load__a_dot_h='')

    def test_what_a_file_offers_stands_in_its_own_header(self):
        self.found('there is no policy/load/a.h', policy__load__a_dot_cc='')

    def test_headers_do_not_include_each_other(self):
        self.found('include each other', policy__a_dot_h='#include "policy/b.h"\n',
                   policy__b_dot_h='#include "policy/a.h"\n')

    def test_every_check_is_registered_and_has_cases(self):
        self.found('not in checks.def', milter__checks__stray_dot_cc='')
        self.found('has no tests/cases/helo.yaml', tests__cases__helo_dot_yaml=None)

    def test_files_end_in_time(self):
        self.assertEqual([], offences(policy__a_dot_cc='\n' * layers.MOST_LINES, policy__a_dot_h=''))
        self.found('at most 400', policy__a_dot_cc='\n' * (layers.MOST_LINES + 1))
        self.found('at most 600', tests__a_test_dot_cc='\n' * (layers.MOST_TEST_LINES + 1))


if __name__ == '__main__':
    sys.exit(unittest.main())
