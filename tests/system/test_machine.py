"""What the machine offers, as its system tells it, or where it tells nothing."""

import gc
import mmap
import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from equipment_optimizer.system import machine

ROOT = Path(__file__).resolve().parents[2]


def test_cores_are_limited_by_the_quota_of_the_control_group(monkeypatch, tmp_path):
    proc, cgroup = tmp_path / "proc", tmp_path / "cgroup"
    (proc / "self").mkdir(parents=True)
    (cgroup / "a" / "b").mkdir(parents=True)
    (proc / "self" / "cgroup").write_text("0::/a/b\n")
    (cgroup / "a" / "cpu.max").write_text("150000 100000\n")
    (cgroup / "a" / "b" / "cpu.max").write_text("max 100000\n")
    (cgroup / "a" / "memory.max").write_text("1000000\n")
    (cgroup / "a" / "memory.current").write_text("400000\n")
    monkeypatch.setattr(machine, "PROC", str(proc))
    monkeypatch.setattr(machine, "CGROUP", str(cgroup))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    assert machine.cpu_quota() == 1.5
    assert machine.available_cores() == 2
    assert machine.available_bytes() == 600_000
    # A cache of files is memory that can be taken.
    (cgroup / "a" / "memory.stat").write_text("anon 100000\ninactive_file 250000\nactive_file 50000\n")
    assert machine.available_bytes() == 850_000


def test_the_older_control_groups_are_read_too(monkeypatch, tmp_path):
    proc, cgroup = tmp_path / "proc", tmp_path / "cgroup"
    (proc / "self").mkdir(parents=True)
    folder = cgroup / "cpu,cpuacct" / "job"
    folder.mkdir(parents=True)
    (proc / "self" / "cgroup").write_text("4:cpu,cpuacct:/job\n3:memory:/job\n")
    (folder / "cpu.cfs_quota_us").write_text("300000\n")
    (folder / "cpu.cfs_period_us").write_text("100000\n")
    (cgroup / "memory" / "job").mkdir(parents=True)
    (cgroup / "memory" / "job" / "memory.limit_in_bytes").write_text("500\n")
    (cgroup / "memory" / "job" / "memory.usage_in_bytes").write_text("600\n")
    monkeypatch.setattr(machine, "PROC", str(proc))
    monkeypatch.setattr(machine, "CGROUP", str(cgroup))
    assert machine.cpu_quota() == 3.0
    assert machine.available_bytes() == 0


def test_a_machine_that_tells_nothing_has_no_limits(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "PROC", str(tmp_path))
    monkeypatch.setattr(machine, "CGROUP", str(tmp_path))
    assert machine.cpu_quota() is None
    assert machine.available_bytes() is None
    assert machine.resident_bytes() is None
    assert machine.private_bytes(1) is None
    assert machine.busy_seconds() is None
    assert machine.available_cores() >= 1


def test_peak_memory_is_that_of_this_process_not_of_its_parent():
    ballast = bytearray(240_000_000)
    ballast[::4096] = bytes(len(ballast[::4096])).replace(b"\0", b"x")
    code = "from equipment_optimizer.system.machine import peak_rss_bytes; print(peak_rss_bytes())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert 2**20 < int(done.stdout) < 100 * 2**20
    assert machine.peak_rss_bytes() > len(ballast)


def test_peak_memory_without_proc(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "PROC", str(tmp_path))
    measured = machine.peak_rss_bytes()
    monkeypatch.setitem(sys.modules, "resource", None)
    unknown = machine.peak_rss_bytes()
    monkeypatch.undo()
    assert measured > 2**20
    assert unknown is None


