"""Checks of lists of builds: by brute force, both engines, any division, any prices, any way to fill slots."""

from __future__ import annotations

import contextlib
import inspect
import itertools
import random
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import oracle
from differential_cases import most_slots, n_combinations
from differential_records import is_allowed, rows_of_parts
from differential_run import WALK_SLOTS, Difference, Row, Run, bytes_of, expect, rows_of, small, some_way
from fillings import fillings_of

from equipment_optimizer.errors import InfeasibleError
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.problem.scoring import BlockTotals, total_columns
from equipment_optimizer.records.config import Config
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.results import BuildResults
from equipment_optimizer.records.space import RankCode
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.best.best_list import TopK
from equipment_optimizer.search.bounded.run import BoundedSearch
from equipment_optimizer.search.engines import SearchOptions
from equipment_optimizer.search.exhaustive._blocks import Layout
from equipment_optimizer.search.exhaustive._scan import Scan
from equipment_optimizer.search.filling import filler as decorate
from equipment_optimizer.search.filling.filled_scores import FilledScores
from equipment_optimizer.search.relaxation.bounds import Multipliers
from equipment_optimizer.search.relaxation.box_lp import LpAdvice

#: Builds of one case whose slots are filled in every way.
_MOST_FILLED = 400

#: Longest that each way of filling slots may take in one check; what is done by then is compared.
_FILLING_SECONDS = 3.0


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


def check_levels(run: Run, rng: random.Random) -> None:
    """By a formula, nodes that are divided by levels of skills hold what their list does."""
    cut = rng.choice([["levels"], ["levels"], ["polls"], ["levels", "polls"], ["levels", "fillings"]])
    with small(*cut):
        other = run.outcome(engine="bounded")
    expect(bytes_of(other), bytes_of(run.exhaustive), f"bytes with small {' and '.join(cut)}")


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


def check_prefixes(run: Run, rng: random.Random) -> None:
    """Whatever the limit, and however fillings and stages are cut up, the list is that of brute force."""
    if not run.is_answered or not run.is_judged:
        return
    limits = sorted({1, 2, 3, len(run.truth), len(run.truth) + 1, rng.randint(1, len(run.truth))})
    limit = rng.choice(limits)
    found = run.outcome(limit=limit)
    if isinstance(found, str):
        raise Difference(found)
    expect(rows_of(found), run.truth[:limit], f"rows for limit {limit}")
    with small(*some_way(rng)):
        other = run.outcome(limit=limit)
    if isinstance(other, str):
        raise Difference(other)
    expect(rows_of(other), run.truth[:limit], f"rows for limit {limit}, cut small")
    expect(bytes_of(other), bytes_of(found), f"bytes for limit {limit}, cut small")


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
        block_scores, plain = FilledScores(problem), True
    elif plain:
        from equipment_optimizer.problem.scoring import score_columns

        block_scores = partial(score_columns, problem)
    code = RankCode(problem.space.position_sizes)
    top = TopK(limit, code.n_words)
    scan = Scan(problem, Layout.of(problem, block_length, plain=plain), block_scores=block_scores)
    tasks = list(scan.layout.tasks(rng.choice([2, 3, 7])))
    for task in rng.sample(tasks, len(tasks)):
        result = scan.best(task, limit=limit)
        top.merge(result.kept)
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
    with small(*some_way(rng)):
        found = run.rows(run.problem, limit, SearchOptions(engine="bounded"))
        expect(found, wanted, "rows by the bounded engine in tiny stages")
        if run.case.decorations and most_slots(run.case) > WALK_SLOTS:
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
    together = fillings_of(decorate.Filler(problem), totals.levels, totals.slots)
    for g in rng.sample(range(len(together)), min(len(together), 5)):
        alone = fillings_of(decorate.Filler(problem), totals.levels[:, g : g + 1], totals.slots[:, g : g + 1])
        expect(alone, together[g : g + 1], f"filling of row {g + 1} on its own")
