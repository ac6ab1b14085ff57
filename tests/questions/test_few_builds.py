"""All combinations that may keep limits, against every build of small problems."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from random_limits import with_limits
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.problem.value_function import ValueFunction
from equipment_optimizer.questions import _rows_in_order
from equipment_optimizer.questions import few_builds as module
from equipment_optimizer.questions.few_builds import any_build, few_builds, first_builds, within
from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.side_files import SetBonusStep
from equipment_optimizer.search.bounded import run as bounded_run
from equipment_optimizer.search.bounded.run import BoundedSearch
from equipment_optimizer.search.engines import SearchOptions, search


def problem_of(seed: int) -> Problem | None:
    job = random_job(random.Random(seed), full=True, decorations=bool(seed % 2), n_most=4)
    problem = compile_problem(job.table, job.config)
    return problem if 0 < problem.space.n_combinations <= 2_000 else None


@pytest.mark.parametrize("first", range(0, 240, 40))
def test_the_list_is_that_of_the_whole_search(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_run, "_FIRST_ASKED", 1)
    n_answered = n_asked = 0

    def noted(problem: Problem, should_stop: Callable[[], bool], n_steps: int) -> np.ndarray | None:
        nonlocal n_answered, n_asked
        n_asked += 1
        # Every other one of some only when asked again, in the middle of a stage or after it.
        picks = None if first % 80 and n_asked % 2 else few_builds(problem, should_stop, 2_000)
        n_answered += picks is not None
        return picks

    for problem in filter(None, map(problem_of, range(first, first + 40))):
        truth = search(problem, 10**4, SearchOptions(engine="exhaustive", workers=1))
        found = search(problem, 10**4, SearchOptions(engine="bounded", few_builds=noted))
        assert found.report.proved
        assert found.scores.tolist() == truth.scores.tolist()
        assert [column.tolist() for column in found.columns] == [column.tolist() for column in truth.columns]
    assert n_answered > 3


def large_problem() -> Problem:
    """Some problem with limits that are not all kept by everything."""
    problems = filter(None, map(problem_of, range(1, 200, 2)))
    return next(
        problem
        for problem in problems
        if any(f.n_limits for f in problem.features)
        and (picks := few_builds(problem, lambda: False, 2_000)) is not None
        and picks.shape[1] > 1
    )


def test_many_builds_or_no_time_are_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = large_problem()
    assert few_builds(problem, lambda: True, 2_000) is None
    assert few_builds(problem, lambda: False, 0) is None
    assert any_build(problem, lambda: True) is None and any_build(problem, lambda: False)
    monkeypatch.setattr(module, "_MOST", 1)
    assert few_builds(problem, lambda: False, 2_000) is None


def test_a_search_that_is_stopped_while_few_builds_are_scored_keeps_what_it_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bounded_run, "_FIRST_ASKED", 1)
    problem, is_over = large_problem(), False

    def slow(problem: Problem, should_stop: Callable[[], bool], n_steps: int) -> np.ndarray | None:
        nonlocal is_over
        is_over = True
        should_stop()
        return few_builds(problem, lambda: False, 2_000)

    run = BoundedSearch(problem, 10**4, should_stop=lambda: is_over, few_builds=slow)
    run.run()
    before = BoundedSearch(problem, 10**4, few_builds=lambda problem, should_stop, n_steps: None)
    before.run()
    assert run.stopped
    assert set(run.top.sorted()[0].tolist()) <= set(before.top.sorted()[0].tolist())


def flat_problem(seed: int) -> Problem | None:
    """Limits, and nothing that scores."""
    problem = problem_of(seed)
    if problem is None or not problem.parts:
        return None
    rng = random.Random(seed)
    features = [
        replace(
            f,
            value=ValueFunction.linear(0),
            raised_value=None,
            raised_by=-1,
            minimum=rng.choice([None, 1, 2]),
            maximum=rng.choice([None, f.high - 1]),
        )
        for f in problem.features
    ]
    decorations = problem.decorations
    return replace(
        problem,
        features=tuple(features),
        parts=tuple(replace(part, linear=np.full_like(part.linear, 3)) for part in problem.parts),
        bonus_linear=np.zeros_like(problem.bonus_linear),
        slot_weights=np.zeros_like(problem.slot_weights),
        decorations=decorations and replace(decorations, linear=np.zeros_like(decorations.linear)),
    )


@pytest.mark.parametrize("n_filled", [-1, 5, 256])
@pytest.mark.parametrize("first", range(0, 200, 40))
def test_where_all_builds_score_the_same_the_first_that_keep_the_limits_are_the_best(
    first: int, n_filled: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ASKED_FIRST", 0)
    monkeypatch.setattr(_rows_in_order, "_FILLED", n_filled)
    n_answered = 0
    for problem in filter(None, map(flat_problem, range(first, first + 40))):
        truth = search(problem, 10**4, SearchOptions(engine="exhaustive", workers=1))
        for limit in (1, 3, 10**4):
            found = first_builds(problem, limit, None)
            if found is None:
                continue
            n_answered += len(found.scores) > 0
            assert found.scores.tolist() == truth.scores[:limit].tolist()
            assert [c.tolist() for c in found.columns] == [c[:limit].tolist() for c in truth.columns]
    assert n_answered > 5


@pytest.mark.parametrize("n_filled", [-1, 5, 256])
def test_those_that_rank_before_some_rows_are_the_first_of_all(n_filled: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ASKED_FIRST", 0)
    monkeypatch.setattr(_rows_in_order, "_FILLED", n_filled)
    n_cut = 0
    for seed, problem in enumerate(map(flat_problem, range(200))):
        truth = problem and first_builds(problem, 10**4, None)
        if problem is None or truth is None:
            continue
        every = list(zip(*(column.tolist() for column in truth.columns), strict=True))
        rng = random.Random(seed)
        sizes = problem.space.position_sizes
        before = tuple(rng.randrange(size) for size in sizes[: rng.randint(1, len(sizes))])
        found = first_builds(problem, 10**4, None, before=before)
        assert found is not None and found.report.proved
        there = list(zip(*(column.tolist() for column in found.columns), strict=True))
        assert there == [rows for rows in every if rows < before]
        n_cut += 0 < len(there) < len(every)
    assert n_cut > 5


def test_once_stopped_the_first_that_were_found_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ASKED_FIRST", 0)
    monkeypatch.setattr(_rows_in_order, "_FILLED", -1)
    n_kept = 0
    for problem in filter(None, map(flat_problem, range(80))):
        truth = first_builds(problem, 10**4, None)
        if truth is None:
            continue
        for n_polls in (1, 3, 10):
            found = first_builds(problem, 10**4, within(n_polls, lambda: False))
            if found is None or found.report.proved:
                continue
            n_rows = len(found.scores)
            n_kept += 1
            assert found.proved_rows is not None
            assert found.proved_rows.all()
            assert sum(found.report.counts.values()) == problem.space.n_combinations
            assert [c.tolist() for c in found.columns] == [c[:n_rows].tolist() for c in truth.columns]
    assert n_kept > 3


def test_the_search_for_a_first_build_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ASKED_FIRST", 0)
    monkeypatch.setattr(module, "_FIRST_STEPS", 0)
    monkeypatch.setattr(_rows_in_order, "_FILLED", -1)
    answers = [first_builds(problem, 3, None) for problem in filter(None, map(flat_problem, range(80)))]
    assert None in answers
    assert all(answer.report.proved for answer in answers if answer is not None)


def test_where_scores_differ_or_time_is_short_the_first_are_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    flat = next(p for p in map(flat_problem, range(200)) if p is not None and first_builds_of(p, monkeypatch))
    assert first_builds(flat, 1, lambda: True) is None
    part = flat.parts[0]
    uneven = replace(part, linear=part.linear + np.arange(len(part.linear)) + (len(part.linear) == 1))
    scored = replace(flat, parts=(uneven, *flat.parts[1:]), slot_weights=flat.slot_weights + 1)
    if len(part.linear) > 1 or flat.slot_weights.size:
        assert first_builds(scored, 1, None) is None
    monkeypatch.undo()
    assert first_builds(flat, 1, None) is None  # so few combinations are scored


def first_builds_of(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(module, "ASKED_FIRST", 0)
    found = first_builds(problem, 1, None)
    return found is not None and len(found.scores) > 0


def rising_problem(seed: int) -> Problem | None:
    """Limits, and totals of which more is never worth less, in steps that are not concave."""
    job = random_job(random.Random(seed), full=True, decorations=bool(seed % 2), n_most=4)
    problem, rng = compile_problem(job.table, job.config), random.Random(seed)
    if not 0 < problem.space.n_combinations <= 2_000 or not problem.parts:
        return None
    steps = [ValueFunction.listed(sorted(rng.choices(range(9), k=5))) for _ in problem.features]
    features = tuple(
        replace(
            f,
            value=rng.choice([function, ValueFunction.linear(2), ValueFunction.linear(0).plus(3)]),
            raised_value=None,
            raised_by=-1,
            minimum=rng.choice([None, 1, 2]),
            maximum=rng.choice([None, None, f.high - 1]),
        )
        for f, function in zip(problem.features, steps, strict=True)
    )
    decorations = problem.decorations
    bound = sum(max(abs(f.value.at(x)) for x in f.value.corners(f.low, f.high)) for f in features) + 7
    return replace(
        problem,
        features=features,
        parts=tuple(replace(part, linear=0 * part.linear) for part in problem.parts),
        bonus_linear=0 * problem.bonus_linear,
        slot_weights=0 * problem.slot_weights,
        decorations=decorations and replace(decorations, linear=0 * decorations.linear),
        base_linear=7,
        score_bound=bound,
    )


@pytest.mark.parametrize("n_filled", [-1, 256])
@pytest.mark.parametrize("first", range(0, 160, 40))
def test_those_that_keep_limits_and_score_enough_are_found(
    first: int, n_filled: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ASKED_FIRST", 0)
    monkeypatch.setattr(_rows_in_order, "_FILLED", n_filled)
    n_answered = n_some = 0
    for problem in filter(None, map(rising_problem, range(first, first + 40))):
        truth = search(problem, 10**4, SearchOptions(engine="exhaustive", workers=1))
        every = list(zip(truth.scores.tolist(), *(column.tolist() for column in truth.columns), strict=True))
        scores = sorted({score for score, *_ in every})
        for least in [*scores[-3:], *scores[:1], scores[-1] + 1 if scores else 0]:
            expected = sorted(rows for score, *rows in every if score >= least)
            there = any_build(problem, lambda: False, least=least)
            found = first_builds(problem, 3, None, least=least)
            assert there in (None, bool(expected))
            if found is None or there is None:
                continue
            n_answered += 1
            n_some += 0 < len(expected) < len(every)
            assert found.report.proved and [list(c) for c in zip(*found.columns, strict=True)] == expected[:3]
    assert n_answered > 10 and n_some > 3


def test_a_stop_and_numbers_that_are_too_large_are_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = next(
        problem
        for problem in filter(None, map(rising_problem, range(99)))
        if any_build(problem, lambda: False, least=0) and any(f.n_limits for f in problem.features)
    )
    assert any_build(problem, lambda: True, least=0) is None
    monkeypatch.setattr(module, "ASKED_FIRST", 0)
    assert first_builds(problem, 3, lambda: True, least=0) is None
    monkeypatch.setattr(_rows_in_order, "MAX_SCORE", 0)
    assert any_build(problem, lambda: False, least=0) is None
    assert first_builds(problem, 3, None, least=0) is None


def test_a_bonus_that_gives_too_much_of_a_skill_is_no_gain() -> None:
    """The piece with more of everything else is in no build that keeps the limit."""
    pieces = [
        EquipmentPiece("Plain", "Head"),
        EquipmentPiece("Rich", "Head", slots=(1, 0, 0, 0), set_bonuses=("Storm",)),
        EquipmentPiece("Boots", "Legs", skills=(("Rage", 2),), slots=(1, 0, 0, 0), set_bonuses=("Storm",)),
    ]
    config = Config(
        body_parts={"Head": 1, "Legs": 1},
        skills={"Rage": SkillRule(at_most=3)},
        set_bonuses=(SetBonusStep(bonus="Storm", pieces_required=2, skill="Rage", level=2),),
        decorations=(Decoration(name="Calm", slot_level=1, skills=(("Calm", 1),)),),
    )
    problem = compile_problem(EquipmentTable.from_pieces(pieces, body_parts=config.body_parts), config)
    assert any_build(problem, lambda: False)


def test_whether_any_build_keeps_limits_from_above_is_what_every_build_says() -> None:
    n_told = 0
    for seed in range(9_600, 10_000):
        rng = random.Random(seed)
        job = random_job(rng, full=True, decorations=seed % 3 > 0, n_most=4)
        job = with_limits(rng, job, {"at_most"} if seed % 2 else {"at_most", "totals"})
        problem = compile_problem(job.table, job.config)
        if 0 < problem.space.n_combinations <= 1_000:
            truth = search(problem, 1, SearchOptions(engine="exhaustive", workers=1))
            told = any_build(problem, lambda: False)
            assert told is None or told == (len(truth.scores) > 0)
            n_told += told is not None
    assert n_told > 200
