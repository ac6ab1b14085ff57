"""What worker processes cost on this machine, measured once per process and start method.

In: a number of workers. Out: `MachineCosts`, and the pool that was started to
measure them, so that whoever asked can go on to use it. Knows nothing of
functions, items or equipment.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..system.machine import available_bytes, available_cores, private_bytes
from ._cost_model import MachineCosts
from .tuning import (
    ASSUMED_MESSAGE_SECONDS,
    ASSUMED_SECONDS_PER_BYTE,
    ASSUMED_START,
    ASSUMED_WORKER_BYTES,
    BUSY_FACTOR,
    CALIBRATION_BYTES,
    CALIBRATION_MESSAGES,
    CALIBRATION_PAYLOADS,
    CAUTION,
    FIXED_START_SHARE,
    MIN_WORKER_BYTES,
)

if TYPE_CHECKING:
    from ..workers.pool import WorkerPool

__all__ = ["assumed_costs", "calibrate", "forget_calibration", "known_costs", "start_method"]


@dataclass(frozen=True, slots=True)
class _Measured:
    """One start method's costs; seconds and bytes. None was not measured yet."""

    start_seconds: float
    start_seconds_each: float
    message_seconds: float
    in_seconds_per_byte: float | None
    out_seconds_per_byte: float | None
    worker_bytes: int


_measured: dict[str, _Measured] = {}


def start_method() -> str:
    """The start method in use, found without fixing it for the caller."""
    from ..workers.pool import default_start_method

    return default_start_method()


def assumed_costs(method: str, free_cores: float | None = None, *, cautious: bool = False) -> MachineCosts:
    """Costs that this machine could have, at best or (`cautious`) at worst; nothing is started or measured."""
    factor = CAUTION if cautious else 1.0
    start, each = ASSUMED_START.get(method, ASSUMED_START["spawn"])
    rate = factor * ASSUMED_SECONDS_PER_BYTE
    message = factor * ASSUMED_MESSAGE_SECONDS
    return _costs(_Measured(factor * start, factor * each, message, rate, rate, ASSUMED_WORKER_BYTES), free_cores)


def known_costs(method: str, *, bandwidth: bool, free_cores: float | None = None) -> MachineCosts | None:
    """Costs measured earlier in this process; None where any that is needed is missing."""
    found = _measured.get(method)
    if found is None or (bandwidth and found.in_seconds_per_byte is None):
        return None
    return _costs(found, free_cores)


def calibrate(n_workers: int, *, bandwidth: bool, free_cores: float | None = None) -> tuple[MachineCosts, WorkerPool]:
    """Start a pool and measure it.

    Parameters
    ----------
    n_workers : int
    bandwidth : bool
        Whether to measure seconds per byte too, which takes longer.
    free_cores : float, optional
        Cores that other processes leave free; all by default.

    Returns
    -------
    costs : MachineCosts
    pool : WorkerPool
        Running; the caller closes it.

    Raises
    ------
    WorkerError, OSError
        If worker processes cannot be started.

    Notes
    -----
    Time on two cores under Linux: 8 ms with fork, 25-70 ms with forkserver, 50 ms
    with spawn; 15 ms more for the bandwidth.
    """
    from ..workers.pool import WorkerPool

    began = time.perf_counter()
    pool = WorkerPool(n_workers)
    try:
        pool.wait_ready()
        start = time.perf_counter() - began
        message = _seconds_per_message(pool)
        earlier = _measured.get(pool.start_method)
        rates: tuple[float | None, float | None] = (None, None)
        if bandwidth:
            rates = _seconds_per_byte(pool)
        elif earlier is not None:
            rates = (earlier.in_seconds_per_byte, earlier.out_seconds_per_byte)
        sizes = [size for process in pool.process_ids() if (size := private_bytes(process)) is not None]
    except BaseException:
        pool.kill()
        raise
    _measured[pool.start_method] = _Measured(
        start_seconds=FIXED_START_SHARE * start,
        start_seconds_each=(1 - FIXED_START_SHARE) * start / n_workers,
        message_seconds=BUSY_FACTOR * message,
        in_seconds_per_byte=rates[0],
        out_seconds_per_byte=rates[1],
        worker_bytes=max(MIN_WORKER_BYTES, *sizes) if sizes else ASSUMED_WORKER_BYTES,
    )
    return _costs(_measured[pool.start_method], free_cores), pool


def forget_calibration() -> None:
    """Measure anew the next time, for instance after this process has grown much."""
    _measured.clear()


def _costs(measured: _Measured, free_cores: float | None) -> MachineCosts:
    n_cores = available_cores()
    rate_in, rate_out = measured.in_seconds_per_byte, measured.out_seconds_per_byte
    return MachineCosts(
        n_cores=n_cores,
        free_cores=n_cores if free_cores is None else free_cores,
        start_seconds=measured.start_seconds,
        start_seconds_each=measured.start_seconds_each,
        message_seconds=measured.message_seconds,
        in_seconds_per_byte=ASSUMED_SECONDS_PER_BYTE if rate_in is None else rate_in,
        out_seconds_per_byte=ASSUMED_SECONDS_PER_BYTE if rate_out is None else rate_out,
        worker_bytes=measured.worker_bytes,
        available_bytes=available_bytes(),
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


def main_is_importable() -> bool:
    """Whether a fresh interpreter could import what is defined in ``__main__``."""
    main = sys.modules.get("__main__")
    if getattr(main, "__spec__", None) is not None:
        return True
    path = getattr(main, "__file__", None)
    return isinstance(path, str) and not path.startswith("<")
