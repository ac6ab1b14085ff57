"""Ordinary jobs in this checkout and at another commit: the same bytes, and what they cost.

    python benchmarks/search/before_after.py --against COMMIT [--rounds 5] [--seeds 10] [--limit 100]

The other commit is checked out into a temporary worktree, which goes when the run ends.
The jobs are fixed by their seeds: the example, and configurations of the families
``random``, ``popular`` and ``required`` with slots filled, and the tables' own
(`filling_jobs.py`; a made table where the data are not there). Each round runs each job
in both checkouts, one right after the other, and first in turns; a whole command each
time, in a process of its own. Where the two write other bytes the job's row says so; a
job that does not end within ``--cap`` seconds in one of them is left out. Times are
processor time (user and system), medians over the rounds; the last rows are the median
of the ratios and sums of those medians. Nothing is asserted: 1.00 is as before, less is
faster. ``--quick`` is one round of few jobs against the commit before this one; where
there is no git checkout, or no such commit, it says so and measures nothing.
"""

from __future__ import annotations

import argparse
import compileall
import contextlib
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

# Helpers lie beside this file and in folders beside it; the package is that of the checkout, installed or not.
BENCHMARKS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(BENCHMARKS.parent), str(BENCHMARKS), *map(str, BENCHMARKS.glob("*/"))]

from cases import DATA, data_folder
from filling_jobs import EQUIPMENT, FAMILIES, Job, table_folders
from measuring import ROOT, heading, processor_seconds, table

TABLES = ("world_all", "world_mr_endgame", "rise_hr_ja")


class Run(NamedTuple):
    """Processor seconds, exit code and what was written."""

    seconds: float
    code: int
    text: bytes


def git(*words: str) -> str:
    """What git says in this checkout."""
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


@contextlib.contextmanager
def checkout(commit: str) -> Iterator[Path]:
    """A worktree at a commit, as long as it is wanted."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "other"
        git("worktree", "add", "--detach", str(folder), commit)
        try:
            yield folder
        finally:
            git("worktree", "remove", "--force", str(folder))


def jobs(data: Path, tables: Sequence[str], seeds: range, into: Path) -> list[Job]:
    """The example, the tables' own configurations, and each family's for each table and seed."""
    example = ROOT / "example_data"
    found = [Job("example", str(example / "equipment.csv"), str(example / "config.json"), 0)]
    for folder in table_folders(data, tables, into):
        own = folder / "config.json"
        if own.is_file():
            found.append(Job(f"{folder.name} own", str((folder / EQUIPMENT).resolve()), str(own.resolve()), 0))
        found += [make(folder, seed, into) for make, _ in FAMILIES.values() for seed in seeds]
    return found


def run(job: Job, folder: Path, *, limit: int, cap: int, target: Path) -> Run:
    """A whole command in a checkout."""
    target.unlink(missing_ok=True)
    words = [job.equipment, str(target), job.config, "--quiet", "--limit", str(limit)]
    seconds, code = processor_seconds([sys.executable, str(folder / "main.py"), *words], folder, cap=cap)
    return Run(seconds, code, target.read_bytes() if target.exists() else b"")


def what_differs(before: Run, after: Run) -> str:
    """What both did alike, or the first thing in which they differ."""
    if -signal.SIGXCPU in (before.code, after.code):
        return f"not done in time {'there' if before.code == -signal.SIGXCPU else 'here'}, left out"
    if before.code != after.code:
        return f"exit codes {before.code} and {after.code}"
    if before.text != after.text:
        pairs = zip(before.text.splitlines(), after.text.splitlines(), strict=False)
        return f"OTHER BYTES from line {next((i for i, (a, b) in enumerate(pairs, 1) if a != b), 'of the end')}"
    return "same bytes" if after.text else f"exit code {after.code}"


def measure(
    found: Sequence[Job], checkouts: tuple[Path, Path], *, rounds: int, limit: int, cap: int
) -> list[list[object]]:
    """A row for each job and their sums; a round before them, not counted, fills caches and compares bytes."""
    for folder in checkouts:
        compileall.compile_dir(folder / "equipment_optimizer", quiet=1)
    rows: list[list[object]] = []
    medians: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as scratch:
        for job in found:
            targets = [Path(scratch) / f"{which}.csv" for which in (0, 1)]
            runs = partial(run, job, limit=limit, cap=cap)
            verdict = what_differs(*(runs(checkouts[which], target=targets[which]) for which in (0, 1)))
            if verdict.endswith("left out"):
                rows.append([job.name, "", "", "", verdict])
                continue
            seconds: tuple[list[float], list[float]] = ([], [])
            for number in range(rounds):
                for which in (0, 1) if number % 2 else (1, 0):
                    seconds[which].append(runs(checkouts[which], target=targets[which]).seconds)
            before, after = map(statistics.median, seconds)
            medians.append((before, after))
            rows.append([job.name, f"{before:.3f}", f"{after:.3f}", f"{after / before:.3f}", verdict])
            print(f"{job.name}: {after / before:.3f}, {verdict}", file=sys.stderr)
    alike = sum(str(row[-1]).startswith(("same bytes", "exit code ")) for row in rows)
    before, after = map(sum, zip(*medians, strict=True))
    rows.append(["median of the ratios", "", "", f"{statistics.median(b / a for a, b in medians):.3f}", ""])
    rows.append(["total", f"{before:.3f}", f"{after:.3f}", f"{after / before:.3f}", f"{alike} of {len(found)} alike"])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", metavar="COMMIT", default="HEAD~1")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each job in each checkout")
    parser.add_argument("--seeds", type=int, default=10, help="configurations of each family and table")
    parser.add_argument("--first", type=int, default=1, help="the first seed, if not 1")
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--cap", type=int, default=60, help="processor seconds after which a job is left out")
    parser.add_argument("--tables", nargs="+", default=list(TABLES))
    parser.add_argument("--data", type=data_folder, default=DATA)
    parser.add_argument("--quick", action="store_true", help="one round of the example and of a made table")
    args = parser.parse_args()
    seeds = range(args.first, args.first + (1 if args.quick else args.seeds))
    # What ends the run takes the worktree with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(heading([] if args.quick else args.tables))
    try:
        commit = git("rev-parse", "--short", f"{args.against}^{{commit}}")
    except (OSError, subprocess.CalledProcessError) as error:
        # A copy without its history has nothing to be compared with.
        print(f"nothing measured: no commit {args.against} here")
        if not args.quick:
            raise SystemExit(2) from error
        return
    with checkout(commit) as other, tempfile.TemporaryDirectory() as scratch:
        tables = [] if args.quick else args.tables
        found = jobs(args.data, tables, seeds, Path(scratch))
        rounds = 1 if args.quick else args.rounds
        rows = measure(found, (other, ROOT), rounds=rounds, limit=args.limit, cap=args.cap)
    print(table(["job", f"{commit}, s", "here, s", "here / there", "what was written"], rows))


if __name__ == "__main__":
    main()
