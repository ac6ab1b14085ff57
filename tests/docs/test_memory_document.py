"""The tables of MEMORY_INVESTIGATION.md and of the documentation still hold."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
import memory_table
from representations import REPRESENTATIONS

DOCUMENT = (ROOT / memory_table.DOCUMENT).read_text(encoding="utf-8")
SITE = (ROOT / memory_table.SITE).read_text(encoding="utf-8")
#: Of the example, which was measured.
RECORDED_COMBINATIONS = 231_660
RECORD = json.loads((ROOT / memory_table.RECORD).read_text(encoding="utf-8"))


def rows_of(text, name):
    """The cells of a measured table, by the text of the first one."""
    content = dict(memory_table.sections(text))[name]
    lines = [line.strip("| ").split(" | ") for line in content.splitlines()[2:] if line.startswith("|")]
    return {line[0]: line[1:] for line in lines}


#: Ways that hold objects for every combination: a sixth of them take as much each, and are sooner looked at.
OBJECTS = ("dicts", "slots", "flat", "tuples")


@pytest.fixture(scope="module")
def fewer_pieces(tmp_path_factory):
    """The document's equipment without every other piece of three parts."""
    with open(ROOT / memory_table.EQUIPMENT, encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    part = header.index("Body Part")
    kept = []
    for name in ("Head", "Body", "Waist"):
        kept += [row for row in rows if row[part] == name][::2]
    kept += [row for row in rows if row[part] not in ("Head", "Body", "Waist")]
    path = tmp_path_factory.mktemp("fewer") / "equipment.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *kept])
    return str(path)


@pytest.mark.parametrize("name", REPRESENTATIONS)
def test_bytes_and_objects_of_a_representation_still_hold(name, fewer_pieces):
    pytest.importorskip("guppy")
    command = [sys.executable, "benchmarks/memory/representations.py", name, "heap"]
    # What coverage holds in a process that it traces would be looked at too.
    untraced = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    equipment = fewer_pieces if name in OBJECTS else memory_table.EQUIPMENT
    done = subprocess.run(
        [*command, equipment, memory_table.CONFIG], cwd=ROOT, env=untraced, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    row = rows_of(DOCUMENT, "representations")[REPRESENTATIONS[name].title]
    n_combinations = figures["n_combinations"]
    # Objects differ between versions of the interpreter (and a few dozen come and go); arrays do not.
    each = figures["heap_bytes"] / n_combinations
    assert float(row[0]) == pytest.approx(each, rel=0.15, abs=0.02)
    n_objects = int(row[3].replace(",", ""))
    assert round(figures["heap_objects"] / n_combinations, 1) == round(n_objects / RECORDED_COMBINATIONS, 1)
    short = rows_of(SITE, "representations-short")[REPRESENTATIONS[name].title]
    assert short[0] == row[0]


def test_all_representations_were_checked_to_read_the_same_scores():
    assert {figures["name"] for figures in RECORD["representations"]} == set(REPRESENTATIONS)
    assert len({figures["scores_sha256"] for figures in RECORD["representations"]}) == 1


def test_the_documents_are_what_the_record_says():
    tables = {
        "representations": memory_table.full_table(RECORD["representations"]),
        "kinds": memory_table.kinds_table(RECORD["representations"]),
        "imports": memory_table.imports_table(RECORD["imports"]),
        "runs": memory_table.runs_table(RECORD["runs"]),
        "origin": memory_table.provenance_text(RECORD["origin"]),
    }
    written = dict(memory_table.sections(DOCUMENT))
    assert {name: written[name].rstrip("\n") for name in tables} == tables
    short = dict(memory_table.sections(SITE))["representations-short"].rstrip("\n")
    assert short == memory_table.short_table(RECORD["representations"])


def test_the_measured_inputs_are_the_ones_in_the_project():
    origin = memory_table.provenance(memory_table.EQUIPMENT, memory_table.CONFIG)
    for key in ("equipment_sha256", "config_sha256"):
        assert RECORD["origin"][key] == origin[key]


def test_every_recorded_run_below_a_ceiling_stayed_below_it():
    capped = [run for run in RECORD["runs"] if "--memory" in run["options"]]
    assert len(capped) >= 3
    for run in capped:
        ceiling = int(re.search(r"--memory (\d+)MiB", run["options"])[1]) * 2**20
        assert run["tree_peak_bytes"] < ceiling


def test_the_summary_comes_first_and_has_three_lines():
    lines = DOCUMENT.splitlines()
    assert [line.partition("**:")[0] for line in lines[2:5]] == ["- **Then", "- **Since", "- **Now"]
    assert "1,413" in lines[2]
    assert "331" in lines[2]
    assert lines[5] == ""


def test_rewriting_leaves_everything_outside_the_markers_alone():
    text = "a\n<!-- measured: x -->\nold\n<!-- end -->\nb\n"
    assert memory_table.replace_sections(text, {"x": "new"}) == text.replace("old", "new")
    content = {name: body.rstrip("\n") for name, body in memory_table.sections(DOCUMENT)}
    assert memory_table.replace_sections(DOCUMENT, content) == DOCUMENT


def test_the_commands_of_the_document_name_files_that_are_there():
    for path in set(re.findall(r"\b(?:benchmarks|tests|example_data|equipment_optimizer)/\w+\.\w+", DOCUMENT)):
        assert (ROOT / path).is_file(), path
