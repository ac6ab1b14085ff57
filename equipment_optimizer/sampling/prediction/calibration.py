"""What worker processes cost on this machine: measured once, kept for later, by start method.

Where new processes run the main file once more that is part of the cost, and what one program has measured is not
taken for another's.

In: a number of workers. Out: `MachineCosts`, and the pool that was started to
measure them, so that whoever asked can go on to use it. Knows nothing of
functions, items or equipment.
"""

from __future__ import annotations

import math
import os
import sys
import time

from ...system.machine import INTERPRETER, available_bytes, available_cores, private_bytes
from ...system.quick_named_tuples import LightRecord
from ..tuning import (
    ASSUMED_MESSAGE_SECONDS,
    ASSUMED_SECONDS_PER_BYTE,
    ASSUMED_START,
    ASSUMED_START_ERROR,
    ASSUMED_WORKER_BYTES,
    BUSY_FACTOR,
    CALIBRATION_BYTES,
    CALIBRATION_MESSAGES,
    CALIBRATION_PAYLOADS,
    FIXED_START_SHARE,
    IMPORT_SECONDS,
    MEASURED_START_ERROR,
    MIN_WORKER_BYTES,
    USUAL,
    USUAL_SECONDS_PER_BYTE,
)
from .cost_model import MachineCosts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...workers.pool import WorkerPool

__all__ = [
    "VARIABLE",
    "assumed_costs",
    "calibrate",
    "forget_calibration",
    "known_costs",
    "note_start",
]


#: The environment variable that names another folder for what was measured, or turns that off with "off".
VARIABLE = "EQUIPMENT_OPTIMIZER_CACHE"


class _Measured(LightRecord):
    """One start method's costs; seconds and bytes; a byte's seconds are negative where they were not measured."""

    start_seconds: float
    start_seconds_each: float
    message_seconds: float
    in_seconds_per_byte: float
    out_seconds_per_byte: float
    worker_bytes: float


_measured: dict[str, _Measured] = {}

#: More than that, of each in turn, takes no machine: a file that says so was damaged.
_MOST_MEASURED = (60.0, 60.0, 1.0, 1e-3, 1e-3, 1e13)

#: How much of the way what is known goes towards a start that was quicker, and towards one that was slower; and
#: the least change that is written down, ratios.
_QUICKER, _SLOWER, _WORTH_WRITING = 0.5, 0.25, 0.1

#: To write a file takes milliseconds: what was begun so long ago, seconds, was left by a process that was killed.
_LEFTOVER_SECONDS = 60.0

#: Files of one start method at the most, where what main files cost is part of it.
_N_FILES = 256


def assumed_costs(
    method: str, free_cores: float | None = None, *, usual: bool = False, slowness: float = 1.0
) -> MachineCosts:
    """Costs that this machine could have at best, or usually, times `slowness`; nothing is measured."""
    factor = USUAL * slowness if usual else 1.0
    start, each = ASSUMED_START.get(method, ASSUMED_START["spawn"])
    rate = USUAL_SECONDS_PER_BYTE if usual else factor * ASSUMED_SECONDS_PER_BYTE
    message = factor * ASSUMED_MESSAGE_SECONDS
    measured = _Measured(factor * start, factor * each, message, rate, rate, ASSUMED_WORKER_BYTES)
    return _costs(method, measured, free_cores, slowness)._replace(start_error=ASSUMED_START_ERROR)


def known_costs(
    method: str, *, bandwidth: bool, free_cores: float | None = None, slowness: float = 1.0
) -> MachineCosts | None:
    """Costs measured earlier, by this process or another one; None where any that is needed is missing."""
    measured = _measured.get(method)
    if measured is None:
        numbers = _read_numbers(method, len(_Measured._fields))
        if numbers is None or min(numbers[:3]) <= 0 or any(map(float.__gt__, numbers, _MOST_MEASURED)):
            return None
        measured = _measured[method] = _Measured(*numbers)
    if bandwidth and measured.in_seconds_per_byte < 0:
        return None
    return _costs(method, measured, free_cores, slowness)


