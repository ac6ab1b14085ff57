"""The filling of slots against every filling, and both engines with decorations against the oracle."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import numpy as np
import oracle
import pytest
from fillings import fillings_of
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.scoring import feature_values, total_columns
from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.engines import SearchOptions, search
from equipment_optimizer.search.filling import filler as decorate
from equipment_optimizer.search.filling.branching import branching, fixed_levels


@pytest.mark.parametrize("engine", ["exhaustive", "bounded"])
@pytest.mark.parametrize("seed", range(150))
def test_both_engines_equal_the_oracle_with_decorations(seed: int, engine: str) -> None:
    job = random_job(random.Random(seed), full=bool(seed % 3), decorations=True)
    problem = compile_problem(job.table, job.config)
    builds = oracle.best_builds(job.pieces, job.config, job.config.limit, job.resistance_names)
    outcome = search(problem, job.config.limit, SearchOptions(engine=engine, workers=1))
    scores = [Fraction(score, 10**problem.digits) for score in outcome.scores.tolist()]
    columns = [column.tolist() for column in outcome.columns]
    assert list(zip(scores, zip(*columns, strict=True), strict=True)) == [(b.score, b.indices) for b in builds]


@pytest.mark.parametrize("seed", range(60))
def test_the_written_filling_is_valid_and_worth_its_score(seed: int) -> None:
    job = random_job(random.Random(seed), full=bool(seed % 2), decorations=True)
    problem = compile_problem(job.table, job.config)
    if not problem.space.n_combinations:
        return
    columns = problem.space.block(0, min(problem.space.n_combinations, 40))
    totals = total_columns(problem, columns)
    scores = decorate.Filler(problem).scores(totals)
    totals, scores = totals.take(np.flatnonzero(scores > NO_BUILD)), scores[scores > NO_BUILD]
    for g, (counts, free) in enumerate(fillings_of(decorate.Filler(problem), totals.levels, totals.slots)):
        compiled = problem.decorations
        levels = totals.levels[:, g].copy()
        value = int(totals.linear[g]) + int(problem.slot_weights @ np.array(free, dtype=np.int64))
        used: list[tuple[int, int]] = []
        for d, count in counts.items():
            assert count > 0 and (compiled.stock[d] < 0 or count <= compiled.stock[d])
            levels += count * compiled.levels[d]
            value += count * int(compiled.linear[d])
            used += [(d, count)]
        assert scores[g] == value + int(feature_values(problem, levels[:, None])[0])
        assert sum(counts.values()) + sum(free) == int(totals.slots[:, g].sum())
        assert assignable(compiled.fits, used, (totals.slots[:, g] - np.array(free, dtype=np.int64)).tolist())


def assignable(fits: np.ndarray, used: list[tuple[int, int]], slots: list[int]) -> bool:
    """Whether decorations fill exactly these slots, by trying."""
    if not used:
        return not any(slots)
    (d, count), rest = used[0], used[1:]
    if count == 0:
        return assignable(fits, rest, slots)
    for k in np.flatnonzero(fits[d]).tolist():
        left = [*slots[:k], slots[k] - 1, *slots[k + 1 :]]
        if slots[k] and assignable(fits, [(d, count - 1), *rest], left):
            return True
    return False


def test_a_filling_does_not_depend_on_what_was_filled_before() -> None:
    job = random_job(random.Random(21), full=True, decorations=True)
    problem = compile_problem(job.table, job.config)
    totals = total_columns(problem, problem.space.block(0, min(problem.space.n_combinations, 20)))
    together = fillings_of(decorate.Filler(problem), totals.levels, totals.slots)
    for g in reversed(range(totals.levels.shape[1])):
        alone = fillings_of(decorate.Filler(problem), totals.levels[:, g : g + 1], totals.slots[:, g : g + 1])
        assert alone == together[g : g + 1]


@pytest.mark.parametrize("seed", range(60))
def test_a_filling_does_not_depend_on_whether_its_score_is_known(seed: int) -> None:
    job = random_job(random.Random(seed), full=bool(seed % 2), decorations=True)
    problem = compile_problem(job.table, job.config)
    if not problem.space.n_combinations or problem.decorations is None:
        return
    totals = total_columns(problem, problem.space.block(0, min(problem.space.n_combinations, 40)))
    scores = decorate.Filler(problem).scores(totals)
    totals, scores = totals.take(np.flatnonzero(scores > NO_BUILD)), scores[scores > NO_BUILD]
    filler = decorate.Filler(problem)
    known = fillings_of(filler, totals.levels, totals.slots, scores - filler.unfilled_scores(totals))
    assert known == fillings_of(decorate.Filler(problem), totals.levels, totals.slots)


def test_a_score_that_no_filling_reaches_is_an_error() -> None:
    for seed in range(50):
        job = random_job(random.Random(seed), decorations=True)
        problem = compile_problem(job.table, job.config)
        if not problem.space.n_combinations or problem.decorations is None:
            continue
        totals = total_columns(problem, problem.space.block(0, 1))
        filler = decorate.Filler(problem)
        scores = filler.scores(totals)
        if scores[0] > NO_BUILD:
            best = scores - filler.unfilled_scores(totals) + filler.model.grain
            with pytest.raises(AssertionError, match="no filling scores what was found"):
                fillings_of(filler, totals.levels, totals.slots, best)
            return
    pytest.fail("no build was made")


def test_builds_whose_fillings_miss_a_minimum_are_refuted_without_a_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(3)
    skills = [f"S{i}" for i in range(12)]
    jewels = tuple(
        Decoration(name=f"J{i}", slot_level=1, skills=((skill, 1), (rng.choice(skills[:i] or ["T"]), 1)))
        for i, skill in enumerate(skills)
    )
    pieces = [
        EquipmentPiece(f"{part}{n}", part, slots=(rng.randint(0, 3), 0, 0, 0), skills=((rng.choice(skills), 1),))
        for part in ("Head", "Body", "Legs")
        for n in range(4)
    ]
    rules = {skill: SkillRule(weight=Decimal(1), maximum=3, minimum=1) for skill in skills}
    zero = Decimal(0)
    config = Config(
        skills=rules, decorations=jewels, over_max="cap", slot_weights=(zero, zero, zero, zero), slot_count_weight=zero
    )
    problem = compile_problem(EquipmentTable.from_pieces(pieces), config)
    totals = total_columns(problem, problem.space.block(0, problem.space.n_combinations))
    wanted = decorate.Filler(problem, walks_only=True).scores(totals)
    monkeypatch.setattr(decorate, "WalkedFillings", lambda *_, **__: pytest.fail("walked"))
    assert (decorate.Filler(problem).scores(totals) == wanted).all()
    assert (wanted == NO_BUILD).any()


def test_in_bulk_whole_levels_are_asked_and_scores_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[int]()
    most = fixed_levels.FixedLevels.most

    def noted(self, cases, basis, least):
        asked.append(len(cases))
        return most(self, cases, basis, least)

    monkeypatch.setattr(fixed_levels.FixedLevels, "most", noted)
    for seed in range(80):
        job = random_job(random.Random(seed), full=bool(seed % 3), decorations=True)
        problem = compile_problem(job.table, job.config)
        if problem.space.n_combinations:
            totals = total_columns(problem, problem.space.block(0, min(problem.space.n_combinations, 200)))
            n_before = len(asked)
            plain = decorate.Filler(problem).scores(totals, n_wanted=len(totals.linear))
            assert len(asked) == n_before
            in_bulk = decorate.Filler(problem).scores(totals, n_wanted=len(totals.linear), in_bulk=True)
            assert in_bulk.tolist() == plain.tolist()
    assert len(asked) > 20


@pytest.mark.parametrize("seed", range(40))
def test_as_found_and_chosen_fillings_score_the_same_whatever_was_remembered(seed: int) -> None:
    job = random_job(random.Random(seed), full=bool(seed % 3), decorations=True)
    problem = compile_problem(job.table, job.config)
    if not problem.space.n_combinations:
        return
    columns = problem.space.block(0, min(problem.space.n_combinations, 40))
    totals = total_columns(problem, columns)
    searching = decorate.Filler(problem)
    scores = searching.scores(totals, n_wanted=len(totals.linear))
    good = np.flatnonzero(scores > NO_BUILD)
    chosen = [column[good] for column in columns]
    plain = decorate.Filler(problem).written(chosen, scores[good]).fillings
    again = searching.written(chosen, scores[good]).fillings
    for mine, other in zip(vars(again).values(), vars(plain).values(), strict=True):
        assert mine.tolist() == other.tolist()
    compiled = problem.decorations
    for filler in (searching, decorate.Filler(problem)):
        found = filler.written(chosen, scores[good], as_found=True).fillings
        for g, row in enumerate(good.tolist()):
            some = slice(found.start[g], found.start[g + 1])
            counts = np.bincount(found.decoration[some], found.count[some], max(compiled.index, default=-1) + 1)
            counts = counts[list(compiled.index)].astype(np.int64)
            levels = totals.levels[:, row] + counts @ compiled.levels
            value = int(totals.linear[row]) + int(counts @ compiled.linear)
            for level, weight in dict(zip(problem.slot_levels, problem.slot_weights.tolist(), strict=True)).items():
                value += weight * int(found.free_slots[g, level - 1])
            assert scores[row] == value + int(feature_values(problem, levels[:, None])[0])


def test_a_stop_leaves_the_first_builds_with_what_was_found_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decorate, "_COUNTS", 4)
    kinds = set()
    for seed in range(12):
        job = random_job(random.Random(seed), full=True, decorations=True)
        problem = compile_problem(job.table, job.config)
        columns = problem.space.block(0, min(problem.space.n_combinations, 40))
        totals = total_columns(problem, columns)
        scores = decorate.Filler(problem).scores(totals)
        good = np.flatnonzero(scores > NO_BUILD)
        chosen = [column[good] for column in columns]
        whole = decorate.Filler(problem).written(chosen, scores[good])
        assert whole.is_final
        for n_polls in range(0, 60, 4):
            polls = iter(range(n_polls))
            stopped = decorate.Filler(problem).written(
                chosen, scores[good], should_stop=lambda polls=polls: next(polls, None) is None
            )
            n_rows = len(stopped.fillings.free_slots)
            kinds.add((n_rows == len(good), stopped.is_final, n_rows > 0))
            assert not stopped.is_final or n_rows == len(good)
            n_filled = (
                np.add.reduceat(np.append(stopped.fillings.count, 0), stopped.fillings.start[:-1]) if n_rows else 0
            )
            assert (n_filled <= totals.slots[:, good[:n_rows]].sum(axis=0)).all()
    assert kinds >= {(True, True, True), (False, False, True), (False, False, False)}


def test_bounds_by_prices_are_there_before_any_build_was_filled():
    job = random_job(random.Random(3), full=True, decorations=True)
    problem = compile_problem(job.table, job.config)
    totals = total_columns(problem, problem.space.block(0, min(4, problem.space.n_ranks)))
    bounded = decorate.Filler(problem).bounds_by_prices(totals, 4)
    scores = decorate.Filler(problem).scores(totals)
    assert bounded
    assert all((bound >= scores).all() for _, bound in bounded)


def test_what_is_not_walked_is_exact_or_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    walked, n_open = [0], 0
    run = decorate.WalkedFillings.run

    def counted(self: decorate.WalkedFillings, should_stop: Callable[[], bool]) -> None:
        walked[0] += 1
        run(self, should_stop)

    monkeypatch.setattr(decorate.WalkedFillings, "run", counted)
    # All is left open by branching that gives up at once.
    monkeypatch.setattr(branching, "_MOST_NODES", 0)
    for seed in range(24):
        job = random_job(random.Random(seed), full=bool(seed % 2), decorations=True)
        problem = compile_problem(job.table, job.config)
        totals = total_columns(problem, problem.space.block(0, min(problem.space.n_combinations, 40)))
        if decorate.Filler(problem).bounds is None:
            continue
        exact, walked[0] = decorate.Filler(problem).scores(totals), 0
        some = decorate.Filler(problem).scores(totals, walks=False)
        assert not walked[0] and ((some == exact) | (some == NO_BUILD)).all()
        n_open += int((some != exact).sum())
    assert n_open
