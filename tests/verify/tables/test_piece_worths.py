"""A table of what pieces are worth, judged: right ones are content, whatever is changed in a cell is not."""

from __future__ import annotations

import csv
import random
from fractions import Fraction
from pathlib import Path

import pytest
from random_formulas import with_formula
from random_limits import with_limits
from random_problems import random_job

from equipment_optimizer.answers.piece_values import piece_values
from equipment_optimizer.cli import main
from equipment_optimizer.commands.pieces import table_of
from equipment_optimizer.errors import InfeasibleError
from equipment_optimizer.output.answer_file import write_answer
from equipment_optimizer.records.config import Config, Decoration, PartRule, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.verify.output_file import read_output
from equipment_optimizer.verify.tables.piece_worths import is_worth_table, verify_worths

EXAMPLE = Path(__file__).resolve().parents[3] / "example_data"


def written(path, seed: int, *, should_stop=None):
    """A random job, and the table of its pieces in a file."""
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=seed % 3 == 1, decorations=seed % 2 == 0, n_most=3)
        if seed % 4 > 1:
            job = with_formula(rng, with_limits(rng, job, {"totals", "counts", "drawn", "optional"}))
        try:
            values = piece_values(job.table, job.config, limit=job.config.limit, should_stop=should_stop)
        except InfeasibleError:
            continue
        break
    header, rows = table_of(values)
    write_answer(str(path), header, rows, n_known=8, is_proved=True, overwrite=True)
    return job


def judged(path, job, **how):
    return verify_worths(read_output(str(path)), job.table, job.config, **{"n_builds": 3_000, **how})


@pytest.mark.parametrize("seed", range(40))
def test_a_right_table_is_content(tmp_path, seed: int) -> None:
    job = written(tmp_path / "worth.csv", seed)
    verdict = judged(tmp_path / "worth.csv", job)
    assert verdict.differences == ()
    assert len(verdict.checks) == 2 + ("judged within bounds only" in verdict.checks[-1])


@pytest.mark.parametrize("body_parts", [{"Head": 1}, {"Head": PartRule(count=2, optional=True)}])
def test_the_best_build_may_have_no_piece(tmp_path, body_parts) -> None:
    pieces = [EquipmentPiece(name, "Head", n) for n, name in enumerate(("Cap", "Hood"), 1)]
    config = Config(body_parts=body_parts, defence_weight=-1)
    table = EquipmentTable.from_pieces(pieces, body_parts=config.body_parts)
    values = piece_values(table, config)
    header, rows = table_of(values)
    write_answer(str(tmp_path / "worth.csv"), header, rows, n_known=8, is_proved=True, overwrite=True)
    output = read_output(str(tmp_path / "worth.csv"))
    assert verify_worths(output, table, config, n_builds=100).differences == ()
    assert [value.loss for value in values] == ([0, 1] if body_parts == {"Head": 1} else [1, 2])
    # Each build is tried, or few of them.
    assert verify_worths(output, table, config, n_builds=1).differences == ()


@pytest.mark.parametrize("seed", range(6))
def test_what_a_stop_left_open_is_no_difference(tmp_path, seed: int) -> None:
    job = written(tmp_path / "worth.csv", seed, should_stop=lambda: True)
    assert judged(tmp_path / "worth.csv", job).differences == ()


def cells_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("column", ["Best Score", "Loss", "Loss When Sold", "In Best", "Never Useful", "Name", "Kind"])
@pytest.mark.parametrize("seed", [1, 5, 9, 3, 2, 4, 8])
def test_any_other_cell_is_a_difference(tmp_path, seed: int, column: str) -> None:
    path = tmp_path / "worth.csv"
    job = written(path, seed)
    (header, *rows), rng = cells_of(path), random.Random(seed)
    place = header.index(column)
    row = rng.choice([row for row in rows if row[0] == "piece" and row[3]])
    other = {"Never Useful": {"yes": "no", "no": "yes"}.get(row[place]), "Name": "nobody", "Kind": "not allowed"}
    number = "" if row[place] in ("", "yes", "no") else row[place]
    row[place] = other.get(column) or (f"{number}1" if "." in number else str(int(number or 0) + 1))
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    assert judged(path, job, n_builds=100_000).differences


