"""What this machine offers now: cores, memory, and what worker processes cost on it.

In: nothing but the machine. Out: numbers with units. Cores and memory are those
this process may really use (affinity, control groups), not those that are built
in. Knows nothing of functions, items or equipment.
"""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

__all__ = [
    "INTERPRETER",
    "PeakMeter",
    "available_bytes",
    "available_cores",
    "busy_seconds",
    "cpu_quota",
    "default_start_method",
    "inherited_settings",
    "inside_worker",
    "leave_worker",
    "mark_worker",
    "may_have_waited",
    "peak_rss_bytes",
    "private_bytes",
    "queued_seconds",
    "resident_bytes",
    "running_threads",
]

#: Where Linux tells about processes and control groups; tests put folders of their own here.
PROC = "/proc"
CGROUP = "/sys/fs/cgroup"

#: What the older groups say where memory has no limit is more than this, bytes.
_NO_LIMIT = 1 << 60

#: Waits of which a kernel that counts any counts one; hardly one of them is over before the core is given up, seconds.
_SEEN_WAITS = 3
_SEEN_WAIT_SECONDS = 100e-6

#: Whether the kernel counts waits, once that was tried.
_are_counted: bool | None = None


def available_cores() -> int:
    """Cores that this process may use: its affinity and its control group's quota, at least 1."""
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = cpu_quota()
    if quota is not None:
        n_cores = min(n_cores, -int(-quota // 1))
    return max(1, n_cores)


def cpu_quota() -> float | None:
    """Cores' worth of CPU time that the control groups (version 2 or 1) allow; None without a limit."""
    quotas: list[float] = []
    for folder in _group_folders("cpu"):
        text = _read(f"{folder}/cpu.max")
        if text is not None:
            limit, _, period = text.partition(" ")
        else:
            limit, period = _read(f"{folder}/cpu.cfs_quota_us") or "", _read(f"{folder}/cpu.cfs_period_us") or ""
        if limit.strip().isdigit() and period.strip().isdigit() and int(period) > 0:
            quotas.append(int(limit) / int(period))
    return min(quotas, default=None)


def available_bytes() -> int | None:
    """Memory that can still be taken without swapping, bytes; None where the system does not say."""
    free: list[int] = []
    _, _, available = (_read(f"{PROC}/meminfo") or "").partition("MemAvailable:")
    if available:
        free.append(int(available.split(None, 1)[0]) * 1024)
    for folder in _group_folders("memory"):
        limit = _read(f"{folder}/memory.max") or _read(f"{folder}/memory.limit_in_bytes") or ""
        used = _read(f"{folder}/memory.current") or _read(f"{folder}/memory.usage_in_bytes") or ""
        if limit.isdigit() and used.isdigit() and int(limit) < _NO_LIMIT:
            free.append(max(0, int(limit) - int(used) + _given_up_bytes(folder)))
    return min(free, default=None)


def _given_up_bytes(folder: str) -> int:
    """Of a control group's memory: pages of files that the kernel gives up before it refuses anything."""
    sizes = [0]
    for line in (_read(f"{folder}/memory.stat") or "").splitlines():
        name, _, size = line.partition(" ")
        # The older groups count those below them in the total only.
        if name in ("inactive_file", "total_inactive_file") and size.isdigit():
            sizes.append(int(size))
    return max(sizes)


def resident_bytes() -> int | None:
    """Resident memory of this process, bytes; None where the system does not say."""
    text = _read(f"{PROC}/self/statm")
    return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE") if text else None


def peak_rss_bytes() -> int | None:
    """Peak resident memory of this process, bytes; None where the system does not say.

    Not the kernel's ``ru_maxrss`` where there is ``VmHWM``, which starts anew with
    the program: the former is the parent's peak where that was higher.
    """
    peak = _status_bytes("VmHWM:")
    if peak is not None:
        return peak
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _status_bytes(field: str) -> int | None:
    """A size that the system tells of this process, bytes."""
    for line in (_read(f"{PROC}/self/status") or "").splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    return None


def private_bytes(process_id: int) -> int | None:
    """Memory that a process shares with no other, bytes; None where the system does not say."""
    text = _read(f"{PROC}/{process_id}/smaps_rollup")
    if text is None:
        return None
    return 1024 * sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Private_"))


def inherited_settings() -> tuple[object, ...]:
    """What a process that is started now has from this one: umask, user, cores, limits (Linux), priority. 0.1 ms."""
    fields = ("Umask:", "Uid:", "Gid:", "Groups:", "Cpus_allowed:")
    told = [line for line in (_read(f"{PROC}/self/status") or "").splitlines() if line.startswith(fields)]
    priority = os.getpriority(os.PRIO_PROCESS, 0) if hasattr(os, "getpriority") else 0
    return *told, _read(f"{PROC}/self/limits"), priority


def default_start_method() -> str:
    """The start method in use, found without fixing it for the caller."""
    if "multiprocessing.context" not in sys.modules and sys.platform == "linux" and sys.version_info < (3, 14):
        return "fork"
    import multiprocessing

    # The first of all methods is the platform's default.
    return multiprocessing.get_start_method(allow_none=True) or multiprocessing.get_all_start_methods()[0]


#: The start method of workers that are threads with an interpreter of their own.
INTERPRETER = "interpreter"

#: Not empty in a worker that `multiprocessing` does not know of; whether it shares its process with others.
_marks: list[bool] = []


def inside_worker() -> bool:
    """Whether this process was started by another one through ``multiprocessing``: its cores are taken."""
    # Not imported here: where nobody imported it, this is no worker.
    process: Any = sys.modules.get("multiprocessing.process")
    # Another thread may be about to load it.
    if _marks or not hasattr(process, "parent_process"):
        return bool(_marks)
    current = process.current_process()
    # While its main file is imported once more a spawned process does not know its parent yet.
    return process.parent_process() is not None or current.daemon or getattr(current, "_inheriting", False)


def mark_worker(*, shares_process: bool = False) -> None:
    """Say that this is a worker, where ``multiprocessing`` does not know of it."""
    _marks.append(shares_process)


def leave_worker(code: int) -> None:
    """End this worker at once, with that exit code; a thread by SystemExit."""
    if any(_marks):
        raise SystemExit(code)
    os._exit(code)


def queued_seconds() -> float:
    """Time this thread has been ready to run while other work had the cores, seconds; 0 where it is not told."""
    fields = (_read(f"{PROC}/thread-self/schedstat") or "").split()
    return int(fields[1]) * 1e-9 if len(fields) == 3 else 0.0


def may_have_waited(n_times: int) -> bool:
    """Whether this thread has given up its core so often that half of so many calls may have waited for something.

    Where that is not told, they may. One that computes loses its core to others, without giving it up; since the thread
    began, so that of a thread that has waited before nothing is said.
    """
    try:
        import resource

        given_up = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
    except (ImportError, AttributeError):  # Windows, macOS
        return True
    return 2 * given_up >= n_times or not _counts_waits()


def _counts_waits() -> bool:
    """Whether the kernel counts how often a thread waits; tried by waiting, 200 us, or 600 us where it does not.

    Those of some sandboxes count nothing, or only what a thread gives up without waiting.
    """
    global _are_counted  # noqa: PLW0603
    if _are_counted is None:
        import resource

        before = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
        # A wait whose thread loses its core just then is none of those that are counted.
        for _ in range(_SEEN_WAITS):
            time.sleep(_SEEN_WAIT_SECONDS)
            _are_counted = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw > before
            if _are_counted:
                break
    return bool(_are_counted)


def running_threads(besides: int = 0) -> int:
    """Other threads of this process, but for one, that are on a core at this moment; 0 where it is not told.

    Threads of native libraries are, for some milliseconds after each call of theirs. 20 us, and as much for each.
    """
    import _thread

    count = 0
    try:
        names = os.listdir(f"{PROC}/self/task")
    except OSError:
        return 0
    for name in names if len(names) > 1 else ():
        if int(name) not in (_thread.get_native_id(), besides):
            # The name of the program may hold any character.
            state = (_read(f"{PROC}/self/task/{name}/stat") or "").rpartition(")")[2].split()[:1]
            count += state == ["R"]
    return count


def busy_seconds() -> float | None:
    """CPU time that all processes have used since the machine started, seconds; None where it is not told."""
    lines = (_read(f"{PROC}/stat") or "").splitlines()
    if not lines or not lines[0].startswith("cpu "):
        return None
    # user, nice, system, idle, iowait, irq, softirq, steal: all but idle and iowait.
    ticks = [int(field) for field in lines[0].split()[1:9]]
    return (sum(ticks) - sum(ticks[3:5])) / os.sysconf("SC_CLK_TCK")


class PeakMeter:
    """Growth of this process's memory at its highest, between construction and `read`; None but on Linux.

    It sets the high-water mark of the process (``VmHWM``) back to what is resident now: exact for growth of a
    megabyte and more, at no cost to what is measured. Memory that the process had already taken and merely uses again
    does not show.
    """

    def __init__(self) -> None:
        self._before: int | None = None
        try:
            with open(f"{PROC}/self/clear_refs", "wb") as marks:
                marks.write(b"5")
        except OSError:
            return
        self._before = resident_bytes()

    def read(self) -> int | None:
        """Bytes above the start at the highest point so far; None where unknown."""
        if self._before is None:
            return None
        peak = _status_bytes("VmHWM:")
        return None if peak is None else max(0, peak - self._before)


def _read(path: str) -> str | None:
    # Not by `open`, which takes four times as long: a decision reads some twenty of these.
    parts = []
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            while part := os.read(descriptor, 1 << 16):
                parts.append(part)
        finally:
            os.close(descriptor)
        return b"".join(parts).decode().strip()
    except UnicodeDecodeError:
        return None
    except OSError as error:
        # One without a number is of the program's own handler of a signal.
        if error.errno is None:
            raise
        return None


def _group_folders(controller: str) -> Iterator[str]:
    """Folders of this process's control group and of those above it, for one controller."""
    if sys.platform != "linux":
        return
    for line in (_read(f"{PROC}/self/cgroup") or "").splitlines():
        _, _, controllers_and_group = line.partition(":")
        controllers, _, group = controllers_and_group.partition(":")
        if controllers and controller not in controllers.split(","):
            continue
        root = f"{CGROUP}/{controllers}" if controllers else CGROUP
        parts = [part for part in group.split("/") if part]
        for depth in range(len(parts), -1, -1):
            yield "/".join([root, *parts[:depth]])
