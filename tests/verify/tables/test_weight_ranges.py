"""A table of ranges of weights, judged: right ones are content, whatever is made wrong in them is not."""

from __future__ import annotations

import copy
import json
import random
from fractions import Fraction
from pathlib import Path

import pytest
from random_formulas import with_formula
from random_problems import Job
from range_tables import WRONG, cells_of, judged, rewritten, table_written, written

from equipment_optimizer.cli import main
from equipment_optimizer.records.config import Config, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece
from equipment_optimizer.verify.output_file import read_output
from equipment_optimizer.verify.tables.weight_ranges import is_range_table

EXAMPLE = Path(__file__).resolve().parents[3] / "example_data"


@pytest.mark.parametrize("seed", range(24))
def test_a_right_table_is_content(tmp_path, seed: int) -> None:
    job = written(tmp_path / "firm.csv", seed)
    verdict = judged(tmp_path / "firm.csv", job)
    assert verdict.differences == ()
    assert verdict.checks[-1].startswith("ends of")


@pytest.mark.parametrize("seed", range(4))
def test_what_a_stop_left_open_is_no_difference(tmp_path, seed: int) -> None:
    job = written(tmp_path / "firm.csv", seed, should_stop=lambda: True)
    assert judged(tmp_path / "firm.csv", job).differences == ()


@pytest.mark.parametrize("seed", [1, 3, 5])
def test_rows_that_are_not_proved_are_held_to_who_comes_next_alone(tmp_path, seed: int) -> None:
    """Their ranges may be narrower, but what is named meets the first build there."""
    path = tmp_path / "firm.csv"
    job = written(path, seed)
    header, *rows = cells_of(path)
    rewritten(path, [[*header, "Proved"], *([*row, "no" if k % 2 else "yes"] for k, row in enumerate(rows))])
    assert judged(path, job).differences == ()
    row = next(row for row in rows[1::2] if row[3])
    row[3] = str(Fraction(row[3]) + 1)
    rewritten(path, [[*header, "Proved"], *([*row, "no" if k % 2 else "yes"] for k, row in enumerate(rows))])
    assert judged(path, job).differences


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("seed", [0, 1, 3, 4, 5, 7])
def test_what_is_made_wrong_is_told_with_its_line(tmp_path, seed: int, wrong: str) -> None:
    path = tmp_path / "firm.csv"
    job = written(path, seed)
    header, *rows = cells_of(path)
    row = WRONG[wrong](random.Random(seed), rows)
    if row is None:
        pytest.skip("this table cannot be made wrong so")
    rewritten(path, [header, *rows])
    lines = {difference.line for difference in judged(path, job).differences}
    # Of two builds that are said to be the first, either row may be the wrong one.
    assert lines
    assert lines & {0, rows.index(row) + 2} or wrong == "another build"


def test_rows_and_columns_that_are_not_as_they_should_be(tmp_path) -> None:
    path = tmp_path / "firm.csv"
    job = written(path, 1)
    header, *rows = cells_of(path)

    def differences(*changed):
        rewritten(path, changed)
        return [(one.line, one.column, one.expected) for one in judged(path, job).differences]

    assert differences(header, *rows[1:]) == [(0, "(missing)", f"a row of {rows[0][0]}")]
    assert differences(header, *rows, rows[0])[-1] == (len(rows) + 2, "Weight", "once, as in line 2")
    assert differences(header, *rows[1:], rows[0]) == [(len(rows) + 1, "(order)", "weights in the order of the config")]
    unknown = [["skills.Nobody.weight", *rows[0][1:]], *rows[1:]]
    assert differences(header, *unknown)[-1] == (2, "Weight", "a weight of the config")
    assert differences(header, [*rows[0], "more"], *rows[1:])[-1] == (2, "(row)", "6 cells")
    assert differences([*header, "More"], *rows)[0][:2] == (1, "(header)")
    more = copy.deepcopy(rows)
    more[0][1] = "77.5"
    assert differences(header, *more) == [(2, "Value", str(rows[0][1]))]


