"""Rows of what might be got: right ones are content, and those of anything else are told."""

from __future__ import annotations

import csv
import random
from decimal import Decimal

import pytest
from random_formulas import with_formula
from random_limits import with_limits
from random_problems import random_job

from equipment_optimizer.answers.piece_values import piece_values
from equipment_optimizer.cli import main
from equipment_optimizer.commands.pieces import table_of
from equipment_optimizer.errors import InfeasibleError
from equipment_optimizer.output.answer_file import write_answer
from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.verify.output_file import read_output
from equipment_optimizer.verify.tables.piece_worths import verify_worths

#: Builds for each kind, where a fiftieth is tried with decorations.
MANY = 200_000


def wishes_for(rng: random.Random, job) -> EquipmentTable | None:
    """Some pieces of a job with other names and defence, as a wish list."""
    pieces = {(piece.name, piece.body_part): piece for piece in job.table if piece.name}
    pieces = [piece for piece in pieces.values() if not job.config.body_parts[piece.body_part].drawn_from]
    wished = [
        piece._replace(name=f"Wish {n}", defence=piece.defence + rng.randint(-3, 6))
        for n, piece in enumerate(rng.sample(pieces, min(len(pieces), 3)))
    ]
    names = {"resistance_names": job.table.resistance_names, "other_names": job.table.other_names}
    return EquipmentTable.from_pieces(wished, body_parts=job.config.body_parts, **names) if wished else None


def written(path, seed: int):
    """A random job with wishes, and the table of what they and all else would bring."""
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=seed % 3 == 1, decorations=seed % 2 == 0, n_most=3)
        if seed % 4 > 1:
            job = with_limits(rng, job, {"totals", "counts", "drawn", "optional"})
            job = with_formula(rng, job) if seed % 8 > 3 else job
        wishes = wishes_for(rng, job)
        try:
            values = piece_values(job.table, job.config, wishes=wishes, pairs=wishes is not None, decorations=True)
        except InfeasibleError:
            continue
        break
    header, rows = table_of(values)
    write_answer(str(path), header, rows, n_known=8, is_proved=True, overwrite=True)
    return job, wishes


@pytest.mark.parametrize("n_builds", [MANY, 1_000])
@pytest.mark.parametrize("seed", range(24))
def test_right_rows_are_content(tmp_path, seed: int, n_builds: int) -> None:
    job, wishes = written(tmp_path / "worth.csv", seed)
    output = read_output(str(tmp_path / "worth.csv"))
    assert verify_worths(output, job.table, job.config, n_builds=n_builds, wishes=wishes).differences == ()


def small_job(path):
    """The table of a job of few builds, its files' contents, and the job."""
    gems = (Decoration(name="Gem", slot_level=1, skills=(("Guard", 2),), available=1),)
    config = Config(skills={"Guard": SkillRule(maximum=3, weight=2)}, decorations=gems, defence_weight=1, limit=2)
    pieces = [EquipmentPiece("Cap", "Head", 5), EquipmentPiece("Hood", "Head", 3, slots=(2, 0, 0, 0))]
    table = EquipmentTable.from_pieces([*pieces, EquipmentPiece("Ring", "Charm", 1), EquipmentPiece("Belt", "Waist")])
    further = [
        EquipmentPiece("Veil", "Head", 2),
        EquipmentPiece("Helm", "Head", 11),
        EquipmentPiece("Sash", "Waist", 4),
    ]
    wishes = EquipmentTable.from_pieces(further)
    header, rows = table_of(piece_values(table, config, wishes=wishes, pairs=True, decorations=True))
    write_answer(str(path), header, rows, n_known=8, is_proved=True, overwrite=True)
    return table, config, wishes


def rewritten(path, change) -> None:
    """Change the rows of a table."""
    with open(path, newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *change(rows)])


@pytest.mark.parametrize("by", ["0.5", "-0.5", "3"])
@pytest.mark.parametrize("n", range(10))
def test_a_score_that_agrees_with_all_else_is_a_difference_where_builds_say_otherwise(
    tmp_path, n: int, by: str
) -> None:
    path = tmp_path / "worth.csv"
    job = table, config, wishes = small_job(path)
    assert job
    at_the_best = []

    def changed(rows):
        row = rows[4 + n]
        loss, best = row[4] or f"{-Decimal(row[8])}", Decimal(row[3])
        top = best + Decimal(loss)
        row[3] = f"{best + Decimal(by):f}"
        at_the_best.append(row[0] in ("pair", "decoration") and best + Decimal(by) < top)
        row[4] = row[4] and f"{top - best - Decimal(by):f}"
        row[8] = f"{max(Decimal(0), best + Decimal(by) - top):f}"
        return rows

    rewritten(path, changed)
    told = verify_worths(read_output(str(path)), table, config, n_builds=10_000, wishes=wishes).differences
    assert "Best Score" in [difference.column for difference in told]
    # Without the wish list only what agrees with no number of the table itself is told of its rows.
    without = verify_worths(read_output(str(path)), table, config, n_builds=10_000)
    is_of_wishes = n < 3 or 6 <= n < 9
    assert any("judged by their numbers alone" in check for check in without.checks)
    assert bool([d for d in without.differences if d.column == "Best Score"]) == (not is_of_wishes or at_the_best[0])


