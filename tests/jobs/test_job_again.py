"""The configuration in a manifest makes the same list again, wherever the manifest is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from equipment_optimizer.cli import main

FULL = Path(__file__).resolve().parents[2] / "example_data" / "full"

#: Changes of the full example's configuration; a key without a value goes.
CHANGES = {
    "as it is": {},
    "capped, penalties missing": {"over_max": "cap", "skills": {"Attack Boost": {"weight": 3}, "Guard": {"max": 2}}},
    "bare numbers and values": {
        "skills": {"Fury": 2.5, "Guard": {"values": [0, 1, 5], "min": 1}, "Stamina": {"max": None}}
    },
    "maxima of the skills file": {"skills": {"Fury": {"weight": 1e-3, "min": 2}, "Evasion": {}}},
    "other files": {"files": {"decorations": "more/../decorations.csv", "set_bonuses": "set_bonuses.csv"}},
    "no files": {"files": None},
    "a weapon": {"weapon": {"slots": [3, 1, 0], "skills": {"Fury": 1}, "set_bonuses": "Cinder Oath"}},
    "parts": {
        "body_parts": {
            "Head": 1,
            "Body": {"count": 1, "decorations": "weapon"},
            "Arms": 1,
            "Waist": 1,
            "Legs": 1,
            "Charm": 2,
        }
    },
    "pins and filters": {
        "pin": {"Head": "Gale Hood"},
        "exclude": "Ember Charm",
        "filter": {"Base Defence": {"min": 10, "blank": True, "parts": ["Body"]}},
    },
    "resistances": {"resistances": {"fire": {"weight": 0.1, "min": -5}}, "min_defence": 100},
    "texts": {"title": "Näme", "note": "two\nlines", "encoding": "utf-8"},
    "exact numbers": {"defence": 0.1000000000000000055, "unlisted_skill_weight": -1e-7},
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("place", ["job", "elsewhere/deep", "."])
def test_the_config_of_the_manifest_makes_the_same_list(tmp_path, monkeypatch, change, place):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(FULL, "job")
    (tmp_path / "job" / "more").mkdir()
    (tmp_path / place).mkdir(parents=True, exist_ok=True)
    config = json.loads((FULL / "config.json").read_text(encoding="utf-8"))
    config.update(CHANGES[change])
    (tmp_path / "job" / "config.json").write_text(
        json.dumps({key: value for key, value in config.items() if value is not None})
    )
    manifest = tmp_path / place / "m.json"
    job = ["optimize", "job/equipment.csv"]
    assert main([*job, "first.csv", "job/config.json", "--quiet", "--manifest", f"{place}/m.json", "--limit", "9"]) == 0
    again = json.loads(manifest.read_text(encoding="utf-8"))["config"]
    (tmp_path / place / "again.json").write_text(json.dumps(again), encoding="utf-8")
    assert main([*job, "second.csv", f"{place}/again.json", "--quiet", "--manifest", f"{place}/m2.json"]) == 0
    assert (tmp_path / "second.csv").read_bytes() == (tmp_path / "first.csv").read_bytes()
    # What was understood is understood alike.
    assert json.loads((tmp_path / place / "m2.json").read_text(encoding="utf-8"))["config"] == again
