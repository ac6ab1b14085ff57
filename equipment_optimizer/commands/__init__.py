"""What a user starts: one file per command, and the table of them.

To add a command, write a module that is a `Command` and give it a line in `COMMANDS`.
"""

from __future__ import annotations

import keyword
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from .._version import DOCUMENTATION
from ..errors import UsageError

if TYPE_CHECKING:
    import argparse

    from .common.parser import Parser

__all__ = ["COMMANDS", "Command", "check_command", "load_command", "make_parser", "overview"]


class Command(Protocol):
    """One command; its module has the command's name."""

    #: What may stand behind its name, to begin with: shown by its help.
    EXAMPLES: tuple[str, ...]

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare what it takes; imports nothing slow."""

    def run(self, args: argparse.Namespace, session: dict[str, Any]) -> int:
        """Carry it out; returns the exit code, and leaves names for an interactive session in `session`."""


#: Every command and what it does, as the overview lists them.
COMMANDS = {
    "optimize": "find the best builds of an equipment list",
    "init": "write a configuration to begin with, or an equipment file to fill in",
    "sample": "measure what parallel work costs, and recommend workers and chunk size",
    "batch": "remake every build list that is out of date",
    "extras": "how high every skill can go with all requirements kept",
    "pieces": "what every piece is worth, and what to get next",
    "explain": "what separates two builds, and the best one without a piece or with a skill",
    "stability": "how far each weight may move before another build is best",
    "heap": "what holds the memory of a job",
    "import": "turn other programs' data into equipment files",
    "verify": "re-score the builds of a file by definition",
    "help": "what a command takes",
}


def load_command(name: str) -> Command:
    """The module of a command in `COMMANDS`, imported when it is asked for."""
    module = f"{name}_" if keyword.iskeyword(name) else name
    return cast(Command, import_module(f".{module}", __name__))


def make_parser(name: str, prog: str) -> Parser:
    """The parser of a command of a program that was started as `prog`."""
    from .common import parser

    command = load_command(name)
    return parser.make_parser(
        name, prog, summary=COMMANDS[name], examples=command.EXAMPLES, add_arguments=command.add_arguments
    )


def check_command(name: str, prog: str) -> None:
    """Refuse what is no command, and name a near one."""
    if name in COMMANDS:
        return
    import difflib

    close = difflib.get_close_matches(name, COMMANDS, 1)
    nearest = f"; did you mean '{close[0]}'?" if close else ""
    mend = f"run '{prog} --help' to see the commands"
    if name.endswith((".csv", ".xlsx", ".ods", ".json")):
        mend = f"write a command before the files: {prog} optimize {name} ..."
    raise UsageError(f"no such command: {name}{nearest}", mend)


def overview(prog: str) -> str:
    """The help text above all commands."""
    lines = [f"usage: {prog} COMMAND ...", "", "Commands:"]
    lines += [f"  {name:<10}{summary}" for name, summary in COMMANDS.items()]
    lines += ["", f"'{prog} COMMAND --help' tells what a command takes; --version tells the version."]
    lines += ["", "To begin with a list of your own:"]
    lines += [
        f"  {prog} init equipment.csv -o config.json",
        f"  {prog} optimize {load_command('optimize').EXAMPLES[1]}",
    ]
    lines += ["", f"documentation: {DOCUMENTATION}"]
    return "\n".join(lines)
