"""Fronts, judged by definition."""

from __future__ import annotations

import csv
import dataclasses
import random
from decimal import Decimal

import pytest
from random_problems import random_job

from equipment_optimizer.errors import InfeasibleError
from equipment_optimizer.output.csv_file import write_csv
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.verify._definition import Definition
from equipment_optimizer.verify._front import Front
from equipment_optimizer.verify._rows import Listed
from equipment_optimizer.verify.verifier import verify_builds


def written(seed: int, path: str):
    """A front with a few rows at least, written to a file."""
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=seed % 2 > 0, decorations=seed % 3 == 0, n_most=4)
        front = ("Score", "-Defence", *(f"{name}" for name in list(job.config.skills)[:1]))
        config = dataclasses.replace(job.config, front=front)
        try:
            results = optimize(job.table, config)
        except InfeasibleError:
            continue
        if len(results) > 3:
            write_csv(results, path)
            return job, config


def found(path: str, job, config) -> list[str]:
    return [difference.column for difference in verify_builds(path, job.table, config, n_builds=2000).differences]


@pytest.mark.parametrize("seed", range(6))
def test_a_right_front_passes_and_a_changed_one_does_not(seed: int, tmp_path) -> None:
    path = str(tmp_path / "front.csv")
    job, config = written(seed, path)
    assert found(path, job, config) == []
    with open(path, newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)

    def changed(own: list[list[str]]) -> list[str]:
        with open(path, "w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([header, *own])
        return found(path, job, config)

    assert "(order)" in changed([rows[1], rows[0], *rows[2:]])
    assert "(missing)" in changed(rows[1:])
    assert "(row)" in changed([rows[0], *rows])


def test_a_row_that_is_beaten_is_told_by_which(tmp_path) -> None:
    path = str(tmp_path / "list.csv")
    job, config = written(1, path)
    write_csv(optimize(job.table, dataclasses.replace(config, front=(), limit=5_000)), path)
    verdict = verify_builds(path, job.table, config, n_builds=100)
    assert any("no outcome that line" in difference.expected for difference in verdict.differences)


def test_a_stop_while_missing_builds_are_looked_for_is_told(tmp_path) -> None:
    path = str(tmp_path / "front.csv")
    job, config = written(1, path)
    is_told = set()
    for n_polls in range(0, 200, 7):
        polls = iter([False] * n_polls)
        verdict = verify_builds(
            path, job.table, config, n_builds=2000, should_stop=lambda polls=polls: next(polls, True)
        )
        assert verdict.was_stopped == any("stopped before its end" in check for check in verdict.checks)
        is_told.add(any("search for missing builds was stopped" in check for check in verdict.checks))
    assert is_told == {False, True}


@pytest.mark.parametrize(("weight", "found"), [("2", True), ("-2", False)])
def test_a_filling_that_scores_more_with_the_same_outcomes_is_told(weight: str, found: bool, tmp_path) -> None:
    rules = {"Attack": SkillRule(weight=Decimal(weight), maximum=9), "Guard": SkillRule(weight=Decimal(0), maximum=9)}
    config = Config(
        skills=rules, slot_weights=(Decimal(0),) * 4,
        slot_count_weight=Decimal(0), decorations=(Decoration(name="Edge", slot_level=1, skills=(("Attack", 1),)),),
        front=("Defence", "Guard"),
    )  # fmt: skip
    table = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", defence=3, slots=(1, 0, 0, 0))])
    header = "Head,Attack,Guard," + ",".join(f"Lvl {level} Decoration Slot" for level in range(1, 5))
    (tmp_path / "front.csv").write_text(f"{header},Defence,Decorations,Score\nCap,0,0,1,0,0,0,3,,3\n")
    told = verify_builds(str(tmp_path / "front.csv"), table, config).differences
    assert ("Decorations" in {difference.column for difference in told}) == found


def test_of_equal_outcomes_the_first_belongs_and_is_told_with_its_outcome(tmp_path) -> None:
    config = Config(front=("Defence", "Score"), slot_weights=(Decimal(0),) * 4, slot_count_weight=Decimal(0))
    table = EquipmentTable.from_pieces([EquipmentPiece(name, "Head", defence=3) for name in ("Cap", "Hat", "Hood")])
    path = str(tmp_path / "front.csv")
    write_csv(optimize(table, config), path)
    assert not verify_builds(path, table, config).differences
    text = (tmp_path / "front.csv").read_text()
    (tmp_path / "front.csv").write_text(text.replace("Cap,", "Hat,"))
    (told,) = verify_builds(path, table, config).differences
    assert (told.column, told.expected) == ("(missing)", "Cap, with Defence 3, Score 3")


@pytest.mark.parametrize(("proved", "belongs"), [("yes", True), ("no", False)])
def test_a_stopped_front_lacks_only_what_beats_a_proved_row(proved: str, belongs: bool) -> None:
    pieces = [EquipmentPiece(name, "Head", defence=defence) for name, defence in (("Cap", 3), ("Hat", 5), ("Hood", 2))]
    config = Config(front=("Defence", "Score"), slot_weights=(Decimal(0),) * 4, slot_count_weight=Decimal(0))
    definition = Definition(EquipmentTable.from_pieces(pieces), config)
    score = definition.feasible_score
    row = Listed.__new__(Listed)
    row.rows, row.filling, row.cells, row.score = (0,), {}, {"Proved": proved}, score((0,)) or 0
    front = Front(definition)
    front.read([row])
    assert front.belongs((1,), score((1,)) or 0, is_stopped=True) == belongs
    assert not front.belongs((2,), score((2,)) or 0, is_stopped=True)
    assert front.belongs((1,), score((1,)) or 0, is_stopped=False)


def test_every_filling_of_a_build_counts(tmp_path) -> None:
    rules = {"Attack": SkillRule(weight=Decimal(2), maximum=9), "Guard": SkillRule(weight=Decimal(1), maximum=9)}
    jewels = tuple(Decoration(name=skill, slot_level=1, skills=((skill, 1),)) for skill in rules)
    config = Config(
        skills=rules, slot_weights=(Decimal(0),) * 4, slot_count_weight=Decimal(0), decorations=jewels,
        front=("Score", "Guard"),
    )  # fmt: skip
    table = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", slots=(2, 0, 0, 0))])
    path = tmp_path / "front.csv"
    write_csv(optimize(table, config), str(path))
    header, *rows = path.read_text().splitlines(keepends=True)
    assert len(rows) == 3
    assert not verify_builds(str(path), table, config).differences
    for k in range(3):
        path.write_text("".join([header, *rows[:k], *rows[k + 1 :]]))
        (told,) = verify_builds(str(path), table, config).differences
        assert (told.column, told.expected) == ("(missing)", f"Cap, with Score {4 - k}, Guard {k}")
