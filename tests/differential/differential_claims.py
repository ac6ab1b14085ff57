"""Checks of what is claimed of a list or in place of one: verify, early stops, reasons why nothing fits, extras."""

from __future__ import annotations

import itertools
import math
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any
from unittest import mock

import oracle
from differential_cases import most_slots
from differential_records import Records, is_allowed
from differential_run import WALK_SLOTS, Run, bytes_of, demand, expect, rows_of, small, some_way

from equipment_optimizer import pipeline
from equipment_optimizer.answers.explain import explain
from equipment_optimizer.answers.piece_values import PieceValue
from equipment_optimizer.answers.plain_answers import plain_ranges
from equipment_optimizer.answers.stability import WeightRange
from equipment_optimizer.commands.explain import table_of as terms_table_of
from equipment_optimizer.commands.pieces import table_of
from equipment_optimizer.commands.stability import table_of as ranges_table_of
from equipment_optimizer.errors import InfeasibleError, InputError
from equipment_optimizer.output.answer_file import write_answer
from equipment_optimizer.questions.extras import what_fits
from equipment_optimizer.records.config import Config
from equipment_optimizer.records.equipment import EquipmentPiece
from equipment_optimizer.records.results import BuildResults
from equipment_optimizer.search.engines import SearchOptions
from equipment_optimizer.verify.output_file import read_output
from equipment_optimizer.verify.tables.explained_terms import verify_terms
from equipment_optimizer.verify.tables.piece_worths import verify_worths
from equipment_optimizer.verify.tables.weight_ranges import verify_ranges
from equipment_optimizer.verify.verifier import verify_builds

# --- judging -----------------------------------------------------------------------------


def _verdict(run: Run, data: bytes, rng: random.Random, config: Config | None = None) -> tuple[Any, ...]:
    path = run.folder / "judged.csv"
    path.write_bytes(data)
    n_builds = 3_000 if run.case.decorations is None or most_slots(run.case) <= WALK_SLOTS else 500
    return verify_builds(
        str(path), run.table, config or run.config, n_builds=n_builds, seed=rng.randrange(1_000)
    ).differences


def check_verify(run: Run, rng: random.Random) -> None:
    """The verifier, which shares nothing with the search, finds no fault with the file."""
    if run.is_answered:
        expect(_verdict(run, bytes_of(run.exhaustive), rng), (), "differences that verify finds")
        safe = bytes_of(run.exhaustive, spreadsheet_safe=True)
        expect(_verdict(run, safe, rng), (), "differences that verify finds in a file safe for spreadsheets")


def check_corrupt(run: Run, rng: random.Random) -> None:
    """The verifier finds one random cell that is wrong."""
    named = Counter((piece["part"], piece["name"]) for piece in run.case.pieces)
    if not run.is_answered or max(named.values()) > 1:
        # Where names repeat, a changed row may be that of a namesake.
        return
    results = run.results
    lines = [[column.name for column in results.columns], *([str(cell) for cell in row] for row in results.iter_rows())]
    r = rng.randrange(len(lines)) if rng.random() < 0.2 else rng.randrange(1, len(lines))
    c = rng.randrange(len(lines[0]))
    cell = lines[r][c]
    if r and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", cell) and results.columns[c].kind != "piece":
        # Another way to write the same number, as spreadsheets have, is no fault.
        longer = f"{cell}0" if Decimal(f"{cell}0") != Decimal(cell) else f"{cell}1"
        lines[r][c] = rng.choice([str(Decimal(cell) + rng.choice([1, -1])), "", "x", longer])
    else:
        lines[r][c] = rng.choice([f"{cell}?", f"{cell}; 1x Nothing", "" if cell else "nothing"])
    if lines[r][c] == cell:
        return
    text = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines) + "\n"
    try:
        found = _verdict(run, text.encode(), rng)
    except InputError:
        return
    what = f"verify accepts {lines[r][c]!r} for {cell!r} in {lines[0][c]!r}, line {r + 1}"
    demand(bool(found), what)


