"""What a function finds around it in a worker."""

from __future__ import annotations

import contextvars
import decimal
import functools
import os
import random
import subprocess
import sys
import threading
import types

import numpy as np
import pytest
import reached_elsewhere
import threadpoolctl

from equipment_optimizer.sampling.parallel_map import _Star
from equipment_optimizer.workers.function_context import surroundings_here
from equipment_optimizer.workers.pool import WorkerPool

GENERATOR = np.random.default_rng(5)
OWN = random.Random(6)
METHODS = ("fork", "spawn")


def draw(item):
    return random.random(), float(np.random.random()), float(GENERATOR.random()), OWN.random()


def draw_from(generator, item):
    return float(generator.random())


def seventh(item):
    return str(decimal.Decimal(1) / 7)


def divide(item):
    try:
        np.array([1.0]) / np.array([0.0])
    except FloatingPointError:
        return "raised"
    return "quiet"


USER = contextvars.ContextVar("user", default="nobody")
LOCKED = contextvars.ContextVar("locked", default=None)


def who(item):
    return USER.get(), LOCKED.get() is None


@reached_elsewhere.decorated
def draw_decorated(item):
    return float(GENERATOR.random())


def draw_by_default(item, rng=np.random.default_rng(8)):  # noqa: B008
    return float(rng.random())


def draw_elsewhere(item):
    return float(reached_elsewhere.RNG.random())


def draw_two(one, two):
    return float(GENERATOR.random())


class Draws:
    rngs = types.MappingProxyType({"one": np.random.default_rng(9)})

    def __call__(self, item):
        return float(self.rngs["one"].random())


def who_elsewhere(item):
    return reached_elsewhere.VAR.get()


@reached_elsewhere.decorated
def who_decorated(item):
    return reached_elsewhere.VAR.get()


def who_in_class(item):
    return reached_elsewhere.Place.var.get()


def who_of_two(one, two):
    return reached_elsewhere.VAR.get()


class Who:
    def __call__(self, item):
        return reached_elsewhere.VAR.get()

    method = __call__


def results(func, method, n_items=40):
    with WorkerPool(2, method) as pool:
        return [value for batch in pool.run(func, ([n] for n in range(n_items))) for value in batch]


@pytest.mark.parametrize("method", METHODS)
def test_random_numbers_are_different_in_every_worker(method):
    for column in zip(*results(draw, method), strict=True):
        assert len(set(column)) == 40
    held = results(functools.partial(draw_from, np.random.default_rng(1)), method)
    assert len(set(held)) == 40


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "func", [draw_decorated, draw_by_default, draw_elsewhere, Draws(), _Star(draw_two)], ids=lambda func: str(func)[:25]
)
def test_random_numbers_differ_however_a_function_reaches_them(func, method):
    with WorkerPool(2, method) as pool:
        pool.wait_ready()
        items = [(n, n) for n in range(40)]
        assert len({value for batch in pool.run(func, ([item] for item in items)) for value in batch}) == 40


def test_states_of_modules_are_not_taken_for_a_generator_of_the_function():
    from equipment_optimizer.workers import function_context

    found = [value for _, value in function_context._reached(draw)]
    assert {GENERATOR, OWN} <= set(found)
    assert not {random._inst, np.random.mtrand._rand} & set(found)


def test_two_runs_of_one_pool_differ_and_the_states_here_stay():
    before = random.getstate(), np.random.get_state()[1].tolist()
    with WorkerPool(1) as pool:
        first, second = ([value for batch in pool.run(draw, [[1, 2]]) for value in batch] for _ in range(2))
    assert first != second
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before


def test_states_are_derived_from_the_ones_here(monkeypatch):
    def seeds():
        surroundings = surroundings_here(abs)
        found = []
        monkeypatch.setattr(random, "seed", found.append)
        surroundings._replace(decimal_context=None).enter(abs, 3)
        monkeypatch.undo()
        return found

    from equipment_optimizer.workers import function_context

    state, values = random.getstate(), []
    for seed in (1, 1, 2):
        random.seed(seed)
        np.random.seed(seed)
        monkeypatch.setattr(function_context, "_runs", iter([0]))
        values.append(seeds())
    random.setstate(state)
    assert values[0] == values[1] != values[2]


@pytest.mark.parametrize("method", METHODS)
def test_arithmetic_is_the_same_as_here(method):
    with decimal.localcontext() as context, np.errstate(all="raise"):
        context.prec = 50
        assert set(results(seventh, method, 4)) == {str(decimal.Decimal(1) / 7)}
        assert set(results(divide, method, 4)) == {"raised"}


@pytest.mark.parametrize("method", METHODS)
def test_context_variables_of_its_module_are_as_here(method):
    tokens = USER.set("somebody"), LOCKED.set(threading.Lock())
    try:
        found = set(results(who, method, 4))
    finally:
        USER.reset(tokens[0])
        LOCKED.reset(tokens[1])
    # Where a value does not pickle, and the process was not copied, they are computed here.
    assert found == {("somebody", False)}


@pytest.mark.parametrize(
    "func",
    [
        who_elsewhere,
        who_in_class,
        Who(),
        Who().method,
        _Star(who_of_two),
        functools.partial(who_of_two, 1),
        who_decorated,
    ],
    ids=lambda func: str(func)[:25],
)
def test_context_variables_are_as_here_however_a_function_reaches_them(func):
    with WorkerPool(1, "spawn") as pool:
        token = reached_elsewhere.VAR.set("set")
        try:
            assert list(pool.run(func, [[(1, 2)]])) == [["set"]]
        finally:
            reached_elsewhere.VAR.reset(token)
        # Nor does the next run find what it does not find here.
        assert list(pool.run(func, [[(1, 2)]])) == [["unset"]]


