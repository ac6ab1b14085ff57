"""Completion scripts: what bash makes of one, and that the other shells can read theirs."""

import argparse
import shutil
import subprocess

import pytest

from equipment_optimizer.manual.completion import SHELLS, completion_script

SUMMARIES = {"go": "go on, it's time", "import": "take in", "help": "what a command takes"}


def parsers():
    go = argparse.ArgumentParser("prog go")
    go.add_argument("file")
    go.add_argument("--engine", choices=("fast", "slow"), help="how [exactly]: see 'go'")
    go.add_argument("--limit", metavar="N", help="how many")
    formats = argparse.ArgumentParser("prog import")
    formats.add_subparsers(metavar="FORMAT").add_parser("talismans").add_argument("--force", action="store_true")
    topic = argparse.ArgumentParser("prog help")
    topic.add_argument("topic", metavar="COMMAND", nargs="?")
    return {"go": go, "import": formats, "help": topic}


def script(shell):
    return completion_script(shell, "a-prog", SUMMARIES, parsers())


def completed(folder, *words):
    """What bash offers for the last of the words."""
    (folder / "script").write_text(script("bash"))
    typed = " ".join(f"'{word}'" for word in ("a-prog", *words))
    code = f'. ./script; COMP_WORDS=({typed}); COMP_CWORD={len(words)}; _a_prog; printf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "-uc", code], cwd=folder, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash to ask")
def test_bash_offers_commands_options_choices_and_files(tmp_path):
    (tmp_path / "equipment.csv").touch()
    assert completed(tmp_path, "") == ["go", "import", "help", "--help", "--version"]
    assert completed(tmp_path, "i") == ["import"]
    assert completed(tmp_path, "go", "--") == ["--help", "--engine", "--limit"]
    assert completed(tmp_path, "go", "--engine", "s") == ["slow"]
    assert completed(tmp_path, "go", "eq") == ["equipment.csv"]
    assert completed(tmp_path, "import", "tal") == ["talismans"]
    assert completed(tmp_path, "import", "talismans", "--f") == ["--force"]
    assert completed(tmp_path, "help", "g") == ["go"]


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_option_and_choice_is_in_the_script(shell):
    text = script(shell)
    for word in (*SUMMARIES, "engine", "fast", "slow", "limit", "talismans", "force"):
        assert word in text


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_that_is_there_can_read_its_script(shell, tmp_path):
    if shutil.which(shell) is None:
        # What can be said without it: quotes are closed.
        assert all(line.count("'") % 2 == 0 for line in script(shell).splitlines())
        return
    (tmp_path / "script").write_text(script(shell))
    done = subprocess.run([shell, "-n", "script"], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