def test_cells_that_make_no_sense(tmp_path) -> None:
    path = tmp_path / "firm.csv"
    job = written(path, 1)
    header, *rows = cells_of(path)
    row = next(row for row in rows if row[3])
    line = rows.index(row) + 2
    for column, cell, name in (
        (3, "far", "To"),
        (3, "-999", "To"),
        (5, "", "Next Above"),
        (5, "Head: so", "Next Above"),
    ):
        before, row[column] = row[column], cell
        rewritten(path, [header, *rows])
        assert (line, name) in [(one.line, one.column) for one in judged(path, job).differences]
        row[column] = before


def test_a_build_that_is_not_the_best_is_not_the_first(tmp_path) -> None:
    """Where the first build is another one in every row, that is told of the file as a whole."""
    path = tmp_path / "firm.csv"
    pieces = [
        EquipmentPiece(name, name[:4], defence, (n_slots, 0, 0, 0), ((skill, 1),))
        for name, defence, n_slots, skill in (
            ("Head A", 9, 0, "Attack"), ("Head B", 5, 1, "Guard"), ("Body A", 8, 0, "Guard"), ("Body B", 7, 2, "Attack")
        )
    ]  # fmt: skip
    rules = {"Attack": SkillRule(maximum=9), "Guard": SkillRule(maximum=9)}
    job = Job(pieces, Config(body_parts={"Head": 1, "Body": 1}, skills=rules, defence_weight=1, limit=3))
    table_written(path, job)
    assert judged(path, job).differences == ()
    header, *rows = cells_of(path)
    swap = str.maketrans("AB", "BA")
    named = [[*row[:4], *(text.replace("Attack", "attack").translate(swap) for text in row[4:])] for row in rows]
    assert named != rows
    rewritten(path, [header, *named])
    assert judged(path, job).differences[0].column == "(build 1)"


#: Of a few lines of CSV and a config: levels beyond a maximum are worth nothing, and which of two jewels lowers them is
#: told all the same; and of two pieces of one name the better one is so only by its jewels.
SMALL = {
    "levels": (
        "Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level,Num Lvl 2 Deco Slots\nPlate,Body,4,Haste,5,2\n",
        "Name,Slot Level,Skill 1 Name,Skill 1 Level\nSlow,1,Haste,-2\nPlain,1,,\n",
        {"skills": {"Haste": {"max": 1, "weight": 3}}, "over_max": "cap"},
        "2x Plain",
    ),
    "names": (
        "Name,Body Part,Skill 1 Name,Skill 1 Level,Num Lvl 3 Deco Slots\nPlate,Body,Haste,3,\nPlate,Body,,,1\n",
        "Name,Slot Level,Skill 1 Name,Skill 1 Level\nStrong,1,Vigour,4\n",
        {},
        "instead of 1x Strong",
    ),
}


@pytest.mark.parametrize("name", SMALL)
def test_right_tables_of_small_jobs_are_content(tmp_path, capsys, name: str) -> None:
    gear, jewels, config, told = SMALL[name]
    paths = {key: tmp_path / f"{key}.csv" for key in ("gear", "jewels", "table", "want")}
    paths["gear"].write_text(gear, encoding="utf-8")
    paths["jewels"].write_text(jewels, encoding="utf-8")
    paths["want"].write_text(json.dumps({**config, "files": {"decorations": "jewels.csv"}}), encoding="utf-8")
    table, gear, want = (str(paths[key]) for key in ("table", "gear", "want"))
    main(["stability", gear, want, "-o", table])
    assert told in paths["table"].read_text(encoding="utf-8")
    capsys.readouterr()
    assert main(["verify", table, gear, want]) == 0
    assert "no difference found" in capsys.readouterr().out


@pytest.mark.parametrize("n_builds", [0, 40, 400])
@pytest.mark.parametrize("seed", [1, 2, 5, 6, 11])
def test_where_not_all_builds_are_tried_nothing_right_is_wrong(tmp_path, seed: int, n_builds: int) -> None:
    job = written(tmp_path / "firm.csv", seed)
    assert judged(tmp_path / "firm.csv", job, n_builds=n_builds).differences == ()


