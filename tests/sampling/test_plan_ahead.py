"""A plan for what is left of a job."""

from __future__ import annotations

import itertools

import parallel_tasks as tasks
import pytest

from equipment_optimizer.sampling._plan_ahead import plan_ahead
from equipment_optimizer.sampling.prediction import calibration
from equipment_optimizer.system import machine

CALLS = {"n_items": 1000, "mean_seconds": 1e-3, "cpu_share": 1.0, "n_sampled": 5}


def plan(func=tasks.square, items=(1, 2), results=(1, 4), *, calls=CALLS, **options):
    options = {"threads": False, "is_ready": False, "warns": False, "max_workers": None, **options}
    return plan_ahead(func, "fork", items, results, calls=calls, budget_bytes=None, **options)


def test_a_long_rest_is_for_processes_and_a_short_one_is_not(two_cores):
    assert plan().choices.best.executor == "process"
    assert plan(calls={**CALLS, "n_items": 3}).choices.best.executor == "serial"
    assert plan(max_workers=1).choices.best.executor == "serial"


def test_workers_that_are_there_cost_no_start(two_cores):
    assert plan(is_ready=True).machine.start_of(2) == 0
    assert plan().machine.start_of(2) > 0


def test_what_does_not_travel_is_named(two_cores):
    found = plan(lambda item: item)
    assert found.job.process_blockers[0].startswith("the function cannot be pickled")
    assert "the function cannot be pickled" in found.words("before: ")[0]


def test_nobody_plans_inside_a_worker_or_with_one_core(monkeypatch):
    monkeypatch.setattr(machine, "available_cores", lambda: 1)
    assert plan() is None
    monkeypatch.setattr(machine, "inside_worker", lambda: True)
    assert plan(threads=True) is None


def test_results_that_will_not_fit_are_told_once(two_cores, monkeypatch):
    monkeypatch.setattr(calibration, "available_bytes", lambda: 1000)
    with pytest.warns(ResourceWarning, match="the results will take about"):
        assert plan(results=["x" * 1000], warns=True).has_warned
    assert not plan(results=["x" * 1000]).has_warned


def chunks(n_items, *, known=True, calls=CALLS):
    found = plan(calls={**calls, "n_items": n_items})
    return found.chunks(iter(range(n_items)), n_items if known else None)


def test_chunks_hold_every_item_once_and_become_smaller(two_cores):
    sizes = [len(chunk) for chunk in chunks(1000)]
    assert sum(sizes) == 1000
    assert sizes[0] == 125
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) < 60
    assert list(itertools.chain.from_iterable(chunks(1000))) == list(range(1000))


def test_chunks_of_unknown_data_grow_with_what_there_was(two_cores):
    sizes = [len(chunk) for chunk in chunks(5000, known=False)]
    assert sum(sizes) == 5000
    assert sizes[0] <= 3
    assert all(size <= 3 + sum(sizes[:number]) / 8 for number, size in enumerate(sizes))


def test_no_chunk_is_long_or_large(two_cores):
    assert max(map(len, chunks(100_000))) <= 500
    assert max(map(len, chunks(1000, known=False))) <= 500


def test_chunks_become_shorter_where_items_are_dearer_than_was_thought(two_cores):
    dear = chunks(1000)
    first = next(dear)
    for _ in range(8):
        dear.note(len(first), 10e-3 * len(first))
    assert len(next(dear)) < len(first) / 4
