"""The parser of each command, and the words that help a user to one."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

from .._version import DOCUMENTATION, __version__
from ..errors import UsageError
from ..manual.parsers import parsers_below
from . import COMMANDS, load_command
from ._arguments import add_loudness

__all__ = ["EXAMPLES", "Parser", "check_command", "make_parser", "overview"]

#: Command lines to begin with: what stands behind the command. Each is what its parser takes
#: (tests/commands/test_parser.py).
EXAMPLES = {
    "optimize": (
        "equipment.csv builds.csv config.json",
        "equipment.csv builds.csv config.json --report builds.html --show 5",
        "equipment.csv builds.csv config.json --limit 1000 --time-limit 60 --manifest run.json",
    ),
    "init": ("equipment.csv -o config.json", "--template -o equipment.csv"),
    "sample": ("math:sqrt --data range:100000",),
    "batch": ("builds.json", "builds.json --changes changes.md --report-dir pages"),
    "extras": ("equipment.csv config.json", "equipment.csv config.json --output extras.csv"),
    "pieces": ("equipment.csv config.json", "equipment.csv config.json --wishes shop.csv --pairs -o worth.csv"),
    "explain": (
        "builds.csv equipment.csv config.json 1 2",
        "builds.csv equipment.csv config.json --without 'Ember Crown'",
        "builds.csv equipment.csv config.json --skill 'Attack Boost=7'",
    ),
    "stability": ("equipment.csv config.json", "equipment.csv config.json -o firm.csv"),
    "heap": ("equipment.csv config.json",),
    "import": (
        "mhworlddata MHWorldData/source_data data",
        "talismans talismans.txt charms.csv",
        "wilds mhdb-wilds-data data",
    ),
    "verify": ("builds.csv equipment.csv config.json",),
    "help": ("optimize", "--completion bash", "--man"),
}


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are ours."""

    def error(self, message: str) -> NoReturn:
        """Raise a `UsageError` instead of printing the usage and leaving."""
        if match := re.fullmatch(r"argument (\S+?)(?:[,/].*)?: ignored explicit argument (.*)", message):
            others = [text for text in self._option_string_actions if text.startswith(f"{match[1]}=")]
            raise UsageError(f"{match[1]} takes no {match[2]}", f"write {' or '.join([match[1], *others])}")
        raise UsageError(message, f"run '{self.prog} --help' to see what it takes")

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse the words; where any number of files may follow, options may stand between them."""
        if any(action.nargs == "*" for action in self._get_positional_actions()):
            return self.parse_intermixed_args(args, namespace)
        return super().parse_args(args, namespace)


def make_parser(command: str, prog: str) -> Parser:
    """The parser of a command of a program that was started as `prog`."""
    summary = COMMANDS[command]
    # The script is the main job and nothing else.
    full_prog = prog if prog.endswith("main.py") else f"{prog} {command}"
    parser = Parser(
        prog=full_prog,
        description=f"{summary[0].upper()}{summary[1:]}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    typed = f"python {full_prog}" if prog.endswith("main.py") else full_prog
    examples = "\n".join(f"  {typed} {words}" for words in EXAMPLES.get(command, ()))
    parser.epilog = f"examples:\n{examples}\n\ndocumentation: {DOCUMENTATION}"
    parser.set_defaults(prog=prog, quiet=False, verbose=False)
    parser.add_argument("--version", action="version", version=f"equipment-optimizer {__version__}")
    add_loudness(parser.add_argument)
    load_command(command).add_arguments(parser)
    for below in parsers_below(parser).values():
        below.epilog = f"documentation: {DOCUMENTATION}"
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
    lines += ["", "To begin with a list of your own:"]
    lines += [f"  {prog} init equipment.csv -o config.json", f"  {prog} optimize {EXAMPLES['optimize'][1]}"]
    lines += ["", f"documentation: {DOCUMENTATION}"]
    return "\n".join(lines)
