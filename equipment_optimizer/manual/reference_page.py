"""The page of the documentation that says what every command takes, in Markdown."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping

from .parsers import Argument, arguments_of, parsers_below

__all__ = ["reference_page"]


def reference_page(
    summaries: Mapping[str, str], parsers: Mapping[str, argparse.ArgumentParser], *, exit_codes: Mapping[int, str]
) -> str:
    """All commands, in the order of the summaries, with their arguments, options and examples, and the exit codes.

    >>> page = reference_page({"go": "go on"}, {"go": argparse.ArgumentParser("prog go")}, exit_codes={0: "done"})
    >>> "## go" in page
    True
    """
    lines = ["| command | |", "|---|---|"]
    lines += [f"| [`{command}`](#{command}) | {_cell(summary)} |" for command, summary in summaries.items()]
    lines += ["", "## Exit codes", "", "| code | meaning |", "|---|---|"]
    lines += [f"| {code} | {_cell(meaning)} |" for code, meaning in exit_codes.items()]
    for command, parser in parsers.items():
        lines += ["", f"## {command}", "", parser.description or ""]
        lines += _section(parser)
        for name, below in parsers_below(parser).items():
            lines += ["", f"### {command} {name}", "", below.description or "", *_section(below)]
    return "\n".join([*lines, ""])


def _section(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Usage, a table, examples."""
    usage = " ".join(parser.format_usage().split()).removeprefix("usage: ")
    yield from ("", "```text", usage, "```", "", "| argument | what it does |", "|---|---|")
    for argument in arguments_of(parser):
        yield f"| {_shown(argument)} | {_cell(argument.help)} |"
    if parser.epilog:
        yield from ("", "```text", parser.epilog.strip(), "```")


def _shown(argument: Argument) -> str:
    """An argument as it is typed."""
    flags = ", ".join(argument.flags)
    return f"`{_cell(f'{flags} {argument.value}'.strip())}`"


def _cell(text: str) -> str:
    """Text within a table."""
    return text.replace("|", "\\|")
