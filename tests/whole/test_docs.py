"""The README says what is so: its commands, its options, its names, its example."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import equipment_optimizer as eo
from equipment_optimizer import errors
from equipment_optimizer.commands.parser import make_parser

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def command_of(name):
    match = re.search(rf"<!-- command: {name} -->\n```sh\n(.*)\n```\n", README)
    assert match, f"the README has no single command line marked {name}"
    return match[1]


def table_after(heading):
    """First cells of the first table below a heading."""
    section = README.split(f"\n{heading}\n", 1)[1].split("\n#", 1)[0]
    return re.findall(r"^\| ([^|\n]*(?:\\\|[^|\n]*)*) \|", section, re.M)


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


@pytest.mark.parametrize(("heading", "command"), [("## The job", "optimize"), ("## Batches", "batch")])
def test_the_table_of_options_is_the_parsers(heading, command):
    listed = set(re.findall(r"--[\w-]+", " ".join(table_after(heading))))
    parser = make_parser(command, "main.py")
    own = {option.partition("=")[0] for action in parser._actions for option in action.option_strings}
    own = {option for option in own if option.startswith("--")}
    assert listed == own


def test_the_table_of_exit_codes_is_the_programs():
    section = README.split("| exit code | meaning |", 1)[1].split("\n\n", 1)[0]
    codes = {int(code) for code in re.findall(r"^\| ([0-9]) \|", section, re.M)}
    assert codes == {value for name, value in vars(errors).items() if name.startswith("EXIT_")}


def test_every_public_name_is_in_the_table():
    section = README.split("## From Python", 1)[1].split("\n### ", 1)[0]
    listed = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`.*?) \|", section, re.M))))
    assert listed == set(eo.__all__) - {"__version__"}


def test_the_code_of_the_readme_runs(tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.S)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "example_data").symlink_to(ROOT / "example_data")
    exec(compile(code, "README.md", "exec"), {})
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").count("\n") == 11


def test_the_config_of_the_readme_is_read(tmp_path):
    (text,) = re.findall(r"```json\n(.*?)```", README, re.S)
    (tmp_path / "config.json").write_text(text)
    config, notices = eo.read_config(str(tmp_path / "config.json"))
    assert (config.limit, notices) == (json.loads(text)["limit"], ())


def test_links_and_paths_lead_somewhere():
    for path in re.findall(r"`((?:example_data|tests|benchmarks)/[\w./]*)`", README):
        assert (ROOT / path).exists(), path


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
