"""Every folder can be overlooked and every file read in one sitting: of the package, the tests, the benchmarks."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(
    path for top in ("equipment_optimizer", "tests", "benchmarks", "docs") for path in (ROOT / top).rglob("*.py")
)
FOLDERS = sorted({path.parent for path in FILES})

#: Most modules that a folder may hold besides its ``__init__``, and most lines of one.
MOST_FILES, MOST_LINES = 15, 400

#: What is to be read as a whole before it is trusted, in lines.
CHECKER, CHECKER_LINES, CHECKER_WIDTH = "equipment_optimizer/proof/check_proof.py", 350, 128


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def test_there_are_files_in_all_of_them():
    assert len(FILES) > 300
    assert {path.relative_to(ROOT).parts[0] for path in FOLDERS} == {
        "equipment_optimizer",
        "tests",
        "benchmarks",
        "docs",
    }


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_a_folder_can_be_overlooked(folder):
    assert len([path for path in FILES if path.parent == folder and path.name != "__init__.py"]) <= MOST_FILES


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_can_be_read_in_one_sitting(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_the_checker_of_proofs_stays_small():
    lines = (ROOT / CHECKER).read_text(encoding="utf-8").splitlines()
    assert len(lines) <= CHECKER_LINES
    assert max(map(len, lines)) <= CHECKER_WIDTH
