"""What a parser takes, as records."""

import argparse

from equipment_optimizer.manual.parsers import arguments_of, parsers_below


def make_parser():
    parser = argparse.ArgumentParser("prog", add_help=False)
    parser.add_argument("file", metavar="FILE", help="the pieces of %(prog)s")
    parser.add_argument("-n", "--number", metavar="N", default=3, help="default: %(default)s")
    parser.add_argument("--engine", choices=("fast", "slow"))
    parser.add_argument("--quiet", action="store_true", help="say nothing")
    return parser


def test_each_argument_has_its_flags_value_choices_and_help():
    assert [tuple(argument) for argument in arguments_of(make_parser())] == [
        ((), "FILE", (), "the pieces of prog"),
        (("-n", "--number"), "N", (), "default: 3"),
        (("--engine",), "fast|slow", ("fast", "slow"), ""),
        (("--quiet",), "", (), "say nothing"),
    ]


def test_parsers_below_another_are_found_by_name():
    parser = make_parser()
    assert parsers_below(parser) == {}
    below = parser.add_subparsers(metavar="FORMAT")
    names = {name: below.add_parser(name) for name in ("a", "b")}
    assert parsers_below(parser) == names
    assert [argument.choices for argument in arguments_of(parser)][-1] == ("a", "b")
