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
