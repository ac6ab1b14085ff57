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
        "different, and worth as much: Calm 0 instead of 1",
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
        (["--skill", "wif=1"], "mend: write it as in the equipment, such as 'Swift'"),
        (["--skill", "Fury=1"], "mend: write it as in the equipment\n"),
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


TWINS = "Name,Body Part,Base Defence\nCap,Head,1\nCap,Head,5\nCap,Head,4\nMail,Body,2\nCoat,Body,1\n12,Body,0\n"


@pytest.fixture
def twins(job, tmp_path):
    (tmp_path / "equipment.csv").write_text(TWINS)
    assert main(["optimize", "equipment.csv", "builds.csv", "config.json", "--quiet", "--overwrite"]) == 0
    return [word for word in job if word != "--quiet"]


def test_of_equal_names_the_build_of_the_list_is_meant_and_told(twins, capfd):
    assert main([*twins, "Mail; Cap", "2"]) == 0
    out, err = capfd.readouterr()
    assert out.startswith("the named build scores 7, build 2 scores 6: 1 more\n")
    assert err.splitlines()[-1] == (
        "notice: several builds are called 'Mail; Cap'; the one in row 1 of builds.csv is meant, "
        "with Cap (equipment.csv:3)"
    )


@pytest.mark.parametrize(("rule", "score", "line"), [("", 5, 3), ('"max_defence": 4, ', 4, 4)])
def test_of_equal_names_that_the_list_lacks_the_best_is_meant(twins, tmp_path, rule, score, line, capfd):
    (tmp_path / "config.json").write_text(CONFIG.replace('"limit"', rule + '"limit"'))
    assert main([*twins, "12, Cap", "12, Cap"]) == 0
    out, err = capfd.readouterr()
    assert out.startswith(f"the named build scores {score}, the named build scores {score}: as much\n")
    assert err.splitlines()[-1] == (
        "notice: several builds are called '12, Cap'; the one that scores most is meant, "
        f"with Cap (equipment.csv:{line})"
    )


def test_a_number_is_a_row_and_with_a_semicolon_a_name(twins, tmp_path, capfd):
    equipment = "Name,Body Part,Base Defence\n2,Head,1\nCap,Head,5\nHat,Head,4\n"
    (tmp_path / "equipment.csv").write_text(equipment)
    assert main(["optimize", "equipment.csv", "builds.csv", "config.json", "--quiet", "--overwrite"]) == 0
    capfd.readouterr()
    assert main([*twins, "2", "2;"]) == 0
    out, err = capfd.readouterr()
    assert out.splitlines()[:2] == ["build 2 scores 4, the named build scores 1: 3 more", "Head: Hat instead of 2"]
    assert "notice: 2 is row 2 of builds.csv; the piece of that name is written '2;'" in err.splitlines()
    assert main([*twins, "\u00b2"]) == 2
    assert "no piece is called" in capfd.readouterr().err
