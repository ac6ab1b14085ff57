"""A job in a folder of its own."""

from __future__ import annotations

import json

import pytest
from batch_folder import config, equipment_rows, old_output, write_equipment
from disturbed_runs import digest
from fault_job import OUTPUTS


@pytest.fixture
def job(tmp_path, monkeypatch):
    """A folder with a job whose outputs are there from an earlier time."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    write_equipment(tmp_path / "in" / "equipment.csv", equipment_rows(5))
    (tmp_path / "in" / "config.json").write_text(json.dumps(config(3, limit=300)))
    (tmp_path / "out").mkdir()
    for name in OUTPUTS:
        (tmp_path / "out" / name).write_bytes(old_output(name))
    before = digest(sorted((tmp_path / "in").iterdir()))
    yield tmp_path
    assert digest(sorted((tmp_path / "in").iterdir())) == before, "an input was changed"
    assert list(tmp_path.rglob(".*.tmp")) == []