# --- no build at all -----------------------------------------------------------------------


#: A minimum in a reason; a name may hold line ends of its own.
_LEAST = re.compile(
    r"\n  [^\n]*\.json:\d+:\d+: (?P<what>.*?) at least (?P<least>-?\d+): at most (?P<most>-?\d+)", re.DOTALL
)
_HOW_MANY = re.compile(r"these (\d+) requirements exclude each other \(no fewer do\)")


def check_infeasible(run: Run, rng: random.Random) -> None:
    """Where nothing fits, the reason is one: minima that exclude each other, and how far each can go."""
    if not isinstance(run.exhaustive, str) or "no build satisfies" not in run.exhaustive:
        return
    if not run.is_judged or run.case.has_limits:
        return
    text = run.exhaustive
    minima = _minima(run.records.config)
    matches = list(_LEAST.finditer(text))
    named = {match["what"]: int(match["least"]) for match in matches}
    reached = {match["what"]: int(match["most"]) for match in matches}
    n_rules = text.count(", which rejects ")
    how_many = _HOW_MANY.search(text)
    expect(len(named) + n_rules, int(how_many[1]) if how_many else 1, f"requirements in {text!r}")
    for name, least in named.items():
        expect(minima.get(name), least, f"minimum of {name} in the reason {text!r}")
    if n_rules:
        return
    expect(_reach_with(run, named, None), None, "builds that keep what is said to exclude each other")
    for name in named:
        others = {other: least for other, least in named.items() if other != name}
        expect(_reach_with(run, others, name), reached[name], f"level of {name} with the others kept, by brute force")
    for size in range(len(named)):
        for fewer in itertools.combinations(sorted(minima), size):
            kept = {name: minima[name] for name in fewer}
            demand(_reach_with(run, kept, None) is not None, f"fewer exclude each other: {kept}, not {named}")


def _minima(config: Config) -> dict[str, int]:
    """Every minimum by its name in messages."""
    minima = {name: rule.minimum for name, rule in config.skills.items()}
    minima["defence"] = config.min_defence
    minima.update((f"{name} resistance", rule.minimum) for name, rule in config.resistances.items())
    return {name: least for name, least in minima.items() if least is not None}


def _keeps_columns(records: Records, pieces: Sequence[EquipmentPiece]) -> bool:
    """Whether a build keeps the limits of defence, resistances, columns and counts."""
    config, names = records.config, list(records.resistance_names)
    plain = replace(config, skills={}, decorations=None, set_bonuses=None)
    return oracle.score(pieces, plain, names, records.other_names) is not None


def _totals(run: Run | _Allowed) -> list[dict[str, int]]:
    """The totals by name of every build and filling of the pieces, without an `allowed` rules left aside."""
    key = "_every_total"
    if key not in run.__dict__:
        config, names = run.records.config, run.records.resistance_names
        every: dict[tuple[tuple[str, int], ...], None] = {}
        records = run.records
        for _, pieces in oracle.combinations(records.pieces, config, run.allowed):
            if run.allowed and not _keeps_columns(records, pieces):
                continue
            own = {"defence": sum(piece.defence for piece in pieces)}
            for name in config.resistances:
                column = names.index(name) if name in names else -1
                own[f"{name} resistance"] = sum(piece.resistances[column] for piece in pieces) if column >= 0 else 0
            levels, _ = oracle.totals(pieces, config)
            for final in filled_levels(config, oracle.slots_of(pieces, config), levels):
                every.setdefault(tuple(sorted({**final, **own}.items())))
        run.__dict__[key] = [dict(pairs) for pairs in every]
    totals: list[dict[str, int]] = run.__dict__[key]
    return totals


def _reach_with(run: Run, kept: dict[str, int], goal: str | None) -> int | None:
    """The highest total of `goal` (0 where it is None) of a build that keeps some minima; None without one."""
    own = [
        totals.get(goal, 0) if goal else 0
        for totals in _totals(run)
        if all(totals.get(name, 0) >= least for name, least in kept.items())
    ]
    return max(own, default=None)


