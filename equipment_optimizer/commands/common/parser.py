"""The parser of a command, whose errors are ours."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from ..._version import DOCUMENTATION, __version__
from ...errors import UsageError
from ...manual.parsers import parsers_below
from .arguments import add_loudness

__all__ = ["Parser", "make_parser"]

_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"
#: How much of an option a word has in common with the one that it is taken for, from 0 to 1.
_MOST_LIKE = 0.75


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are ours."""

    _is_laid_out = False

    def format_help(self) -> str:
        """The help text, as wide as the terminal."""
        self._is_laid_out = True
        return super().format_help()

    def _get_formatter(self) -> argparse.HelpFormatter:
        """Lays help texts out; made for every option added, too, where asking for the width does not pay."""
        return super()._get_formatter() if self._is_laid_out else argparse.HelpFormatter(self.prog, width=80)

    def error(self, message: str) -> NoReturn:
        """Raise a `UsageError` instead of printing the usage and leaving."""
        if match := re.fullmatch(r"argument (\S+?)(?:[,/].*)?: ignored explicit argument (.*)", message):
            others = [text for text in self._option_string_actions if text.startswith(f"{match[1]}=")]
            raise UsageError(f"{match[1]} takes no {match[2]}", f"write {' or '.join([match[1], *others])}")
        _, _, unknown = message.partition("unrecognized arguments: ")
        meant = self._option_meant(unknown.split())
        raise UsageError(message, f"write {meant}" if meant else f"run '{self.prog} --help' to see what it takes")

    def _option_meant(self, words: Sequence[str]) -> str | None:
        """The option that the first of the unknown words was meant to be, as where an editor made a dash of two."""
        words = [word.partition("=")[0] for word in words if word[:1] in _DASHES]
        if not words:
            return None
        import difflib

        meant = f"--{words[0].lstrip(_DASHES).casefold()}"
        options = [option for option in self._option_string_actions if option.startswith("--") and "=" not in option]
        return next(iter(difflib.get_close_matches(meant, options, 1, _MOST_LIKE)), None)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse the words; where any number of files may follow, options may stand between them."""
        if any(action.nargs == "*" for action in self._get_positional_actions()):
            return self.parse_intermixed_args(args, namespace)
        return super().parse_args(args, namespace)


def make_parser(
    command: str, prog: str, *, summary: str, examples: Sequence[str], add_arguments: Callable[[Parser], None]
) -> Parser:
    """The parser of a command, with its summary, examples and arguments, of a program that was started as `prog`."""
    # The script is the main job and nothing else.
    full_prog = prog if prog.endswith("main.py") else f"{prog} {command}"
    parser = Parser(
        prog=full_prog,
        description=f"{summary[0].upper()}{summary[1:]}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    typed = f"python {full_prog}" if prog.endswith("main.py") else full_prog
    lines = "\n".join(f"  {typed} {words}" for words in examples)
    parser.epilog = f"examples:\n{lines}\n\ndocumentation: {DOCUMENTATION}"
    parser.set_defaults(prog=prog, quiet=False, verbose=False)
    parser.add_argument("--version", action="version", version=f"equipment-optimizer {__version__}")
    add_loudness(parser.add_argument)
    add_arguments(parser)
    for below in parsers_below(parser).values():
        below.epilog = f"documentation: {DOCUMENTATION}"
    return parser
