"""Why nothing fits: small random jobs against brute force, and the sentences."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Callable
from decimal import Decimal

import pytest
from oracle import best_builds
from random_problems import Job, random_job

from equipment_optimizer import pipeline
from equipment_optimizer.errors import InfeasibleError
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.questions import infeasible
from equipment_optimizer.questions._conflict import Conflict, smallest_conflict
from equipment_optimizer.questions.infeasible import explain_infeasible
from equipment_optimizer.records.config import Config, FilterRule, ResistanceRule, SetBonusStep, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable


def brute_smallest(n: int, can_keep: Callable[[frozenset[int]], bool]) -> int:
    return next(
        size
        for size in range(n + 1)
        if any(not can_keep(frozenset(chosen)) for chosen in itertools.combinations(range(n), size))
    )


def config_of(job: Job, minima: dict[str, int | None]) -> Config:
    """The job's configuration with these minima, by skill, or '' for defence, or 'Fire'."""
    skills = {name: dataclasses.replace(rule, minimum=minima.get(name)) for name, rule in job.config.skills.items()}
    resistances = {
        name: dataclasses.replace(rule, minimum=minima.get(name)) for name, rule in job.config.resistances.items()
    }
    return dataclasses.replace(job.config, skills=skills, resistances=resistances, min_defence=minima.get(""))


def demanding_job(seed: int) -> tuple[Job, dict[str, int]]:
    """A job with some minima, more than it can keep."""
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=True, decorations=seed % 3 == 0, n_most=3)
        if not job.config.skills or len(job.pieces) > 10:
            continue
        minima = {name: rng.choice([1, 2, 3, 5]) for name in job.config.skills if rng.random() < 0.8}
        if rng.random() < 0.4:
            minima[""] = rng.choice([3, 8, 12])
        if rng.random() < 0.4:
            minima["Fire"] = rng.choice([0, 1, 3])
        if minima and not is_feasible(job, minima):
            return job, minima


def is_feasible(job: Job, minima: dict[str, int]) -> bool:
    return bool(best_builds(job.pieces, config_of(job, dict(minima)), 1, job.resistance_names))


@pytest.mark.parametrize("seed", range(60))
def test_conflict_and_levels_are_those_of_brute_force(seed: int) -> None:
    job, minima = demanding_job(seed)
    table_job = infeasible._Job(job.table, config_of(job, dict(minima)), lambda: False)
    features = table_job.problem.features
    named = [features[limit.feature] for limit in table_job.limits]
    keys = ["" if feature.kind == "defence" else feature.name for feature in named]
    found = smallest_conflict(
        len(keys), table_job.ask, table_job.weight, on_irreducible=table_job.look_for_fewer, builds=table_job.builds
    )

    def can_keep(kept: frozenset[int]) -> bool:
        return is_feasible(job, {keys[i]: minima[keys[i]] for i in kept})

    assert found == Conflict(found.members)
    assert not can_keep(frozenset(found.members))
    assert len(found.members) == brute_smallest(len(keys), can_keep)
    for i in found.members:
        others = {keys[j]: minima[keys[j]] for j in found.members if j != i}
        reached = next(n for n in itertools.count(minima[keys[i]] - 1, -1) if is_feasible(job, {**others, keys[i]: n}))
        line = table_job.line(i, found)
        assert line.endswith(f": at most {reached}" + (" while the others are kept" if others else ""))
        assert f"at least {minima[keys[i]]}:" in line


def piece(name: str, part: str, rarity: str = "1", **skills: int) -> EquipmentPiece:
    return EquipmentPiece(name, part, defence=10, skills=tuple(skills.items()), resistances=(1,), other=(rarity,))


def table(*pieces: EquipmentPiece) -> EquipmentTable:
    return EquipmentTable.from_pieces(pieces, resistance_names=("Fire",), other_names=("Rarity",))


HEADS = (piece("A", "Head", Attack=3), piece("B", "Head", Guard=2), piece("C", "Head", "9", Attack=2, Guard=1))
BODIES = (piece("D", "Body", Attack=1), piece("E", "Body", Guard=1), piece("F", "Body", "9", Haste=1))


def wants(**minima: int) -> dict[str, SkillRule]:
    return {name: SkillRule(minimum=level) for name, level in minima.items()}


