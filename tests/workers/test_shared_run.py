"""Items that this thread and helpers take in turns."""

from __future__ import annotations

import decimal
import itertools
import threading
import time

import parallel_tasks as tasks
import pytest

from equipment_optimizer.workers import shared_run
from equipment_optimizer.workers.ordered_results import StoppedError
from equipment_optimizer.workers.shared_run import SharedRun, run_together


@pytest.fixture(autouse=True)
def help_is_help(monkeypatch):
    """Helpers stay once they did anything: whether two cores are free is not for a test to say."""
    monkeypatch.setattr(shared_run, "_LEAST_SPEED", -1.0)
    monkeypatch.setattr(shared_run, "_TRY_ITEMS", 10**9)


def shared(func, data, n_helpers=1):
    """The run after it ended, and its results."""
    run = SharedRun(func, iter(data), n_helpers)
    return run, list(itertools.chain.from_iterable(run.results()))


class Together:
    """A function whose calls here wait until a helper has made one, however late that comes."""

    def __init__(self, func):
        self.func, self.here = func, threading.get_ident()
        self.helpers, self.has_helped = set(), threading.Event()

    def __call__(self, item):
        who = threading.get_ident()
        if who == self.here:
            self.has_helped.wait(60)
            return self.func(item)
        if who in self.helpers:
            # Its first call is counted by now.
            self.has_helped.set()
        self.helpers.add(who)
        try:
            return self.func(item)
        except BaseException:
            self.has_helped.set()
            raise


@pytest.mark.parametrize("n_helpers", [1, 3])
def test_helpers_that_help_stay_to_the_end(n_helpers):
    run, results = shared(Together(naps), range(60), n_helpers)
    assert results == [number * number for number in range(60)]
    assert run.helps is True
    assert (run.n_done, list(run.untaken)) == (60, [])


def naps(item):
    time.sleep(0.002)
    return item * item


def test_calls_that_hold_the_lock_end_the_helpers_and_nothing_is_lost(monkeypatch):
    monkeypatch.setattr(shared_run, "_LEAST_SPEED", 1e9)
    monkeypatch.setattr(shared_run, "_TRY_ITEMS", 3)
    calls = []

    def note(item):
        calls.append(item)
        return tasks.spin(3000) + item

    run, results = shared(note, range(2000))
    assert run.helps is False
    assert results == [tasks.spin(3000) + item for item in range(run.n_done)]
    assert list(run.untaken) == list(range(run.n_done, 2000))
    assert sorted(calls) == list(range(run.n_done))


def test_the_first_error_in_order_counts_after_what_came_before_it():
    def fails(item):
        naps(item)
        if item >= 20:
            raise LookupError(f"no {item}")
        return item

    run = SharedRun(fails, iter(range(40)), 3)
    results = []
    with pytest.raises(LookupError, match="no 20"):
        for values in run.results():
            results += values
    assert results == list(range(20))


def test_a_stopiteration_is_an_error():
    with pytest.raises(StoppedError):
        shared(next, [iter([1]), iter([]), iter([2])])


def test_helpers_without_work_go_and_those_that_may_get_some_are_woken(monkeypatch):
    monkeypatch.setattr(shared_run, "_LONGEST_SECONDS", 600.0)
    monkeypatch.setattr(shared_run, "_LOOK_SECONDS", 600.0)
    run = SharedRun(naps, iter(range(3)), 3)
    assert run._read()
    assert run._is_exhausted
    run._todo.clear()
    run.start(1)
    with run._ends[0]:
        # Nothing will come any more.
        assert not run._is_over
    waiting = SharedRun(naps, iter(range(3)), 3)
    waiting.start(2)
    waiting.stop()
    assert waiting.n_started == 2


def test_an_error_of_the_source_has_its_turn():
    def source():
        yield from range(5)
        raise OSError("no more")

    run, results = shared(naps, source())
    assert results == [0, 1, 4, 9, 16]
    with pytest.raises(OSError, match="no more"):
        next(run.untaken)


def test_what_ends_the_program_does_so_from_a_helper_too():
    here = threading.get_ident()

    def leaves(item):
        if threading.get_ident() != here:
            raise SystemExit(3)
        return item

    with pytest.raises(SystemExit):
        shared(Together(leaves), range(100))


def test_leaving_early_leaves_no_helper_at_work():
    running = []

    def note(item):
        running.append(item)
        naps(item)
        running.remove(item)
        return item

    results = SharedRun(note, iter(range(1000)), 2).results()
    next(results)
    results.close()
    assert running == []


def test_helpers_have_the_callers_context():
    with decimal.localcontext() as context:
        context.prec = 40
        _, results = shared(seventh, range(30), 2)
        assert set(results) == {str(decimal.Decimal(1) / 7)}


def seventh(item):
    time.sleep(0.001)
    return str(decimal.Decimal(1) / 7)


def test_items_that_are_run_together_are_all_run_and_nobody_judges():
    func = Together(naps)
    seconds, results = run_together(func, [*range(12)])
    assert results == [number * number for number in range(12)]
    assert seconds > 0
    assert len(func.helpers) == 1
