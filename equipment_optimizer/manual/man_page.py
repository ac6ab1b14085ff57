"""The man page, in the macros of man(7)."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping

from .parsers import Argument, arguments_of, parsers_below

__all__ = ["man_page"]


def man_page(
    program: str,
    version: str,
    parsers: Mapping[str, argparse.ArgumentParser],
    *,
    exit_codes: Mapping[int, str],
) -> str:
    """The page of a program in section 1, the same every time, with description and examples of each command's parser.

    >>> page = man_page("prog", "1.0", {"go": argparse.ArgumentParser(description="Go on.")}, exit_codes={0: "done"})
    >>> page.splitlines()[0]
    '.TH "PROG" "1" "" "prog 1.0" "User Commands"'
    """
    lines = [
        f'.TH "{_text(program.upper())}" "1" "" "{_text(program)} {_text(version)}" "User Commands"',
        ".SH NAME",
        f"{_text(program)} \\- the best builds of an equipment list, exactly",
        ".SH SYNOPSIS",
        f".B {_text(program)}",
        r"\fICOMMAND\fR ...",
        ".SH COMMANDS",
    ]
    for command, parser in parsers.items():
        lines += [f".SS {_text(command)}", _text(parser.description or "")]
        lines += _arguments(parser)
        for name, below in parsers_below(parser).items():
            lines += [".PP", rf"\fB{_text(command)} {_text(name)}\fR: {_text(below.description or '')}"]
            lines += _arguments(below)
        if parser.epilog:
            lines += [".PP", ".nf", *(_text(line) for line in parser.epilog.splitlines()), ".fi"]
    lines.append(".SH EXIT STATUS")
    for code, meaning in exit_codes.items():
        lines += [".TP", str(code), _text(meaning)]
    return "\n".join([*lines, ""])


def _arguments(parser: argparse.ArgumentParser) -> Iterator[str]:
    """A paragraph for each argument and option."""
    for argument in arguments_of(parser):
        yield ".TP"
        yield _heading(argument)
        yield _text(argument.help) or r"\&"


def _heading(argument: Argument) -> str:
    """``-o, --output FILE`` with its fonts."""
    value = rf"\fI{_text(argument.value)}\fR" if argument.value else ""
    flags = ", ".join(rf"\fB{_text(flag)}\fR" for flag in argument.flags)
    return f"{flags} {value}".strip()


def _text(text: str) -> str:
    """Text in which nothing is a command of the formatter."""
    text = text.replace("\\", r"\e").replace("-", r"\-").replace('"', r"\(dq")
    return rf"\&{text}" if text.startswith((".", "'")) else text
