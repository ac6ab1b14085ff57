"""What a user starts: one file per command, and the table of them.

To add a command, write a module that is a `Command` and give it a line in `COMMANDS`.
"""

from __future__ import annotations

import keyword
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    import argparse

__all__ = ["COMMANDS", "Command", "load_command"]


class Command(Protocol):
    """One command; its module has the command's name."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare what it takes; imports nothing slow."""

    def run(self, args: argparse.Namespace, session: dict[str, Any]) -> int:
        """Carry it out; returns the exit code, and leaves names for an interactive session in `session`."""


#: Every command and what it does, as the overview lists them.
COMMANDS = {
    "optimize": "find the best builds of an equipment list",
    "init": "write a configuration to begin with, or an equipment file to fill in",
    "sample": "measure what parallel work costs, and recommend workers and chunk size",
    "batch": "remake every build list that is out of date",
    "extras": "how high every skill can go with all requirements kept",
    "pieces": "what every piece is worth, and what to get next",
    "explain": "what separates two builds, and the best one without a piece or with a skill",
    "stability": "how far each weight may move before another build is best",
    "heap": "what holds the memory of a job",
    "import": "turn other programs' data into equipment files",
    "verify": "re-score the builds of a file by definition",
    "help": "what a command takes",
}


def load_command(name: str) -> Command:
    """The module of a command in `COMMANDS`, imported when it is asked for."""
    module = f"{name}_" if keyword.iskeyword(name) else name
    return cast(Command, import_module(f".{module}", __name__))
