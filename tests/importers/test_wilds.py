"""Monster Hunter Wilds: small files in the layout of mhdb-wilds-data become the files of a job."""

import copy
import csv
import json

import pytest

from equipment_optimizer.cli import main
from equipment_optimizer.errors import InputError, UsageError
from equipment_optimizer.importers.wilds import wilds_files

SKILLS = [
    {"game_id": -11, "names": {"ja": "攻め", "en": "Fury"}, "ranks": [{"level": 1}, {"level": 2}], "kind": "armor"},
    {"game_id": 12, "names": {"en": "Edge"}, "ranks": [{"level": 1}, {"level": 3}], "kind": "weapon"},
    {"game_id": 13, "names": {"en": "Oath"}, "ranks": [{"level": 1}, {"level": 2}], "kind": "set"},
    {"game_id": 14, "names": {"en": "Pack"}, "ranks": [{"level": 1}], "kind": "group"},
]
ARMOUR = [
    {
        "game_id": 1,
        "names": {"en": "Rime α"},
        "rarity": 5,
        "set_bonus": {"skill_id": 13, "ranks": [{"pieces": 2, "skill_level": 1}, {"pieces": 4, "skill_level": 2}]},
        "group_bonus": {"skill_id": 14, "ranks": [{"pieces": 3, "skill_level": 1}]},
        "pieces": [
            {
                "kind": kind,
                "names": {"ja": f"霜{kind}", "en": f"Rime {kind} α"},
                "descriptions": {"en": "Cold."},
                "defense": {"base": 30, "max": 60},
                "resistances": {"fire": -3, "water": 1, "thunder": 0, "ice": 4, "dragon": 2},
                "slots": [3, 1],
                "skills": {"-11": 1, "12": 2},
                "crafting": {"price": 1},
            }
            for kind in ("head", "chest", "arms", "waist", "legs")
        ],
    },
    {"game_id": 2, "names": {"en": "Hide"}, "rarity": 1, "set_bonus": None, "group_bonus": None, "pieces": []},
]
CHARMS = [
    {
        "game_id": 5,
        "ranks": [
            {"names": {"jp": "護石", "en": "Fury Charm I"}, "rarity": 4, "level": 1, "skills": {"-11": 1}},
            {"names": {"en": "Fury Charm II"}, "rarity": 6, "level": 2, "skills": {"-11": 2}},
        ],
    }
]
JEWELS = [
    {"names": {"en": "Edge Jewel [2]"}, "rarity": 4, "level": 2, "skills": {"12": 1}, "allowed_on": "weapon"},
    {"names": {"en": "Fury Jewel [1]"}, "rarity": 3, "level": 1, "skills": {"-11": 1}},
]
LANCES = [
    {"game_id": 1, "kind": "lance", "names": {"en": "Reed"}, "rarity": 1, "attack_raw": 90, "affinity": 0, "defense": 0}
    | {"slots": [], "specials": [], "skills": {}},
    {"game_id": 2, "kind": "lance", "names": {"en": "Rush"}, "rarity": 8, "attack_raw": 190, "affinity": -15}
    | {"defense": 12, "slots": [3, 2], "specials": [{"element": "fire"}], "skills": {"12": 3}},
]
FILES = {"Skill": SKILLS, "Armor": ARMOUR, "Amulet": CHARMS, "Accessory": JEWELS}


