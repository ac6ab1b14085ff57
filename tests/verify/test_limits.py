"""Totals and counts by definition; every list of a job with limits is found right, and a wrong one is not."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import oracle
import pytest
from random_limits import LIMITS, with_limits
from random_problems import Job, random_job

from equipment_optimizer.output.csv_file import write_csv
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, CountRule, FilterRule, PartRule, TotalRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.verify._definition import Definition
from equipment_optimizer.verify._limits import Limits, decimal_text
from equipment_optimizer.verify.verifier import verify_builds

PIECES = [
    EquipmentPiece("Cap", "Head", other=("2.5", "Exotic", "A; B")),
    EquipmentPiece("Vest", "Body", other=("", "Plain", "B")),
    EquipmentPiece("Ring", "Ring", other=("-1.25", "Exotic", "")),
]
NAMES = ("Weight", "Tier", "Team")


def limits_of(config: Config) -> Limits:
    table = EquipmentTable.from_pieces(PIECES, body_parts={"Head": 1, "Body": 1, "Ring": 1}, other_names=NAMES)
    return Limits(tuple(table), table, config)


def test_columns_are_summed_and_pieces_counted() -> None:
    exotic = FilterRule(column="Tier", one_of="Exotic")
    limits = limits_of(
        Config(
            totals={"Weight": TotalRule(weight=Decimal("-0.1"), minimum=1, maximum=Decimal("1.2"))},
            counts={
                "exotics": CountRule(where=exotic, minimum=3),
                "teams": CountRule(each="Team", separator=";", maximum=1),
                "one team": CountRule(same="Team"),
            },
            pin_all={"Ring": (("Band",),), "Head": (("Cap",),)},
        )
    )
    rows = (0, 1, 2)
    columns, counts, missed = limits.of(rows)
    assert columns == {"Weight": Fraction(5, 4)}
    assert counts == {"exotics": 2, "teams": 2, "one team": 1}
    assert Fraction(1, 8) * limits.denominator % 1 == 0
    assert list(missed) == [
        ("Weight", "at most 1.2", "1.25"),
        ("exotics", "at least 3", "2"),
        ("teams", "at most 1", "2"),
        ("one team", "one value of Team", "A; B and B"),
        ("Ring", "Band among the pieces", "Ring"),
    ]


@pytest.mark.parametrize(("value", "text"), [("-1.250", "-1.25"), ("7", "7"), ("0.05", "0.05")])
def test_a_fraction_is_written_without_trailing_zeros(value: str, text: str) -> None:
    assert decimal_text(Fraction(value)) == text


def job_of(seed: int, kind: str) -> Job:
    decorated = seed % 5 == 0
    job = random_job(random.Random(seed), full=seed % 3 != 0, decorations=decorated, n_most=2 if decorated else 3)
    return with_limits(random.Random(seed), job, None if kind == "any" else {kind})


@pytest.mark.parametrize("kind", [*LIMITS, "any"])
def test_the_list_of_a_job_with_limits_is_found_right(kind: str, tmp_path: Path) -> None:
    n_listed = 0
    for seed in range(16):
        job = job_of(seed, kind)
        names = {"resistance_names": job.resistance_names, "other_names": job.other_names}
        if not oracle.best_builds(job.pieces, job.config, 1, **names):
            continue
        results = optimize(job.table, job.config, workers=1)
        write_csv(results, tmp_path / "out.csv")
        verdict = verify_builds(str(tmp_path / "out.csv"), job.table, job.config, n_builds=2_000)
        assert verdict.differences == (), seed
        n_listed += len(results)
    assert n_listed > 10


@pytest.mark.parametrize("kind", ["totals", "counts", "each", "same", "optional", "drawn", "pin_all", "any"])
def test_scores_are_those_of_brute_force(kind: str) -> None:
    for seed in range(1, 12):
        if seed % 5 == 0:
            continue
        job = job_of(seed, kind)
        definition = Definition(job.table, job.config)
        starts = job.table.part_start.tolist()
        names = {"resistance_names": job.resistance_names, "other_names": job.other_names}
        for indices, pieces in list(oracle.combinations(job.pieces, job.config))[:300]:
            rows = [starts[part] + i for part, i in zip(job.table.positions, indices, strict=True)]
            score = definition.feasible_score(rows)
            best = oracle.score(pieces, job.config, **names)
            assert (None if score is None else Fraction(score, definition.denominator)) == best


def test_what_breaks_a_limit_or_stands_in_other_places_is_told(tmp_path: Path) -> None:
    pieces = [EquipmentPiece(name, part, defence, other=("1",)) for name, part, defence in [
        ("a", "Run", 5), ("b", "Run", 3), ("c", "Catch", 2),
    ]]  # fmt: skip
    parts = {"Run": 1, "Catch": 1, "Flex": PartRule(drawn_from=("Run", "Catch"), optional=True)}
    table = EquipmentTable.from_pieces(pieces, body_parts=parts, other_names=("Weight",))
    config = Config(body_parts=parts, totals={"Weight": TotalRule(maximum=2)}, limit=9)
    path = tmp_path / "out.csv"
    write_csv(optimize(table, config), path)
    assert verify_builds(str(path), table, config).differences == ()
    text = path.read_text()
    assert "\na,c,," in text
    loose = Config(body_parts=parts, totals={"Weight": TotalRule()}, limit=9)
    write_csv(optimize(table, loose), path)
    told = verify_builds(str(path), table, config).differences
    assert ("Weight", "at most 2", "3") in {(one.column, one.expected, one.found) for one in told}
    path.write_text(path.read_text().replace("\na,c,b,", "\nb,c,a,"))
    told = verify_builds(str(path), table, loose).differences
    assert any("the first by rank: a, c, b" in one.expected for one in told)


@pytest.mark.parametrize(("minimum", "maximum", "is_missed"), [("1.25", "1.25", False), ("1.26", None, True)])
def test_a_limit_may_be_reached(minimum: str, maximum: str | None, is_missed: bool) -> None:
    rule = TotalRule(minimum=Decimal(minimum), maximum=None if maximum is None else Decimal(maximum))
    _, _, missed = limits_of(Config(totals={"Weight": rule})).of((0, 1, 2))
    assert bool(missed) == is_missed
