"""Rows stand for builds in either order of columns, whoever saved the file last."""

from __future__ import annotations

import csv
import random
from dataclasses import replace
from decimal import Decimal

import pytest
from random_problems import Job, random_job

from equipment_optimizer.errors import InfeasibleError
from equipment_optimizer.output.csv_file import write_csv
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, CountRule, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.verify.verifier import verify_builds

PIECES = [
    EquipmentPiece("Cap", "Head", defence=3, skills=(("Attack", 1), ("Evasion", 3))),
    EquipmentPiece("Hood", "Head", defence=1, skills=(("Guard", 2),), slots=(1, 0, 0, 0)),
    EquipmentPiece("Coat", "Body", defence=5, skills=(("Attack", 2), ("Luck", 1))),
]
CONFIG = Config(skills={"Attack": SkillRule(weight=Decimal("2.25"), maximum=4)}, limit=2)
JOB = Job(PIECES, CONFIG)


def for_spreadsheets(rows, job, skills, other_skills="Other skills"):
    """The order for spreadsheets: score, pieces, listed skills, decorations, other skills, the rest."""
    header, *lines = rows
    pieces = list(job.table.position_names)
    columns = header[len(pieces) : next(k for k, name in enumerate(header) if name == "Lvl 1 Decoration Slot")]
    listed = [name for name in columns if name.removesuffix(" (skill)") in skills]
    others = [name for name in columns if name not in listed]
    filled = [name for name in ("Decorations",) if name in header]
    first = ["Score", *pieces, *listed, *filled]
    last = [name for name in header if name not in {*first, *others}]
    made = [[*first, other_skills, *last]]
    for line in lines:
        cells = dict(zip(header, line, strict=True))
        text = ", ".join(f"{name.removesuffix(' (skill)')} {cells[name]}" for name in others if cells[name] != "0")
        made.append([*(cells[name] for name in first), text, *(cells[name] for name in last)])
    return made


def written(path, job):
    """Rows of the file that optimize writes; None where there is no build."""
    try:
        write_csv(optimize(job.table, job.config), str(path))
    except InfeasibleError:
        return None
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def save(path, rows, *, delimiter=",", encoding="utf-8", numbers=str):
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([[numbers(cell) for cell in row] for row in rows])


def differences(path, job):
    verdict = verify_builds(str(path), job.table, job.config, n_builds=500)
    return [(d.line, d.column, d.expected, d.found) for d in verdict.differences]


def german(cell):
    """A number as a German spreadsheet writes it."""
    try:
        Decimal(cell)
    except ArithmeticError:
        return cell
    return cell.replace(".", ",")


@pytest.mark.parametrize("decorations", [False, True])
@pytest.mark.parametrize("seed", range(25))
def test_what_spreadsheets_re_save_is_found_right(tmp_path, seed, decorations):
    job, path = random_job(random.Random(seed), full=True, decorations=decorations), tmp_path / "out.csv"
    rows = written(path, job)
    if rows is None:
        return
    wide = for_spreadsheets(rows, job, job.config.skills)
    for own in (rows, wide):
        for options in (
            {"encoding": "utf-8-sig"},
            {"delimiter": ";", "encoding": "utf-8-sig", "numbers": german},
            {"delimiter": "\t", "encoding": "utf-16", "numbers": german},
        ):
            save(path, [[*row, "", ""] for row in own], **options)
            assert differences(path, job) == []


@pytest.mark.parametrize(
    ("column", "text", "difference"),
    [
        ("Other skills", "Evasion 3", (2, "Other skills", "Evasion 3, Luck 1", "Evasion 3")),
        ("Other skills", "Luck 1, Evasion 3", (2, "Other skills", "Evasion 3, Luck 1", "Luck 1, Evasion 3")),
        ("Attack", "4", (2, "Attack", "3", "4")),
        ("Defence", "", (2, "Defence", "8", "")),
        ("Score", "18.751", (2, "Score", "18.75", "18.751")),
    ],
)
def test_a_wrong_cell_of_the_form_for_spreadsheets_is_named(tmp_path, column, text, difference):
    rows = for_spreadsheets(written(tmp_path / "out.csv", JOB), JOB, CONFIG.skills)
    assert rows[1][:4] == ["18.75", "Cap", "Coat", "3"]
    save(tmp_path / "out.csv", rows)
    assert differences(tmp_path / "out.csv", JOB) == []
    rows[1][rows[0].index(column)] = text
    save(tmp_path / "out.csv", rows)
    assert differences(tmp_path / "out.csv", JOB) == [difference]


