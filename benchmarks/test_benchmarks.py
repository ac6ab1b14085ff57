"""Cases x phases under pytest-benchmark; small cases, so that it also serves as a smoke run.

python -m pytest benchmarks                        # time every phase
python -m pytest --benchmark-disable benchmarks    # only whether they run
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import ancestor
import pytest
from cases import CASES, PHASES, SMOKE_CASES, checksum, cut_to, write_job
from milp import best_by_milp

from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.output.csv_file import write_csv
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.records.space import CombinationSpace
from equipment_optimizer.search.engines import SearchOptions, search

HERE = Path(__file__).resolve().parent
#: Every script that has a quick run.
COMPARISONS = sorted(
    path.relative_to(HERE).as_posix()
    for folder in ("search", "outcomes", "verify")
    for path in (HERE / folder).glob("*.py")
    if '"--quick"' in path.read_text("utf-8")
)

#: What the cases must always be: figures of different days speak of the same input.
FROZEN = {
    "tiny": "43d83455",
    "tiny ties": "aabe8346",
    "tiny even": "f31e7829",
    "1e6": "b518306b",
    "1e6 ties": "3d2a520c",
    "1e6 even": "fd2fcb90",
    "tiny clash": "6624b5b9",
    "1e9 clash": "1d3f4923",
    "1e10 clash": "07dc2bd4",
    "1e11 clash": "8cdc192e",
    "1e12 clash": "40159477",
    "1e9 even": "ce187453",
    "1e10 even": "ded5892f",
    "1e11 even": "a63e75b3",
    "1e12 even": "41c24ddc",
}


def phase(name: str, case: str, folder: Path) -> Callable[[], object]:
    """One phase of a case, ready to be called again and again."""
    job = CASES[case].job()
    files = write_job(job, folder)
    problem = compile_problem(*job)
    results = optimize(*job)
    target = str(folder / "out.csv")

    def whole() -> None:
        table, config, _ = load_job(*files)
        write_csv(optimize(table, config), target)

    return {
        "load": lambda: load_job(*files),
        "score": lambda: search(problem, 100, SearchOptions(engine="exhaustive", workers=1)),
        "search": lambda: search(problem, 100, SearchOptions(engine="bounded")),
        "export": lambda: write_csv(results, target),
        "whole": whole,
    }[name]


@pytest.mark.parametrize("case", SMOKE_CASES)
@pytest.mark.parametrize("name", PHASES)
def test_phase(name: str, case: str, tmp_path: Path, benchmark: Callable[[Callable[[], object]], object]) -> None:
    benchmark(phase(name, case, tmp_path))


@pytest.mark.parametrize("case", FROZEN)
def test_cases_never_change(case: str) -> None:
    assert checksum(CASES[case].job()[0]) == FROZEN[case]


@pytest.mark.parametrize("case", SMOKE_CASES)
def test_every_method_gives_the_same_answer(case: str) -> None:
    table, config = CASES[case].job()
    problem = compile_problem(table, config)
    ours = search(problem, 5, SearchOptions(engine="bounded"))
    assert search(problem, 5, SearchOptions(engine="exhaustive")).scores.tolist() == ours.scores.tolist()
    theirs = ancestor.best_builds(table, config, 5)
    assert [round(score, problem.digits) for score, _ in theirs] == [
        score / 10**problem.digits for score in ours.scores.tolist()
    ]
    ranks = [problem.space.rank(indices) for indices in zip(*(c.tolist() for c in ours.columns), strict=True)]
    assert [rank for _, rank in theirs] == ranks
    assert best_by_milp(problem, 5, 60.0).scores == ours.scores.tolist()


def test_a_written_job_is_the_job_that_was_made(tmp_path: Path) -> None:
    table, config = CASES["tiny"].job()
    loaded, loaded_config, _ = load_job(*write_job((table, config), tmp_path))
    assert [piece._replace(line=0) for piece in loaded] == list(table)
    assert loaded_config.skills == config.skills


def test_cuts_have_about_the_size_asked_for() -> None:
    table = cut_to(CASES["1e12 even"].job()[0], 1e6)
    assert CombinationSpace.of(table).n_combinations == 10**6


@pytest.mark.parametrize("script", COMPARISONS)
def test_comparison_scripts_run(script: str) -> None:
    # The scripts' own processes find the package of this checkout, installed or not.
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    command = [sys.executable, HERE / script, "--quick"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"$ python benchmarks/{script} --quick\n")


def test_the_sampler_is_measured() -> None:
    command = [sys.executable, HERE / "sampler" / "sampler_regret.py", "--quick", "--workloads", "w01", "h01"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "| the sampler, whole job | 0 |" in done.stdout


def test_stops_are_measured() -> None:
    command = [sys.executable, HERE / "stops.py", "--shots", "1", "--only", "init"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("init ")
