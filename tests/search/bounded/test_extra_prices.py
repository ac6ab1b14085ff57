"""Further price sets take time off a search and nothing else: nothing that matters is ever ruled out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from listings import Fixed
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.problem.scoring import total_columns
from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.bounded import _enumerate as enumerating
from equipment_optimizer.search.bounded import _extra_prices as extra_prices
from equipment_optimizer.search.bounded import run as bounded
from equipment_optimizer.search.bounded._boxes import Solver
from equipment_optimizer.search.bounded._enumerate import Enumeration
from equipment_optimizer.search.bounded._extra_prices import ExtraPrices
from equipment_optimizer.search.bounded.run import BoundedSearch
from equipment_optimizer.search.engines import SearchOptions, search
from equipment_optimizer.search.filling.filler import Filler
from equipment_optimizer.search.relaxation.bounds import NOTHING, Box, Multipliers, relax, root_box
from equipment_optimizer.search.relaxation.box_lp import LpAdvice
from equipment_optimizer.search.relaxation.piece_classes import PartClasses, merge_pieces

PRECISION = 16


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Price sets are chosen after every combination that was listed in vain; collects how many there are."""
    monkeypatch.setattr(extra_prices, "_FIRST_VAIN", 1)
    monkeypatch.setattr(extra_prices, "_GROWTH", 1)
    monkeypatch.setattr(extra_prices, "_LEAST_SHARE", 0.0)
    monkeypatch.setattr(bounded, "_FIRST_LEAVES", 1)
    monkeypatch.setattr(bounded, "_STAGE_GROWTH", 1.2)
    monkeypatch.setattr(enumerating, "CHUNK_ROWS", 8)
    chosen: list[int] = []
    choose = ExtraPrices.choose

    def counted(self: ExtraPrices, least_score: int, dropped: Sequence[float], *, work: int) -> None:
        choose(self, least_score, dropped, work=work)
        chosen.append(len(self.chosen))

    monkeypatch.setattr(ExtraPrices, "choose", counted)
    return chosen


def job_of(seed: int) -> Problem:
    """A job whose combinations do not all fit into the first stage."""
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=rng.random() < 0.7, decorations=True, n_most=9)
        problem = compile_problem(job.table, job.config)
        if problem.decorations is not None and 30 < problem.space.n_combinations < 3_000:
            return problem


def random_solver(rng: random.Random) -> Solver:
    """Multipliers that know nothing."""

    def solve(problem: Problem, classes: Sequence[PartClasses], box: Box, precision: int) -> LpAdvice:
        price = tuple(rng.randint(-3000, 3000) for _ in box.low)
        return LpAdvice(Multipliers(price), [], True)

    return solve


def rows(outcome: Any) -> tuple[list[int], list[list[int]]]:
    return outcome.scores.tolist(), [column.tolist() for column in outcome.columns]


@pytest.mark.parametrize("first", range(0, 160, 20))
def test_with_eager_prices_both_engines_still_agree(first: int, eager: list[int]) -> None:
    for seed in range(first, first + 20):
        problem = job_of(seed)
        for limit in (1, 7):
            judge = search(problem, limit, SearchOptions(engine="exhaustive", workers=1))
            outcome = search(problem, limit, SearchOptions(engine="bounded"))
            assert rows(outcome) == rows(judge)
            assert outcome.report.proved
            # A listing that follows bad prices lists much in vain.
            run = BoundedSearch(problem, limit, solver=random_solver(random.Random(seed)))
            run.run()
            scores, words = run.top.sorted()
            assert scores.tolist() == judge.scores.tolist()
            assert [column.tolist() for column in run.code.decode(words)] == [own.tolist() for own in judge.columns]
    assert sum(eager) > 0


