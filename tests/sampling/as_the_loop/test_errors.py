"""An error is told as a loop tells it: class, text, attributes, cause and what was handled beside it."""

from __future__ import annotations

import functools
import warnings

import error_tasks as tasks
import pytest

from equipment_optimizer.sampling import map_parallel, optimize
from equipment_optimizer.sampling.prediction import calibration
from equipment_optimizer.workers import kept_pool
from equipment_optimizer.workers.pool import WorkerPool


def told(call):
    """All that there is to tell of the error that a call raises, and its notes."""
    with pytest.raises(BaseException) as caught:  # noqa: PT011
        call()
    error = caught.value
    found, seen = [], set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        found.append((type(error), str(error), error.args, getattr(error, "filename", None)))
        found.append((type(error.__cause__), type(error.__context__), error.__suppress_context__))
        error = error.__cause__ or error.__context__
    return found, getattr(caught.value, "__notes__", [])


def loop(func):
    return [func(item) for item in range(40)]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_errors_that_are_results_arrive_with_all_that_they_hold(shared, method):
    for kind in tasks.HELD:
        expected = tasks.all_of(tasks.caught(kind))
        found = map_parallel(shared(functools.partial(tasks.caught, kind)), range(12), start_method=method)
        assert [tasks.all_of(error) for error in found] == [expected] * 12
        func = shared(functools.partial(tasks.caught_beside_number, kind))
        pairs = map_parallel(func, range(12), start_method=method)
        assert [(number, tasks.all_of(error)) for number, error in pairs] == [(n, expected) for n in range(12)]
        pairs = map_parallel(shared(functools.partial(tasks.caught_twice, kind)), range(12), start_method=method)
        assert all(one is other for one, other in pairs)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_errors_that_are_items_arrive_with_all_that_they_hold(shared, method):
    for kind in tasks.HELD:
        errors = [tasks.caught(kind) for _ in range(12)]
        expected = [tasks.all_of(error) for error in errors]
        assert map_parallel(shared(tasks.all_of), errors, start_method=method) == expected
        items = list(enumerate(errors))
        assert map_parallel(shared(tasks.all_of_second), items, start_method=method) == expected


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
@pytest.mark.parametrize("kind", tasks.ALL, ids=lambda kind: kind.__name__)
def test_an_error_of_a_worker_is_that_of_the_loop(shared, method, kind):
    func = functools.partial(tasks.raise_at_20, kind)
    expected, own_notes = told(lambda: loop(func))
    found, notes = told(lambda: map_parallel(shared(func), range(40), start_method=method))
    assert found == expected
    if isinstance(own_notes, list):
        assert notes[: len(own_notes)] == own_notes
        assert notes[-1].startswith("in a worker process:\n")
    else:
        assert notes is own_notes or notes == own_notes


@pytest.mark.parametrize("kind", tasks.ALL, ids=lambda kind: kind.__name__)
def test_an_error_of_this_process_is_that_of_the_loop(shared, monkeypatch, kind):
    def refuse(*_, **__):
        raise OSError("no more processes")

    monkeypatch.setattr(kept_pool, "borrow", refuse)
    monkeypatch.setattr(calibration, "calibrate", refuse)
    func = functools.partial(tasks.raise_at_20, kind)
    expected = told(lambda: loop(func))
    assert told(lambda: map_parallel(shared(func), range(40))) == expected
    assert told(lambda: map_parallel(func, range(40))) == expected
    assert told(lambda: optimize(func, [1, 2, 3, 4, 5, 6, 20]).run()) == expected


def test_an_error_of_a_worker_that_took_the_place_of_another_is_that_of_the_loop(tmp_path):
    expected, _ = told(lambda: tasks.die_at_5_and_fail_at_6(str(tmp_path), 6))
    func = functools.partial(tasks.die_at_5_and_fail_at_6, str(tmp_path))
    with WorkerPool(1, "fork") as pool:
        found, _ = told(lambda: list(pool.run(func, [[4], [5], [6]])))
    assert (tmp_path / "died").exists()
    assert found == expected


def test_an_error_of_a_batch_that_cannot_travel_is_that_of_the_loop():
    expected, _ = told(tasks.plain)
    with WorkerPool(1, "fork") as pool:
        found, _ = told(lambda: list(pool.run(lambda item: tasks.plain(), [[1]])))
    assert found == expected
    with WorkerPool(1, "fork") as pool:
        func = functools.partial(tasks.raise_at_20, tasks.plain)
        found, _ = told(lambda: list(pool.run(func, [[(n for n in ()), 20]])))
    assert found == expected


@pytest.mark.parametrize(("action", "expected"), [("error", "raised"), ("ignore", "quiet")])
def test_a_forked_worker_warns_as_this_process_does(action, expected):
    with warnings.catch_warnings():
        warnings.simplefilter(action, DeprecationWarning)
        assert tasks.warned(1) == expected
        with WorkerPool(1, "fork") as pool:
            assert list(pool.run(tasks.warned, [[1, 2]])) == [[expected] * 2]