def test_columns_of_the_form_for_spreadsheets_have_their_places(tmp_path):
    rows = for_spreadsheets(written(tmp_path / "out.csv", JOB), JOB, CONFIG.skills)
    for row in rows:
        row[-2:] = row[:-3:-1]
    save(tmp_path / "out.csv", rows)
    assert differences(tmp_path / "out.csv", JOB)[0][:2] == (1, rows[0][-2])


def test_a_listed_skill_of_that_name_is_told_from_the_column(tmp_path):
    pieces = [EquipmentPiece("Cap", "Head", skills=(("Other skills", 2), ("Luck", 1)))]
    job = Job(pieces, replace(CONFIG, skills={"Other skills": SkillRule(maximum=5)}, limit=1))
    rows = written(tmp_path / "out.csv", job)
    rows = for_spreadsheets(rows, job, job.config.skills, "Other skills (cell)")
    save(tmp_path / "out.csv", rows)
    assert differences(tmp_path / "out.csv", job) == []


@pytest.mark.parametrize("n_rows", [1, 3, 5])
def test_a_list_of_another_length_is_one_line(tmp_path, n_rows):
    job = random_job(random.Random(1), n_most=4)
    job = Job(job.pieces, replace(job.config, limit=n_rows))
    assert written(tmp_path / "out.csv", job) is not None
    for limit in (n_rows + 2, n_rows + 50):
        other = Job(job.pieces, replace(job.config, limit=limit))
        found = f"{n_rows}: --limit {n_rows} judges it as a list of that length"
        assert [own[:2] + own[3:] for own in differences(tmp_path / "out.csv", other)] == [(0, "(rows)", found)]
    if n_rows > 1:
        shorter = Job(job.pieces, replace(job.config, limit=n_rows - 1))
        (difference,) = differences(tmp_path / "out.csv", shorter)
        assert difference[:3] == (0, "(rows)", f"at most {n_rows - 1}")


def test_a_better_build_that_a_short_list_lacks_is_named_beside_its_length(tmp_path):
    rows = written(tmp_path / "out.csv", JOB)
    save(tmp_path / "out.csv", [rows[0], rows[2]])
    told = {own[1] for own in differences(tmp_path / "out.csv", JOB)}
    assert {"(missing)", "(rows)"} <= told


@pytest.mark.parametrize("has_skill_first", [False, True])
@pytest.mark.parametrize("n_plain", [1, 4])
def test_namesakes_are_told_apart_by_a_skill_that_scores_nothing(n_plain, has_skill_first, tmp_path):
    skilled = EquipmentPiece("Sword", "Head", skills=(("Attack", 1),))
    pieces = [EquipmentPiece("Sword", "Head")] * n_plain
    pieces = [skilled, *pieces] if has_skill_first else [*pieces, skilled]
    for rule in (SkillRule(weight=0, minimum=1), SkillRule(weight=0, at_most=0)):
        job = Job(pieces, Config(skills={"Attack": rule}, defence_weight=0, limit=1), ())
        write_csv(optimize(job.table, job.config), str(tmp_path / "out.csv"))
        assert verify_builds(str(tmp_path / "out.csv"), job.table, job.config).differences == ()


@pytest.mark.parametrize("hours", [("Mo 1", ""), ("", "Mo 1")])
def test_namesakes_are_told_apart_by_what_a_limit_counts(hours, tmp_path):
    pieces = [EquipmentPiece("Boots", "Legs", other=(hour,)) for hour in hours]
    table = EquipmentTable.from_pieces(
        [*pieces, EquipmentPiece("Cap", "Head", other=("Tu 2",))],
        body_parts={"Legs": 1, "Head": 1},
        other_names=("Hours",),
    )
    config = Config(body_parts={"Legs": 1, "Head": 1}, counts={"hours": CountRule(same="Hours")}, limit=1)
    write_csv(optimize(table, config), str(tmp_path / "out.csv"))
    assert verify_builds(str(tmp_path / "out.csv"), table, config).differences == ()


def test_namesakes_that_differ_in_slots_alone_have_a_row_each(tmp_path):
    """What fills the second one's slots would fill the first one's too, though not best."""
    pieces = [EquipmentPiece("Charm", "Charm", slots=slots) for slots in ((0, 1, 1, 0), (1, 1, 0, 0))]
    gem = Decoration(name="Gem", slot_level=1, skills=(("Balance", 1),))
    config = Config(
        skills={"Balance": SkillRule(minimum=1, maximum=1)},
        over_max="cap",
        slot_weights=(Decimal(0), Decimal(0), Decimal(1), Decimal(0)),
        slot_count_weight=0,
        decorations=(gem,),
        limit=9,
    )
    job = Job(pieces, config)
    write_csv(optimize(job.table, config), str(tmp_path / "out.csv"))
    verdict = verify_builds(str(tmp_path / "out.csv"), job.table, config)
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 3
    assert verdict.differences == ()
