"""Results written as CSV and JSON: every cell, quoting, and memory that does not grow."""

import csv
import dataclasses
import hashlib
import io
import json
import tracemalloc
from decimal import Decimal

import numpy as np
import pytest

from equipment_optimizer import __version__
from equipment_optimizer.errors import InputError, OutputError
from equipment_optimizer.output.csv_file import write_csv
from equipment_optimizer.output.manifest import config_as_json, make_manifest, to_json, write_json
from equipment_optimizer.progress import Progress
from equipment_optimizer.records.combinations import EquipmentCombinationList
from equipment_optimizer.records.config import (
    Config,
    Decoration,
    FilterRule,
    ResistanceRule,
    SetBonusStep,
    SkillCap,
    SkillRule,
    Weapon,
)
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.results import BuildResults, Fillings, SearchReport
from equipment_optimizer.system.file_hashes import hash_files

PIECES = [
    EquipmentPiece("Bone, Cap", "Head", 10, (1, 0, 0, 0), (("Attack", 2),), (3,), ("Bone",)),
    EquipmentPiece('The "Hat"', "Head", 5, (0, 1, 0, 1), (("Défense", 1), ("Attack", -1)), (-2,)),
    EquipmentPiece("two\nlines", "Body", 7, (0, 0, 2, 0), (), (0,), ("Bone",)),
    EquipmentPiece("back\rhome", "Body", 0, (0, 0, 0, 0), (("Defence", 4),), (0,)),
    EquipmentPiece("α+", "Body", 1, (0, 0, 0, 0), (("Unseen", 1),), (0,)),
]


def build(indices=((0, 0), (1, 1)), scaled=(1250, -300), **changes):
    """Results over the table above; `indices` are (Head, Body) pairs."""
    table = EquipmentTable.from_pieces(PIECES, resistance_names=("Fire",))
    columns = np.array(indices, dtype=np.uint8).reshape(-1, 2).T
    values = {
        "table": table,
        "config": Config(),
        "combinations": EquipmentCombinationList(table, list(columns)),
        "scaled_scores": np.array(scaled, dtype=np.int64),
        "score_digits": 3,
        "report": SearchReport(engine="exhaustive", n_combinations=6, counts={"enumerated": 6}, n_tied=0),
    }
    return BuildResults(**{**values, **changes})


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


def test_the_manifest_has_exactly_the_documented_keys(tmp_path):
    source = tmp_path / "in.csv"
    source.write_bytes(b"text")
    inputs = hash_files([str(source), str(source)])
    assert inputs == [{"path": str(source), "sha256": hashlib.sha256(b"text").hexdigest()}]
    manifest = make_manifest(build(), inputs, elapsed_seconds=0.25, peak_rss_bytes=1024)
    path = tmp_path / "manifest.json"
    write_json(manifest, str(path))
    read = json.loads(path.read_text(), parse_float=Decimal)
    assert list(read) == [
        "inputs",
        "version",
        "config",
        "n_combinations",
        "n_results",
        "engine",
        "proved",
        "gap",
        "counts",
        "nth_score",
        "n_tied",
        "elapsed_seconds",
        "peak_rss_bytes",
    ]
    del read["config"]
    assert read == {
        "inputs": inputs,
        "version": __version__,
        "n_combinations": 6,
        "n_results": 2,
        "engine": "exhaustive",
        "proved": True,
        "gap": 0,
        "counts": {"enumerated": 6},
        "nth_score": Decimal("-0.3"),
        "n_tied": 0,
        "elapsed_seconds": Decimal("0.25"),
        "peak_rss_bytes": 1024,
    }


def test_the_manifest_of_a_stopped_search_says_what_is_not_known():
    report = SearchReport(engine="exhaustive", n_combinations=2**70, proved=False, gap=Decimal("Infinity"))
    results = build(indices=(), scaled=(), report=report)
    read = json.loads(to_json(make_manifest(results, [], elapsed_seconds=1, peak_rss_bytes=None)))
    assert read["n_combinations"] == 2**70
    assert read["proved"] is False
    assert [read[key] for key in ("gap", "nth_score", "n_tied", "peak_rss_bytes")] == [None] * 4


