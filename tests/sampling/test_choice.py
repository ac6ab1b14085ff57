"""The best of every executor: never beyond what memory and limits allow, and serial unless others are well ahead."""

from __future__ import annotations

import pytest
from costs import MB, MS, US, job, machine
from hypothesis import given
from hypothesis import strategies as st

from equipment_optimizer.sampling._choice import _counts, choose
from equipment_optimizer.sampling._cost_model import bytes_of_worker
from equipment_optimizer.sampling.tuning import GAIN_ERROR


@given(most=st.integers(0, 500))
def test_numbers_of_workers_lie_ever_further_apart_and_include_the_most(most: int) -> None:
    counts = list(_counts(most))
    assert counts == sorted(set(counts))
    assert counts == [] if most < 2 else counts[0] == 2 and counts[-1] == most
    assert counts[:7] == list(range(2, min(most, 8) + 1))
    assert len(counts) < 60


@given(
    n_items=st.integers(1, 10**6),
    mean=st.floats(1e-6, 10.0),
    n_cores=st.integers(1, 64),
    limit=st.none() | st.integers(1, 8),
    budget=st.none() | st.integers(0, 1 << 30),
)
def test_a_choice_stays_within_cores_limit_and_memory(n_items, mean, n_cores, limit, budget) -> None:
    costs, here = job(n_items, mean), machine(n_cores=n_cores, free_cores=float(n_cores))
    choices = choose(costs, here, max_workers=limit, budget_bytes=budget)
    assert choices.best in choices.possible
    assert choices.possible[0] == choices.serial == ("serial", 1, 1, costs.serial_seconds, "compute")
    for choice in choices.possible[1:]:
        assert 2 <= choice.n_jobs <= n_items
        assert limit is None or choice.n_jobs <= limit
        assert choice.chunksize >= 1
    if choices.processes is not None:
        assert choices.processes.n_jobs <= min(n_cores, choices.fitting)
        if budget is not None:
            assert choices.processes.n_jobs * bytes_of_worker(costs, here, choices.processes.chunksize) <= budget
    if choices.best is not choices.serial:
        assert choices.best.seconds * (1 + GAIN_ERROR) < choices.serial.seconds


def test_what_cannot_leave_this_process_stays_in_it() -> None:
    choices = choose(job(10_000, 10 * MS, process_blockers=("a lock",), thread_blockers=("no",)), machine())
    assert (choices.best, choices.processes, choices.threads) == (choices.serial, None, None)
    assert choices.possible == [choices.serial]


def test_waiting_is_done_by_threads_and_computing_by_processes() -> None:
    assert choose(job(200, 50 * MS, cpu_share=0.01), machine()).best.executor == "thread"
    assert choose(job(20_000, 1 * MS), machine()).best.executor == "process"
    assert choose(job(20, 5 * US), machine()).best.executor == "serial"


@pytest.mark.parametrize(("budget", "fitting"), [(None, 4), (100 * MB, 4), (40 * MB, 2), (10 * MB, 0)])
def test_memory_decides_how_many_workers_fit(budget, fitting) -> None:
    choices = choose(job(20_000), machine(n_cores=4, free_cores=4.0), budget_bytes=budget)
    assert (choices.wanted, choices.fitting) == (4, fitting)
    assert (choices.processes is None) == (fitting < 2)
