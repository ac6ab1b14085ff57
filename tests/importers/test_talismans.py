"""Lists of talismans, as players and simulators write them, into lists of charms."""

from __future__ import annotations

from pathlib import Path

import pytest

from equipment_optimizer.cli import main
from equipment_optimizer.errors import InputError
from equipment_optimizer.importers.talismans import talismans_file
from equipment_optimizer.loading.jobs import read_equipment
from equipment_optimizer.records.equipment import EquipmentPiece


def talismans(tmp_path: Path, text: str | bytes) -> list[EquipmentPiece]:
    """What an equipment list made of talismans is read as."""
    (tmp_path / "talismans.txt").write_bytes(text.encode() if isinstance(text, str) else text)
    listed, _ = talismans_file(tmp_path / "talismans.txt")
    (tmp_path / "charms.csv").write_text(listed, encoding="utf-8")
    return list(read_equipment(tmp_path / "charms.csv")[0])


def charm(name: str, slots: tuple[int, int, int, int], line: int, **skills: int) -> EquipmentPiece:
    return EquipmentPiece(name, "Charm", slots=slots, skills=tuple(skills.items()), line=line)


def test_talismans_become_charms(tmp_path: Path) -> None:
    text = "# mine\n\nAttack,2,Guard,1,3,1,0\nHaste,1,,,0,0,0\n  # more\nAttack,1,,0,4,,\nAttack,1,Attack,1,1,1,1\n"
    assert talismans(tmp_path, text) == [
        charm("Attack 2, Guard 1 [3-1-0]", (1, 0, 1, 0), 2, Attack=2, Guard=1),
        charm("Haste 1 [0-0-0]", (0, 0, 0, 0), 3, Haste=1),
        charm("Attack 1 [4-0-0]", (0, 0, 0, 1), 4, Attack=1),
        charm("Attack 1, Attack 1 [1-1-1]", (3, 0, 0, 0), 5, Attack=2),
    ]


def test_talismans_in_other_delimiters_encodings_and_without_skills(tmp_path: Path) -> None:
    text = b"\xef\xbb\xbf# x\r\n\xe6\x94\xbb\xe6\x92\x83;2;;;1;0;0\r\n"
    assert [piece.name for piece in talismans(tmp_path, text)] == ["攻撃 2 [1-0-0]"]
    assert [piece.name for piece in talismans(tmp_path, "\t\t\t\t2\t1\t0\n")] == ["Talisman [2-1-0]"]
    assert [piece.name for piece in talismans(tmp_path, '"Mind, Eye",1,,,0,0,0\n')] == ["Mind, Eye 1 [0-0-0]"]


def test_every_fault_of_a_talisman_list_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.txt").write_text(
        "Attack,two,Guard,,5,-1,x\n# skip\n,3,Haste,0,0,0,0\nAttack,1\nAttack,1,,,0,0,0,9\n", encoding="utf-8"
    )
    with pytest.raises(InputError) as caught:
        talismans_file("t.txt")
    assert str(caught.value) == (
        "t.txt:1:2: level is not a whole number: 'two' [Skill 1 Level]\n"
        "  mend: write a whole number\n"
        "t.txt:1:4: skill 'Guard' has no level [Skill 2 Level]\n"
        "  mend: write its level, 1 or more\n"
        "t.txt:1:5: slot level is not 0 to 4: '5' [Slot 1]\n"
        "  mend: write a number from 0 to 4\n"
        "t.txt:1:6: slot level is not 0 to 4: '-1' [Slot 2]\n"
        "  mend: write a number from 0 to 4\n"
        "t.txt:1:7: slot level is not a whole number: 'x' [Slot 3]\n"
        "  mend: write a whole number, or leave the cell empty\n"
        "t.txt:3:1: level '3' has no skill [Skill 1 Name]\n"
        "  mend: write the skill, or 0 for no level\n"
        "t.txt:3:4: the level of 'Haste' is below 1: '0' [Skill 2 Level]\n"
        "  mend: write 1 or more, or leave the skill empty\n"
        "t.txt:4:3: the record ends after cell 2 of 7\n"
        "  mend: write a cell for every column, blank ones too\n"
        "t.txt:5:8: a cell beyond the last column: '9'\n"
        "  mend: give it a header, or put a cell that holds a delimiter in quotes"
    )


@pytest.mark.parametrize("text", [b"", b"\n\n", b"# only words\n", b"\xef\xbb\xbf", b",,,,,,\n"])
def test_a_list_without_a_talisman_is_a_fault(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "t.txt").write_bytes(text)
    with pytest.raises(InputError, match="there is no talisman in the file"):
        talismans_file(tmp_path / "t.txt")


