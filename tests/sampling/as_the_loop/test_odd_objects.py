"""Items, results and errors that end whoever pickles, loads or prints them give what the loop gives."""

from __future__ import annotations

import functools
import io
import os
import sys

import loop_tasks as tasks
import pytest

from equipment_optimizer.sampling import iter_parallel, map_parallel, optimize
from equipment_optimizer.workers.carried_error import CarriedError
from equipment_optimizer.workers.pool import WorkerPool
from equipment_optimizer.workers.shared_run import SharedRun

METHODS = ("fork", "spawn")
ODD = [tasks.EndsOnDump, tasks.EndsOnLoad, tasks.NoTextOnDump, tasks.NoTextOnLoad, tasks.SaysNoClass]

ODD_ERRORS = [
    tasks.ErrorThatEndsOnDump,
    tasks.ErrorThatEndsOnLoad,
    tasks.ErrorThatEndsInText,
    tasks.ErrorOfNoModule,
]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ODD)
def test_items_that_no_other_process_can_have(shared, method, kind):
    items = [kind() if n == 20 else n for n in range(40)]
    expected = [tasks.number_of(item) for item in items]
    assert map_parallel(shared(tasks.number_of), items, start_method=method) == expected
    # Where they come at once nobody is asked for help.
    assert map_parallel(shared(tasks.number_of), [kind()] * 40, start_method=method) == [7] * 40


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ODD)
def test_results_that_no_other_process_can_give(shared, method, kind):
    func = shared(functools.partial(tasks.made_by, kind))
    results = map_parallel(func, range(40), start_method=method)
    assert type(results.pop(20)) is kind
    assert results == [*range(20), *range(21, 40)]
    assert [type(each) for each in map_parallel(func, [20] * 40, start_method=method)] == [kind] * 40


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ODD_ERRORS)
def test_errors_that_no_other_process_can_give(shared, method, kind):
    results = []
    func = shared(functools.partial(tasks.raised_by_name, kind.__name__))
    with pytest.raises(kind) as caught:
        for result in iter_parallel(func, range(40), start_method=method):
            results.append(result)
    assert results == list(range(20))
    assert (type(caught.value), caught.value.args) == (kind, ("on purpose",))


def test_it_is_told_why_an_error_is_raised_here(monkeypatch):
    def refuse(_):
        raise EOFError("half of it")

    notices = []
    with WorkerPool(1) as pool, pytest.raises(tasks.ErrorOfNoModule):
        func = functools.partial(tasks.raised_by_name, "ErrorOfNoModule")
        list(pool.run(func, [[20]], on_notice=notices.append))
    monkeypatch.setattr(CarriedError, "rebuilt", refuse)
    with WorkerPool(1) as pool, pytest.raises(ValueError, match="on purpose"):
        list(pool.run(functools.partial(tasks.raised_by, ValueError), [[20]], on_notice=notices.append))
    begin = "some items are computed in this process: an exception does not arrive as it was"
    assert notices == [
        f"{begin} (TypeError: not all of it pickles: ErrorOfNoModule: on purpose)",
        f"{begin} (EOFError: half of it)",
    ]


@pytest.mark.parametrize("func", [tasks.with_odd_cause, tasks.with_odd_attribute, tasks.with_odd_part])
def test_errors_that_hold_what_does_not_pickle_hold_it_still(func):
    with pytest.raises(Exception, match="on purpose") as caught:
        func(20)
    with WorkerPool(1) as pool, pytest.raises(Exception, match="on purpose") as found:
        list(pool.run(func, [[19], [20]]))
    assert tasks.held_by(found.value) == tasks.held_by(caught.value)


def test_only_the_item_that_failed_is_run_once_more(tmp_path):
    func = functools.partial(tasks.noted, str(tmp_path))
    with WorkerPool(1) as pool:
        runs = pool.run(func, [[18, 19, 20, 21]])
        assert next(runs) == [18, 19]
        with pytest.raises(tasks.ErrorOfNoModule):
            next(runs)
    assert sorted(name.partition("-")[0] for name in os.listdir(tmp_path)) == ["18", "19", "20", "20"]


@pytest.mark.parametrize("chunk", [1, 3])
def test_of_two_errors_the_first_in_order_counts_wherever_the_second_is_had(chunk):
    # The second chunk cannot leave this process.
    with WorkerPool(1) as pool:
        items = [17, 18, 19, tasks.EndsOnDump(), 20]
        batches = [items[n : n + chunk] for n in range(0, len(items), chunk)]
        func = functools.partial(tasks.raised_by, SystemExit)
        with pytest.raises(SystemExit, match="on purpose"):
            list(pool.run(func, batches))
    with WorkerPool(1) as pool, pytest.raises(ValueError, match="item 18"):
        list(pool.run(tasks.fails_at_18_and_ends_at_20, batches))


