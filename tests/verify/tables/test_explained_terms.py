"""A table of what separates two builds, judged: right ones are content, cells that are changed are told."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import pytest
from random_formulas import with_formula
from random_limits import with_limits
from random_problems import random_job
from range_tables import LIMITS, cells_of, rewritten

from equipment_optimizer.answers.explain import explain
from equipment_optimizer.cli import main
from equipment_optimizer.commands.explain import table_of
from equipment_optimizer.errors import InfeasibleError
from equipment_optimizer.output.answer_file import write_answer
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.verify.output_file import read_output
from equipment_optimizer.verify.tables.explained_terms import is_term_table, verify_terms

EXAMPLE = Path(__file__).resolve().parents[3] / "example_data"


def written(path, seed: int):
    """A random job, and the table of what separates two of its builds in a file."""
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=seed % 3 == 1, decorations=seed % 2 == 0, n_most=3)
        if seed % 4 > 1:
            job = with_limits(rng, job, LIMITS)
            job = with_formula(rng, job) if seed % 8 > 5 else job
        try:
            results = optimize(job.table, job.config, limit=20)
        except InfeasibleError:
            continue
        break
    header, rows = table_of(explain(results, *(rng.randrange(len(results)) for _ in range(2))), is_proved=True)
    write_answer(str(path), header, rows, n_known=7, is_proved=True, overwrite=True)
    return job


def judged(path, job, **how):
    return verify_terms(read_output(str(path)), job.table, job.config, **{"n_builds": 20_000, **how})


@pytest.mark.parametrize("seed", range(32))
def test_a_right_table_is_content(tmp_path, seed: int) -> None:
    """Scores of formulas of thirty digits (7, 23) among them, whose differences are exact too."""
    job = written(tmp_path / "why.csv", seed)
    verdict = judged(tmp_path / "why.csv", job)
    assert verdict.differences == ()
    assert "builds tried until two had these amounts" in verdict.checks[-1]


@pytest.mark.parametrize("column", ["Amount", "Worth", "Other Amount", "Other Worth", "Difference"])
@pytest.mark.parametrize("seed", [1, 3, 5, 7, 9, 11])
def test_any_other_number_is_a_difference(tmp_path, seed: int, column: str) -> None:
    path = tmp_path / "why.csv"
    job = written(path, seed)
    header, *rows = cells_of(path)
    place, rng = header.index(column), random.Random(seed)
    row = rng.choice([row for row in rows if row[place]])
    row[place] = f"{row[place]}1" if "." in row[place] else str(int(row[place]) + 1)
    rewritten(path, [header, *rows])
    assert judged(path, job).differences


def test_rows_that_are_not_as_they_should_be(tmp_path) -> None:
    path = tmp_path / "why.csv"
    job = written(path, 1)
    header, *rows = cells_of(path)

    def differences(*changed):
        rewritten(path, changed)
        return [(one.line, one.column) for one in judged(path, job).differences]

    needed = next(row for row in rows if row[1] == "slots")
    assert differences(header, *(row for row in rows if row != needed)) == [(0, "(missing)")]
    assert differences(header, rows[0], *rows) == [(3, "Term")]
    assert differences(header, ["Nothing", *rows[0][1:]], *rows)[0] == (2, "Term")
    assert differences(header, [rows[0][0], "slots", *rows[0][2:]], *rows)[0] == (2, "Term")
    assert (2, "(order)") in differences(header, rows[-1], *rows[:-1])
    assert differences(header, ["many", *rows[0]], *rows)[0] == (2, "(row)")
    assert differences([*header, "More"], *rows)[0] == (1, "(header)")
    assert differences([*header, "Proved"], *([*row, "yes"] for row in rows))[0] == (2, "Proved")
    assert differences([*header, "Proved"], *([*row, "no"] for row in rows)) == []
    assert differences(header, *rows[:-1], [*rows[-1][:2], "3", *rows[-1][3:]])[0] == (len(rows) + 1, "Amount")
    assert differences(header, [*rows[0][:3], "much", *rows[0][4:]], *rows[1:])[0] == (2, "Worth")


def test_the_largest_difference_comes_first(tmp_path) -> None:
    path = tmp_path / "why.csv"
    job = next(job for seed in range(1, 99, 2) if (job := written(path, seed)) and float(cells_of(path)[1][6]))
    header, *rows = cells_of(path)
    rewritten(path, [header, *rows[1:-1], rows[0], rows[-1]])
    assert [one.column for one in judged(path, job).differences] == ["(order)"]


def test_a_stop_is_told(tmp_path) -> None:
    job = written(tmp_path / "why.csv", 1)
    verdict = judged(tmp_path / "why.csv", job, should_stop=lambda: True)
    assert verdict.was_stopped
    assert verdict.differences == ()


def test_builds_are_looked_for_where_they_are_few(tmp_path) -> None:
    job = written(tmp_path / "why.csv", 1)
    assert "more than are tried" in judged(tmp_path / "why.csv", job, n_builds=1).checks[-1]


@pytest.mark.parametrize("words", [["1", "2"], ["1", "--skill", "Attack Boost=7"], ["3", "--without", "Ember Crown"]])
def test_the_command_knows_such_a_table_by_its_columns(tmp_path, words, capsys) -> None:
    job = [str(EXAMPLE / "equipment.csv"), str(EXAMPLE / "config.json")]
    path = tmp_path / "why.csv"
    assert main(["explain", str(EXAMPLE / "combinations.csv"), *job, *words, "-o", str(path), "--quiet"]) == 0
    assert is_term_table(read_output(str(path)).header)
    assert main(["verify", str(path), *job]) == 0
    assert "terms of two builds" in capsys.readouterr().out
    header, *rows = cells_of(path)
    rows[0][3] = "99"
    rewritten(path, [header, *rows])
    assert main(["verify", str(path), *job]) == 1
    assert f"{path}:2: Worth: expected" in capsys.readouterr().out


def with_slots(path):
    """A job of two heads with slots, and the table of what separates them in a file."""
    gems = [Decoration(name="Gem", slot_level=1, skills=(("Guard", 1),), available=2),
            Decoration(name="Large Gem", slot_level=2, skills=(("Guard", 2), ("Might", 1))),
            Decoration(name="Other Gem", slot_level=1, skills=(("Guard", 1),), available=1)]  # fmt: skip
    config = Config(skills={"Guard": SkillRule(maximum=4, weight=2)}, decorations=tuple(gems), over_max="cap",
                    unlisted_skill_weight=0, slot_weights=(Decimal(0),) * 4, slot_count_weight=Decimal(0))  # fmt: skip
    pieces = [
        EquipmentPiece("Cap", "Head", 5, slots=(2, 1, 0, 0)),
        EquipmentPiece("Hood", "Head", 3, slots=(3, 2, 0, 0)),
    ]
    table = EquipmentTable.from_pieces(pieces)
    header, rows = table_of(explain(optimize(table, config, limit=2), 0, 1), is_proved=True)
    write_answer(str(path), header, rows, n_known=7, is_proved=True, overwrite=True)
    return table, config


def test_levels_and_free_slots_are_those_of_a_filling(tmp_path) -> None:
    path = tmp_path / "why.csv"
    table, config = with_slots(path)
    (header, *rows), how = cells_of(path), {"n_builds": 100}
    assert verify_terms(read_output(str(path)), table, config, **how).differences == ()
    for place, row in enumerate(rows):
        if row[1] not in ("skill", "slots"):
            continue
        # Levels above the maximum are worth nothing more; free slots are worth what they are.
        for amount in (int(row[2]) + 1, int(row[2]) + 5):
            changed = [list(other) for other in rows]
            changed[place][2] = str(amount)
            rewritten(path, [header, *changed])
            assert verify_terms(read_output(str(path)), table, config, **how).differences, (row, amount)


def test_a_count_of_slots_below_none_is_told_in_any_job(tmp_path) -> None:
    path = tmp_path / "why.csv"
    table, config = with_slots(path)
    header, *rows = cells_of(path)
    place = next(k for k, row in enumerate(rows) if row[0] == "Lvl 3 slots")
    rows[place][4] = "-1"
    rows[place][5] = rows[place][3]
    rewritten(path, [header, *rows])
    told = [(one.line, one.column, one.expected) for one in verify_terms(
        read_output(str(path)), table, config, n_builds=0).differences]  # fmt: skip
    assert (place + 2, "Other Amount", "0 or more") in told


def test_where_slots_may_be_filled_in_too_many_ways_that_is_told(tmp_path) -> None:
    path = tmp_path / "why.csv"
    table, config = with_slots(path)
    verdict = verify_terms(read_output(str(path)), table, config, n_builds=2)
    assert verdict.differences == ()
    assert "too many ways to fill the slots" in verdict.checks[-1]
