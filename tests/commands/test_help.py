"""``help`` prints what ``--help`` prints, of all commands or of one."""

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