def calibrate(
    n_workers: int, method: str | None = None, *, bandwidth: bool, free_cores: float | None = None
) -> tuple[MachineCosts, WorkerPool]:
    """Start a pool and measure it; the caller closes it. `bandwidth`: seconds per byte too, which takes longer.

    WorkerError or OSError where worker processes cannot be started. Time on two cores under Linux: 8 ms with fork,
    25-70 ms with forkserver, 50 ms with spawn; 15 ms more for the bandwidth.
    """
    from ...workers.pool import WorkerPool

    began = time.perf_counter()
    pool = WorkerPool(n_workers, method)
    try:
        pool.wait_ready()
        start = time.perf_counter() - began
        message = _seconds_per_message(pool)
        earlier = _measured.get(pool.start_method)
        rates = (-1.0, -1.0)
        if bandwidth:
            rates = _seconds_per_byte(pool)
        elif earlier is not None:
            rates = (earlier.in_seconds_per_byte, earlier.out_seconds_per_byte)
        sizes = [size for process in pool.process_ids() if (size := private_bytes(process)) is not None]
    except BaseException:
        pool.kill()
        raise
    measured = _Measured(
        start_seconds=FIXED_START_SHARE * start,
        start_seconds_each=(1 - FIXED_START_SHARE) * start / n_workers,
        message_seconds=BUSY_FACTOR * message,
        in_seconds_per_byte=rates[0],
        out_seconds_per_byte=rates[1],
        worker_bytes=max(MIN_WORKER_BYTES, *sizes) if sizes else ASSUMED_WORKER_BYTES,
    )
    _keep(pool.start_method, measured)
    return _costs(pool.start_method, measured, free_cores), pool


def note_start(method: str, n_workers: int, seconds: float) -> None:
    """Learn from workers that were started for their work: quickly from a quicker start, else the machine was busy."""
    start, each = ASSUMED_START.get(method, ASSUMED_START["spawn"])
    usual = _Measured(
        USUAL * start, USUAL * each, USUAL * ASSUMED_MESSAGE_SECONDS, -1.0, -1.0, float(ASSUMED_WORKER_BYTES)
    )
    before = _measured.get(method, usual)
    fixed, share = FIXED_START_SHARE * seconds, (1 - FIXED_START_SHARE) * seconds / n_workers
    known = before.start_seconds + n_workers * before.start_seconds_each
    weight = _QUICKER if seconds < known or method not in _measured else _SLOWER
    learned = before._replace(
        start_seconds=before.start_seconds + weight * (fixed - before.start_seconds),
        start_seconds_each=before.start_seconds_each + weight * (share - before.start_seconds_each),
    )
    if method in _measured and abs(seconds - known) * weight < _WORTH_WRITING * known:
        _measured[method] = learned
    else:
        _keep(method, learned)


def forget_calibration() -> None:
    """Measure anew the next time, for instance after this process has grown much; files are left as they are."""
    _measured.clear()


def _keep(method: str, measured: _Measured) -> None:
    _measured[method] = measured
    _write_numbers(method, measured)


def _main_number(method: str) -> int | None:
    """A number of the main file, of 32 bits, where new processes run it once more."""
    main = sys.modules.get("__main__")
    name = getattr(getattr(main, "__spec__", None), "name", None) or getattr(main, "__file__", None)
    if method == "fork" or not isinstance(name, str):
        return None
    import zlib

    return zlib.crc32(os.path.abspath(name).encode(errors="surrogatepass"))


def _costs(method: str, measured: _Measured, free_cores: float | None, slowness: float = 1.0) -> MachineCosts:
    n_cores = available_cores()
    rates = [
        rate if rate >= 0 else USUAL_SECONDS_PER_BYTE
        for rate in (measured.in_seconds_per_byte, measured.out_seconds_per_byte)
    ]
    # The first pool of a process loads what pools need, as slowly as everything.
    is_loaded = "equipment_optimizer.workers.pool" in sys.modules
    first = 0.0 if is_loaded else IMPORT_SECONDS * slowness
    return MachineCosts(
        n_cores=n_cores,
        free_cores=n_cores if free_cores is None else free_cores,
        start_seconds=measured.start_seconds + first,
        start_seconds_each=measured.start_seconds_each,
        message_seconds=measured.message_seconds,
        in_seconds_per_byte=rates[0],
        out_seconds_per_byte=rates[1],
        worker_bytes=int(measured.worker_bytes),
        available_bytes=available_bytes(),
        start_error=MEASURED_START_ERROR,
        workers="interpreter" if method == INTERPRETER else "process",
    )