@pytest.fixture
def folder(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    for name, content in FILES.items():
        (source / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return source


def rows(text):
    return list(csv.DictReader(text.splitlines()))


def change(folder, name, edit):
    content = copy.deepcopy(FILES[name])
    edit(content)
    (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")


def faults(folder, **options):
    with pytest.raises(InputError) as caught:
        wilds_files(folder, **options)
    return str(caught.value).replace(f"{folder}/", "")


def test_pieces_have_parts_slots_skills_resistances_and_both_bonuses(folder):
    files, notices = wilds_files(folder)
    pieces = rows(files["equipment.csv"])
    assert [piece["Body Part"] for piece in pieces] == ["Head", "Body", "Arms", "Waist", "Legs", "Charm"]
    head = pieces[0]
    assert (head["Name"], head["Base Defence"]) == ("Rime head α", "30")
    assert (head["Set Name"], head["Rank"]) == ("Rime α", "high")
    assert [head[f"Num Lvl {level} Deco Slots"] for level in (1, 2, 3, 4)] == ["1", "0", "1", "0"]
    assert [head[f"Skill {k} {what}"] for k in (1, 2) for what in ("Name", "Level")] == ["Fury", "1", "Edge", "2"]
    assert (head["Fire Res"], head["Dragon Res"]) == ("-3", "2")
    assert (head["Set Bonus 1"], head["Set Bonus 2"]) == ("Oath", "Pack")
    assert (pieces[-1]["Name"], pieces[-1]["Skill 1 Level"]) == ("Fury Charm II", "2")
    assert notices == ()


def test_side_files_say_what_the_source_says(folder):
    files, _ = wilds_files(folder)
    assert files["set_bonuses.csv"] == (
        "Bonus Name,Pieces Required,Skill,Level\nOath,2,Oath,1\nOath,4,Oath,2\nPack,3,Pack,1\n"
    )
    assert files["skills.csv"] == "Name,Max Level\nFury,2\nEdge,3\nOath,2\nPack,1\n"
    assert [(jewel["Name"], jewel["Slot Level"], jewel["Allowed On"]) for jewel in rows(files["decorations.csv"])] == [
        ("Edge Jewel [2]", "2", "weapon"),
        ("Fury Jewel [1]", "1", "any"),
    ]


def test_languages_ranks_and_defence_are_chosen(folder):
    files, _ = wilds_files(folder, language="ja", all_ranks=True, defence="max")
    pieces = rows(files["equipment.csv"])
    assert (pieces[0]["Name"], pieces[0]["Skill 1 Name"], pieces[0]["Base Defence"]) == ("霜head", "攻め", "60")
    # The other way to write it, and English where there is nothing else.
    assert [piece["Name"] for piece in pieces[-2:]] == ["護石", "Fury Charm II"]


def test_weapons_are_a_list_of_their_own(folder, tmp_path, monkeypatch):
    (folder / "weapons").mkdir()
    (folder / "weapons" / "Lance.json").write_text(json.dumps(LANCES))
    (folder / "weapons" / "HuntingHornSongs.json").write_text("[]")
    files, _ = wilds_files(folder)
    reed, rush = rows(files["weapons.csv"])
    assert (reed["Name"], reed["Attack"], reed["Affinity"], reed["Skill 1 Name"]) == ("Reed", "90", "0", "")
    assert (rush["Kind"], rush["Affinity"], rush["Base Defence"], rush["Rarity"]) == ("lance", "-15", "12", "8")
    assert (rush["Num Lvl 3 Deco Slots"], rush["Skill 1 Name"], rush["Skill 1 Level"]) == ("1", "Edge", "3")
    assert json.loads(files["config.json"])["files"]["weapons"] == "weapons.csv"
    monkeypatch.chdir(tmp_path)
    assert main(["import", "wilds", "source", "data"]) == 0
    config = json.loads((tmp_path / "data" / "config.json").read_text(encoding="utf-8"))
    config |= {"totals": {"Attack": {"weight": 0.1}}, "skills": {"Edge": {"weight": 1}}}
    (tmp_path / "data" / "config.json").write_text(json.dumps(config))
    assert main(["optimize", "data/equipment.csv", "builds.csv", "data/config.json", "--quiet"]) == 0
    best = rows((tmp_path / "builds.csv").read_text(encoding="utf-8"))[0]
    assert (best["Weapon"], best["Attack"]) == ("Rush", "190")


def test_a_weapon_that_is_not_understood_is_a_fault(folder):
    (folder / "weapons").mkdir()
    (folder / "weapons" / "Lance.json").write_text(json.dumps([{**LANCES[1], "skills": {"77": 1}, "rarity": "high"}]))
    said = faults(folder)
    assert "no skill has the id 77 [$[0].skills.77]" in said
    assert "weapons/Lance.json:1:" in said
    assert "[$[0].rarity]" in said


def test_the_job_runs_as_it_stands(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    project = tmp_path / "project" / "output"
    project.mkdir(parents=True)
    folder.rename(project / "merged")
    assert main(["import", "wilds", "project", "data"]) == 0
    assert main(["optimize", "data/equipment.csv", "builds.csv", "data/config.json"]) == 0
    assert "1 combinations, 1 kept" in capsys.readouterr().err
    assert "Oath (5); Pack (5)" in (tmp_path / "builds.csv").read_text(encoding="utf-8")


def test_all_faults_of_all_files_are_told_with_their_places(folder):
    change(folder, "Armor", lambda content: content[0]["pieces"][1].update(kind="tail", skills={"99": 1}))
    change(folder, "Amulet", lambda content: content[0]["ranks"][1].pop("names"))
    (folder / "Accessory.json").unlink()
    said = faults(folder)
    assert "Armor.json:1:" in said
    assert "unknown kind: 'tail' [$[0].pieces[1].kind]" in said
    assert "no skill has the id 99 [$[0].pieces[1].skills.99]" in said
    assert 'the key "names" is missing [$[0].ranks[1]]' in said
    assert "Accessory.json" in said


@pytest.mark.parametrize(
    ("name", "edit", "message"),
    [
        ("Armor", lambda content: content[0]["pieces"][0].update(slots=[5]), "a slot level is 0 to 4"),
        ("Armor", lambda content: content[0]["pieces"][0].update(slots=3), "expected a list"),
        ("Armor", lambda content: content[0]["pieces"][0].update(skills=[]), "expected an object with keys"),
        ("Armor", lambda content: content[0]["pieces"][0]["defense"].update(base="many"), "number"),
        ("Accessory", lambda content: content[0].update(level=5), "a slot level is 1 to 4"),
        ("Accessory", lambda content: content[0].update(allowed_on="boots"), "unknown allowed_on: 'boots'"),
        ("Skill", lambda content: content[0].update(names={}), "there is no name in the language en"),
    ],
)
def test_a_value_that_cannot_be_meant_is_a_fault(folder, name, edit, message):
    change(folder, name, edit)
    assert message in faults(folder)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match="there is no folder"):
        wilds_files(tmp_path / "nothing")
