"""Whoever wants results one by one gets those of tiny calls in blocks, and nothing else than a loop gives."""

from __future__ import annotations

import itertools

import pytest
from costs import stand_in_clock

from equipment_optimizer.sampling import _serial_first as serial_first
from equipment_optimizer.sampling import parallel_map
from equipment_optimizer.sampling._serial_first import SerialFirst
from equipment_optimizer.sampling.prediction import calibration, pickle_cost


@pytest.fixture
def clock(monkeypatch):
    """Calls take what their items say, in seconds."""
    monkeypatch.setattr(calibration, "available_cores", lambda: 2)
    return stand_in_clock(monkeypatch, serial_first, pickle_cost)


def test_whoever_wants_each_result_gets_tiny_ones_of_a_list_in_blocks(clock):
    engine = SerialFirst(clock.spend, [1e-7] * 3000, one_by_one=True)
    lists = list(parallel_map._begun(engine))
    assert list(itertools.chain.from_iterable(lists)) == [1e-7] * 3000
    assert len(lists) < 50
    # What comes from elsewhere may take its time: every result is there before the next item is asked for.
    assert all(
        len(values) == 1 for values in parallel_map._begun(SerialFirst(clock.spend, iter([1e-7] * 50), one_by_one=True))
    )


@pytest.mark.parametrize("failure", [KeyError("on purpose"), SystemExit(3), StopIteration("on purpose")])
@pytest.mark.parametrize("n_before", [1, 3, 20, 1500])
def test_results_one_by_one_come_before_the_error_that_follows_them(clock, failure, n_before):
    def spend(seconds):
        if not seconds:
            raise failure
        return clock.spend(seconds)

    results = []
    with pytest.raises(RuntimeError if isinstance(failure, StopIteration) else type(failure)):
        for value in parallel_map.iter_parallel(spend, [1e-7] * n_before + [0.0]):
            results.append(value)
    assert results == [1e-7] * n_before


def test_a_list_may_grow_after_its_last_result(clock):
    for n_first in (1, 2, 5, 70, 1000):
        items = [1e-7] * n_first
        results = []
        for value in parallel_map.iter_parallel(clock.spend, items):
            results.append(value)
            if len(results) == len(items) < 3000:
                items += [1e-7] * n_first
        assert len(results) == len(items) >= 3000
