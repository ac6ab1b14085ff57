"""The bounded search against what one would use instead, and on tables of many shapes.

    python benchmarks/search/bounded.py [--data FOLDER] [--cap SECONDS] [--quick]

First, answers compared before anything is printed: a mixed-integer program (HiGHS
with no-good cuts, N = 1, 10, 50), CP-SAT (N = 1) and our exhaustive engine on cuts
of the largest table. Solver seconds stand against search seconds, start-up
excluded; whole commands stand beside them. Then our search alone: the largest table
under several configurations, the other tables, and uniformly random ones, which are
the worst case for bounds: what is not proved when the time is over says its gap.
"""

from __future__ import annotations

import argparse
import json
import pickle
import subprocess
import sys
import tempfile
from dataclasses import replace
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# Helpers lie above this folder and in those beside it; the package is that of the checkout, installed or not.
BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCHMARKS.parent), str(BENCHMARKS), *map(str, BENCHMARKS.glob("*/"))]

from cases import CASES, DATA, Job, checksum, cut_to, data_folder, real_job, weightless, with_penalty, write_job
from measuring import bytes_text, command, heading, seconds_text, table, timed, traced_peak
from milp import make_model

from equipment_optimizer.errors import InfeasibleError
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.search.engines import SearchOptions, search

#: Sizes of the random tables that brute force takes long for.
BIG = ("1e9", "1e1")

BOUNDED = SearchOptions(engine="bounded")
EXHAUSTIVE = SearchOptions(engine="exhaustive", workers=1)


def in_process(script: str, *arguments: object) -> dict[str, Any]:
    """What a solver's script says of these arguments."""
    solver = [sys.executable, str(BENCHMARKS / "peers" / script)]
    done = subprocess.run(solver, input=pickle.dumps(arguments), capture_output=True, check=False)
    if done.returncode:
        sys.exit(done.stderr.decode())
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def leave(what: str) -> None:
    """Refuse to print figures of methods that disagree."""
    sys.exit(f"{what} gives another answer: nothing is printed")


def ratio_text(theirs: float, ours: float) -> str:
    """How many times longer."""
    ratio = theirs / ours
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"


def against_solvers(name: str, problem: Problem, cap_seconds: float) -> list[list[object]]:
    """Our search, the MILP and CP-SAT on one problem."""
    rows: list[list[object]] = []
    wanted = [1, 10, 50]
    ours = {n: timed(lambda n=n: search(problem, n, BOUNDED), repeats=5) for n in wanted}  # type: ignore[misc]
    for n, (seconds, _) in ours.items():
        peak = bytes_text(traced_peak(lambda n=n: search(problem, n, BOUNDED)))  # type: ignore[misc]
        rows.append([name, f"ours, N = {n}", seconds_text(seconds), "1", f"{peak} (traced)", "proved"])
    milp = in_process("milp.py", problem, max(wanted), cap_seconds)
    n_found = len(milp["scores"])
    if milp["scores"] != ours[max(wanted)][1].scores.tolist()[:n_found]:
        leave("the MILP")
    for n in wanted:
        seconds = sum(milp["seconds"][:n]) if n <= n_found else cap_seconds
        verdict = "same scores" if n <= n_found else f"{n_found} found in the time"
        ratio = ratio_text(seconds, ours[n][0]) if n <= n_found else f"> {ratio_text(seconds, ours[n][0])}"
        rows.append(
            [
                name,
                f"HiGHS MILP, N = {n}",
                seconds_text(seconds),
                ratio,
                f"{bytes_text(milp['peak'])} (resident)",
                verdict,
            ]
        )
    if find_spec("ortools") is not None:
        model = make_model(problem)
        cp_sat = in_process("cp_sat.py", model.cost, model.rows, cap_seconds)
        best = int(ours[1][1].scores[0]) - problem.base_linear
        if cp_sat["proved"] and cp_sat["value"] != best:
            leave("CP-SAT")
        verdict = (
            "same score" if cp_sat["proved"] else f"not proved; {'same' if cp_sat['value'] == best else 'lower'} score"
        )
        ratio = ratio_text(cp_sat["seconds"], ours[1][0])
        rows.append(
            [name, "CP-SAT, N = 1", seconds_text(cp_sat["seconds"]), ratio if cp_sat["proved"] else f"> {ratio}",
             f"{bytes_text(cp_sat['peak'])} (resident)", verdict]
        )  # fmt: skip
    return rows


