"""The sampler's example and the commands of its page."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_command_of_the_page_runs():
    commands = re.findall(r"^\$ (.*)$", (ROOT / "docs" / "sampler.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(commands) == 4
    for command in commands:
        words = shlex.split(command)
        assert words[0] == "python"
        run = subprocess.run([sys.executable, *words[1:]], cwd=ROOT, capture_output=True, text=True, check=True)
        if "--json" in words:
            assert json.loads(run.stdout)["executor"] == "serial"
        if words[1].endswith("jobs.py"):
            lines = run.stdout.splitlines()
            assert [line.split(":")[0] for line in lines[:3]] == ["digits", "longest_collatz", "answer"]
            assert lines[0].startswith("digits: serial: ")
            assert lines[3] == "350"
