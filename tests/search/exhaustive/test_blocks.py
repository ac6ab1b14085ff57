"""The space is divided into blocks and tasks that cover it, whatever its parts are."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.records.config import Config
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.search.exhaustive import _blocks
from equipment_optimizer.search.exhaustive._blocks import Layout


def problem_of(*sizes: int) -> Problem:
    parts = tuple((f"Part {number}", 1) for number in range(len(sizes)))
    pieces = [
        EquipmentPiece(f"{part} {i}", part, i, skills=(("Attack", i % 3),))
        for (part, _), size in zip(parts, sizes, strict=True)
        for i in range(size)
    ]
    return compile_problem(EquipmentTable.from_pieces(pieces, body_parts=parts), Config(body_parts=parts))


@pytest.mark.parametrize(
    ("sizes", "block_length", "n_outer", "in_order"),
    [
        ((10, 10, 10, 10, 10), 16_384, 1, True),
        ((10, 10, 10, 10, 10), 1_000, 2, True),
        ((10, 10), 16_384, 0, True),
        # One part more would overshoot: where what is left is tiny, it is taken in all the same.
        ((10, 300, 2), 512, 1, False),
        ((10, 300, 40), 512, 2, True),
        ((5_000,), 100, 0, False),
    ],
)
def test_the_last_parts_are_scored_together(sizes: tuple[int, ...], block_length: int, n_outer: int, in_order: bool):
    problem = problem_of(*sizes)
    layout = Layout.of(problem, block_length)
    assert (layout.n_outer, layout.is_in_order, layout.is_plain) == (n_outer, in_order, False)
    assert layout.outer.sizes + layout.inner.sizes == sizes
    assert layout.outer.n_combinations * layout.inner.n_combinations == problem.space.n_combinations


def test_what_can_only_be_scored_one_at_a_time_is_all_outer(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(10, 10, 10)
    one_at_a_time = Layout.of(problem, plain=True)
    assert (one_at_a_time.n_outer, one_at_a_time.is_plain, one_at_a_time.is_in_order) == (3, True, True)
    assert one_at_a_time.inner.n_combinations == 1
    # Sums too large for 64 bits, and parts that can be filled in too many ways.
    assert Layout.of(replace(problem, score_bound=2**63)).is_plain
    monkeypatch.setattr(_blocks, "MAX_CHOICES", 9)
    assert Layout.of(problem).is_plain


@pytest.mark.parametrize("n_tasks", [0, 1, 2, 3, 7, 10**6])
@pytest.mark.parametrize("seed", range(8))
def test_tasks_of_about_one_size_cover_what_is_left(seed: int, n_tasks: int) -> None:
    dice = random.Random(seed)
    job = random_job(dice, full=bool(seed % 2))
    layout = Layout.of(compile_problem(job.table, job.config), dice.choice([1, 8, 64]))
    start = dice.randrange(layout.outer.n_combinations)
    tasks = list(layout.tasks(n_tasks, start))
    assert [rank for task in tasks for rank in task] == list(range(start, layout.outer.n_combinations))
    assert max(map(len, tasks)) - min(map(len, tasks)) <= 1
    assert len(tasks) == min(max(1, n_tasks), layout.outer.n_combinations - start)


def test_tasks_of_a_space_beyond_64_bits_are_made_one_at_a_time() -> None:
    layout = Layout.of(problem_of(*[1_000] * 20), plain=True)
    first = next(layout.tasks(10**30, 5))
    assert (first.start, first.stop) == (5, 5 + 10**30 - 1)
