"""``help`` prints what ``--help`` prints, of all commands or of one."""

import json
from importlib.resources import files

import pytest

from equipment_optimizer.cli import main
from equipment_optimizer.commands import COMMANDS


def said(capsys, words):
    code = main(words, prog="prog")
    return code, capsys.readouterr().out


def test_without_a_command_it_is_the_overview(capsys):
    assert said(capsys, ["help"]) == said(capsys, ["--help"])


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_with_a_command_it_is_what_that_takes(capsys, command):
    assert said(capsys, ["help", command]) == said(capsys, [command, "--help"])


def test_what_stands_in_the_files_is_told_without_a_document(capsys):
    schema = json.loads((files("equipment_optimizer") / "loading/config.schema.json").read_text("utf-8"))
    code, text = said(capsys, ["help", "config"])
    assert code == 0
    assert [key for key in schema["properties"] if f"\n{key}: " not in f"\n{text}"] == []
    code, text = said(capsys, ["help", "equipment"])
    assert code == 0
    assert "Skill 1 Name, Skill 1 Level" in text


def test_what_is_no_command_is_refused(capsys):
    assert main(["help", "batsh"], prog="prog") == 2
    assert "did you mean 'batch'?" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_knows_every_command(capsys, shell):
    code, text = said(capsys, ["help", "--completion", shell])
    assert code == 0
    assert [command for command in COMMANDS if command not in text] == []


def test_the_man_page_has_every_command_and_exit_code(capsys):
    code, text = said(capsys, ["help", "--man"])
    assert code == 0
    assert [command for command in COMMANDS if f".SS {command}\n" not in text] == []
    assert ".TP\n5\nstopped early" in text
