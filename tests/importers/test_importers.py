"""The table of importers: a module each, whose function takes what the table says of it."""

import inspect
from pathlib import Path

import pytest

from equipment_optimizer import importers
from equipment_optimizer.importers import IMPORTERS, load_importer

ROOT = Path(__file__).resolve().parents[2]


def test_every_module_that_others_see_is_a_format():
    modules = {path.stem for path in Path(importers.__file__).parent.glob("*.py")}
    assert {name for name in modules if not name.startswith("_")} - {"starter_config"} == set(IMPORTERS)


@pytest.mark.parametrize("name", IMPORTERS)
def test_its_function_takes_a_source_and_each_option_by_its_flag(name):
    parameters = inspect.signature(load_importer(name)).parameters
    keywords = [key for key, value in parameters.items() if value.kind is inspect.Parameter.KEYWORD_ONLY]
    assert len(parameters) == len(keywords) + 1
    assert sorted(keywords) == sorted(flag[2:].replace("-", "_") for flag in IMPORTERS[name].options)


@pytest.mark.parametrize("name", IMPORTERS)
def test_the_reference_tells_what_to_bring(name):
    page = (ROOT / "docs" / "reference" / "importers.md").read_text(encoding="utf-8")
    words = f"{name} {IMPORTERS[name].source[0]} {IMPORTERS[name].target[0]}"
    assert f"\n| `{words}` |" in page
