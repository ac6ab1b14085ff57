"""Builds in order while some are forbidden: what `tests/search/test_differing_rows.py` does not say of it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from oracle import best_builds
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.records.config import Config, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.search.bounded import _boxes, _leaf_estimate, in_order
from equipment_optimizer.search.bounded._boxes import Boxes, OpenBox
from equipment_optimizer.search.bounded._candidates import Candidates, Listing, TakenRows
from equipment_optimizer.search.bounded._enumerate import Chunk, Enumeration
from equipment_optimizer.search.bounded._extra_prices import ExtraPrices
from equipment_optimizer.search.bounded._leaf_estimate import Walks
from equipment_optimizer.search.bounded._merged_states import States
from equipment_optimizer.search.bounded.in_order import InOrder, TooManyCandidates
from equipment_optimizer.search.relaxation.bounds import Relaxed
from equipment_optimizer.search.relaxation.linear_program import LpSolution, LpSolver

IntArray = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]

SOLVE = LpSolver.solve


@pytest.mark.parametrize("seed", range(10))
def test_builds_come_in_order_to_the_last(seed: int) -> None:
    job = random_job(random.Random(seed), full=seed % 2 > 0, decorations=seed % 3 == 0, n_most=3)
    problem = compile_problem(job.table, job.config)
    order = InOrder(problem, 5, n_different=1)
    found = []
    while (one := order.next()) is not None:
        found.append(one)
        order.take(one[1], [])
    wanted = best_builds(job.pieces, job.config, None, job.resistance_names)
    assert [build for _, build in found] == [build.indices for build in wanted]
    assert order.bound is None


def test_price_sets_chosen_anew_at_every_walk_leave_the_order_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that ruled out their share of the last walk are told of it, set by set."""
    for name, value in {"_FIRST_LEAVES": 1.0, "_LEAST_VAIN": 1, "_FEW_WALKED": -1, "_LONG_WALK": 1}.items():
        monkeypatch.setattr(in_order, name, value)
    told: list[tuple[int, int]] = []
    choose = ExtraPrices.choose

    def noted(self: ExtraPrices, least_score: int, dropped: Sequence[float] = ()) -> None:
        told.append((len(self.chosen), len(dropped)))
        choose(self, least_score, dropped)

    monkeypatch.setattr(ExtraPrices, "choose", noted)
    for seed in range(40):
        job = random_job(random.Random(seed), full=seed % 2 > 0, decorations=True, n_most=4)
        order = InOrder(compile_problem(job.table, job.config), 5, n_different=1)
        found = []
        while (following := order.next()) is not None:
            found.append(following[1])
            order.take(following[1], [])
        assert found == [build.indices for build in best_builds(job.pieces, job.config, None, job.resistance_names)]
    assert all(n_told in (0, n_chosen) for n_chosen, n_told in told)
    assert any(n_told for _, n_told in told)


