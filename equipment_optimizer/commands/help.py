"""The command ``help``: the commands, or what one of them takes; a man page and shell completion of the same."""

from __future__ import annotations

import argparse
from typing import Any

from .._version import __version__
from ..errors import EXIT_DONE, MEANING_OF_EXITS
from . import COMMANDS, check_command, make_parser, overview

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES = ("optimize", "--completion bash", "--man")

#: The installed program.
_PROGRAM = "equipment-optimizer"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command in question, or a form for all."""
    parser.add_argument("topic", metavar="COMMAND", nargs="?", help="default: an overview of all")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--completion", choices=("bash", "zsh", "fish"), help="print a script that completes commands")
    form.add_argument("--man", action="store_true", help="print the man page; man -l FILE shows it")


def run(args: argparse.Namespace, session: dict[str, Any]) -> int:
    """Prints what ``COMMAND --help`` prints, or one of the forms."""
    if args.completion is not None:
        from ..manual.completion import completion_script

        print(completion_script(args.completion, _PROGRAM, COMMANDS, _parsers()), end="")
    elif args.man:
        from ..manual.man_page import man_page

        print(man_page(_PROGRAM, __version__, _parsers(), exit_codes=MEANING_OF_EXITS), end="")
    elif args.topic is None:
        print(overview(args.prog))
    else:
        check_command(args.topic, args.prog)
        print(make_parser(args.topic, args.prog).format_help(), end="")
    return EXIT_DONE


def _parsers() -> dict[str, argparse.ArgumentParser]:
    """The parsers of all commands of the installed program."""
    return {command: make_parser(command, _PROGRAM) for command in COMMANDS}