def _seconds_per_message(pool: WorkerPool) -> float:
    """Time per message with next to nothing in it."""
    began = time.perf_counter()
    for _ in pool.run(_nothing, ((number,) for number in range(CALIBRATION_MESSAGES))):
        pass
    return (time.perf_counter() - began) / CALIBRATION_MESSAGES


def _seconds_per_byte(pool: WorkerPool) -> tuple[float, float]:
    """Time per byte sent to workers, and per byte that they return."""
    payload = bytes(CALIBRATION_BYTES)
    total = CALIBRATION_BYTES * CALIBRATION_PAYLOADS
    began = time.perf_counter()
    for _ in pool.run(len, ((payload,) for _ in range(CALIBRATION_PAYLOADS))):
        pass
    sent = time.perf_counter()
    for _ in pool.run(bytes, ((CALIBRATION_BYTES,) for _ in range(CALIBRATION_PAYLOADS))):
        pass
    return (sent - began) / total, (time.perf_counter() - sent) / total


def _nothing(item: object) -> object:
    return item


# --- kept for the processes that come later ---------------------------------------
# A file that cannot be written is no matter, and two writers at once leave one of the two whole. Main files share a
# few files: there would be one of each program otherwise.


def _read_numbers(name: str, count: int) -> list[float] | None:
    """So many numbers that were written under that name on this machine, with this Python."""
    path = _path(name)
    if path is None:
        return None
    try:
        with open(path, encoding="utf-8", opener=_without_waiting) as file:
            header, _, text = file.read(4096).partition("\n")
        numbers = [float(word) for word in text.split()]
    except (OSError, ValueError):
        return None
    fits = header == _header(name) and len(numbers) == count and all(math.isfinite(number) for number in numbers)
    return numbers if fits else None


def _without_waiting(path: str, flags: int) -> int:
    """Open a file, or what is in its place, a pipe say, that has nobody at its other end."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _write_numbers(name: str, numbers: Sequence[float]) -> None:
    """Keep numbers under that name."""
    import contextlib

    path = _path(name)
    if path is None:
        return
    mine = f"{path}.{os.getpid()}.{time.perf_counter_ns()}"
    with contextlib.suppress(OSError):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        try:
            with open(mine, "w", encoding="utf-8") as file:
                file.write(f"{_header(name)}\n{' '.join(map(repr, numbers))}\n")
            os.replace(mine, path)
        except OSError:
            os.unlink(mine)
            raise
        _remove_leftovers(path)


def _remove_leftovers(path: str) -> None:
    """Remove what others had begun to write long before this file, and never did: they were killed."""
    import contextlib

    latest = os.stat(path).st_mtime
    with os.scandir(os.path.dirname(path)) as entries:
        for entry in entries:
            name, _, numbers = entry.name.partition(".txt.")
            is_begun = name.startswith("sampler-") and numbers.replace(".", "").isdigit()
            with contextlib.suppress(OSError):  # somebody else removes it too, or it is another user's
                if is_begun and entry.stat(follow_symlinks=False).st_mtime < latest - _LEFTOVER_SECONDS:
                    os.unlink(entry)


def _header(name: str) -> str:
    """What the numbers belong to."""
    node = os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")
    python = ".".join(map(str, sys.version_info[:3]))
    main = _main_number(name)
    of_main = "" if main is None else f" {main:08x}"
    return f"1 {name} {sys.implementation.name} {python} {sys.platform} {os.cpu_count()} {node}{of_main}"


def _path(name: str) -> str | None:
    """The file, in the user's folder for what can be made anew; None where there is no such folder."""
    folder = os.environ.get(VARIABLE)
    if folder is not None and folder.strip().lower() in ("", "off", "0", "no"):
        return None
    if folder is None:
        home = os.path.expanduser("~")
        if not os.path.isabs(home):
            return None
        if sys.platform == "win32":
            folder = os.environ.get("LOCALAPPDATA") or home
        elif sys.platform == "darwin":
            folder = os.path.join(home, "Library", "Caches")
        else:
            folder = os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
        folder = os.path.join(folder, "equipment-optimizer")
    version = f"{sys.implementation.name}{sys.version_info[0]}{sys.version_info[1]}"
    main = _main_number(name)
    of_main = "" if main is None else f"-{main % _N_FILES:02x}"
    return os.path.join(folder, f"sampler-{version}-{name}{of_main}.txt")
