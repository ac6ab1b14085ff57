"""Configurations that a front is searched with."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from oracle import best_builds
from random_formulas import with_formula
from random_problems import random_job

from equipment_optimizer.records.config import Config, SkillRule
from equipment_optimizer.records.rules import Objective
from equipment_optimizer.search.front._weighings import limited, weighing, with_columns


@pytest.mark.parametrize("seed", range(6))
def test_the_least_score_is_the_best_of_the_turned_one(seed: int) -> None:
    job = random_job(random.Random(seed), full=seed % 2 > 0, n_most=3)
    turned = weighing(job.config, Objective("score", "Score", -1))
    builds = best_builds(job.pieces, job.config, None, job.resistance_names)
    others = best_builds(job.pieces, turned, None, job.resistance_names)
    assert sorted(build.score for build in builds) == sorted(-build.score for build in others)


@pytest.mark.parametrize("seed", range(40))
def test_the_lowest_product_is_the_highest_of_the_turned_formula(seed: int) -> None:
    rng = random.Random(seed)
    job = with_formula(rng, random_job(rng, full=False, n_most=2))
    turned = weighing(job.config, Objective("score", "Score", -1))
    scores, others = (
        [build.score for build in best_builds(job.pieces, config, None, other_names=job.other_names)]
        for config in (job.config, turned)
    )
    assert scores and sorted(scores) == sorted(-score for score in others)


def test_only_one_objective_is_worth_anything() -> None:
    rule = SkillRule(weight=Decimal(3), penalty=Decimal(1), maximum=2, minimum=1)
    config = weighing(Config(skills={"A": rule, "B": rule}), Objective("skill", "A", -1))
    assert (config.skills["A"].weight, config.skills["A"].maximum, config.skills["A"].minimum) == (-1, None, 1)
    assert (config.skills["B"].weight, config.defence_weight, config.unlisted_skill_weight) == (0, 0, 0)


def test_a_limit_comes_on_top_of_the_one_there_is() -> None:
    config = Config(skills={"A": SkillRule(minimum=2, at_most=5)})
    rules = [limited(config, "A", *ends).skills["A"] for ends in ((1, None), (3, None), (None, 4), (6, 6))]
    assert [(rule.minimum, rule.at_most) for rule in rules] == [(2, 5), (3, 5), (2, 4), (6, 5)]


def test_a_resistance_that_nothing_weighs_has_a_total_too() -> None:
    config = with_columns(Config(), [Objective("resistance", "Fire", 1), Objective("score", "Score", 1)])
    assert list(config.resistances) == ["Fire"]
