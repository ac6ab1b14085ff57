"""Words of a command line into values, and the options that several commands have.

Each ``..._option`` is a ``type`` of `argparse`: it takes a word and returns the value,
or raises an error that says what was wrong with the word.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

from ...errors import UsageError
from ...system.atomic_file import STDOUT
from ...units import parse_size

__all__ = [
    "add_answer",
    "add_answers",
    "add_checkpoint",
    "add_engine",
    "add_files",
    "add_form",
    "add_gains",
    "add_limit",
    "add_loudness",
    "add_overwrite",
    "add_place",
    "add_reading",
    "add_time_limit",
    "add_workers",
    "check_pairs",
    "encoding_option",
    "seconds_option",
    "size_option",
    "whole_option",
]


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


def encoding_option(text: str) -> str:
    """The name of an encoding of text."""
    from ...files.text import is_encoding

    if not is_encoding(text):
        raise argparse.ArgumentTypeError(f"unknown encoding: {text!r}, such as utf-8, cp1252, shift_jis")
    return text


#: How an option is declared: ``parser.add_argument``.
Option = Callable[..., object]


#: Files that commands take, by the name of the argument: how each is shown, and what it is.
_FILES = {
    "equipment": ("EQUIPMENT.csv", "the pieces"),
    "output": ("OUT.csv", "the builds, best first; - is standard output"),
    "config": ("CONFIG.json", "what you value and demand"),
}


def add_files(parser: argparse.ArgumentParser, *names: str, **helps: str) -> None:
    """Declare files in this order, with other words than the usual ones where `helps` has some."""
    for name in names:
        shown, usual = _FILES[name]
        parser.add_argument(name, metavar=shown, help=helps.get(name, usual))
    parser.set_defaults(files=names)


def add_limit(option: Option) -> None:
    """Declare ``--limit``."""
    option("--limit", metavar="N", type=whole_option(1), help="builds wanted, instead of the config's limit")


def add_engine(option: Option) -> None:
    """Declare ``--engine``."""
    option("--engine", choices=("auto", "bounded", "exhaustive"), default="auto", help="how to search (default: auto)")


def add_workers(option: Option) -> None:
    """Declare ``--workers``."""
    option("--workers", metavar="auto|N", type=workers_option, default="auto", help="worker processes (default: auto)")


def add_place(option: Option) -> None:
    """Declare where work is done and with how much memory: ``--backend`` and ``--memory``."""
    option("--backend", choices=("serial", "processes", "dask"), help="where workers run")
    option("--memory", metavar="SIZE", type=size_option, help="memory ceiling, such as 512MiB or 2GB")


def add_answers(option: Option, where: str) -> None:
    """Declare what is told beside a list, and where: ``--stability`` and ``--pieces``."""
    option(
        "--stability",
        dest="answers",
        action="append_const",
        const="stability",
        default=[],
        help=f"add to {where} how far each weight may move, exactly",
    )
    option(
        "--pieces",
        dest="answers",
        action="append_const",
        const="pieces",
        help=f"add to {where} what every piece is worth, exactly",
    )


def add_gains(option: Option, when: str) -> None:
    """Declare what might be got: ``--wishes``, ``--pairs`` and ``--decorations``."""
    option("--wishes", metavar="MORE.csv", help=f"{when}pieces that you might get: what each would bring")
    option("--pairs", action="store_true", help=f"{when}also what every two of the wishes would bring together")
    option(
        "--decorations",
        action="store_true",
        help=f"{when}also what one more of each limited decoration would bring, and a talisman of each listed skill "
        "and level",
    )


def check_pairs(args: argparse.Namespace) -> None:
    """Refuse pairs of nothing."""
    if args.pairs and args.wishes is None:
        raise UsageError("--pairs needs --wishes", "name a file of wishes, or leave --pairs out")


def add_form(option: Option) -> None:
    """Declare how builds are written: ``--spreadsheet-safe`` and ``--excel``."""
    option("--spreadsheet-safe", action="store_true", help="defuse names that a spreadsheet would take for formulas")
    option("--excel", action="store_const", const="comma", help="write what Excel opens well: score and pieces first")
    # An option of its own, so that no file name after --excel is taken for its value.
    option(
        "--excel=semicolon",
        dest="excel",
        action="store_const",
        const="semicolon",
        help="likewise, for systems whose lists are separated by semicolons",
    )


def add_reading(option: Option) -> None:
    """Declare how files are read: ``--encoding`` and ``--strict``."""
    option(
        "--encoding",
        metavar="NAME",
        type=encoding_option,
        help="of text files without a byte order mark, such as cp932 or cp1251",
    )
    option("--strict", action="store_true", help="notices about inputs are faults")


def add_time_limit(option: Option, what: str) -> None:
    """Declare ``--time-limit``."""
    option("--time-limit", metavar="SECONDS", type=seconds_option, help=what)


def add_overwrite(option: Option) -> None:
    """Declare ``--overwrite``."""
    option("--overwrite", action="store_true", help="replace the files that are written, whatever is in them")


def add_loudness(option: Option) -> None:
    """Declare ``--quiet`` and ``--verbose``; what was said before the command stays said."""
    option("--quiet", action="store_true", default=argparse.SUPPRESS, help="no notices, no progress, no summary")
    option("--verbose", action="store_true", default=argparse.SUPPRESS, help="more details, and tracebacks of errors")


def add_answer(parser: argparse.ArgumentParser, *, limit: bool = True) -> None:
    """Declare where the table goes, how files are read, and when to end."""
    option = parser.add_argument
    # Names of their own: a command may read a list of builds that is called output.
    option("-o", "--output", dest="answer", metavar="OUT.csv", default=STDOUT, help="default: -, standard output")
    if limit:
        add_limit(option)
    add_time_limit(option, "write what is certain by then")
    add_reading(option)
    option("--overwrite", dest="replaces", action="store_true", help="replace the output, whatever is in it")


def add_checkpoint(option: Option, what: str) -> None:
    """Declare ``--checkpoint`` and ``--resume``."""
    when = "after every list" if what == "batch" else "about once a second"
    option("--checkpoint", metavar="FILE", help=f"keep how far the {what} has come, {when}")
    option("--resume", action="store_true", help="go on from --checkpoint FILE; from the beginning if it is not there")