def test_the_error_names_each_requirement_with_its_place_and_the_level_in_reach() -> None:
    config = Config(
        skills=wants(Attack=3, Guard=2, Haste=0),
        source="config.json",
        locations={'$.skills["Attack"].min': (3, 20), '$.skills["Guard"].min': (4, 19)},
    )
    with pytest.raises(InfeasibleError) as caught:
        optimize(table(*HEADS, *BODIES), config)
    assert str(caught.value) == (
        "no build satisfies the config; these 2 requirements exclude each other (no fewer do):\n"
        "  config.json:3:20: Attack at least 3: at most 2 while the others are kept\n"
        "  config.json:4:19: Guard at least 2: at most 1 while the others are kept\n"
        "  mend: lower one of them to the level given, or drop it"
    )
    assert caught.value.exit_code == 3


def test_a_requirement_that_is_out_of_reach_alone_stands_alone() -> None:
    config = Config(skills=wants(Attack=3, Guard=2), resistances={"Fire": ResistanceRule(minimum=3)})
    assert str(explain_infeasible(table(*HEADS, *BODIES), config)) == (
        "no build satisfies the config; this is out of reach:\n"
        "  Fire resistance at least 3: at most 2\n"
        "  mend: lower it to that level, or add equipment"
    )


def test_pins_and_filters_are_requirements_too() -> None:
    config = Config(
        skills=wants(Attack=4),
        pin={"Body": ("D", "E")},
        filters=(FilterRule(column="Rarity", minimum=Decimal(9), blank=True),),
        source="c.json",
    )
    pieces = (*HEADS, *BODIES, piece("G", "Body", "9", Attack=1)._replace(name="D"))
    assert str(explain_infeasible(table(*pieces), config)) == (
        "no build satisfies the config; these 2 requirements exclude each other (no fewer do):\n"
        "  c.json: Attack at least 4: at most 3 while the others are kept\n"
        '  the filter on "Rarity", which rejects 4 of 7 pieces\n'
        "  mend: lower one of them to the level given, or drop it"
    )


def test_a_set_bonus_counts_towards_a_minimum() -> None:
    wolf = [one._replace(set_bonuses=("Wolf",)) for one in (HEADS[1], BODIES[0])]
    steps = (SetBonusStep(bonus="Wolf", pieces_required=2, skill="Luck", level=1),)
    config = Config(skills=wants(Luck=1, Attack=3), set_bonuses=steps)
    message = explain_infeasible(table(*HEADS[:1], *wolf, *BODIES[1:]), config).message
    assert message.splitlines()[1:] == [
        "  Luck at least 1: at most 0 while the others are kept",
        "  Attack at least 3: at most 1 while the others are kept",
    ]


def test_no_time_still_gives_an_answer_that_says_what_it_is_worth() -> None:
    config = Config(skills=wants(Attack=3, Guard=2))
    error = explain_infeasible(table(*HEADS, *BODIES), config, time_limit=0.0)
    assert error.message.startswith("no build satisfies the config; these 2 requirements exclude each other (the time")


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_asked_first_or_last_the_answer_is_the_same(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "ASKED_FIRST", -1)
    n_refused = 0
    for seed in range(first, first + 50):
        job = random_job(random.Random(seed), full=True, decorations=bool(seed % 2))
        truth = best_builds(job.pieces, job.config, 1, job.resistance_names)
        try:
            results = optimize(job.table, job.config, limit=1)
        except InfeasibleError:
            n_refused += 1
            assert not truth
        else:
            assert results.combinations[0].indices == truth[0].indices
    assert n_refused


def test_a_large_job_without_a_build_is_refused_before_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [EquipmentPiece(f"{part}{n}", part, skills=(("A", 1),)) for part in ("Head", "Legs") for n in range(3)]
    rule = SkillRule(minimum=3)
    config = Config(skills={"A": rule, "B": rule})
    table = EquipmentTable.from_pieces(pieces)
    monkeypatch.setattr(pipeline, "ASKED_FIRST", -1)
    monkeypatch.setattr(pipeline, "search", lambda *_: pytest.fail("searched"))
    with pytest.raises(InfeasibleError, match="at least 3"):
        optimize(table, config)
    monkeypatch.setattr(pipeline, "ASKING_SECONDS", 0.0)
    assert not infeasible.is_clearly_infeasible(table, config, lambda: True)
