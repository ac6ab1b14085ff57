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
from equipment_optimizer.records.config import Config, Decoration, SkillRule
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


#: Guard and Might are worth the same: of fillings with either one is written.
GUARD, MIGHT = (Decoration(name=f"{skill} Gem", slot_level=1, skills=((skill, 1),)) for skill in ("Guard", "Might"))
NO_SLOT = {"slot_weights": (Decimal(0),) * 4, "slot_count_weight": Decimal(0), "unlisted_skill_weight": Decimal(0)}


def listed(tmp_path, rules: dict, pieces, jewels=(GUARD,), **more):
    """A list in a file, the job's table and configuration."""
    skills = {"Guard": SkillRule(maximum=9), "Might": SkillRule(maximum=9)}
    config = Config(skills=skills, decorations=jewels, limit=4, **NO_SLOT, **rules, **more)
    table = EquipmentTable.from_pieces(pieces)
    write_csv(optimize(table, config), str(tmp_path / "list.csv"))
    return table, config


def judged(tmp_path, table, config, edit=lambda lines: lines):
    """Columns that differ once the rows were changed, and what was checked."""
    path = tmp_path / "list.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(edit(lines)))
    verdict = verify_builds(str(path), table, config)
    path.write_text("".join(lines))
    return {difference.column for difference in verdict.differences}, " ".join(verdict.checks)


@pytest.mark.parametrize("rules", [{"different_skills": True}, {"variants": "one"}], ids=str)
def test_rows_with_slots_that_were_left_out_are_missed(rules: dict, tmp_path) -> None:
    pieces = [EquipmentPiece("Cap", "Head", slots=(1, 0, 0, 0)), EquipmentPiece("Hat", "Head"),
              EquipmentPiece("Hood", "Head", slots=(1, 0, 0, 0))]  # fmt: skip
    job = listed(tmp_path, rules, pieces)
    assert judged(tmp_path, *job)[0] == set()
    for left_out in (1, 2):
        found, _ = judged(tmp_path, *job, lambda lines, k=left_out: lines[:k] + lines[k + 1 :])
        assert "(rows)" in found


@pytest.mark.parametrize(("told", "is_right"), [("1", False), ("2", True), ("3", False), ("07", False), ("", False)])
def test_a_count_of_variants_with_slots_is_judged(told: str, is_right: bool, tmp_path) -> None:
    pieces = [EquipmentPiece(name, "Head", slots=(1, 0, 0, 0)) for name in ("Cap", "Hood")]
    job = listed(tmp_path, {"variants": "one"}, [*pieces, EquipmentPiece("Hat", "Head")])
    found, _ = judged(tmp_path, *job, lambda lines: [lines[0], lines[1].replace(",2,1\n", f",{told},1\n"), *lines[2:]])
    assert found == (set() if is_right else {"Variants"})


def blanked(lines, *rows):
    """Lines without the cell before the last in some rows."""
    return [line if k not in rows else ",".join([*line.split(",")[:-2], "", line.split(",")[-1]])
            for k, line in enumerate(lines)]  # fmt: skip


