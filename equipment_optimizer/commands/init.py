"""The command ``init``: a configuration to begin with, or an equipment file to fill in."""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING, Any

from ..errors import EXIT_DONE, UsageError
from ..output.terminal import say
from ..system.atomic_file import STDOUT, check_target
from ..system.stopping import within
from .common.arguments import add_time_limit, encoding_option
from .import_ import write_files

if TYPE_CHECKING:
    from ..records.equipment import EquipmentTable

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES = ("equipment.csv -o config.json", "--template -o equipment.csv")

_NO_SKILL = (
    "write them into columns Skill 1 Name, Skill 1 Level, ...; or, where columns are named after skills, "
    "list those names under skills"
)

#: An equipment file to fill in: the usual columns, and a row for each body part that shows what goes where.
_TEMPLATE = """\
Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level,Skill 2 Name,Skill 2 Level,Slot 1,Slot 2,Slot 3,\
Fire Res,Water Res,Thunder Res,Ice Res,Dragon Res,Set Bonus 1
Example Helm,Head,48,Attack Boost,2,,,3,1,0,2,0,-1,0,0,Example Set
Example Mail,Body,50,Attack Boost,1,Guard,1,4,0,0,2,0,-1,0,0,Example Set
Example Gloves,Arms,44,Critical Eye,2,,,1,1,0,0,3,0,-2,0,
Example Belt,Waist,42,Guard,2,Critical Eye,1,2,0,0,0,3,0,-2,0,
Example Boots,Legs,46,Health Boost,1,,,2,2,1,1,1,1,1,1,
Example Charm,Charm,,Health Boost,2,,,,,,,,,,,
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to begin from, and where to write."""
    option = parser.add_argument
    option("equipment", metavar="EQUIPMENT.csv", nargs="?", help="the pieces that the configuration is to be for")
    option("--template", action="store_true", help="write an equipment file to fill in instead")
    option("-o", "--output", metavar="FILE", default=STDOUT, help="what to write; default: -, standard output")
    option("--encoding", metavar="NAME", type=encoding_option, help="of a file without a byte order mark")
    add_time_limit(option, "stop after this time, with nothing written")
    option("--force", action="store_true", help="replace a file that differs")


def run(args: argparse.Namespace, session: dict[str, Any]) -> int:
    """Writes nothing where a file that differs is there, save with ``--force``."""
    if args.template == (args.equipment is not None):
        raise UsageError(
            "init takes an equipment file, or --template",
            f"run {args.prog} init EQUIPMENT.csv -o config.json, or {args.prog} init --template -o equipment.csv",
        )
    if args.template:
        _write(args, _TEMPLATE)
        _tell(args, f"fill it in, then: {args.prog} init {_quoted(args.output, 'equipment.csv')} -o config.json")
        return EXIT_DONE
    check_target(args.output, [args.equipment])
    from ..importers.starter_config import starter_config_of

    with within(args.time_limit):
        table, notices = _read(args.equipment, args.encoding)
    for notice in notices:
        _tell(args, f"notice: {notice}")
    _write(args, starter_config_of(table, encoding=args.encoding))
    _tell(args, f"{table.n_pieces:,} pieces of {len(table.parts)} parts, {len(table.skill_names):,} skills")
    files = f"{_quoted(args.equipment, 'equipment.csv')} builds.csv {_quoted(args.output, 'config.json')}"
    _tell(args, f"set the weights, then: {args.prog} optimize {files} --report builds.html")
    return EXIT_DONE


def _quoted(path: str, otherwise: str) -> str:
    """A path as a command line takes it."""
    return otherwise if path == STDOUT else shlex.quote(path)


def _write(args: argparse.Namespace, text: str) -> None:
    """Write one file, and say so where something else would have to be replaced."""
    if not write_files({args.output: text}, force=args.force):
        _tell(args, f"notice: {args.output} holds exactly this already")


def _tell(args: argparse.Namespace, sentence: str) -> None:
    if not args.quiet:
        say(sentence)


def _read(path: str, encoding: str | None) -> tuple[EquipmentTable, list[str]]:
    """The pieces of a file whose body parts nobody has declared; those that are nearly a usual one are faults."""
    from ..files.findings import Findings, listing, raise_faults
    from ..files.names import folded, near
    from ..files.text import read_bytes, why_unreadable
    from ..loading.equipment_file import survey_pieces
    from ..records.config import Config
    from ..records.equipment import EquipmentTable
    from ..records.vocabulary import DEFAULT_BODY_PARTS, part_key

    findings = Findings(path)
    try:
        raw = read_bytes(path)
    except (OSError, ValueError) as error:
        findings.fault(0, 0, *why_unreadable(error))
        raise_faults(findings)
        raise AssertionError("a fault is raised") from error  # pragma: no cover
    usual = {part_key(part): part for part, _ in DEFAULT_BODY_PARTS}
    parts: dict[str, str] = {}
    first = survey_pieces(raw, Findings(path), Config(), None, encoding=encoding)
    # Of faulty rows too: their parts are no faults beside.
    for part in [*(piece.body_part for piece in first.pieces), *(part for part, name in sorted(first.faulty) if name)]:
        name = folded(part)
        if name and (part_key(name) in usual or near(name, usual.values()) is None):
            parts.setdefault(part_key(name), usual.get(part_key(name), name))
    survey = survey_pieces(raw, findings, Config(), parts or usual, encoding=encoding)
    raise_faults(findings)
    notices = [*findings.notices()]
    # The usual ones as they are usually listed, others as they come.
    order = [part for part in usual.values() if part in parts.values()]
    order += [part for part in parts.values() if part not in order]
    if not set(order) <= set(usual.values()):
        notices.append(f"{path}: other parts than the usual six, declared in the configuration: {listing(order)}")
    table = EquipmentTable.from_pieces(
        survey.pieces,
        body_parts=[(part, 1) for part in order],
        resistance_names=survey.resistance_names,
        other_names=survey.other_names,
    )
    if not table.skill_names:
        notices.append(f"{path}: no skill was found: {_NO_SKILL}")
    return table, notices
