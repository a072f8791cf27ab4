#!/usr/bin/python3
"""The shape of the source tree, read from its includes: layers.py ROOT

A file includes only its own folder and lower layers; libmilter stays in milter/smtp/libmilter; policy/ has nothing that could
touch the world; every check is registered and has cases; no file is too long; no headers include each other in a
circle. Prints each offence as FILE:LINE: sentence; exit 1 if there is one."""
import pathlib
import re
import sys

# The lower number may not include the higher, and two folders of one number not each other. The files of policy/ itself
# have numbers of their own.
LAYERS = {
    'policy': 4,
    'policy/reply': 5,
    'policy/load': 6, 'policy/record': 6,
    'policy/explain': 7, 'policy/report': 7, 'policy/schemas': 7,
    'milter/dns': 7, 'milter/mail': 7,
    'milter/auth/spf': 8, 'milter/auth/dkim': 8, 'milter/auth/dmarc': 8, 'milter/lists': 8, 'milter/recipients': 8,
    'milter/auth': 9,
    'milter/checks': 10,
    'milter/session': 11, 'milter/log': 11,
    'milter/smtp': 12,
    'milter/smtp/libmilter': 13, 'milter/smtp/engine': 13,
    'milter/cli/html': 13, 'milter/cli/logs': 13,
    'milter/cli/report': 14,
    'milter/cli': 15,
}
# The core in the order in which it is read.
CORE = {name: number for number, names in enumerate((
    'text stage diagnostic',
    'address domain field_path nearest',
    'fact',
    'domain_form',
    'schema rule',
    'policy verdict',
    'codes path observed',
    'decide route',
    'derive_lists kind',
    'derive',
)) for name in names.split()}
# Without a header of their own: each check is one row of checks.def, each command one line of command.h.
NO_HEADER = re.compile(r'milter/checks/\w+\.cc|milter/cli/(main|run|setup|try|test|lists|recipients|docs|report|explain|replay)\.cc')

# What policy/ may include from the system: values, containers, algorithms. inet_pton is a pure function, and
# calendars without a clock are arithmetic; policy_is_pure looks at the symbols that are really called.
PURE = set('''algorithm array atomic charconv compare concepts cstddef cstdint cstring deque functional initializer_list iterator
    limits list map memory numeric optional set span stdexcept string string_view tuple type_traits unordered_map
    unordered_set utility variant vector cassert cmath bit ranges iosfwd chrono
    fmt/format.h idn2.h cstdlib memory fmt/ranges.h nlohmann/json.hpp simdjson.h tl/expected.hpp yaml-cpp/yaml.h'''.split())
PURE_IN = {'policy/address.cc': {'arpa/inet.h'}}

MOST_LINES = 400        # of a source file: past it there is a second idea in the file
MOST_TEST_LINES = 600
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')


def layer_of(path):
    """The longest folder of LAYERS that holds the path, or None."""
    found = [folder for folder in LAYERS if path.startswith(folder + '/')]
    return max(found, key=len) if found else None


class Tree:
    def __init__(self, root):
        self.root = root
        self.offences = []
        self.includes = {}

    def offend(self, path, line, sentence):
        self.offences.append(f'{path}:{line}: {sentence}')

    def sources(self, *folders):
        for folder in folders:
            for file in sorted((self.root / folder).rglob('*')):
                if file.suffix in ('.cc', '.h'):
                    yield file.relative_to(self.root).as_posix(), file.read_text().splitlines()

    def check_includes(self):
        for path, lines in self.sources('policy', 'milter'):
            for number, line in enumerate(lines, 1):
                match = INCLUDE.match(line)
                if match and match[1]:
                    self.includes.setdefault(path, []).append(match[1])
                    self.check_quoted(path, number, match[1])
                elif match:
                    self.check_system(path, number, match[2])

    def check_quoted(self, path, number, included):
        ours, theirs = layer_of(path), layer_of(included)
        if not (self.root / included).is_file():
            self.offend(path, number, f'"{included}" is not a path from the root of the project')
        elif not ours or not theirs:
            self.offend(path, number, f'"{included}": one of the two folders is no layer')
        elif ours != theirs and LAYERS[theirs] >= LAYERS[ours]:
            self.offend(path, number, f'{ours} [{LAYERS[ours]}] includes {theirs} [{LAYERS[theirs]}]')
        elif ours == theirs == 'policy' and not self.in_core_order(path, included):
            self.offend(path, number, f'{included} is not read before {path} (CORE in layers.py)')

    def in_core_order(self, path, included):
        ours, theirs = (CORE.get(pathlib.PurePath(name).stem) for name in (path, included))
        return path.split('.')[0] == included.split('.')[0] or (ours is not None and theirs is not None and theirs < ours)

    def check_pairs(self):
        for path, _ in self.sources('policy', 'milter'):
            header = path[:-2] + 'h'
            if path.endswith('.cc') and not NO_HEADER.fullmatch(path) and not (self.root / header).is_file():
                self.offend(path, 1, f'there is no {header}: what a file offers is declared in its own header')

    def check_system(self, path, number, included):
        if included.startswith('libmilter/') and not path.startswith('milter/smtp/libmilter/'):
            self.offend(path, number, 'only milter/smtp/libmilter includes libmilter')
        if path.startswith('policy/') and included not in PURE | PURE_IN.get(path, set()):
            self.offend(path, number, f'policy/ is pure and does without <{included}>')

    def check_circles(self):
        done, under_way = set(), []

        def visit(path):
            if path in under_way:
                self.offend(path, 1, 'headers include each other: ' + ' -> '.join(under_way + [path]))
            elif path not in done:
                under_way.append(path)
                for included in self.includes.get(path, []):
                    visit(included)
                under_way.pop()
                done.add(path)

        for path in list(self.includes):
            visit(path)

    def check_checks(self):
        registered = re.findall(r'^CHECK\((\w+)\)', (self.root / 'milter/checks/checks.def').read_text(), re.M)
        files = {file.stem for file in (self.root / 'milter/checks').glob('*.cc')} - {'registry', 'list_question', 'hidden_client'}
        for name in sorted(files - set(registered)):
            self.offend(f'milter/checks/{name}.cc', 1, 'this check is not in checks.def')
        for name in registered:
            if not (self.root / f'tests/cases/{name}.yaml').is_file():
                self.offend(f'milter/checks/{name}.cc', 1, f'this check has no tests/cases/{name}.yaml')

    def check_lengths(self):
        for path, lines in self.sources('policy', 'milter', 'tests'):
            most = MOST_TEST_LINES if path.startswith('tests/') else MOST_LINES
            if len(lines) > most:
                self.offend(path, most + 1, f'{len(lines)} lines, at most {most}: there is a second idea in it')


def main():
    tree = Tree(pathlib.Path(sys.argv[1]).resolve())
    tree.check_includes()
    tree.check_circles()
    tree.check_pairs()
    tree.check_checks()
    tree.check_lengths()
    print('\n'.join(tree.offences) or f'{len(tree.includes)} files keep to their layers')
    if len(tree.includes) < 50:
        sys.exit(f'only {len(tree.includes)} files were found in {tree.root}: is it the project?')
    sys.exit(1 if tree.offences else 0)


if __name__ == '__main__':
    main()
