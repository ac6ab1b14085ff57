"""What is compared for one case of the differential tests: each check is one way for two answers to differ.

A check takes a `Run` (a case with its files loaded) and random numbers of its own,
and raises `Difference`. What needs the truth asks the oracle; the rest compares
ways to the same answer, byte for byte where bytes are promised.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import itertools
import json
import math
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
import oracle
from differential_cases import Case, Number, Records, is_allowed, most_slots, n_combinations, records_of, rows_of_parts
from differential_files import json_text, write_files

from equipment_optimizer import pipeline
from equipment_optimizer.cli import main
from equipment_optimizer.errors import InfeasibleError, InputError, MemoryBudgetError
from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.output.csv_file import write_csv_to
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.problem.scoring import BlockTotals, total_columns
from equipment_optimizer.problem.selection import select_pieces
from equipment_optimizer.questions.extras import what_fits
from equipment_optimizer.records.best_list import TopK
from equipment_optimizer.records.config import Config
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.results import BuildResults
from equipment_optimizer.records.space import RankCode
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.bounded import _enumerate as listing
from equipment_optimizer.search.bounded import _extra_prices as extra_prices
from equipment_optimizer.search.bounded import _shortfalls as shortfalls
from equipment_optimizer.search.bounded import run as bounded
from equipment_optimizer.search.bounded.run import BoundedSearch
from equipment_optimizer.search.engines import SearchOptions, search
from equipment_optimizer.search.exhaustive import _scan as exhaustive
from equipment_optimizer.search.exhaustive._blocks import Layout
from equipment_optimizer.search.exhaustive._scan import Scan
from equipment_optimizer.search.filling import filler as decorate
from equipment_optimizer.search.filling.branching import branching, build_bounds
from equipment_optimizer.search.filling.walking import _walk as filling_walk
from equipment_optimizer.search.filling.walking import staged_walk
from equipment_optimizer.search.relaxation.bounds import Multipliers
from equipment_optimizer.search.relaxation.box_lp import LpAdvice
from equipment_optimizer.system.machine import peak_rss_bytes
from equipment_optimizer.verify.verifier import verify_builds

#: Builds of one case whose slots are filled in every way.
_MOST_FILLED = 400

#: Longest that each way of filling slots may take in one check; what is done by then is compared.
_FILLING_SECONDS = 3.0

#: Filling slots by the walk takes long where many fillings are nearly as good as the best.
_WALK_SLOTS = 7

#: Up to here brute force over builds and fillings takes some hundredths of a second.
_JUDGED_COMBINATIONS = 60
_JUDGED_SLOTS = 6


class Difference(Exception):
    """Two answers that should be the same and are not."""


def expect(found: Any, wanted: Any, what: str) -> None:
    """Raise where something is not as it should be."""
    if found != wanted:
        raise Difference(f"{what}: expected {_short(wanted)}, found {_short(found)}")


def demand(holds: bool, what: str) -> None:
    """Raise where something does not hold."""
    if not holds:
        raise Difference(what)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 600 else f"{text[:400]} ... {text[-180:]}"


class Row(NamedTuple):
    """A build of a list: exact score and piece indices."""

    score: Fraction
    indices: tuple[int, ...]


class Run:
    """One case in a folder, loaded; answers are found when they are asked for."""

    def __init__(self, case: Case, folder: Path, exhaustive_seconds: float | None = None) -> None:
        self.case = case
        self.folder = folder
        self._exhaustive_seconds = exhaustive_seconds
        self.is_complete = True
        self.figures: Counter[str] = Counter()
        self.equipment, self.config_path = write_files(case, folder)
        self.table, self.config, self.notices = load_job(str(self.equipment), str(self.config_path))

    #: What may be where: everything.
    allowed = None

    @cached_property
    def records(self) -> Records:
        """What the files mean, without the loader."""
        return records_of(self.case)

    @cached_property
    def truth(self) -> list[Row]:
        """Every feasible build, best first, by the oracle."""
        records = self.records
        builds = oracle.best_builds(
            records.pieces,
            records.config,
            None,
            records.resistance_names,
            other_names=records.other_names,
            allowed=partial(is_allowed, records),
        )
        return [Row(build.score, build.indices) for build in builds]

    @cached_property
    def chosen(self) -> EquipmentTable:
        """The pieces that may be used."""
        return select_pieces(self.table, self.config)

    @cached_property
    def problem(self) -> Problem:
        """The compiled problem."""
        return compile_problem(self.chosen, self.config)

    @cached_property
    def exhaustive(self) -> BuildResults | str:
        """The answer of the exhaustive engine in this process, or why there is none.

        Where that takes longer than it may, the bounded engine's, and `is_complete` is false.
        """
        if self._exhaustive_seconds is None:
            return self.outcome(engine="exhaustive", workers=1)
        deadline = time.monotonic() + self._exhaustive_seconds
        with mock.patch.object(exhaustive, "PLAIN_BLOCK_LENGTH", 256):
            found = self.outcome(engine="exhaustive", workers=1, should_stop=lambda: time.monotonic() > deadline)
        self.is_complete = isinstance(found, str) or found.report.proved
        return found if self.is_complete else self.outcome(engine="bounded")

    @property
    def results(self) -> BuildResults:
        """The same, where there is one."""
        assert isinstance(self.exhaustive, BuildResults)
        return self.exhaustive

    @property
    def is_judged(self) -> bool:
        """Whether brute force over builds and fillings is affordable."""
        n_slots = most_slots(self.case) if self.case.decorations else 0
        return n_combinations(self.case) <= _JUDGED_COMBINATIONS and n_slots <= _JUDGED_SLOTS

    @property
    def is_answered(self) -> bool:
        """Whether some build satisfies the configuration, and the weights fit."""
        return isinstance(self.exhaustive, BuildResults)

    @property
    def kinds(self) -> list[str]:
        """What came of the case, for the count."""
        outcome = "answered" if self.is_answered else str(self.exhaustive).partition("Error")[0].lower()
        kinds = [outcome, *(["judged by the oracle"] if self.is_judged else [])]
        if self.is_answered and self.problem.decorations is not None:
            kinds.append("with slots filled")
            if not self.is_complete:
                kinds.append("too long for the exhaustive engine")
        return kinds

    def outcome(self, **options: Any) -> BuildResults | str:
        """Results, or the error."""
        try:
            return optimize(self.table, self.config, **options)
        except (InfeasibleError, InputError) as error:
            return f"{type(error).__name__}: {error}"

    def rows(self, problem: Problem, limit: int, options: SearchOptions) -> list[Row]:
        """The list of one search."""
        outcome = search(problem, limit, options)
        indices = zip(*[column.tolist() for column in outcome.columns], strict=True)
        return [
            Row(Fraction(score, 10**problem.digits), own)
            for score, own in zip(outcome.scores.tolist(), indices, strict=True)
        ]


def rows_of(results: BuildResults) -> list[Row]:
    """Scores and piece indices of results."""
    scale = 10**results.score_digits
    scores = [Fraction(score, scale) for score in results.scaled_scores.tolist()]
    return [Row(score, one.indices) for score, one in zip(scores, results.combinations, strict=True)]


def bytes_of(outcome: BuildResults | str, **options: Any) -> bytes:
    """The file that results make; the text of an error."""
    if isinstance(outcome, str):
        return outcome.encode()
    buffer = io.BytesIO()
    write_csv_to(buffer, outcome, **options)
    return buffer.getvalue()


#: Constants of the search that decide how work is cut up, with values that cut it small; none changes an answer.
_SMALL = {
    "stages": [(bounded, "_FIRST_LEAVES", 3), (bounded, "_SPLIT_LEAVES", 5.0), (shortfalls, "_MAX_TABLE", 4)],
    "extra prices": [
        (extra_prices, "_FIRST_VAIN", 1),
        (extra_prices, "_GROWTH", 1),
        (extra_prices, "_LEAST_SHARE", 0.0),
        (bounded, "_FIRST_LEAVES", 1),
        (bounded, "_STAGE_GROWTH", 1.2),
        (listing, "CHUNK_ROWS", 8),
    ],
    "fillings": [
        (decorate, "_POOL_SIZE", 2),
        (decorate, "_GROUPS", 5),
        (decorate, "_WINNERS", 3),
        (branching, "_FIRST_WAVE", 2),
        (branching, "_MOST_NODES", 2),
        (branching, "_REFUTERS", 1),
        (build_bounds, "_STARTS", 2),
        (staged_walk, "_WALKED", 3),
        (filling_walk, "_MAX_ROWS", 20),
    ],
}


@contextlib.contextmanager
def small(*what: str) -> Iterator[None]:
    """Cut stages or fillings small, so that ways are taken which large problems take."""
    with contextlib.ExitStack() as stack:
        for module, name, value in itertools.chain.from_iterable(_SMALL[one] for one in what):
            # An engine that was rewritten may have no such constant any more.
            if hasattr(module, name):
                stack.enter_context(mock.patch.object(module, name, value))
        yield


def _some_way(rng: random.Random) -> list[str]:
    return rng.choice([["stages"], ["stages", "fillings"], ["extra prices"], ["stages", "extra prices", "fillings"]])


# --- the files mean what they say ------------------------------------------------------


def _piece_facts(piece: EquipmentPiece) -> tuple[Any, ...]:
    return piece._replace(skills=tuple(sorted(piece.skills)), set_bonuses=tuple(sorted(piece.set_bonuses)), line=0)


def _config_facts(config: Config) -> Config:
    if config.decorations is None:
        return config
    return replace(
        config, decorations=tuple(replace(one, skills=tuple(sorted(one.skills))) for one in config.decorations)
    )


def check_load(run: Run, rng: random.Random) -> None:
    """The loaded pieces and configuration are those of the case."""
    records = run.records
    wanted = EquipmentTable.from_pieces(
        records.pieces,
        body_parts=records.config.body_parts,
        resistance_names=records.resistance_names,
        other_names=records.other_names,
    )
    expect(list(map(_piece_facts, run.table)), list(map(_piece_facts, wanted)), "loaded pieces")
    expect(_config_facts(run.config), _config_facts(records.config), "loaded configuration")
    with contextlib.suppress(InfeasibleError):
        own = [(piece.body_part, _piece_facts(piece)[2:] if piece.name else None) for piece in run.chosen]
        rows = [(part, piece and _piece_facts(piece)[2:]) for part, piece in rows_of_parts(records)]
        expect(own, rows, "pieces that pins, exclusions and filters let pass")


# --- the answer ------------------------------------------------------------------------


def check_oracle(run: Run, rng: random.Random) -> None:
    """The list is that of brute force."""
    if not run.is_answered:
        if str(run.exhaustive).startswith("InfeasibleError"):
            expect(run.truth[:1], [], "builds of a job called infeasible")
        return
    expect(rows_of(run.results), run.truth[: run.config.limit], "rows by the exhaustive engine")


def check_engines(run: Run, rng: random.Random) -> None:
    """Both engines write the same bytes and claim no more than is so."""
    other = run.outcome(engine="bounded")
    expect(bytes_of(other), bytes_of(run.exhaustive), "bytes by the bounded engine")
    if rng.random() < 0.3:
        expect(bytes_of(run.outcome()), bytes_of(run.exhaustive), "bytes by the engine that auto takes")
    for results in (other, run.exhaustive):
        if isinstance(results, BuildResults):
            _check_report(run, results)


def _check_report(run: Run, results: BuildResults) -> None:
    report = results.report
    expect((report.proved, report.gap), (True, Decimal(0)), f"claims of the {report.engine} engine")
    expect(sum(report.counts.values()), report.n_combinations, f"sum of the counts {dict(report.counts)}")
    if run.is_judged and report.n_tied is not None and len(results):
        n_sharing = sum(row.score == run.truth[len(results) - 1].score for row in run.truth)
        last = results.scaled_scores[-1]
        expect(report.n_tied, n_sharing - int((results.scaled_scores == last).sum()), "further builds that tie")


def check_limits(run: Run, rng: random.Random) -> None:
    """Fewer builds are the first rows of more."""
    if not run.is_answered or not run.is_complete:
        return
    total = run.problem.space.n_combinations
    full = run.rows(run.problem, min(total, 2_000), SearchOptions(engine="exhaustive", workers=1))
    few = range(1, len(full) + 2)
    limits = few if len(full) <= 12 else sorted({1, 2, 3, *rng.sample(few, 3), len(full), len(full) + 1})
    if len(full) == 2_000 < total:
        limits = [limit for limit in limits if limit <= len(full)]
    for limit in limits:
        found = run.rows(run.problem, limit, SearchOptions(engine="bounded"))
        expect(found, full[:limit], f"rows for limit {limit} by the bounded engine")
    limit = rng.choice(list(limits))
    found = run.rows(run.problem, limit, SearchOptions(engine="exhaustive", workers=1))
    expect(found, full[:limit], f"rows for limit {limit} by the exhaustive engine")


def check_blocks(run: Run, rng: random.Random) -> None:
    """Block lengths, kept vectors and the division into tasks change nothing."""
    if not run.is_answered:
        return
    problem, limit = run.problem, min(run.config.limit, run.problem.space.n_combinations)
    wanted = rows_of(run.results)
    lengths = [1, 2, 3, 7, 20, 64] if problem.space.n_combinations <= 100 else [64, 500, 5_000]
    options = SearchOptions(
        engine="exhaustive", workers=1, block_length=rng.choice(lengths), cache_bytes=rng.choice([0, 64, 4 << 20])
    )
    expect(run.rows(problem, limit, options), wanted, f"rows with blocks of {options.block_length}")
    block_length, plain = rng.choice(lengths), rng.random() < 0.5
    block_scores = None
    if problem.decorations is not None:
        block_scores, plain = decorate.FilledScores(problem), True
    elif plain:
        from equipment_optimizer.problem.scoring import score_columns

        block_scores = partial(score_columns, problem)
    code = RankCode(problem.space.position_sizes)
    top = TopK(limit, code.n_words)
    scan = Scan(problem, Layout.of(problem, block_length, plain=plain), block_scores=block_scores)
    tasks = list(scan.layout.tasks(rng.choice([2, 3, 7])))
    for task in rng.sample(tasks, len(tasks)):
        result = scan.best(task, limit=limit)
        top.merge(result.scores, result.words)
    expect(_decoded(problem, top), wanted, f"rows of {len(tasks)} tasks in another order")


def _decoded(problem: Problem, top: TopK) -> list[Row]:
    scores, words = top.sorted()
    columns = [column.tolist() for column in RankCode(problem.space.position_sizes).decode(words)]
    scores = [Fraction(score, 10**problem.digits) for score in scores.tolist()]
    return [Row(score, own) for score, own in zip(scores, zip(*columns, strict=True), strict=True)]


def random_solver(rng: random.Random) -> Callable[..., LpAdvice]:
    """Multipliers out of a hat: they may cost time, never an answer."""

    def solve(problem: Problem, classes: Any, box: Any, precision: int) -> LpAdvice:
        scale = rng.choice([0, 1, 300, 5_000])
        price = tuple(rng.randint(-scale, scale) * precision // 100 for _ in box.low)
        totals = [rng.uniform(low, high) if low <= high else 0.0 for low, high in zip(box.low, box.high, strict=True)]
        return LpAdvice(Multipliers(price), totals, rng.random() < 0.9)

    return solve


def check_multipliers(run: Run, rng: random.Random) -> None:
    """Any multipliers give the same list, and so do tiny stages and early splits."""
    if not run.is_answered:
        return
    wanted = rows_of(run.results)
    limit = min(run.config.limit, run.problem.space.n_combinations)
    with small(*_some_way(rng)):
        found = run.rows(run.problem, limit, SearchOptions(engine="bounded"))
        expect(found, wanted, "rows by the bounded engine in tiny stages")
        if run.case.decorations and most_slots(run.case) > _WALK_SLOTS:
            return
        one = BoundedSearch(run.problem, limit, solver=random_solver(rng))
        one.run()
    expect(_decoded(run.problem, one.top), wanted, "rows with random multipliers")
    expect(one.bound, None, "what random multipliers leave open")


# --- fillings ----------------------------------------------------------------------------


#: Ways to fill slots: how the filler is made, and what is cut small meanwhile.
_WAYS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "by walks only": ({"walks_only": True}, []),
    "in small pieces": ({}, ["fillings"]),
    "in small pieces by walks only": ({"walks_only": True}, ["fillings"]),
    "with coarse prices": ({"precision": 1}, []),
}


def check_fillers(run: Run, rng: random.Random) -> None:
    """Every way to fill slots, and the oracle, give a build the same worth, with any floor."""
    if not run.is_answered or run.case.decorations is None:
        return
    problem = run.problem
    total = problem.space.n_combinations
    some = np.array(sorted(rng.sample(range(total), min(total, _MOST_FILLED))))
    columns = [np.array(column) for column in zip(*map(problem.space.indices, some.tolist()), strict=True)]
    totals = total_columns(problem, columns)
    usual = _in_chunks(problem, totals, {})
    run.figures["builds filled in several ways"] += len(usual)
    for name, (how, cut) in _WAYS.items():
        if set(how) <= set(inspect.signature(decorate.Filler).parameters):
            with small(*cut):
                found = _in_chunks(problem, totals.take(np.arange(len(usual))), how)
            _expect_scores(found, usual[: len(found)], f"fillings {name}")
            run.figures[f"builds filled {name}"] += len(found)
    _check_floors(problem, totals, usual, rng)
    records = run.records
    if run.is_judged and not problem.space.origins and not records.config.pin_all:
        every = oracle.combinations(records.pieces, records.config, partial(is_allowed, records))
        builds = list(itertools.islice(every, int(some[-1]) + 1))
        for at, score in zip(some.tolist(), usual.tolist(), strict=False):
            wanted = oracle.score(builds[at][1], records.config, records.resistance_names, records.other_names)
            found_score = None if score == NO_BUILD else Fraction(score, 10**problem.digits)
            expect(found_score, wanted, f"filling of build number {at}, held against the oracle's")


def _in_chunks(problem: Problem, totals: BlockTotals, how: dict[str, Any]) -> np.ndarray:
    """Scores of the first builds, as many as can be filled in a few seconds, by one filler that learns."""
    filler = decorate.Filler(problem, **how)
    deadline = time.monotonic() + _FILLING_SECONDS
    scores = []
    for start in range(0, len(totals.linear), 50):
        rows = np.arange(start, min(start + 50, len(totals.linear)))
        scores.append(filler.scores(totals.take(rows)))
        if time.monotonic() > deadline:
            break
    return np.concatenate(scores)


def _expect_scores(found: np.ndarray, wanted: np.ndarray, what: str) -> None:
    differing = np.flatnonzero(found != wanted)
    if differing.size:
        at = int(differing[0])
        raise Difference(f"{what}: {differing.size} of {len(found)} differ, the first {found[at]}, not {wanted[at]}")


def _check_floors(problem: Problem, totals: BlockTotals, truth: np.ndarray, rng: random.Random) -> None:
    """Scores above a floor are exact; below it they are exact or none."""
    finite = np.sort(truth[truth > NO_BUILD])
    for _ in range(2 if finite.size else 0):
        floor = int(finite[rng.randrange(len(finite))]) + rng.choice([0, 0, 1, -1])
        rows = np.array(rng.sample(range(len(truth)), rng.randint(1, len(truth))))
        for walks_only in (True, False):
            filler = decorate.Filler(problem, walks_only=walks_only)
            with small(*rng.choice([[], ["fillings"]])):
                for part in np.array_split(rows, 2):
                    if part.size:
                        found = filler.scores(totals.take(part), floor)
                        wanted = truth[part]
                        wanted = np.where((wanted < floor) & (found == NO_BUILD), NO_BUILD, wanted)
                        _expect_scores(found, wanted, f"fillings with floor {floor}, walks_only {walks_only}")


def check_fillings(run: Run, rng: random.Random) -> None:
    """Both engines write the same bytes however fillings are cut up."""
    if run.case.decorations is None or not run.is_answered:
        return
    wanted = bytes_of(run.exhaustive)
    ways = [("bounded", []), ("bounded", ["fillings"]), ("bounded", ["stages", "fillings"])]
    if n_combinations(run.case) <= 200:
        ways.append(("exhaustive", ["fillings"]))
    for engine, cut in ways:
        with small(*cut):
            what = f"bytes by {engine}" + (f" with small {' and '.join(cut)}" if cut else "")
            expect(bytes_of(run.outcome(engine=engine, workers=1)), wanted, what)


def check_alone(run: Run, rng: random.Random) -> None:
    """The filling that is written depends on its build alone."""
    if run.case.decorations is None or not run.is_answered:
        return
    problem, columns = run.problem, [column.astype(np.int64) for column in run.results.combinations.columns]
    totals = total_columns(problem, columns).take(np.array(range(min(len(run.results), 20))))
    together = decorate.Filler(problem).fillings(totals.levels, totals.slots)
    for g in rng.sample(range(len(together)), min(len(together), 5)):
        alone = decorate.Filler(problem).fillings(totals.levels[:, g : g + 1], totals.slots[:, g : g + 1])
        expect(alone, together[g : g + 1], f"filling of row {g + 1} on its own")


# --- judging -----------------------------------------------------------------------------


def _verdict(run: Run, data: bytes, rng: random.Random, config: Config | None = None) -> tuple[Any, ...]:
    path = run.folder / "judged.csv"
    path.write_bytes(data)
    n_builds = 3_000 if run.case.decorations is None or most_slots(run.case) <= _WALK_SLOTS else 500
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
        small(*_some_way(rng)),
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


# --- elsewhere: commands, batches, workers, memory ----------------------------------------------


def _command(arguments: list[str]) -> int:
    """Run a command with nothing of what it says shown."""
    quiet = io.StringIO()
    with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
        return main(arguments)


def _exit_code(run: Run) -> int:
    if run.is_answered:
        return 0
    return 3 if str(run.exhaustive).startswith("InfeasibleError") else 2


def check_command(run: Run, rng: random.Random) -> None:
    """The command writes these bytes, the right exit code, and a manifest that adds up and can be used again."""
    output, manifest = run.folder / "out.csv", run.folder / "manifest.json"
    for path in (output, manifest):
        path.unlink(missing_ok=True)
    engine = rng.choice(["auto", "bounded", "exhaustive"])
    files = [str(run.equipment), str(output), str(run.config_path)]
    code = _command(["optimize", *files, "--engine", engine, "--workers", "1", "--manifest", str(manifest)])
    expect(code, _exit_code(run), "exit code")
    expect(output.exists(), run.is_answered, "whether there is an output")
    if not run.is_answered:
        return
    expect(output.read_bytes(), bytes_of(run.exhaustive), "bytes of the command")
    told = json.loads(manifest.read_text(encoding="utf-8"), parse_float=Number)
    last = run.results.score(len(run.results) - 1)
    expect(Decimal(str(told["nth_score"])), last, "nth_score of the manifest")
    expect(told["n_results"], len(run.results), "n_results of the manifest")
    expect(sum(told["counts"].values()), told["n_combinations"], "counts of the manifest")
    expect((told["proved"], told["gap"]), (True, 0), "claims of the manifest")
    again = {key: value for key, value in told["config"].items() if key != "_side_files"}
    files_used = json.loads(run.config_path.read_text(encoding="utf-8")).get("files")
    if files_used:
        again["files"] = files_used
    path = run.folder / "again.json"
    path.write_text(json_text(again), encoding="utf-8")
    table, config, _ = load_job(str(run.equipment), str(path))
    results = optimize(table, config, engine="exhaustive", workers=1)
    expect(bytes_of(results), bytes_of(run.exhaustive), "bytes with the manifest's configuration")


def check_batch(run: Run, rng: random.Random) -> None:
    """A batch writes what single runs write."""
    folder = run.folder / "batch"
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for path in run.folder.glob("*.*"):
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    limits = {"one": 1, "own": run.config.limit, "three": 3}
    builds = [{"name": name, "config": "config.json", "limit": limit} for name, limit in limits.items()]
    (folder / "builds.json").write_text(json.dumps({"defaults": {"equipment": "equipment.csv"}, "builds": builds}))
    code = _command(["batch", str(folder / "builds.json"), "--workers", "1", "--quiet"])
    expect(code, _exit_code(run), "exit code of the batch")
    if run.is_answered:
        for name, limit in limits.items():
            single = bytes_of(run.outcome(engine="exhaustive", workers=1, limit=limit))
            expect((folder / f"{name}.csv").read_bytes(), single, f"bytes of a batch with limit {limit}")


def check_memory(run: Run, rng: random.Random) -> None:
    """Under a ceiling there are the same bytes or a refusal."""
    if not run.is_answered:
        return
    held = peak_rss_bytes() or 200 << 20
    ceiling = held + (rng.choice([1, 8, 64, 256, 1024]) << 20)
    engine = rng.choice(["auto", "bounded", "exhaustive"])
    try:
        outcome = run.outcome(engine=engine, workers=1, memory_bytes=ceiling)
    except MemoryBudgetError:
        return
    expect(bytes_of(outcome), bytes_of(run.exhaustive), f"bytes of {engine} below {ceiling} bytes")


def check_workers(run: Run, rng: random.Random) -> None:
    """Two worker processes write the same bytes."""
    found = run.outcome(engine="exhaustive", workers=2, backend="processes")
    expect(bytes_of(found), bytes_of(run.exhaustive), "bytes of two worker processes")


def check_dask(run: Run, rng: random.Random) -> None:
    """Workers of Dask write the same bytes."""
    found = run.outcome(engine="exhaustive", workers=2, backend="dask")
    expect(bytes_of(found), bytes_of(run.exhaustive), "bytes of Dask")


Check = Callable[[Run, random.Random], None]

CHECKS: dict[str, Check] = {
    name.removeprefix("check_"): value for name, value in list(globals().items()) if name.startswith("check_")
}

#: Of how many cases one is put to a check, by mode; 1 is every case.
EVERY = {
    "quick": {
        "load": 2, "oracle": 1, "engines": 2, "infeasible": 1, "fillers": 8, "limits": 16, "blocks": 8,
        "multipliers": 8, "fillings": 16, "stopped": 6, "verify": 8, "corrupt": 8, "alone": 20, "extras": 10,
        "command": 60, "batch": 300, "memory": 60,
    },
    "small": {
        "load": 1, "oracle": 1, "engines": 1, "infeasible": 1, "fillers": 2, "limits": 3, "blocks": 3,
        "multipliers": 3, "fillings": 4, "stopped": 2, "verify": 3, "corrupt": 3, "alone": 6, "extras": 6,
        "command": 20, "batch": 60, "memory": 20, "workers": 800, "dask": 4_000,
    },
    "limits": {
        "load": 1, "oracle": 1, "engines": 1, "fillers": 4, "limits": 6, "blocks": 6, "multipliers": 3, "fillings": 8,
        "stopped": 3, "verify": 3, "corrupt": 3, "alone": 20, "extras": 10, "command": 20, "batch": 200, "memory": 60,
        "workers": 2_000,
    },
    "filling": {"load": 1, "fillers": 1, "fillings": 1, "limits": 16, "stopped": 4, "verify": 4, "alone": 4},
    "large": {
        "load": 1, "engines": 1, "limits": 2, "blocks": 3, "multipliers": 2, "stopped": 2, "verify": 4, "corrupt": 4,
        "command": 20, "memory": 10, "workers": 100,
    },
}  # fmt: skip
