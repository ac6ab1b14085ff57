"""The exhaustive engine against the oracle."""

from __future__ import annotations

import pickle
import random
from fractions import Fraction

import oracle
import pytest
from random_problems import Job, random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.search.best.best_list import TopK
from equipment_optimizer.search.engines import SearchOptions, SearchOutcome, search
from equipment_optimizer.search.exhaustive import _scan
from equipment_optimizer.search.exhaustive._blocks import Layout
from equipment_optimizer.search.exhaustive._scan import Scan


def rows(outcome: SearchOutcome, problem: Problem) -> list[tuple[Fraction, tuple[int, ...]]]:
    scores = [Fraction(score, 10**problem.digits) for score in outcome.scores.tolist()]
    columns = [column.tolist() for column in outcome.columns]
    return list(zip(scores, zip(*columns, strict=True), strict=True))


def expected(job: Job) -> list[tuple[Fraction, tuple[int, ...]]]:
    builds = oracle.best_builds(job.pieces, job.config, job.config.limit, job.resistance_names)
    return [(build.score, build.indices) for build in builds]


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("seed", range(150))
def test_exhaustive_equals_oracle_at_any_block_length(seed: int, full: bool) -> None:
    job = random_job(random.Random(seed), full=full)
    problem = compile_problem(job.table, job.config)
    want = expected(job)
    for block_length in (1, 7, 64, 8_192):
        options = SearchOptions(engine="exhaustive", workers=1, block_length=block_length)
        outcome = search(problem, job.config.limit, options)
        assert rows(outcome, problem) == want
        assert outcome.report.proved
        assert sum(outcome.report.counts.values()) == problem.space.n_combinations


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("n_tasks", [1, 2, 3, 7, 1_000])
@pytest.mark.parametrize("seed", range(10))
def test_tasks_of_any_number_in_any_order_cover_the_space_once(seed: int, n_tasks: int, plain: bool) -> None:
    job = random_job(random.Random(seed), full=bool(seed % 2))
    problem = compile_problem(job.table, job.config)
    scan = Scan(problem, Layout.of(problem, 20, plain=plain))
    top = TopK(20, scan.code.n_words)
    tasks = list(scan.layout.tasks(n_tasks))
    results = [scan.best(task, limit=20) for task in random.Random(seed).sample(tasks, len(tasks))]
    for result in results:
        top.merge(result.kept)
    assert sum(result.n_done for result in results) == problem.space.n_combinations
    whole = search(problem, 20, SearchOptions(engine="exhaustive", workers=1))
    scores, words = top.sorted()
    assert scores.tolist() == whole.scores.tolist()
    assert [column.tolist() for column in scan.code.decode(words)] == [column.tolist() for column in whole.columns]


@pytest.mark.parametrize("seed", range(10))
def test_few_kept_vectors_cost_time_and_change_nothing(seed: int) -> None:
    job = random_job(random.Random(seed))
    problem = compile_problem(job.table, job.config)
    layout = Layout.of(problem, 8)
    (task,) = layout.tasks(1)
    usual, few = (Scan(problem, layout, cache_bytes=n_bytes).best(task, limit=20) for n_bytes in (4 << 20, 0))
    assert [array.tolist() for part in few.kept for array in part] == [
        array.tolist() for part in usual.kept for array in part
    ]


def test_a_scan_crosses_processes_and_stops_after_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_scan, "_POLL_SECONDS", 0.0)
    job = random_job(random.Random(3))
    problem = compile_problem(job.table, job.config)
    scan = pickle.loads(pickle.dumps(Scan(problem, Layout.of(problem, 4))))
    (task,) = scan.layout.tasks(1)
    told: list[int] = []
    n_done = scan.offer(task, TopK(5, scan.code.n_words), should_stop=lambda: True, on_done=told.append)
    assert 0 < n_done <= 4
    assert told == [n_done]
    whole = scan.offer(task, TopK(5, scan.code.n_words), should_stop=lambda: False)
    assert whole == problem.space.n_combinations > n_done
