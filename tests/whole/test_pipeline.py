"""The pipeline as a caller sees it: results, refusals, scorers of one's own, early stops."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import oracle
import pytest
from checks import check_early_stop, check_results, fractions_of, indices_of
from hypothesis import given, settings
from random_problems import Job, random_job
from strategies import jobs

from equipment_optimizer import pipeline
from equipment_optimizer.errors import InfeasibleError, UsageError
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.progress import SCORING
from equipment_optimizer.records.combinations import EquipmentCombinationList
from equipment_optimizer.records.config import Config, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.search.bounded import run as bounded
from equipment_optimizer.search.bounded._enumerate import Chunk, Enumeration
from equipment_optimizer.search.engines import SearchOptions
from equipment_optimizer.search.exhaustive import _scan as exhaustive


@given(job=jobs())
@settings(max_examples=150)
def test_every_engine_gives_the_result_that_the_definitions_demand(job: Job) -> None:
    truth = oracle.best_builds(job.pieces, job.config, job.config.limit, job.resistance_names)
    for engine in ("auto", "bounded", "exhaustive"):
        try:
            results = optimize(job.table, job.config, engine=engine)
        except InfeasibleError:
            assert not truth
            continue
        check_results(results, job)
        assert indices_of(results) == [build.indices for build in truth]
        assert results.report.proved
        assert results.report.gap == 0


@given(job=jobs())
@settings(max_examples=60)
def test_the_first_rows_of_a_larger_limit_are_the_rows_of_a_smaller_one(job: Job) -> None:
    try:
        longest = indices_of(optimize(job.table, job.config, limit=50, engine="bounded"))
    except InfeasibleError:
        return
    for limit in (1, 2, 7):
        assert indices_of(optimize(job.table, job.config, limit=limit, engine="bounded")) == longest[:limit]


def small() -> Job:
    pieces = [
        EquipmentPiece(f"{part}{n}", part, defence=n, skills=(("Attack", n),))
        for part in ("Head", "Body", "Legs")
        for n in range(4)
    ]
    return Job(pieces, Config(skills={"Attack": SkillRule(maximum=5, penalty=Decimal("0.5"))}, limit=10))


@pytest.mark.parametrize("engine", ["auto", "bounded", "exhaustive"])
def test_a_limit_beyond_the_space_lists_every_build(engine: str) -> None:
    job = small()
    results = optimize(job.table, job.config, limit=10**12, engine=engine)
    assert len(results) == 64
    check_results(results, replace(job, config=replace(job.config, limit=10**12)))


def test_the_limit_is_the_configurations_unless_another_is_given() -> None:
    job = small()
    assert len(optimize(job.table, job.config)) == 10
    assert len(optimize(job.table, job.config, limit=3)) == 3


@pytest.mark.parametrize("engine", ["auto", "bounded", "exhaustive"])
def test_a_job_without_a_build_is_infeasible(engine: str) -> None:
    job = small()
    config = replace(job.config, min_defence=10)
    with pytest.raises(InfeasibleError, match="no build satisfies the config"):
        optimize(job.table, config, engine=engine)


def test_a_part_with_too_few_pieces_is_infeasible() -> None:
    table = EquipmentTable.from_pieces([EquipmentPiece("Band", "Ring")], body_parts=(("Ring", 2),))
    with pytest.raises(InfeasibleError, match="a build takes 2 pieces of Ring, and there is 1"):
        optimize(table, Config(body_parts=(("Ring", 2),)))


def test_pins_and_exclusions_narrow_the_space() -> None:
    job = small()
    results = optimize(job.table, replace(job.config, pin={"Head": ("Head1",)}, exclude=("Body3",)), limit=100)
    assert results.report.n_combinations == 1 * 3 * 4
    assert {combination.equipment[0].name for combination in results.combinations} == {"Head1"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"limit": 0}, "limit is 0"),
        ({"limit": -3}, "limit is -3"),
        ({"engine": "magic"}, "unknown engine: 'magic'"),
        ({"engine": "bounded", "scorer": lambda block: block.total_defence}, "a scorer of one's own has no bounds"),
    ],
    ids=["zero", "negative", "engine", "scorer"],
)
def test_impossible_arguments_are_refused(options: dict[str, object], message: str) -> None:
    job = small()
    with pytest.raises(UsageError, match=message):
        optimize(job.table, job.config, **options)  # type: ignore[arg-type]


# --- a scorer of one's own -------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.int64, np.int8, np.uint16])
def test_a_scorer_of_ones_own_ranks_builds_by_its_integers(dtype: type) -> None:
    job = small()

    def scorer(block: EquipmentCombinationList) -> np.ndarray:
        return (block.total_defence % 4).astype(dtype)

    results = optimize(job.table, job.config, scorer=scorer, limit=64)
    every = list(EquipmentCombinationList.whole_space(job.table))
    want = sorted(range(64), key=lambda rank: (-(every[rank].total_defence % 4), rank))
    assert indices_of(results) == [every[rank].indices for rank in want]
    assert results.scaled_scores.tolist() == [every[rank].total_defence % 4 for rank in want]
    assert results.score_digits == 0


def test_a_scorer_that_cannot_travel_is_told() -> None:
    job = random_job(random.Random(3))

    def scorer(block: EquipmentCombinationList) -> np.ndarray:
        return block.total_defence

    told: list[str] = []
    results = optimize(job.table, job.config, scorer=scorer, limit=2, notices=told)
    assert len(results) == 2
    assert told[0].startswith("the scorer cannot be sent to worker processes (")
    assert told[0].endswith("; all is scored in this process")
    with pytest.raises(UsageError, match="the scorer cannot be sent to worker processes") as caught:
        optimize(job.table, job.config, scorer=scorer, limit=2, workers=2)
    assert caught.value.mend == "define it at the top of a module that can be imported, or use workers=1"
    for options in ({"workers": 1}, {"workers": 2, "backend": "serial"}):
        told.clear()
        again = optimize(job.table, job.config, scorer=scorer, limit=2, notices=told, **options)  # type: ignore[arg-type]
        assert (again.scaled_scores.tolist(), told) == (results.scaled_scores.tolist(), [])


def test_minima_do_not_apply_under_a_scorer_of_ones_own() -> None:
    job = small()
    results = optimize(
        job.table, replace(job.config, min_defence=99), scorer=lambda block: -block.total_defence, limit=1
    )
    assert results.scaled_scores.tolist() == [0]


@pytest.mark.parametrize(
    ("scorer", "message"),
    [
        (lambda block: block.total_defence * 0.5, "the scorer returned float64 of shape"),
        (lambda block: block.total_defence > 3, "the scorer returned bool of shape"),
        (lambda block: block.total_defence[:1], r"of shape \(1,\)"),
        (lambda block: 7, r"of shape \(\)"),
    ],
    ids=["floats", "booleans", "too short", "a number"],
)
def test_what_is_not_one_integer_a_build_is_refused(scorer: pipeline.Scorer, message: str) -> None:
    job = small()
    with pytest.raises(UsageError, match=message):
        optimize(job.table, job.config, scorer=scorer)


# --- stopping early -----------------------------------------------------------------------


class Countdown:
    """Says stop from the n-th question on."""

    def __init__(self, n: int) -> None:
        self.left = n

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


@pytest.mark.parametrize("n_polls", [0, 1, 2, 3, 5, 8])
@pytest.mark.parametrize("seed", range(25))
def test_what_a_stopped_bounded_search_claims_is_true(seed: int, n_polls: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Tiny stages, so that there is something to stop between.
    monkeypatch.setattr(bounded, "_FIRST_LEAVES", 2)
    monkeypatch.setattr(bounded, "_SPLIT_LEAVES", 10.0)
    job = random_job(random.Random(seed), full=bool(seed % 2))
    try:
        results = optimize(job.table, job.config, engine="bounded", should_stop=Countdown(n_polls))
    except InfeasibleError:
        assert not oracle.best_builds(job.pieces, job.config, 1, job.resistance_names)
        return
    assert sum(results.report.counts.values()) == results.report.n_combinations
    if results.report.proved:
        check_results(results, job)
    else:
        check_early_stop(results, job)


def test_a_bounded_search_that_finds_nothing_on_its_way_still_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    job = random_job(random.Random(8))
    expansions = []

    def fruitless(self: Enumeration, chunk: Chunk, **arguments: Any) -> Chunk:
        expansions.append(arguments["slack"])
        return children(self, chunk, **{**arguments, "slack": -1})

    children = Enumeration._children
    monkeypatch.setattr(Enumeration, "_children", fruitless)
    results = optimize(job.table, job.config, engine="bounded", should_stop=lambda: bool(expansions))
    # Whatever is expanded after the first time has no room left.
    assert set(expansions[1:]) <= {-1}
    assert not results.report.proved


@pytest.mark.parametrize("n_polls", [0, 1, 3])
@pytest.mark.parametrize("seed", range(15))
def test_what_a_stopped_exhaustive_search_claims_is_true(
    seed: int, n_polls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exhaustive, "_POLL_SECONDS", -1.0)
    monkeypatch.setattr(exhaustive, "PLAIN_BLOCK_LENGTH", 3)
    job = random_job(random.Random(seed), full=bool(seed % 2))
    options = SearchOptions(engine="exhaustive", workers=1, block_length=3)
    monkeypatch.setattr(pipeline, "SearchOptions", lambda **given: options._replace(should_stop=given["should_stop"]))
    try:
        results = optimize(job.table, job.config, engine="exhaustive", should_stop=Countdown(n_polls))
    except InfeasibleError:
        return
    assert sum(results.report.counts.values()) == results.report.n_combinations
    if results.report.proved:
        check_results(results, job)
    else:
        check_early_stop(results, job)
        assert results.report.counts["not_reached"] > 0


def test_a_time_limit_that_has_passed_leaves_an_unproved_result(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [EquipmentPiece(f"{part}{n}", part, defence=n) for part in ("Head", "Body", "Legs") for n in range(300)]
    job = Job(pieces, Config(limit=10))
    results = optimize(job.table, job.config, engine="exhaustive", workers=1, time_limit=1e-9)
    assert not results.report.proved
    assert results.report.counts["enumerated"] < 27_000_000
    assert results.proved_rows is not None
    assert [column.name for column in results.columns][-2:] == ["Proved", "Score"]


@pytest.mark.parametrize("n_polls", [0, 1, 2, 10_000])
def test_a_stop_while_the_slots_of_a_proved_list_are_written_keeps_the_rows_that_are(
    n_polls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = random_job(random.Random(21), full=True, decorations=True)
    whole = optimize(job.table, job.config, limit=30, engine="bounded")
    found, polls = pipeline.search, iter(range(n_polls))
    monkeypatch.setattr(pipeline, "search", lambda *given: found(*given[:2], given[2]._replace(should_stop=None)))
    stopped = optimize(job.table, job.config, limit=30, engine="bounded", should_stop=lambda: next(polls, None) is None)
    assert stopped.report.proved or n_polls < 10_000
    assert not stopped.report.proved or n_polls > 0
    assert stopped.scaled_scores.tolist() == whole.scaled_scores.tolist()[: len(stopped)]
    if stopped.report.proved:
        assert len(stopped) == len(whole)
    else:
        assert stopped.proved_rows.all()
        assert stopped.report.gap == (0 if len(stopped) else Decimal("Infinity"))


# --- progress ---------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["bounded", "exhaustive"])
def test_progress_never_goes_back(engine: str) -> None:
    job = small()
    seen = []
    optimize(job.table, job.config, engine=engine, workers=1, on_progress=seen.append)
    for stage in {progress.stage for progress in seen}:
        done = [progress.done for progress in seen if progress.stage == stage]
        assert done == sorted(done)
    assert seen[-1].stage == SCORING
    if engine == "exhaustive":
        assert (seen[-1].done, seen[-1].total) == (64, 64)


def test_scores_read_as_decimals() -> None:
    job = small()
    results = optimize(job.table, replace(job.config, defence_weight=Decimal("0.25")), limit=3)
    assert [float(score) for score in fractions_of(results)] == [float(results.score(k)) for k in range(3)]


def test_results_explain_what_separates_two_of_them() -> None:
    table = EquipmentTable.from_pieces([EquipmentPiece("cap", "Head", 5), EquipmentPiece("hood", "Head", 9)])
    text = str(optimize(table, Config(), limit=2).explain(0, 1))
    assert text.splitlines()[:2] == ["build 1 scores 9, build 2 scores 5: 4 more", "Head: hood instead of cap"]
