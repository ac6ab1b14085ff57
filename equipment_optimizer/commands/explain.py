"""The command ``explain``: what separates two builds, or the best one without a piece or with a skill."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import EXIT_DONE, EXIT_STOPPED_EARLY, StoppedError, UsageError
from ..output.terminal import progress_display, say
from ..system.atomic_file import STDOUT
from ..system.stopping import StopFlag, stop_on_signals
from ..units import exact_difference
from .common.answer_table import check_answer, read_job, tell_stop, write_table
from .common.arguments import add_answer, add_files

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..answers.explain import Explanation
    from ..records.config import Config
    from ..records.equipment import EquipmentTable
    from ..records.results import BuildResults

Build = tuple[int, ...]

__all__ = ["EXAMPLES", "add_arguments", "run", "table_of"]

EXAMPLES = (
    "builds.csv equipment.csv config.json 1 2",
    "builds.csv equipment.csv config.json --without 'Ember Crown'",
    "builds.csv equipment.csv config.json --skill 'Attack Boost=7'",
)

#: Builds of the same names that are scored for the best: with a formula each is a search of some milliseconds.
_MOST_SCORED = 200

#: Skills that are offered in the place of an unknown one.
_MOST_OFFERED = 3

_HEADER = ("Term", "Kind", "Amount", "Worth", "Other Amount", "Other Worth", "Difference")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The list, the job that it is of, and the builds."""
    add_files(parser, "output", "equipment", "config", output="a list of builds")
    option = parser.add_argument
    option(
        "builds",
        metavar="ROW",
        nargs="*",
        help="one or two builds: the row of the list, 1 the first, or names of pieces, such as 'Cap; Mail; Boots' "
        "(default: 1; a single one is compared with row 1)",
    )
    option("--without", metavar="NAME", action="append", default=[], help="compare with the best build without a piece")
    option("--skill", metavar="NAME=LEVEL", action="append", default=[], help="compare with the best with that level")
    add_answer(parser, limit=False)


def run(args: argparse.Namespace, session: dict[str, Any]) -> int:
    """Leaves ``explanation``."""
    if len(args.builds) > 2:
        raise UsageError(f"{len(args.builds)} builds are named", "name one or two")
    is_asked = bool(args.without or args.skill)
    if is_asked and len(args.builds) == 2:
        raise UsageError("two builds are named beside --without or --skill", "name one build to compare with")
    check_answer(args, [args.output, args.equipment, args.config], _HEADER)
    flag = StopFlag(args.time_limit)
    with stop_on_signals(flag):
        table, config = read_job(args)
        from ..answers.explain import explain_across, scored_builds

        words = args.builds or ["1"]
        if len(words) == 1 and not is_asked:
            words = [*words, "1"]
        builds = _builds(args, words, table, config)
        names = [_called(word) for word in words]
        results, keeps = scored_builds(table, config, builds)
        rows, is_proved = [(results, k) for k in range(len(builds))], True
        if is_asked:
            asked = _asked(args, table, config, flag)
            is_proved = asked.report.proved
            rows, names, keeps = [*rows, (asked, 0)], [*names, _what(args)], [*keeps, True]
    explanation = explain_across(rows[0], rows[1], (names[0], names[1]))
    session.update(explanation=explanation, equipment=table, config=config)
    if not is_proved:
        tell_stop(args, flag, "a better build may be missing")
    for name, is_kept in zip(names, keeps, strict=True):
        if not is_kept and not args.quiet:
            say(f"notice: {name} does not keep all that the config demands")
    if args.answer == STDOUT:
        print(explanation)
        return EXIT_DONE if is_proved else EXIT_STOPPED_EARLY
    return write_table(args, *table_of(explanation, is_proved), n_known=len(_HEADER), is_proved=is_proved)


def _builds(args: argparse.Namespace, words: list[str], table: EquipmentTable, config: Config) -> list[tuple[int, ...]]:
    """The builds that are named, as rows of the table."""
    from ..answers.explain import scored_builds
    from ..answers.named_builds import build_of_row
    from ..verify.output_file import read_output

    def score_of(build: tuple[int, ...]) -> Any:
        return scored_builds(table, config, [build])[0].score(0)

    output = None
    builds = []
    for word in words:
        if word.isdecimal():
            if word in table.names and not args.quiet:
                say(f"notice: {word} is row {word} of {args.output}; the piece of that name is written '{word};'")
            output = output or read_output(args.output)
            builds.append(build_of_row(args.output, output, int(word), table, score_of))
        else:
            builds.append(_named(args, word, table, config, score_of))
    return builds


