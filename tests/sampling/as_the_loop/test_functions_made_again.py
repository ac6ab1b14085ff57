"""Functions that have the name and the code of another, and other values: workers that know the other are not asked."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from equipment_optimizer.workers.function_context import surroundings_here
from equipment_optimizer.workers.pool import WorkerPool


def factor_by_default(factor):
    def multiplied(item, factor=factor):
        return item * factor

    return multiplied


def factor_by_keyword(factor):
    def multiplied(item, *, factor=factor):
        return item * factor

    return multiplied


def factor_enclosed(factor):
    def multiplied(item):
        return item * factor

    return multiplied


def factor_of_another(factor):
    inner = factor_by_default((factor, "text"))

    def multiplied(item):
        return inner(1)[:1] * item

    return multiplied


@pytest.mark.parametrize("make", [factor_by_default, factor_by_keyword, factor_enclosed, factor_of_another])
@pytest.mark.parametrize(
    ("first", "second"), [(2, 3), (-1, -2), (1, 1.0), (1, True), (0.0, -0.0), ("a", b"a"), ([1], [2])]
)
def test_a_forked_worker_that_has_the_code_with_other_values_is_not_asked(monkeypatch, make, first, second):
    def known(factor):
        func = make(factor)
        # As of a function that is made in a loop of the module.
        func.__qualname__ = "multiplied"
        monkeypatch.setitem(globals(), "multiplied", func)
        return func

    before = known(first)
    with WorkerPool(1, "fork") as pool:
        notices = []
        assert repr(list(pool.run(before, [[2]], on_notice=notices.append))) == repr([[before(2)]])
        assert notices == []
        after = known(second)
        assert repr(list(pool.run(after, [[2]], on_notice=notices.append))) == repr([[after(2)]])
    assert "the function that a worker has by that name is another one" in notices[0]


def test_a_forked_worker_has_a_function_whose_values_are_those_of_the_fork(monkeypatch):
    func = factor_enclosed([1, threading])
    recursive = factor_by_default(lambda: recursive)
    monkeypatch.setattr(func, "__qualname__", "multiplied")
    monkeypatch.setitem(globals(), "multiplied", func)
    codes = [surroundings_here(recursive, for_forks=True).code for _ in range(2)]
    assert codes[0] == codes[1]
    with WorkerPool(1, "fork") as pool:
        notices = []
        assert list(pool.run(func, [[0, 0]], on_notice=notices.append)) == [[[], []]]
        assert notices == []


MADE_WITH = """
import os
from equipment_optimizer.workers.pool import WorkerPool

def make(text, other):
    def answer(item, other=other):
        return text, other, os.getpid()
    answer.__qualname__ = "answer"
    return answer

answer = make("first", 1)

def answered():
    with WorkerPool(1, {method!r}) as pool:
        (((text, other, process),),) = pool.run(answer, [[1]])
    return text, other, process == os.getpid()

if __name__ == "__main__":
    assert answered() == ("first", 1, False)
    answer = make("second", 1)
    assert answered() == ("second", 1, {method!r} != "fork")
    answer = make("first", 2)
    assert answered() == ("first", 2, {method!r} != "fork")
"""


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_a_function_of_the_main_module_that_has_other_values_is_not_run_where_it_has_the_former(tmp_path, method):
    script = tmp_path / "script.py"
    script.write_text(MADE_WITH.format(method=method))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
