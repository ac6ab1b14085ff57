"""The tests mirror the package: every module that carries logic has a test file of its name."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "equipment_optimizer"

#: Modules that stand beside the folders are tested among what concerns all of it, the entry with the commands.
FOLDER_OF = {"": "whole", "cli": "commands/common"}

#: Nothing in these could be wrong by itself: numbers with their reasons, and records without methods.
WITHOUT_LOGIC = {"_version", "progress", "sampling.tuning", "search.exhaustive.options", "search.tuning"}
WITHOUT_LOGIC |= {"verify._verdict", "verify.judging"}

#: Started by every test of the command as a process of its own.
STARTED = {"__main__"}

MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path
    for path in PACKAGE.rglob("*.py")
    if path.name != "__init__.py"
}


def expected_test_file(module):
    *folders, name = module.split(".")
    folder = "/".join(folders) or FOLDER_OF.get(name, FOLDER_OF[""])
    return ROOT / "tests" / folder / f"test_{name.strip('_')}.py"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_has_a_test_file_of_its_name(module):
    is_there = expected_test_file(module).exists()
    assert is_there != (module in WITHOUT_LOGIC | STARTED), expected_test_file(module)


@pytest.mark.parametrize("module", sorted(WITHOUT_LOGIC & set(MODULES)))
def test_what_is_said_to_carry_no_logic_does_not(module):
    nodes = ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8")))
    assert not [node.lineno for node in nodes if isinstance(node, ast.FunctionDef | ast.For | ast.While)]


def test_exceptions_are_of_modules_that_are_there():
    assert set(MODULES) >= WITHOUT_LOGIC | STARTED
