"""The verifier accepts what is right and names what is not."""

from __future__ import annotations

import csv
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from decorated_job import DECORATED
from hypothesis import HealthCheck, given, settings
from random_problems import Job, random_job
from strategies import jobs

from equipment_optimizer.errors import InfeasibleError, InputError
from equipment_optimizer.output.csv_file import write_csv
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece
from equipment_optimizer.verify.verifier import Difference, verify_builds

ROOT = Path(__file__).resolve().parents[2]


def write(path: Path, job: Job, **options: object) -> bool:
    """Write a job's builds; false where there are none."""
    try:
        results = optimize(job.table, job.config, **options)  # type: ignore[arg-type]
    except InfeasibleError:
        return False
    write_csv(results, str(path))
    return True


def found(path: Path, job: Job, n_builds: int = 2_000) -> list[tuple[int, str, str, str]]:
    verdict = verify_builds(str(path), job.table, job.config, n_builds=n_builds)
    assert verdict.checks or verdict.differences
    return [(d.line, d.column, d.expected, d.found) for d in verdict.differences]


def change(path: Path, edit: Callable[[list[list[str]]], None]) -> None:
    """Rewrite a CSV file after an edit of its rows."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    edit(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("seed", range(60))
def test_what_optimize_writes_is_found_right(seed: int, full: bool, tmp_path: Path) -> None:
    job = random_job(random.Random(seed), full=full)
    if write(tmp_path / "out.csv", job):
        assert found(tmp_path / "out.csv", job) == []


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("seed", range(60))
def test_fillings_that_optimize_writes_are_found_right(seed: int, full: bool, tmp_path: Path) -> None:
    job = random_job(random.Random(seed), full=full, decorations=True)
    if write(tmp_path / "out.csv", job):
        assert found(tmp_path / "out.csv", job) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(job=jobs())
def test_repeated_names_are_told_apart_by_totals_and_rank(job: Job, tmp_path: Path) -> None:
    if write(tmp_path / "out.csv", job):
        assert found(tmp_path / "out.csv", job) == []


# --- what is wrong is named ------------------------------------------------------


PIECES = [
    EquipmentPiece("Cap", "Head", defence=3, skills=(("Attack", 1),), resistances=(1,)),
    EquipmentPiece("Hood", "Head", defence=1, skills=(("Guard", 2),), slots=(1, 0, 0, 0), resistances=(0,)),
    EquipmentPiece("Coat", "Body", defence=5, resistances=(2,)),
    EquipmentPiece("Mail", "Body", defence=5, skills=(("Attack", 2),), resistances=(-1,)),
    EquipmentPiece("Vest", "Body", defence=5, resistances=(2,)),
]
CONFIG = Config(
    skills={"Attack": SkillRule(weight=Decimal(2), maximum=2, penalty=Decimal("0.5"))},
    slot_weights=(Decimal("0.5"),) * 4,
    slot_count_weight=Decimal(0),
    defence_weight=Decimal("0.25"),
    limit=4,
)
JOB = Job(PIECES, CONFIG, ("Fire",))
#: Head, Body, Attack, Guard, four levels of slots, Defence, Fire Res, Score.
COLUMN = {"Head": 0, "Body": 1, "Attack": 2, "Guard": 3, "Lvl 1": 4, "Defence": 8, "Fire": 9, "Score": 10}


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """The best four of six builds: Hood Mail 8, Cap Coat 4, Cap Vest 4, Hood Coat 4."""
    path = tmp_path / "out.csv"
    assert write(path, JOB)
    rows = path.read_text(encoding="utf-8").splitlines()
    assert [row.split(",")[:2] for row in rows[1:]] == [
        ["Hood", "Mail"],
        ["Cap", "Coat"],
        ["Cap", "Vest"],
        ["Hood", "Coat"],
    ]
    assert found(path, JOB) == []
    return path


@pytest.mark.parametrize(
    ("row", "column", "text", "difference"),
    [
        (1, "Attack", "7", (2, "Attack", "2", "7")),
        (2, "Guard", "01", (3, "Guard", "0", "01")),
        (1, "Lvl 1", "3", (2, "Lvl 1 Decoration Slot", "1", "3")),
        (3, "Defence", "", (4, "Defence", "8", "")),
        (4, "Fire", "-2", (5, "Fire Res", "2", "-2")),
        (1, "Score", "8.1", (2, "Score", "8", "8.1")),
        (1, "Head", "Helm", (2, "Head", "a piece that the config allows", "'Helm'")),
    ],
    ids=str,
)
def test_a_wrong_cell_is_named(
    row: int, column: str, text: str, difference: tuple[int, str, str, str], output: Path
) -> None:
    change(output, lambda rows: rows[row].__setitem__(COLUMN[column], text))
    assert found(output, JOB) == [difference]


def test_ties_out_of_rank_order_are_named(output: Path) -> None:
    change(output, lambda rows: rows.insert(2, rows.pop(3)))
    assert found(output, JOB) == [(4, "(order)", "ties in rank order", "a lower rank than the row above")]


def test_a_better_row_below_is_named(output: Path) -> None:
    change(output, lambda rows: rows.append(rows.pop(1)))
    assert (5, "(order)", "at most 4", "8") in found(output, JOB)


def test_a_build_listed_twice_is_named(output: Path) -> None:
    change(output, lambda rows: rows.__setitem__(3, rows[2]))
    assert (4, "(row)", "a build of its own", "the build of line 3") in found(output, JOB)
    assert (0, "(missing)", "Cap, Vest, worth 4", "not listed") in found(output, JOB)


def test_a_missing_build_is_named(output: Path) -> None:
    change(output, lambda rows: rows.pop(1))
    # With one row too few, everything that satisfies the minima belongs in the list.
    assert (0, "(missing)", "Hood, Mail, worth 8", "not listed") in found(output, JOB)
    for limit, rows in ((4, "4"), (9, "6")):
        told = found(output, replace(JOB, config=replace(CONFIG, limit=limit)))
        assert (0, "(rows)", rows, "3: --limit 3 judges it as a list of that length") in told


def test_a_missing_build_is_found_without_trying_them_all(output: Path) -> None:
    change(output, lambda rows: rows.pop(1))
    job = replace(JOB, config=replace(CONFIG, limit=3))
    assert found(output, job, n_builds=4) == [(0, "(missing)", "Hood, Mail, worth 8", "not listed")]


def test_too_many_rows_are_named(output: Path) -> None:
    job = replace(JOB, config=replace(CONFIG, limit=2))
    assert found(output, job) == [(0, "(rows)", "at most 2", "4: --limit 4 judges it as a list of that length")]


def test_a_row_of_the_wrong_length_is_named_and_nothing_is_claimed_missing(output: Path) -> None:
    change(output, lambda rows: rows[1].append("more"))
    verdict = verify_builds(str(output), JOB.table, CONFIG)
    assert verdict.differences == (Difference(2, "(row)", "11 cells", "12"),)
    assert "no search for missing builds: some rows are no builds" in verdict.checks


def test_a_minimum_that_is_missed_is_named(output: Path) -> None:
    job = replace(JOB, config=replace(CONFIG, min_defence=7))
    assert (2, "Defence", "at least 7", "6") in found(output, job)


def test_pieces_that_are_pinned_out_excluded_or_filtered_are_named(output: Path) -> None:
    pinned = replace(JOB, config=replace(CONFIG, pin={"Head": ("Cap",)}))
    assert (2, "Head", "a piece that the config allows", "'Hood'") in found(output, pinned)
    excluded = replace(JOB, config=replace(CONFIG, exclude=("Vest",)))
    assert (4, "Body", "a piece that the config allows", "'Vest'") in found(output, excluded)


def test_columns_are_named_that_are_missing_or_too_many_or_in_the_wrong_place(output: Path) -> None:
    text = output.read_text(encoding="utf-8")
    output.write_text(text.replace("Guard", "Gard", 1), encoding="utf-8")
    assert found(output, JOB) == [(1, "Guard", "a column", "none"), (1, "Gard", "no such column", "a column")]
    change(output, lambda rows: [row.insert(2, row.pop(3)) for row in rows])
    output.write_text(output.read_text(encoding="utf-8").replace("Gard", "Guard", 1), encoding="utf-8")
    assert found(output, JOB) == [(1, "Guard", "Attack in this place", "Guard")]
    output.write_text(text.replace("Head", "Hat", 1), encoding="utf-8")
    assert found(output, JOB) == [(1, "Head", "each column once", "no such column")]
    output.write_text(text.replace("Guard", "Attack", 1), encoding="utf-8")
    assert found(output, JOB) == [(1, "(header)", "each column once", "a column twice")]


def test_names_that_a_spreadsheet_would_run_may_be_defused(tmp_path: Path) -> None:
    piece = EquipmentPiece("=1+1", "Head", skills=(("-Curse", 2),))
    job = Job([piece], Config(limit=1))
    results = optimize(job.table, job.config)
    write_csv(results, str(tmp_path / "out.csv"), spreadsheet_safe=True)
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").startswith("Head,'-Curse,")
    assert found(tmp_path / "out.csv", job) == []


# --- searches that were stopped ---------------------------------------------------


def stopped(path: Path, proved: list[str]) -> None:
    """Make a finished list look like one of a search that was stopped."""

    def edit(rows: list[list[str]]) -> None:
        for row, text in zip(rows, ["Proved", *proved], strict=True):
            row.insert(-1, text)

    change(path, edit)


def test_a_stopped_search_may_miss_builds_but_not_claim_too_much(output: Path) -> None:
    change(output, lambda rows: rows.pop(2))
    stopped(output, ["yes", "no", "no"])
    assert all(found(output, replace(JOB, config=replace(CONFIG, limit=limit))) == [] for limit in (3, 4))


def test_a_row_that_wrongly_claims_to_belong_is_named(output: Path) -> None:
    change(output, lambda rows: rows.pop(1))
    stopped(output, ["yes", "yes", "yes"])
    job = replace(JOB, config=replace(CONFIG, limit=3))
    assert found(output, job) == [(4, "Proved", "no", "yes, though 1 better builds are missing")]


def test_proved_is_yes_or_no(output: Path) -> None:
    stopped(output, ["yes", "maybe", "no", "no"])
    assert found(output, JOB) == [(3, "Proved", "yes or no", "maybe")]
    stopped_without_claims = output.with_name("none.csv")
    assert write(stopped_without_claims, JOB)
    stopped(stopped_without_claims, ["no"] * 4)
    verdict = verify_builds(str(stopped_without_claims), JOB.table, CONFIG)
    assert verdict.differences == ()
    assert "no search for missing builds: no row claims to be proved" in verdict.checks


# --- names that repeat ------------------------------------------------------------


def test_of_several_pieces_of_a_name_the_one_with_the_totals_is_meant(tmp_path: Path) -> None:
    pieces = [EquipmentPiece("Cap", "Head", defence=points) for points in (1, 2, 3)]
    job = Job(pieces, Config(limit=3))
    write(tmp_path / "out.csv", job)
    assert found(tmp_path / "out.csv", job) == []
    change(tmp_path / "out.csv", lambda rows: rows[1].__setitem__(5, "9"))
    # No piece of the name agrees: the first one stands for it.
    assert (2, "Defence", "1", "9") in found(tmp_path / "out.csv", job)


def test_rings_of_one_name_are_different_rows(tmp_path: Path) -> None:
    pieces = [EquipmentPiece("Band", "Ring") for _ in range(3)] + [EquipmentPiece("Loop", "Ring")]
    job = Job(pieces, Config(limit=100, body_parts=(("Ring", 2),)))
    write(tmp_path / "out.csv", job)
    assert found(tmp_path / "out.csv", job) == []
    change(tmp_path / "out.csv", lambda rows: rows[1].__setitem__(slice(0, 2), ["Loop", "Loop"]))
    assert (2, "(row)", "different pieces, in file order", "no such build") in found(tmp_path / "out.csv", job)


# --- decorations -------------------------------------------------------------------

HEADER = (
    "Head,Attack,Guard,"
    + ",".join(f"Lvl {level} Decoration Slot" for level in (1, 2, 3, 4))
    + ",Defence,Decorations,Score\n"
)
IN_STOCK = "decorations in stock"
NO_JEWEL = "no decoration is written as 'Edge; sharp'"


def does_not_fit(found: str) -> tuple[int, str, str, str]:
    return (2, "Decorations", "what fits (1, 1, 0, 0) slots, and free slots as stated", found)


def decorated(tmp_path: Path, row: str) -> list[tuple[int, str, str, str]]:
    (tmp_path / "out.csv").write_text(HEADER + row + "\n", encoding="utf-8")
    return found(tmp_path / "out.csv", DECORATED)


def test_a_filling_that_fits_and_is_worth_its_score_is_right(tmp_path: Path) -> None:
    assert decorated(tmp_path, "Cap,2,1,0,0,0,0,0,1x Edge; sharp; 1x Wall,2.5") == []
    verdict = verify_builds(str(tmp_path / "out.csv"), DECORATED.table, DECORATED.config)
    assert "decoration exchanged, in 1 rows: a spot check" in verdict.checks[-2]


@pytest.mark.parametrize(
    ("row", "difference"),
    [
        (
            "Cap,1,0,0,1,0,0,0,1x Edge; sharp,1.1",
            (2, "Decorations", "2x Edge; sharp, worth 2", "1x Edge; sharp"),
        ),
        ("Cap,2,1,x,0,0,0,0,1x Edge; sharp; 1x Wall,2.5", (2, "Lvl 1 Decoration Slot", "0", "x")),
        ("Cap,0,0,1,1,0,0,0,,0.2", (2, "Decorations", "1x Edge; sharp, worth 1.1", "")),
        ("Cap,2,2,0,0,0,0,0,2x Wall,3", does_not_fit("2x Wall")),
        ("Cap,3,0,0,0,0,0,0,3x Edge; sharp,3", (2, "Decorations", IN_STOCK, "there are only 2 of 'Edge; sharp'")),
        ("Cap,1,0,0,1,0,0,0,Edge; sharp,1.1", (2, "Decorations", IN_STOCK, NO_JEWEL)),
        ("Cap,0,5,0,1,0,0,0,1x Hilt,2.6", does_not_fit("1x Hilt")),
        ("Cap,2,1,1,0,0,0,0,1x Edge; sharp; 1x Wall,2.6", does_not_fit("1x Edge; sharp; 1x Wall")),
        ("Bare,0,0,0,0,0,0,0,,0", (0, "(missing)", "Cap, worth at least 2.5", "not listed")),
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_a_wrong_filling_is_named(row: str, difference: tuple[int, str, str, str], tmp_path: Path) -> None:
    assert difference in decorated(tmp_path, row)


# --- the command -----------------------------------------------------------------------
def command(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "equipment_optimizer", "verify", *arguments], cwd=cwd, capture_output=True, text=True
    )


EXAMPLE = ("example_data/equipment.csv", "example_data/config.json")


SPOT_CHECK = (
    "checked: 500 random builds, 500 with one piece of 11 listed builds exchanged, and 2 climbs (seed 7), 0 missing:"
    " a spot check, not a proof"
)


def test_the_command_says_what_it_checked_and_exits_0() -> None:
    done = command("example_data/combinations.csv", *EXAMPLE, "--builds", "500", "--seed", "7")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "checked: 100 rows re-scored by definition, every cell compared",
        "checked: pins, exclusions, filters and limits of 100 rows",
        "checked: order, ties in rank order and distinctness of 100 rows",
        SPOT_CHECK,
        "no difference found",
    ]


def test_the_command_lists_differences_and_exits_1(tmp_path: Path) -> None:
    text = (ROOT / "example_data/combinations.csv").read_text(encoding="utf-8").splitlines()
    text[3], text[4] = text[4], text[3]
    (tmp_path / "out.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    done = command(str(tmp_path / "out.csv"), *EXAMPLE, "--quiet", "--builds", "0", "--limit", "100")
    assert done.returncode == 1
    assert done.stdout.startswith(f"{tmp_path}/out.csv:5: (order): expected ")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "is empty"),
        (b"\xff\xfe", "is empty"),
        (b"\xff\xfeA", "is not a CSV file in UTF-8 or UTF-16: "),
        (b"\xc3(", "is not a CSV file in UTF-8 or UTF-16: "),
        (b'a,"b', "is not a CSV file in UTF-8 or UTF-16: unexpected end of data"),
        (None, "cannot be read: No such file or directory"),
    ],
    ids=["empty", "mark", "half", "bytes", "quote", "missing"],
)
def test_a_file_that_cannot_be_read_is_bad_input(raw: bytes | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    if raw is not None:
        path.write_bytes(raw)
    with pytest.raises(InputError) as caught:
        verify_builds(str(path), JOB.table, CONFIG)
    assert str(caught.value).startswith(f"{path}: {message}")


def test_the_command_exits_2_on_bad_input_and_usage(tmp_path: Path) -> None:
    assert command(str(tmp_path / "none.csv"), *EXAMPLE).returncode == 2
    done = command("example_data/combinations.csv", *EXAMPLE, "--builds", "some")
    assert done.returncode == 2
    assert "not a whole number of at least 0: 'some'" in done.stderr


def test_a_stop_ends_the_look_at_rows_and_says_so(output: Path) -> None:
    whole = verify_builds(str(output), JOB.table, CONFIG)
    n_stopped = 0
    for n_polls in range(40):
        polls = iter(range(n_polls))
        stop = partial(next, polls, True)
        verdict = verify_builds(str(output), JOB.table, CONFIG, should_stop=lambda stop=stop: stop() is True)
        if not verdict.was_stopped:
            assert verdict == whole
            continue
        n_stopped += 1
        assert verdict.differences == ()
        assert "stopped before its end" in verdict.checks[-1]
        assert verdict.checks[:-1] == whole.checks[: len(verdict.checks) - 1]
    assert 12 < n_stopped < 40
