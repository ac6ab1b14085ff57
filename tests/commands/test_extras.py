"""The command extras: a row for each skill, and an exit code that says whether all is known."""

import json

import pytest

from equipment_optimizer.cli import main
from equipment_optimizer.commands import extras
from equipment_optimizer.questions.extras import Extra

PIECES = (
    "Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level\nCap,Head,1,Swift,2\nHat,Head,2,,\nMail,Body,3,Swift,1\n"
)


@pytest.fixture
def job(files):
    (files / "equipment.csv").write_text(PIECES)
    config = json.loads((files / "config.json").read_text())
    (files / "config.json").write_text(
        json.dumps({**config, "skills": {"Swift": {"max": 3, "weight": 2, "penalty": 0}}})
    )
    return ["extras", "equipment.csv", "config.json", "--workers", "1"]


def test_the_table_goes_to_standard_output_and_words_to_standard_error(job, capfd):
    session = {}
    assert main(job, session) == 0
    out, err = capfd.readouterr()
    assert out == "Skill,Required,Level,Maximum,Proved\nSwift,,3,3,yes\n"
    assert err.splitlines()[-1].startswith("1 skills, ")
    assert [extra.level for extra in session["extras"]] == [3]


def test_it_may_go_to_a_file_and_never_over_an_input(job, files, capfd):
    assert main([*job, "--output", "x.csv", "--quiet"]) == 0
    assert (files / "x.csv").read_text().endswith("\nSwift,,3,3,yes\n")
    assert capfd.readouterr().err == ""
    assert main([*job, "--output", "config.json"]) == 2
    assert "the output is also an input" in capfd.readouterr().err


def test_a_skill_that_was_given_up_is_told_by_the_exit_code(job, monkeypatch, capfd):
    import equipment_optimizer.questions.extras as questions

    given_up = [Extra("Swift", 1, 2, None, is_proved=False)]
    monkeypatch.setattr(questions, "what_fits", lambda *arguments, **options: given_up)
    for option in ("--time-limit", "--skill-seconds"):
        assert main([*job, option, "2.5"]) == 5
        out, err = capfd.readouterr()
        assert out.splitlines()[1] == "Swift,1,2,,no"
        assert "1 skills were given up after 2.5 s each; they may go higher" in err


def test_a_cell_that_needs_quotes_has_them():
    text = extras.to_csv([Extra('Sly, "Fox"', None, 1, 2, is_proved=True)])
    assert text.splitlines()[1] == '"Sly, ""Fox""",,1,2,yes'