#: Outcomes of 3, 2 and 1 points of defence.
POINTS = [EquipmentPiece(f"{part} {n}", part, n // 2) for part in ("Head", "Body") for n in (2, 3, 0)]


def test_a_count_that_is_blank_is_told_as_any_other(tmp_path) -> None:
    config = Config(limit=9, defence_weight=Decimal(1), variants="one", **NO_SLOT)
    table = EquipmentTable.from_pieces(POINTS)
    path = tmp_path / "list.csv"
    write_csv(optimize(table, config), str(path))
    lines = path.read_text().splitlines(keepends=True)
    assert [line.split(",")[-2] for line in lines[1:]] == ["4", "4", "1"]
    for n_builds, expected in ((100_000, "4"), (1, "1 to 9")):
        path.write_text("".join(blanked(lines, 2)))
        (told,) = verify_builds(str(path), table, config, n_builds=n_builds).differences
        assert (told.line, told.column, told.expected, told.found) == (3, "Variants", expected, "nothing")


def test_a_count_may_be_blank_of_the_last_score_of_many_and_after_a_stop(tmp_path, monkeypatch) -> None:
    config = Config(limit=2, defence_weight=Decimal(1), variants="one", **NO_SLOT)
    table = EquipmentTable.from_pieces(POINTS)
    write_csv(optimize(table, config), str(tmp_path / "list.csv"))
    assert judged(tmp_path, table, config, lambda lines: blanked(lines, 2))[0] == {"Variants"}
    monkeypatch.setattr("equipment_optimizer.verify._selection._FEW", 8)
    assert judged(tmp_path, table, config, lambda lines: blanked(lines, 2))[0] == set()
    assert judged(tmp_path, table, config, lambda lines: blanked(lines, 1))[0] == {"Variants"}
    # Where the sums that tell builds apart are too many, none are counted.
    assert judged(tmp_path, table, config, lambda lines: blanked(lines, 1, 2))[0] == set()
    monkeypatch.undo()
    ends = ("Proved,", "yes,", "no,")
    found, _ = judged(tmp_path, table, config, lambda lines: list(map(with_cell, blanked(lines, 1, 2), ends)))
    assert found == set()


@pytest.mark.parametrize("rules", [{"different_pieces": 2}, {"different_skills": True}, {"share": Decimal("0.5")}])
def test_a_count_beside_other_rules_is_blank_of_later_outcomes_only(rules: dict, tmp_path) -> None:
    skills = {part: SkillRule(maximum=9, weight=weight) for part, weight in (("Head", 1), ("Body", 1))}
    pieces = [EquipmentPiece(f"{part} {n}", part, skills=((part, n // 2),)) for part in skills for n in (6, 4, 5, 3)]
    table = EquipmentTable.from_pieces(pieces)
    config = Config(skills=skills, limit=6, variants="one", **NO_SLOT, **rules)
    results = optimize(table, config)
    write_csv(results, str(tmp_path / "list.csv"))
    assert judged(tmp_path, table, config)[0] == set()
    assert len(results) - results.variants.count(None) > 1
    for row, n_builds in enumerate(results.variants, 1):
        if n_builds is not None:
            assert judged(tmp_path, table, config, lambda lines, k=row: blanked(lines, k))[0] == {"Variants"}
    # Counting may have been stopped once the rows were there.
    assert judged(tmp_path, table, config, lambda lines: blanked(lines, *range(1, 7)))[0] == set()


def test_what_depends_on_which_filling_is_written_is_not_judged_and_told(tmp_path) -> None:
    pieces = [EquipmentPiece(name, "Head", slots=(1, 0, 0, 0)) for name in ("Cap", "Hood")]
    job = listed(tmp_path, {"different_skills": True}, pieces, (GUARD, MIGHT))
    found, told = judged(tmp_path, *job)
    assert found == set()
    assert "1 builds not judged as missing: of equal fillings the one that is written decides" in told
    job = listed(tmp_path, {"variants": "one"}, pieces, (GUARD, MIGHT))
    row = (tmp_path / "list.csv").read_text().splitlines()[1]
    assert row.endswith(",2,1")
    for n, is_right in ((1, True), (2, True), (3, False)):
        found, told = judged(tmp_path, *job, lambda lines, n=n: [lines[0], lines[1].replace(",2,1\n", f",{n},1\n")])
        assert found == (set() if is_right else {"Variants"})
        assert "variants of 1 rows judged within bounds only" in told


def test_builds_with_too_many_fillings_are_not_judged_and_told(tmp_path) -> None:
    jewels = tuple(
        Decoration(name=f"Gem {guard}", slot_level=1, skills=(("Guard", guard), ("Might", might)))
        for guard, might in ((1, 2), (3, 1), (7, 5))
    )
    pieces = [EquipmentPiece(name, "Head", slots=(40, 0, 0, 0)) for name in ("Cap", "Hat")]
    found, told = judged(tmp_path, *listed(tmp_path, {"different_skills": True}, pieces, jewels))
    assert found == set()
    assert "with slots filled greedily" in told
    assert "1 builds not judged as missing: there are too many ways to fill their slots" in told
    found, told = judged(tmp_path, *listed(tmp_path, {"variants": "one"}, pieces, jewels))
    assert found == set()
    assert "variants of 1 rows judged within bounds only" in told


TWINS = [EquipmentPiece("Cap", "Head", 1), EquipmentPiece("Cap", "Head", 1), EquipmentPiece("Mail", "Body", 2),
         EquipmentPiece("Coat", "Body", 1), EquipmentPiece("Robe", "Body", 1)]  # fmt: skip


@pytest.mark.parametrize(
    "rules", [{"different_pieces": 2}, {"share": Decimal("0.25")}, {"different_pieces": 2, "share": Decimal("0.25")}]
)
def test_pieces_alike_in_name_are_told_apart_by_what_rows_must_differ_in(rules: dict, tmp_path) -> None:
    config = Config(limit=4, defence_weight=Decimal(1), **NO_SLOT, **rules)
    table = EquipmentTable.from_pieces(TWINS)
    write_csv(optimize(table, config), str(tmp_path / "list.csv"))
    rows = [line.split(",")[:2] for line in (tmp_path / "list.csv").read_text().splitlines()[1:]]
    assert rows == [["Cap", "Mail"], ["Cap", "Coat"]]
    assert judged(tmp_path, table, config)[0] == set()
    # No third cap is there, and what is left out is missed.
    assert judged(tmp_path, table, config, lambda lines: [*lines, lines[2].replace("Coat", "Robe")])[0] == {"(row)"}
    assert "(rows)" in judged(tmp_path, table, config, lambda lines: lines[:2])[0]
    assert "(missing)" in judged(tmp_path, table, config, lambda lines: [lines[0], lines[2]])[0]
    assert judged(tmp_path, table, config, lambda lines: [*lines[:2], lines[2].replace("Coat", "Robe")])[0] >= {
        "(missing)"
    }


@pytest.mark.parametrize("seed", range(40))
def test_right_lists_of_pieces_alike_are_content(seed: int, tmp_path) -> None:
    rng = random.Random(seed)
    pieces = [EquipmentPiece(rng.choice("ab"), part, rng.randint(1, 2)) for part in ("Head", "Ring", "Body")
              for _ in range(rng.randint(2, 4))]  # fmt: skip
    rules = rng.choice(
        [{"different_pieces": 2}, {"share": Decimal("0.3")}, {"share": Decimal("0.2"), "variants": "one"}]
    )
    config = Config(
        limit=6, defence_weight=Decimal(1), body_parts={"Head": 1, "Ring": 2, "Body": 1}, **NO_SLOT, **rules
    )
    table = EquipmentTable.from_pieces(pieces, body_parts=config.body_parts)
    write_csv(optimize(table, config), str(tmp_path / "list.csv"))
    assert judged(tmp_path, table, config)[0] == set()


def with_cell(line: str, cell: str) -> str:
    """A line with one more cell, before the last."""
    before, comma, last = line.rpartition(",")
    return f"{before}{comma}{cell}{last}"


def test_where_names_do_not_tell_pieces_apart_nothing_is_refused_and_that_is_told(tmp_path, monkeypatch) -> None:
    config = Config(limit=4, defence_weight=Decimal(1), different_pieces=2, **NO_SLOT)
    table = EquipmentTable.from_pieces(TWINS)
    write_csv(optimize(table, config), str(tmp_path / "list.csv"))
    # After a stop any of two may be meant.
    ends = ("Proved,", "yes,", "no,")
    found, told = judged(tmp_path, table, config, lambda lines: list(map(with_cell, lines, ends)))
    assert found == set()
    assert "how rows differ was not judged" in told
    monkeypatch.setattr("equipment_optimizer.verify._rows._MOST_UNLIKE", 1)
    found, told = judged(tmp_path, table, config)
    assert found == set()
    assert "no search for missing builds: some rows are builds that are not known" in told
