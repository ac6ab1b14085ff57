"""The parser of each command, and the words that help a user to one."""

from __future__ import annotations

import argparse
from typing import NoReturn

from .._version import __version__
from ..errors import UsageError
from . import COMMANDS, load_command
from ._arguments import add_loudness

__all__ = ["Parser", "check_command", "make_parser", "overview"]


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are ours."""

    def error(self, message: str) -> NoReturn:
        """Raise a `UsageError` instead of printing the usage and leaving."""
        raise UsageError(message, f"run '{self.prog} --help' to see what it takes")


def make_parser(command: str, prog: str) -> Parser:
    """The parser of a command of a program that was started as `prog`."""
    summary = COMMANDS[command]
    # The script is the main job and nothing else.
    full_prog = prog if prog.endswith("main.py") else f"{prog} {command}"
    parser = Parser(prog=full_prog, description=f"{summary[0].upper()}{summary[1:]}.", allow_abbrev=False)
    parser.set_defaults(prog=prog, quiet=False, verbose=False)
    parser.add_argument("--version", action="version", version=f"equipment-optimizer {__version__}")
    add_loudness(parser.add_argument)
    load_command(command).add_arguments(parser)
    return parser


def check_command(name: str, prog: str) -> None:
    """Refuse what is no command, and name a near one."""
    if name in COMMANDS:
        return
    import difflib

    close = difflib.get_close_matches(name, COMMANDS, 1)
    nearest = f"; did you mean '{close[0]}'?" if close else ""
    raise UsageError(f"no such command: {name}{nearest}", f"run '{prog} --help' to see the commands")


def overview(prog: str) -> str:
    """The help text above all commands."""
    lines = [f"usage: {prog} COMMAND ...", "", "Commands:"]
    lines += [f"  {name:<10}{summary}" for name, summary in COMMANDS.items()]
    lines += ["", f"'{prog} COMMAND --help' tells what a command takes; --version tells the version."]
    return "\n".join(lines)
