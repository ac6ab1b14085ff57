"""Monster Hunter Rise: small files in the layout of mhrise-simulator become the files of a job."""

import csv

import pytest

from equipment_optimizer.cli import main
from equipment_optimizer.errors import InputError, UsageError
from equipment_optimizer.importers.rise import rise_files

SKILL_HEADERS = ",".join(f"スキル系統{k},スキル値{k}" for k in range(1, 6))
HEADER = (
    '#名前,"性別(0=両,1=男,2=女)",レア度,スロット1,スロット2,スロット3,入手時期,初期防御力,最終防御力,'
    f"火耐性,水耐性,雷耐性,氷耐性,龍耐性,{SKILL_HEADERS},生産素材1,個数,生産素材2,個数,ワンセット防具,仮番号\n"
)
PIECES = {
    "head": "試しの兜,0,4,4,1,0,,30,50,2,0,-1,0,0,攻め,1,守り,2,,,,,,,石,2,骨,1,,10\n",
    "body": "試しの鎧,1,4,1,0,0,,31,51,0,0,0,0,0,攻め,2,,,,,,,,,,,,,,\n",
    "arm": "試しの篭手,2,,0,0,0,,32,52,0,0,0,0,0,,,,,,,,,,,,,,,,\n",
    "wst": "試しの帯,0,4,0,0,0,,33,53,0,0,0,0,0,,,,,,,,,,,,,,,,\n",
    "leg": "試しの靴,0,4,0,0,0,,34,54,0,0,0,0,0,,,,,,,,,,,,,,,,\n",
}
DECO = """\
#名前,レア度,スロットサイズ,入手時期,スキル系統1,スキル値1,スキル系統2,スキル値2,生産素材1,個数,仮番号
攻珠【１】,5,1,,攻め,1,,,,,
"""
SKILL = """\
#スキル系統,発動スキル,必要ポイント,カテゴリ,効果,系統番号,仮番号
攻め,攻めLv1,1,,,1,10
攻め,攻めLv2,2,,,1,10
守り,守りLv1,1,,,2,20
"""


@pytest.fixture
def folder(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    for name, line in PIECES.items():
        (source / f"{name}.csv").write_text(HEADER + line, encoding="utf-8")
    (source / "deco.csv").write_text(DECO, encoding="utf-8")
    (source / "skill.csv").write_text(SKILL, encoding="utf-8")
    return source


def rows(text):
    return list(csv.DictReader(text.splitlines()))


def test_pieces_have_parts_slots_skills_resistances_and_who_may_wear_them(folder):
    files, notices = rise_files(folder)
    pieces = rows(files["equipment.csv"])
    assert [(piece["Body Part"], piece["Gender"]) for piece in pieces] == [
        ("Head", ""),
        ("Body", "male"),
        ("Arms", "female"),
        ("Waist", ""),
        ("Legs", ""),
    ]
    head = pieces[0]
    assert (head["Name"], head["Base Defence"], head["Rarity"]) == ("試しの兜", "30", "4")
    assert [head[f"Num Lvl {level} Deco Slots"] for level in (1, 2, 3, 4)] == ["1", "0", "0", "1"]
    assert [head[f"Skill {k} {what}"] for k in (1, 2) for what in ("Name", "Level")] == ["攻め", "1", "守り", "2"]
    assert (head["Fire Res"], head["Thunder Res"]) == ("2", "-1")
    assert rows(rise_files(folder, defence="max")[0]["equipment.csv"])[0]["Base Defence"] == "50"
    assert notices == ()


def test_side_files_say_what_the_source_says(folder):
    files, _ = rise_files(folder)
    assert files["skills.csv"] == "Name,Max Level\n攻め,2\n守り,1\n"
    (jewel,) = rows(files["decorations.csv"])
    assert (jewel["Name"], jewel["Slot Level"], jewel["Skill 1 Name"], jewel["Skill 1 Level"]) == (
        "攻珠【１】", "1", "攻め", "1",
    )  # fmt: skip
    assert files["set_bonuses.csv"].count("\n") == 1


def test_the_job_runs_as_it_stands(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    project = tmp_path / "project" / "lib"
    project.mkdir(parents=True)
    folder.rename(project / "spreadsheets")
    assert main(["import", "rise", "project", "data"]) == 0
    assert main(["optimize", "data/equipment.csv", "builds.csv", "data/config.json"]) == 0
    assert "1 combinations, 1 kept" in capsys.readouterr().err


def test_faults_of_all_files_are_told_with_their_places(folder):
    (folder / "head.csv").write_text(HEADER + PIECES["head"].replace(",4,4,1,", ",4,5,1,"), encoding="utf-8")
    (folder / "body.csv").write_text(HEADER + PIECES["body"].replace("鎧,1,", "鎧,3,"), encoding="utf-8")
    (folder / "deco.csv").write_text(DECO.replace("スロットサイズ", "大きさ"), encoding="utf-8")
    (folder / "leg.csv").unlink()
    with pytest.raises(InputError) as caught:
        rise_files(folder)
    said = str(caught.value).replace(f"{folder}/", "")
    assert "head.csv:2:4: slot level is not 0 to 4: '5'" in said
    assert "body.csv:2:2: unknown gender: '3'" in said
    assert "deco.csv:1" in said
    assert "leg.csv" in said


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match="there is no folder"):
        rise_files(tmp_path / "nothing")
