"""A job whose outputs are there from an earlier time, and its run as a process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from batch_folder import old_output
from disturbed_runs import ROOT, environment

from equipment_optimizer.cli import main

FULL = ROOT / "example_data" / "full"
OLD = old_output("out.csv")
OUTPUTS = ("out.csv", "m.json", "r.html")


def command(*options, output="out/out.csv", everything=True):
    """The main job, with manifest and report."""
    own = ["--manifest", "out/m.json", "--report", "out/r.html"] if everything else []
    return [sys.executable, str(ROOT / "main.py"), "in/equipment.csv", output, "in/config.json", *own, *options]


def run(arguments, **more):
    return subprocess.run(arguments, capture_output=True, text=True, timeout=120, **{"env": environment(), **more})


def expected():
    """The builds of the job, by this process."""
    assert main(["optimize", "in/equipment.csv", "expected.csv", "in/config.json", "--quiet"]) == 0
    return Path("expected.csv").read_bytes()


def old_or(data):
    """Whether the outputs are old, or whole and new."""
    now = {name: Path("out", name).read_bytes() for name in OUTPUTS}
    assert now["out.csv"] in (OLD, data)
    assert now["m.json"] == old_output("m.json") or json.loads(now["m.json"])["n_results"] == 300
    assert now["r.html"] == old_output("r.html") or now["r.html"].rstrip().endswith(b"</html>")
    return [name for name in OUTPUTS if now[name] != old_output(name)]


def patched(code, *arguments):
    """The main job after some code has run in the same process."""
    code += "\nimport sys\nfrom equipment_optimizer.cli import main\nsys.exit(main(['optimize', *sys.argv[1:]]))"
    return [sys.executable, "-c", code, *arguments]
