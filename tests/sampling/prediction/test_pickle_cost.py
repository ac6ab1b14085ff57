"""Measuring pickling without keeping what was pickled."""

from __future__ import annotations

import gc
import pickle
import sys
import threading
import tracemalloc

import numpy as np
import pytest

from equipment_optimizer.sampling.prediction import pickle_cost
from equipment_optimizer.sampling.prediction.pickle_cost import (
    ChunkCost,
    CountingSink,
    LoadError,
    _line,
    check_data_picklability_with_measurements,
    measure_chunk,
    measure_parts,
    measure_pickle,
)


class Raises:
    def __init__(self, error: type[Exception]) -> None:
        self.error = error

    def __reduce__(self):
        raise self.error("no pickle of this")


def deep_list(depth: int = 100_000) -> list:
    nested: list = []
    for _ in range(depth):
        nested = [nested]
    return nested


def unnest(nested: list) -> None:
    """Take a deep list apart from outside, so that freeing it does not recurse."""
    while nested:
        nested = nested.pop()


def traced_peak(items) -> tuple[int, list]:
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        result = check_data_picklability_with_measurements(items)
        return tracemalloc.get_traced_memory()[1] - before, result[3]
    finally:
        tracemalloc.stop()


def test_good_items_give_plain_pairs_of_seconds_and_bytes():
    ok, index, error, measurements = check_data_picklability_with_measurements([1, "two", [3.0]])
    assert (ok, index, error) == (True, None, None)
    assert type(measurements) is list
    for pair, item in zip(measurements, [1, "two", [3.0]], strict=True):
        assert type(pair) is tuple
        assert [type(value) for value in pair] == [float, int]
        assert pair[1] == len(pickle.dumps(item, 5))


def test_no_items_are_all_picklable():
    assert check_data_picklability_with_measurements([]) == (True, None, None, [])


def test_an_iterator_is_read_once_and_lazily():
    seen = []

    def items():
        for number in range(5):
            seen.append(number)
            yield threading.Lock() if number == 2 else number

    ok, index, error, measurements = check_data_picklability_with_measurements(items())
    assert not ok
    assert index == 2
    assert isinstance(error, TypeError)
    assert len(measurements) == 2
    assert seen == [0, 1, 2]


@pytest.mark.parametrize("kind", [RecursionError, MemoryError, ValueError, RuntimeError, pickle.PicklingError])
def test_any_exception_of_a_reduce_is_caught_and_returned(kind):
    ok, index, error, measurements = check_data_picklability_with_measurements([1, Raises(kind), 2])
    assert (ok, index) == (False, 1)
    assert type(error) is kind
    assert str(error) == "no pickle of this"
    assert error.__traceback__ is None
    assert len(measurements) == 1


def test_a_list_too_deep_to_pickle_is_reported():
    nested = deep_list()
    ok, index, error, _ = check_data_picklability_with_measurements([nested])
    unnest(nested)
    assert (ok, index) == (False, 0)
    assert isinstance(error, RecursionError)


def test_a_keyboard_interrupt_passes_through():
    class Interrupts:
        def __reduce__(self):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_data_picklability_with_measurements([Interrupts()])


@pytest.mark.parametrize(
    "make",
    [lambda: bytes(1 << 20), lambda: bytearray(1 << 20), lambda: "x" * (1 << 20), lambda: np.ones(131072)],
    ids=["bytes", "bytearray", "str", "array"],
)
def test_five_objects_of_a_megabyte_leave_measurements_only(make):
    items = [make() for _ in range(5)]
    check_data_picklability_with_measurements(items[:1])
    peak, measurements = traced_peak(items)
    # A str has to be encoded for the pickle: one item's UTF-8 exists at a time.
    assert peak < (1 << 20) + 100_000 if isinstance(items[0], str) else peak < 100_000
    assert all(size > 1 << 20 for _, size in measurements)
    assert sys.getsizeof(measurements) + sum(map(sys.getsizeof, measurements)) < 1024


def test_arrays_of_80_megabytes_are_never_copied():
    array = np.zeros(10_000_000)
    items = [array + 0 if number == 0 else array[:] for number in range(5)]
    peak, measurements = traced_peak(items)
    assert peak < 1_000_000
    assert [size >= 80_000_000 for _, size in measurements] == [True] * 5
    held = sys.getsizeof(measurements) + sum(
        sys.getsizeof(pair) + sum(map(sys.getsizeof, pair)) for pair in measurements
    )
    assert held < 1024


def test_the_callers_tracing_is_left_alone():
    assert not tracemalloc.is_tracing()
    check_data_picklability_with_measurements([1])
    assert not tracemalloc.is_tracing()
    tracemalloc.start()
    try:
        check_data_picklability_with_measurements([1])
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()


def test_the_sink_counts_bytes_and_any_buffer():
    sink = CountingSink()
    assert sink.write(b"abc") == 3
    assert sink.write(pickle.PickleBuffer(np.zeros(4))) == 32
    sink.count_buffer(pickle.PickleBuffer(bytearray(5)))
    assert sink.n_bytes == 40


