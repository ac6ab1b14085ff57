"""A search that is stopped anywhere, and goes on in any other way, ends with the same rows."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from random_problems import random_job
from sliced_problem import sliced_problem

from equipment_optimizer.errors import UsageError
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.records.config import Config
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.space import RankCode
from equipment_optimizer.search.best import best_list
from equipment_optimizer.search.best.packed_rows import PackedRows
from equipment_optimizer.search.best.runs import Runs
from equipment_optimizer.search.engines import SearchOptions, SearchOutcome, search
from equipment_optimizer.search.exhaustive import _scan as exhaustive
from equipment_optimizer.search.exhaustive import run as dividing
from equipment_optimizer.search.exhaustive._blocks import Layout
from equipment_optimizer.search.exhaustive.checkpoint import Saved, digest_of

ROOT = Path(__file__).resolve().parents[3]


def copied(kept: Runs, code: RankCode) -> Runs:
    """The same list, by way of the bytes that a file would hold."""
    return Runs.of_bytes(np.concatenate([np.zeros(0, np.uint8), *kept.buffers()]), code)


class Memory:
    """A checkpoint that is always due and forgets nothing."""

    def __init__(self) -> None:
        self.saved: Saved | None = None
        self.digest: str | None = None
        self.n_saved = 0

    def begin(self, identity: tuple[object, ...], code: RankCode) -> Saved | None:
        assert self.digest in (None, digest_of(*identity))
        self.digest = digest_of(*identity)
        return None if self.saved is None else Saved(self.saved.n_done, copied(self.saved.kept, code))

    def is_due(self) -> bool:
        return True

    def save(self, n_done: int, kept: Runs) -> None:
        assert self.saved is None or n_done >= self.saved.n_done - 200
        self.saved = Saved(n_done, pickle.loads(pickle.dumps(kept)))
        self.n_saved += 1


def after(n_polls: int) -> Callable[[], bool]:
    """A reason to stop that comes true at the poll of this number."""
    left = iter(range(n_polls, 0, -1))
    return lambda: next(left, 1) == 1


def rows(outcome: SearchOutcome) -> tuple[list[int], list[list[int]]]:
    return outcome.scores.tolist(), [column.tolist() for column in outcome.columns]


def problem_of(seed: int) -> Problem:
    job = random_job(random.Random(seed), full=seed % 3 > 0, decorations=seed % 4 == 3)
    return compile_problem(job.table, job.config)


EXHAUSTIVE = SearchOptions(engine="exhaustive", workers=1)


@pytest.fixture
def polls_at_every_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exhaustive, "_POLL_SECONDS", 0.0)


@pytest.mark.usefixtures("polls_at_every_block")
@pytest.mark.parametrize("seed", range(40))
def test_stopped_at_any_block_and_resumed_the_rows_are_the_same(seed: int) -> None:
    problem = problem_of(seed)
    limit = random.Random(seed).choice([1, 3, 20, 10_000])
    whole = search(problem, limit, EXHAUSTIVE)
    for n_polls in range(1, 200):
        memory = Memory()
        options = EXHAUSTIVE._replace(block_length=16, checkpoint=memory)
        part = search(problem, limit, options._replace(should_stop=after(n_polls)))
        done = part.report.counts["enumerated"]
        if not part.report.proved:
            assert memory.saved is not None and memory.saved.n_done == done > 0
        rest = search(problem, limit, options)
        assert rows(rest) == rows(whole)
        assert rest.report.proved
        assert rest.report.counts == whole.report.counts
        if part.report.proved:
            break


@pytest.mark.usefixtures("polls_at_every_block")
@pytest.mark.parametrize("seed", range(60))
def test_many_stops_with_another_division_each_time_change_nothing(seed: int) -> None:
    dice = random.Random(seed)
    problem = sliced_problem() if seed % 6 == 5 else problem_of(seed)
    limit = dice.choice([1, 3, 20, 10_000])
    whole = search(problem, limit, EXHAUSTIVE)
    memory, n_runs = Memory(), 0
    while True:
        n_runs += 1
        block_length = dice.choice([4, 16, 64, 100, 16_384])
        stop = after(dice.choice([1, 1, 2, 3, 5]) if n_runs < 12 else 10**9)
        outcome = search(
            problem, limit, EXHAUSTIVE._replace(block_length=block_length, checkpoint=memory, should_stop=stop)
        )
        if outcome.report.proved:
            break
    assert rows(outcome) == rows(whole)


@pytest.mark.usefixtures("polls_at_every_block")
@pytest.mark.parametrize("n_polls", range(1, 33))
def test_a_search_in_slices_goes_on_from_its_last_whole_task(n_polls: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dividing, "SLICED_TASK_OUTER", 3)
    problem = sliced_problem()
    layout = Layout.of(problem, 64)
    assert (layout.outer.n_combinations, layout.inner.n_combinations, layout.is_in_order) == (20, 180, False)
    memory = Memory()
    options = EXHAUSTIVE._replace(block_length=64, checkpoint=memory)
    part = search(problem, 7, options._replace(should_stop=after(n_polls)))
    assert memory.saved is not None
    assert memory.saved.n_done % 180 == 0
    assert memory.saved.n_done <= part.report.counts["enumerated"] <= 3_600
    assert rows(search(problem, 7, options)) == rows(search(problem, 7, EXHAUSTIVE))


@pytest.mark.parametrize("max_tasks", [None, 3])
@pytest.mark.parametrize("seed", [1, 3, 6, 11])
def test_workers_stopped_after_any_task_and_resumed_give_the_same_rows(seed: int, max_tasks: int | None) -> None:
    dice = random.Random(seed)
    problem = problem_of(seed)
    whole = search(problem, 20, EXHAUSTIVE)
    memory = Memory()
    options = SearchOptions(
        engine="exhaustive",
        workers=2,
        backend="processes",
        block_length=16,
        max_tasks=max_tasks,
        checkpoint=memory,
    )
    for n_results in (1, 2, dice.randint(3, 6)):
        search(problem, 20, options._replace(should_stop=after(n_results)))
        assert memory.saved is not None
    plans: list[str] = []
    outcome = search(problem, 20, options._replace(on_plan=plans.append))
    assert rows(outcome) == rows(whole)
    assert outcome.report.proved
    assert len(plans) <= 1
    assert memory.n_saved <= 60
    assert memory.saved.n_done == problem.space.n_combinations
    # From the end there is nothing left to do.
    assert rows(search(problem, 20, options)) == rows(whole)
    assert rows(search(problem, 20, EXHAUSTIVE._replace(checkpoint=memory))) == rows(whole)


@pytest.mark.usefixtures("polls_at_every_block")
@pytest.mark.parametrize("options", [EXHAUSTIVE, SearchOptions(engine="exhaustive", workers=2, backend="processes")])
def test_a_long_list_is_stopped_and_goes_on_and_is_the_same(
    monkeypatch: pytest.MonkeyPatch, options: SearchOptions
) -> None:
    problem, limit, memory = sliced_problem(), 700, Memory()
    whole = search(problem, limit, options)
    monkeypatch.setattr(best_list, "SLACK", 64)
    monkeypatch.setattr(best_list, "RUN_ROWS", 128)
    options = options._replace(block_length=64, checkpoint=memory, keeps_packed=True)
    for n_polls in (1, 2, 5, 3):
        search(problem, limit, options._replace(should_stop=after(n_polls)))
        assert memory.saved is not None
    outcome = search(problem, limit, options)
    assert rows(outcome) == rows(whole)
    assert isinstance(outcome.columns, PackedRows)


def test_dask_goes_on_where_this_process_was_stopped() -> None:
    problem, memory = sliced_problem(), Memory()
    search(problem, 20, EXHAUSTIVE._replace(block_length=16, checkpoint=memory, should_stop=lambda: True))
    assert memory.saved is not None
    assert 0 < memory.saved.n_done < problem.space.n_combinations
    outcome = search(problem, 20, SearchOptions(engine="exhaustive", workers=2, backend="dask", checkpoint=memory))
    assert rows(outcome) == rows(search(problem, 20, EXHAUSTIVE))


@pytest.mark.usefixtures("polls_at_every_block")
def test_a_space_beyond_64_bits_is_continued() -> None:
    # 2^100 combinations: the answer is out of reach, the place to go on from is not.
    parts = tuple((f"Part {i}", 1) for i in range(20))
    pieces = [EquipmentPiece(f"{part} {i}", part, defence=i) for part, _ in parts for i in range(32)]
    table = EquipmentTable.from_pieces(pieces, body_parts=parts)
    problem = compile_problem(table, Config(body_parts=parts, limit=5))
    memory = Memory()
    for _ in range(3):
        before = memory.saved
        options = EXHAUSTIVE._replace(block_length=1_024, checkpoint=memory, should_stop=after(3))
        outcome = search(problem, 5, options)
        assert not outcome.report.proved
        assert memory.saved is not None
        assert memory.saved.n_done == (0 if before is None else before.n_done) + 3 * 1_024
    # Somewhere far behind what fits into a word.
    memory.saved = Saved(2**90 + 5, memory.saved.kept)
    outcome = search(problem, 5, options._replace(should_stop=after(3)))
    assert memory.saved.n_done == 2**90 + 3 * 1_024
    assert len(outcome.scores) == 5


def test_the_bounded_engine_says_that_it_keeps_nothing() -> None:
    memory, notices = Memory(), []
    options = SearchOptions(engine="bounded", checkpoint=memory, on_notice=notices.append)
    assert search(sliced_problem(), 3, options).report.proved
    assert memory.n_saved == 0
    assert notices == ["the bounded engine keeps no checkpoint: to resume it is to run it again"]


def test_a_scorer_of_ones_own_has_no_checkpoint() -> None:
    table = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head")])
    with pytest.raises(UsageError, match="a checkpoint cannot tell one scorer from another"):
        optimize(table, Config(), scorer=len, checkpoint=Memory())  # type: ignore[arg-type]