def against_exhaustive(name: str, job: Job, limit: int) -> list[list[object]]:
    """Both engines on one problem."""
    problem = compile_problem(*job)
    ours, first = timed(lambda: search(problem, limit, BOUNDED), repeats=5)
    theirs, second = timed(lambda: search(problem, limit, EXHAUSTIVE), repeats=2)
    columns = zip(first.columns, second.columns, strict=True)
    if first.scores.tolist() != second.scores.tolist() or any(a.tolist() != b.tolist() for a, b in columns):
        leave("the exhaustive engine")
    name = f"{name}, {problem.space.n_combinations:.1e}"
    memory = [bytes_text(traced_peak(lambda o=o: search(problem, limit, o))) for o in (BOUNDED, EXHAUSTIVE)]  # type: ignore[misc]
    return [
        [name, f"bounded, N = {limit}", seconds_text(ours), "1", f"{memory[0]} (traced)", "proved"],
        [
            name,
            f"exhaustive, N = {limit}",
            seconds_text(theirs),
            f"{theirs / ours:.2g}",
            f"{memory[1]} (traced)",
            "same rows",
        ],
    ]


def alone(name: str, job: Job, limit: int, cap_seconds: float, config_path: str | None = None) -> list[object]:
    """Our search on one job: seconds, memory, proof, and the whole command."""
    table, config = job
    try:
        seconds, results = timed(lambda: optimize(table, config, limit=limit, engine="bounded", time_limit=cap_seconds))
    except InfeasibleError:
        return [name, limit, "-", "-", "-", "-", "no build"]
    report = results.report
    if seconds < 5:
        again, _ = timed(lambda: optimize(table, config, limit=limit, engine="bounded"), repeats=3)
        seconds = min(seconds, again)
    verdict = "proved" if report.proved else f"gap {report.gap}, N-th score {results.score(len(results) - 1)}"
    whole, resident = "-", "-"
    if report.proved and seconds < 5:
        with tempfile.TemporaryDirectory() as folder:
            equipment, settings = write_job(job, Path(folder))
            arguments = [equipment, "/dev/null", config_path or settings, "--engine", "bounded", "--limit", str(limit)]
            command_seconds, command_peak = command(arguments)
        whole, resident = seconds_text(command_seconds), bytes_text(command_peak)
    name = f"{name}, {report.n_combinations:.1e}"
    return [name, limit, seconds_text(seconds), whole, resident, f"{report.counts['enumerated']:,}", verdict]


def variants(job: Job) -> list[tuple[str, Job]]:
    """The largest table as it is, and under configurations that are hard in different ways."""
    table, config = job
    return [
        ("as it is", job),
        ("penalties of -0.25", (table, with_penalty(config, "-0.25"))),
        ("unlisted skills at 0.15", (table, replace(config, unlisted_skill_weight=Decimal("0.15")))),
        ("every weight 0", (table, weightless(config))),
    ]


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=data_folder, default=DATA, help="folder of real tables")
    parser.add_argument("--cap", type=float, default=120.0, metavar="SECONDS", help="for each solver and search")
    parser.add_argument("--quick", action="store_true", help="only tiny jobs: does it run at all?")
    options = parser.parse_args()
    has_data = options.data.is_dir() and not options.quick
    if has_data:
        name, largest = "world_all", real_job(options.data, "world_all")
        cuts = [(f"{name} cut", (cut_to(largest[0], size), largest[1])) for size in (1e6, 1e7, 1e8)]
        folders = ("world_hr_small", "world_mr_endgame", "rise_hr_ja", "world_all")
        others = [(folder, file) for folder in folders for file in ("seed.csv", "armour_ext.csv")]
        others = [*others[:-2], ("eldenring", "seed.csv"), others[-1]]
        jobs = [(f"{folder}/{file}", real_job(options.data, folder, file)) for folder, file in others]
    else:
        name, largest = "tiny", CASES["tiny"].job()
        cuts, jobs = [("tiny", largest)], []
    random_names = ["tiny even", "tiny clash"] if options.quick else [name for name in CASES if name[:3] in BIG]
    randoms = [(case, CASES[case].job()) for case in random_names]
    inputs = [(name, largest), *jobs, *randoms]
    print(heading(f"{label} {checksum(job[0])}" for label, job in inputs), flush=True)
    rows = against_solvers(name, compile_problem(*largest), options.cap)
    for label, job in cuts:
        rows += against_exhaustive(label, job, 100)
    print(f"\n{table(['job', 'method', 'search', 'ratio', 'memory', 'answer'], rows)}\n", flush=True)
    headers = ["job", "N", "search", "whole command", "resident", "enumerated", "answer"]
    limits = [1, 10] if options.quick else [1, 100, 1_000, 10_000]
    own = [alone(f"{name} {label}", job, limit, options.cap) for label, job in variants(largest) for limit in limits]
    print(f"{table(headers, own)}\n", flush=True)
    own = [alone(label, job, limit, options.cap) for label, job in jobs for limit in (1, 100, 1_000)]
    own += [alone(label, job, limit, options.cap / 2) for label, job in randoms for limit in (1, 100)]
    print(table(headers, own))


if __name__ == "__main__":
    main()
