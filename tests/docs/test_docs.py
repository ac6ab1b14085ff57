"""The README says what is so: its commands, its code, its example; the pages of `docs` are tested in test_site.py."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def command_of(name):
    match = re.search(rf"<!-- command: {name} -->\n```sh\n(.*)\n```\n", README)
    assert match, f"the README has no single command line marked {name}"
    return match[1]


@pytest.mark.parametrize("name", ["job", "tests"])
def test_each_command_is_one_line_that_sets_up_and_runs(name):
    steps = command_of(name).split(" && ")
    assert len(steps) == 3
    assert steps[0] == "python3 -m venv .venv"
    assert steps[1].startswith(".venv/bin/pip install -q -c constraints.txt -e ")
    assert steps[2].startswith(".venv/bin/python ")
    for path in re.findall(r"example_data/[\w./]+|\bmain\.py|constraints\.txt", command_of(name)):
        assert (ROOT / path).is_file()


def test_the_job_command_runs_in_a_fresh_checkout(tmp_path):
    # The same line, with this interpreter in place of the environment that its first steps make.
    for name in ("main.py", "equipment_optimizer", "example_data"):
        source, target = ROOT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    step = command_of("job").split(" && ")[2].replace(".venv/bin/python", shlex.quote(sys.executable))
    done = subprocess.run(step, shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.csv").read_bytes() == (ROOT / "example_data" / "combinations.csv").read_bytes()
    shown = re.search(r"^    (.*) combinations, (.*) kept, ", README, re.M)
    assert done.stderr.startswith(f"{shown[1]} combinations, {shown[2]} kept, ")


def test_the_job_writes_over_no_tracked_file():
    assert "/out.csv" in (ROOT / ".gitignore").read_text().splitlines()
    assert "OUT.csv" not in os.listdir(ROOT)


def test_the_code_of_the_readme_runs(tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.S)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "example_data").symlink_to(ROOT / "example_data")
    names: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), names)
    assert len(names["results"]) == 10


def test_the_lines_to_go_on_with_run(tmp_path):
    (lines,) = re.findall(r"```sh\n((?:\.venv/bin/equipment-optimizer .*\n){3})```", README)
    program = f"{shlex.quote(sys.executable)} -m equipment_optimizer"
    script = lines.replace(".venv/bin/equipment-optimizer", program)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["sh", "-euc", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert {"equipment.csv", "config.json", "builds.csv", "builds.html"} <= set(os.listdir(tmp_path))


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 100


def test_paths_that_the_readme_names_are_there():
    paths = re.findall(r"`((?:example_data|tests|benchmarks)/[\w./]*)`", README)
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_nothing_points_out_of_the_project():
    for path in [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "setup.cfg", ROOT / ".ci" / "run"]:
        text = path.read_text(encoding="utf-8")
        assert "../" not in text.replace('/.."', ""), path
        assert not re.search(r"(?<![\w.])/(?:work|root|home|tmp|opt)/", text), path


# --- architecture ---------------------------------------------------------------------

ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def paths_in(text):
    """Files and folders named in backticks, as paths from the root: those of the package are named without it."""
    tops = {path.name for path in ROOT.iterdir() if path.is_dir()}
    for path in re.findall(r"`(\.?[\w]+/[\w/.]*|[\w]+\.(?:py|md))`", text):
        yield path if path.split("/")[0] in tops or (ROOT / path).exists() else f"equipment_optimizer/{path}"


@pytest.mark.parametrize("text", [ARCHITECTURE, CONTRIBUTING], ids=["architecture", "contributing"])
def test_what_the_documents_name_is_there(text):
    paths = list(paths_in(text))
    assert len(paths) > 5
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_order_of_imports_is_the_one_that_is_tested():
    layers = (ROOT / "tests" / "whole" / "test_layers.py").read_text(encoding="utf-8")
    order = layers.split('ORDER = """')[1].split('"""')[0]
    drawn = ARCHITECTURE.split("Folders import downwards only;")[1].split("```")[1]
    places = [[name.strip() for name in line.split(",")] for line in " ".join(drawn.split()).split(">")]
    tested = [sorted(line.split()) for line in order.split("\n") if line.split()]
    assert [sorted(line) for line in places] == [[name for name in line if name != "_version"] for line in tested]
