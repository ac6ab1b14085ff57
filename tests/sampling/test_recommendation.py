"""A recommendation for people, and followed."""

from __future__ import annotations

import functools
import os
import threading

import parallel_tasks as tasks
import pytest
from costs import machine, stand_in_clock, stand_in_lock

from equipment_optimizer.errors import MemoryBudgetError, UsageError, WorkerError
from equipment_optimizer.sampling import _first_look as first_look
from equipment_optimizer.sampling import _timed_run as timed_run
from equipment_optimizer.sampling import advice, optimize, recommendation
from equipment_optimizer.sampling.prediction import pickle_cost
from equipment_optimizer.workers._worker_replacement import Crew
from equipment_optimizer.workers.pool import StartError


@pytest.fixture
def clock(monkeypatch):
    """A machine that is known; calls take what their items say, in seconds, and keep the interpreter lock."""
    monkeypatch.setattr(advice, "known_costs", lambda *_, **__: machine())
    stand_in_lock(monkeypatch)
    return stand_in_clock(monkeypatch, first_look, timed_run, advice, pickle_cost)


def test_one_line_a_table_and_the_same_for_notebooks(clock):
    choice = optimize(clock.spend, [1e-3] * 2000)
    assert repr(choice).startswith("<Recommendation 2 processes, ")
    assert "\n" not in repr(choice)
    lines = choice.explain().splitlines()
    assert lines[0].split()[:2] == ["items", "2,000,"]
    assert any(line.startswith("predicted, process") and " to " in line for line in lines)
    html = choice._repr_html_()
    assert html.startswith("<table><tr><td>items</td><td>2,000, ")
    assert html.count("<tr>") == len(choice.rows())


def test_words_are_escaped_for_notebooks():
    choice = optimize(id, [threading.Lock() for _ in range(9)])
    assert "&lt;" not in choice.reason
    assert "<script" not in choice._repr_html_()


def test_predictions_lie_in_their_intervals(clock):
    choice = optimize(clock.spend, [1e-3] * 2000)
    for name, seconds in choice.predicted_seconds.items():
        low, high = choice.predicted_intervals[name]
        assert 0 <= low <= seconds <= high
    assert choice.predicted_seconds["process"] < choice.predicted_intervals["serial"][0]


@pytest.mark.parametrize("n_items", [3, 2000])
def test_it_is_followed_without_running_samples_again(clock, n_items):
    items = [1e-3 + 1e-9 * number for number in range(n_items)]
    assert optimize(clock.spend, items, threads=False).run() == items


def test_threads_are_followed_too(clock):
    items = [1e-2 + 1e-9 * number for number in range(40)]
    choice = optimize(Waits(clock), iter(items))
    assert choice.executor == "thread"
    assert choice.run() == items


class Waits:
    def __init__(self, clock):
        self.clock = clock

    def __call__(self, seconds):
        self.clock.sleep(seconds)
        return seconds


def test_an_error_is_the_functions_own():
    choice = optimize(tasks.first_even, [[2]] * 5 + [[3]] + [[2]] * 60)
    with pytest.raises(StopIteration):
        choice.run()


def read_by_hand(choice):
    return list(choice.data)


def read_a_little(choice):
    return next(choice.data)


@pytest.mark.parametrize("make", [iter, set, lambda items: (item for item in items)])
@pytest.mark.parametrize("read", [recommendation.Recommendation.run, read_by_hand, read_a_little])
def test_what_can_be_read_once_is_not_followed_twice(make, read):
    choice = optimize(tasks.square, make(range(40)))
    read(choice)
    for _ in range(2):
        with pytest.raises(UsageError) as caught:
            choice.run()
        what = "the items were read before, by run() or from data, and can be read once only"
        assert str(caught.value) == f"{what}\n  mend: keep the results, or give optimize a list of the items"


def test_a_sequence_is_followed_as_often_as_anybody_wants():
    choice = optimize(tasks.square, range(40))
    assert list(choice.data) == list(range(40))
    assert choice.run() == choice.run() == [item * item for item in range(40)]


class NoText(Exception):
    def __str__(self):
        raise OSError("no text either")


