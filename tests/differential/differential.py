"""Differential testing at length: random jobs of every feature, answered in every way there is.

    python tests/differential/differential.py [--seconds N] [--seed S] [--cases N] [--mode MODE]

Case number i of seed S is the case of seed S + i, so one seed and one case repeat
a difference. What differs is shrunk and written as files into a folder, with the
command that repeats it. Small cases are judged by brute force; fillings are
decorated jobs of thousands of combinations, where every way to fill slots and both
engines must agree; large ones hold the engines against each other without
decorations; limits and formula are small cases that have these, answers ask what is told
about lists. Exit code 1 where anything differs.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import shlex
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

if __name__ == "__main__":  # from any folder, installed or not
    TESTS = Path(__file__).resolve().parents[1]
    sys.path[:0] = [str(TESTS.parent), *(str(TESTS / name) for name in ("judges", "parallel", "search/filling"))]

from differential_cases import Case
from differential_checks import CHECKS, EVERY
from differential_files import load_case, save_case, write_files
from differential_maker import random_case
from differential_run import Run
from differential_shrink import shrink, size_of

#: What starts processes, which takes seconds.
SLOW = frozenset({"workers", "dask"})

#: Longest that the exhaustive engine may take for a case: filling the slots of
#: thousands of builds can take minutes.
_EXHAUSTIVE_SECONDS = {"filling": 5.0}


class TooSlow(BaseException):
    """A case has had its time; no error that anything may catch."""


@contextlib.contextmanager
def at_most(seconds: float | None) -> Iterator[None]:
    """Raise `TooSlow` in the block after so many seconds, where the system has alarms."""
    if seconds is None or not hasattr(signal, "SIGALRM"):
        yield
        return

    def on_alarm(number: int, frame: object) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Found(NamedTuple):
    """A difference: which check, of which case, and what it says."""

    check: str
    seed: int
    message: str
    case: Case


@dataclass
class Tally:
    """What was done.

    Attributes
    ----------
    n_cases : int
    checks, features, kinds, seconds : Counter
        Checks made by name, cases by feature and by what came of them, and seconds by check.
    figures : Counter
        What the checks counted.
    found : list of Found
    slow : list of int
        Seeds of the cases that took too long and were left half-way.
    """

    n_cases: int = 0
    checks: Counter[str] = field(default_factory=Counter)
    features: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    figures: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    found: list[Found] = field(default_factory=list)
    slow: list[int] = field(default_factory=list)


def checks_of(seed: int, mode: str) -> list[str]:
    """The checks that the case of a seed is put to: a matter of the seed alone."""
    rng = random.Random(f"checks {mode} {seed}")
    return [name for name, every in EVERY[mode].items() if rng.randrange(every) == 0]


def try_check(name: str, case: Case, seed: int, folder: Path, run: Run | None = None) -> str | None:
    """What one check says of a case, or None where it is content.

    Anything that a check raises is a difference: a traceback is never the answer.
    """
    try:
        CHECKS[name](run or Run(case, folder), random.Random(f"{name} {seed}"))
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"
    return None


def try_case(seed: int, mode: str, folder: Path, tally: Tally, skip: Collection[str] = ()) -> list[Found]:
    """Put the case of a seed to its checks."""
    case = random_case(seed, mode)
    tally.n_cases += 1
    tally.features.update(case.features)
    run: Run | None = None
    try:
        run = Run(case, folder, _EXHAUSTIVE_SECONDS.get(mode))
        tally.kinds.update(run.kinds)
    except Exception as error:
        tally.found.append(Found("load" if run is None else "oracle", seed, f"{type(error).__name__}: {error}", case))
        return tally.found[-1:]
    found = []
    for name in checks_of(seed, mode):
        if name in skip:
            continue
        started = time.perf_counter()
        message = try_check(name, case, seed, folder, run)
        tally.checks[name] += 1
        tally.seconds[name] += time.perf_counter() - started
        if message is not None:
            found.append(Found(name, seed, message, case))
    tally.figures.update(run.figures)
    tally.found += found
    return found


def run_cases(seeds: Iterable[int], mode: str, folder: Path, *, seconds: float | None = None,
              case_seconds: float | None = None, skip: Collection[str] = (), most_found: int = 5) -> Tally:  # fmt: skip
    """Cases of many seeds, until the time is up or enough differs."""
    tally = Tally()
    deadline = None if seconds is None else time.monotonic() + seconds
    for seed in seeds:
        if deadline is not None and time.monotonic() >= deadline:
            break
        try:
            with at_most(case_seconds):
                try_case(seed, mode, folder, tally, skip)
        except TooSlow:
            tally.slow.append(seed)
        if len(tally.found) >= most_found:
            break
    return tally


def shrunk(found: Found, folder: Path, most_trials: int = 2_000) -> Case:
    """The smallest case for which the same check still complains."""

    def complaint(case: Case) -> str | None:
        try:
            run = Run(case, folder, _EXHAUSTIVE_SECONDS["filling"])
        except Exception as error:
            return f"unreadable: {type(error).__name__}"
        message = try_check(found.check, case, found.seed, folder, run)
        return message and message.partition(":")[0]

    wanted = complaint(found.case)

    def differs(case: Case) -> bool:
        return complaint(case) == wanted is not None

    return shrink(found.case, differs, most_trials)


def write_found(found: Found, mode: str, target: Path, folder: Path) -> str:
    """Shrink a difference, write it into `target`, and say how to see it again."""
    small = shrunk(found, folder, 400 if mode == "filling" else 2_000)
    message = try_check(found.check, small, found.seed, folder) or found.message
    target.mkdir(parents=True, exist_ok=True)
    save_case(small, target / "case.json")
    try:
        write_files(small, target)
    finally:
        (target / "found.txt").write_text(f"{found.check} {found.seed}\n{message}\n", encoding="utf-8")
    me = shlex.quote(str(Path(__file__)))
    return (
        f"seed {found.seed}: {found.check}: {found.message}\n"
        f"  again: python {me} --mode {mode} --seed {found.seed} --cases 1\n"
        f"  shrunk to {size_of(small)}: {message}\n"
        f"  again: python {me} --replay {shlex.quote(str(target))}"
    )


def replay(target: Path, folder: Path) -> int:
    """Put a case that `write_found` wrote to its check once more."""
    check, seed = (target / "found.txt").read_text(encoding="utf-8").split()[:2]
    message = try_check(check, load_case(target / "case.json"), int(seed), folder)
    print(f"{check}: {message or 'no difference'}")
    return int(message is not None)


def summary(tally: Tally, mode: str, seconds: float) -> str:
    """What was done, in lines."""
    lines = [f"{tally.n_cases:,} cases ({mode}) in {seconds:.0f} s, {len(tally.found)} differences"]
    for name, count in tally.checks.most_common():
        lines.append(f"  {name:<12}{count:>9,} times{tally.seconds[name]:>10.1f} s")
    features = ", ".join(f"{name} {count:,}" for name, count in tally.features.most_common())
    lines += [f"  {count:,} {what}" for what, count in tally.figures.items()]
    kinds = ", ".join(f"{name} {count:,}" for name, count in tally.kinds.most_common())
    if tally.slow:
        lines.append(f"  {len(tally.slow)} took too long and were left half-way: seeds {tally.slow[:20]}")
    return "\n".join([*lines, f"  of them {kinds}", f"  with {features}"])


def main(argv: list[str] | None = None) -> int:
    """The command; its exit code."""
    parser = argparse.ArgumentParser(description="Random jobs, answered in every way there is.")
    parser.add_argument("--seconds", type=float, help="stop after so long (default: 60, where no --cases are given)")
    parser.add_argument("--seed", type=int, default=0, help="of the first case")
    parser.add_argument("--cases", type=int, help="stop after so many")
    parser.add_argument("--case-seconds", type=float, default=60.0, help="leave a case half-way after so long")
    parser.add_argument("--mode", choices=tuple(EVERY), default="small")
    parser.add_argument("--skip", nargs="*", default=(), choices=tuple(CHECKS), help="checks to leave out")
    parser.add_argument("--most", type=int, default=5, help="stop after so many differences")
    parser.add_argument("--into", type=Path, help="folder for what differs (default: a new temporary one)")
    parser.add_argument("--replay", type=Path, metavar="FOLDER", help="put a shrunk case to its check again")
    args = parser.parse_args(argv)
    folder = Path(tempfile.mkdtemp(prefix="differential-"))
    try:
        if args.replay is not None:
            return replay(args.replay, folder)
        seconds = 60.0 if args.seconds is None and args.cases is None else args.seconds
        seeds = range(args.seed, args.seed + (args.cases if args.cases is not None else 10**9))
        started = time.monotonic()
        tally = run_cases(
            seeds, args.mode, folder, seconds=seconds, case_seconds=args.case_seconds, skip=args.skip,
            most_found=args.most,
        )  # fmt: skip
        print(summary(tally, args.mode, time.monotonic() - started), flush=True)
        into = args.into
        for found in tally.found:
            into = into or Path(tempfile.mkdtemp(prefix="differences-"))
            target = into / f"{args.mode}-{found.seed}-{found.check}"
            print(write_found(found, args.mode, target, folder), flush=True)
        return int(bool(tally.found))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
