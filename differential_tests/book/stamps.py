"""Stamps: the short hash of a rule's text that stands beside its id in contracts, properties and tests.

A stamp says for which text of the rule a place was written. When the text changes, every place that names the rule has
to be looked at again; then `megatao spec stamp` renews the hashes.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from differential_tests.book.claims import HEAD, STAMPED, STAMPED_KINDS, TEST, Place, named_id
from differential_tests.book.rules import Rule
from differential_tests.contracts.files import write_whole

HEADER: Final = re.compile(r"^([ ]*)def (?:[^:]|:(?!\n))*:\n", re.M)
DOCSTRING: Final = re.compile(r'\s*"""(?:.|\n)*?"""')
WIDTH: Final = 120


def needs_stamp(place: Place, rule: str) -> bool:
    """Whether the rule's id carries its hash at this place."""
    return place.kind in STAMPED_KINDS and not rule.startswith("E-")


def restamp(place: Place, source: str, rules: Mapping[str, Rule], only: str | None = None) -> str:
    """The source of a function with the hashes of its rules as they are; of one rule, if `only` names it.

    An id that a test has in its name only gets into its docstring.
    """
    header = HEADER.search(source)
    if header is None:
        return source
    found = DOCSTRING.match(source, header.end())
    before, docstring, after = source[: header.end()], found[0] if found else "", source[header.end() :]
    after = after.removeprefix(docstring)
    named = rules.get(named_id(place.name)) if place.kind == TEST else None
    if named is not None and not named.is_erratum and not re.search(rf"\b{named.id}\b", docstring):
        indent = header[1] + "    "
        docstring = docstring.replace('"""', f'"""{named.id}. ', 1) or f'{indent}"""{named.id}."""\n'
        if not found and after.lstrip().startswith(("def ", "@")):
            after = f"\n{after}"

    def replace(match: re.Match[str]) -> str:
        rule = rules.get(match[1])
        if rule is None or rule.is_erratum or (only is not None and rule.id != only):
            return match[0]
        return f"{rule.id}:{rule.stamp}"

    if place.kind == TEST:
        docstring = STAMPED.sub(replace, docstring)
    else:
        begin = re.match(r'\s*"""\s*(?:@(?:dev|notice)\s+)?', docstring)
        head = HEAD.match(docstring, begin.end()) if begin else None
        if head is not None:
            docstring = docstring[: head.start()] + STAMPED.sub(replace, head[0]) + docstring[head.end() :]
    return before + "\n".join(map(_wrap, docstring.split("\n"))) + after


def _wrap(line: str) -> str:
    """The line, in two where the hash has made it too long."""
    if len(line) <= WIDTH:
        return line
    cut = line.rindex(" ", 0, WIDTH)
    indent = len(line) - len(line.lstrip()) + (5 if line.lstrip().startswith("@dev") else 0)
    indent += 8 if line.lstrip().startswith("@notice") else 0
    return f"{line[:cut]}\n{' ' * indent}{line[cut + 1 :]}"


def write_stamps(root: Path, places: Iterable[Place], rules: Mapping[str, Rule], only: str | None = None) -> list[str]:
    """Renew the stamps in all files; the files that have changed."""
    by_file: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        named = any(needs_stamp(place, rule) and only in (None, rule) for rule in place.rules)
        if named:
            by_file[place.file].append(place)
    changed = []
    for file, found in sorted(by_file.items()):
        path = root / file
        before = path.read_text()
        lines = before.splitlines(keepends=True)
        for place in sorted(found, key=lambda each: each.line, reverse=True):
            source = "".join(lines[place.line - 1 : place.last])
            lines[place.line - 1 : place.last] = [restamp(place, source, rules, only)]
        after = "".join(lines)
        if after != before:
            write_whole(path, after)
            changed.append(file)
    return changed
