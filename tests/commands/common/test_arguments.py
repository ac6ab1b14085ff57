"""Words of a command line become values, or an error that shows the word."""

import argparse

import pytest

from equipment_optimizer.commands.common.arguments import (
    add_files,
    add_form,
    add_loudness,
    encoding_option,
    seconds_option,
    size_option,
    whole_option,
    workers_option,
)


@pytest.mark.parametrize(
    ("option", "text", "value"),
    [
        (whole_option(0), "0", 0),
        (whole_option(1), "12", 12),
        (workers_option, "auto", "auto"),
        (workers_option, "3", 3),
        (size_option, "2GB", 2 * 10**9),
        (seconds_option, "0.5", 0.5),
        (encoding_option, "shift_jis", "shift_jis"),
    ],
)
def test_words_that_are_values(option, text, value):
    assert option(text) == value


@pytest.mark.parametrize(
    ("option", "text", "message"),
    [
        (whole_option(1), "0", "not a whole number of at least 1: '0'"),
        (whole_option(1), "\u0663", "not a whole number of at least 1: '\u0663'"),
        (whole_option(1), "9" * 25, "not a whole number of at least 1"),
        (whole_option(0), "1.0", "not a whole number of at least 0: '1.0'"),
        (workers_option, "0", "neither auto nor a whole number of at least 1: '0'"),
        (size_option, "much", "not a size: 'much'; write a number and a unit"),
        (seconds_option, "0", "not a number of seconds above 0: '0'"),
        (seconds_option, "nan", "not a number of seconds above 0: 'nan'"),
        (seconds_option, "inf", "not a number of seconds above 0: 'inf'"),
        (seconds_option, "soon", "not a number of seconds above 0: 'soon'"),
        (encoding_option, "klingon", "unknown encoding: 'klingon'"),
    ],
)
def test_words_that_are_none(option, text, message):
    with pytest.raises(argparse.ArgumentTypeError) as caught:
        option(text)
    assert message in str(caught.value)


def test_files_stand_in_the_order_in_which_they_are_declared():
    parser = argparse.ArgumentParser()
    add_files(parser, "output", "config", config="what was demanded")
    args = parser.parse_args(["o.csv", "c.json"])
    assert (args.output, args.config, args.files) == ("o.csv", "c.json", ("output", "config"))
    assert "what was demanded" in parser.format_help()


@pytest.mark.parametrize(
    ("words", "form"),
    [([], None), (["--excel"], "comma"), (["--excel=semicolon"], "semicolon"), (["--excel", "o.csv"], "comma")],
)
def test_the_form_of_a_list_takes_no_file_for_its_value(words, form):
    parser = argparse.ArgumentParser(allow_abbrev=False)
    add_form(parser.add_argument)
    parser.add_argument("output", nargs="?")
    args = parser.parse_args(words)
    assert args.excel == form
    assert args.output == ("o.csv" if "o.csv" in words else None)


def test_what_was_said_before_the_command_stays_said():
    parser = argparse.ArgumentParser()
    add_loudness(parser.add_argument)
    args = parser.parse_args([], argparse.Namespace(quiet=True, verbose=False))
    assert (args.quiet, args.verbose) == (True, False)
    assert parser.parse_args(["--verbose"], argparse.Namespace(quiet=True, verbose=False)).verbose
