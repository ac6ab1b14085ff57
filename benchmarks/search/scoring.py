"""The same job by the ancestor's method and by ours: combinations scored per second on one core.

    python benchmarks/search/scoring.py [--data FOLDER] [--quick]

Answers are compared before anything is timed. Timed are the scoring stage alone,
warm, and the whole command, start-up included. The ancestor's method runs at the
size of 10^6; beyond, its rate there is what the ratio is taken to.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from pathlib import Path

# Helpers lie above this folder and in those beside it; the package is that of the checkout, installed or not.
BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCHMARKS.parent), str(BENCHMARKS), *map(str, BENCHMARKS.glob("*/"))]

import ancestor
from cases import CASES, DATA, Job, checksum, cut_to, data_folder, real_job, write_job
from measuring import bytes_text, command, heading, seconds_text, table, timed, traced_peak

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.records.space import CombinationSpace
from equipment_optimizer.search.engines import SearchOptions, SearchOutcome, search

#: Objects kept to measure what one takes.
N_KEPT = 20_000

ON_ONE_CORE = SearchOptions(engine="exhaustive", workers=1)


def ours(job: Job) -> SearchOutcome:
    """The scoring stage: all combinations scored, the best kept."""
    return search(compile_problem(*job), job[1].limit, ON_ONE_CORE)


def check(job: Job, theirs: list[tuple[float, int]]) -> None:
    """Leave unless both methods give the same scores for the same combinations."""
    problem = compile_problem(*job)
    outcome = ours(job)
    ranks = [problem.space.rank(indices) for indices in zip(*(c.tolist() for c in outcome.columns), strict=True)]
    scores = [score / 10**problem.digits for score in outcome.scores.tolist()]
    if list(zip(scores, ranks, strict=True)) != [(round(value, problem.digits), rank) for value, rank in theirs]:
        sys.exit("the answers differ: nothing is timed")


def ancestor_bytes(job: Job) -> float:
    """Bytes that one of the ancestor's combinations takes."""
    kept: list[ancestor.Combination] = []
    peak = traced_peak(lambda: kept.extend(itertools.islice(ancestor.combinations(job[0]), N_KEPT)))
    return peak / len(kept)


def compare(name: str, job: Job, rate: float | None) -> tuple[float, list[list[object]]]:
    """Rows of the table for one job; the ancestor's method runs where its `rate` is not given."""
    n_combinations = CombinationSpace.of(job[0]).n_combinations
    rows: list[list[object]] = []
    if rate is None:
        seconds, theirs = timed(lambda: ancestor.best_builds(*job, job[1].limit))
        check(job, theirs)
        rate = n_combinations / seconds
        kept = f"{bytes_text(ancestor_bytes(job) * n_combinations)} (if all are kept)"
        rows.append(
            [name, "ancestor's method", f"{n_combinations:,}", seconds_text(seconds), f"{rate:,.0f}", "1", kept]
        )
    seconds, _ = timed(lambda: ours(job), repeats=9 if n_combinations < 3e7 else 3)
    peak = bytes_text(traced_peak(lambda: ours(job)))
    own = n_combinations / seconds
    rows.append(
        [name, "ours, scoring", f"{n_combinations:,}", seconds_text(seconds), f"{own:,.0f}", f"{own / rate:,.0f}", peak]
    )
    with tempfile.TemporaryDirectory() as folder:
        equipment, config = write_job(job, Path(folder))
        arguments = [equipment, "/dev/null", config, "--engine", "exhaustive", "--workers", "1"]
        seconds, resident = command(arguments)
    own = n_combinations / seconds
    rows.append(
        [name, "ours, whole command", f"{n_combinations:,}", seconds_text(seconds), f"{own:,.0f}", f"{own / rate:,.0f}",
         f"{bytes_text(resident)} (resident)"]
    )  # fmt: skip
    return rate, rows


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=data_folder, default=DATA, help="folder of real tables")
    parser.add_argument("--quick", action="store_true", help="only tiny jobs: does it run at all?")
    options = parser.parse_args()
    names = ("tiny",) if options.quick else ("1e6", "1e6 ties", "1e6 even")
    groups = [[(name, CASES[name].job())] for name in names]
    if options.data.is_dir() and not options.quick:
        groups.append([("world_tiny10", real_job(options.data, "world_tiny10"))])
        whole, config = real_job(options.data, "world_all")
        groups.append([(f"world_all cut to {size:.0e}", (cut_to(whole, size), config)) for size in (1e6, 1e7, 1e8)])
    print(heading(f"{name} {checksum(job[0])}" for group in groups for name, job in group))
    rows: list[list[object]] = []
    for group in groups:
        rate: float | None = None
        for name, job in group:
            rate, own = compare(name, job, rate)
            rows += own
    headers = ["job", "method", "combinations", "time", "per second", "ratio", "memory"]
    print(table(headers, rows))


if __name__ == "__main__":
    main()