def test_rows_that_are_missing_are_told(tmp_path) -> None:
    path = tmp_path / "worth.csv"
    job = written(path, 1)
    path.write_text("".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
    assert judged(path, job).differences[0].column == "(file)"


def test_the_command_knows_such_a_table_by_its_columns(tmp_path, capsys) -> None:
    job = [str(EXAMPLE / "equipment.csv"), str(EXAMPLE / "config.json")]
    path = tmp_path / "worth.csv"
    assert main(["pieces", *job, "-o", str(path), "--quiet"]) == 0
    assert is_worth_table(read_output(str(path)).header)
    assert main(["verify", str(path), *job, "--builds", "500"]) == 0
    assert "52 pieces matched with the equipment" in capsys.readouterr().out
    path.write_text(path.read_text().replace(",48.6,0.83,", ",48.5,0.93,"))
    assert main(["verify", str(path), *job, "--builds", "2000"]) == 1
    assert "Best Score: expected 48.6, found 48.5" in capsys.readouterr().out


def test_a_stop_is_told(tmp_path) -> None:
    job = written(tmp_path / "worth.csv", 1)
    verdict = judged(tmp_path / "worth.csv", job, should_stop=lambda: True)
    assert verdict.was_stopped
    assert verdict.differences == ()


def decorated(path, n_slots: int, jewels=1):
    """The table of two heads with slots and one body, and the job."""
    skills = {"Guard": SkillRule(maximum=9), "Might": SkillRule(maximum=9)}
    gems = tuple(
        Decoration(name=f"Gem {guard}", slot_level=1, skills=(("Guard", guard), ("Might", might)))
        for guard, might in ((1, 2), (3, 1), (7, 5))[:jewels]
    )
    pieces = [EquipmentPiece(name, "Head", slots=(n_slots, 0, 0, 0)) for name in ("Cap", "Hood")]
    table = EquipmentTable.from_pieces([*pieces, EquipmentPiece("Mail", "Body")])
    config = Config(skills=skills, decorations=gems, limit=4)
    header, rows = table_of(piece_values(table, config, limit=4))
    write_answer(str(path), header, rows, n_known=8, is_proved=True, overwrite=True)
    return table, config


@pytest.mark.parametrize(("n_slots", "jewels"), [(1, 1), (40, 3)])
@pytest.mark.parametrize("n_builds", [100_000, 0])
def test_a_piece_is_in_no_more_of_the_best_builds_than_there_are_with_it(tmp_path, n_slots, jewels, n_builds) -> None:
    path = tmp_path / "worth.csv"
    table, config = decorated(path, n_slots, jewels)
    right = path.read_text(encoding="utf-8")
    verdict = verify_worths(read_output(str(path)), table, config, n_builds=n_builds)
    assert verdict.differences == ()
    is_open = n_slots == 40 and n_builds > 0
    assert ("judged within bounds only" in " ".join(verdict.checks)) == is_open
    assert right.count(",1,no") == 2
    for more in ("2", "3", "4"):
        path.write_text(right.replace(",1,no", f",{more},no", 1), encoding="utf-8")
        told = verify_worths(read_output(str(path)), table, config, n_builds=n_builds).differences
        # Where not every build is tried it is known how many there are in all.
        assert [difference.column for difference in told] == ["In Best"] * (n_builds > 0 or int(more) > 2)


@pytest.mark.parametrize("column", ["Best Score", "Loss When Sold", "In Best"])
def test_any_number_of_a_table_with_slots_is_judged(tmp_path, column) -> None:
    path = tmp_path / "worth.csv"
    table, config = decorated(path, 2, 2)
    header, *rows = cells_of(path)
    place = header.index(column)
    for row in rows:
        for number in (str(Fraction(row[place] or 1) + 1), "0.5"):
            changed = [*row[:place], number, *row[place + 1 :]]
            with open(path, "w", newline="", encoding="utf-8") as file:
                cells = [header, *(changed if other is row else other for other in rows)]
                csv.writer(file, lineterminator="\n").writerows(cells)
            assert verify_worths(read_output(str(path)), table, config, n_builds=1_000).differences


def with_further(path):
    """The table of a job with wishes, pairs, talismans and one more of a decoration; and the job."""
    gems = (Decoration(name="Gem", slot_level=1, skills=(("Guard", 2),), available=1),)
    config = Config(skills={"Guard": SkillRule(maximum=3, weight=2)}, decorations=gems, defence_weight=1, limit=2)
    pieces = [EquipmentPiece("Cap", "Head", 5), EquipmentPiece("Hood", "Head", 3, slots=(2, 0, 0, 0))]
    table = EquipmentTable.from_pieces([*pieces, EquipmentPiece("Ring", "Charm", 1)])
    wishes = EquipmentTable.from_pieces([EquipmentPiece(name, "Head", n) for name, n in (("Veil", 2), ("Helm", 11))])
    header, rows = table_of(piece_values(table, config, wishes=wishes, pairs=True, decorations=True))
    write_answer(str(path), header, rows, n_known=8, is_proved=True, overwrite=True)
    return table, config


def test_any_cell_of_what_might_be_got_agrees_with_the_best_builds(tmp_path) -> None:
    path = tmp_path / "worth.csv"
    table, config = with_further(path)
    assert verify_worths(read_output(str(path)), table, config, n_builds=100).differences == ()
    header, *rows = cells_of(path)
    assert [row[0] for row in rows[3:]] == ["wish", "wish", *["talisman"] * 3, "pair", "decoration"]
    n_of_best = {"Best Score", "Loss", "Loss When Sold", "In Best", "Gain"}
    for row in rows[3:]:
        for column, cell in zip(header, row, strict=True):
            if column in n_of_best:
                other = str(Fraction(cell or 1) - Fraction(1))
            elif column == "Never Useful":
                other = {"yes": "no", "no": "yes", "": "no"}[cell]
            else:
                other = "piece" if column == "Kind" else cell
            if other == cell:
                continue
            with open(path, "w", newline="", encoding="utf-8") as file:
                changed = [other if name == column else own for name, own in zip(header, row, strict=True)]
                csv.writer(file, lineterminator="\n").writerows([header, *(changed if o is row else o for o in rows)])
            told = verify_worths(read_output(str(path)), table, config, n_builds=100).differences
            assert told, (row, column)


def test_without_every_build_what_lifts_the_best_score_is_of_use(tmp_path) -> None:
    path = tmp_path / "worth.csv"
    table, config = with_further(path)
    right = path.read_text(encoding="utf-8")
    assert "wish,Helm,Head,12,-2,,,no,2\n" in right
    path.write_text(right.replace("wish,Helm,Head,12,-2,,,no,2\n", "wish,Helm,Head,12,-2,,,yes,2\n"), encoding="utf-8")
    (told,) = verify_worths(read_output(str(path)), table, config, n_builds=1).differences
    assert (told.column, told.expected, told.found) == ("Never Useful", "no", "yes")


@pytest.mark.parametrize("is_stopped", [False, True])
def test_a_blank_cell_that_is_filled_and_a_yes_or_no_that_is_blank_are_told_once(tmp_path, is_stopped) -> None:
    path = tmp_path / "worth.csv"
    table, config = with_further(path)
    header, *rows = cells_of(path)
    if is_stopped:
        header, rows = [*header, "At Most", "Proved"], [[*row, "", "no"] for row in rows]
    for k, row in enumerate(rows):
        for place, cell in enumerate(row[3:], 3):
            is_blank = not cell and header[place] != "At Most"
            if not is_blank and header[place] not in ("Never Useful", "Proved"):
                continue
            other = "zzz" if is_blank else ""
            changed = [*rows[:k], [*row[:place], other, *row[place + 1 :]], *rows[k + 1 :]]
            with open(path, "w", newline="", encoding="utf-8") as file:
                csv.writer(file, lineterminator="\n").writerows([header, *changed])
            told = verify_worths(read_output(str(path)), table, config, n_builds=100).differences
            assert [(each.line, each.column, each.found) for each in told] == [
                (k + 2, header[place], other or "nothing")
            ]


def test_columns_and_cells_that_are_too_many_are_told_and_blank_ends_of_rows_are_not(tmp_path) -> None:
    path = tmp_path / "worth.csv"
    table, config = with_further(path)
    right = path.read_text(encoding="utf-8")
    for changed, column in (
        (right.replace(",\n", "\n"), None),
        (right.replace("yes,\n", "yes,,1\n").replace("no,\n", "no,,1\n"), "(row)"),
        (right.replace("Gain", "Gains"), "(header)"),
    ):
        assert changed != right
        path.write_text(changed, encoding="utf-8")
        told = verify_worths(read_output(str(path)), table, config, n_builds=100).differences
        assert {each.column for each in told} == ({column} if column else set())
