"""Ordinary columns that totals, counts and filters ask for: kept, read as numbers or text, told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.loading._kept_columns import AskedColumn, asked_columns
from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.records.config import Config, CountRule, FilterRule, PartRule, TotalRule

EQUIPMENT = """Name,Body Part,Base Defence,Weight,Team,Tier,Fire Res
Cap,Head,1,"1,234.50",Reds; Blues,7,1
Hood,Head,2,-,,8,2
Mail,Body,3,+2.0,Reds,x,3
Vest,Body,4,,Blues,07,4
"""


def load(tmp_path: Path, equipment: str = EQUIPMENT, **sections: object):
    (tmp_path / "e.csv").write_text(equipment)
    plain = {"decorations": {}, "skills": {}, "defence": 0, "unlisted_skill_weight": 0, "limit": 1}
    (tmp_path / "c.json").write_text(json.dumps({**plain, **sections}))
    return load_job(tmp_path / "e.csv", tmp_path / "c.json")


def test_columns_are_kept_as_numbers_and_as_text(tmp_path: Path) -> None:
    counts = {
        "t": {"each": "Team", "max": 1, "separator": ";"},
        "x": {"where": {"Tier": {"min": 8, "parts": ["Head"]}}},
    }
    table, config, notices = load(tmp_path, totals={"weight": {"max": 1}}, counts=counts)
    assert table.other_names == ("Tier", "weight", "Team")
    assert table.texts("Team") == ("Reds; Blues", "", "Reds", "Blues")
    numbers, digits = table.numbers("weight")
    assert (numbers.tolist(), digits) == ([12345, 0, 20, 0], 1)
    assert [notice for notice in notices if "blank" in notice] == [
        f"{tmp_path / 'e.csv'}:3: 2 blank cells of the column 'weight' count 0"
    ]
    assert config.columns == ("Tier", "weight", "Team")


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"totals": {"Tier": {}}}, "e.csv:4:6: not a number: 'x'"),
        ({"totals": {"Wieght": {}}}, "no column 'Wieght'"),
        ({"totals": {"Wieght": {}}}, "write 'Weight'"),
        ({"counts": {"a": {"each": "team s", "max": 1}}}, "no column 'team s' [$.counts[\"a\"].each]"),
        ({"counts": {"a": {"where": {"Tier": {"max": 1}}}}}, "not a number: 'x'"),
        ({"totals": {"Def": {"max": 1}}, "min_defence": 3}, "'Def' is the column of $.min_defence, in another form"),
        ({"totals": {"fire_res": {}}, "resistances": {"fire": {}}}, "is the column of $.resistances.fire"),
        ({"totals": {"Defence": {"weight": 1}}, "defence": 1}, "is the column of $.defence"),
    ],
)
def test_what_a_column_cannot_be_is_a_fault_with_its_place(tmp_path: Path, sections: dict, message: str) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path, **sections)
    assert message in str(caught.value)


def test_a_column_with_a_meaning_has_a_total_too(tmp_path: Path) -> None:
    table, *_ = load(tmp_path, totals={"Defence": {"max": 5}, "Fire Resistance": {"min": 1}})
    assert table.numbers("Defence")[0].tolist() == [1, 2, 3, 4]
    assert table.numbers("Fire Resistance")[0].tolist() == [1, 2, 3, 4]


def test_mapped_headers_may_be_named_either_way(tmp_path: Path) -> None:
    equipment = EQUIPMENT.replace("Weight", "Gewicht")
    table, *_ = load(tmp_path, equipment, headers={"Weight": "Gewicht"}, totals={"Weight": {}, "Gewicht": {}})
    assert table.numbers("Weight")[0].tolist() == table.numbers("Gewicht")[0].tolist()


def test_cells_of_values_are_exact_text(tmp_path: Path) -> None:
    equipment = "Name,Body Part,Group\na,Head,1\nb,Head,1.0\nc,Body,2\n"
    table, *_ = load(tmp_path, equipment, counts={"g": {"each": "Group", "max": 1}})
    assert table.texts("Group") == ("1", "1.0", "2")


def test_uses_of_one_column_are_joined() -> None:
    config = Config(
        filters=FilterRule(column="A", minimum=1, parts="Flex"),
        totals={"B": TotalRule()},
        counts={"c": CountRule(each="A", maximum=1), "d": CountRule(where=FilterRule(column="B", one_of="x"))},
        body_parts={"Run": 1, "Flex": PartRule(drawn_from="Run")},
    )
    assert asked_columns(config) == (
        AskedColumn("A", '$.filter["A"]', frozenset({"Flex", "Run"}), is_exact=True),
        AskedColumn("B", '$.counts["d"].where["B"]', None, is_total=True),
    )


def test_numbers_that_are_too_long_together_are_a_fault_of_the_file(tmp_path: Path) -> None:
    equipment = "Name,Body Part,Weight\na,Head,0.00000000000001\nb,Body,123456789\n"
    with pytest.raises(InputError, match=r"e\.csv: the numbers of the column Weight have more than 18 digits together"):
        load(tmp_path, equipment, totals={"Weight": {}})