def test_private_memory_and_peaks_are_those_of_this_process():
    # What others left goes first: else it may go meanwhile.
    gc.collect()
    before = machine.PeakMeter()
    held = machine.resident_bytes()
    # A mapping of its own: an array may lie in memory that the process freed, and kept, before.
    ballast = mmap.mmap(-1, 64_000_000, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    ballast.write(b"x" * len(ballast))
    grown = before.read()
    assert machine.resident_bytes() > held + 32_000_000
    assert grown > 60_000_000
    assert machine.private_bytes(os.getpid()) > len(ballast)


def test_without_a_high_water_mark_nothing_is_said_of_growth(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "PROC", str(tmp_path))
    assert machine.PeakMeter().read() is None
    assert machine.queued_seconds() == 0.0


def test_time_that_all_processes_have_used_only_grows():
    first = machine.busy_seconds()
    assert 0 < first <= machine.busy_seconds()
    assert machine.queued_seconds() >= 0
    assert not machine.inside_worker()


def test_threads_that_run_beside_this_one_are_counted(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "PROC", str(tmp_path))
    assert machine.running_threads() == 0
    states = {threading.get_native_id(): "R", 1: "R", 2: "S", 3: "R", 4: "D"}
    for number, state in states.items():
        folder = tmp_path / "self" / "task" / str(number)
        folder.mkdir(parents=True)
        (folder / "stat").write_text(f"{number} (an odd) name) {state} 1 2 3\n")
    assert machine.running_threads() == 2
    assert machine.running_threads(besides=3) == 1


@pytest.mark.parametrize(
    ("given_up", "counts", "may_have"),
    [(499, True, False), (500, True, True), (0, True, False), (0, False, True), (3, False, True), (500, False, True)],
)
def test_who_waits_gives_the_core_up(monkeypatch, given_up, counts, may_have):
    """Where a wait of its own is not counted nobody knows."""
    used = SimpleNamespace(ru_nvcsw=given_up)

    def sleep(seconds):
        used.ru_nvcsw += counts

    told = SimpleNamespace(RUSAGE_THREAD=1, getrusage=lambda who: SimpleNamespace(ru_nvcsw=used.ru_nvcsw))
    monkeypatch.setitem(sys.modules, "resource", told)
    monkeypatch.setattr(machine.time, "sleep", sleep)
    monkeypatch.setattr(machine, "_are_counted", None)
    assert machine.may_have_waited(1000) == may_have


def test_whether_waits_are_counted_is_tried_once(monkeypatch):
    monkeypatch.setattr(machine, "_are_counted", None)
    machine.may_have_waited(10**9)
    monkeypatch.setattr(machine.time, "sleep", None)
    first = machine.may_have_waited(10**9)
    assert machine.may_have_waited(10**9) == first


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems do not tell of a thread")
def test_a_thread_that_sleeps_has_waited():
    """Kernels of some sandboxes count no waits: there every thread may have waited. Some sleeps are over at once."""
    code = (
        "import resource, time; from equipment_optimizer.system.machine import may_have_waited as waited; "
        "[time.sleep(1e-3) for _ in range(500)]; counts = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw >= 250; "
        "print(waited(500), waited(10**6) != counts)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["True", "True"], done.stderr


def test_where_nobody_tells_calls_may_have_waited(monkeypatch):
    monkeypatch.setitem(sys.modules, "resource", None)
    assert machine.may_have_waited(10**9)


START_METHOD = """
import sys
from equipment_optimizer.system.machine import default_start_method
{before}
print(default_start_method(), "equipment_optimizer.workers.pool" in sys.modules)
{after}
"""


def start_method(before: str = "", after: str = "") -> list[str]:
    code = START_METHOD.format(before=before, after=after)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_the_start_method_is_one_that_the_platform_has():
    assert machine.default_start_method() in multiprocessing.get_all_start_methods()


def test_asking_loads_nothing_that_starts_workers_and_fixes_nothing():
    method, is_loaded = start_method(after="import multiprocessing\nmultiprocessing.set_start_method('spawn')")
    assert method == multiprocessing.get_all_start_methods()[0]
    assert is_loaded == "False"


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_the_callers_choice_is_the_answer(method):
    assert start_method(f"import multiprocessing\nmultiprocessing.set_start_method({method!r})")[0] == method


def test_what_processes_inherit_is_told_as_far_as_the_system_tells_it(monkeypatch, tmp_path):
    assert machine.inherited_settings() == machine.inherited_settings()
    (tmp_path / "self").mkdir()
    monkeypatch.setattr(machine, "PROC", str(tmp_path))
    monkeypatch.setattr(machine.os, "getpriority", lambda *_: 3)
    assert machine.inherited_settings() == (None, 3)
    (tmp_path / "self" / "status").write_text("Name:\tUmask: x\nUmask:\t0027\nThreads:\t1\nUid:\t5\t5\t5\t5\n")
    (tmp_path / "self" / "limits").write_text("Limit  Soft Limit\n")
    assert machine.inherited_settings() == ("Umask:\t0027", "Uid:\t5\t5\t5\t5", "Limit  Soft Limit", 3)
    monkeypatch.delattr(machine.os, "getpriority")
    assert machine.inherited_settings()[-1] == 0
