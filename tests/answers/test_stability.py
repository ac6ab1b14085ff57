"""Ranges of weights, against every build of small jobs at and around their ends."""

from __future__ import annotations

import dataclasses
import json
import random
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from oracle import best_builds
from random_problems import Job, random_job

from equipment_optimizer.answers import stability as stability_module
from equipment_optimizer.answers._weights import weights_of, with_weights
from equipment_optimizer.answers.stability import stability
from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.output.score_terms import score_terms
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, Decoration, PartRule, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable

_TINY = Fraction(1, 10**9)


def moved(config, path, value: Fraction):
    """The configuration with one weight exactly `value`, all weights times its denominator; and that."""
    scale = value.denominator
    change = with_weights(
        config, lambda own, weight: Decimal(value.numerator) if own == path else weight * Decimal(scale)
    )
    return change, scale


def best_and_first(job, results, path, value):
    """The best score of all builds at a value of a weight, and that of the first as it is filled."""
    config, scale = moved(job.config, path, value)
    best = best_builds(job.pieces, config, 1, job.resistance_names)[0].score / scale
    first = dataclasses.replace(results[:1], config=config, score_digits=6)
    worth = sum(int(term.worth[0]) for term in score_terms(first))
    return best, Fraction(worth, 10**6 * scale)


@pytest.mark.parametrize("seed", range(24))
def test_the_first_build_is_best_within_and_not_beyond(seed: int) -> None:
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=seed % 3 > 0, decorations=seed % 2 == 0, n_most=3)
        if len(job.pieces) <= 10 and best_builds(job.pieces, job.config, 1, job.resistance_names):
            break
    check_ranges(job)


def check_ranges(job: Job) -> None:
    """The first build is best within each range, and who comes next is best beyond."""
    results = optimize(job.table, job.config, limit=3)
    ranges = stability(job.table, job.config, results=results)
    assert [one.path for one in ranges] == list(weights_of(job.config))
    for one in ranges:
        assert one.is_proved
        value = Fraction(one.value)
        assert (one.low is None or one.low <= value) and (one.high is None or value <= one.high)
        for end, sign, other in ((one.low, -1, one.below), (one.high, 1, one.above)):
            inside = value + sign * 1000 if end is None else end
            best, first = best_and_first(job, results, one.path, inside)
            assert best == first
            assert (other is None) == (end is None)
            if end is not None:
                best, first = best_and_first(job, results, one.path, end + sign * _TINY)
                assert best > first
                config, scale = moved(job.config, one.path, end + sign * _TINY)
                taking_over = dataclasses.replace(other, config=config, score_digits=6)
                worth = sum(int(term.worth[0]) for term in score_terms(taking_over))
                assert Fraction(worth, 10**6 * scale) == best


LINEUPS = [
    {
        "Util": PartRule(count=1, drawn_from=("Runner", "Catcher")),
        "Runner": 1,
        "Catcher": PartRule(count=1, optional=True),
    },
    {"Runner": PartRule(count=2, optional=True), "Catcher": PartRule(count=1, optional=True)},
]


@pytest.mark.parametrize("parts", LINEUPS, ids=["drawn", "optional"])
@pytest.mark.parametrize("seed", range(6))
def test_parts_may_draw_from_others_and_stay_empty(seed: int, parts) -> None:
    rng = random.Random(seed)
    pieces = [
        EquipmentPiece(f"{part} {n}", part, rng.randint(-2, 5), (rng.randint(0, 1), 0, 0, 0), ((rng.choice("AB"), 1),))
        for part in ("Runner", "Catcher")
        for n in range(3)
    ]
    rules = {name: SkillRule(weight=rng.randint(-1, 3), maximum=rng.randint(1, 2)) for name in "AB"}
    jewels = (Decoration(name="Jewel", slot_level=1, skills=(("A", 1),)),) if seed % 2 else None
    check_ranges(Job(pieces, Config(body_parts=parts, skills=rules, defence_weight=1, decorations=jewels, limit=3)))


def test_below_an_end_a_decoration_may_be_best_that_lowers_the_skill() -> None:
    """With a weight above 0 nobody takes it, and it stands in no problem with such a weight."""
    table = EquipmentTable.from_pieces([EquipmentPiece("A", "Head", 7, slots=(1, 0, 0, 0))])
    dull = Decoration(name="Dull", slot_level=1, skills=(("Fury", -1),))
    rules = {"Fury": SkillRule(maximum=3)}
    config = Config(skills=rules, slot_weights=(2, 0, 0, 0), slot_count_weight=0, decorations=(dull,))
    ranges = {one.path: one for one in stability(table, config)}
    fury = ranges['$.skills["Fury"].weight']
    assert (fury.low, fury.high, fury.is_proved) == (-2, None, True)
    assert fury.below.decorations_text(0) == "1x Dull"


def test_after_a_stop_ranges_are_not_proved() -> None:
    rng = random.Random(3)
    job = random_job(rng, full=True)
    results = optimize(job.table, job.config, limit=3)
    found = stability(job.table, job.config, results=results, should_stop=lambda: True)
    assert len(found) == len(weights_of(job.config))
    assert not all(one.is_proved for one in found)


