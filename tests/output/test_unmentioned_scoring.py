"""Where most of the best score comes from something that nobody wrote down, one sentence says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import equipment_optimizer as eo
from equipment_optimizer.errors import UsageError
from equipment_optimizer.output.unmentioned_scoring import unmentioned_sentence

ROWS = "Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level,Slot 1,Skill 2 Name,Skill 2 Level\n"
ROWS += "A,Head,40,Fury,2,3,Calm,5\n"
NOTHING = dict.fromkeys(("deco_1", "deco_2", "deco_3", "deco_4", "num_decos"), 0)
FURY = {"Fury": {"max": 5, "weight": 10, "penalty": 0}}


def sentence_of(config: dict[str, Any], folder: Path) -> str | None:
    (folder / "e.csv").write_text(ROWS)
    (folder / "c.json").write_text(json.dumps({"limit": 1, "skills": FURY, **config}))
    table, understood, _ = eo.load_job(folder / "e.csv", folder / "c.json")
    notices: list[str] = []
    results = eo.optimize(table, understood, notices=notices)
    sentence = unmentioned_sentence(results)
    assert [notice for notice in notices if "most comes from" in notice] == ([] if sentence is None else [sentence])
    return None if sentence is None else sentence.partition("default weight 1.0: ")[2]


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({}, "40 from defence, 2 from free slots, 5 from skills that are not listed"),
        ({"decorations": NOTHING, "unlisted_skill_weight": 1}, "40 from defence"),
        ({"defence": 0, "decorations": NOTHING, "skills": {}}, "7 from skills that are not listed"),
        ({"defence": 0, "unlisted_skill_weight": 0, "skills": {}}, "2 from free slots"),
        ({"defence": 0, "unlisted_skill_weight": 0, "skills": {}, "decorations": {"deco_3": 0}}, "1 from free slots"),
        # What is written down is meant, and the smaller part needs no word.
        ({"defence": 1, "decorations": NOTHING, "unlisted_skill_weight": 1}, None),
        ({"defence": 1, "decorations": NOTHING}, None),
        ({"defence": 0, "decorations": NOTHING}, None),
        ({"defence": 0, "decorations": NOTHING, "unlisted_skill_weight": 0, "skills": {}}, None),
    ],
)
def test_the_sentence_names_what_the_defaults_add(config: dict[str, Any], told: str | None, tmp_path: Path) -> None:
    assert sentence_of(config, tmp_path) == told


def test_the_whole_sentence(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text(ROWS)
    table, config, _ = eo.load_job(tmp_path / "e.csv", {"limit": 1, "skills": FURY, "decorations": NOTHING})
    assert unmentioned_sentence(eo.optimize(table, config)) == (
        "the configuration: of the best build's score of 65 most comes from what is not mentioned there and has its "
        "default weight 1.0: 40 from defence, 5 from skills that are not listed"
    )


def test_a_configuration_made_in_code_mentions_everything() -> None:
    table = eo.EquipmentTable.from_pieces([eo.EquipmentPiece("A", "Head", 40)])
    assert unmentioned_sentence(eo.optimize(table, eo.Config())) is None


def test_names_of_files_are_no_table_and_no_configuration() -> None:
    table = eo.EquipmentTable.from_pieces([eo.EquipmentPiece("A", "Head", 40)])
    for arguments in (("e.csv", eo.Config()), (table, "c.json"), (table, {"limit": 1})):
        with pytest.raises(UsageError, match="read both first"):
            eo.optimize(*arguments)  # type: ignore[arg-type]
