"""Rows that differ, judged by definition."""

from __future__ import annotations

import dataclasses
import random
from decimal import Decimal

import pytest
from oracle import best_builds
from random_problems import random_job

from equipment_optimizer.output.csv_file import write_csv
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.verify._definition import Definition
from equipment_optimizer.verify._selection import Selection
from equipment_optimizer.verify.verifier import verify_builds

RULES = ({"different_pieces": 2}, {"different_skills": True}, {"share": Decimal("0.3")}, {"variants": "one"})


@pytest.mark.parametrize("rules", RULES, ids=str)
@pytest.mark.parametrize("seed", range(6))
def test_a_right_list_passes_and_a_changed_one_does_not(seed: int, rules: dict, tmp_path) -> None:
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=seed % 2 > 0, decorations=seed % 3 == 0, n_most=4)
        if len(best_builds(job.pieces, job.config, 9, job.resistance_names)) > 8:
            break
    config = dataclasses.replace(job.config, limit=6, **rules)
    path = str(tmp_path / "list.csv")
    write_csv(optimize(job.table, config), path)
    assert not verify_builds(path, job.table, config, n_builds=2000).differences
    plain = optimize(job.table, dataclasses.replace(job.config, limit=6))
    right = optimize(job.table, config)
    write_csv(plain, path)
    same = "variants" not in rules and list(plain.iter_rows()) == list(right.iter_rows())
    assert bool(verify_builds(path, job.table, config, n_builds=2000).differences) != same


def test_a_row_that_was_left_out_is_missed(tmp_path) -> None:
    job = random_job(random.Random(8), n_most=4)
    config = dataclasses.replace(job.config, limit=4, different_pieces=2)
    path = tmp_path / "list.csv"
    write_csv(optimize(job.table, config), str(path))
    lines = path.read_text().splitlines(keepends=True)
    if len(lines) > 2:
        path.write_text("".join([lines[0], *lines[2:]]))
        assert verify_builds(str(path), job.table, config, n_builds=5000).differences


def test_a_wrong_count_of_variants_is_found(tmp_path) -> None:
    job = random_job(random.Random(8), n_most=4)
    config = dataclasses.replace(job.config, limit=4, variants="one")
    path = tmp_path / "list.csv"
    results = optimize(job.table, config)
    write_csv(dataclasses.replace(results, variants=(77, *results.variants[1:])), str(path))
    (found,) = verify_builds(str(path), job.table, config, n_builds=5000).differences
    assert (found.line, found.column, found.found) == (2, "Variants", "77")


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ({"different_pieces": 2}, "2 pieces unlike row 2"),
        ({"different_skills": True}, "a listed skill unlike row 2"),
        ({"variants": "one"}, "no variant of row 2"),
        ({"share": Decimal("0.3")}, "no piece in more than 2 rows, such as a"),
    ],
)
def test_the_row_is_named_that_a_build_is_too_much_like(rules: dict, told: str) -> None:
    pieces = [EquipmentPiece(f"{name}", part, skills=((part, level),)) for part in ("Head", "Body")
              for level, name in enumerate("abc")]  # fmt: skip
    config = Config(skills={"Head": SkillRule(maximum=9), "Body": SkillRule(maximum=9)}, limit=9, **rules)
    selection = Selection(Definition(EquipmentTable.from_pieces(pieces), config))
    before = [((1, 4), {}, None), ((0, 3), {}, None), ((0, 5), {}, None)]
    assert selection.fault(((0, 3), {}, None), before) == told
    assert selection.fault(((2, 4), {}, None), before[1:]) is None
