"""A dry run measures a function and loses nothing."""

from __future__ import annotations

import itertools
import mmap
import sys
import threading
import tracemalloc

import numpy as np
import pytest
from costs import stand_in_clock

from equipment_optimizer.errors import UsageError
from equipment_optimizer.sampling import _first_look as first_look
from equipment_optimizer.sampling import _timed_run as timed_run
from equipment_optimizer.sampling import iter_parallel, map_parallel, optimize, starmap_parallel
from equipment_optimizer.sampling.dry_run import perform_dry_run, remaining_items
from equipment_optimizer.system import machine


class Counting:
    """Doubles numbers and remembers which it was called with."""

    def __init__(self):
        self.calls = []

    def __call__(self, item):
        self.calls.append(item)
        return item * 2


def test_each_sampled_item_runs_once_and_its_result_is_kept():
    func = Counting()
    result = perform_dry_run(func, list(range(100, 200)), 5)
    assert len(func.calls) == len(set(func.calls)) == 5
    assert result.n_sampled == 5
    assert result.sample_results == {item - 100: item * 2 for item in func.calls}
    assert result.positions == tuple(item - 100 for item in func.calls)
    assert len(result.item_seconds) == len(result.input_measurements) == len(result.result_measurements) == 5


@pytest.mark.parametrize("n_items", [1, 3, 5, 8, 50])
def test_a_generator_loses_nothing(n_items):
    func = Counting()
    result = perform_dry_run(func, (number for number in range(n_items)), 5)
    n_sampled = min(5, n_items)
    assert func.calls == list(range(n_sampled))
    assert result.n_items == (n_items if n_items < 5 else None)
    assert list(result.data) == list(range(n_items))


def test_remaining_items_are_those_that_were_not_run():
    for data in (list(range(50)), iter(range(50)), dict.fromkeys(range(50))):
        result = perform_dry_run(abs, data, 5)
        remaining = list(remaining_items(result))
        assert sorted([*remaining, *result.sample_results.values()]) == list(range(50))
        assert remaining == sorted(remaining)


def test_an_iterable_that_starts_anew_each_time_is_read_once():
    class Fresh:
        n_reads = 0

        def __iter__(self):
            Fresh.n_reads += 1
            return iter(range(10))

    result = perform_dry_run(abs, Fresh(), 5)
    assert list(result.data) == list(range(10))
    assert Fresh.n_reads == 1


def test_the_exception_of_the_function_reaches_the_caller():
    def fails(item):
        raise LookupError(f"no {item}")

    with pytest.raises(LookupError, match="no 1"):
        perform_dry_run(fails, [1, 2, 3])


def test_the_exception_of_the_iteration_reaches_the_caller():
    def items():
        yield 1
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        perform_dry_run(abs, items())


def test_a_dry_run_of_nothing_measures_nothing():
    result = perform_dry_run(abs, iter([]))
    assert (result.n_items, result.item_seconds, result.mean_seconds, list(result.data)) == (0, (), 0.0, [])


def test_no_sample_is_refused():
    with pytest.raises(UsageError, match="sample_size is not a number of items: 0"):
        perform_dry_run(abs, [1], 0)


def test_a_slow_first_call_is_told_apart(monkeypatch):
    clock = stand_in_clock(monkeypatch, timed_run)
    result = perform_dry_run(clock.spend, [0.03, *[0.0003] * 19])
    assert result.warm_up_seconds == result.item_seconds[0]
    assert result.max_seconds < result.warm_up_seconds
    assert "the first call took far longer than the others and is not in the mean" in result.warnings


def test_an_ordinary_first_call_is_no_warm_up(monkeypatch):
    clock = stand_in_clock(monkeypatch, timed_run)
    assert perform_dry_run(clock.spend, [0.003] * 20).warm_up_seconds is None


