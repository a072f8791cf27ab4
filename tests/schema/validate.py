#!/usr/bin/python3
"""Validates every YAML that is shipped, and the test cases, against conf/schemas.

usage: validate.py SOURCE_FOLDER
"""
import json
import pathlib
import re
import sys

import jsonschema
import yaml


class Yaml12(yaml.SafeLoader):
    """YAML 1.2's core schema, which editors and fivefifty read: dates, yes and on are texts."""

    yaml_implicit_resolvers = {}


for tag, pattern, first in [
    ("null", r"^(~|null|)$", ["~", "n", ""]),
    ("bool", r"^(true|false)$", ["t", "f"]),
    ("int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    ("float", r"^[-+]?[0-9]+\.[0-9]+$", list("-+0123456789")),
]:
    Yaml12.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), first)

# Broken policies of which an editor must see that they are broken.
SEEN_BY_EDITORS = [
    "unknown-section", "version-missing", "version-of-the-future", "mode-misspelt", "site-key-misspelt",
    "domains-a-number", "list-without-codes", "list-subject-misspelt", "rule-key-misspelt", "rule-without-outcome",
    "rule-two-outcomes", "rule-fact-misspelt", "rule-word-misspelt", "rule-empty-list", "rule-stage-misspelt",
    "rule-rejects-the-unknown", "rule-not-misspelt", "rule-sample-wrong", "exception-without-because",
    "exception-without-expires", "exception-without-when", "settings-wrong", "tests-wrong",
]


def with_text_keys(value):
    """JSON has text keys only."""
    if isinstance(value, dict):
        return {str(key): with_text_keys(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_text_keys(inner) for inner in value]
    return value


def read(path):
    return with_text_keys(yaml.load(path.read_text(encoding="utf-8"), Yaml12))


def validators(source):
    out = {}
    for path in (source / "conf/schemas").glob("*.schema.json"):
        schema = json.loads(path.read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        out[path.name.removesuffix(".schema.json")] = jsonschema.Draft202012Validator(schema)
    return out


def schema_line(path):
    """The name of the schema that the file's first line gives to editors; None without such a line."""
    found = re.match(r"# yaml-language-server: \$schema=(\S+)\n", path.read_text(encoding="utf-8"))
    if not found:
        return None
    target = (path.parent / found[1]).resolve()
    return target.name.removesuffix(".schema.json") if target.is_file() else "(no such file: " + found[1] + ")"


def complaints(validator, path):
    return [
        f"{path}: {'/'.join(map(str, error.absolute_path)) or 'the file'}: {error.message[:300]}"
        for error in validator.iter_errors(read(path))
    ]


def main(source):
    known = validators(source)
    wrong = []
    shipped = sorted((source / "conf").rglob("*.yaml"))
    for path in shipped:
        name = schema_line(path)
        if name not in known:
            wrong.append(f"{path}: its first line names no schema of ours for editors: {name}")
        else:
            wrong += complaints(known[name], path)
    cases = sorted((source / "tests/cases").glob("*.yaml"))
    for path in cases:
        wrong += complaints(known["cases"], path)
    for name in SEEN_BY_EDITORS:
        path = source / "tests/golden/policies" / (name + ".yaml")
        if not complaints(known["policy"], path):
            wrong.append(f"{path}: the schema finds nothing wrong with it")
    print("\n".join(wrong))
    print(f"{len(shipped)} shipped files, {len(cases)} files of cases, {len(wrong)} complaints")
    return 1 if wrong or not shipped else 0


sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
