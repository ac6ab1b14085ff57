"""Ctrl-C as a person presses it: a byte through a pseudo-terminal, while the progress of a command is drawn."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
import time

import pytest
from command_job import ROOT

pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")
termios = pytest.importorskip("termios")

#: Makes its standard input the terminal that signals come from, and becomes the command.
_ON_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.executable, sys.argv[1:])"
)
_HIDDEN, _SHOWN = b"\x1b[?25l", b"\x1b[?25h"

#: No job here comes to its end by itself before that.
_LONGEST = 300


class Terminal:
    """A command at a pseudo-terminal, and all that it draws."""

    def __init__(self, arguments, folder):
        self.mine, its = pty.openpty()
        self.before = termios.tcgetattr(its)
        words = [sys.executable, "-m", "equipment_optimizer", *arguments]
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "TERM": "xterm",
            "COLUMNS": "200",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", _ON_TERMINAL, *words],
            cwd=folder,
            env=environment,
            stdin=its,
            stdout=its,
            stderr=its,
            start_new_session=True,
        )
        self.its, self.drawn = its, b""
        self.deadline = time.monotonic() + _LONGEST

    def __enter__(self):
        return self

    def __exit__(self, *error):
        """Leave nothing behind where a test failed."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.its)
        os.close(self.mine)

    def read(self):
        """Take in what was drawn within a moment."""
        assert time.monotonic() < self.deadline, self.drawn
        if select.select([self.mine], [], [], 0.1)[0]:
            self.drawn += os.read(self.mine, 65_536)

    def wait_for(self, text):
        while text not in self.drawn:
            assert self.process.poll() is None, self.drawn
            self.read()

    def press_ctrl_c(self):
        os.write(self.mine, b"\x03")

    def end(self):
        """The exit code, and whether the terminal is as it was."""
        while self.process.poll() is None:
            self.read()
        while select.select([self.mine], [], [], 0)[0]:
            self.read()
        is_restored = termios.tcgetattr(self.its) == self.before
        is_restored &= self.drawn.rfind(_SHOWN) > self.drawn.rfind(_HIDDEN) > -1
        return self.process.returncode, is_restored

    @property
    def text(self):
        return self.drawn.decode(errors="replace")


@pytest.fixture
def folder(tmp_path):
    """A table of which no command here looks at everything in time."""
    rng, parts = random.Random(0), ("Head", "Body", "Arms", "Waist", "Legs", "Charm")
    rows = [[f"{part} {k}", part, *(rng.randrange(1_000) for _ in range(4))] for part in parts for k in range(100)]
    text = "\n".join(",".join(map(str, row)) for row in rows)
    (tmp_path / "equipment.csv").write_text(f"Name,Body Part,Base Defence,A,B,C\n{text}\n")
    return tmp_path


def write_config(path, **more):
    slots = {f"deco_{level}": 1 for level in (1, 2, 3, 4)} | {"num_decos": 1}
    config = {"decorations": slots, "skills": {}, "defence": 1, "limit": 5, **more}
    path.write_text(json.dumps(config))


def rows_of(path):
    header, *rows = path.read_text().splitlines()
    return header.split(","), [row.split(",") for row in rows]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_search_writes_what_is_best_so_far(folder, workers):
    write_config(folder / "config.json")
    words = ["optimize", "equipment.csv", "out.csv", "config.json", "--engine", "exhaustive", "--workers", workers]
    with Terminal(words, folder) as at:
        at.wait_for(b"scoring")
        at.press_ctrl_c()
        assert at.end() == (5, True)
    assert "notice: stopped early by Ctrl-C; " in at.text
    assert "Traceback" not in at.text
    header, rows = rows_of(folder / "out.csv")
    assert header[-2:] == ["Proved", "Score"]
    # Of processes none may have told anything yet.
    assert len(rows) == 5 or workers == "2"


def test_what_pieces_are_worth_is_told_as_far_as_it_is_certain(folder):
    # Where parts draw from others each piece is a search of its own.
    parts = {
        "Head": 1,
        "Body": 1,
        "Arms": {"count": 1, "from": ["Head"]},
        "Waist": 1,
        "Legs": 1,
        "Charm": 1,
    }
    write_config(folder / "config.json", body_parts=parts)
    with Terminal(["pieces", "equipment.csv", "config.json", "-o", "worth.csv"], folder) as at:
        at.wait_for(b"weighing pieces")
        at.press_ctrl_c()
        assert at.end() == (5, True)
    assert "rows may be better than they stand, up to At Most" in at.text
    header, rows = rows_of(folder / "worth.csv")
    assert header[-2:] == ["At Most", "Proved"]
    assert len(rows) == 600
    assert {row[-1] for row in rows} == {"no", "yes"}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_batch_leaves_what_it_has_not_made(folder, workers):
    write_config(folder / "a_short.json")
    for name in ("b_long", "c_long"):
        write_config(
            folder / f"{name}.json",
            totals={"A": {}, "B": {}, "C": {}},
            front=["Defence", "A", "B", "C"],
        )
    with Terminal(["batch", ".", "--workers", workers], folder) as at:
        at.wait_for(b"making lists")
        at.wait_for(b"1 of 3")
        at.press_ctrl_c()
        assert at.end() == (5, True)
    assert "Traceback" not in at.text
    assert "interrupted" in at.text