def test_talismans_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.txt").write_text("Attack,2,,,1,0,0\n")
    assert main(["import", "talismans", "t.txt", "-"]) == 0
    out, err = capfd.readouterr()
    assert out == (
        "Name,Body Part,Skill 1 Name,Skill 1 Level,Skill 2 Name,Skill 2 Level,Num Lvl 1 Deco Slots,"
        "Num Lvl 2 Deco Slots,Num Lvl 3 Deco Slots,Num Lvl 4 Deco Slots\nAttack 2 [1-0-0],Charm,Attack,2,,,1,0,0,0\n"
    )
    assert err == "1 charm, 1 written\n"
    assert main(["import", "talismans", "t.txt", "t.txt", "--force"]) == 2
    assert "the output is also an input" in capfd.readouterr().err
    assert main(["import", "talismans", "missing.txt", "-"]) == 2
    assert "missing.txt: no such file" in capfd.readouterr().err
    assert main(["import"]) == 2
    assert "the following arguments are required: FORMAT" in capfd.readouterr().err


def faults_of(tmp_path: Path, text: str) -> list[str]:
    (tmp_path / "t.txt").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        talismans_file(tmp_path / "t.txt")
    return [fault.message for fault in caught.value.faults]


JAPANESE = "スキル系統1,スキル値1,スキル系統2,スキル値2,スロット1,スロット2,スロット3,内部管理ID\n"
THREE = "スキル系統1,スキル値1,スキル系統2,スキル値2,スキル系統3,スキル値3"
ON_WEAPON = "(泣用武器スロ1),(泣用武器スロ2),(泣用武器スロ3)"
ON_ARMOUR = "(泣用防具スロ1),(泣用防具スロ2),(泣用防具スロ3)"
SLOTS = "スロット1,スロット2,スロット3"
TYPES = "スロット1タイプ,スロット2タイプ,スロット3タイプ"


@pytest.mark.parametrize(
    "text",
    [
        JAPANESE + "会心,2,業物,1,2,1,0,x-1\n",
        "会心,2,業物,1,2,1,0,x-1\n",
        "17,会心,2,業物,1,2,1,0\n18,会心,2,業物,1,2,1,0\n",
        "Skill 1,Lv 1,Skill 2,Lv 2,Slot 1,Slot 2,Slot 3\n会心,2,業物,1,2,1,0\n",
        "スキル名1,スキルLv1,スキル名2,スキルLv2,スロ1,スロ2,スロ3\n会心,2,業物,1,2,1,0\n",
        "Mine\n\nSkill 1;Lv 1;Skill 2;Lv 2;Slot 1;Slot 2;Slot 3;Rarity\n会心;2;業物;1;2;1;0;7\n",
        "a,b,c,d,e,f,g\n会心,2,業物,1,2,1,0\n",
    ],
    ids=["header and id", "id at the end", "id at the start", "english", "other words", "title and more", "unknown"],
)
def test_two_skills_and_three_slots_with_whatever_stands_around_them(text: str, tmp_path: Path) -> None:
    piece = talismans(tmp_path, text)[0]
    assert piece.name == "会心 2, 業物 1 [2-1-0]"
    assert piece.skills == (("会心", 2), ("業物", 1))
    assert piece.slots == (1, 1, 0, 0)


