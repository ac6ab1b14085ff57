"""The command ``help``: the commands, what one of them takes, what stands in the files; a man page, completion."""

from __future__ import annotations

import argparse
import shutil
from typing import Any

from .._version import __version__
from ..errors import EXIT_DONE, MEANING_OF_EXITS
from . import COMMANDS, check_command, make_parser, overview

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES = ("optimize", "config", "equipment", "--completion bash", "--man")

#: The installed program.
_PROGRAM = "equipment-optimizer"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command or file in question, or a form for all."""
    text = "config for the keys of a config, equipment for the columns of an equipment file; default: all commands"
    parser.add_argument("topic", metavar="COMMAND", nargs="?", help=f"what it takes; or {text}")
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
    elif args.topic in TOPICS:
        print(TOPICS[args.topic](shutil.get_terminal_size().columns - 2))
    else:
        check_command(args.topic, args.prog)
        print(make_parser(args.topic, args.prog).format_help(), end="")
    return EXIT_DONE


def _config(width: int) -> str:
    """The keys of a config, from its JSON Schema."""
    import json
    from importlib.resources import files

    from ..manual.schema_page import SECTIONS, schema_text

    schema = files("equipment_optimizer.loading").joinpath("config.schema.json").read_text(encoding="utf-8")
    return schema_text(json.loads(schema), SECTIONS, width=width)


def _equipment(width: int) -> str:
    """The columns of an equipment file."""
    from ..manual.equipment_columns import equipment_text

    return equipment_text(width)


#: What is no command and has a text.
TOPICS = {"config": _config, "equipment": _equipment}


def _parsers() -> dict[str, argparse.ArgumentParser]:
    """The parsers of all commands of the installed program."""
    return {command: make_parser(command, _PROGRAM) for command in COMMANDS}
