"""Results written as CSV and JSON: every cell, quoting, and memory that does not grow."""

import csv
import io
import tracemalloc
from decimal import Decimal

import numpy as np
import pytest
from small_results import PIECES, build

from equipment_optimizer.errors import OutputError
from equipment_optimizer.output.csv_file import write_csv
from equipment_optimizer.progress import Progress
from equipment_optimizer.records.combinations import EquipmentCombinationList
from equipment_optimizer.records.config import (
    Config,
    Decoration,
    SetBonusStep,
)
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.fillings import Fillings
from equipment_optimizer.records.results import BuildResults, SearchReport


def exported(results, tmp_path, **options):
    write_csv(results, str(tmp_path / "out.csv"), **options)
    return (tmp_path / "out.csv").read_bytes().decode()


def test_every_column_of_a_plain_job(tmp_path):
    assert exported(build(), tmp_path) == (
        "Head,Body,Attack,Defence (skill),Défense,"
        "Lvl 1 Decoration Slot,Lvl 2 Decoration Slot,Lvl 3 Decoration Slot,Lvl 4 Decoration Slot,"
        "Defence,Fire Res,Score\n"
        '"Bone, Cap","two\nlines",2,0,0,1,0,2,0,17,3,1.25\n'
        '"The ""Hat""","back\rhome",-1,4,1,0,1,0,1,5,-2,-0.3\n'
    )


def test_any_csv_reader_reads_back_what_was_written(tmp_path):
    text = exported(build(), tmp_path)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert [row[:2] for row in rows[1:]] == [["Bone, Cap", "two\nlines"], ['The "Hat"', "back\rhome"]]


def test_decorations_bonuses_and_a_search_stopped_early(tmp_path):
    config = Config(
        decorations=(
            Decoration(name="Attack Jewel 1", slot_level=1, skills=(("Attack", 1),)),
            Decoration(name="Expert Jewel 2", slot_level=2, skills=(("Eye", 1), ("Attack", 1))),
        ),
        set_bonuses=(
            SetBonusStep(bonus="Bone", pieces_required=2, skill="Power", level=1),
            SetBonusStep(bonus="Bone", pieces_required=3, skill="Power", level=2),
        ),
    )
    fillings = Fillings(
        start=np.array([0, 2, 2]),
        decoration=np.array([0, 1]),
        count=np.array([1, 2]),
        free_slots=np.array([[0, 0, 0, 0], [0, 1, 0, 1]]),
    )
    report = SearchReport(engine="bounded", n_combinations=6, proved=False, gap=Decimal("0.5"))
    results = build(config=config, fillings=fillings, report=report, proved_rows=np.array([True, False]))
    assert exported(results, tmp_path) == (
        "Head,Body,Attack,Defence (skill),Défense,Eye,Power,"
        "Lvl 1 Decoration Slot,Lvl 2 Decoration Slot,Lvl 3 Decoration Slot,Lvl 4 Decoration Slot,"
        "Defence,Fire Res,Decorations,Set Bonuses,Proved,Score\n"
        '"Bone, Cap","two\nlines",5,0,0,2,1,0,0,0,0,17,3,1x Attack Jewel 1; 2x Expert Jewel 2,Bone (2),yes,1.25\n'
        '"The ""Hat""","back\rhome",-1,4,1,0,0,0,1,0,1,5,-2,,,no,-0.3\n'
    )


def test_no_builds_still_give_the_header(tmp_path):
    report = SearchReport(engine="exhaustive", n_combinations=6, proved=False)
    text = exported(build(indices=(), scaled=(), report=report), tmp_path)
    assert text.count("\n") == 1
    assert text.endswith(",Proved,Score\n")


def test_formulas_in_names_are_defused_only_on_request(tmp_path):
    pieces = [
        EquipmentPiece('=HYPERLINK("x")', "Head", -4, skills=(("@skill", 1), ("plain", 1))),
        EquipmentPiece("＝full-width", "Body"),
    ]
    table = EquipmentTable.from_pieces(pieces)
    results = build(
        indices=((0, 0),), scaled=(-5,), table=table, combinations=EquipmentCombinationList.whole_space(table)
    )
    plain, safe = exported(results, tmp_path), exported(results, tmp_path, spreadsheet_safe=True)
    assert plain.splitlines()[0].startswith("Head,Body,@skill,plain,")
    assert plain.splitlines()[1].startswith('"=HYPERLINK(""x"")",＝full-width,1,1,')
    assert safe.splitlines()[0].startswith("Head,Body,'@skill,plain,")
    assert safe.splitlines()[1].startswith('"\'=HYPERLINK(""x"")",\'＝full-width,1,1,')
    # Numbers are no text that anybody typed: they stay numbers.
    assert safe.splitlines()[1].endswith(",-4,-0.005")


def test_progress_counts_rows_and_ends_complete(tmp_path):
    seen = []
    exported(many(5_000), tmp_path, on_progress=seen.append)
    assert seen[0] == Progress("exporting", 0, 5_000, "rows")
    assert seen[-1] == Progress("exporting", 5_000, 5_000, "rows")
    assert [progress.done for progress in seen] == sorted(progress.done for progress in seen)


def many(n_results):
    columns = [np.arange(n_results) % 2, np.arange(n_results) % 3]
    table = EquipmentTable.from_pieces(PIECES, resistance_names=("Fire",))
    return build(
        table=table,
        combinations=EquipmentCombinationList(table, columns),
        scaled_scores=np.arange(n_results, dtype=np.int64),
    )


def export_peak_bytes(results, path):
    tracemalloc.start()
    try:
        write_csv(results, str(path))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_of_the_export_does_not_grow_with_the_number_of_builds(tmp_path):
    few, lots = many(10_000), many(100_000)
    export_peak_bytes(few, "/dev/null")  # whatever is made once
    # `skill_names` looks at all builds at once: a few bytes for each, no rows.
    assert few.skill_names == lots.skill_names
    assert export_peak_bytes(lots, "/dev/null") - export_peak_bytes(few, "/dev/null") < 64 * 1024


def test_a_failing_row_leaves_the_old_file(tmp_path, monkeypatch):
    def rows(self):
        yield ("a",)
        raise RuntimeError("bug")

    (tmp_path / "out.csv").write_bytes(b"old")
    monkeypatch.setattr(BuildResults, "iter_rows", rows)
    with pytest.raises(RuntimeError):
        write_csv(build(), str(tmp_path / "out.csv"))
    assert (tmp_path / "out.csv").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_a_full_disk_is_an_output_error():
    with pytest.raises(OutputError, match="No space left"):
        write_csv(build(), "/dev/full")
