"""Odd and faulty files, each next to the complete text of what becomes of it.

A ``.csv`` is an equipment file and is read without a configuration; a ``.json``
is a configuration and is read together with ``golden/equipment.csv``. After a
deliberate change of a message, ``python tests/loading/as_written/test_golden.py`` writes
the texts anew: read the difference before you commit it.
"""

import dataclasses
import os
from pathlib import Path

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.loading.jobs import load_job, read_equipment
from equipment_optimizer.records.config import Config

GOLDEN = Path(__file__).parent / "golden"
VALID, INVALID = (
    sorted(path.name for pattern in ("*.csv", "*.json") for path in (GOLDEN / folder).glob(pattern))
    for folder in ("valid", "invalid")
)


def outcome(name: str) -> str:
    """What becomes of a file of the current folder, as text."""
    config = None
    try:
        if name.endswith(".json"):
            table, config, notices = load_job("../equipment.csv", name)
        else:
            table, notices = read_equipment(name)
    except InputError as error:
        return f"{error}\n"
    table._check()
    lines = [f"notice: {notice}" for notice in notices]
    if config is None:
        lines += [repr(piece).replace(", weapon_slots=(0, 0, 0, 0)", "") for piece in table]
    else:
        lines += fields_unlike_default(config)
        lines += [f"{column}: {', '.join(cells)}" for column, cells in zip(table.other_names, table.other, strict=True)]
    return "\n".join(lines) + "\n"


def fields_unlike_default(config: Config) -> list[str]:
    default = Config()
    lines = []
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if field.name == "locations" or value == getattr(default, field.name):
            continue
        if isinstance(value, dict):
            lines += [f"{field.name} {key!r}: {part!r}" for key, part in value.items()]
        elif isinstance(value, tuple):
            lines += [f"{field.name}: {part!r}" for part in value] or [f"{field.name}: none"]
        else:
            lines.append(f"{field.name}: {value!r}")
    return lines


def expected_text(folder: str, name: str) -> str:
    return (GOLDEN / folder / f"{name}.txt").read_bytes().decode("utf-8")


def test_there_are_golden_files() -> None:
    assert len(VALID) >= 40
    assert len(INVALID) >= 60
    texts = {path.name for folder in ("valid", "invalid") for path in (GOLDEN / folder).glob("*.txt")}
    assert texts == {f"{name}.txt" for name in (*VALID, *INVALID)}


@pytest.mark.parametrize("name", VALID)
def test_odd_but_valid_files_are_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN / "valid")
    assert outcome(name) == expected_text("valid", name)


@pytest.mark.parametrize("name", INVALID)
def test_faulty_files_are_refused_with_every_fault_in_its_place(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN / "invalid")
    text = outcome(name)
    assert text == expected_text("invalid", name)
    assert "  mend: " in text


if __name__ == "__main__":
    for folder, names in (("valid", VALID), ("invalid", INVALID)):
        os.chdir(GOLDEN / folder)
        for name in names:
            Path(f"{name}.txt").write_bytes(outcome(name).encode("utf-8"))
