"""The command line in the chapters: the table of its options, and whether the commands that chapters show are there."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from differential_tests.book.markdown import table
from differential_tests.cli.main import app

SHELL: Final = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)
INLINE: Final = re.compile(r"`((?:megatao|make) [^`\n]+)`")
TARGET: Final = re.compile(r"^([a-z]+):", re.M)


def commands(group: click.Group = app, name: str = "megatao") -> Iterator[tuple[str, click.Command]]:
    """Each command that does something, with its full name."""
    for own, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {own}")
        else:
            yield f"{name} {own}", command


def options_table() -> str:
    """A heading, the help and the options of each command."""
    parts = []
    for name, command in commands():
        context = click.Context(command, info_name=name)
        arguments = [each for each in command.collect_usage_pieces(context) if each != "[OPTIONS]"]
        records = [option.get_help_record(context) for option in command.params if isinstance(option, click.Option)]
        usage = [f"`{' '.join([name, *arguments])}`", ""] if arguments else []
        parts += [f"### {name}", "", *usage, _flowing(command.help or ""), ""]
        if rows := [(f"`{_cell(record[0])}`", _cell(record[1])) for record in records if record]:
            parts += [table(("option", "what"), rows), ""]
    return "\n".join(parts).rstrip()


def _flowing(text: str) -> str:
    """A help text without its indentation."""
    return "\n".join(line.strip() for line in text.strip().splitlines())


def _cell(text: str) -> str:
    """A text that fits a table's cell."""
    return " ".join(text.split()).replace("|", ", ").replace("<", "&lt;")


def unknown_commands(root: Path, path: Path) -> Iterator[tuple[int, str]]:
    """Line and what is wrong of each command of `megatao` or `make` that a chapter shows and that is not there."""
    text = path.read_text()
    targets = set(TARGET.findall((root / "Makefile").read_text()))
    for start, line in _shown(text):
        for word in _wrong(line, targets):
            yield text.count("\n", 0, start) + 1, f"{line.strip()}: there is no {word}"


def _shown(text: str) -> Iterator[tuple[int, str]]:
    """The command lines of a chapter, with the place where they start."""
    for block in SHELL.finditer(text):
        for line in re.finditer(r"^(?:\.venv/bin/)?((?:megatao|make)\b.*)$", block[1], re.M):
            yield from ((block.start(1) + line.start(), each) for each in line[1].split(" && "))
    for inline in INLINE.finditer(text):
        yield inline.start(), inline[1]


def _wrong(line: str, targets: set[str]) -> Iterator[str]:
    """The words of a command line that name no target, command or option."""
    tool, *words = shlex.split(line, comments=True)
    if tool == "make":
        yield from (word for word in words if re.fullmatch("[a-z]+", word) and word not in targets)
        return
    command: click.Command = app
    while words and isinstance(command, click.Group):
        if words[0].startswith("-"):
            break
        word = words.pop(0)
        if word not in command.commands:
            yield word
            return
        command = command.commands[word]
    context = click.Context(command)
    known = {name for each in command.get_params(context) for name in (*each.opts, *each.secondary_opts)}
    yield from (word for word in words if word.startswith("-") and word.partition("=")[0] not in known)
