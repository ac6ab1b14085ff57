"""Rows that differ: against the sequence by looking at every build."""

from __future__ import annotations

import dataclasses
import random
from decimal import Decimal

import pytest
from checks import fractions_of, indices_of
from oracle import best_builds, sequence
from random_problems import Job, random_job

from equipment_optimizer.errors import InputError, UsageError
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, PartRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.search import sequence as sequences

RULES = (
    {"different_pieces": 1},
    {"different_pieces": 2},
    {"different_pieces": 3},
    {"different_skills": True},
    {"share": Decimal("0.4")},
    {"share": Decimal("0.1"), "share_except": ("the first",)},
    {"share": Decimal("0.5"), "different_pieces": 2},
    {"share": Decimal("0.7"), "different_skills": True},
)


def job_of(seed: int, *, decorations: bool) -> Job:
    """A job that some build satisfies, every piece an object of its own."""
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=seed % 3 > 0, decorations=decorations, n_most=4)
        pieces = [piece._replace() for piece in job.pieces]
        job = dataclasses.replace(job, pieces=pieces)
        if best_builds(job.pieces, job.config, 1, job.resistance_names):
            return job


@pytest.mark.parametrize("engine", ["auto", "bounded"])
@pytest.mark.parametrize("rules", RULES, ids=str)
@pytest.mark.parametrize("seed", range(8))
def test_every_row_is_the_next_one_that_is_different_enough(
    seed: int, rules: dict, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequences, "_FIRST", 1)
    job = job_of(seed, decorations=seed % 2 == 0 and "different_skills" not in rules)
    limit = 1 + seed
    if "share_except" in rules:
        rules = {**rules, "share_except": (job.pieces[0].name,)}
    config = dataclasses.replace(job.config, limit=limit, **rules)
    expected = sequence(job.pieces, config, limit, job.resistance_names)
    results = optimize(job.table, config, engine=engine)
    assert indices_of(results) == [build.indices for build in expected]
    assert fractions_of(results) == [build.score for build in expected]
    assert results.report.proved
    assert sum(results.report.counts.values()) == results.report.n_combinations


@pytest.mark.parametrize("seed", range(0, 20, 2))
def test_filled_rows_differ_in_a_listed_skill(seed: int) -> None:
    job = job_of(seed, decorations=True)
    results = optimize(job.table, dataclasses.replace(job.config, limit=20, different_skills=True))
    levels = results.skill_levels(0, len(results))
    outcomes = [tuple(int(levels[s][k]) if s in levels else 0 for s in job.config.skills) for k in range(len(results))]
    assert len(set(outcomes)) == len(outcomes)
    every = optimize(job.table, dataclasses.replace(job.config, limit=100_000))
    levels = every.skill_levels(0, len(every))
    seen = [tuple(int(levels[s][k]) if s in levels else 0 for s in job.config.skills) for k in range(len(every))]
    assert outcomes == list(dict.fromkeys(seen))[:20]


def test_pieces_that_are_alike_in_outcome_cost_nothing() -> None:
    pieces = [EquipmentPiece(f"{part} {n}", part, n) for part in ("Head", "Body", "Arms", "Legs") for n in range(200)]
    table = EquipmentTable.from_pieces(pieces)
    results = optimize(table, Config(limit=5, different_skills=True, skills={}))
    assert len(results) == 1
    assert results.report.proved
    assert results.score(0) == 4 * 199


def test_after_a_stop_rows_are_marked() -> None:
    job = job_of(4, decorations=False)
    config = dataclasses.replace(job.config, limit=5, different_pieces=2)
    results = optimize(job.table, config, engine="bounded", should_stop=lambda: True)
    assert results.report.proved or results.proved_rows is not None


def test_what_it_does_not_know_is_refused() -> None:
    table = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", 1)], body_parts={"Head": PartRule(optional=True)})
    with pytest.raises(UsageError, match="do not work with parts"):
        optimize(table, Config(different_pieces=2, body_parts={"Head": PartRule(optional=True)}))
    plain = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", 1)])
    with pytest.raises(UsageError, match="a scorer of one's own"):
        optimize(plain, Config(share=0.4), scorer=lambda block: block.total_defence)
    with pytest.raises(InputError, match="no piece is called 'Cup'"):
        optimize(plain, Config(share=0.4, share_except=("Cup",)))
