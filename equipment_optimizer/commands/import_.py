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

#: What a folder has in it that is to be imported.
_SIGNS = {"mhworlddata": "armors", "wilds": "Armor.json", "rise": "head.csv", "eldenring": "armorData.json"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One set of arguments for each format."""
    formats = parser.add_subparsers(dest="format", metavar="FORMAT", required=True)
    world = formats.add_parser(
        "mhworlddata",
        help="a folder in the layout of MHWorldData",
        description="Make equipment.csv, decorations.csv, set_bonuses.csv, skills.csv and a starter config.json.",
        allow_abbrev=False,
    )
    world.add_argument("folder", metavar="FOLDER", help="holds armors/, charms/, decorations/ and skills/")
    world.add_argument("output", metavar="OUT", help="folder to write to; made if need be")
    world.add_argument("--all-ranks", action="store_true", help="every rank of a charm, not only the last of its line")
    world.add_argument(
        "--defence",
        choices=("base", "max", "augmented"),
        default="base",
        help="which of the defence values to take (default: base)",
    )
    talismans = formats.add_parser(
        "talismans",
        help="a talisman a line: Skill,Level,Skill,Level,Slot,Slot,Slot",
        description="Make an equipment list of charms from lines Skill,Level,Skill,Level,Slot,Slot,Slot.",
        allow_abbrev=False,
    )
    talismans.add_argument(
        "file", metavar="FILE", help="the lines, or a table with a header; slots are levels, 0 for none"
    )
    talismans.add_argument("output", metavar="OUT.csv", help="the equipment list; - is standard output")
    talismans.add_argument(
        "--encoding", type=encoding_option, metavar="NAME", help="of a file without a byte order mark that is not UTF-8"
    )
    wilds = formats.add_parser(
        "wilds",
        help="Monster Hunter Wilds: a folder in the layout of mhdb-wilds-data",
        description="Make equipment.csv, decorations.csv, set_bonuses.csv, skills.csv and a starter config.json.",
        allow_abbrev=False,
    )
    wilds.add_argument("folder", metavar="FOLDER", help="holds Armor.json, Skill.json, ... and maybe weapons/")
    wilds.add_argument("output", metavar="OUT", help="folder to write to; made if need be")
    wilds.add_argument("--language", metavar="NAME", default="en", help="of the names, such as ja or de (default: en)")
    wilds.add_argument("--all-ranks", action="store_true", help="every rank of a charm, not only the last of its line")
    rise = formats.add_parser(
        "rise",
        help="Monster Hunter Rise and Sunbreak: a folder in the layout of mhrise-simulator",
        description="Make equipment.csv, decorations.csv, set_bonuses.csv, skills.csv and a starter config.json.",
        allow_abbrev=False,
    )
    rise.add_argument("folder", metavar="FOLDER", help="holds head.csv, ..., deco.csv and skill.csv")
    rise.add_argument("output", metavar="OUT", help="folder to write to; made if need be")
    for chosen in (wilds, rise):
        chosen.add_argument(
            "--defence", choices=("base", "max"), default="base", help="which value of defence to take (default: base)"
        )
    elden = formats.add_parser(
        "eldenring",
        help="Elden Ring: a file in the layout of EldenRing-ArmorSmith",
        description="Make equipment.csv and a starter config.json, with a total for every number.",
        allow_abbrev=False,
    )
    elden.add_argument("folder", metavar="FILE", help="armorData.json, or the folder that holds it")
    elden.add_argument("output", metavar="OUT", help="folder to write to; made if need be")
    for chosen in (world, talismans, wilds, rise, elden):
        chosen.add_argument("--force", action="store_true", help="replace files that differ")
        add_time_limit(chosen.add_argument, "stop after this time, with nothing written")
        add_loudness(chosen.add_argument)


def run(args: argparse.Namespace, session: dict[str, Any]) -> int:
    """Writes nothing where a file that differs is there, save with ``--force``."""
    if args.format == "talismans":
        from ..importers.talismans import talismans_file

        _check_order(args.file, args.output, args.output)
        check_target(args.output, [args.file])
        with within(args.time_limit):
            text, notices = talismans_file(args.file, encoding=args.encoding)
        n_charms = text.count("\n") - 1
        written = write_files({args.output: text}, force=args.force)
        summary = f"{n_charms:,} {'charm' if n_charms == 1 else 'charms'}"
    else:
        _check_order(args.folder, args.output, os.path.join(args.output, _SIGNS[args.format]))
        with within(args.time_limit):
            files, notices = _files(args)
        targets = _targets(args.output, files)
        written = write_files(targets, force=args.force)
        summary = f"{len(files)} files in {args.output}"
    if not args.quiet:
        for notice in [*notices, *_kept(args, written)]:
            say(f"notice: {notice}")
        say(f"{summary}, {len(written)} written")
    return EXIT_DONE


def _files(args: argparse.Namespace) -> tuple[dict[str, str], tuple[str, ...]]:
    """What a format makes of a folder or a file."""
    if args.format == "wilds":
        from ..importers.wilds import wilds_files

        options = {"language": args.language, "all_ranks": args.all_ranks, "defence": args.defence}
        return wilds_files(args.folder, **options)
    if args.format == "rise":
        from ..importers.rise import rise_files

        return rise_files(args.folder, defence=args.defence)
    if args.format == "eldenring":
        from ..importers.eldenring import eldenring_files

        return eldenring_files(args.folder)
    from ..importers.mhworlddata import mhworlddata_files

    return mhworlddata_files(args.folder, all_ranks=args.all_ranks, defence=args.defence)


def _check_order(source: str, target: str, sign: str) -> None:
    """Refuse a source that is not there where the target is one, as `sign` shows: they are in another order."""
    if source != STDOUT and not os.path.exists(source) and os.path.exists(sign):
        message = f"what to import comes first, then where to write: {source} is not there, and {target} is"
        raise UsageError(message, f"write {shlex.join([target, source])}")


def _kept(args: argparse.Namespace, written: list[str]) -> list[str]:
    """Says so where the user's own configuration was left alone."""
    path = os.path.join(args.output, _STARTER)
    if args.format == "talismans" or path in written:
        return []
    return [f"{path} was there and is left as it is; remove it to get a new starter"]


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
