"""What may be given in place of a file's name, and what is said of anything else."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pytest

import equipment_optimizer as eo
from equipment_optimizer.errors import InputError, UsageError
from equipment_optimizer.loading._accepted_inputs import (
    equipment_source,
    is_frame,
    named_encoding,
    path_of,
    text_of_dict,
)
from equipment_optimizer.records.config import Config, Decoration, SkillRule

TABLE = "Name,Body Part,Skill 1 Name,Skill 1 Level,Base Defence\nA,Head,Fury,2,5\nB,Body,,,7\n"
CONFIG: dict[str, Any] = {
    "decorations": dict.fromkeys(("deco_1", "deco_2", "deco_3", "deco_4", "num_decos"), 1),
    "skills": {"Fury": {"max": 3, "weight": 0.1, "penalty": Decimal("0.20")}},
    "defence": np.float64(0.5),
    "limit": np.int64(4),
    "unlisted_skill_weight": 0,
    "body_parts": {"Head": 1, "Body": 1},
    "exclude": ("B",),
}


@pytest.fixture(autouse=True)
def in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def frame() -> pd.DataFrame:
    return pd.read_csv(io.StringIO(TABLE))


@pytest.mark.parametrize(
    "source",
    [
        frame,
        lambda: frame().set_index("Name"),
        lambda: frame().astype(object),
        lambda: frame().convert_dtypes(),
        lambda: io.StringIO(TABLE),
        lambda: io.BytesIO(TABLE.encode()),
        lambda: io.BytesIO(TABLE.encode("utf-16")),
        lambda: io.StringIO("\ufeff" + TABLE),
    ],
)
def test_pieces_come_from_frames_and_open_files(source: Any) -> None:
    table, notices = eo.read_equipment(source(), Config(body_parts=(("Head", 1), ("Body", 1))))
    assert [(piece.name, piece.body_part, piece.defence, piece.skills) for piece in table] == [
        ("A", "Head", 5, (("Fury", 2),)),
        ("B", "Body", 7, ()),
    ]
    assert notices == ()


def test_text_that_was_decoded_already_is_not_decoded_again() -> None:
    table, _ = eo.read_equipment(io.StringIO(TABLE.replace("Fury", "攻撃")), encoding="cp932")
    assert table.skill_names == ("攻撃",)
    table, _ = eo.read_equipment(io.BytesIO(TABLE.replace("Fury", "攻撃").encode("cp932")), encoding="cp932")
    assert table.skill_names == ("攻撃",)


def test_a_file_is_named_in_messages_and_a_frame_called_what_it_is() -> None:
    bad = TABLE.replace("7", "seven")
    Path("e.csv").write_text(bad)
    with open("e.csv") as file, pytest.raises(InputError, match=r"^e\.csv:3:5: "):
        eo.read_equipment(file)
    with pytest.raises(InputError, match=r"^the open file:3:5: "):
        eo.read_equipment(io.StringIO(bad))
    with pytest.raises(InputError, match=r"^the DataFrame:3:5: "):
        eo.read_equipment(pd.read_csv(io.StringIO(bad)))


def test_a_dict_is_a_configuration_as_its_file_would_be() -> None:
    table, config, notices = eo.load_job(frame().drop(index=1), {**CONFIG, "exclude": []})
    assert (table.n_pieces, config.limit, config.defence_weight) == (1, 4, Decimal("0.5"))
    assert config.skills == {"Fury": SkillRule(maximum=3, weight=Decimal("0.1"), penalty=Decimal("0.20"))}
    assert notices == ("the DataFrame: there is no piece of Body; builds are made without it",)
    again, _ = eo.read_config(MappingProxyType(CONFIG))
    assert again.exclude == ("B",)
    assert again.inputs == ()


def test_what_is_wrong_with_a_dict_is_told_by_its_path() -> None:
    with pytest.raises(InputError) as caught:
        eo.read_config({**CONFIG, "limit": "five", "skill": {}, "defence": True})
    assert str(caught.value) == (
        'the configuration: unknown key "skill" [$]\n  mend: write "skills", the nearest known key; '
        "a comment's key begins with _\n"
        "the configuration: expected a number, got true [$.defence]\n  mend: write a number, such as 1.0\n"
        'the configuration: expected a number, got "five" [$.limit]\n  mend: write 5 without quotes'
    )


def test_side_files_of_a_dict_stand_in_the_current_folder() -> None:
    Path("d.csv").write_text("Name,Slot Level,Skill 1 Name,Skill 1 Level\nJewel,1,Fury,1\n")
    config, _ = eo.read_config({**CONFIG, "files": {"decorations": "d.csv"}})
    assert config.decorations is not None
    assert config.decorations[0].name == "Jewel"
    assert config.inputs == ("d.csv",)


def test_a_config_record_is_a_configuration_too() -> None:
    Path("e.csv").write_text(TABLE)
    config = Config(skills={"Fury": SkillRule(maximum=3)}, body_parts=(("Head", 1), ("Body", 1)), limit=7)
    _, understood, notices = eo.load_job("e.csv", config, limit=2)
    assert (understood.limit, understood.skills, notices) == (2, config.skills, ())


def test_numbers_of_python_arithmetic_are_read_as_they_were_meant() -> None:
    config, notices = eo.read_config({**CONFIG, "defence": 3 * 0.1})
    assert config.defence_weight == Decimal("0.3")
    assert notices == ("the configuration: 0.30000000000000004 is read as 0.3 [$.defence]",)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: eo.read_equipment(3), "the equipment is an int\n  mend: give the path"),
        (lambda: eo.read_equipment(None), "the equipment is None\n  mend: give the path"),
        (lambda: eo.read_equipment(b"e.csv"), "the equipment is a bytes\n  mend: give the path"),
        (lambda: eo.read_equipment([["a"]]), "the equipment is a list\n  mend: give the path"),
        (
            lambda: eo.read_equipment("e.csv", {"skills": {}}),
            "the configuration is a dict, not a Config\n  mend: read it",
        ),
        (lambda: eo.read_equipment("e.csv", "c.json"), "the configuration is a str, not a Config\n  mend: read it"),
        (lambda: eo.read_equipment("e.csv", encoding="utf-80"), "unknown encoding: 'utf-80'\n  mend: name one"),
        (lambda: eo.read_config(None), "the configuration is of type NoneType\n  mend: give the path"),
        (lambda: eo.read_config(["c.json"]), "the configuration is of type list\n  mend: give the path"),
        (lambda: eo.read_config(CONFIG, limit="5"), "limit is no whole number: '5'\n  mend: ask for"),
        (lambda: eo.read_config(CONFIG, limit=2.5), "limit is no whole number: 2.5\n  mend: ask for"),
        (lambda: eo.read_config(CONFIG, limit=True), "limit is no whole number: True\n  mend: ask for"),
        (
            lambda: eo.read_config({"skills": {3: 1}}),
            "a key of the configuration is an int: '3' [$.skills]\n  mend: write",
        ),
        (lambda: eo.read_config({"skills": {"A": {1, "x"}.__class__}}), "the configuration holds a type ["),
        (lambda: eo.read_config({"defence": float("nan")}), "a number of the configuration is nan [$.defence]\n"),
        (lambda: eo.read_config({"defence": Decimal("Infinity")}), "a number of the configuration is Infinity ["),
        (lambda: eo.load_job("e.csv", 5), "the configuration is of type int\n  mend: give the path"),
        (
            lambda: eo.read_equipment(pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")]))),
            "the DataFrame has",
        ),
    ],
)
def test_anything_else_is_a_usage_error_with_a_mend(call: Any, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        call()
    assert str(caught.value).startswith(message)
    assert "\n  mend: " in str(caught.value)


def test_a_file_that_gives_no_text_is_refused() -> None:
    class Odd:
        name = 3

        def read(self) -> int:
            return 5

    with pytest.raises(UsageError, match="reading the open file gives an int"):
        eo.read_equipment(Odd())


def test_a_configuration_without_end_is_refused() -> None:
    endless: dict[str, Any] = {}
    endless["skills"] = endless
    with pytest.raises(UsageError, match="nested more than 100 deep"):
        eo.read_config(endless)


def test_names_that_the_record_writes_otherwise_are_told_where_they_cannot_be_made_one() -> None:
    text = "Name,Body Part,Skill 1 Name,Skill 1 Level\nA,Head,Mind’s Eye,1\n"
    config = Config(skills={"Mind's Eye": SkillRule()})
    jewels = (Decoration(name="Jewel", slot_level=1, skills=(("Mind's Eye", 1),)),)
    for other in (config, Config(decorations=jewels), Config(pin={"Head": ("A\u200b",)})):
        with pytest.raises(UsageError, match="read both with load_job, which makes them one"):
            eo.read_equipment(io.StringIO(text), other)
    _, understood, _ = eo.load_job(io.StringIO(text), config)
    assert list(understood.skills) == ["Mind’s Eye"]


@pytest.mark.parametrize("strict", [False, True])
def test_strict_makes_faults_of_notices(strict: bool) -> None:
    Path("e.csv").write_text("Name,Body Part,Colour\nA,Head,red\n")
    Path("c.json").write_text('{"decorations": {}, "skills": {"Zeal": 1}, "defence": 1, "limit": 1}')
    if not strict:
        assert len(eo.load_job("e.csv", "c.json", strict=strict)[2]) >= 3
        return
    with pytest.raises(InputError) as caught:
        eo.load_job("e.csv", "c.json", strict=True)
    texts = [str(fault) for fault in caught.value.faults]
    mend = "\n  mend: change what this tells of, or leave strict out: then it is only a notice"
    assert f"e.csv:1: columns that nothing uses: Colour{mend}" in texts
    assert f"c.json:1:40: nothing gives the skill 'Zeal' [$.skills[\"Zeal\"]]{mend}" in texts
    assert all(text.endswith(mend) for text in texts)
    with pytest.raises(InputError, match="deco_1; deco_2"):
        eo.read_config("c.json", strict=True)
    with pytest.raises(InputError, match="columns that nothing uses"):
        eo.read_equipment("e.csv", strict=True)


@pytest.mark.parametrize("encoding", ["cp932", "gbk", "utf-16"])
def test_a_given_encoding_holds_for_every_file(encoding: str) -> None:
    skill = "攻撃" if encoding != "gbk" else "攻击"
    Path("e.csv").write_text(TABLE.replace("Fury", skill), encoding=encoding)
    Path("d.csv").write_text(f"Name,Slot Level,Skill 1 Name,Skill 1 Level\n{skill}珠,1,{skill},1\n", encoding=encoding)
    plain = json.loads(json.dumps({**CONFIG, "skills": {skill: 1}, "defence": 1, "limit": 1}, default=str))
    text = json.dumps({**plain, "files": {"decorations": "d.csv"}}, ensure_ascii=False)
    Path("c.json").write_text(text, encoding=encoding)
    table, config, _ = eo.load_job("e.csv", "c.json", encoding=encoding)
    assert (table.skill_names, list(config.skills), config.encoding) == ((skill,), [skill], encoding)
    # Or the configuration says so itself.
    Path("c.json").write_text(text.replace("{", f'{{"encoding": "{encoding}", ', 1), encoding=encoding)
    table, config, _ = eo.load_job("e.csv", "c.json")
    assert (table.skill_names, list(config.skills), config.encoding) == ((skill,), [skill], encoding)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
@pytest.mark.parametrize("skill", ["Fury", "攻撃"])
def test_an_encoding_without_a_mark_holds_beside_a_config_in_utf_8(encoding: str, skill: str) -> None:
    Path("e.csv").write_text(TABLE.replace("Fury", skill), encoding=encoding)
    plain = json.loads(json.dumps({**CONFIG, "skills": {skill: 1}, "defence": 1, "limit": 1}, default=str))
    Path("c.json").write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")
    table, _, notices = eo.load_job("e.csv", "c.json", encoding=encoding)
    assert table.skill_names == (skill,)
    assert f"c.json: this file is UTF-8, and is read as such, not as {encoding}" in notices


def test_paths_and_names_of_encodings() -> None:
    assert path_of("a") == path_of(Path("a")) == "a"
    assert path_of(b"a") is path_of(3) is path_of(None) is None
    assert named_encoding(b'{"encoding": "cp932"}') is None
    assert named_encoding(b'{"encoding" : "cp932", "note": "\x83"}') == "cp932"
    assert named_encoding(b'{"note": "\x83"}') is None
    assert equipment_source("e.csv").raw is None


def test_a_dict_as_text() -> None:
    text = text_of_dict({"a": [1, 0.1, Decimal("1.50"), True, None, "ü\n"], "b": ({}, set()), "c": {"x"}})
    assert json.loads(text) == {"a": [1, 0.1, 1.5, True, None, "ü\n"], "b": [{}, []], "c": ["x"]}
    assert "1.50" in text
    assert text_of_dict({"a": Fraction(1, 2)}) == '{"a": 0.5}'


def test_frames_are_known_without_loading_pandas() -> None:
    assert is_frame(pd.DataFrame())
    assert not is_frame(pd.Series(dtype=object))
    code = (
        "import sys, equipment_optimizer.loading._accepted_inputs as s; s.is_frame(3); print('pandas' in sys.modules)"
    )
    folder = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_fraction_that_is_no_decimal_number_is_refused() -> None:
    assert text_of_dict({"defence": Fraction(1, 8)}) == '{"defence": 0.125}'
    with pytest.raises(UsageError, match=r"1/3, no decimal number \[\$\.defence\]"):
        text_of_dict({"defence": Fraction(1, 3)})


def test_an_open_file_that_cannot_be_read_is_told() -> None:
    closed = io.StringIO(TABLE)
    closed.close()
    with Path("t").open("w") as written:
        for file in (closed, written):
            with pytest.raises(UsageError, match="cannot be read") as caught:
                equipment_source(file)
            assert "open for reading" in str(caught.value)


@pytest.mark.parametrize("kind", ["bool", "boolean", "object", "category"])
def test_truth_in_a_frame_is_what_true_means_in_a_filter(kind: str) -> None:
    frame = pd.DataFrame({"Name": ["A", "B"], "Body Part": ["Head", "Body"], "Owned": [True, False]})
    frame["Owned"] = frame["Owned"].astype(kind)  # type: ignore[call-overload]
    raw = equipment_source(frame).raw
    assert raw is not None and raw.decode().splitlines()[1:] == ['"A","Head","TRUE"', '"B","Body","FALSE"']


@pytest.mark.parametrize("name", ["# 1 Hat", "#Hat", "sep=;"])
def test_no_row_of_a_frame_is_a_comment(name: str) -> None:
    frame = pd.DataFrame({"Name": [name, "B"], "Body Part": ["Head", "Body"], "Def": [3, None]})
    table, _ = eo.read_equipment(frame)
    assert table.piece(0).name == name