def test_peak_memory_sees_what_a_call_takes_and_gives_back():
    def touches(item):
        # A mapping of its own: an array may lie in memory that the process freed, and kept, before.
        with mmap.mmap(-1, 2**26) as fresh:
            fresh[:: mmap.PAGESIZE] = b"x" * (2**26 // mmap.PAGESIZE)

    result = perform_dry_run(touches, range(5))
    assert result.peak_bytes is None or result.peak_bytes > 2**25


def test_peak_memory_is_unknown_where_the_system_does_not_tell(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "PROC", str(tmp_path))
    assert perform_dry_run(abs, range(5)).peak_bytes is None


def test_peak_memory_is_not_measured_unless_asked():
    assert perform_dry_run(abs, range(5), peak_memory=False).peak_bytes is None


def test_the_callers_tracing_is_left_alone():
    assert not tracemalloc.is_tracing()
    perform_dry_run(lambda item: tracemalloc.is_tracing(), range(5))
    assert not tracemalloc.is_tracing()
    tracemalloc.start()
    try:
        perform_dry_run(abs, range(5))
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()


def test_what_cannot_be_pickled_is_named():
    lock = perform_dry_run(id, [threading.Lock() for _ in range(6)])
    assert isinstance(lock.input_error, TypeError)
    assert lock.warnings[0].startswith("the items cannot be pickled: TypeError:")
    result = perform_dry_run(lambda item: threading.Lock(), range(6))
    assert isinstance(result.function_error, Exception)
    assert isinstance(result.result_error, TypeError)


def test_items_are_pickled_before_the_call_may_change_them():
    def spoil(item):
        item.append(threading.Lock())

    result = perform_dry_run(spoil, [[number] for number in range(6)])
    assert result.input_error is None
    assert len(result.input_measurements) == 5
    assert result.input_cost.bytes_item > 0


def test_data_can_be_chained_further():
    result = perform_dry_run(abs, itertools.count(), 3)
    assert result.n_items is None
    assert list(itertools.islice(result.data, 6)) == [0, 1, 2, 3, 4, 5]


WAYS = (map_parallel, starmap_parallel, iter_parallel, optimize)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("number", [0, -3, 1.5, 3.0, float("nan"), float("inf"), True, "3", [3]])
def test_what_is_no_number_from_one_is_refused_before_anything_is_read(way, number):
    data = iter([(1,), (2,)])
    for name, what, mend in (
        ("max_workers", "workers", "give a whole number from 1, or leave it out"),
        ("budget_bytes", "bytes", "give a whole number from 1, such as 2 * 10**9, or leave it out"),
    ):
        with pytest.raises(UsageError) as caught:
            way(repr, data, **{name: number})
        assert str(caught.value) == f"{name} is not a number of {what}: {number!r}\n  mend: {mend}"
    assert list(data) == [(1,), (2,)]


@pytest.mark.parametrize("size", [0, -3, 2.5, True, "3"])
def test_what_is_no_size_of_a_sample_is_refused(size):
    for way in (map_parallel, optimize, perform_dry_run):
        with pytest.raises(UsageError, match="sample_size is not a number of items"):
            way(repr, [1], sample_size=size)


@pytest.mark.parametrize("way", WAYS[:3])
@pytest.mark.parametrize("name", ["", "Spawn", "thread", b"fork", 3, ["fork"]])
def test_what_is_no_start_method_is_refused_however_short_the_job(way, name):
    data = iter([(1,)])
    with pytest.raises(UsageError) as caught:
        way(repr, data, start_method=name)
    mend = "give one of fork, forkserver, spawn, or leave it out"
    assert str(caught.value) == f"start_method is not a start method: {name!r}\n  mend: {mend}"
    assert list(data) == [(1,)]


@pytest.mark.parametrize("way", [map_parallel, iter_parallel, optimize])
def test_interpreters_are_refused_where_there_are_none(monkeypatch, way):
    monkeypatch.setitem(sys.modules, "concurrent.interpreters", None)
    with pytest.raises(UsageError) as caught:
        way(repr, [1], start_method="interpreter")
    assert str(caught.value) == (
        "there are no interpreters besides the first one here: 'interpreter'\n"
        "  mend: give one of fork, forkserver, spawn, or use Python 3.14 or newer, not on Windows"
    )


def test_progress_that_cannot_be_told_is_refused():
    with pytest.raises(UsageError, match="on_progress cannot be called: 'bar'"):
        map_parallel(repr, [], on_progress="bar")


@pytest.mark.parametrize("way", WAYS[:3])
@pytest.mark.parametrize("keywords", [[("end", 1)], {1: 2}, 5, "end"])
def test_keywords_that_no_call_can_have_are_refused_before_anything_is_read(way, keywords):
    data = iter([(1,)])
    with pytest.raises(UsageError) as caught:
        way(repr, data, keywords=keywords)
    assert str(caught.value) == (
        f"keywords are not arguments by name: {keywords!r}\n"
        "  mend: give a dictionary of names and values, such as {'base': 2}, or leave it out"
    )
    assert list(data) == [(1,)]
    # A function that there is not is no matter of keywords.
    with pytest.raises(TypeError):
        way(None, [(1,)], keywords=keywords)


def test_whole_numbers_of_other_types_are_fine():
    options = {"max_workers": np.int64(2), "budget_bytes": np.uint64(1 << 30)}
    assert map_parallel(abs, [-1], start_method="spawn", **options) == [1]
    assert list(iter_parallel(abs, [-1], **options)) == optimize(abs, [-1], **options).run() == [1]


@pytest.mark.parametrize("way", WAYS)
def test_what_cannot_be_iterated_is_told_at_the_call_as_by_a_loop(way):
    for data in (None, 7, np.array(7)):
        with pytest.raises(TypeError, match=r"not iterable|iteration over a 0-d array"):
            way(abs, data)


def test_dear_items_that_were_met_by_chance_may_be_rare(monkeypatch):
    """Three of the items that are timed take long, and none of those beside others, which are as many again."""
    clock = stand_in_clock(monkeypatch, first_look, timed_run)
    places = first_look._spread(400, 5)
    items = [3e-3 if place in places[2:] else 1e-5 for place in range(400)]
    result = perform_dry_run(clock.spend, items)
    assert result.n_parts == 4
    assert result.n_sampled > 2 * len(result.positions) - 1
    seen = [items[place] for place in result.sample_results if place != places[0]]
    assert result.mean_seconds / result.uncertainty == pytest.approx(sum(seen) / len(seen))
    even = perform_dry_run(clock.spend, [1e-5] * 400)
    assert (even.uncertainty, even.n_parts) == (1.0, 4)
