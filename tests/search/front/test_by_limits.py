"""Fronts beside a formula, against looking at every build and every filling."""

from __future__ import annotations

import dataclasses
import itertools
import random
from pathlib import Path

import oracle_front
import pytest
from random_formulas import with_formula
from random_fronts import known_objectives, objective_text, rows_of, with_signs
from random_limits import with_limits
from random_problems import Job, random_job

from equipment_optimizer.output.csv_file import write_csv
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, Decoration, SkillRule, zero_weights
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, Term
from equipment_optimizer.records.side_files import SetBonusStep
from equipment_optimizer.verify.verifier import verify_builds


def job_of(seed: int) -> tuple[Job, list[oracle_front.Wanted]]:
    """A job with a formula that some build satisfies, and objectives of it."""
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=seed >= 36, decorations=seed % 3 == 0, n_most=3)
        job = with_formula(rng, with_limits(rng, job, {"totals", "counts"}) if seed % 2 else job)
        known = known_objectives(job)
        chosen = rng.sample(known, min(len(known), rng.choice([1, 1, 2, 3])))
        wanted = with_signs(rng, [("score", "Score"), *chosen])
        rng.shuffle(wanted)
        names = {"resistance_names": job.resistance_names, "other_names": job.other_names}
        if oracle_front.front(job.pieces, job.config, wanted, **names):
            return job, wanted


@pytest.mark.parametrize("seed", range(72))
def test_it_is_the_front_of_every_build(seed: int) -> None:
    job, wanted = job_of(seed)
    config = dataclasses.replace(job.config, front=tuple(itertools.starmap(objective_text, wanted)))
    names = {"resistance_names": job.resistance_names, "other_names": job.other_names}
    results = optimize(job.table, config)
    assert rows_of(results) == oracle_front.front(job.pieces, job.config, wanted, **names)
    assert results.report.proved
    assert sum(results.report.counts.values()) == results.report.n_combinations


@pytest.mark.parametrize("seed", range(0, 300, 25))
def test_the_lowest_product_is_an_objective_like_any_other(seed: int, tmp_path: Path) -> None:
    job, wanted = job_of(seed)
    wanted = [(kind, name, -1 if kind == "score" else sign) for kind, name, sign in wanted]
    config = dataclasses.replace(job.config, front=tuple(itertools.starmap(objective_text, wanted)))
    assert "-Score" in config.front
    names = {"resistance_names": job.resistance_names, "other_names": job.other_names}
    results = optimize(job.table, config)
    assert rows_of(results) == oracle_front.front(job.pieces, job.config, wanted, **names)
    write_csv(results, str(tmp_path / "front.csv"))
    write_csv(optimize(job.table, config, engine="exhaustive"), str(tmp_path / "other.csv"))
    assert (tmp_path / "front.csv").read_bytes() == (tmp_path / "other.csv").read_bytes()
    assert not verify_builds(str(tmp_path / "front.csv"), job.table, config, n_builds=2000).differences


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_stop_tells_the_end_of_the_score_that_is_open(sign: str) -> None:
    job, _ = job_of(1)
    # What finds outcomes one by one.
    config, ends = dataclasses.replace(job.config, front=("Defence", f"{sign}Score")), set()
    polls = itertools.count()
    optimize(job.table, config, engine="exhaustive", should_stop=lambda: next(polls) < 0)
    for n_polls in range(next(polls)):
        polls = itertools.count()
        how = {"engine": "exhaustive", "should_stop": lambda polls=polls, n=n_polls: next(polls) >= n}
        results = optimize(job.table, config, **how)
        if not results.report.proved and "that score" in results.report.unsettled:
            ends.add(results.report.unsettled.split()[3])
    assert ends == {"down" if sign else "up"}


@pytest.mark.parametrize("seed", [1, 2, 3, 5])
def test_after_a_stop_rows_that_are_proved_belong(seed: int) -> None:
    job, wanted = job_of(seed)
    config = dataclasses.replace(job.config, front=tuple(itertools.starmap(objective_text, wanted)))
    every = rows_of(optimize(job.table, config))
    polls = itertools.count()
    optimize(job.table, config, should_stop=lambda: next(polls) < 0)
    for n_polls in range(0, next(polls), 7):
        polls = itertools.count()
        results = optimize(job.table, config, should_stop=lambda polls=polls, n=n_polls: next(polls) >= n)
        if not results.report.proved:
            assert results.report.unsettled.startswith("outcomes ")
            assert results.proved_rows is not None
            for row, is_proved in zip(rows_of(results), results.proved_rows.tolist(), strict=True):
                assert not is_proved or row in every


def test_a_bonus_that_gives_what_is_wanted_low_is_no_gain() -> None:
    """With its piece no build is better in everything than with those that lack it."""
    pieces = [
        EquipmentPiece("Strong", "Head", defence=1, other=("1",)),
        EquipmentPiece("Stormy", "Head", defence=1, skills=(("Calm", 1),), set_bonuses=("Storm",), other=("0",)),
        EquipmentPiece("Heavy", "Head", defence=2, skills=(("Cold", 1),), other=("0",)),
        EquipmentPiece("Boots", "Legs", defence=8, set_bonuses=("Storm",), other=("2",)),
    ]
    factor = Factor(name="power", base=1, terms=(Term(kind="column", name="Power", weight=1),))
    config = Config(
        body_parts={"Head": 1, "Legs": 1},
        skills={skill: SkillRule(maximum=3) for skill in ("Rage", "Cold", "Calm")},
        set_bonuses=(SetBonusStep(bonus="Storm", pieces_required=2, skill="Rage", level=2),),
        decorations=(Decoration(name="Calm", slot_level=1, skills=(("Calm", 1),)),),
        formula=Formula(factors=(factor,)),
        front=("-Rage", "-Score", "-Defence"),
        limit=10,
    )
    config = dataclasses.replace(config, **zero_weights(config))
    table = EquipmentTable.from_pieces(pieces, body_parts=config.body_parts, other_names=("Power",))
    assert {build.pieces["Head"] for build in optimize(table, config)} == {"Strong", "Stormy", "Heavy"}
