"""A folder of another program's tables into the files of a job."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from equipment_optimizer.cli import main
from equipment_optimizer.commands.import_ import write_files
from equipment_optimizer.errors import InputError, OutputError, UsageError
from equipment_optimizer.importers.mhworlddata import mhworlddata_files
from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.pipeline import optimize

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SOURCE = {
    "armors/armor_base.csv": (
        "id,name_en,rarity,type,gender,slot_1,slot_2,slot_3,defense_base,defense_max,defense_augment_max,"
        "defense_fire,defense_water,defense_thunder,defense_ice,defense_dragon\n"
        "1,Oak Cap,1,head,both,1,0,0,2,38,68,2,0,-1,0,0\n"
        '2,"Oak Mail, old",5,chest,male,3,1,0,4,40,70,0,0,0,0,3\n'
    ),
    "armors/armor_skills_ext.csv": (
        'base_name_en,skill1_name,skill1_level,skill2_name,skill2_level\nOak Cap,,,,\n"Oak Mail, old",Guard,1,Haste,2\n'
    ),
    "armors/armorset_base.csv": (
        "name_en,rank,monster,head,chest,arms,waist,legs,bonus\n"
        'Oak,LR,,Oak Cap,,,,,\nOak Elder,HR,,,"Oak Mail, old",,,,Oak Wisdom\n'
    ),
    "armors/armorset_bonus_base.csv": (
        "name_en,skill1_name,skill1_required,skill2_name,skill2_required\nOak Wisdom,Guard,2,Guard Secret,4\n"
    ),
    "charms/charm_base.csv": (
        "id,name_en,previous_en,rarity,skill1_name,skill1_level,skill2_name,skill2_level\n"
        "1,Swift Charm I,,1,Haste,1,,\n2,Swift Charm II,Swift Charm I,5,Haste,2,,\n3,Stone Charm,,9,Guard,1,Haste,1\n"
    ),
    "decorations/decoration_base.csv": (
        "id,name_en,slot,rarity,skill1_name,skill1_level,skill2_name,skill2_level,icon_color\n"
        "1,Shield Jewel 2,2,5,Guard,1,,,Gray\n2,Swift Shield Jewel 4,4,9,Haste,1,Guard,1,Gray\n"
    ),
    "skills/skill_base.csv": (
        "name_en,icon_color,secret,unlocks\nGuard,Blue,2,\nHaste,,,\nLuck,,,\nGuard Secret,,,Guard\n"
    ),
    "skills/skill_levels.csv": (
        "base_name_en,level,description_en\nGuard,1,a\nGuard,5,e\nGuard,2,b\nHaste,3,c\nLuck,1,\nGuard Secret,1,x\n"
    ),
}


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small folder in the source's layout, named ``source`` from the current folder."""
    monkeypatch.chdir(tmp_path)
    for name, text in SOURCE.items():
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "source"


def change(source: Path, name: str, old: str, new: str) -> None:
    path = source / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_every_file_of_a_small_folder(source: Path) -> None:
    files, notices = mhworlddata_files("source")
    assert notices == ()
    assert files["equipment.csv"] == (
        "Name,Body Part,Base Defence,Num Lvl 1 Deco Slots,Num Lvl 2 Deco Slots,Num Lvl 3 Deco Slots,"
        "Num Lvl 4 Deco Slots,Skill 1 Name,Skill 1 Level,Skill 2 Name,Skill 2 Level,Fire Res,Water Res,Thunder Res,"
        "Ice Res,Dragon Res,Set Bonus 1,Set Name,Rarity,Rank,Gender,Final Rank\n"
        "Oak Cap,Head,2,1,0,0,0,,,,,2,0,-1,0,0,,Oak,1,LR,,\n"
        '"Oak Mail, old",Body,4,1,0,1,0,Guard,1,Haste,2,0,0,0,0,3,Oak Wisdom,Oak Elder,5,HR,male,\n'
        "Swift Charm II,Charm,,0,0,0,0,Haste,2,,,,,,,,,,5,HR,,1\n"
        "Stone Charm,Charm,,0,0,0,0,Guard,1,Haste,1,,,,,,,,9,,,1\n"
    )
    assert files["decorations.csv"] == (
        "Name,Slot Level,Skill 1 Name,Skill 1 Level,Skill 2 Name,Skill 2 Level,Rarity\n"
        "Shield Jewel 2,2,Guard,1,,,5\nSwift Shield Jewel 4,4,Haste,1,Guard,1,9\n"
    )
    assert files["set_bonuses.csv"] == (
        "Bonus Name,Pieces Required,Skill,Level\nOak Wisdom,2,Guard,1\nOak Wisdom,4,Guard Secret,1\n"
    )
    assert files["skills.csv"] == (
        "Name,Max Level,Cap Without Unlock,Cap Raised By\n"
        "Guard,5,3,Guard Secret\nHaste,3,3,\nLuck,1,1,\nGuard Secret,1,1,\n"
    )
    config = json.loads(files["config.json"])
    assert config["skills"] == {"Guard": {"weight": 0}, "Haste": {"weight": 0}, "Guard Secret": {"weight": 0}}


