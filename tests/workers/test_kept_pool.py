"""Workers that wait for the next call."""

from __future__ import annotations

import importlib
import os
import shutil
import sys

import parallel_tasks as tasks
import pytest
from process_checks import children

from equipment_optimizer.sampling import keep_workers
from equipment_optimizer.workers import kept_pool as kept


@pytest.fixture(autouse=True)
def nobody_waits():
    before = children()
    yield
    kept.close_waiting()
    assert children() <= before


def work(method):
    """Process ids of the workers that did something."""
    pool = kept.borrow(2, method)
    results = [value for batch in pool.run(tasks.process_id, ([n] for n in range(8))) for value in batch]
    kept.give_back(pool)
    return set(results)


def test_forked_workers_go_unless_they_are_kept():
    assert not work("fork") & work("fork")
    with keep_workers():
        first = work("fork")
        assert kept.n_ready("fork") == 2
        assert kept.n_ready("spawn") == 0
        assert work("fork") <= first | work("fork")
    assert kept.n_ready() == 0


def test_only_workers_that_were_started_are_ready():
    with keep_workers():
        pool = kept.borrow(2, "fork")
        assert list(pool.run(tasks.square, [[3]])) == [[9]]
        kept.give_back(pool)
        assert kept.n_ready("fork") == 1
        assert len(work("fork")) >= 1
        assert kept.n_ready("fork") == 2


def test_workers_that_start_anew_wait_by_themselves():
    first = work("spawn")
    assert kept.n_ready("spawn") == 2
    assert work("spawn") & first or len(first) == 1
    assert not work("fork") & first


def test_a_pool_whose_worker_is_gone_is_not_used():
    work("spawn")
    os.kill(kept._waiting[0][1].process_ids()[0], 9)
    assert len(work("spawn")) >= 1


def test_a_pool_of_another_process_is_left_alone(monkeypatch):
    work("spawn")
    owner, pool = kept._waiting.pop()
    kept._waiting.append((owner + 1, pool))
    assert kept.n_ready() == 0
    other = kept.borrow(1, "fork")
    assert other is not pool
    other.close()
    pool.close()


def test_workers_that_began_elsewhere_are_not_used(monkeypatch, tmp_path):
    with keep_workers():
        first = work("fork")
        monkeypatch.setenv("SOMETHING", "else")
        second = work("fork")
        assert not first & second
        monkeypatch.chdir(tmp_path)
        assert not second & work("fork")


@pytest.mark.parametrize("method", ["forkserver", "spawn"])
def test_workers_have_the_environment_of_now(method, monkeypatch):
    for value in ("one", "other"):
        monkeypatch.setenv("SOMETHING", value)
        pool = kept.borrow(1, method)
        assert list(pool.run(os.getenv, [["SOMETHING"]])) == [[value]]
        kept.give_back(pool)


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize("way", ["reloaded", "imported again"])
def test_workers_have_the_modules_of_now(method, way, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(tmp_path)

    def written(number):
        text = f"def answer(item):\n    return helper()\n\n\ndef helper():\n    return {number}\n"
        (tmp_path / "made_anew.py").write_text(text)
        # Of the same second as the one before; what was compiled of that is not to be read.
        shutil.rmtree(tmp_path / "__pycache__", ignore_errors=True)
        importlib.invalidate_caches()

    def answers(module):
        pool = kept.borrow(1, method)
        results = list(pool.run(module.answer, [[1, 2]]))
        workers = pool.process_ids()
        kept.give_back(pool)
        return results, workers

    with keep_workers():
        written(1)
        module = importlib.import_module("made_anew")
        first = answers(module)
        assert answers(module) == first == ([[1, 1]], first[1])
        written(2)
        if way == "imported again":
            sys.modules.pop("made_anew")
            module = importlib.import_module("made_anew")
        else:
            importlib.reload(module)
        second = answers(module)
        assert second == ([[2, 2]], second[1])
        assert not set(first[1]) & set(second[1])
    sys.modules.pop("made_anew")


def umask_of_worker(_):
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.skipif(sys.platform != "linux", reason="nothing else tells the umask without setting it")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_files_of_workers_have_the_permissions_of_now(method):
    before = os.umask(0o022)
    try:
        with keep_workers():
            for mask in (0o022, 0o077, 0o077, 0o027):
                os.umask(mask)
                pool = kept.borrow(2, method)
                assert list(pool.run(umask_of_worker, [[1]])) == [[mask]]
                kept.give_back(pool)
    finally:
        os.umask(before)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
def test_workers_are_kept_as_long_as_what_they_inherit_is_the_same(monkeypatch):
    import resource

    def workers():
        pool = kept.borrow(2, "fork")
        pool.wait_ready()
        kept.give_back(pool)
        return pool.process_ids()

    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    with keep_workers():
        first = workers()
        assert workers() == first
        monkeypatch.setattr(os, "getpriority", lambda *_: 19)
        second = workers()
        assert not set(second) & set(first)
        if sys.platform == "linux" and hard:
            resource.setrlimit(resource.RLIMIT_CORE, (1 << 12 if soft != 1 << 12 else 0, hard))
            try:
                assert not set(workers()) & set(second)
            finally:
                resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
