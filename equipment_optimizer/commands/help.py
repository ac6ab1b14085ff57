"""The command ``help``: the commands, or what one of them takes."""

from __future__ import annotations

import argparse
from typing import Any

from ..errors import EXIT_DONE
from .parser import check_command, make_parser, overview

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command in question."""
    parser.add_argument("topic", metavar="COMMAND", nargs="?", help="default: an overview of all")


def run(args: argparse.Namespace, session: dict[str, Any]) -> int:
    """Prints what ``COMMAND --help`` prints."""
    if args.topic is None:
        print(overview(args.prog))
        return EXIT_DONE
    check_command(args.topic, args.prog)
    print(make_parser(args.topic, args.prog).format_help(), end="")
    return EXIT_DONE