def test_an_array_that_is_not_contiguous_is_measured_too():
    assert measure_pickle(np.zeros((100, 100))[::2, ::3])[1] > 50 * 34 * 8


def test_items_that_share_an_object_have_a_large_fixed_part():
    shared = list(range(10_000))
    items = [(number, shared) for number in range(5)]
    cost = measure_chunk(items, [measure_pickle(item) for item in items])
    assert cost.bytes_fixed > 20_000
    assert cost.bytes_item < 200
    assert cost.n_bytes(100) < 2 * cost.n_bytes(1)


def test_items_that_share_nothing_have_no_fixed_part_to_speak_of():
    items = [list(range(number, number + 1000)) for number in range(5)]
    cost = measure_chunk(items, [measure_pickle(item) for item in items])
    assert cost.bytes_item > 2000
    assert cost.bytes_fixed < 100
    # Whatever kept a measurement from its core, more never costs less.
    assert cost.dump_seconds(10) >= cost.dump_seconds(1) > 0
    assert cost.load_seconds(10) >= cost.load_seconds(1) > 0


@pytest.mark.parametrize(
    ("single", "many", "fixed", "item"), [(1.0, 5.0, 0.0, 1.0), (3.0, 7.0, 2.0, 1.0), (2.0, 1.0, 1.0, 0.0)]
)
def test_what_is_shared_is_where_the_line_begins(single, many, fixed, item):
    assert _line(single, many, 5) == pytest.approx((fixed, item))


def test_one_item_and_huge_items_count_as_sharing_nothing():
    assert measure_chunk([1], [measure_pickle(1)]).bytes_fixed == 0
    big = np.zeros(1_000_000)
    cost = measure_chunk([big, big], [measure_pickle(big)] * 2)
    assert cost == ChunkCost(0.0, cost.dump_item, 0.0, cost.load_item, 0.0, cost.bytes_item)


class LoadsBadly:
    def __reduce__(self):
        return (int, ("not a number",))


def test_what_takes_too_long_is_not_pickled_to_its_end():
    items = [list(range(100_000)) for _ in range(3)]
    cost, why = measure_parts("its items", items, -1.0)
    assert why is None
    assert 0 < cost.bytes_item < len(pickle.dumps(items[0], 5)) / 2
    assert measure_parts("its items", items)[0].bytes_item > 2 * cost.bytes_item


def test_what_pickles_but_does_not_unpickle_is_found():
    with pytest.raises(LoadError) as caught:
        measure_chunk([LoadsBadly()], [measure_pickle(LoadsBadly())])
    assert isinstance(caught.value.__cause__, ValueError)
    cost, why = measure_parts("its items", [LoadsBadly()])
    assert cost == ChunkCost()
    assert why.startswith("its items cannot be unpickled (ValueError: invalid literal")
    assert measure_parts("its items", [threading.Lock()])[1].startswith("its items cannot be pickled (TypeError")
    assert measure_parts("its items", [])[1] is None


class Counted:
    """Notes whenever it is pickled."""

    n_pickled = 0

    def __reduce__(self):
        Counted.n_pickled += 1
        return (Counted, ())


def test_what_parts_share_shows_without_pickling_it_again(monkeypatch):
    monkeypatch.setattr(pickle_cost, "_SIMILAR_SECONDS", -1.0)
    shared = [Counted() for _ in range(1000)]
    monkeypatch.setattr(Counted, "n_pickled", 0)
    cost, why = measure_parts("its items", [(number, shared) for number in range(3)], 60.0)
    assert why is None
    assert Counted.n_pickled == 1000
    assert cost.bytes_item < 100 < 1000 < cost.bytes_fixed
    assert cost.load_fixed > cost.dump_fixed > 0
    # What each has of its own is pickled for two of them, and once more to be loaded.
    monkeypatch.setattr(Counted, "n_pickled", 0)
    cost, why = measure_parts("its items", [[Counted() for _ in range(1000)] for _ in range(3)], 60.0)
    assert Counted.n_pickled == 3000
    assert cost.bytes_fixed < 100 < 1000 < cost.bytes_item
    # Large ones are taken to share nothing.
    monkeypatch.setattr(pickle_cost, "_SHARING_BYTES", 1000)
    assert measure_parts("its items", [(number, shared) for number in range(3)], 60.0)[0].bytes_fixed == 0


def test_of_slow_parts_too_it_is_found_what_cannot_travel(monkeypatch):
    monkeypatch.setattr(pickle_cost, "_SIMILAR_SECONDS", -1.0)
    bad = [[str(n) * 1000, LoadsBadly()] for n in range(2)]
    assert "cannot be unpickled (ValueError" in measure_parts("its items", bad, 60.0)[1]
    for parts in ([threading.Lock()] * 2, [1, 2, threading.Lock()]):
        assert "cannot be pickled (TypeError" in measure_parts("its items", parts, 60.0)[1]
