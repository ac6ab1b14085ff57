"""Fronts beside a formula in one enumeration, against looking at every build and every filling."""

from __future__ import annotations

import dataclasses
import itertools
import random
from decimal import Decimal
from pathlib import Path

import oracle_front
import pytest
from random_formulas import with_formula
from random_fronts import known_objectives, objective_text, rows_of, with_signs
from random_limits import with_limits
from random_problems import Job, random_job

from equipment_optimizer.errors import MemoryBudgetError
from equipment_optimizer.output.csv_file import write_csv
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, SkillRule
from equipment_optimizer.records.formula import Factor, Formula, Term
from equipment_optimizer.search.bounded import region_boxes
from equipment_optimizer.search.front import by_boxes, by_limits
from equipment_optimizer.search.front._aims import FILLINGS
from equipment_optimizer.search.product import front, run
from equipment_optimizer.verify.verifier import verify_builds


def risen(formula: Formula) -> Formula:
    """A formula like another one, of which more of a skill is never worth less, and no factor is 0 or less."""

    def of_term(term: Term) -> Term:
        table = None if term.table is None else tuple(sorted(map(abs, term.table)))
        return dataclasses.replace(term, weight=None if term.weight is None else abs(term.weight), table=table)

    def of_factor(factor: Factor) -> Factor:
        times = factor.times and tuple(
            dataclasses.replace(each, minimum=Decimal(0), maximum=abs(each.maximum) if each.maximum else None)
            for each in factor.times
        )
        most = Decimal(1000) if factor.maximum is not None else None
        return dataclasses.replace(factor, base=abs(factor.base), times=times, minimum=Decimal("0.5"), maximum=most)

    changed = formula.with_terms(of_term)
    return dataclasses.replace(changed, factors=tuple(map(of_factor, changed.factors)))


def job_of(seed: int, *, decorations: bool) -> tuple[Job, Config, list[oracle_front.Wanted]]:
    """A job with a formula, a configuration with a front of its score and totals of the pieces, and what that is."""
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=False, decorations=decorations, n_most=3)
        job = with_formula(rng, with_limits(rng, job, {"totals", "counts"}) if seed % 2 else job)
        assert job.config.formula is not None
        job = dataclasses.replace(job, config=dataclasses.replace(job.config, formula=risen(job.config.formula)))
        given = {skill for each in job.config.decorations or () for skill, _ in each.skills}
        known = [(kind, name) for kind, name in known_objectives(job) if kind != "skill" or name not in given]
        wanted = [("score", "Score", 1), *with_signs(rng, rng.sample(known, min(len(known), rng.choice([1, 1, 2, 3]))))]
        rng.shuffle(wanted)
        config = dataclasses.replace(job.config, front=tuple(itertools.starmap(objective_text, wanted)))
        if len(wanted) > 1 and truth(job, wanted):
            return job, config, wanted


def truth(job: Job, wanted: list[oracle_front.Wanted]) -> list[oracle_front.Outcome]:
    names = {"resistance_names": job.resistance_names, "other_names": job.other_names}
    return oracle_front.front(job.pieces, job.config, wanted, **names)


