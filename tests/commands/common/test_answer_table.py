"""What commands that answer with a table have in common."""

import argparse

import pytest

from equipment_optimizer.commands.common.answer_table import check_answer, tell_stop, write_table
from equipment_optimizer.commands.common.arguments import add_answer
from equipment_optimizer.errors import EXIT_DONE, EXIT_STOPPED_EARLY, UsageError
from equipment_optimizer.system.stopping import StopFlag


def arguments(*words, limit=True):
    parser = argparse.ArgumentParser()
    add_answer(parser, limit=limit)
    parser.set_defaults(quiet=False)
    return parser.parse_args(words)


def test_the_table_goes_to_standard_output_unless_a_file_is_named(tmp_path, capfd):
    assert arguments().answer == "-"
    assert not hasattr(arguments(limit=False), "limit")
    args = arguments("-o", str(tmp_path / "t.csv"))
    assert write_table(args, ["A"], [[1]], n_known=1, is_proved=True) == EXIT_DONE
    open_table = ["A", "Proved"]
    assert write_table(args, open_table, [[1, False]], n_known=1, is_proved=False) == EXIT_STOPPED_EARLY
    assert "holds a complete table and is left as it is" in capfd.readouterr().err


def test_an_input_is_never_written_over(tmp_path):
    (tmp_path / "in.csv").write_text("A\n")
    args = arguments("-o", str(tmp_path / "in.csv"))
    with pytest.raises(UsageError, match="also an input"):
        check_answer(args, [args.answer], ["A"])


def test_why_it_stopped_is_told(capfd):
    flag = StopFlag()
    flag.set("Ctrl-C")
    tell_stop(arguments(), flag, "some are missing")
    assert capfd.readouterr().err == "notice: stopped early by Ctrl-C; some are missing\n"
