"""Random fronts beside a formula: objectives that a job has, as they are written, and the rows that are listed."""

from __future__ import annotations

import random
from fractions import Fraction

import oracle_front
from random_problems import Job

from equipment_optimizer.output.outcomes import objective_values
from equipment_optimizer.records.results import BuildResults

__all__ = ["known_objectives", "objective_text", "rows_of", "with_signs"]


def known_objectives(job: Job) -> list[tuple[str, str]]:
    """Kind and name of all that a front of a job may have beside the score."""
    known = [("defence", "Defence"), *(("resistance", name) for name in job.resistance_names)]
    known += [("total", name) for name in job.config.totals]
    known += [("count", name) for name, rule in job.config.counts.items() if rule.column is None]
    return known + [("skill", name) for name in job.config.skills]


def with_signs(rng: random.Random, chosen: list[tuple[str, str]]) -> list[oracle_front.Wanted]:
    """Objectives, some of them to be as low as possible."""
    return [(kind, name, rng.choice([1, 1, -1])) for kind, name in chosen]


def objective_text(kind: str, name: str, sign: int) -> str:
    suffix = {"total": " (total)", "count": " (count)", "skill": " (skill)", "resistance": " Res"}.get(kind, "")
    return f"{'-' * (sign < 0)}{name}{suffix}"


def rows_of(results: BuildResults) -> list[oracle_front.Outcome]:
    columns = [[Fraction(x, 10**digits) for x in values.tolist()] for _, values, digits in objective_values(results)]
    scores = [Fraction(score, 10**results.score_digits) for score in results.scaled_scores.tolist()]
    indices = [one.indices for one in results.combinations]
    return [oracle_front.Outcome(*row) for row in zip(zip(*columns, strict=True), scores, indices, strict=True)]