@pytest.mark.parametrize("n_helpers", [0, 2])
def test_of_two_errors_in_threads_the_first_in_order_counts(n_helpers):
    for func, kind, n_before in (
        (functools.partial(tasks.raised_by, SystemExit), SystemExit, 20),
        (functools.partial(tasks.raised_by, ValueError), ValueError, 20),
        (tasks.fails_at_18_and_ends_at_20, ValueError, 18),
    ):
        run = SharedRun(func, iter(range(40)), n_helpers)
        # Whether helpers help is not asked: on a busy machine the answer would end the run before the error.
        run.helps = True
        results = []
        with pytest.raises(kind, match=r"on purpose|item 18"):
            for values in run.results():
                results += values
        assert results == list(range(n_before))


def test_data_that_end_the_program_do_so_in_their_turn(shared):
    def source(n_items):
        yield from range(n_items)
        raise SystemExit("the source")

    func = shared(functools.partial(tasks.raised_by, ValueError))
    with pytest.raises(ValueError, match="on purpose"):
        map_parallel(func, source(22))
    results = []
    with pytest.raises(SystemExit, match="the source"):
        for result in iter_parallel(func, source(15)):
            results.append(result)
    assert results == list(range(15))


def test_a_function_that_pickles_only_once_is_run_here():
    notices = []
    with WorkerPool(2) as pool:
        func = tasks.PicklesOnce(0)
        assert list(pool.run(func, [[1, 2], [3]], on_notice=notices.append)) == [[1, 4], [9]]
        assert notices == ["all is computed in this process: the function cannot be pickled (TypeError: all was read)"]
        # The workers are there for the next.
        assert list(pool.run(tasks.process_of, [[1]])) != [[os.getpid()]]


@pytest.mark.parametrize("n_times", range(6))
def test_a_function_that_pickles_so_often_gives_the_same(shared, n_times):
    assert map_parallel(shared(tasks.PicklesOnce(n_times)), range(40)) == [n * n for n in range(40)]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", [tasks.SaysNoClass, tasks.FunctionThatEndsOnDump])
def test_functions_that_no_other_process_can_have(shared, method, kind):
    expected = [n * n for n in range(40)]
    assert map_parallel(shared(kind()), range(40), start_method=method) == expected
    assert map_parallel(kind(), range(40), start_method=method) == expected
    assert optimize(kind(), range(40)).run() == expected
    assert optimize(shared(kind()), range(40)).run() == expected
    with WorkerPool(1, method) as pool:
        assert list(pool.run(kind(), [range(3)])) == [[0, 1, 4]]


def test_of_batches_that_came_back_nobody_learns_how_long_one_takes():
    told = []
    with WorkerPool(1) as pool:
        batches = [[1, 2], [tasks.EndsOnLoad()], [3]]
        results = pool.run(tasks.number_of, batches, on_batch=lambda n_items, seconds: told.append(n_items))
        assert list(results) == [[1, 2], [7], [3]]
        assert told == [2, 1]
        func = functools.partial(tasks.made_by, tasks.EndsOnDump)
        list(pool.run(func, [[20], [20, 21], [1]], on_batch=lambda n_items, seconds: told.append(n_items)))
    assert told == [2, 1, 1]


class Full:
    """A file that nothing can be written to."""

    def write(self, text):
        raise OSError(28, "No space left on device")


def closed_file():
    file = io.StringIO()
    file.close()
    return file


@pytest.mark.parametrize("make", [lambda: None, Full, closed_file], ids=["none", "full", "closed"])
def test_where_nobody_can_be_told_anything_results_come_all_the_same(shared, monkeypatch, capsys, make):
    monkeypatch.setattr(sys, "stderr", make())
    func = shared(tasks.number_of)
    assert map_parallel(func, range(40), verbose=True) == list(range(40))
    items = [*range(20), tasks.EndsOnLoad(), *range(20)]
    assert map_parallel(func, items, verbose=True) == [tasks.number_of(item) for item in items]
    assert map_parallel(tasks.number_of, range(40), verbose=True) == list(range(40))
    assert list(iter_parallel(func, range(40), verbose=True)) == list(range(40))
    assert optimize(tasks.number_of, range(40), verbose=True).run() == list(range(40))
    monkeypatch.undo()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("method", METHODS)
def test_a_plain_object_stays_the_one_that_it_is(shared, method):
    items = [tasks.UNKNOWN if n == 20 else n for n in range(40)]
    expected = [tasks.is_unknown(item) for item in items]
    assert map_parallel(shared(tasks.is_unknown), items, start_method=method) == expected
    assert map_parallel(shared(tasks.is_unknown), [tasks.UNKNOWN] * 40, start_method=method) == [True] * 40
    assert map_parallel(shared(tasks.unknown_at_20), range(40), start_method=method)[20] is tasks.UNKNOWN
    func = functools.partial(tasks.is_unknown_of, tasks.UNKNOWN)
    assert map_parallel(shared(func), range(40), start_method=method) == [(True, n) for n in range(40)]