def test_all_ranks_and_another_defence(source: Path) -> None:
    files, _ = mhworlddata_files("source", all_ranks=True, defence="augmented")
    rows = list(csv.DictReader(files["equipment.csv"].splitlines()))
    assert [(row["Name"], row["Final Rank"]) for row in rows[2:]] == [
        ("Swift Charm I", "0"),
        ("Swift Charm II", "1"),
        ("Stone Charm", "1"),
    ]
    assert [row["Base Defence"] for row in rows[:2]] == ["68", "70"]


def test_the_starter_finds_builds_as_it_stands(source: Path) -> None:
    assert main(["import", "mhworlddata", "source", "job", "--quiet"]) == 0
    table, config, notices = load_job("job/equipment.csv", "job/config.json")
    assert [notice for notice in notices if "no piece of" not in notice] == [
        "job/equipment.csv:1: columns that nothing uses: Set Name, Rarity, Rank, Gender, Final Rank",
        "job/skills.csv:4: 1 of the maxima is of skills that nothing else names: Luck; not used",
    ]
    assert len(optimize(table, config)) == 2


def test_every_fault_of_every_file_is_told_with_its_place(source: Path) -> None:
    change(source, "skills/skill_base.csv", "Guard Secret,,,Guard", "Guard Secret,,,Gard")
    change(source, "skills/skill_levels.csv", "Luck,1,", "Luc,1,")
    change(source, "armors/armor_base.csv", '2,"Oak Mail, old",5,chest,male,3', '2,"Oak Mail, old",5,torso,male,5')
    change(source, "armors/armor_skills_ext.csv", "Haste,2", "Hast,two")
    change(source, "armors/armorset_base.csv", ",Oak Wisdom", ",Oak")
    change(source, "armors/armorset_bonus_base.csv", "Guard,2", "Guard,0")
    change(source, "charms/charm_base.csv", "Swift Charm II,Swift Charm I,", "Swift Charm II,Swift Charm O,")
    change(source, "decorations/decoration_base.csv", "Shield Jewel 2,2", "Shield Jewel 2,")
    with pytest.raises(InputError) as caught:
        mhworlddata_files("source")
    assert str(caught.value) == (
        "source/skills/skill_base.csv:4:1: skill 'Luck' has no row in skill_levels.csv [name_en]\n"
        "  mend: add a row for each of its levels\n"
        "source/skills/skill_base.csv:5:4: unknown skill: 'Gard' [unlocks]\n"
        "  mend: write 'Guard'\n"
        "source/skills/skill_levels.csv:6:1: unknown skill: 'Luc' [base_name_en]\n"
        "  mend: write 'Luck'\n"
        "source/armors/armorset_bonus_base.csv:2:3: number of pieces is below 1: 0 [skill1_required]\n"
        "  mend: write 1 or more\n"
        "source/armors/armor_base.csv:3:4: unknown type of armour: 'torso' [type]\n"
        "  mend: write one of head, chest, arms, waist, legs\n"
        "source/armors/armor_base.csv:3:6: slot level is not 0 to 4: '5' [slot_1]\n"
        "  mend: write a number from 0 to 4\n"
        "source/armors/armor_skills_ext.csv:3:4: unknown skill: 'Hast' [skill2_name]\n"
        "  mend: write 'Haste'\n"
        "source/armors/armor_skills_ext.csv:3:5: level is not a whole number: 'two' [skill2_level]\n"
        "  mend: write a whole number, or leave both Skill 2 cells empty\n"
        "source/armors/armorset_base.csv:3:9: unknown set bonus: 'Oak' [bonus]\n"
        "  mend: add a row for this set bonus, or correct the name\n"
        "source/charms/charm_base.csv:3:3: unknown charm: 'Swift Charm O' [previous_en]\n"
        "  mend: write 'Swift Charm I'\n"
        "source/decorations/decoration_base.csv:2:3: slot level is not 1 to 4: '' [slot]\n"
        "  mend: write a number from 1 to 4"
    )


