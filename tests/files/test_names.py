"""When two names are one, and which known name was meant."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from work import count_calls

from equipment_optimizer.files.names import _edits, edit_distance_at_most_one, folded, near

#: Letters that folding looks at, and some that it does not.
TRICKY = st.text(
    st.sampled_from(
        "aé\u0301e\u3099\uff76\uff9e\uff21\u3000 \u00a0\t\n\u200b\ufeff\u00ad'\u2019\u02bc`-\u2013\u2212\ufe0f\u1ffd"
    )
    | st.characters(),
    max_size=12,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hunter's Eye", "Hunter’s Eye"),
        ("Hunter's Eye", "Hunter`s Eye"),
        ("Hunterʼs Eye", "Hunter´s Eye"),
        ("Non-elemental", "Non–elemental"),
        ("Non‐elemental", "Non—elemental"),
        ("Part Breaker", "Part\u00a0 Breaker"),
        ("Part Breaker", " Part\u2009Breaker "),
        ("Part Breaker", "Part\nBreaker"),
        ("Épée", "E\u0301pe\u0301e"),
        ("Fury II", "Ｆｕｒｙ　ＩＩ"),
        ("ガード性能", "ｶﾞｰﾄﾞ性能"),
        ("IronHelm", "Iron\u200bHelm\ufeff"),
        ("IronHelm", "\u202eIron\u00adHelm"),
    ],
)
def test_names_that_are_one(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Fury", "fury"),
        ("Helm α", "Helm β"),
        ("Éclair", "Eclair"),
        ("火耐性", "水耐性"),
        ("Iron Helm", "IronHelm"),
        ("Level ²", "Level 2"),
        ("Ⅳ", "IV"),
        ("ガード", "カード"),
        ("\U0001f600", "\U0001f601"),
    ],
)
def test_names_that_are_two(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@given(TRICKY)
def test_folding_twice_is_folding_once(text: str) -> None:
    once = folded(text)
    assert folded(once) == once
    assert once == once.strip()
    assert unicodedata.is_normalized("NFC", once)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="`")))
def test_plain_names_are_their_own_folding(text: str) -> None:
    assert folded(text) == text


def edits_of(name: str, other: str) -> int:
    """Optimal string alignment, by the table."""
    table = [[max(i, j) if not (i and j) else 0 for j in range(len(other) + 1)] for i in range(len(name) + 1)]
    for i in range(1, len(name) + 1):
        for j in range(1, len(other) + 1):
            cost = name[i - 1] != other[j - 1]
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + cost)
            if i > 1 and j > 1 and name[i - 1] == other[j - 2] and name[i - 2] == other[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


@given(st.text("abc", max_size=9), st.text("abc", max_size=9), st.integers(1, 5))
def test_edits_are_those_of_the_whole_table(name: str, other: str, most: int) -> None:
    edits = edits_of(name, other)
    assert edit_distance_at_most_one(name, other) == (edits <= 1)
    assert _edits(name, other, most) == min(edits, most + 1)


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("atack boost", ["Attack Boost", "Defense Boost"], "Attack Boost"),
        ("ATTACK BOOST", ["Attack Boot", "Attack Boost"], "Attack Boost"),
        ("Weakness Exploit", ["Weakness Exploit\u200b"], "Weakness Exploit\u200b"),
        ("fury", ["Fury", "FURY", "f\u200bury"], "f\u200bury"),
        ("Critcal Eye", ["Critical Boost", "Critical Eye"], "Critical Eye"),
        ("Skil 1", ["Skill 2", "Skill 1"], "Skill 1"),
        ("攻擊", ["防禦", "攻撃"], "攻撃"),
        # What is not meant.
        ("Gloves", ["Legs", "Arms", "Head"], None),
        ("max_defence", ["min_defence"], None),
        ("listed_weight", ["unlisted_weight"], None),
        ("Minimum Weight", ["Maximum Weight"], None),
        ("include", ["exclude"], None),
        ("Left Ring", ["Right Ring"], None),
        ("Skill 3", ["Skill 1", "Skill 2"], None),
        ("Ring II", ["Legs"], None),
        ("火", ["水"], None),
        ("", ["a"], None),
        ("Fury", ["Fury"], None),
        ("Fury", [], None),
    ],
)
def test_the_name_that_was_meant(name: str, known: list[str], meant: str | None) -> None:
    assert near(name, known) == meant


def test_only_so_many_names_are_compared_however_many_there_are() -> None:
    known = [f"{'ab' * 200}{number}" for number in range(20_000)]
    more = known * 3
    few = count_calls(lambda: near("ba" * 500, known))
    assert count_calls(lambda: near("ba" * 500, more)) - few < 10 * 40_000
