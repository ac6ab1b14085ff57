"""Words of a command line into values: numbers, sizes, durations.

Each ``..._option`` is a ``type`` of `argparse`: it takes a word and returns the value,
or raises an error that says what was wrong with the word.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

from ..errors import UsageError
from ..units import parse_size

__all__ = ["add_checkpoint_arguments", "seconds_option", "size_option", "whole_option", "workers_option"]


def whole_option(least: int) -> Callable[[str], int]:
    """A parser of whole numbers from `least` up."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) >= least):
            raise argparse.ArgumentTypeError(f"not a whole number of at least {least}: {text!r}")
        return int(text)

    return parse


def workers_option(text: str) -> int | str:
    """``auto`` or a number of worker processes."""
    try:
        return text if text == "auto" else whole_option(1)(text)
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(f"neither auto nor a whole number of at least 1: {text!r}") from None


def size_option(text: str) -> int:
    """A number of bytes."""
    try:
        return parse_size(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(f"{error.message}; {error.mend}") from None


def seconds_option(text: str) -> float:
    """A positive number of seconds."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"not a number of seconds above 0: {text!r}")
    return seconds


def add_checkpoint_arguments(option: Callable[..., object], what: str) -> None:
    """Declare ``--checkpoint`` and ``--resume``, alike for all commands that have them."""
    option("--checkpoint", metavar="FILE", help=f"keep how far the {what} has come, about once a second")
    option("--resume", action="store_true", help="go on from --checkpoint FILE; from the beginning if it is not there")
