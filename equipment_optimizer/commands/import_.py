"""The command ``import``: other programs' data into the files of a job.

Files are made in full before the first is written, all are written before the
first takes its place, and nothing that differs is replaced without being asked.
"""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from ..errors import EXIT_DONE, UsageError
from ..importers import IMPORTERS, load_importer
from ..output.terminal import say
from ..system.atomic_file import STDOUT, atomic_writer, check_target, make_folder
from ..system.stopping import within
from .common.arguments import add_loudness, add_time_limit, encoding_option

__all__ = ["EXAMPLES", "add_arguments", "run", "write_files"]

EXAMPLES = (
    "mhworlddata MHWorldData/source_data data",
    "talismans talismans.txt charms.csv",
    "wilds mhdb-wilds-data data",
)

#: Made once and then the user's: never replaced.
_STARTER = "config.json"

#: Values that are checked before a file is opened.
_CHECKED: dict[str, dict[str, Any]] = {"--encoding": {"type": encoding_option}}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One set of arguments for each format."""
    formats = parser.add_subparsers(dest="format", metavar="FORMAT", required=True)
    for name, importer in IMPORTERS.items():
        chosen = formats.add_parser(name, help=importer.summary, description=importer.description, allow_abbrev=False)
        for dest, (metavar, text) in (("source", importer.source), ("output", importer.target)):
            chosen.add_argument(dest, metavar=metavar, help=text)
        for flag, settings in importer.options.items():
            chosen.add_argument(flag, **settings, **_CHECKED.get(flag, {}))
        chosen.add_argument("--force", action="store_true", help="replace files that differ")
        add_time_limit(chosen.add_argument, "stop after this time, with nothing written")
        add_loudness(chosen.add_argument)


def run(args: argparse.Namespace, session: dict[str, Any]) -> int:
    """Writes nothing where a file that differs is there, save with ``--force``."""
    importer = IMPORTERS[args.format]
    if importer.sign is None:
        _check_order(args.source, args.output, args.output)
        check_target(args.output, [args.source])
    else:
        _check_order(args.source, args.output, os.path.join(args.output, importer.sign))
    options = {name: getattr(args, name) for name in (flag[2:].replace("-", "_") for flag in importer.options)}
    with within(args.time_limit):
        made, notices = load_importer(args.format)(args.source, **options)
    if isinstance(made, str):
        n_charms = made.count("\n") - 1
        written = write_files({args.output: made}, force=args.force)
        summary = f"{n_charms:,} {'charm' if n_charms == 1 else 'charms'}"
    else:
        written = write_files(_targets(args.output, made), force=args.force)
        summary = f"{len(made)} files in {args.output}"
        notices = (*notices, *_kept(os.path.join(args.output, _STARTER), written))
    if not args.quiet:
        for notice in notices:
            say(f"notice: {notice}")
        say(f"{summary}, {len(written)} written")
    return EXIT_DONE


def _check_order(source: str, target: str, sign: str) -> None:
    """Refuse a source that is not there where the target is one, as `sign` shows: they are in another order."""
    if source != STDOUT and not os.path.exists(source) and os.path.exists(sign):
        message = f"what to import comes first, then where to write: {source} is not there, and {target} is"
        raise UsageError(message, f"write {shlex.join([target, source])}")


def _kept(path: str, written: list[str]) -> list[str]:
    """Says so where the user's own configuration was left alone."""
    return [] if path in written else [f"{path} was there and is left as it is; remove it to get a new starter"]


def _targets(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    """The files by path, their folder made."""
    make_folder(folder)
    paths = {os.path.join(folder, name): text for name, text in files.items()}
    starter = os.path.join(folder, _STARTER)
    if os.path.lexists(starter):
        del paths[starter]
    return paths


def write_files(files: Mapping[str, str], *, force: bool = False) -> list[str]:
    """Write texts by path together: all are complete beside their targets before the first is replaced.

    Returns the paths written; a file that holds the same already is left alone. Where one differs
    and `force` is not given, nothing is written. Files take their places in the order given; only a
    renaming that fails half-way leaves some of them new and some old.
    """
    contents = {path: text.encode() for path, text in files.items()}
    for path in contents:
        check_target(path)
    changed = {path: data for path, data in contents.items() if not _holds(path, data)}
    differing = [path for path in changed if path != STDOUT and os.path.isfile(path)]
    if differing and not force:
        names = ", ".join(differing)
        raise UsageError(f"other contents are there already: {names}", "write elsewhere, or add --force to replace")
    with ExitStack() as stack:
        # The last one entered is the first one renamed.
        writers = [(stack.enter_context(atomic_writer(path)), data) for path, data in reversed(changed.items())]
        for writer, data in writers:
            writer.write(data)
    return list(changed)


def _holds(path: str, data: bytes) -> bool:
    """Whether a regular file holds exactly these bytes."""
    if path == STDOUT or not os.path.isfile(path) or os.path.getsize(path) != len(data):
        return False
    with open(path, "rb") as file:
        return file.read() == data
