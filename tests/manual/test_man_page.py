"""The man page: everything is there, and nothing in it is a command of the formatter by accident."""

import argparse
import shutil
import subprocess

from equipment_optimizer.manual.man_page import man_page


def page():
    parser = argparse.ArgumentParser(description="Go on.", epilog="examples:\n  prog go a\\b.csv")
    parser.add_argument("--limit", metavar="N", help=".5 of a 'thing' - or \"none\"")
    parser.add_subparsers(metavar="FORMAT").add_parser("talismans", description="Lines.").add_argument("--force")
    return man_page("prog", "1.0", {"go": parser}, exit_codes={0: "done", 5: "stopped"})


def test_commands_formats_options_examples_and_exit_codes_are_there():
    lines = page().splitlines()
    assert lines[0] == '.TH "PROG" "1" "" "prog 1.0" "User Commands"'
    start = lines.index(".SS go")
    assert lines[start + 1] == "Go on."
    assert r"\fB\-\-limit\fR \fIN\fR" in lines
    assert r"\&.5 of a 'thing' \- or \(dqnone\(dq" in lines
    assert r"\fBgo talismans\fR: Lines." in lines
    assert r"  prog go a\eb.csv" in lines
    assert lines[lines.index(".SH EXIT STATUS") + 1 :] == [".TP", "0", "done", ".TP", "5", "stopped"]


def test_no_line_of_text_begins_like_a_command():
    known = (".TH", ".SH", ".SS", ".TP", ".PP", ".nf", ".fi", ".B")
    for line in page().splitlines():
        assert not line.startswith(("'",)), line
        assert not line.startswith(".") or line.split()[0] in known, line


def test_a_formatter_that_is_there_has_nothing_to_complain_about():
    formatter = shutil.which("groff") or shutil.which("mandoc")
    if formatter is None:
        return
    words = ["-man", "-Tutf8", "-ww"] if formatter.endswith("groff") else ["-T", "lint"]
    done = subprocess.run([formatter, *words], input=page(), capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
