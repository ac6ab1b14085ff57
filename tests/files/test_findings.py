"""Names that look alike, read backwards or cannot be seen: exact all the same, and told apart in messages."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from work import count_calls

from equipment_optimizer.cli import main
from equipment_optimizer.errors import InputError
from equipment_optimizer.files.findings import MAX_DESCRIBED, Findings, look, told_apart
from equipment_optimizer.files.names import near
from equipment_optimizer.loading.jobs import load_job

COMPOSED, DECOMPOSED = "\u00c9p\u00e9e", "E\u0301pe\u0301e"
NAMES = (COMPOSED, DECOMPOSED, "Iron\u200bHelm", "IronHelm", "\u202eHelm", "\u05e7\u05e1\u05d3\u05d4", "\ufeffx", "x")


def job(folder: Path, rows: str, **config: object) -> tuple[Path, Path]:
    (folder / "e.csv").write_text(
        f"Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level\n{rows}", encoding="utf-8", newline=""
    )
    weights = {"decorations": dict.fromkeys(("deco_1", "deco_2", "deco_3", "deco_4", "num_decos"), 1), "skills": {}}
    (folder / "c.json").write_text(json.dumps({**weights, "defence": 1, "limit": 99, **config}))
    return folder / "e.csv", folder / "c.json"


def test_names_that_look_alike_are_different_pieces_and_are_written_as_they_came(tmp_path: Path) -> None:
    rows = "".join(f"{name},Head,{k},,\n" for k, name in enumerate(NAMES))
    equipment, config = job(tmp_path, rows)
    out = tmp_path / "out.csv"
    assert main(["optimize", str(equipment), str(out), str(config), "--quiet"]) == 0
    with open(out, encoding="utf-8", newline="") as file:
        assert [row["Head"] for row in csv.DictReader(file)] == [*reversed(NAMES)]
    assert main(["verify", str(out), str(equipment), str(config)]) == 0


def test_skills_that_fold_together_are_one_with_a_notice(tmp_path: Path) -> None:
    rows = f"a,Head,1,{COMPOSED},1\nb,Body,1,{DECOMPOSED},1\nc,Body,1,{DECOMPOSED},1\n"
    equipment, config = job(tmp_path, rows, skills={"Iron\u200b Skin": {"max": 1, "weight": 1, "penalty": 1}})
    table, _, notices = load_job(equipment, config)
    assert table.skill_names == (COMPOSED,)
    assert table.skill_column(COMPOSED).tolist() == [1, 1, 1]
    told = f"the skill {DECOMPOSED!r} counts as {COMPOSED!r} ({equipment}:2:4); it differs by "
    marks = "latin capital letter e (U+0045) and combining acute accent (U+0301) and latin small letter e (U+0065)"
    other = "latin capital letter e with acute (U+00C9) and latin small letter e with acute (U+00E9)"
    assert [notice for notice in notices if "counts as" in notice] == [f"{equipment}:3:4: {told}{marks} for {other}"]


def test_skills_that_only_look_alike_are_counted_apart_with_a_notice(tmp_path: Path) -> None:
    equipment, config = job(tmp_path, "a,Head,1,Fury IV,1\nb,Body,1,Fury \u2163,1\n")
    table, _, notices = load_job(equipment, config)
    assert table.skill_names == ("Fury IV", "Fury \u2163")
    assert [notice.partition(": ")[2] for notice in notices if "counted apart" in notice] == [
        (
            "the skill 'Fury \u2163' is counted apart from 'Fury IV', "
            "which looks the same but is 'Fury IV', not 'Fury \\u2163'"
        )
    ]


def test_what_a_reader_sees_of_a_name() -> None:
    assert look(COMPOSED) == look(DECOMPOSED)
    assert look("Iron\u200bHelm") == look("Iron\u2060Helm") == look("\uff29ron\u202eHelm") == "IronHelm"
    assert look("Iron Helm") != look("IronHelm")
    assert told_apart("a", "b") == "'b'"
    assert told_apart(COMPOSED, COMPOSED) == repr(COMPOSED)
    # However many there are, the one that looks the same is found.
    assert near(DECOMPOSED, [*map(str, range(9000)), COMPOSED]) == COMPOSED


def test_messages_and_notices_cannot_steer_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    part = "\x1b[2JHead"
    equipment, config = job(tmp_path, "a,Head,1,,\n", body_parts={"Head": 1, part: 1}, exclude=["\x1b]0;x\x07"])
    assert main(["optimize", str(equipment), str(tmp_path / "out.csv"), str(config)]) == 2
    equipment, config = job(tmp_path, "a,Head,1,,\n", body_parts={"Head": 1, part: 1})
    assert main(["optimize", str(equipment), str(tmp_path / "out.csv"), str(config)]) == 0
    told = capsys.readouterr().err
    assert all(char.isprintable() or char == "\n" for char in told)
    assert "there is no piece of \N{REPLACEMENT CHARACTER}[2JHead" in told


def test_a_nul_cannot_be_smuggled_into_a_name(tmp_path: Path) -> None:
    equipment, config = job(tmp_path, "a,Head,1,,\n", exclude=["a\0"], body_parts={"Head": 1, "B\0": 1})
    with pytest.raises(InputError) as caught:
        load_job(equipment, config)
    assert [fault.message for fault in caught.value.faults] == [
        "a NUL character in a name [$.exclude[0]]",
        "a NUL character in a name [$.body_parts]",
    ]


def test_names_that_no_piece_has_cost_work_in_proportion(tmp_path: Path) -> None:
    calls = []
    for n in (300, 1200):
        rows = "".join(f"piece {k},Head,1,,\n" for k in range(n))
        unknown = [f"other {k}" for k in range(n)]
        equipment, config = job(tmp_path, rows, exclude=unknown, pin={"Head": unknown})

        def work(equipment: Path = equipment, config: Path = config) -> None:
            with pytest.raises(InputError, match="more faults"):
                load_job(equipment, config)

        calls.append(count_calls(work))
    # Twenty guesses, each among all names, and then no more.
    assert calls[1] < 6 * calls[0]


def test_faults_beyond_a_thousand_are_counted_but_not_described() -> None:
    findings = Findings("f")
    for line in range(MAX_DESCRIBED + 5, 0, -1):
        findings.fault(line, 1, "wrong")
        findings.notice(line, 1, "odd")
    faults = findings.faults()
    assert len(faults) == MAX_DESCRIBED + 5
    assert faults[0].where == "f:6:1"
    assert str(faults[-1]) == "f: a further fault, counted but not described"
    assert findings.notices()[-1] == "f: 5 more notices"
    assert len(findings.notices()) == MAX_DESCRIBED + 1


def test_notices_of_a_kind_are_one_line() -> None:
    findings = Findings("e.csv")
    for k in range(25):
        findings.notice(k + 2, 0, f"a{k} counts as b", kind="counts", brief=f"a{k}")
    findings.notice(0, 0, "another")
    findings.notice(9, 0, "alone", kind="else")
    others = ", ".join(f"a{k}" for k in range(1, 21))
    assert findings.notices() == [
        f"e.csv:2: a0 counts as b; likewise {others} and 4 more",
        "e.csv: another",
        "e.csv:9: alone",
    ]
    assert [fault.mend for fault in findings.notices_as_faults("mend it")] == ["mend it"] * 3