def test_a_file_that_vanished_cannot_be_hashed(tmp_path):
    with pytest.raises(InputError) as caught:
        hash_files([str(tmp_path / "gone.csv")])
    assert "gone.csv: cannot be read again for the manifest" in str(caught.value)


def test_the_config_is_given_back_in_the_keys_of_a_config_file():
    config = Config(
        skills={
            "Attack": SkillRule(weight=Decimal("1.50"), penalty=Decimal(0), maximum=7, minimum=2),
            "Table": SkillRule(values=(Decimal(0), Decimal(2))),
        },
        slot_weights=(Decimal(1), Decimal(2), Decimal(3), Decimal(4)),
        defence_weight=Decimal("0.01"),
        limit=100,
        over_max="cap",
        min_defence=500,
        resistances={"Fire": ResistanceRule(weight=Decimal("0.1"), minimum=-5)},
        pin={"Head": ("Cap",)},
        exclude=("Hat",),
        filters=(FilterRule(column="Rarity", minimum=Decimal(9), none_of=("x",), blank=True),),
        weapon=Weapon(slots=(1, 0, 1, 0), skills=(("Attack", 1),), set_bonuses=("Bone",)),
        decorations=(Decoration(name="Jewel", slot_level=1, skills=(("Attack", 1),)),),
        set_bonuses=(SetBonusStep(bonus="Bone", pieces_required=2, skill="Power", level=1),),
        skill_caps={"Attack": SkillCap(maximum=7)},
        source="config.json",
    )
    assert json.loads(to_json(config_as_json(config))) == {
        "decorations": {"deco_1": 1, "deco_2": 2, "deco_3": 3, "deco_4": 4, "num_decos": 1},
        "skills": {
            "Attack": {"max": 7, "weight": 1.5, "penalty": 0, "min": 2},
            "Table": {"values": [0, 2]},
        },
        "defence": 0.01,
        "limit": 100,
        "unlisted_skill_weight": 1,
        "over_max": "cap",
        "body_parts": {"Head": 1, "Body": 1, "Arms": 1, "Waist": 1, "Legs": 1, "Charm": 1},
        "min_defence": 500,
        "resistances": {"fire": {"weight": 0.1, "min": -5}},
        "pin": {"Head": ["Cap"]},
        "exclude": ["Hat"],
        "filter": {"Rarity": {"min": 9, "not": ["x"], "blank": True}},
        "weapon": {"slots": [3, 1], "skills": {"Attack": 1}, "set_bonuses": ["Bone"]},
        "_side_files": {
            "decorations": [{"name": "Jewel", "slot_level": 1, "skills": [["Attack", 1]], "allowed_on": "any"}],
            "set_bonuses": [{"bonus": "Bone", "pieces_required": 2, "skill": "Power", "level": 1}],
            "skills": {"Attack": {"maximum": 7}},
        },
    }


def test_every_field_of_a_config_is_in_the_manifest():
    known = {
        "skills", "slot_weights", "slot_count_weight", "defence_weight", "unlisted_skill_weight", "limit", "over_max",
        "min_defence", "resistances", "pin", "exclude", "filters", "decorations", "set_bonuses", "skill_caps", "weapon",
        "body_parts", "weapon_parts", "headers", "encoding", "texts",
    }  # fmt: skip
    assert {field.name for field in dataclasses.fields(Config) if field.compare} == known


def test_json_numbers_keep_every_digit():
    assert to_json([Decimal("0.1000000000000000055511151231257827"), Decimal("1E+3"), 2**80]) == (
        "[\n  0.1000000000000000055511151231257827,\n  1E+3,\n  1208925819614629174706176\n]"
    )
    assert to_json({"a": {}, "b": [], "c": (True, None, "ü\n")}) == (
        '{\n  "a": {},\n  "b": [],\n  "c": [\n    true,\n    null,\n    "ü\\n"\n  ]\n}'
    )
    with pytest.raises(ValueError, match="JSON"):
        to_json(float("nan"))
