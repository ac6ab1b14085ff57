"""The command explain: words on standard output, a table in a file."""

import pytest

from equipment_optimizer.cli import main

PIECES = """\
Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level
Cap,Head,1,Swift,2
Hat,Head,3,Calm,1
Mail,Body,3,Swift,1
"""
CONFIG = (
    '{"decorations": {"deco_1": 0, "deco_2": 0, "deco_3": 0, "deco_4": 0, "num_decos": 0},'
    ' "skills": {"Swift": {"max": 3, "weight": 2, "penalty": 0}}, "defence": 1, "limit": 2, "unlisted_skill_weight": 0}'
)


@pytest.fixture
def job(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "equipment.csv").write_text(PIECES)
    (tmp_path / "config.json").write_text(CONFIG)
    assert main(["optimize", "equipment.csv", "builds.csv", "config.json", "--quiet"]) == 0
    capfd.readouterr()
    return ["explain", "builds.csv", "equipment.csv", "config.json", "--quiet"]


@pytest.mark.parametrize(
    "words", [["1", "2"], ["Cap; Mail", "Mail, Hat"], ["--without", "Cap"], ["1", "--skill", "Calm=1"]]
)
def test_the_same_two_builds_named_in_several_ways(job, words, capfd):
    session = {}
    assert main([*job, *words], session) == 0
    lines = capfd.readouterr().out.splitlines()
    assert " scores 10, " in lines[0]
    assert lines[0].endswith(" scores 8: 2 more")
    assert lines[1:] == [
        "Head: Cap instead of Hat",
        "+4  Swift 3 instead of 1",
        "-2  Defence 4 instead of 6",
        "different, and worth as much: Calm",
    ]
    assert len(session["explanation"].terms) > 1


def test_a_single_build_is_compared_with_the_first(job, capfd):
    assert main([*job, "2"]) == 0
    assert capfd.readouterr().out.startswith("build 2 scores 8, build 1 scores 10: 2 less\n")


def test_a_table_goes_to_a_file(job, tmp_path):
    assert main([*job, "1", "2", "-o", "why.csv"]) == 0
    lines = (tmp_path / "why.csv").read_text().splitlines()
    assert lines[0] == "Term,Kind,Amount,Worth,Other Amount,Other Worth,Difference"
    assert lines[1] == "Swift,skill,3,6,1,2,4"
    assert lines[-1] == "Score,score,,10,,8,2"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["1", "2", "3"], "3 builds are named"),
        (["1", "2", "--without", "Cap"], "two builds are named beside"),
        (["--skill", "Swift"], "no skill and level: 'Swift'"),
        (["--skill", "Swiftt=1"], "mend: write 'Swift'"),
        (["--without", "Capp"], "mend: write 'Cap'"),
        (["9"], "has 2 rows, and row 9 was asked for"),
    ],
)
def test_what_cannot_be_meant_is_refused(job, words, told, capfd):
    assert main([*job, *words]) == 2
    assert told in capfd.readouterr().err


def test_what_nothing_satisfies_has_its_own_exit_code(job, capfd):
    assert main([*job, "--skill", "Swift=9"]) == 3
    assert "Swift" in capfd.readouterr().err


def test_a_build_that_misses_a_demand_is_told(job, tmp_path, capfd):
    (tmp_path / "config.json").write_text(CONFIG.replace('"limit"', '"min_defence": 5, "limit"'))
    assert main([*[word for word in job if word != "--quiet"], "1", "2"]) == 0
    assert "notice: build 1 does not keep all that the config demands" in capfd.readouterr().err
