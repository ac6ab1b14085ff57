"""What a page tells beside its list: ranges of weights, the worth of pieces; as texts, readable without scripts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from page_jobs import NASTY, example, facts

from equipment_optimizer.output.pages._answers import firm_rows, gain_groups, worth_parts
from equipment_optimizer.output.pages.report import render_report


def weight(name: str, value: str, low: str | None, high: str | None, proved: bool = True):
    """A range as the answers tell it."""
    told = {"weight": name, "value": Decimal(value), "from": low, "to": high, "proved": proved}
    return {**told, "next_below": low and f"Head: {NASTY} instead of Cap", "next_above": high and "the same pieces"}


def piece(name: str, part: str, loss: str | None, **more):
    """A piece as the answers tell it."""
    told = {"name": name, "body_part": part, "best": None if loss is None else Decimal(9) - Decimal(loss)}
    told |= {"loss": None if loss is None else Decimal(loss), "loss_when_sold": Decimal(0), "n_listed": 0}
    return {**told, "never_useful": False, "at_most": None, "proved": True, **more}


ANSWERS = {
    "stability": [
        weight("skills.Attack Boost.weight", "2", "1.96", "5"),
        weight("skills.Attack Boost.penalty", "-1", None, None),
        weight("defence", "0.02", None, "1/47"),
        weight("decorations.deco_2", "0.1", None, "-3"),
    ],
    "pieces": [
        piece("Cap", "Head", "0", loss_when_sold=Decimal("0.79"), n_listed=1200),
        piece("Hat", "Head", "1.5", never_useful=True, at_most=Decimal(8), proved=False),
        piece("Lid", "Head", None, never_useful=True),
        piece("Mail", "Body", "0", loss_when_sold=None, n_listed=1200),
    ],
}


def test_weights_with_an_end_stand_by_how_firm_they_are() -> None:
    rows = firm_rows(ANSWERS)
    assert [row["name"] for row in rows] == ["Attack Boost", "Defence", "A free slot of level 2"]
    assert (rows[1]["low"], rows[1]["high"], rows[2]["high"]) == ("", "1/47", "\u22123")
    assert firm_rows({}) == []


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("skills.Attack Boost.penalty", "Attack Boost above its maximum"),
        ("skills.Guard.values[2]", "Guard at level 2"),
        ("resistances.fire.weight", "Fire resistance"),
        ("totals.Load. net.weight", "Load. net"),
        ("unlisted_skill_weight", "Any other skill"),
    ],
)
def test_weights_are_called_as_people_do(key: str, name: str) -> None:
    assert firm_rows({"stability": [weight(key, "1", "0", None)]})[0]["name"] == name


def test_pieces_stand_by_part_the_best_first() -> None:
    head, body = worth_parts(ANSWERS)
    assert [row["name"] for row in head["rows"]] == ["Cap", "Hat", "Lid"]
    assert [(row["loss"], row["sold"], row["at_most"]) for row in head["rows"]] == [
        ("the best", "0.79", ""),
        ("1.5", "0", "8"),
        ("", "0", ""),
    ]
    assert (head["n_pieces"], head["n_never"], head["n_left"]) == (3, 2, 0)
    assert body["rows"][0]["sold"] == "no build is left"


def test_of_many_pieces_the_first_are_shown_and_the_others_told() -> None:
    (part,) = worth_parts({"pieces": [piece(f"P{n}", "Head", str(n)) for n in range(40)]})
    assert (len(part["rows"]), part["n_left"], part["left_from"]) == (15, 25, "15")


def gain(kind: str, name: str, brought: str | None, **more):
    """Something that may be got, as the answers tell it."""
    told = {"kind": kind, "name": name, "body_part": "Head", "best": Decimal(9)}
    told |= {"gain": None if brought is None else Decimal(brought), "at_most": None, "proved": True}
    return {**told, **more}


def test_what_to_get_next_stands_by_kind_what_brings_most_first() -> None:
    gains = [
        gain("wish", "Pot", "0"),
        gain("wish", "Pan", "1.5"),
        gain("wish", "Lid", "4"),
        gain("talisman", "Guard 2", "0"),
        gain("pair", "Pot + Pan", None, proved=False, at_most=Decimal(12)),
    ]
    wishes, pairs, talismans = gain_groups({"gains": gains})
    assert [(row["name"], row["gain"]) for row in wishes["rows"]] == [("Lid", "+4"), ("Pan", "+1.5")]
    assert (wishes["n_rows"], wishes["n_left"], wishes["is_more"]) == (3, 1, False)
    assert [(row["gain"], row["at_most"]) for row in pairs["rows"]] == [("none", "12")]
    assert (talismans["name"], talismans["rows"], talismans["n_left"]) == ("Talismans", [], 1)
    assert gain_groups({}) == []
    (many,) = gain_groups({"gains": [gain("decoration", f"Jewel {n}", str(n)) for n in range(40)]})
    assert (len(many["rows"]), many["rows"][0]["name"], many["n_left"], many["is_more"]) == (15, "Jewel 39", 25, True)


def test_a_page_tells_what_to_get_next_and_that_the_rest_brings_nothing() -> None:
    results, plain = example(5)
    gains = [gain("wish", NASTY, "2", proved=False, at_most=Decimal(12)), gain("talisman", "Guard 2", "0")]
    page = render_report(results, replace(facts(), answers={**ANSWERS, "gains": gains})).decode()
    assert 'id="gains"' not in plain
    assert '<a href="#gains">What to get next</a>' in page
    assert "<td>+2</td><td>9 up to 12</td>" in page
    assert "Talismans: 1, none of which brings anything." in page
    assert NASTY not in page.partition("<script")[0]


def test_a_page_has_them_only_where_they_were_asked_for() -> None:
    results, plain = example(5)
    page = render_report(results, replace(facts(), answers=ANSWERS)).decode()
    assert 'id="worth"' in page
    assert 'id="worth"' not in plain
    assert 'id="firm-table"' in plain
    assert 'id="firm-table"' not in page
    assert "Best down to" in page
    assert NASTY not in page.partition("<script")[0]
    assert "Hat</th><td>7.5 up to 8" in page
