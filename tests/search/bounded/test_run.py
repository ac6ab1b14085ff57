"""The bounded engine against the exhaustive one, and its bounds against every build."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.records.config import Config, Decoration, SetBonusStep, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.bounded import _boxes as boxes
from equipment_optimizer.search.bounded import _shortfalls as shortfalls
from equipment_optimizer.search.bounded import run as bounded
from equipment_optimizer.search.bounded.run import BoundedSearch, few_of
from equipment_optimizer.search.bounded.splitting import needed_bonus
from equipment_optimizer.search.engines import SearchOptions, search
from equipment_optimizer.search.filling import filler as filler_module
from equipment_optimizer.search.relaxation.bounds import Box, Multipliers, Relaxed, relax, root_box
from equipment_optimizer.search.relaxation.box_lp import LpAdvice
from equipment_optimizer.search.relaxation.piece_classes import PartClasses, merge_pieces


def problem_of(seed: int, *, full: bool, n_most: int = 5) -> Problem:
    job = random_job(random.Random(seed), full=full, n_most=n_most)
    return compile_problem(job.table, job.config)


def exhaustive_words(problem: Problem, limit: int) -> tuple[list[int], list[tuple[int, ...]]]:
    outcome = search(problem, limit, SearchOptions(engine="exhaustive", workers=1))
    return outcome.scores.tolist(), list(zip(*[column.tolist() for column in outcome.columns], strict=True))


def bounded_words(problem: Problem, limit: int) -> tuple[list[int], list[tuple[int, ...]]]:
    outcome = search(problem, limit, SearchOptions(engine="bounded"))
    assert outcome.report.proved and outcome.report.gap == 0
    assert sum(outcome.report.counts.values()) == problem.space.n_combinations
    return outcome.scores.tolist(), list(zip(*[column.tolist() for column in outcome.columns], strict=True))


@pytest.mark.parametrize("n_digits", [0, 9, 11])
def test_weights_of_many_digits_are_not_filled_by_walks(n_digits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filler_module, "WalkedFillings", lambda *_, **__: pytest.fail("walked"))
    least, rng = Decimal(1).scaleb(-n_digits), random.Random(4)
    pieces = [
        EquipmentPiece(f"{part} {n}", part, slots=(rng.randint(0, 2), 1, 0, 0), skills=((rng.choice("ABC"), 1),))
        for part in ("Head", "Body")
        for n in range(4)
    ]
    rules = {skill: SkillRule(weight=place + least, maximum=3) for place, skill in enumerate("ABC", 1)}
    jewels = tuple(Decoration(name=name, slot_level=1, skills=((name, 1),)) for name in "ABC")
    problem = compile_problem(EquipmentTable.from_pieces(pieces), Config(skills=rules, decorations=jewels))
    run = BoundedSearch(problem, 3)
    run.run()
    monkeypatch.undo()
    assert run.top.sorted()[0].tolist() == exhaustive_words(problem, 3)[0]


def random_solver(seed: int):
    """Multipliers out of a hat: they may cost time, never an answer."""
    rng = random.Random(seed)

    def solve(problem: Problem, classes: Sequence[PartClasses], box: Box, precision: int) -> LpAdvice:
        scale = rng.choice([0, 1, 300, 5_000])
        price = tuple(rng.randint(-scale, scale) * precision // 100 for _ in box.low)
        totals = [rng.uniform(low, high) if low <= high else 0.0 for low, high in zip(box.low, box.high, strict=True)]
        return LpAdvice(Multipliers(price), totals, rng.random() < 0.9)

    return solve


@pytest.mark.parametrize("seed", range(12))
def test_weights_of_many_digits_give_what_walks_give(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    job = random_job(random.Random(seed), full=bool(seed % 2), decorations=True)
    third = Decimal("0.33333333333")
    skills = {
        skill: replace(rule, weight=None if rule.weight is None else rule.weight * third)
        for skill, rule in job.config.skills.items()
    }
    config = replace(job.config, skills=skills, unlisted_skill_weight=Decimal("0.11666666667"))
    problem = compile_problem(job.table, config)
    if not problem.space.n_combinations:
        return
    found = bounded_words(problem, 9)
    monkeypatch.setattr(filler_module, "exact_bounds", lambda _: (None, 0))
    assert found == exhaustive_words(problem, 9)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("seed", range(200))
def test_bounded_equals_exhaustive(seed: int, full: bool) -> None:
    problem = problem_of(seed, full=full)
    for limit in (1, 7, 100):
        assert bounded_words(problem, limit) == exhaustive_words(problem, limit)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("seed", range(100))
def test_any_multipliers_give_the_same_result(seed: int, full: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    # Tiny stages and an early split make every path of the search run.
    monkeypatch.setattr(bounded, "_FIRST_LEAVES", 3)
    monkeypatch.setattr(bounded, "_SPLIT_LEAVES", 5.0)
    if seed % 3:
        # Boxes that are dear are split or wait for cheaper ones.
        monkeypatch.setattr(boxes, "_DEAR", 1 if seed % 3 == 1 else 20)
    if seed % 2:
        # Those that bear little are listed to their end.
        monkeypatch.setattr(bounded, "_BARREN", seed % 3)
    problem = problem_of(seed, full=full)
    for limit in (1, 7):
        run = BoundedSearch(problem, limit, solver=random_solver(seed))
        run.run()
        scores, words = run.top.sorted()
        want_scores, want_indices = exhaustive_words(problem, limit)
        columns = run.code.decode(words)
        assert scores.tolist() == want_scores
        assert list(zip(*[column.tolist() for column in columns], strict=True)) == want_indices
        assert run.bound is None


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("seed", range(60))
def test_no_build_of_a_box_exceeds_its_bound(seed: int, full: bool) -> None:
    problem = problem_of(seed, full=full, n_most=3)
    box, classes = root_box(problem), merge_pieces(problem)
    scores, _ = exhaustive_words(problem, 1)
    advice = random_solver(seed)(problem, classes, box, 1024)
    relaxed = relax(problem, classes, box, advice.multipliers, 1024)
    if scores:
        assert relaxed.bound_scaled >= scores[0] * 1024


@pytest.mark.parametrize("seed", range(60))
def test_the_number_of_ties_left_out_is_right(seed: int) -> None:
    problem = problem_of(seed, full=bool(seed % 2))
    outcome = search(problem, 3, SearchOptions(engine="bounded"))
    scores, _ = exhaustive_words(problem, problem.space.n_combinations)
    if outcome.report.n_tied is not None and len(outcome.scores):
        last = int(outcome.scores[-1])
        assert outcome.report.n_tied == scores.count(last) - outcome.scores.tolist().count(last)


def test_an_unsound_pruning_rule_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison above must notice if losses were overstated or tables too strict."""
    honest = shortfalls.share_of_bound

    def overstated(problem: Problem, box: Box, relaxed: Relaxed, e: int, x: np.ndarray) -> np.ndarray:
        # The same for every value would only shift the order of listing.
        share = honest(problem, box, relaxed, e, x)
        share[1::2] -= 300 * relaxed.precision
        return share

    monkeypatch.setattr(shortfalls, "share_of_bound", overstated)
    monkeypatch.setattr(bounded, "_FIRST_LEAVES", 3)
    differing = 0
    for seed in range(40):
        problem = problem_of(seed, full=False)
        outcome = search(problem, 3, SearchOptions(engine="bounded"))
        differing += outcome.scores.tolist() != exhaustive_words(problem, 3)[0]
    assert differing