def _named(
    args: argparse.Namespace, text: str, table: EquipmentTable, config: Config, score_of: Callable[[Build], Any]
) -> Build:
    """The build of some names; where several pieces have them the list's own, else the one that scores most."""
    from ..answers.explain import best_of
    from ..answers.named_builds import build_of_row, builds_of_names, row_of_names, rows_of_shared_names
    from ..verify.output_file import read_output

    builds = builds_of_names(text, table)
    if len(builds) == 1:
        return builds[0]
    output = read_output(args.output)
    row = row_of_names(output, builds[0], table)
    if row is not None:
        build, meant = build_of_row(args.output, output, row, table, score_of), f"the one in row {row} of {args.output}"
    else:
        build = best_of(table, config, builds[:_MOST_SCORED])
        meant = "the one that scores most" + (f" of the first {_MOST_SCORED}" if len(builds) > _MOST_SCORED else "")
    if not args.quiet:
        pieces = ", ".join(_piece_at(args.equipment, table, config, row) for row in rows_of_shared_names(build, table))
        say(f"notice: several builds are called {text!r}; {meant} is meant, with {pieces}")
    return build


def _piece_at(path: str, table: EquipmentTable, config: Config, row: int) -> str:
    """A piece with its place."""
    from ..records.vocabulary import WEAPON_PART

    part = table.parts[int(table.part_start.searchsorted(row, side="right")) - 1]
    if config.has_weapon_list and part == WEAPON_PART:
        path = config.files["weapons"]
    line = int(table.line[row])
    return f"{table.names[row]} ({path}:{line})" if line else table.names[row]


def _called(word: str) -> str:
    """What a build is called."""
    return f"build {word}" if word.isdecimal() else "the named build"


def _what(args: argparse.Namespace) -> str:
    """What the build that was asked for is called."""
    asked = [f"without {name}" for name in args.without]
    asked += [f"with {' at least '.join(skill.rsplit('=', 1))}" for skill in args.skill]
    return f"the best {' and '.join(asked)}"


def _asked(args: argparse.Namespace, table: EquipmentTable, config: Config, flag: StopFlag) -> BuildResults:
    """The best build under what was asked for."""
    from ..answers.explain import with_skill, without_piece
    from ..answers.named_builds import piece_named
    from ..pipeline import optimize

    changed = without_piece(replace(config, front=()), [piece_named(name, table) for name in args.without])
    for text in args.skill:
        name, equals, level = text.rpartition("=")
        if not equals or not level.strip().isdigit():
            raise UsageError(f"no skill and level: {text!r}", 'write it like --skill "Attack Boost=7"')
        changed = with_skill(changed, _skill(name.strip(), table, config), int(level))
    with progress_display(wanted=not args.quiet) as on_progress:
        results = optimize(table, changed, limit=1, on_progress=on_progress, should_stop=flag.is_set)
    if not len(results):
        raise StoppedError("no build was found in time", "give it more time")
    return results


def _skill(name: str, table: EquipmentTable, config: Config) -> str:
    """The skill as the job writes it."""
    from ..files.names import folded, near
    from ..questions.extras import known_skills

    known = {folded(skill): skill for skill in [*known_skills(table, config), *config.skills]}
    if folded(name) not in known:
        guess = near(name, known.values())
        part = folded(name).casefold()
        longer = sorted(skill for key, skill in known.items() if part and part in key.casefold())[:_MOST_OFFERED]
        mend = f"write {guess!r}" if guess else "write it as in the equipment"
        if not guess and longer:
            mend += ", such as " + " or ".join(map(repr, longer))
        raise UsageError(f"no skill is called {name!r}", mend)
    return known[folded(name)]


def table_of(explanation: Explanation, is_proved: bool) -> tuple[list[str], list[list[object]]]:
    """Header and a row for each term, the largest difference first, the score last."""
    rows: list[list[object]] = []
    for term in explanation.terms:
        (mine, theirs), (worth, other) = term.amounts, term.worths
        rows.append([term.name, term.kind, mine, f"{worth:f}", theirs, f"{other:f}", f"{term.gain:f}"])
    score, other_score = explanation.scores
    gap = exact_difference(score, other_score)
    rows.append(["Score", "score", None, f"{score:f}", None, f"{other_score:f}", f"{gap:f}"])
    if is_proved:
        return list(_HEADER), rows
    return [*_HEADER, "Proved"], [[*row, False] for row in rows]
