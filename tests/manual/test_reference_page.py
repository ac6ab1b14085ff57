"""The reference of the commands in Markdown: a section each, cells that stay in their table."""

import argparse

from equipment_optimizer.manual.reference_page import reference_page


def test_each_command_has_a_section_with_its_arguments_and_examples():
    parser = argparse.ArgumentParser("prog go", description="Go on.", epilog="examples:\n  prog go a.csv")
    parser.add_argument("--workers", metavar="auto|N", help="one | many")
    parser.add_subparsers(metavar="FORMAT").add_parser("talismans", description="Lines.")
    page = reference_page({"go": "go on"}, {"go": parser}, exit_codes={0: "done"})
    assert "| [`go`](#go) | go on |" in page
    assert "\n## go\n\nGo on.\n" in page
    assert "| `--workers auto\\|N` | one \\| many |" in page
    assert "\n### go talismans\n\nLines.\n" in page
    assert "examples:\n  prog go a.csv" in page
    assert "| 0 | done |" in page
