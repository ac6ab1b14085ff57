"""The script whose types are checked does what it says."""

from pathlib import Path

from typed_use import main

ROOT = Path(__file__).resolve().parents[2]


def test_the_script_runs(tmp_path):
    first, second, third = main(ROOT / "example_data", tmp_path)
    assert first == "49.43 Attack Boost Ember Crown 712"
    assert second.startswith("() ")
    assert " attack " in third
    assert (tmp_path / "builds.html").exists()


def test_the_package_says_that_it_is_typed():
    assert (ROOT / "equipment_optimizer" / "py.typed").exists()
