"""The command in a world that goes wrong as a plan says: ``python faulty_world.py PLAN.json ARGUMENT ...``.

A plan names what fails: `at` counts calls that change files (write, fsync, replace), in each process.
"""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict

ROOT = Path(__file__).resolve().parents[2]

#: Descriptors of the standard streams: what is written there is no file of ours.
_STREAMS = 3


class Plan(TypedDict, total=False):
    """What goes wrong.

    ``seed``: of the dice; ``short_writes``: share of writes that write a part; ``room``: bytes that the
    disk takes; ``fails_at``: number of the call that gets EIO; ``signals``: sent to this process before
    call ``signals_at``; ``clock``: seconds by which clocks jump now and then, back (time of day only)
    and forth; ``worker``: "dies", "stops" or "lies", before answer ``worker_at`` of each first worker;
    ``eager``: checkpoints at every opportunity.
    """

    seed: int
    short_writes: float
    room: int
    fails_at: int
    signals: list[int]
    signals_at: int
    clock: float
    worker: str
    worker_at: int
    eager: bool


class _Files:
    """Calls that change files, some of which go wrong."""

    def __init__(self, plan: Plan, dice: random.Random) -> None:
        self._plan = plan
        self._dice = dice
        self._room = plan.get("room", sys.maxsize)
        self._n_calls = 0
        self._write, self._fsync, self._replace = os.write, os.fsync, os.replace

    def install(self) -> None:
        os.write, os.fsync, os.replace = self.write, self.fsync, self.replace  # type: ignore[assignment]

    def _count(self) -> None:
        self._n_calls += 1
        if self._n_calls == self._plan.get("signals_at"):
            for number in self._plan["signals"]:
                os.kill(os.getpid(), number)
        if self._n_calls == self._plan.get("fails_at"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def write(self, descriptor: int, data: Any) -> int:
        if descriptor < _STREAMS or not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return self._write(descriptor, data)
        self._count()
        data = memoryview(data)
        if len(data) > 1 and self._dice.random() < self._plan.get("short_writes", 0.0):
            data = data[: self._dice.randrange(1, len(data))]
        if len(data) > self._room:
            if not self._room:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            data = data[: self._room]
        n_written = self._write(descriptor, data)
        self._room -= n_written
        return n_written

    def fsync(self, descriptor: int) -> None:
        self._count()
        self._fsync(descriptor)

    def replace(self, source: Any, target: Any, **more: Any) -> None:
        self._count()
        self._replace(source, target, **more)


def _set_clocks(seconds: float, dice: random.Random) -> None:
    """Clocks that jump once in a while: the time of day both ways, the others ahead as after a sleep."""

    def jumping(clock: Callable[[], float], *, may_go_back: bool) -> Callable[[], float]:
        offset = 0.0

        def read() -> float:
            nonlocal offset
            if dice.random() < 0.02:
                offset += dice.uniform(-seconds if may_go_back else 0.0, seconds)
            return clock() + offset

        return read

    time.time = jumping(time.time, may_go_back=True)
    for name in ("monotonic", "perf_counter"):
        setattr(time, name, jumping(getattr(time, name), may_go_back=False))


def _spoil_workers(plan: Plan, dice: random.Random) -> None:
    """The first worker goes wrong at one of its answers; whatever takes its place does not."""
    from equipment_optimizer.workers import process

    answer, load, parent = process._answer, process._load_function, os.getpid()
    numbers: list[int] = []
    n_answers = 0

    def noting(frame: Any, worker_number: int) -> Any:
        numbers[:] = [worker_number]
        return load(frame, worker_number)

    def spoilt(func: Any, frame: Any) -> Any:
        nonlocal n_answers
        n_answers += 1
        if os.getpid() == parent or numbers != [0] or n_answers != plan["worker_at"]:
            return answer(func, frame)
        if plan["worker"] == "lies":
            body = bytes(dice.randrange(256) for _ in range(200))
            return answer(func, frame)._replace(body=body)
        os.kill(os.getpid(), signal.SIGKILL if plan["worker"] == "dies" else signal.SIGSTOP)
        return answer(func, frame)

    process._answer, process._load_function = spoilt, noting


def main() -> int:
    """The command, once the world is as the plan says."""
    plan: Plan = json.loads(Path(sys.argv[1]).read_text())
    dice = random.Random(plan["seed"])
    sys.path[:0] = [str(ROOT)]
    if "clock" in plan:
        _set_clocks(plan["clock"], dice)
    _Files(plan, dice).install()
    if plan.get("eager"):
        from equipment_optimizer.search.exhaustive import run
        from equipment_optimizer.system import checkpoint_file

        checkpoint_file._INTERVAL_SECONDS = checkpoint_file._COST_RATIO = 0
        run.PLAIN_TASK_COMBINATIONS = 2_000
    if "worker" in plan:
        _spoil_workers(plan, dice)
    from equipment_optimizer.cli import main as command

    return command(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