class Stays:
    """An item that says at length why it cannot travel."""

    def __init__(self, error):
        self.error = error

    def __reduce__(self):
        raise self.error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (LookupError("first\nsecond\r\n\tthird"), "LookupError: first second third"),
        (LookupError(), "LookupError"),
        (NoText(), "NoText, without a text"),
    ],
)
def test_an_errors_text_stays_on_one_line(monkeypatch, error, told):
    choice = optimize(bool, [Stays(error)] * 30)
    assert choice.reason.endswith(f"its items cannot be pickled ({told})")
    for text in (repr(choice), str(choice), *choice.warnings):
        assert "\n" not in text
    assert len(choice.explain().splitlines()) == len(choice.rows())


@pytest.mark.parametrize("kind", [WorkerError, MemoryBudgetError])
def test_workers_that_cannot_be_started_are_told_of_on_one_line(monkeypatch, clock, kind):
    def refuse(*_, **__):
        raise kind("no room for a process", "end another")

    monkeypatch.setattr(advice, "_settled", lambda *_: (machine(), None))
    monkeypatch.setattr(advice, "calibrate", refuse)
    choice = optimize(clock.spend, [1e-2] * 2000, threads=False)
    assert choice.reason.endswith("cannot be started here: no room for a process mend: end another")
    assert "\n" not in repr(choice)


def no_room(*_):
    raise WorkerError("no room for a process", "end another")


def no_memory(*_):
    raise MemoryBudgetError("no memory for a process", "allow more")


def end_at_once(*_):
    os._exit(1)


@pytest.mark.parametrize(
    ("place", "refuse", "told"),
    [
        ("_worker_replacement.Crew._started", no_room, "no room for a process"),
        ("_worker_replacement.Crew._started", no_memory, "no memory for a process"),
        ("_worker.worker_main", end_at_once, "worker processes died while they were starting"),
    ],
)
@pytest.mark.parametrize("make", [list, iter])
def test_where_no_worker_can_be_started_it_is_run_here(monkeypatch, clock, make, place, refuse, told):
    items = [1e-2 + 1e-9 * number for number in range(200)]
    choice = optimize(clock.spend, make(items), threads=False, start_method="fork")
    assert choice.executor == "process"
    before = choice.warnings
    monkeypatch.setattr(f"equipment_optimizer.workers.{place}", refuse)
    assert choice.run() == items
    (warning,) = choice.warnings[len(before) :]
    assert warning.startswith(f"worker processes could not be started: {told}")
    assert "\n" not in warning
    assert choice.rows()[-1] == ("note", warning)


def test_workers_that_die_of_an_item_and_cannot_be_replaced_are_an_error(monkeypatch, clock):
    started, numbers = Crew._started, iter(range(2))

    def twice(crew):
        if next(numbers, None) is None:
            raise WorkerError("no worker is left", "look why")
        return started(crew)

    items = [1e-2] * 100 + [-1.0] * 20 + [1e-2] * 80
    choice = optimize(functools.partial(ends_worker, os.getpid()), items, threads=False, start_method="fork")
    choice.executor, choice.n_jobs, choice.chunksize = "process", 2, 10
    monkeypatch.setattr(Crew, "_started", twice)
    with pytest.raises(StartError, match="no worker is left"):
        choice.run()


def ends_worker(own, item):
    if item < 0 and os.getpid() != own:
        os._exit(1)
    return item


@pytest.mark.parametrize(
    ("seconds", "text"), [(5e-9, "5 ns"), (2.5e-6, "2.5 us"), (0.0123, "12.3 ms"), (12.0, "12.00 s")]
)
def test_short_durations_are_readable(seconds, text):
    assert recommendation._short(seconds) == text


@pytest.mark.parametrize("n_helpers", [0, 1, 3])
def test_native_libraries_are_limited_where_their_threads_were_seen(monkeypatch, clock, n_helpers):
    """Eight cores, of which a call uses some: as many workers as leave each its own."""
    monkeypatch.setattr(advice, "known_costs", lambda *_, **__: machine(n_cores=8, free_cores=8.0))
    stand_in_lock(monkeypatch, share=0.5)
    for name, value in (("count_threads", 2), ("available_cores", 8)):
        monkeypatch.setattr(timed_run, name, lambda value=value: value)
    monkeypatch.setattr(timed_run, "running_threads", lambda besides=0: n_helpers)
    choice = optimize(clock.spend, [4e-3] * 2000, threads=False)
    assert (choice.executor, choice.n_jobs) == ("process", 8 // (1 + n_helpers))
    assert choice.native_threads == (1 + n_helpers if n_helpers else None)
    stayed = optimize(clock.spend, [1e-6] * 20)
    assert (stayed.executor, stayed.native_threads) == ("serial", None)
