"""Random jobs with limits, written as files and read again: the same pieces, the same configuration, the same list."""

from __future__ import annotations

import csv
import random
from dataclasses import replace
from pathlib import Path

import pytest
from random_limits import LIMITS, with_limits
from random_problems import Job, random_job

from equipment_optimizer.errors import InfeasibleError
from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.output.config_json import config_as_json, write_json
from equipment_optimizer.output.csv_file import write_csv
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import SkillRule
from equipment_optimizer.records.equipment import NO_PIECE, EquipmentTable


def as_written(rule: SkillRule) -> SkillRule:
    """The rule without what a file has no words for."""
    rule = replace(rule, raised_by=None, locked_maximum=None, raised_maximum=None)
    if rule.values is not None:
        return replace(rule, maximum=None, weight=1, penalty=1)
    return rule if rule.maximum is not None else replace(rule, penalty=rule.weight)


def plain_job(seed: int, kind: str) -> Job:
    """A job that two files hold: what side files say is left out."""
    job = with_limits(random.Random(seed), random_job(random.Random(seed), full=True), {kind})
    skills = {name: as_written(rule) for name, rule in job.config.skills.items()}
    counts = {
        name: replace(rule, separator=rule.separator if rule.each else None) for name, rule in job.config.counts.items()
    }
    if "few" in counts and any(
        part not in job.config.body_parts for rule in counts["few"].where for part in rule.parts or ()
    ):
        del counts["few"]
    config = replace(
        job.config, counts=counts, decorations=None, set_bonuses=None, skills=skills, skill_caps={}, filters=()
    )
    # Under a minimum every cell is a number.
    pieces = [
        piece._replace(other=tuple("5" if cell == "Exotic" else cell for cell in piece.other)) for piece in job.pieces
    ]
    return Job(pieces, config, job.resistance_names, job.other_names)


def write_equipment(job: Job, path: Path) -> None:
    n_skills = max((len(piece.skills) for piece in job.pieces), default=0)
    header = ["Name", "Body Part", "Base Defence", *(f"Num Lvl {level} Deco Slots" for level in (1, 2, 3, 4))]
    header += [f"Skill {k} {what}" for k in range(1, n_skills + 1) for what in ("Name", "Level")]
    header += [*(f"{name} Res" for name in job.resistance_names), *job.other_names]
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for piece in job.pieces:
            levels = [cell for pair in piece.skills for cell in pair]
            levels += [""] * (2 * n_skills - len(levels))
            writer.writerow(
                [piece.name, piece.body_part, piece.defence, *piece.slots, *levels, *piece.resistances, *piece.other]
            )


def facts(table: EquipmentTable) -> list[tuple[object, ...]]:
    return [
        (piece.name, piece.body_part, piece.defence, piece.slots, dict(piece.skills), piece.resistances, origin)
        for piece, origin in zip(table, table.origin.tolist(), strict=True)
    ]


@pytest.mark.parametrize("kind", [*LIMITS])
def test_a_job_with_limits_is_read_as_it_was_written(kind: str, tmp_path: Path) -> None:
    n_listed = 0
    for seed in range(14):
        job = plain_job(seed, kind)
        write_equipment(job, tmp_path / "e.csv")
        write_json(config_as_json(job.config), str(tmp_path / "c.json"))
        table, config, _ = load_job(tmp_path / "e.csv", tmp_path / "c.json")
        table._check()
        wanted = EquipmentTable.from_pieces(
            [piece._replace(set_bonuses=()) for piece in job.pieces],
            body_parts=job.config.body_parts, resistance_names=job.resistance_names, other_names=job.other_names,
        )  # fmt: skip
        assert replace(config, body_parts=dict(config.body_parts)) == job.config
        assert facts(table) == facts(wanted)
        assert list(config.body_parts) == list(job.config.body_parts)
        for name in config.totals:
            assert [n.tolist() for n in table.numbers(name)[:1]] == [n.tolist() for n in wanted.numbers(name)[:1]]
        for count in config.counts.values():
            if count.column is not None:
                assert table.texts(count.column) == wanted.texts(count.column)
        assert {int(origin) for origin in table.origin} <= {NO_PIECE, *range(len(job.pieces))}
        try:
            first, second = (optimize(own, job.config, limit=30, workers=1) for own in (table, wanted))
        except InfeasibleError:
            continue
        write_csv(first, tmp_path / "1.csv")
        write_csv(second, tmp_path / "2.csv")
        assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()
        n_listed += len(first)
    assert n_listed > 10