def test_missing_files_columns_and_folders(source: Path) -> None:
    (source / "charms" / "charm_base.csv").unlink()
    change(source, "skills/skill_base.csv", "unlocks", "opens")
    with pytest.raises(InputError) as caught:
        mhworlddata_files("source")
    assert str(caught.value) == (
        "source/skills/skill_base.csv:1: there is no column unlocks; line 1 comes nearest to a header\n"
        "  mend: add a column with the header unlocks\n"
        "source/charms/charm_base.csv: no such file\n"
        "  mend: check the name and the folder"
    )
    with pytest.raises(UsageError, match="there is no folder nowhere"):
        mhworlddata_files("nowhere")


def test_a_name_that_two_rows_claim_is_a_fault(source: Path) -> None:
    change(source, "armors/armor_base.csv", '2,"Oak Mail, old"', "2,Oak Cap")
    with pytest.raises(InputError) as caught:
        mhworlddata_files("source")
    assert "source/armors/armor_base.csv:3:2: piece of armour 'Oak Cap' is already on line 2" in str(caught.value)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_files_that_differ_are_replaced_only_when_asked(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["import", "mhworlddata", "source", "job"]
    assert main(command) == 0
    assert capsys.readouterr().err == "5 files in job, 5 written\n"
    before = contents(Path("job"))
    assert main([*command, "--all-ranks"]) == 2
    assert capsys.readouterr().err == (
        "error: other contents are there already: job/equipment.csv\n"
        "  mend: write elsewhere, or add --force to replace\n"
    )
    assert contents(Path("job")) == before
    assert main([*command, "--all-ranks", "--force", "--quiet"]) == 0
    after = contents(Path("job"))
    assert [name for name in before if after[name] != before[name]] == ["equipment.csv"]
    assert main([*command, "--all-ranks", "--quiet"]) == 0


def test_a_configuration_that_is_there_is_never_replaced(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("job").mkdir()
    Path("job/config.json").write_text("mine")
    assert main(["import", "mhworlddata", "source", "job", "--force"]) == 0
    assert Path("job/config.json").read_text() == "mine"
    assert capsys.readouterr().err == (
        "notice: job/config.json was there and is left as it is; remove it to get a new starter\n"
        "5 files in job, 4 written\n"
    )


def test_a_failure_while_writing_leaves_every_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [str(tmp_path / name) for name in ("one", "two", "three")]
    write_files(dict.fromkeys(paths, "old"))
    from equipment_optimizer.system import atomic_file

    honest = atomic_file.ByteWriter.write

    def full_disk(self: atomic_file.ByteWriter, data: bytes) -> None:
        if data == b"new three":
            raise OSError(28, "No space left on device")
        honest(self, data)

    monkeypatch.setattr(atomic_file.ByteWriter, "write", full_disk)
    with pytest.raises(OutputError, match="No space left"):
        write_files({path: f"new {Path(path).name}" for path in paths}, force=True)
    assert contents(tmp_path) == {"one": b"old", "two": b"old", "three": b"old"}


@pytest.mark.skipif(not DATA.is_dir(), reason="the real data are not here")
def test_the_real_folder_gives_what_another_importer_made_of_it(tmp_path: Path) -> None:
    files, notices = mhworlddata_files(DATA / "raw" / "mhworld", all_ranks=True)
    assert notices == ()
    write_files({str(tmp_path / name): text for name, text in files.items()})
    theirs = tmp_path / "theirs"
    shutil.copytree(DATA / "world_all", theirs)
    shutil.copy(tmp_path / "config.json", theirs / "starter.json")
    table, config, _ = load_job(tmp_path / "equipment.csv", tmp_path / "config.json")
    their_table, their_config, _ = load_job(theirs / "armour_ext.csv", theirs / "starter.json")
    assert [piece._replace(line=0) for piece in table] == [piece._replace(line=0) for piece in their_table]
    assert config == their_config
    assert config.decorations is not None and len(config.decorations) == 404
    columns = ("Name", "Body Part", "Set Name", "Rarity", "Rank", "Gender", "Final Rank")
    with open(theirs / "armour_ext.csv", encoding="utf-8") as file:
        their_rows = [[row[column] for column in columns] for row in csv.DictReader(file)]
    rows = [[row[column] for column in columns] for row in csv.DictReader(files["equipment.csv"].splitlines())]
    assert rows == their_rows


@pytest.mark.skipif(not DATA.is_dir(), reason="the real data are not here")
def test_only_the_last_rank_of_a_real_charm_is_kept() -> None:
    files, _ = mhworlddata_files(DATA / "raw" / "mhworld")
    charms = [row for row in csv.DictReader(files["equipment.csv"].splitlines()) if row["Body Part"] == "Charm"]
    assert len(charms) == 110
