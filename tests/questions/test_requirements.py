"""Limits of every kind as requirements: the smallest conflict and what is within reach, against brute force."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from oracle import best_builds
from random_limits import with_limits
from random_problems import Job, random_job

from equipment_optimizer.errors import InfeasibleError
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.questions import infeasible
from equipment_optimizer.questions._conflict import Conflict, smallest_conflict
from equipment_optimizer.questions._hard_limits import Limit
from equipment_optimizer.records.config import Config, CountRule, FilterRule, SkillRule, TotalRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable

#: What each kind of limit is called in a configuration.
_FIELDS = {"resistance": "resistances", "total": "totals", "count": "counts", "skill": "skills"}


def brute_smallest(n: int, can_keep: Callable[[frozenset[int]], bool]) -> int:
    sizes = (
        size
        for size in range(n + 1)
        for chosen in itertools.combinations(range(n), size)
        if not can_keep(frozenset(chosen))
    )
    return next(sizes)


def is_feasible(job: Job, config: Config) -> bool:
    names = {"resistance_names": job.resistance_names, "other_names": job.other_names}
    return bool(best_builds(job.pieces, config, 1, **names))


def without(config: Config, job: infeasible._Job, i: int) -> Config:
    """The configuration without one requirement."""
    requirement = job.requirements[i]
    if isinstance(requirement, infeasible._Same):
        return dataclasses.replace(config, counts={k: v for k, v in config.counts.items() if k != requirement.name})
    assert isinstance(requirement, Limit)
    feature, is_most = job.problem.features[requirement.feature], requirement.is_maximum
    if feature.kind == "pin":
        return dataclasses.replace(config, pin_all={})
    if feature.kind == "value":
        return config  # a value by itself is no key of the configuration
    if feature.kind == "defence":
        return dataclasses.replace(config, **{"max_defence" if is_most else "min_defence": None})
    field = "minimum" if not is_most else "at_most" if feature.kind == "skill" else "maximum"
    rules: dict[str, Any] = dict(getattr(config, _FIELDS[feature.kind]))
    rules[feature.name] = dataclasses.replace(rules[feature.name], **{field: None})
    return dataclasses.replace(config, **{_FIELDS[feature.kind]: rules})


def keeping(config: Config, job: infeasible._Job, kept: frozenset[int]) -> Config:
    for i in range(len(job.requirements)):
        if i not in kept:
            config = without(config, job, i)
    return config


@pytest.mark.parametrize("first", range(0, 400, 50))
def test_conflicts_of_limits_are_those_of_brute_force(first: int) -> None:
    n_found = 0
    for seed in range(first, first + 50):
        job = random_job(random.Random(seed), full=True, decorations=seed % 5 == 0, n_most=3)
        job = with_limits(random.Random(seed), job)
        if len(job.pieces) > 9 or is_feasible(job, job.config):
            continue
        asked = infeasible._Job(job.table, job.config, lambda: False)
        n_required = len(asked.requirements)
        if not n_required or n_required > 7:
            continue
        if any(feature.kind == "value" and feature.maximum is not None for feature in asked.problem.features):
            continue
        found = smallest_conflict(n_required, asked.ask, asked.weight)

        def can_keep(kept: frozenset[int], job: Job = job, asked: infeasible._Job = asked) -> bool:
            return is_feasible(job, keeping(job.config, asked, kept))

        assert found == Conflict(found.members)
        assert not can_keep(frozenset(found.members))
        assert len(found.members) == brute_smallest(n_required, can_keep)
        for i in found.members:
            requirement = asked.requirements[i]
            others = frozenset(found.members) - {i}
            if isinstance(requirement, Limit):
                check_reach(job, asked, i, others)
        n_found += 1
    assert n_found > 3


def check_reach(job: Job, asked: infeasible._Job, i: int, others: frozenset[int]) -> None:
    """What is said to be within reach is, and nothing better."""
    limit = asked.requirements[i]
    assert isinstance(limit, Limit)
    feature, is_most = asked.problem.features[limit.feature], limit.is_maximum
    if feature.kind == "pin":
        return
    line = asked.line(i, Conflict((*sorted(others), i)))
    if "whatever" in line:
        assert not is_feasible(job, keeping(job.config, asked, others))
        return
    said = Decimal(line.rpartition(": ")[2].removesuffix(" while the others are kept").rpartition(" ")[2])
    field = "minimum" if not is_most else "at_most" if feature.kind == "skill" else "maximum"
    step = Decimal(feature.unit).scaleb(-feature.digits)

    def reached(limit: Decimal) -> bool:
        config = keeping(job.config, asked, others)
        value: Any = limit if feature.kind == "total" else int(limit)
        if feature.kind == "defence":
            config = dataclasses.replace(config, **{"max_defence" if is_most else "min_defence": value})
        else:
            rules = dict(getattr(config, _FIELDS[feature.kind]))
            rules[feature.name] = dataclasses.replace(rules[feature.name], **{field: value})
            config = dataclasses.replace(config, **{_FIELDS[feature.kind]: rules})
        return is_feasible(job, config)

    assert reached(said)
    assert not reached(said - step if is_most else said + step)


def test_limits_are_named_with_their_place_and_what_can_be_reached() -> None:
    pieces = [
        EquipmentPiece("Cap", "Head", skills=(("Haste", 2),), other=("3.5", "A")),
        EquipmentPiece("Hood", "Head", skills=(("Haste", 3),), other=("2.25", "A")),
        EquipmentPiece("Vest", "Body", skills=(("Haste", 1),), other=("1.5", "A")),
    ]
    table = EquipmentTable.from_pieces(pieces, other_names=("Weight", "Team"))
    config = Config(
        skills={"Haste": SkillRule(maximum=9, at_most=3)},
        totals={"Weight": TotalRule(maximum=Decimal("4.0"))},
        source="c.json",
        locations={'$.totals["Weight"].max': (5, 9)},
    )
    with pytest.raises(InfeasibleError) as caught:
        optimize(table, config)
    assert str(caught.value) == (
        "no build satisfies the config; these 2 requirements exclude each other (no fewer do):\n"
        "  c.json: Haste at most 3: at least 4 while the others are kept\n"
        "  c.json:5:9: Weight at most 4.0: at least 5 while the others are kept\n"
        "  mend: loosen one of them to the level given, or drop it"
    )
    config = Config(counts={"team": CountRule(each="Team", maximum=1)})
    assert str(infeasible.explain_infeasible(table, config)).splitlines()[1:] == [
        "  team: A at most 1: at least 2",
        "  mend: loosen it to that level, or add equipment",
    ]
    ends = str(infeasible.explain_infeasible(table, Config(counts={"one": CountRule(same="Weight")}))).splitlines()[-1]
    assert ends == "  mend: drop it, or add equipment"
    two = CountRule(where=FilterRule(column="Team", one_of="A"), maximum=1)
    assert "few at most 1: at least 2" in str(infeasible.explain_infeasible(table, Config(counts={"few": two})))