def test_no_build_score_is_below_everything() -> None:
    assert NO_BUILD < -(2**60)


def test_a_bonus_that_a_minimum_needs_is_split_on_first() -> None:
    pieces = [
        EquipmentPiece(f"{part}{n}", part, skills=(("A", n),), set_bonuses=("Set",) if n else ())
        for part in ("Head", "Body", "Legs")
        for n in range(3)
    ]
    steps = tuple(SetBonusStep(bonus="Set", pieces_required=n, skill="Guts", level=n - 1) for n in (2, 3))
    rules = {"Guts": SkillRule(weight=Decimal(1), minimum=2), "A": SkillRule(weight=Decimal(-1))}
    problem = compile_problem(EquipmentTable.from_pieces(pieces), Config(skills=rules, set_bonuses=steps))
    classes, box = merge_pieces(problem), root_box(problem)
    e = problem.n_features
    free = LpAdvice(Multipliers((0,) * len(box.low)), [], True)
    assert needed_bonus(problem, classes, box, free) == (e, 2)
    more = box.with_range(e, 2, box.high[e])
    assert needed_bonus(problem, classes, more, free) == (e, 3)
    assert needed_bonus(problem, classes, box.with_range(e, 3, box.high[e]), free) is None
    assert needed_bonus(problem, classes, box.with_range(e, 0, 1), free) is None
    assert needed_bonus(problem, classes, box, LpAdvice(Multipliers((1,) * len(box.low)), [], True)) is None
    for limit in (1, 5, 30):
        assert bounded_words(problem, limit) == exhaustive_words(problem, limit)


@pytest.mark.parametrize("seed", range(12))
def test_a_search_above_a_score_finds_what_is_better_or_nothing(seed: int) -> None:
    problem = problem_of(seed, full=False)
    if not problem.space.n_combinations:
        return
    best = bounded_words(problem, 1)[0][0]
    for above in (best - 1, best, best + 1):
        run = BoundedSearch(problem, 1)
        run.look_above(above)
        run.run()
        assert run.top.sorted()[0].tolist() == [max(best, above)]


def test_few_builds_are_asked_for_by_classes() -> None:
    problem = problem_of(1, full=True)
    classes = merge_pieces(problem)
    asked: list[Problem] = []

    def few_builds(problem: Problem, should_stop: object, n_steps: int) -> None:
        asked.append(problem)

    assert few_of(few_builds, problem, classes, lambda: False, 7) is None
    assert asked[0].space.sizes == tuple(map(len, classes))
    n_features = problem.n_features
    for part, own in zip(asked[0].parts, classes, strict=True):
        assert (np.hstack([part.levels, part.bonus_counts]) == own.totals).all()
        assert part.levels.shape[1] == n_features
