"""What a parser of `argparse` takes, as records: one way to read it for all the forms it is written in."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import NamedTuple

__all__ = ["Argument", "arguments_of", "parsers_below", "plain"]


class Argument(NamedTuple):
    """One argument or option."""

    flags: tuple[str, ...]  # empty for what stands by its place
    value: str  # how its value is shown; empty where it takes none
    choices: tuple[str, ...]
    help: str


def arguments_of(parser: argparse.ArgumentParser) -> Iterator[Argument]:
    """Those of a parser, in its order; the formats of one that has parsers below it are its choices."""
    for action in parser._actions:
        choices = tuple(str(choice) for choice in action.choices or ())
        value = ""
        if action.nargs != 0:
            metavar = action.metavar if isinstance(action.metavar, str) else None
            value = metavar or ("|".join(choices) if choices else action.dest.upper())
        yield Argument(tuple(action.option_strings), value, choices, plain(parser, action))


def plain(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    """The help of an action with its default filled in."""
    if not action.help:
        return ""
    return action.help % {**vars(action), "prog": parser.prog}


def parsers_below(parser: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    """The parsers of a command's formats, by name."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}
