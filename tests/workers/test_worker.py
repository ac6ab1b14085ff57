"""One worker as its parent sees it: never waited for, whatever it does, and ended when it is told to."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import types

import fault_tasks as tasks
import pytest
from process_checks import lives, wait_until

from equipment_optimizer.errors import MemoryBudgetError, WorkerError
from equipment_optimizer.workers import _fork, _worker, kept_pool, process
from equipment_optimizer.workers._worker import Worker, wait_for
from equipment_optimizer.workers.pool import WorkerPool
from equipment_optimizer.workers.process import EXIT_NO_GUARD

on_posix = pytest.mark.skipif(os.name != "posix", reason="pipes that do not block")


@pytest.fixture
def worker():
    context = multiprocessing.get_context("fork" if sys.platform != "win32" else "spawn")
    worker = Worker(context, 1)
    yield worker
    worker.end(kill=True)


def wait_ready(worker):
    while not worker.ready:
        for answering in wait_for([worker], 10.0):
            assert answering.receive() is None


def test_a_new_worker_says_that_it_is_ready_and_leaves_when_its_pipe_is_closed(worker):
    assert (worker.ready, worker.ready_at, list(worker.unanswered)) == (False, 0.0, [])
    assert worker.accepts()
    wait_ready(worker)
    assert worker.ready_at > 0
    assert worker.end(kill=False) == 0
    # From then on there is nothing to end.
    assert worker.end(kill=True) is None


def test_nobody_waits_for_a_worker_that_has_nothing_to_say(worker):
    wait_ready(worker)
    assert wait_for([worker], 0.0) == []


def test_a_worker_that_is_gone_is_among_those_to_be_read(worker):
    wait_ready(worker)
    worker.process.kill()
    assert wait_until(lambda: wait_for([worker], 0.01) == [worker])
    with pytest.raises((EOFError, OSError)):
        while worker.receive() is None:
            pass
    assert worker.end(kill=True) != 0


def test_one_with_two_batches_or_with_a_late_one_gets_no_more(worker):
    for number in range(_worker._DEPTH):
        assert worker.accepts()
        worker.unanswered.append(number)
    assert not worker.accepts()
    worker.unanswered.clear()
    worker.is_late = True
    assert not worker.accepts()


@pytest.mark.parametrize(("number", "kind"), [(11, WorkerError), (12, MemoryBudgetError)])
def test_why_a_process_does_not_start_is_said(number, kind):
    with pytest.raises(kind, match="no worker process can be started"), _worker._start_errors("fork"):
        raise OSError(number, os.strerror(number))


@pytest.mark.skipif(not hasattr(os, "waitid"), reason="servers are of other systems")
@pytest.mark.parametrize(
    ("code", "words"),
    [(EXIT_NO_GUARD, "died while they were starting"), (1, "no worker process can be started: .*gone")],
)
@pytest.mark.parametrize("error", [EOFError("gone"), ConnectionResetError("gone")])
def test_a_server_that_left_an_unguarded_main_file_is_told_from_others(monkeypatch, code, words, error):
    from multiprocessing import forkserver

    ended = subprocess.Popen([sys.executable, "-c", f"raise SystemExit({code})"])
    monkeypatch.setattr(forkserver._forkserver, "_forkserver_pid", ended.pid)
    with pytest.raises(WorkerError, match=words) as failure, _worker._start_errors("forkserver"):
        raise error
    assert ("__name__ == '__main__'" in failure.value.mend) == (code == EXIT_NO_GUARD)
    # Whoever starts the next one waits for it.
    assert ended.wait() == code


def test_a_server_that_runs_or_is_not_ours_left_nothing(monkeypatch):
    from multiprocessing import forkserver

    monkeypatch.setattr(_worker, "_LOOKS_AT_SERVER", 2)
    for process_id in (os.getpid(), None):
        monkeypatch.setattr(forkserver._forkserver, "_forkserver_pid", process_id)
        assert not _worker._server_left()


@on_posix
def test_a_message_larger_than_the_pipe_does_not_block(monkeypatch):
    with WorkerPool(2) as pool:
        items = [os.urandom(3 << 20) for _ in range(6)]
        assert [n for sizes in pool.run(tasks_len, ([item] for item in items)) for n in sizes] == [3 << 20] * 6


def tasks_len(item):
    return len(item)


def inherited_by(worker):
    """Ends of pipes that a worker closes because they are this process's own."""
    return worker.process._call[1][2]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_worker_closes_what_this_process_has_open_for_those_of_every_pool():
    first, second = Worker(_fork.Fork(), 1), Worker(_fork.Fork(), 2)
    third = None
    try:
        assert {first.tasks, first.results, second.tasks, second.results} <= set(inherited_by(second))
        first.end(kill=True)
        third = Worker(_fork.Fork(), 3)
        assert {second.tasks, second.results} <= set(inherited_by(third))
        assert not {first.tasks, first.results} & set(inherited_by(third))
    finally:
        for worker in filter(None, (first, second, third)):
            worker.end(kill=True)


