"""What a job would take, predicted without a clock.

The best of every executor is never beyond what memory and limits allow, and serial unless others are well ahead.
"""

from __future__ import annotations

import math

import pytest
from costs import MB, MS, US, job, machine
from hypothesis import given
from hypothesis import strategies as st

from equipment_optimizer.sampling.prediction import cost_model
from equipment_optimizer.sampling.prediction.cost_model import bytes_of_worker, choose, thread_seconds
from equipment_optimizer.sampling.prediction.pickle_cost import ChunkCost
from equipment_optimizer.sampling.tuning import GAIN_ERROR


def test_results_that_fill_the_memory_leave_no_room():
    results = ChunkCost(bytes_item=10 * MB)
    assert cost_model._memory_for_workers(job(1000, result_cost=results), machine(), 2 << 30) == 0.0
    assert cost_model._memory_for_workers(job(), machine(available_bytes=None), None) is None


@pytest.mark.parametrize("n_items", [2, 3, 7, 100, 12_345])
@pytest.mark.parametrize("n_workers", [2, 3, 8])
def test_chunk_sizes_are_sorted_distinct_and_in_range(n_items, n_workers):
    sizes = cost_model._chunk_sizes(job(n_items, std_seconds=1 * MS), machine(), n_workers)
    assert sizes == sorted(set(sizes))
    assert sizes[0] >= 1
    assert sizes[-1] == math.ceil(n_items / n_workers)


def test_prediction_of_the_ideal_case_is_work_over_cores():
    free = machine(start_seconds=0.0, start_seconds_each=0.0, message_seconds=0.0, efficiency=1.0)
    seconds, bound_by = cost_model._process_seconds(job(1000, 1 * MS), free, 2, 1)
    assert seconds == pytest.approx(0.5, rel=0.01)
    assert bound_by in ("compute", "cores")
    seconds, bound_by = thread_seconds(job(1000, 10 * MS, cpu_share=0.0, gil_free_share=1.0), free, 10, 1)
    assert seconds == pytest.approx(1.0, rel=0.1)
    assert bound_by == "waiting"


def test_a_worker_needs_room_for_function_chunks_and_its_call():
    needs = bytes_of_worker(
        job(function_bytes=MB, peak_bytes=2 * MB, input_cost=ChunkCost(bytes_item=MB)), machine(worker_bytes=MB), 3
    )
    assert needs == (1 + 2 + 2 + 6) * MB


def test_records_are_frozen():
    with pytest.raises(AttributeError):
        job().n_items = 3


@pytest.mark.parametrize(("free", "share"), [(0.0, 1.0), (1.0, 0.0)])
def test_items_are_taken_while_calls_leave_the_lock(free, share):
    plain, slow = (job(1000, 1 * MS, gil_free_share=free, source_seconds=source) for source in (0.0, 0.2 * MS))
    taken = thread_seconds(slow, machine(), 2, 100)[0] - thread_seconds(plain, machine(), 2, 100)[0]
    assert taken == pytest.approx(share * 0.2)


@given(most=st.integers(0, 500))
def test_numbers_of_workers_lie_ever_further_apart_and_include_the_most(most: int) -> None:
    counts = list(cost_model._counts(most))
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


def test_threads_of_a_library_that_were_seen_are_not_taken_for_others():
    """Of a short job those that spin after something else look alike, where nobody saw them."""
    short = job(24, 3 * MS, cpu_share=2.0, gil_free_share=0.9)
    assert choose(short, machine()).best.executor == "thread"
    assert choose(short._replace(n_helpers=1), machine()).best.executor == "serial"
