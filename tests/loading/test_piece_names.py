"""Pinned and excluded names mean the rows that have them, however these are written."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest
from work import count_calls

from equipment_optimizer.cli import main
from equipment_optimizer.errors import InputError
from equipment_optimizer.loading.jobs import load_job

COMPOSED, DECOMPOSED = "\u00c9p\u00e9e", "E\u0301pe\u0301e"
NAMES = (COMPOSED, DECOMPOSED, "Iron\u200bHelm", "IronHelm", "\u202eHelm", "\u05e7\u05e1\u05d3\u05d4", "\ufeffx", "x")


def job(folder: Path, rows: str, **config: object) -> tuple[Path, Path]:
    (folder / "e.csv").write_text(f"Name,Body Part,Base Defence\n{rows}", encoding="utf-8", newline="")
    weights = {"decorations": dict.fromkeys(("deco_1", "deco_2", "deco_3", "deco_4", "num_decos"), 1), "skills": {}}
    (folder / "c.json").write_text(json.dumps({**weights, "defence": 1, "limit": 99, **config}))
    return folder / "e.csv", folder / "c.json"


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        (COMPOSED, [DECOMPOSED, COMPOSED]),
        (DECOMPOSED, [DECOMPOSED, COMPOSED]),
        ("IronHelm", ["IronHelm", "Iron\u200bHelm"]),
        ("Iron\u2060Helm", ["IronHelm", "Iron\u200bHelm"]),
        ("Helm", ["\u202eHelm"]),
        ("\u05e7\u05e1\u05d3\u05d4", ["\u05e7\u05e1\u05d3\u05d4"]),
        ("x", ["x", "\ufeffx"]),
    ],
)
def test_a_pin_means_all_rows_whose_names_are_one(name: str, rows: list[str], tmp_path: Path) -> None:
    text = "".join(f"{row},Head,{k}\n" for k, row in enumerate(NAMES))
    equipment, config = job(tmp_path, text, pin={"Head": [name]})
    out = tmp_path / "out.csv"
    assert main(["optimize", str(equipment), str(out), str(config), "--quiet"]) == 0
    with open(out, encoding="utf-8", newline="") as file:
        assert [row["Head"] for row in csv.DictReader(file)] == rows
    assert main(["verify", str(out), str(equipment), str(config)]) == 0


def test_a_name_that_is_written_otherwise_than_in_its_row_is_told(tmp_path: Path) -> None:
    equipment, config = job(
        tmp_path,
        "Hunter’s Helm,Head,1\nHat,Head,1\nCap,Head,1\n",
        pin={"head": "Hunter's Helm"},
        exclude="Hat\u00a0",
        share={"at most": 1, "except": "\uff23ap"},
    )
    _, understood, notices = load_job(equipment, config)
    assert (understood.pin, understood.exclude) == ({"Head": ("Hunter’s Helm",)}, ("Hat",))
    assert understood.share_except == ("Cap",)
    [notice] = [notice.partition(": ")[2] for notice in notices if "counts as" in notice]
    notice, _, likewise = notice.partition("; likewise ")
    assert likewise == f"'Ｃap' as 'Cap' ({equipment}:4:1)"
    words = "it differs by apostrophe (U+0027) for right single quotation mark (U+2019)"
    assert (
        notice == f'"Hunter\'s Helm" counts as the piece \'Hunter’s Helm\' ({equipment}:2:1); {words} [$.pin["Head"]]'
    )


@pytest.mark.parametrize(
    ("config", "message", "mend"),
    [
        (
            {"pin": {"Head": ["iron helm"]}},
            "no piece of Head is named 'iron helm' [$.pin[\"Head\"]]",
            "write 'Iron Helm' (e.csv:2:1), which differs by letter case",
        ),
        (
            {"pin": {"Head": ["Iron Mail"]}},
            "no piece of Head is named 'Iron Mail' [$.pin[\"Head\"]]",
            "it is a piece of Body (e.csv:3:1)",
        ),
        (
            {"exclude": ["Iron Heml"]},
            "no piece is named 'Iron Heml' [$.exclude]",
            "write 'Iron Helm' (e.csv:2:1), which differs by one letter: 'lm' for 'ml'",
        ),
        (
            {"exclude": "Oak"},
            "no piece is named 'Oak' [$.exclude]",
            "write a name as it stands in the equipment file",
        ),
        (
            {"share": {"at most": 0.4, "except": ["Iron helm"]}},
            "no piece is named 'Iron helm' [$.share.except]",
            "write 'Iron Helm' (e.csv:2:1), which differs by letter case",
        ),
        (
            {"exclude": ["Horn"]},
            "'Horn' is another piece than 'HORN' (e.csv:5:1), which differs by letter case [$.exclude]",
            "write one of them otherwise in the equipment file",
        ),
    ],
)
def test_names_of_no_row_and_of_rows_that_differ_by_case_are_faults(
    config: dict[str, object], message: str, mend: str, tmp_path: Path
) -> None:
    rows = "Iron Helm,Head,1\nIron Mail,Body,1\nHorn,Legs,1\nHORN,Legs,2\n"
    with pytest.raises(InputError) as caught:
        load_job(*job(tmp_path, rows, **config))
    [fault] = caught.value.faults
    told = [text.replace(f"{tmp_path}{os.sep}", "") for text in (fault.message, fault.mend)]
    assert told == [message, mend]


def test_the_same_name_in_other_case_on_another_part_is_no_matter_of_a_pin(tmp_path: Path) -> None:
    rows = "Horn,Head,1\nHORN,Legs,2\n"
    _, config, _ = load_job(*job(tmp_path, rows, pin={"Head": "Horn"}))
    assert config.pin == {"Head": ("Horn",)}


def test_names_that_no_piece_has_cost_work_in_proportion(tmp_path: Path) -> None:
    calls = []
    for n in (300, 1200):
        rows = "".join(f"piece {k},Head,1\n" for k in range(n))
        equipment, config = job(tmp_path, rows, exclude=[f"piece {k}" for k in range(n)], pin={"Legs": "x"})

        def work(equipment: Path = equipment, config: Path = config) -> None:
            with pytest.raises(InputError):
                load_job(equipment, config)

        calls.append(count_calls(work))
    assert calls[1] < 6 * calls[0]
