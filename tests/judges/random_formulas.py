"""Random formulas on top of random jobs: pair factors, tables that fall, negative bases, clipping, factors of zero."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

from random_problems import SKILLS, Job

from equipment_optimizer.records.config import Config, SkillCap, zero_weights
from equipment_optimizer.records.formula import Factor, Formula, Sum, Term

_NUMBERS = ("0", "1", "1", "2", "-1", "0.5", "-0.25", "3", "0.1", "10", "0.0001", "-7.5", "123456789", "1000000007")


def _number(rng: random.Random) -> Decimal:
    return Decimal(rng.choice(_NUMBERS))


def _term(rng: random.Random, key: tuple[str, str]) -> Term:
    kind, name = key
    if kind == "column" or rng.random() < 0.4:
        return Term(kind=kind, name=name, weight=_number(rng))  # type: ignore[arg-type]
    table = [_number(rng) for _ in range(rng.choice([1, 2, 3, 5]))]
    if rng.random() < 0.5:
        table.sort(reverse=rng.random() < 0.3)
    return Term(kind=kind, name=name, table=tuple(table))  # type: ignore[arg-type]


def _fields(rng: random.Random, keys: list[tuple[str, str]]) -> dict[str, object]:
    """Base, terms and ends of a sum."""
    terms = tuple(_term(rng, key) for key in rng.sample(keys, min(len(keys), rng.choice([0, 1, 1, 2, 3]))))
    low, high = sorted([_number(rng), _number(rng)])
    ends = {"minimum": low if rng.random() < 0.2 else None, "maximum": high if rng.random() < 0.2 else None}
    return {"base": _number(rng) if rng.random() < 0.8 else Decimal(0), "terms": terms, **ends}


def random_formula(rng: random.Random, keys: list[tuple[str, str]]) -> Formula:
    """A formula over some of these (kind, name)."""
    factors = []
    for number in range(rng.choice([1, 2, 2, 3, 3, 4, 8])):
        fields = _fields(rng, keys)
        if rng.random() < 0.4:
            fields |= {"terms": (), "times": tuple(Sum(**_fields(rng, keys)) for _ in range(2))}
        factors.append(Factor(name=f"factor {number}", **fields))
    return Formula(name="product", factors=tuple(factors))


def with_formula(rng: random.Random, job: Job) -> Job:
    """The job with a formula in place of its weights, and sometimes maxima of skills that are not listed."""
    config = replace(job.config, **zero_weights(job.config))
    keys = [("skill", skill) for skill in SKILLS]
    keys += [("column", name) for name in ("Weight",) if name in job.other_names]
    keys += [("count", name) for name, count in config.counts.items() if count.column is None]
    if rng.random() < 0.3:
        caps: dict[str, SkillCap] = {}
        for skill in rng.sample(SKILLS, 2):
            caps[skill] = SkillCap(maximum=rng.choice([1, 2, 3]))
            if rng.random() < 0.5:
                caps[skill] = SkillCap(maximum=3, locked_maximum=1, raised_by=rng.choice(SKILLS))
        config = replace(config, skill_caps=caps)
    return Job(job.pieces, _with(config, random_formula(rng, keys)), job.resistance_names, job.other_names)


def _with(config: Config, formula: Formula) -> Config:
    return replace(config, formula=formula)
