"""A small job in a folder of its own."""

import json

import pytest
from command_job import PIECES, PLAIN, MeterOfOneObject

from equipment_optimizer.system import heap


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A folder with a small job in it, which is also the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "equipment.csv").write_text(PIECES)
    (tmp_path / "config.json").write_text(json.dumps(PLAIN))
    return tmp_path


@pytest.fixture
def one_object(monkeypatch):
    """A heap of one object: to look at that of a whole test run takes seconds."""
    monkeypatch.setattr(heap, "HeapMeter", MeterOfOneObject)
