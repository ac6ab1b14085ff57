"""Every command has a parser with the options that all have; an error of it is ours."""

import shlex

import pytest

from equipment_optimizer._version import DOCUMENTATION
from equipment_optimizer.commands import COMMANDS, check_command, load_command, make_parser, overview
from equipment_optimizer.errors import UsageError


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_tells_what_it_takes(command):
    text = make_parser(command, "equipment-optimizer").format_help()
    assert text.startswith(f"usage: equipment-optimizer {command} ")
    summary = COMMANDS[command]
    assert " ".join(f"{summary[0].upper()}{summary[1:]}.".split()) in " ".join(text.split())
    for option in ("--help", "--version", "--quiet", "--verbose"):
        assert option in text


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_the_help_shows_examples_that_the_command_takes_and_where_to_read_on(command):
    parser = make_parser(command, "prog")
    examples = load_command(command).EXAMPLES
    assert examples
    for words in examples:
        assert f"\n  prog {command} {words}\n" in parser.format_help()
        parser.parse_args(shlex.split(words))
    assert parser.format_help().endswith(f"documentation: {DOCUMENTATION}\n")


def test_examples_of_the_script_are_of_the_script():
    text = make_parser("optimize", "main.py").format_help()
    assert "\n  python main.py equipment.csv builds.csv config.json\n" in text


def test_the_formats_of_a_command_say_where_to_read_on_too(capsys):
    with pytest.raises(SystemExit):
        make_parser("import", "prog").parse_args(["talismans", "--help"])
    assert DOCUMENTATION in " ".join(capsys.readouterr().out.split())


def test_the_script_is_the_main_job_and_nothing_else():
    assert make_parser("optimize", "main.py").format_usage().startswith("usage: main.py [")


def test_a_wrong_word_is_an_error_of_ours_and_abbreviations_are_wrong():
    parser = make_parser("optimize", "main.py")
    help_mend = "run 'main.py --help' to see what it takes"
    for words, mend in (
        (["a.csv"], help_mend),
        (["a.csv", "b.csv", "c.json", "--eng", "auto"], "write --engine"),
        (["a", "b", "c", "--limit", "0"], help_mend),
    ):
        with pytest.raises(UsageError) as caught:
            parser.parse_args(words)
        assert caught.value.mend == mend


def test_an_unknown_command_is_refused_with_a_near_one():
    for command in COMMANDS:
        check_command(command, "prog")
    with pytest.raises(UsageError) as caught:
        check_command("batsh", "prog")
    assert str(caught.value) == (
        "no such command: batsh; did you mean 'batch'?\n  mend: run 'prog --help' to see the commands"
    )
    with pytest.raises(UsageError, match="no such command: xyzzy") as caught:
        check_command("xyzzy", "prog")
    assert "did you mean" not in str(caught.value)


def test_the_overview_has_a_line_for_each_command():
    lines = overview("prog").splitlines()
    assert lines[0] == "usage: prog COMMAND ..."
    assert [line.split()[0] for line in lines[3 : 3 + len(COMMANDS)]] == list(COMMANDS)


@pytest.mark.parametrize(
    ("word", "mend"),
    [
        ("--limt", "write --limit"),
        ("--Limit=3", "write --limit"),
        ("\u2014limit", "write --limit"),
        ("-\u2013time-limit", "write --time-limit"),
        ("-overwrite", "write --overwrite"),
        ("--colour", "run 'prog optimize --help' to see what it takes"),
        ("extra.csv", "run 'prog optimize --help' to see what it takes"),
    ],
)
def test_an_option_that_is_nearly_one_is_named(word, mend):
    with pytest.raises(UsageError) as caught:
        make_parser("optimize", "prog").parse_args(["a", "b", "c", word])
    assert str(caught.value) == f"unrecognized arguments: {word}\n  mend: {mend}"


def test_files_without_a_command_are_told_to_have_one():
    with pytest.raises(UsageError, match=r"write a command before the files: prog optimize gear\.csv"):
        check_command("gear.csv", "prog")