@on_posix
@pytest.mark.parametrize("context", [_fork.Fork(), multiprocessing.get_context("spawn")])
def test_a_stop_that_comes_as_a_worker_is_started_leaves_nothing_of_it(context, monkeypatch):
    started = []

    def start_and_stop(process, method):
        before(process, method)
        started.append(process.pid)
        raise KeyboardInterrupt

    before = _worker._start
    monkeypatch.setattr(_worker, "_start", start_and_stop)
    with pytest.raises(KeyboardInterrupt):
        Worker(context, 1)
    with pytest.raises(ChildProcessError):
        os.waitpid(started[0], os.WNOHANG)


@on_posix
def test_a_worker_that_nobody_has_any_more_is_ended_by_this_process_alone():
    lost = Worker(_fork.Fork(), 2)
    process = lost.process.pid
    lost._parent_id = -1
    lost.__del__()
    assert lives(process)
    lost._parent_id = os.getpid()
    del lost
    assert not lives(process)


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_which_start_method_is_the_default_stays_open(method):
    script = (
        "import multiprocessing\n"
        "from equipment_optimizer.workers.pool import WorkerPool\n"
        "if __name__ == '__main__':\n"
        f"    with WorkerPool(1, {method!r}) as pool:\n"
        "        pool.wait_ready()\n"
        "    print(multiprocessing.get_start_method(allow_none=True))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)
    assert (done.stdout, done.stderr) == ("None\n", "")


def test_a_session_without_a_main_file_is_hidden_from_new_processes_and_comes_back(monkeypatch, tmp_path):
    main = types.ModuleType("__main__")
    main.__file__, main.__spec__ = str(tmp_path / "<stdin>"), None
    monkeypatch.setitem(sys.modules, "__main__", main)
    with _worker._no_missing_main():
        assert not hasattr(main, "__file__")
    assert main.__file__ == str(tmp_path / "<stdin>")
    # One that is there stays where it is.
    (tmp_path / "job.py").write_text("")
    main.__file__ = str(tmp_path / "job.py")
    with _worker._no_missing_main():
        assert main.__file__ == str(tmp_path / "job.py")


def test_a_pipe_that_may_not_grow_stays_as_it_is(monkeypatch):
    class Refusing:
        def fileno(self):
            raise OSError(1, "Operation not permitted")

    _worker._enlarge(Refusing())
    assert tasks.nap(3) == 9


@pytest.mark.skipif(sys.platform != "linux", reason="counts open files")
@pytest.mark.parametrize("n_before", range(4))
def test_a_ctrl_c_while_a_worker_starts_leaves_no_file_open(monkeypatch, n_before):
    close, n_closed, here = _fork._End.close, [], os.getpid()

    def interrupted(end):
        close(end)
        n_closed.append(1)
        if len(n_closed) == n_before + 1 and os.getpid() == here:
            raise KeyboardInterrupt

    before = set(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(_fork._End, "close", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Worker(_fork.Fork(), 0).end(kill=True)
    monkeypatch.undo()
    gc.collect()
    assert set(os.listdir("/proc/self/fd")) <= before


@pytest.mark.parametrize(
    ("failure", "kind"), [(KeyError("__main__"), WorkerError), (MemoryError("all"), MemoryBudgetError)]
)
def test_whatever_comes_of_starting_a_process_is_told_as_such(monkeypatch, failure, kind):
    def refuse(*_):
        raise failure

    monkeypatch.setattr(_worker, "_start", refuse)
    with pytest.raises(kind, match=f"no worker process can be started: {type(failure).__name__}: ") as caught:
        Worker(_fork.Fork(), 0)
    assert caught.value.__cause__ is failure


@on_posix
def test_a_worker_that_is_interrupted_as_it_leaves_says_nothing(monkeypatch, capfd):
    monkeypatch.setattr(process, "_end_executors", lambda: os.kill(os.getpid(), signal.SIGINT))
    worker = Worker(multiprocessing.get_context("fork"), 1)
    wait_ready(worker)
    assert worker.end(kill=False) == 0
    assert capfd.readouterr().err == ""


@on_posix
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_time_limit_that_comes_as_a_worker_starts_leaves_nothing_of_it(monkeypatch, method):
    ended, start = [], multiprocessing.get_context(method).Process.start

    def started(process):
        os.kill(os.getpid(), signal.SIGALRM)
        start(process)
        ended.append(process.pid)

    def over(*_):
        raise TimeoutError("over")

    monkeypatch.setattr(multiprocessing.get_context(method).Process, "start", started)
    before = signal.signal(signal.SIGALRM, over)
    try:
        with pytest.raises(TimeoutError, match="over"):
            Worker(multiprocessing.get_context(method), 1)
    finally:
        signal.signal(signal.SIGALRM, before)
    # It was there as a whole when the limit came.
    (process_id,) = ended
    assert not lives(process_id)


def held_signals(_):
    return signal.pthread_sigmask(signal.SIG_BLOCK, ())


@on_posix
@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_signals_are_held_in_a_worker_where_they_are_here(method):
    before = signal.signal(signal.SIGALRM, print), signal.signal(signal.SIGUSR1, print)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    try:
        with WorkerPool(1, method) as pool:
            ((held,),) = pool.run(held_signals, [[1]])
        assert signal.SIGALRM not in held
        assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == {signal.SIGUSR1}
        assert method == "forkserver" or held == {signal.SIGUSR1}
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1})
        signal.signal(signal.SIGALRM, before[0])
        signal.signal(signal.SIGUSR1, before[1])


def forked(call):
    """The exit code of a fork that makes that call: 0 where it gives something true."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if call() else 2
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@on_posix
@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
@pytest.mark.parametrize("uses", [lambda values: values.close() or True, lambda values: len(list(values)) == 29])
def test_what_a_fork_does_with_its_copy_of_a_run_is_nothing_to_the_workers(method, uses):
    with WorkerPool(2, method) as pool:
        pool.wait_ready()
        process_ids = pool.process_ids()
        values = pool.run(tasks.nap, ([n] for n in range(30)))
        first = next(values)
        assert forked(lambda: uses(values)) == 0
        assert [first, *values] == [[square] for square in tasks.SQUARES]
        assert pool.process_ids() == process_ids


def gives_back_without_keeping(pool):
    with kept_pool.keep_workers():
        kept_pool.give_back(pool)
        return kept_pool.n_ready() == 0


@on_posix
def test_a_fork_keeps_no_workers_of_its_parent():
    with WorkerPool(1) as pool:
        pool.wait_ready()
        assert forked(lambda: gives_back_without_keeping(pool)) == 0
        assert pool.is_alive()


@on_posix
def test_a_worker_that_is_gone_before_that_is_known_is_not_interrupted():
    """As one of a fork server may be, which somebody else waits for."""
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    answers = iter([True])
    process = types.SimpleNamespace(pid=gone.pid, is_alive=lambda: next(answers, False))
    _worker.interrupt([types.SimpleNamespace(unanswered=[1], ready=True, is_late=False, is_ours=True, process=process)])
    assert next(answers, None) is None