@pytest.mark.parametrize(
    "text",
    [
        "A,2,B,1,C,1,3,0,0\n",
        "A,2,B,1,C,1,3,0,0,id-9\n",
        "7,A,2,B,1,C,1,3,0,0\n",
        f"{THREE},{ON_WEAPON},{ON_ARMOUR}\nA,2,B,1,C,1,0,0,0,3,0,0\n",
        THREE + ",防具スロット1,防具スロット2,防具スロット3\nA,2,B,1,C,1,3,,\n",
    ],
    ids=["bare", "id at the end", "id at the start", "weapon and armour", "armour"],
)
def test_three_skills(text: str, tmp_path: Path) -> None:
    (piece,) = talismans(tmp_path, text)
    assert piece.skills == (("A", 2), ("B", 1), ("C", 1))
    assert (piece.slots, piece.weapon_slots) == ((0, 0, 1, 0), (0, 0, 0, 0))


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("武器スロット1,武器スロット2,防具スロット1,防具スロット2", "2,0,1,1"),
        ("(泣用防具スロ1),(泣用防具スロ2),(泣用武器スロ1)", "1,1,2"),
        (f"{SLOTS},{TYPES}", "1,2,1,0,1,0"),
        ("Armor Slot 1,Armor Slot 2,Weapon Slot 1", "1,1,2"),
        (
            "武器スロ1,防具スロ1,防具スロ2,スロット1,スロット2,スロット3,スロット1タイプ,スロット2タイプ,スロット3タイプ",
            "2,1,1,2,1,1,1,0,0",
        ),
    ],
)
def test_slots_on_weapons_and_on_armour(header: str, line: str, tmp_path: Path) -> None:
    (piece,) = talismans(tmp_path, f"スキル系統1,スキル値1,{header}\nA,2,{line}\n")
    assert piece.skills == (("A", 2),)
    assert piece.slots == (2, 1, 0, 0)
    assert piece.weapon_slots == (0, 1, 0, 0)
    assert (
        piece.name == f"A 2 [1-1{'-0' * (piece.name.count('-') - 1 - piece.name.count('2-0') - 1)}, weapon 2]"
        or "weapon" in piece.name
    )


def test_what_is_written_twice_must_agree_and_may_be_missing_at_the_end(tmp_path: Path) -> None:
    header = (
        "スキル系統1,スキル値1,武器スロ1,防具スロ1,スロット1,スロット2,スロット1タイプ,スロット2タイプ,内部管理ID\n"
    )
    (piece,) = talismans(tmp_path, header + "A,2,0,3\n")
    assert piece.slots == (0, 0, 1, 0)
    assert faults_of(tmp_path, header + "A,2,0,3,3,0,1,0,x\n") == [
        "the slots are written twice, and not alike [スロット1]"
    ]
    assert "a slot of type 2 is not known [スロット1タイプ]" in faults_of(tmp_path, header + "A,2,0,3,3,0,2,0,x\n")
    assert faults_of(tmp_path, header + "A,2,0\n") == ["the record ends after cell 3 of 9"]