@pytest.fixture
def no_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What finds outcomes one by one is not asked."""
    monkeypatch.setattr(by_limits, "front_by_limits", None)


@pytest.mark.parametrize("decorations", [False, True])
@pytest.mark.parametrize("seed", range(24))
def test_it_is_the_front_of_every_build(seed: int, decorations: bool, no_limits: None, tmp_path: Path) -> None:
    job, config, wanted = job_of(seed, decorations=decorations)
    results = optimize(job.table, config)
    assert rows_of(results) == truth(job, wanted)
    assert results.report.proved
    assert sum(results.report.counts.values()) == results.report.n_combinations
    write_csv(results, str(tmp_path / "front.csv"))
    assert not verify_builds(str(tmp_path / "front.csv"), job.table, config, n_builds=500).differences


@pytest.mark.parametrize("decorations", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_it_is_what_one_search_for_each_outcome_finds(
    seed: int, decorations: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, config, _ = job_of(seed, decorations=decorations)
    monkeypatch.setattr(region_boxes, "_SPLIT_LEAVES", 2.0)
    monkeypatch.setattr(region_boxes, "_FIRST_LEAVES", 2.0)
    monkeypatch.setattr(front, "_FILLED_AT_ONCE", 2)
    write_csv(optimize(job.table, config), str(tmp_path / "front.csv"))
    write_csv(optimize(job.table, config, engine="exhaustive"), str(tmp_path / "other.csv"))
    assert (tmp_path / "front.csv").read_bytes() == (tmp_path / "other.csv").read_bytes()


@pytest.mark.parametrize("decorations", [False, True])
@pytest.mark.parametrize("seed", range(2))
def test_after_a_stop_rows_that_are_proved_belong(
    seed: int, decorations: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, config, wanted = job_of(seed, decorations=decorations)
    monkeypatch.setattr(region_boxes, "_SPLIT_LEAVES", 2.0)
    monkeypatch.setattr(region_boxes, "_FIRST_LEAVES", 2.0)
    monkeypatch.setattr(front, "_FILLED_AT_ONCE", 2)
    every, polls = truth(job, wanted), itertools.count()
    optimize(job.table, config, should_stop=lambda: next(polls) < 0)
    n_all = next(polls)
    for n_polls in range(0, n_all, max(1, n_all // 12)):
        polls = itertools.count()
        results = optimize(job.table, config, should_stop=lambda polls=polls, n=n_polls: next(polls) >= n)
        if results.report.proved:
            assert rows_of(results) == every
            continue
        assert results.proved_rows is not None
        if results.report.unsettled == FILLINGS:
            assert rows_of(results) == every and results.proved_rows.all()
            continue
        assert results.report.unsettled.startswith("outcomes with ")
        assert ", Score up to " in results.report.unsettled
        for row, is_proved in zip(rows_of(results), results.proved_rows.tolist(), strict=True):
            assert not is_proved or row in every


def test_a_stop_while_fillings_are_settled_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    job, config, wanted = job_of(1, decorations=True)
    every = truth(job, wanted)
    monkeypatch.setattr(front, "with_first_fillings", lambda *_: None)
    results = optimize(job.table, config)
    assert not results.report.proved and results.report.unsettled == FILLINGS
    assert results.proved_rows is not None and results.proved_rows.all()
    assert rows_of(results) == every


def test_it_is_told_where_outcomes_are_found_one_by_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    job, config, _ = job_of(1, decorations=True)
    monkeypatch.setattr(by_boxes, "front_by_boxes", lambda *_: None)
    assert optimize(job.table, config).report.proved
    monkeypatch.setattr(run, "with_first_fillings", lambda *_: None)
    assert not optimize(job.table, config).report.proved


class _Asked(Exception):
    """Outcomes are looked for one by one."""


def test_what_one_enumeration_does_not_serve_is_left_to_one_search_for_each_outcome(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def ask(*args: object) -> None:
        raise _Asked

    monkeypatch.setattr(by_limits, "front_by_limits", ask)
    job, config, _ = job_of(0, decorations=True)
    assert config.formula is not None
    skill = min(skill for each in config.decorations or () for skill, _ in each.skills)
    skills = {**config.skills, skill: config.skills.get(skill, SkillRule())}
    short = Formula(factors=(Factor(name="short", base=Decimal(-1)),))
    for chosen, formula in (
        (("Defence", "-Score"), config.formula),
        (("Score", f"{skill} (skill)"), config.formula),
        (("Score", "-Defence"), short),
    ):
        with pytest.raises(_Asked):
            optimize(job.table, dataclasses.replace(config, front=chosen, formula=formula, skills=skills))
    monkeypatch.setattr(front, "_MOST_FILLED", 0)
    with pytest.raises(_Asked):
        optimize(job.table, config)


def test_a_ceiling_that_is_too_low_is_told_and_progress_counts_outcomes() -> None:
    job, config, _ = job_of(1, decorations=True)
    with pytest.raises(MemoryBudgetError):
        optimize(job.table, config, memory_bytes=1)
    told = list[str]()
    results = optimize(
        job.table, config, memory_bytes=1 << 40, on_progress=lambda progress: told.append(progress.detail)
    )
    assert any(detail.endswith(" outcomes") for detail in told)
    assert results.report.proved