def filled_levels(config: Config, slots: list[tuple[bool, int]], levels: Counter[str]) -> list[dict[str, int]]:
    """Skill levels of a build after every possible filling, each once."""
    decorations = config.decorations or ()
    uses = (0,) * len(decorations)
    states = {(tuple(sorted(levels.items())), uses)}
    for slot in slots:
        grown = set(states)
        for have, used in states:
            for d, decoration in enumerate(decorations):
                stock = math.inf if decoration.available is None else decoration.available
                if used[d] < stock and oracle.fits(decoration, slot):
                    now = Counter(dict(have))
                    for skill, level in decoration.skills:
                        now[skill] += level
                    count = used[d] + 1 if decoration.available is not None else 0
                    grown.add((tuple(sorted(now.items())), (*used[:d], count, *used[d + 1 :])))
        states = grown
    return [dict(have) for have in {have for have, _ in states}]


# --- stopped early ---------------------------------------------------------------------------


def check_stopped(run: Run, rng: random.Random) -> None:
    """A search that is stopped claims no more than is so."""
    if not run.is_answered:
        return
    n_polls = rng.choice([0, 0, 1, 2, 3, 5, 8, 13, 40])
    engine = rng.choice(["bounded", "bounded", "bounded", "exhaustive"])
    polls = itertools.count()
    short_blocks = partial(SearchOptions, block_length=rng.choice([1, 3, 10]))
    with (
        small(*some_way(rng)),
        mock.patch.object(pipeline, "SearchOptions", short_blocks),
    ):
        if rng.random() < 0.1:
            outcome = run.outcome(engine=engine, workers=1, time_limit=rng.choice([0.0, 0.001, 0.003]))
        else:
            outcome = run.outcome(engine=engine, workers=1, should_stop=lambda: next(polls) >= n_polls)
    demand(isinstance(outcome, BuildResults), f"a stopped search ends in {outcome}")
    assert isinstance(outcome, BuildResults)
    wanted = run.results
    if outcome.report.proved:
        expect(bytes_of(outcome), bytes_of(wanted), "bytes of a search that was done before it was stopped")
        return
    counts = outcome.report.counts
    expect(sum(counts.values()), outcome.report.n_combinations, f"sum of the counts {dict(counts)}")
    rows, belong = rows_of(outcome), rows_of(wanted)
    expect(rows, sorted(set(rows), key=lambda row: (-row.score, row.indices)), "order of the rows of a stopped search")
    assert outcome.proved_rows is not None
    expect(len(outcome.proved_rows), len(rows), "marks of a stopped search")
    if run.is_judged:
        scores = {row.indices: row.score for row in run.truth}
        for row in rows:
            expect(row.score, scores.get(row.indices), f"score of {row.indices} in a stopped search")
    for proved, row in zip(outcome.proved_rows.tolist(), rows, strict=True):
        demand(not proved or row in belong, f"a stopped search calls {row} proved, and it does not belong")
    missing = [row.score for row in belong if row not in rows]
    if missing and rows and outcome.report.gap.is_finite():
        gap = Fraction(outcome.report.gap)
        better = max(missing) - rows[-1].score
        demand(better <= gap, f"the gap {gap} hides a build that is {better} better")
    expect(_verdict(run, bytes_of(outcome), rng), (), "differences that verify finds after an early stop")


# --- what else fits ------------------------------------------------------------------------


