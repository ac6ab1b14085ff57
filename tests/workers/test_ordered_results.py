"""Results in order."""

from __future__ import annotations

import contextvars
import threading

import parallel_tasks as tasks
import pytest

from equipment_optimizer.workers.ordered_results import batches, interleave, peek, run_threads


def test_batches_and_known_results_keep_the_order():
    assert list(batches(iter(range(7)), 3)) == [(0, 1, 2), (3, 4, 5), (6,)]
    assert list(interleave(iter("bd"), {0: "a", 2: "c", 4: "e"})) == list("abcde")
    assert list(interleave(iter(()), {0: "a"})) == ["a"]


def test_peek_takes_nothing_away():
    any_items, items = peek(iter([1, 2]))
    assert any_items
    assert list(items) == [1, 2]
    any_items, items = peek(iter([]))
    assert not any_items
    assert list(items) == []


def test_threads_give_chunks_in_order_and_read_lazily():
    read = []

    def chunks():
        for number in range(500):
            read.append(number)
            yield (number, number)

    results = run_threads(tasks.square, chunks(), 2)
    assert next(results) == [0, 0]
    assert len(read) <= 65
    assert list(results) == [[n * n] * 2 for n in range(1, 500)]


@pytest.mark.parametrize("error", [RuntimeError("can't start new thread"), MemoryError()])
@pytest.mark.parametrize("most", [0, 1])
def test_threads_for_which_there_is_no_room_leave_the_work_to_others(monkeypatch, most, error):
    started, start = [], threading.Thread.start

    def start_some(thread):
        if len(started) == most:
            raise error
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_some)
    name = contextvars.ContextVar("name")
    name.set("theirs")
    chunks = [(number, number) for number in range(200)]
    assert list(run_threads(lambda item: (item, name.get()), chunks, 3)) == [[(n, "theirs")] * 2 for n in range(200)]
    results = run_threads(lambda item: 1 / item, [(1,), (2, 0, 4), (5,)], 3)
    assert [next(results), next(results)] == [[1.0], [0.5]]
    with pytest.raises(ZeroDivisionError):
        next(results)
