"""What an equipment file may hold, told for a terminal: headers that the reader knows, and all kinds of them."""

import re

from equipment_optimizer.files.csv_reader import header_key
from equipment_optimizer.loading._equipment_columns import REQUIRED, column_meaning
from equipment_optimizer.loading.skill_columns import skill_meanings
from equipment_optimizer.manual.equipment_columns import COLUMNS, equipment_text


def meaning_of(header):
    key = header_key(header)
    return column_meaning(key) or skill_meanings([key])[0]


def test_every_header_that_is_named_is_understood():
    told = [header for headers, _ in COLUMNS for header in re.split(r", (?:\.\.\.,? ?)?| \.\.\. (?:or )?", headers)]
    own = [header for header in told if header not in ("", "a skill's own name", "anything else", "or Slots")]
    assert len(own) > 15
    meanings = {header: meaning_of(header.removeprefix("or ")) for header in own}
    assert [header for header, meaning in meanings.items() if meaning is None] == []
    assert set(REQUIRED) < set(meanings.values())


def test_the_text_is_as_wide_as_asked_for():
    lines = equipment_text(60).splitlines()
    assert max(map(len, lines)) <= 60
    assert [line for line in lines if line.strip() and line.strip()[0] == ","] == []
    assert "Base Defence" in lines