def test_columns_that_are_left_out_are_named(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("Skill 1,Lv 1,Slot 1,Rarity,Comment,ID\nA,2,1,7,mine,x\n", encoding="utf-8")
    assert talismans_file(tmp_path / "t.txt")[1] == (
        f"{tmp_path / 't.txt'}:1: columns that are left out: Rarity, Comment",
    )


def test_a_header_that_nobody_knows_is_told(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("a,b,c,d,e,f,g\nA,2,,,1,0,0\n", encoding="utf-8")
    text, notices = talismans_file(tmp_path / "t.txt")
    assert text.count("\n") == 2
    assert notices == (f"{tmp_path / 't.txt'}:1: this line is taken for a header that is not known, and left out",)


@pytest.mark.parametrize(
    ("encoding", "name"), [("shift_jis", "火力"), ("gb18030", "攻击"), ("utf-16", "火力"), ("cp949", "공격")]
)
def test_other_encodings_are_read_when_named(encoding: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(f"{name},2,,,1,0,0\n".encode(encoding))
    named = None if encoding == "utf-16" else encoding
    assert f"{name} 2 [1-0-0],Charm,{name},2," in talismans_file(path, encoding=named)[0]
    if named is not None:
        with pytest.raises(InputError, match="not valid UTF-8"):
            talismans_file(path)


def test_the_encoding_is_named_on_the_command_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("火力,2,耐寒,1,3,1,0\n".encode("shift_jis"))
    assert main(["import", "talismans", str(path), "-"]) == 2
    assert "Shift-JIS" in capfd.readouterr().err
    assert main(["import", "talismans", str(path), "-", "--encoding", "cp932", "--quiet"]) == 0
    assert "火力 2, 耐寒 1 [3-1-0]" in capfd.readouterr().out
    assert main(["import", "talismans", str(path), "-", "--encoding", "sjiss"]) == 2


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("Fury,2,Calm,1,2,1,1,73\n", "cell 8"),
        ("Fury,2,Calm,1,2,1,1,0\n", "cell 8"),
        ("a-1,Fury,2,Calm,1,2,1,1\nb-2,Fury,1,,,0,0,0\n", "cell 1"),
    ],
)
def test_a_cell_that_is_taken_for_an_id_is_told(tmp_path: Path, text: str, cell: str) -> None:
    (tmp_path / "t.txt").write_text(text)
    _, notices = talismans_file(str(tmp_path / "t.txt"))
    assert any(f"{cell} of each line is taken for an id, and left out" in notice for notice in notices)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Fury,2,Calm,1,2,1,1,3\nFury,1,,,1,0,0,0\n", "cell 8 of each line may be a further slot or an id: '3'"),
        ("A,2,B,1,C,1,3,0,0,1\n", "cell 10 of each line may be a further slot or an id: '1'"),
        ("Fury;2;Calm;1;2;1;1;2-1\n", "cell 8 of each line may be a further slot or an id: '2-1'"),
        ("Attack,Boost,2,Calm,1,2,1,1\n", "cell 1 of each line may be an id or a part of a name: 'Attack'"),
        ("Skill A,Pts A,Holes\nFury,2,1\n", "this header is not known: Skill A, Pts A, Holes"),
        ("Skills,Slots\nFury 2,3-1\n", "this header is not known: Skills, Slots"),
    ],
)
def test_what_places_cannot_tell_is_a_fault(text: str, message: str, tmp_path: Path) -> None:
    assert faults_of(tmp_path, text) == [message]


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("Slots", "3-1"),
        ("Slot", "[3,1]"),
        ("スロット", "③①"),
        ("Armor Slots", "3/1"),
        ("防具スロット", "31"),
        ("Decoration Slots", "3-1-0"),
        ("Deco Slot 1,Deco Slot 2", "3,1"),
        ("Num Lvl 1 Deco Slots,Num Lvl 3 Deco Slots", "1,1"),
        ("孔位1,孔位2", "3,1"),
    ],
)
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_slots_are_read_under_whatever_header_they_have(header: str, line: str, delimiter: str, tmp_path: Path) -> None:
    records = [["Skill 1", "Level 1", *header.split(",")], ["A", "2", *(line.split(",") if "," in header else [line])]]
    text = "".join(delimiter.join(cells) + "\n" for cells in records)
    (piece,) = talismans(tmp_path, text)
    assert (piece.slots, piece.weapon_slots) == ((1, 0, 1, 0), (0, 0, 0, 0))


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("Slots,Weapon Slots", "1-1,2"),
        ("Slot 1,Slot 2,Weapon Slot", "1,1,2"),
        ("スロット1,スロット2,武器スロット", "1,1,2"),
        ("Armour Slots,Weapon Slot 1", "1-1,2"),
        ("Num Lvl 1 Deco Slots,Weapon Slots", "2,2"),
        ("Slots,Armour Slots,Weapon Slots", "1-1,1-1,2"),
        ("Slots,Armour Slots,Weapon Slots", "2-1-1,1-1,2"),
    ],
)
def test_plain_slots_beside_slots_on_weapons_are_on_armour(header: str, line: str, tmp_path: Path) -> None:
    (piece,) = talismans(tmp_path, f"Skill 1,Level 1,{header}\nA,2,{line}\n")
    assert (piece.slots, piece.weapon_slots) == ((2, 1, 0, 0), (0, 1, 0, 0))


@pytest.mark.parametrize(
    "title",
    [
        "Slot Level 1",
        "Deco 1",
        "スロット数",
        "Armour Holes",
        "3rd Skill",
        "Weapon",
        "Slto 1",
        "Levle 2",
        "装飾品スロ数",
    ],
)
def test_a_column_of_slots_or_skills_is_never_left_out(title: str, tmp_path: Path) -> None:
    assert faults_of(tmp_path, f"Skill 1,Level 1,{title}\nA,2,1\n") == [
        f"a column of slots or skills that is not known: {title!r}"
    ]


def test_slots_in_two_ways_are_a_fault(tmp_path: Path) -> None:
    text = "Skill 1,Level 1,Slot 1,Slots\nA,2,1,1\n"
    assert faults_of(tmp_path, text) == ["'Slots' holds slots in another way than 'Slot 1'"]


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;", "sep=;;;;"])
def test_a_list_without_a_header_may_say_its_delimiter(first: str, tmp_path: Path) -> None:
    pieces = talismans(tmp_path, f"{first}\nA;2;B;1;3;1;0\nC;1;;;2;0;0\n")
    assert [piece.name for piece in pieces] == ["A 2, B 1 [3-1-0]", "C 1 [2-0-0]"]


def test_the_slots_of_the_lists_that_are_made_here_are_read_again(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("Skill 1,Level 1,Slots,Weapon Slots\nA,2,3-1,2\n", encoding="utf-8")
    made, _ = talismans_file(tmp_path / "t.txt")
    (piece,) = talismans(tmp_path, made)
    assert (piece.slots, piece.weapon_slots) == ((1, 1, 1, 0), (0, 1, 0, 0))