@pytest.mark.parametrize("seed", range(120))
def test_no_price_set_rules_out_a_build_that_matters(seed: int) -> None:
    problem, rng = job_of(seed), random.Random(seed)
    classes, box = merge_pieces(problem), root_box(problem)

    def random_prices() -> Multipliers:
        return Multipliers(tuple(rng.randint(-300, 300) for _ in box.low))

    filler = Filler(problem, precision=PRECISION)
    main = random_prices()
    relaxed = relax(problem, classes, box, main, PRECISION, prices=filler.add_prices(main))
    chooser = ExtraPrices(problem, classes, filler)
    chooser.chosen = tuple(filler.add_prices(random_prices()) for _ in range(3))
    if relaxed.bound_scaled <= NOTHING:  # a minimum that no build can meet: nobody lists such a box
        return
    walk = Enumeration(problem, classes, box, relaxed)
    everything = dict(scored(problem, walk, filler, -(2**60)))
    assert len(everything) == np.prod([len(classes[b]) for b in problem.positions]) or max(problem.space.counts) > 1
    walk.use_extra_prices(chooser.relaxations(box, relaxed))
    good = sorted(score for score in everything.values() if score > NO_BUILD)
    for least in {good[0], good[len(good) // 2], good[-1]} if good else ():
        left = dict(scored(problem, walk, filler, PRECISION * least))
        assert {pick for pick, score in everything.items() if score >= least} <= set(left)


def scored(problem: Problem, walk: Enumeration, filler: Filler, least: int) -> list[tuple[tuple[int, ...], int]]:
    """All that is listed, with its finished score."""
    found: list[tuple[tuple[int, ...], int]] = []
    classes = merge_pieces(problem)
    for chunk in walk.leaves(Fixed(2**60, least)):
        picks = chunk.picks[walk.step_of_position]
        for further, used in chunk.used:
            again = sum(further.loss[b][pick] for b, pick in zip(problem.positions, picks, strict=True))
            assert (used >= again).all()
        columns = [classes[b].first[pick] for b, pick in zip(problem.positions, picks, strict=True)]
        scores = filler.scores(total_columns(problem, columns))
        found += zip(map(tuple, picks.T.tolist()), scores.tolist(), strict=True)
    return found


def test_price_sets_may_be_chosen_in_the_middle_of_a_listing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enumerating, "CHUNK_ROWS", 8)
    problem = job_of(4)
    classes, box = merge_pieces(problem), root_box(problem)
    filler = Filler(problem, precision=PRECISION)
    zero = Multipliers((0,) * len(box.low))
    relaxed = relax(problem, classes, box, zero, PRECISION, prices=filler.add_prices(zero))
    chooser = ExtraPrices(problem, classes, filler)
    chooser.chosen = (filler.add_prices(Multipliers((100,) * len(box.low))),)
    walk = Enumeration(problem, classes, box, relaxed)
    plain = [chunk.picks.shape[1] for chunk in walk.leaves(Fixed(2**60, -(2**60)))]
    leaves = walk.leaves(Fixed(2**60, -(2**60)))
    n_listed = next(leaves).picks.shape[1]
    walk.use_extra_prices(chooser.relaxations(box, relaxed))
    n_listed += sum(chunk.picks.shape[1] for chunk in leaves)
    assert n_listed == sum(plain)


def test_sets_stay_that_drop_a_share_of_what_they_look_at() -> None:
    problem = next(
        problem
        for problem in map(job_of, range(40))
        if problem.n_features > 1 and all(feature.n_limits == 0 for feature in problem.features)
    )
    classes, box = merge_pieces(problem), root_box(problem)
    filler = Filler(problem, precision=PRECISION)
    relaxed = relax(problem, classes, box, Multipliers((0,) * len(box.low)), PRECISION)
    chooser = ExtraPrices(problem, classes, filler)
    prices = [filler.add_prices(Multipliers((price,) * len(box.low))) for price in (90, 100, 110)]
    chooser.chosen = tuple(prices)
    walk = Enumeration(problem, classes, box, relaxed)
    walk.use_extra_prices(chooser.relaxations(box, relaxed))
    assert walk.shares_dropped() == [0.0, 0.0, 0.0]
    assert list(walk.leaves(Fixed(2**60, 0)))
    assert all(0.0 <= share <= 1.0 for share in walk.shares_dropped())
    chooser.note(total_columns(problem, problem.space.block(0, 5)))
    chooser.choose(-(2**60), [0.5, 0.0, 0.2])
    assert [prices.index(each) for each in chooser.chosen] == [0, 2]


def test_sets_are_chosen_anew_after_much_work_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra_prices, "_FIRST_VAIN", 40)
    monkeypatch.setattr(extra_prices, "_ENOUGH_VAIN", 5)
    monkeypatch.setattr(extra_prices, "_MUCH_WORK", 1_000)
    problem = job_of(4)
    chooser = ExtraPrices(problem, merge_pieces(problem), Filler(problem, precision=PRECISION))
    # What was looked at without listing anything shows nothing to choose by.
    assert not chooser.is_due(10_000)
    chooser.note(total_columns(problem, problem.space.block(0, 5)))
    assert [chooser.is_due(work) for work in (0, 999, 1_000)] == [False, False, True]
    chooser.choose(-(2**60), work=100_000)
    chooser.note(total_columns(problem, problem.space.block(0, 5)))
    assert [chooser.is_due(work) for work in (101_000, 124_999, 125_000)] == [False, False, True]
    assert not chooser.is_due(100_001)
    for _ in range(16):
        chooser.note(total_columns(problem, problem.space.block(0, 5)))
    assert chooser.is_due(100_001)


def test_where_few_builds_keep_the_minima_others_are_ruled_out_unlisted(eager: list[int]) -> None:
    rng = random.Random(7)
    skills = [f"S{n}" for n in range(8)]
    jewels = tuple(
        Decoration(name=f"J{n}", slot_level=2, skills=((skill, 1), (skills[n - 1], 1)) if n % 2 else ((skill, 1),))
        for n, skill in enumerate(skills)
    )
    pieces = [
        EquipmentPiece(f"{part}{n}", part, slots=(0, rng.randint(0, 1), 0, 0), skills=((rng.choice(skills), 1),))
        for part in ("Head", "Body", "Arms", "Waist", "Legs")
        for n in range(6)
    ]
    rules = {s: SkillRule(weight=Decimal(1), maximum=3, minimum=1 if n % 3 else 2) for n, s in enumerate(skills)}
    zero = (Decimal(0),) * 4
    config = Config(skills=rules, decorations=jewels, over_max="cap", slot_weights=zero, slot_count_weight=Decimal(0))
    problem = compile_problem(EquipmentTable.from_pieces(pieces), config)
    every = search(problem, 10_000, SearchOptions(engine="exhaustive", workers=1))
    few = search(problem, 10_000, SearchOptions(engine="bounded"))
    assert 0 < len(every.scores) < problem.space.n_combinations / 20
    assert rows(few) == rows(every)
    assert few.report.counts["enumerated"] < problem.space.n_combinations / 2
    assert max(eager) > 0
