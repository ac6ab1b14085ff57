"""``init`` writes what can be used at once: a configuration for a list, or a list to fill in."""

import json

import pytest

from equipment_optimizer.cli import main

PIECES = """\
Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level,Skill 2 Name,Skill 2 Level
Cap,Head,10,Swift,2,Calm,1
Hat,Head,30,Swift,1,,
Mail,Body,40,Swift,3,,
Coat,Body,45,Calm,2,,
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "equipment.csv").write_text(PIECES)
    return tmp_path


def test_every_skill_is_listed_with_what_a_build_can_have_and_weight_1(folder, capsys):
    assert main(["init", "equipment.csv", "-o", "config.json"], prog="prog") == 0
    config = json.loads((folder / "config.json").read_text())
    assert config["skills"] == {"Calm": {"max": 3, "weight": 1}, "Swift": {"max": 5, "weight": 1}}
    assert (config["over_max"], config["unlisted_skill_weight"], config["limit"]) == ("cap", 0, 100)
    assert "body_parts" not in config
    assert "prog optimize equipment.csv builds.csv config.json" in capsys.readouterr().err


def test_the_job_runs_without_a_notice_about_the_config(folder, capsys):
    assert main(["init", "equipment.csv", "-o", "config.json", "--quiet"]) == 0
    assert main(["optimize", "equipment.csv", "builds.csv", "config.json"]) == 0
    assert "config.json" not in capsys.readouterr().err
    assert (folder / "builds.csv").read_text().splitlines()[1].startswith("Cap,Mail,1,5,")


def test_defence_decides_only_between_equals(folder):
    assert main(["init", "equipment.csv", "-o", "config.json"]) == 0
    # The most and the least defence are 25 apart.
    assert json.loads((folder / "config.json").read_text())["defence"] == 0.01


def test_parts_of_another_world_are_declared_and_told(folder, capsys):
    (folder / "suits.csv").write_text(
        "Name,Body Part,Skill 1 Name,Skill 1 Level\nA,Hull,Fast,1\nB,engine,Fast,4\nC,Engine,,\n"
    )
    assert main(["init", "suits.csv", "-o", "config.json"]) == 0
    assert json.loads((folder / "config.json").read_text())["body_parts"] == {"Hull": 1, "engine": 1}
    assert "other parts than the usual six, declared in the configuration: Hull, engine" in capsys.readouterr().err
    assert main(["optimize", "suits.csv", "builds.csv", "config.json"]) == 0


def test_a_part_that_is_nearly_a_usual_one_is_a_fault(folder, capsys):
    (folder / "equipment.csv").write_text(PIECES.replace("Coat,Body", "Coat,Bdy"))
    assert main(["init", "equipment.csv"]) == 2
    said = capsys.readouterr()
    assert "equipment.csv:5:2: unknown body part: 'Bdy'" in said.err
    assert said.out == ""


def test_the_parts_of_faulty_rows_are_no_faults_beside(folder, capsys):
    (folder / "equipment.csv").write_text("Name,Part,Def\nCap,Helmet,1%\nMail,Chest,2%\nKnife,Weapon,3\n,Total,6\n")
    assert main(["init", "equipment.csv", "-o", "config.json"]) == 2
    told = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("  ")]
    assert told == [
        "equipment.csv:2:3: defence is not a whole number: '1%' [Def]",
        "equipment.csv:3:3: defence is not a whole number: '2%' [Def]",
        "equipment.csv:5:2: the body part is 'Total': a row of totals is no piece [Part]",
    ]


def test_faults_of_the_list_have_their_places(folder, capsys):
    (folder / "equipment.csv").write_text(PIECES.replace("Hat,Head,30", "Hat,,many"))
    assert main(["init", "equipment.csv"]) == 2
    assert "equipment.csv:3:2: the body part is blank" in capsys.readouterr().err
    assert main(["init", "nothing.csv"]) == 2
    assert "nothing.csv" in capsys.readouterr().err


def test_a_list_without_skills_is_told(folder, capfd):
    (folder / "equipment.csv").write_text("Name,Body Part,Base Defence\nCap,Head,1\n")
    assert main(["init", "equipment.csv"]) == 0
    said = capfd.readouterr()
    assert json.loads(said.out)["skills"] == {}
    assert "no skill was found" in said.err


def test_an_encoding_that_was_needed_is_written_down(folder):
    (folder / "equipment.csv").write_bytes(
        "Name,Body Part,Skill 1 Name,Skill 1 Level\n兜,Head,攻撃,1\n".encode("cp932")
    )
    assert main(["init", "equipment.csv", "--encoding", "cp932", "-o", "config.json"]) == 0
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert (config["encoding"], list(config["skills"])) == ("cp932", ["攻撃"])
    assert main(["optimize", "equipment.csv", "builds.csv", "config.json"]) == 0


def test_nothing_that_differs_is_replaced_unasked(folder, capsys):
    (folder / "config.json").write_text("{}")
    assert main(["init", "equipment.csv", "-o", "config.json"]) == 2
    assert "other contents are there already: config.json" in capsys.readouterr().err
    assert main(["init", "equipment.csv", "-o", "config.json", "--force"]) == 0
    assert main(["init", "equipment.csv", "-o", "config.json"]) == 0
    assert "holds exactly this already" in capsys.readouterr().err
    assert main(["init", "equipment.csv", "-o", "equipment.csv", "--force"]) == 2
    assert (folder / "equipment.csv").read_text() == PIECES


def test_the_template_is_a_list_that_works(folder, capsys):
    assert main(["init", "--template", "-o", "mine.csv"]) == 0
    assert "init mine.csv -o config.json" in capsys.readouterr().err
    assert main(["init", "mine.csv", "-o", "config.json"]) == 0
    assert main(["optimize", "mine.csv", "builds.csv", "config.json", "--strict"]) == 0
    assert len((folder / "builds.csv").read_text().splitlines()) == 2


@pytest.mark.parametrize("words", [[], ["equipment.csv", "--template"]])
def test_it_takes_a_list_or_makes_one(folder, words, capsys):
    assert main(["init", *words], prog="prog") == 2
    assert "mend: run prog init EQUIPMENT.csv -o config.json, or prog init --template" in capsys.readouterr().err