def test_a_formula_has_no_ranges(tmp_path) -> None:
    path = tmp_path / "firm.csv"
    job = with_formula(random.Random(1), written(path, 3))
    assert judged(path, job).differences[0].column == "(file)"


def test_a_stop_is_told(tmp_path) -> None:
    job = written(tmp_path / "firm.csv", 2)
    verdict = judged(tmp_path / "firm.csv", job, should_stop=lambda: True)
    assert verdict.was_stopped
    assert verdict.differences == ()


def test_slots_that_may_be_filled_in_too_many_ways_are_told(tmp_path, monkeypatch) -> None:
    from equipment_optimizer.verify.tables import _best_fillings

    job = written(tmp_path / "firm.csv", 4)
    monkeypatch.setattr(_best_fillings, "_MOST_STATES", 1)
    verdict = judged(tmp_path / "firm.csv", job)
    assert verdict.differences == ()
    assert "too many ways" in verdict.checks[-1]


def example(tmp_path, name: str) -> tuple[Path, list[str]]:
    """The table of an example, and its job."""
    job = [str(EXAMPLE / name / "equipment.csv"), str(EXAMPLE / name / "config.json")]
    path = tmp_path / "firm.csv"
    assert main(["stability", *job, "-o", str(path), "--quiet"]) == 0
    return path, job


@pytest.mark.parametrize("name", [".", "full"])
def test_the_command_knows_such_a_table_by_its_columns(tmp_path, name: str, capsys) -> None:
    path, job = example(tmp_path, name)
    assert is_range_table(read_output(str(path)).header)
    assert main(["verify", str(path), *job, "--builds", "5000"]) == 0
    assert "ranges matched with the weights" in capsys.readouterr().out
    header, *rows = cells_of(path)
    row = next(row for row in rows if row[3])
    row[3] = str(Fraction(row[3]) + Fraction(1, 1000))
    rewritten(path, [header, *rows])
    assert main(["verify", str(path), *job, "--builds", "5000"]) == 1
    assert f"{path}:{rows.index(row) + 2}: To: expected" in capsys.readouterr().out
    path.write_text("", encoding="utf-8")
    assert main(["verify", str(path), *job]) == 2


def test_a_wider_range_is_told_by_builds_that_are_not_named(tmp_path) -> None:
    """A table whose ends are gone, all of them but those that name the first build."""
    path, job = example(tmp_path, ".")
    header, *rows = cells_of(path)
    rows = [[*row[:3], "", row[4], ""] for row in rows]
    rewritten(path, [header, *rows])
    assert main(["verify", str(path), *job, "--builds", "2000"]) == 1


def test_tables_that_a_spreadsheet_saves(tmp_path) -> None:
    path = tmp_path / "firm.csv"
    job = written(path, 7)
    header, *rows = cells_of(path)
    for row in rows:
        row[1:4] = [cell.replace(".", ",") for cell in row[1:4]]
    lines = [";".join(f'"{cell}"' for cell in row) for row in (header, *rows)]
    path.write_text("\r\n".join(lines), encoding="utf-16")
    assert judged(path, job).differences == ()


def test_there_is_something_to_judge(tmp_path) -> None:
    """The random tables have ends of all kinds: fractions, in slots, and nowhere."""
    texts = []
    for seed in range(8):
        written(tmp_path / "firm.csv", seed)
        texts.append((tmp_path / "firm.csv").read_text(encoding="utf-8"))
    every = "".join(texts)
    assert all(some in every for some in (" instead of ", "in the slots: ", "/", ",,", "totals.", "counts."))


def test_a_table_that_names_too_little_of_build_1_is_not_judged_by_builds(tmp_path) -> None:
    path = tmp_path / "firm.csv"
    job = written(path, 4)
    header, *rows = cells_of(path)
    rewritten(path, [header, *([*row[:2], "", "", "", ""] for row in rows)])
    assert judged(path, job).differences  # every build is tried
    verdict = judged(path, job, n_builds=0)
    assert verdict.differences == ()
    assert "does not name enough" in verdict.checks[-1]