@pytest.mark.parametrize("n_most", [0, 3, 12])
def test_an_end_that_takes_too_much_work_is_told_and_lies_no_nearer(n_most: int, monkeypatch) -> None:
    """After so many polls it is given up: the same on every machine, and the other weights are not touched."""
    job = random_job(random.Random(12), full=True, decorations=True, n_most=3)
    results = optimize(job.table, job.config, limit=3)
    ranges = stability(job.table, job.config, results=results)
    assert all(one.is_proved for one in ranges)
    monkeypatch.setattr(stability_module, "_MOST_POLLS", n_most)
    given_up = stability(job.table, job.config, results=results)
    again = stability(job.table, job.config, results=results)
    assert n_most or not all(one.is_proved for one in given_up)
    for one, other, same in zip(ranges, given_up, again, strict=True):
        assert (other.low, other.high, other.is_proved) == (same.low, same.high, same.is_proved)
        assert other.low is None or (one.low is not None and other.low <= one.low)
        assert other.high is None or (one.high is not None and other.high >= one.high)
        if other.is_proved:
            assert (other.low, other.high) == (one.low, one.high)


COLUMNS = "Name,Body Part,Base Defence,Load"
COUNTED = {"where": {"Load": {"max": 3}}, "weight": 1}


def test_who_comes_next_is_no_row_of_a_list_that_was_stopped_or_stands_for_more() -> None:
    pieces = [EquipmentPiece(f"C{k}", "Head", k, skills=(("Fury", 2 - k % 3),), slots=(1, 0, 0, 0)) for k in range(4)]
    jewels = tuple(Decoration(name=f"{name} Jewel", slot_level=1, skills=((name, 1),)) for name in ("Fury", "Calm"))
    rules = {name: SkillRule(maximum=3, weight=Decimal(weight)) for name, weight in (("Fury", "1.5"), ("Calm", "1.25"))}
    table = EquipmentTable.from_pieces(pieces)
    config = Config(skills=rules, decorations=jewels, defence_weight=Decimal(1), limit=4, variants="one")
    results = optimize(table, config)
    assert results.variants is not None
    report = dataclasses.replace(results.report, proved=False)
    stopped = dataclasses.replace(results, report=report, proved_rows=np.zeros(len(results), bool))
    plain, unsure = ({one.path: one for one in stability(table, config, results=own)} for own in (results, stopped))
    for path, one in unsure.items():
        assert not one.is_proved
        for found, other in ((one.below, plain[path].below), (one.above, plain[path].above)):
            # Its pieces can be read.
            assert (found and found[0].pieces) == (other and other[0].pieces)
    assert any(one.below is not None for one in plain.values())


def limited_job(folder, loads):
    """Three pieces with loads, which the config weighs, limits and counts."""
    pieces = zip(("Cap,Head,5", "Helm,Head,9", "Mail,Body,7"), loads, strict=True)
    (folder / "pieces.csv").write_text("\n".join([COLUMNS, *map(",".join, pieces)]) + "\n")
    rules = {"totals": {"Load": {"weight": -1, "max": 99}}, "counts": {"light": COUNTED}}
    (folder / "config.json").write_text(json.dumps({"defence": 1, "limit": 2, "skills": {}, **rules}))
    return load_job(str(folder / "pieces.csv"), str(folder / "config.json"))[:2]


def test_weights_of_totals_and_counts_have_ranges(tmp_path):
    # Helm and Mail: 16 - 12 + 1; Cap and Mail: 12 - 4 + 2.
    ranges = {one.path: one for one in stability(*limited_job(tmp_path, ("1", "9", "3")))}
    load, light = ranges['$.totals["Load"].weight'], ranges['$.counts["light"].weight']
    assert (load.low, load.high) == (None, Fraction(-3, 8))
    assert (light.low, light.high) == (-4, None)


@pytest.mark.parametrize("seed", range(12))
def test_sums_with_decimals_have_ranges_that_every_build_confirms(tmp_path, seed):
    rng = random.Random(seed)
    loads = {part: [Fraction(rng.randint(0, 999), 100) for _ in range(4)] for part in ("Head", "Body")}
    defences = {part: [rng.randint(0, 9) for _ in range(4)] for part in loads}
    rows = [f"{part} {k},{part},{defences[part][k]},{float(loads[part][k])}" for part in loads for k in range(4)]
    (tmp_path / "pieces.csv").write_text("\n".join([COLUMNS, *rows]) + "\n")
    value = Fraction(-rng.randint(1, 40), 10)
    rules = {"totals": {"Load": {"weight": float(value)}}}
    (tmp_path / "config.json").write_text(json.dumps({"defence": 1, "limit": 2, "skills": {}, **rules}))
    table, config, _ = load_job(str(tmp_path / "pieces.csv"), str(tmp_path / "config.json"))
    ranges = {one.path: one for one in stability(table, config)}
    found = ranges['$.totals["Load"].weight']
    builds = [
        (defences["Head"][h] + defences["Body"][b], loads["Head"][h] + loads["Body"][b])
        for h in range(4)
        for b in range(4)
    ]
    first = max(builds, key=lambda build: build[0] + value * build[1])
    # Where another build's line crosses the first one's; lines that are no steeper never do.
    crossings = [(first[0] - other[0]) / (other[1] - first[1]) for other in builds if other[1] != first[1]]
    assert found.low == max((at for at in crossings if at <= value), default=None)
    assert found.high == min((at for at in crossings if at >= value), default=None)
    assert found.is_proved
