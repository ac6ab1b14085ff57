"""Totals, counts and empty parts on a page: decimals in the table, conditions, other weights, the copied config."""

import json
from decimal import Decimal

import pytest
from page_jobs import small_page

import equipment_optimizer as eo

HEADER = "Name,Body Part,Base Defence,Load,Tier"
ROWS = [
    *("Cap,Head,5,1.25,Exotic", "Hat,Head,4,0.5,Common", "Coat,Body,3,2.0,Exotic", "Vest,Body,2,,Rare"),
    "Ring,Charm,1,0.25,Rare",
]
OWN = {
    "limit": 9,
    "totals": {"Load": {"weight": -0.1, "max": 3}},
    "counts": {"exotics": {"where": {"Tier": {"in": ["Exotic"]}}, "weight": 3}, "tiers": {"each": "Tier", "max": 2}},
    "body_parts": {"Head": 1, "Body": 1, "Charm": {"count": 1, "optional": True}},
}


@pytest.fixture
def opened(page, tmp_path):
    results, text = small_page(tmp_path, ROWS, OWN, HEADER)
    page.results = results
    return page(text)


def test_totals_have_their_decimals_everywhere(page, opened):
    results = page.results
    loads = [row["Load"] for row in results.to_dicts()]
    opened.choose("#sort", "least Load")
    shown = [Decimal(text.strip("\u25be\u25b4")) for text in opened.texts("#rows td[data-label='Load']")]
    assert shown == sorted(loads) != []
    opened.type("#find", "Load <= 1.25")
    assert len(opened.texts("#rows tr")) == sum(load <= Decimal("1.25") for load in loads)
    assert any(text.startswith(f"Load {loads[0]}") for text in opened.texts("#best .point"))


def test_other_weights_of_totals_are_exact(page, opened):
    opened.click("#weigh")
    opened.type("[aria-label='Weight of Load, as a number']", "-0.125")
    own = {**OWN, "totals": {"Load": {"weight": -0.125, "max": 3}}}
    folder = page.results.config.inputs[0].rpartition("/")[0]
    with open(f"{folder}/d.json", "w") as file:
        json.dump(own, file)
    table, config, _ = eo.load_job(f"{folder}/e.csv", f"{folder}/d.json")
    again = eo.optimize(table, config)
    scores = [text.strip(" \u2007\u2008") for text in opened.texts("#rows td.score")]
    assert scores == [str(again.score(k)) for k in range(len(again))]


def test_limits_of_totals_and_counts_are_copied(opened):
    opened.evaluate(
        "Object.defineProperty(navigator, 'clipboard', {value: {writeText: async (t) => { window.copied = t; }}}); 0"
    )
    opened.type("#find", "Load <= 2.5, exotics >= 1, tiers >= 1")
    opened.click("#copy-config")
    opened.until("window.copied")
    plain = json.loads(opened.evaluate("window.copied"), parse_float=Decimal)
    assert plain["totals"]["Load"] == {"weight": Decimal("-0.1"), "max": Decimal("2.5")}
    assert plain["counts"]["exotics"]["min"] == 1
    assert "min" not in plain["counts"]["tiers"]
    assert "but for tiers >= 1" in opened.texts("#told")[0]


def copied(opened, conditions):
    """The config that the page copies under conditions, and what it says of it."""
    opened.evaluate(
        "window.copied = ''; Object.defineProperty(navigator, 'clipboard',"
        " {configurable: true, value: {writeText: async (t) => { window.copied = t; }}}); 0"
    )
    opened.type("#find", conditions)
    opened.click("#copy-config")
    opened.until("window.copied")
    return json.loads(opened.evaluate("window.copied"), parse_float=Decimal), opened.texts("#told")[0]


STRICT = {
    "limit": 30,
    "skills": {"Might": {"max": 5, "weight": 3, "min": 1, "at_most": 4}, "Swift": 2},
    "defence": 1,
    "min_defence": 4,
    "body_parts": {"Head": 1, "Body": 1, "Ring": 2},
}
STRICT_ROWS = [
    *("Might Cap,Head,5,Might,1", "Hat,Head,4,Swift,1", "Coat,Body,9,Swift,2", "Vest,Body,1,Might,2"),
    *("Red Ring,Ring,0,Might,1", "Blue Ring,Ring,0,Swift,1", "Old Ring,Ring,1,,"),
]


@pytest.mark.parametrize(
    ("conditions", "least", "most"),
    [
        ("Might >= 0, Might <= 9", 1, 4),
        ("Might >= 3, Might >= 2, Might < 4, Might <= 4", 3, 3),
        ("Might >= 1.5, Might <= 3.5", 2, 3),
        ("Might > 1.5, Might < 3.5", 2, 3),
    ],
)
def test_a_copied_limit_is_never_laxer_than_the_config_or_another_condition(page, tmp_path, conditions, least, most):
    results, text = small_page(tmp_path, STRICT_ROWS, STRICT)
    opened = page(text)
    plain, _ = copied(opened, conditions + ", Defence >= 2")
    assert (plain["skills"]["Might"]["min"], plain["skills"]["Might"]["at_most"], plain["min_defence"]) == (
        least,
        most,
        4,
    )
    (tmp_path / "again.json").write_text(opened.evaluate("window.copied"))
    table, config, _ = eo.load_job(tmp_path / "e.csv", tmp_path / "again.json")
    again = eo.optimize(table, config)
    held = [row for row in results.to_dicts() if least <= row["Might"] <= most]
    assert again.to_dicts() == held != []


def test_a_copied_choice_is_what_was_asked_for(page, tmp_path):
    opened = page(small_page(tmp_path, STRICT_ROWS, STRICT)[1])
    # One ring of the two, and pieces that meet both conditions.
    plain, told = copied(opened, '"Red Ring", Cap or Hat, "Hat"')
    assert plain["pin"] == {"Ring": {"all of": ["Red Ring"]}, "Head": ["Hat"]}
    assert "but for" not in told
    plain, told = copied(opened, "Red or Blue, Might")
    assert "pin" not in plain
    assert "but for Red or Blue, Might, which a config cannot say like this" in told
    plain, told = copied(opened, "not Might")
    assert plain["exclude"] == ["Might Cap"]
    assert "Of not Might it takes the pieces alone, and no skill, decoration or bonus that is called so." in told


def test_an_empty_place_is_named_so(opened):
    assert "(empty)" in opened.texts("#rows td[data-label='Charm']")
    opened.type("#find", "Ring")
    assert set(opened.texts("#rows td[data-label='Charm']")) == {"Ring"}
