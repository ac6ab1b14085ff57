"""A pool of workers where nothing goes wrong."""

from __future__ import annotations

import os
import sys

import fault_tasks
import numpy as np
import parallel_tasks as tasks
import pytest

from equipment_optimizer.errors import WorkerError
from equipment_optimizer.workers.pool import WorkerPool

START_METHODS = ("fork", "forkserver", "spawn") if sys.platform == "linux" else ("spawn",)
pytestmark = pytest.mark.usefixtures("no_process_is_left_behind")


def test_a_closed_pool_says_so():
    pool = WorkerPool(1)
    pool.close()
    with pytest.raises(WorkerError, match="the pool of workers has been closed"):
        list(pool.run(fault_tasks.nap, [[1]]))


def test_a_pool_keeps_its_workers_where_nothing_is_wrong():
    with WorkerPool(2) as pool:
        before = pool.process_ids()
        for _ in range(3):
            assert [
                value for batch in pool.run(fault_tasks.nap, ([n] for n in range(30))) for value in batch
            ] == fault_tasks.SQUARES
        assert pool.process_ids() == before


@pytest.mark.parametrize("method", START_METHODS)
def test_every_start_method_works_and_workers_are_other_processes(method):
    with WorkerPool(2, method) as pool:
        assert pool.start_method == method
        results = [value for batch in pool.run(tasks.process_id, ([n] for n in range(8))) for value in batch]
        assert set(results) <= set(pool.process_ids())
    assert os.getpid() not in results


def test_one_pool_runs_different_functions():
    with WorkerPool(2) as pool:
        assert list(pool.run(tasks.square, [[1, 2], [3]])) == [[1, 4], [9]]
        assert list(pool.run(tasks.echo, [[1, 2], [3]])) == [[1, 2], [3]]
        pool.shrink(1)
        assert pool.n_workers == 1
        assert list(pool.run(tasks.square, [[4]])) == [[16]]


def test_large_messages_both_ways_do_not_block_each_other():
    arrays = [np.full(400_000, number, dtype=np.float64) for number in range(12)]
    texts = [bytes([number]) * 3_000_000 for number in range(12)]
    with WorkerPool(2) as pool:
        back = [value for batch in pool.run(tasks.echo, ([array] for array in arrays)) for value in batch]
        assert all(np.array_equal(one, two) and two.flags.writeable for one, two in zip(arrays, back, strict=True))
        assert [value for batch in pool.run(tasks.echo, ([text] for text in texts)) for value in batch] == texts


class LoadsNowhere:
    def __call__(self, item):
        return item, os.getpid()

    def __setstate__(self, state):
        raise RuntimeError("not here")

    def __getstate__(self):
        return {"some": "state"}


def test_a_function_that_workers_cannot_load_is_run_here():
    notices = []
    with WorkerPool(2, "fork") as pool:
        assert list(pool.run(LoadsNowhere(), [[1, 2], [3]], on_notice=notices.append)) == [
            [(1, os.getpid()), (2, os.getpid())],
            [(3, os.getpid())],
        ]
    (notice,) = notices
    assert notice.endswith("computed in this process: a worker cannot load the function (RuntimeError: not here)")


def test_a_function_that_workers_cannot_find_is_run_here(monkeypatch):
    def lost(item):
        return item

    lost.__qualname__ = "lost"
    lost.__module__ = "parallel_tasks"
    monkeypatch.setattr(tasks, "lost", lost, raising=False)
    notices = []
    with WorkerPool(1, "spawn") as pool:
        assert list(pool.run(lost, [[1]], on_notice=notices.append)) == [[1]]
    assert "a worker cannot load the function (AttributeError: " in notices[0]
