"""The best fillings of a build: what they score is what the oracle says, and all that tie are there."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from fractions import Fraction

import oracle
import pytest
from decorated_job import DECORATED
from random_problems import random_job

from equipment_optimizer.verify._builds import Builds
from equipment_optimizer.verify._conditions import allowed_rows
from equipment_optimizer.verify._definition import Definition
from equipment_optimizer.verify.tables import _best_fillings
from equipment_optimizer.verify.tables._best_fillings import BestFillings, TooManyFillings
from equipment_optimizer.verify.tables._weights import Weights


def no_poll() -> None:
    pass


@pytest.mark.parametrize("seed", range(60))
def test_they_score_what_the_oracle_says(seed: int) -> None:
    job = random_job(random.Random(seed), full=seed % 4 > 0, decorations=seed % 5 > 0, n_most=3)
    definition = Definition(job.table, job.config)
    weights = Weights(definition)
    fillings = BestFillings(definition, weights, no_poll)
    start = job.table.part_start
    for indices, pieces in itertools.islice(oracle.combinations(job.pieces, job.config), 20):
        rows = tuple(int(start[part]) + i for part, i in zip(job.table.positions, indices, strict=True))
        try:
            filled = fillings.best(rows, weights.values)
        except TooManyFillings:
            continue
        want = oracle.score(pieces, job.config, job.resistance_names)
        scores = {
            sum((value * amount for value, amount in zip(weights.values, one.amounts, strict=True)), Fraction(0))
            for one in filled
        }
        assert scores == (set() if want is None else {want})
        assert want is None or fillings.bound(rows) >= want


def test_all_that_tie_are_there() -> None:
    """Two levels of Attack in three slots, where a slot that stays free is worth as much as a level."""
    definition = Definition(DECORATED.table, DECORATED.config)
    weights = Weights(definition)
    fillings = BestFillings(definition, weights, no_poll)
    builds = Builds(DECORATED.table, allowed_rows(DECORATED.table, DECORATED.config))
    rows = next(builds.every())
    ties = [Fraction(0)] * len(weights.values)
    amounts = {filled.amounts for filled in fillings.best(rows, ties)}
    assert len(amounts) == len({filled.amounts for filled in fillings.best(rows, ties)}) > 4
    assert fillings.levels_of({0: 2, 1: 1}) == {"Attack": 3, "Guard": 1}
    assert fillings.is_whole


def test_levels_beyond_which_nothing_changes_are_all_the_same() -> None:
    """A level of Attack more counts up to 9, but it raises the maximum of nothing; where it costs, each one counts."""
    capped = replace(DECORATED.config, over_max="cap")
    tops = [
        BestFillings(definition, Weights(definition), no_poll).tops
        for definition in (Definition(DECORATED.table, config) for config in (capped, DECORATED.config))
    ]
    assert tops == [{"Attack": 9, "Guard": 9}, {}]


def test_too_many_are_told(monkeypatch) -> None:
    definition = Definition(DECORATED.table, DECORATED.config)
    weights = Weights(definition)
    fillings = BestFillings(definition, weights, no_poll)
    monkeypatch.setattr(_best_fillings, "_MOST_TIES", 1)
    fillings.best((0,), [Fraction(0)] * len(weights.values))
    assert not fillings.is_whole
    monkeypatch.setattr(_best_fillings, "_MOST_STATES", 1)
    with pytest.raises(TooManyFillings):
        fillings.best((0,), weights.values)