@pytest.mark.parametrize("method", METHODS)
def test_a_variable_that_is_no_longer_set_is_not_set_in_workers_that_have_stayed(method):
    tokens = [reached_elsewhere.VAR.set("set"), USER.set("somebody")]
    with decimal.localcontext() as context, WorkerPool(2, method) as pool:
        context.prec = 50
        pool.wait_ready()
        try:
            assert list(pool.run(who_elsewhere, [[1], [2]])) == [["set"], ["set"]]
        finally:
            reached_elsewhere.VAR.reset(tokens[0])
        assert list(pool.run(who_elsewhere, [[1], [2]])) == [["unset"], ["unset"]]
        # The others are as they were.
        assert list(pool.run(who, [[1]])) == [[("somebody", True)]]
        assert list(pool.run(seventh, [[1]])) == [[str(decimal.Decimal(1) / 7)]]
        USER.reset(tokens[1])
        assert list(pool.run(who, [[1]])) == [[("nobody", True)]]


def test_where_a_forked_worker_has_another_value_that_does_not_pickle_it_is_not_asked():
    notices = []
    tokens = [LOCKED.set(threading.Lock())]
    with WorkerPool(1, "fork") as pool:
        assert list(pool.run(who, [[1]], on_notice=notices.append)) == [[("nobody", False)]]
        assert notices == []
        tokens.append(LOCKED.set(threading.Lock()))
        assert list(pool.run(which_process, [[1]], on_notice=notices.append)) == [[os.getpid()]]
        for token in reversed(tokens):
            LOCKED.reset(token)
        assert list(pool.run(which_process, [[1]])) != [[os.getpid()]]
        assert list(pool.run(who, [[1]])) == [[("nobody", True)]]
    assert len(notices) == 1
    assert "the value of the context variable locked does not pickle, and is a new one" in notices[0]


def test_where_a_value_does_not_pickle_and_no_fork_has_it_it_is_told():
    notices = []
    token = LOCKED.set(threading.Lock())
    try:
        with WorkerPool(1, "spawn") as pool:
            assert list(pool.run(which_process, [[1]], on_notice=notices.append)) == [[os.getpid()]]
    finally:
        LOCKED.reset(token)
    (notice,) = notices
    assert notice.startswith("all is computed in this process: the function cannot be pickled (")
    assert notice.endswith("(TypeError: the value of the context variable locked cannot be pickled)")


def first_answer(item):
    return "first"


def second_answer(item):
    return "second"


@pytest.mark.parametrize("wrap", [lambda func: func, functools.partial, _Star])
def test_a_forked_worker_that_has_another_function_of_that_name_is_not_asked(monkeypatch, wrap):
    item = [(1,)]
    with WorkerPool(1, "fork") as pool:
        assert list(pool.run(wrap(first_answer), [item])) == [["first"]]
        # As where a cell of a notebook is run again.
        monkeypatch.setattr(second_answer, "__name__", "first_answer")
        monkeypatch.setattr(second_answer, "__qualname__", "first_answer")
        monkeypatch.setitem(globals(), "first_answer", second_answer)
        notices = []
        assert list(pool.run(wrap(second_answer), [item], on_notice=notices.append)) == [["second"]]
    assert len(notices) == 1
    assert "the function that a worker has by that name is another one" in notices[0]


MADE_AGAIN = """
import os
from equipment_optimizer.workers.pool import WorkerPool

def answer(item):
    return "first", os.getpid()

def answered():
    with WorkerPool(1, {method!r}) as pool:
        (((text, process),),) = pool.run(answer, [[1]])
    return text, process == os.getpid()

if __name__ == "__main__":
    assert answered() == ("first", False)
    def answer(item):
        return "second", os.getpid()
    assert answered() == ("second", {method!r} != "fork")
"""


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_a_function_that_the_main_module_has_made_again_is_not_taken_for_the_former(method, tmp_path):
    script = tmp_path / "made_again.py"
    script.write_text(MADE_AGAIN.format(method=method))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120, env=environment)
    assert (done.returncode, done.stderr) == (0, "")


def which_process(item):
    LOCKED.get()
    return os.getpid()


def set_user(item):
    before = USER.get()
    USER.set(item)
    return before


def test_what_a_call_sets_is_there_for_the_next_call_and_not_for_the_next_function():
    with WorkerPool(1) as pool:
        assert list(pool.run(set_user, [["one"], ["two", "three"]])) == [["nobody"], ["one", "two"]]
        assert list(pool.run(who, [[1]])) == [[("nobody", True)]]


def native_threads(item):
    return {pool["num_threads"] for pool in threadpoolctl.threadpool_info()}, os.environ.get("OMP_NUM_THREADS")


@pytest.mark.parametrize("method", METHODS)
def test_native_libraries_use_no_more_threads_than_a_worker_may(method, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with WorkerPool(2, method) as pool:
        (free,) = pool.run(native_threads, [[0]])
        (limited,) = pool.run(native_threads, [[0]], native_threads=1)
    assert limited == [({1}, "1")]
    assert free[0][1] is None


def test_native_threads_without_threadpoolctl(monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    # What it does to the environment is for workers, not for the tests that follow.
    monkeypatch.setattr(os, "environ", {"OMP_NUM_THREADS": "3"})
    surroundings_here(abs, 1).enter(abs, 0)
    assert (os.environ["OMP_NUM_THREADS"], os.environ["MKL_NUM_THREADS"]) == ("3", "1")