def check_extras(run: Run, rng: random.Random) -> None:
    """Every level that `extras` tells is that of brute force."""
    if not run.is_judged:
        return
    try:
        extras = what_fits(run.table, run.config, workers=1)
    except InfeasibleError:
        expect(run.truth[:1], [], "builds where extras finds none")
        return
    except InputError:
        return
    demand(bool(run.truth) or not run.is_answered, "extras finds builds where there are none")
    minima = _minima(run.records.config)
    inner = run.__dict__.setdefault("_allowed_run", _Allowed(run.records))
    maxima = {name: rule.at_most for name, rule in run.records.config.skills.items() if rule.at_most is not None}
    every = [
        one
        for one in _totals(inner)
        if all(one.get(name, 0) >= least for name, least in minima.items())
        and all(one.get(name, 0) <= most for name, most in maxima.items())
    ]
    for extra in extras:
        demand(extra.is_proved, f"{extra.skill} is not proved")
        if extra.least is not None and extra.skill in maxima:
            expect(extra.least, min(one.get(extra.skill, 0) for one in every), f"least of {extra.skill} by extras")
        if extra.least is not None and extra.skill not in maxima:
            continue  # a total or a count: tests/questions/test_extras.py
        expect(extra.level, _capped_reach(run.records.config, every, extra.skill), f"level of {extra.skill} by extras")


class _Allowed:
    """Records without what rules reject, for `_totals`."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.allowed = partial(is_allowed, records)


def _capped_reach(config: Config, every: list[dict[str, int]], skill: str) -> int:
    """The highest level that counts of any of these totals."""
    rule, cap = config.skills.get(skill), config.skill_caps.get(skill)
    locked: int | None = None
    raised: int | None = None
    raised_by: str | None = None
    if rule is not None and rule.values is None:
        locked, raised, raised_by = rule.maximum, rule.raised_maximum, rule.raised_by
        if raised_by is not None:
            locked = rule.locked_maximum
    elif cap is not None:
        locked, raised, raised_by = cap.maximum, cap.maximum, cap.raised_by
        if raised_by is not None:
            locked = cap.locked_maximum
    required = 0 if rule is None or rule.minimum is None else rule.minimum
    levels = []
    for totals in every:
        own = totals.get(skill, 0)
        most = raised if raised_by is not None and totals.get(raised_by, 0) >= 1 else locked
        levels.append(own if most is None else min(own, max(most, required)))
        if locked is not None:
            levels.append(min(own, max(locked, required)))
    return max(levels)


def expect_worths_pass(run: Run, values: list[PieceValue], limit: int, rng: random.Random) -> None:
    """Verify finds nothing wrong with a table of what pieces are worth."""
    path = run.folder / "worth.csv"
    header, rows = table_of(values)
    write_answer(str(path), header, rows, n_known=len(header), is_proved=True, overwrite=True)
    config = replace(run.config, limit=limit)
    verdict = verify_worths(read_output(str(path)), run.table, config, n_builds=500, seed=rng.randrange(1_000))
    expect(verdict.differences, (), "what verify says of the table of pieces")


def expect_ranges_pass(run: Run, ranges: list[WeightRange], rng: random.Random) -> None:
    """Verify finds nothing wrong with a table of ranges of weights."""
    path = run.folder / "firm.csv"
    best = run.results
    if run.config.front:
        best = pipeline.optimize(run.table, replace(run.config, front=()), limit=1)
    header, rows = ranges_table_of(plain_ranges(best, ranges), is_proved=True)
    write_answer(str(path), header, rows, n_known=len(header), is_proved=True, overwrite=True)
    n_builds = rng.choice([500, 5_000])
    verdict = verify_ranges(read_output(str(path)), run.table, run.config, n_builds=n_builds, seed=rng.randrange(1_000))
    expect(verdict.differences, (), "what verify says of the table of ranges")


def check_explain(run: Run, rng: random.Random) -> None:
    """The terms that separate two builds add up to the difference of their scores."""
    if not run.is_answered or run.is_judged is False:
        return
    results = run.results
    first, second = (rng.randrange(len(results)) for _ in range(2))
    found = explain(results, first, second)
    gap = results.score(first) - results.score(second)
    expect(sum((term.gain for term in found.terms), Decimal(0)), gap, f"what separates rows {first} and {second}")
    path = run.folder / "why.csv"
    header, rows = terms_table_of(found, is_proved=True)
    write_answer(str(path), header, rows, n_known=len(header), is_proved=True, overwrite=True)
    verdict = verify_terms(read_output(str(path)), run.table, run.config, n_builds=500)
    expect(verdict.differences, (), "what verify says of the table of terms")