@pytest.mark.parametrize("is_alike", [False, True], ids=["pieces", "totals"])
def test_walks_in_other_orders_of_parts_and_to_floors_of_samples_leave_the_order_as_it_is(
    is_alike: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    smallest = {"_ORDERED": -1, "_ORDERED_AGAIN": 0, "_SAMPLED": 2, "_MUCH_LESS": 100.0}
    for name, value in {**smallest, "_LOOKED_AHEAD": -1, "_LONG_WALK": 30, "_LONGER": 2.0}.items():
        monkeypatch.setattr(_leaf_estimate, name, value)
    monkeypatch.setattr(in_order, "_FIRST_LEAVES", 3.0)
    orders, reached = set[tuple[int, ...]](), Counter[bool]()
    in_other_order, within_reach = Enumeration.in_order, Walks.within_reach

    def ordered(self: Enumeration, parts: Sequence[int]) -> Enumeration:
        orders.add(tuple(parts))
        return in_other_order(self, parts)

    def looked_ahead(self: Walks, boxes: Sequence[OpenBox], floor: int, before: int, **most: int) -> int:
        nearer = within_reach(self, boxes, floor, before, **most)
        assert floor <= nearer <= max(floor, most["highest"])
        reached[nearer > floor] += 1
        return nearer

    monkeypatch.setattr(Enumeration, "in_order", ordered)
    monkeypatch.setattr(Walks, "within_reach", looked_ahead)
    for seed in range(6):
        job = random_job(random.Random(seed), full=seed % 2 > 0, decorations=seed % 3 == 0, n_most=3)
        problem = compile_problem(job.table, job.config)
        # Each piece has a column of its own, so no two builds are alike.
        sizes = [len(part.linear) for part in problem.parts]
        apart = np.split(np.eye(sum(sizes), dtype=np.int64), np.cumsum(sizes)[:-1])
        order = InOrder(problem, 5, **({"outcome_columns": apart} if is_alike else {"n_different": 1}))
        found = []
        while (following := order.next()) is not None:
            found.append(following[1])
            order.pass_over() if is_alike else order.take(following[1], [])
        assert found == [build.indices for build in best_builds(job.pieces, job.config, None, job.resistance_names)]
    assert len(orders) > 3
    assert is_alike == bool(reached)
    assert not is_alike or min(reached.values()) > 2


def test_what_turns_out_to_come_later_once_bounded_anew_is_filled_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few are filled at a time, so that many a build is bounded by what was learned since it was chosen."""
    for name, value in {"_FIRST_LEAVES": 30.0, "_FEW_AT_ONCE": 2, "_AT_ONCE": 4}.items():
        monkeypatch.setattr(in_order, name, value)
    n_opened, n_fewer = [0], [0]
    fill, open_above = InOrder._fill, Candidates.open_above

    def filled(self: InOrder, rows: Rows) -> None:
        assert len(rows)
        n_fewer[0] += len(rows) < n_opened[0]
        fill(self, rows)

    def opened(self: Candidates, least: int, n_most: int) -> Rows:
        rows = open_above(self, least, n_most)
        n_opened[0] = len(rows)
        return rows

    monkeypatch.setattr(InOrder, "_fill", filled)
    monkeypatch.setattr(Candidates, "open_above", opened)
    for seed in range(12):
        job = random_job(random.Random(seed), full=seed % 2 > 0, decorations=True, n_most=4)
        problem = compile_problem(job.table, job.config)
        sizes = [len(part.linear) for part in problem.parts]
        apart = np.split(np.eye(sum(sizes), dtype=np.int64), np.cumsum(sizes)[:-1])
        # One after the other, and as many together as are in line.
        for n_most in (1, 3, 10**6):
            order, found = InOrder(problem, 5, outcome_columns=apart), list[tuple[int, tuple[int, ...]]]()
            while following := order.next_passed(n_most, may_lower=True):
                assert len(following) <= n_most
                found += following
            wanted = best_builds(job.pieces, job.config, None, job.resistance_names)
            assert [build for _, build in found] == [build.indices for build in wanted]
            assert [score for score, _ in found] == sorted((score for score, _ in found), reverse=True)
    assert n_fewer[0]


def no_numbers(solver: LpSolver) -> LpSolution:
    """NaN, what is too large and infinities in place of the solver's prices."""
    honest = SOLVE(solver)
    return LpSolution(honest.status, honest.values, np.resize([np.nan, 1e300, np.inf], len(honest.prices)))


@pytest.mark.parametrize("prices_of", [SOLVE, no_numbers], ids=["prices", "no numbers"])
def test_rows_that_differ_come_in_order_whatever_they_are_charged(
    prices_of: Callable[[LpSolver], LpSolution], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a build has of each row is taken at the price of the relaxation, or of one that lies."""
    for name, value in {"_FIRST_LEAVES": 1.0, "_FEW_WALKED": -1, "_LONG_WALK": 1}.items():
        monkeypatch.setattr(in_order, name, value)
    monkeypatch.setattr(LpSolver, "answer", prices_of)
    charged, n_charged = TakenRows.charged, 0

    def counted(taken: TakenRows, relaxed: Relaxed, prices: IntArray) -> Relaxed:
        nonlocal n_charged
        n_charged += bool(prices.any())
        return charged(taken, relaxed, prices)

    monkeypatch.setattr(TakenRows, "charged", counted)
    for seed in range(20):
        job = random_job(random.Random(seed), decorations=seed % 3 == 0, n_most=3)
        order = InOrder(compile_problem(job.table, job.config), 5, n_different=2)
        found: list[tuple[int, ...]] = []
        while (following := order.next()) is not None:
            found.append(following[1])
            order.take(following[1], [])
        wanted: list[tuple[int, ...]] = []
        for build in best_builds(job.pieces, job.config, None, job.resistance_names):
            if all(sum(i != j for i, j in zip(build.indices, row, strict=True)) > 1 for row in wanted):
                wanted.append(build.indices)
        assert found == wanted
    assert n_charged > 20


@pytest.mark.parametrize("n_different", [1, 2])
def test_boxes_split_by_classes_of_pieces_leave_the_order_as_it_is(
    n_different: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every box is split after every walk, and a walk that looks at anything is given up first; pieces are used up."""
    for name, value in {"_FIRST_LEAVES": 1.0, "_LEAST_VAIN": 1, "_FEW_WALKED": -1, "_LONG_WALK": 1}.items():
        monkeypatch.setattr(in_order, name, value)
    monkeypatch.setattr(in_order, "_GIVEN_UP", 0)
    for module in (in_order, _boxes):
        monkeypatch.setattr(module, "SPLIT_WALKED", 0)
    split_by_class, n_parts = Boxes.split_by_class, 0

    def counted(boxes: Boxes, box: OpenBox, taken: TakenRows) -> list[OpenBox]:
        nonlocal n_parts
        parts = split_by_class(boxes, box, taken)
        n_parts += len(parts)
        return parts

    monkeypatch.setattr(Boxes, "split_by_class", counted)
    for seed in range(20):
        job = random_job(random.Random(seed), decorations=seed % 3 > 0, n_most=3)
        problem = compile_problem(job.table, job.config)
        order, part = InOrder(problem, 5, n_different=n_different), problem.positions[0]
        found: list[tuple[int, ...]] = []
        while (following := order.next()) is not None:
            found.append(following[1])
            order.take(following[1], [(part, following[1][0])] if len(found) % 4 == 0 else [])
        wanted: list[tuple[int, ...]] = []
        gone: set[int] = set()
        for build in best_builds(job.pieces, job.config, None, job.resistance_names):
            of_part = {piece for b, piece in zip(problem.positions, build.indices, strict=True) if b == part}
            n_other = [sum(i != j for i, j in zip(build.indices, row, strict=True)) for row in wanted]
            if not gone & of_part and min(n_other, default=n_different) >= n_different:
                wanted.append(build.indices)
                gone |= {build.indices[0]} if len(wanted) % 4 == 0 else set()
        assert found == wanted
    assert n_parts > 100


def test_once_pieces_left_cannot_reach_a_minimum_no_list_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """The relaxation without used-up pieces has no solution, and a ray says so."""
    pieces = [
        EquipmentPiece(f"{part} {k}", part, 50 * k, skills=(("Swift", 1 + k % 2),))
        for part in ("Head", "Body", "Arms")
        for k in range(8)
    ]
    monkeypatch.setattr(in_order, "_FIRST_LEAVES", 1.0)
    config = Config(skills={"Swift": SkillRule(maximum=6, minimum=6)}, defence_weight=1)
    order = InOrder(compile_problem(EquipmentTable.from_pieces(pieces), config), 1_000, n_different=1)
    first = order.next()
    assert first is not None
    order.take(first[1], [(0, k) for k in range(1, 8, 2)])
    monkeypatch.setattr(_leaf_estimate, "Listing", None)
    assert order.next() is None
    assert order.bound is None


@pytest.mark.parametrize("n_left", range(1, 7))
def test_once_good_pieces_are_used_up_the_floor_goes_on_from_what_is_left(n_left: int) -> None:
    """The highest bound may then lie below everything that was listed."""
    pieces = [EquipmentPiece(f"{part} {k}", part, 7**k) for part in ("Head", "Body", "Arms") for k in range(8)]
    problem = compile_problem(EquipmentTable.from_pieces(pieces), Config(defence_weight=1))
    order = InOrder(problem, 50, n_different=1)
    first = order.next()
    assert first is not None
    order.take(first[1], [(b, k) for b in range(3) for k in range(n_left, 8)])
    scores = []
    while (build := order.next()) is not None:
        scores.append(build[0])
        order.take(build[1], [])
    assert scores == sorted((7**a + 7**b + 7**c for a, b, c in product(range(n_left), repeat=3)), reverse=True)


def test_after_a_stop_the_bound_covers_what_is_left() -> None:
    job = random_job(random.Random(2), full=False)
    problem = compile_problem(job.table, job.config)
    order = InOrder(problem, 5, n_different=1, should_stop=lambda: True)
    assert order.next() is None
    best = best_builds(job.pieces, job.config, 1, job.resistance_names)[0].score
    assert order.bound is None or order.bound >= best * 10**problem.digits


def test_builds_of_one_score_are_polled_one_by_one() -> None:
    pieces = [
        EquipmentPiece(f"{part} {k}", part, 1, skills=((f"Skill {k}", 1),))
        for part in ("Head", "Body")
        for k in range(9)
    ]
    config = Config(defence_weight=1, skills={f"Skill {k}": SkillRule(maximum=1, weight=1) for k in range(9)})
    n_polls = 0

    def counting() -> bool:
        nonlocal n_polls
        n_polls += 1
        return False

    order = InOrder(compile_problem(EquipmentTable.from_pieces(pieces), config), 1, n_different=1, should_stop=counting)
    first = order.next()
    assert first is not None
    order.take(first[1], [])
    before = n_polls
    assert order.next() is not None
    # Of a class whose first build stands in a row the next one may come later than another's first.
    assert n_polls - before > 2


def test_too_many_candidates_of_one_score_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_order, "_MOST_HELD", 3)
    job = random_job(random.Random(0), full=False, n_most=4)
    problem = compile_problem(job.table, job.config)
    order = InOrder(problem, 1_000, n_different=1)
    with np.errstate(all="ignore"):
        try:
            while (one := order.next()) is not None:
                order.take(one[1], [])
        except TooManyCandidates:
            return
    assert order.bound is None


def test_of_builds_that_are_alike_none_is_taken_from_a_walk_that_was_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The best of them may not have been reached."""
    leaves, held = States.leaves, list[int]()

    def given_up(self: States, enumeration: Enumeration, allowance: Listing, most: int) -> Iterator[Chunk]:
        held.append(len(order._candidates))
        for chunk in leaves(self, enumeration, allowance, most):
            allowance.is_over = len(held) < 3
            yield chunk

    monkeypatch.setattr(States, "leaves", given_up)
    job = random_job(random.Random(0), full=False, n_most=4)
    problem = compile_problem(job.table, job.config)
    alike = [np.zeros((len(part.linear), 1), dtype=np.int64) for part in problem.parts]
    order = InOrder(problem, 1_000, outcome_columns=alike)
    assert order.next() is not None
    assert held[:3] == [0, 0, 0]
    assert len(order._candidates)
