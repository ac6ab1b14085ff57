"""Talisman lists are understood by their headers in either language, or by what stands in their places."""

import pytest

from equipment_optimizer.importers._talisman_columns import TITLES, placed, understand


@pytest.mark.parametrize(
    ("titles", "meanings"),
    [
        (["Skill 1 Name", "Skill 1 Level", "Slot 1"], ["skill 1 name", "skill 1 level", "slot 1"]),
        (["スキル1", "スキル値1", "スロット2"], ["skill 1 name", "skill 1 level", "slot 2"]),
        (["(泣用)武器スロ1", "防具スロット2", "ID"], ["weapon slot 1", "armour slot 2", "id"]),
        (["Weapon Slot 1", "Armour Slot 2", "Slot 1 Type"], ["weapon slot 1", "armour slot 2", "slot 1 type"]),
        (["Colour"], [None]),
    ],
)
def test_headers_of_the_simulators(titles, meanings):
    assert [header.meaning for header in understand(titles)] == meanings


@pytest.mark.parametrize(
    ("record", "first", "n_skills"),
    [
        (["Fury", "2", "Calm", "1", "3", "2", "1"], "Skill 1 Name", 2),
        (["Fury", "2", "", "", "0", "0", "0"], "Skill 1 Name", 2),
        (["77", "Fury", "2", "Calm", "1", "3", "2", "1"], "Id", 2),
        (["Fury", "2", "Calm", "1", "3", "2", "1", "77"], "Skill 1 Name", 2),
        (["Fury", "2", "Calm", "1", "Luck", "1", "3", "2", "1"], "Skill 1 Name", 3),
    ],
)
def test_without_headers_places_tell(record, first, n_skills):
    headers = placed([record] * 3)
    assert len(headers) == len(record)
    assert headers[0].title == first
    assert sum(header.title.endswith("Name") for header in headers) == n_skills


def test_what_fits_no_layout_is_taken_for_the_usual_one():
    assert [header.title for header in placed([["a", "b", "c"]])] == list(TITLES)
