"""What a job would take, predicted without a clock."""

from __future__ import annotations

import math

import pytest
from costs import MB, MS, job, machine

from equipment_optimizer.sampling._cost_model import (
    bytes_of_worker,
    chunk_sizes,
    memory_for_workers,
    process_seconds,
    thread_seconds,
)
from equipment_optimizer.sampling.pickle_cost import ChunkCost


def test_results_that_fill_the_memory_leave_no_room():
    results = ChunkCost(bytes_item=10 * MB)
    assert memory_for_workers(job(1000, result_cost=results), machine(), 2 << 30) == 0.0
    assert memory_for_workers(job(), machine(available_bytes=None), None) is None


@pytest.mark.parametrize("n_items", [2, 3, 7, 100, 12_345])
@pytest.mark.parametrize("n_workers", [2, 3, 8])
def test_chunk_sizes_are_sorted_distinct_and_in_range(n_items, n_workers):
    sizes = chunk_sizes(job(n_items, std_seconds=1 * MS), machine(), n_workers)
    assert sizes == sorted(set(sizes))
    assert sizes[0] >= 1
    assert sizes[-1] == math.ceil(n_items / n_workers)


def test_prediction_of_the_ideal_case_is_work_over_cores():
    free = machine(start_seconds=0.0, start_seconds_each=0.0, message_seconds=0.0, efficiency=1.0)
    seconds, bound_by = process_seconds(job(1000, 1 * MS), free, 2, 1)
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