@pytest.mark.parametrize("column", [1, 2])
@pytest.mark.parametrize("n", range(10))
def test_another_name_or_part_is_a_difference(tmp_path, n: int, column: int) -> None:
    path = tmp_path / "worth.csv"
    table, config, wishes = small_job(path)
    rewritten(path, lambda rows: [[*r[:column], "Belt", *r[column + 1 :]] if r is rows[4 + n] else r for r in rows])
    told = verify_worths(read_output(str(path)), table, config, n_builds=10_000, wishes=wishes).differences
    assert next(difference.line for difference in told if difference.column == "Name") == 6 + n


@pytest.mark.parametrize("n", range(10))
def test_rows_that_are_missing_or_out_of_turn_are_told(tmp_path, n: int) -> None:
    path = tmp_path / "worth.csv"
    table, config, wishes = small_job(path)
    right = path.read_text(encoding="utf-8")
    rewritten(path, lambda rows: [row for row in rows if row is not rows[4 + n]])
    assert verify_worths(read_output(str(path)), table, config, n_builds=10_000, wishes=wishes).differences
    path.write_text(right, encoding="utf-8")
    rewritten(path, lambda rows: [*rows[: 4 + n], *rows[5 + n :], rows[4 + n]])
    told = verify_worths(read_output(str(path)), table, config, n_builds=10_000, wishes=wishes).differences
    assert bool(told) == (n < 9)


def test_with_few_builds_some_rows_are_looked_at_and_that_is_said(tmp_path) -> None:
    path = tmp_path / "worth.csv"
    table, config, wishes = small_job(path)
    verdict = verify_worths(read_output(str(path)), table, config, n_builds=2_000, wishes=wishes)
    assert verdict.differences == ()
    assert "builds tried with 2 of 10 rows of what might be got" in verdict.checks[-1]


def test_the_command_reads_the_wish_list(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    header = "Name,Body Part,Defence\n"
    (tmp_path / "equipment.csv").write_text(f"{header}Cap,Head,5\nHood,Head,3\nMail,Body,2\n", encoding="utf-8")
    (tmp_path / "more.csv").write_text(f"{header}Helm,Head,9\nPlate,Body,1\n", encoding="utf-8")
    (tmp_path / "config.json").write_text('{"defence": 1, "skills": {}, "decorations": {}}', encoding="utf-8")
    job, further = ["equipment.csv", "config.json"], ["--wishes", "more.csv"]
    assert main(["pieces", *job, *further, "--pairs", "-o", "worth.csv", "--quiet"]) == 0
    assert main(["verify", "worth.csv", *job]) == 0
    assert "3 rows of wishes judged by their numbers alone: --wishes names their file" in capsys.readouterr().out
    assert main(["verify", "worth.csv", *job, *further]) == 0
    assert "builds tried with 3 of 3 rows of what might be got, all of them with 3" in capsys.readouterr().out
    path = tmp_path / "worth.csv"
    path.write_text(
        path.read_text(encoding="utf-8").replace("Head,11,-4,,,no,4", "Head,12,-5,,,no,5"), encoding="utf-8"
    )
    assert main(["verify", "worth.csv", *job, *further]) == 1
    assert "Best Score: expected 11, found 12" in capsys.readouterr().out
    assert main(["optimize", "equipment.csv", "builds.csv", "config.json", "--quiet"]) == 0
    assert main(["verify", "builds.csv", *job, *further]) == 2
    assert "--wishes needs a table of pieces" in capsys.readouterr().err


def test_with_the_wish_list_nothing_is_judged_by_numbers_alone(tmp_path) -> None:
    table, config, wishes = small_job(tmp_path / "worth.csv")
    verdict = verify_worths(read_output(str(tmp_path / "worth.csv")), table, config, n_builds=10_000, wishes=wishes)
    assert not any("numbers alone" in check for check in verdict.checks)
    assert "10 of 10 rows of what might be got, all of them with 10" in verdict.checks[-1]


@pytest.mark.parametrize(("at_most", "is_told"), [("", False), ("20", False), ("12", False), ("9", True)])
def test_what_is_not_proved_may_come_to_what_is_told_at_most(tmp_path, at_most: str, is_told: bool) -> None:
    path = tmp_path / "worth.csv"
    table, config, wishes = small_job(path)
    right = path.read_text(encoding="utf-8").splitlines()
    assert right[6].startswith("wish,Helm,Head,")
    lines = [f"{right[0]},At Most,Proved", *(f"{line},{line.split(',')[3]},yes" for line in right[1:])]
    assert right[6].split(",")[3] == "12"
    lines[6] = f"wish,Helm,Head,3,,,,no,,{at_most},no"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = verify_worths(read_output(str(path)), table, config, n_builds=10_000, wishes=wishes).differences
    assert ((7, "Best Score") in [(difference.line, difference.column) for difference in told]) == is_told
