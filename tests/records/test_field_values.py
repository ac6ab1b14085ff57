"""What is taken over for the fields of a record, and what is refused with a mend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from equipment_optimizer.errors import InputError, UsageError
from equipment_optimizer.records._field_values import exact, levels, names, texts, whole, whole_column
from equipment_optimizer.records.config import Config, FilterRule, PartRule, ResistanceRule, SkillRule, Weapon
from equipment_optimizer.records.side_files import Decoration, SetBonusStep


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (2, "2"),
        (0.1, "0.1"),
        (np.int64(-3), "-3"),
        (np.float64(0.25), "0.25"),
        (np.float32(0.5), "0.5"),
        (Decimal("1.50"), "1.50"),
        (Fraction(1, 4), "0.25"),
    ],
)
def test_numbers_are_taken_over_as_they_are_written(value: Any, number: str) -> None:
    assert exact(value, "x") == Decimal(number)


@pytest.mark.parametrize("value", ["2", None, True, float("nan"), Decimal("Infinity"), [1], 1j])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(UsageError, match="x is no finite number: "):
        exact(value, "x")


def test_whole_numbers_names_texts_and_levels() -> None:
    assert whole(np.int32(4), "x") == 4
    assert names("Hat", "x") == names(["Hat"], "x") == ("Hat",)
    assert texts([1, True, "a", Decimal("1.5")], "x") == ("1", "TRUE", "a", "1.5")
    assert texts(9, "x") == ("9",)
    assert levels({"A": 1}, "x") == levels([("A", 1)], "x") == (("A", 1),)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SkillRule(weight="2"), "weight is no finite number: '2'"),
        (lambda: SkillRule(maximum=2.5), "maximum is no whole number: 2.5"),
        (lambda: SkillRule(minimum=True), "minimum is no whole number: True"),
        (lambda: SkillRule(values=["x"]), "a value is no finite number: 'x'"),
        (lambda: ResistanceRule(weight=None), "weight is no finite number: None"),
        (lambda: FilterRule(column=3), "column is no list of names: 3"),
        (lambda: FilterRule(column="A", one_of=[None]), "one_of holds what is no name: None"),
        (lambda: FilterRule(column="A", minimum="9"), "minimum is no finite number: '9'"),
        (lambda: Decoration(name="J", slot_level=1, skills=["Fury"]), "skills are no names with levels: ['Fury']"),
        (
            lambda: Decoration(name="J", slot_level=1, skills={"Fury": "1"}),
            "the level of 'Fury' is no whole number: '1'",
        ),
        (lambda: Weapon(slots=(3, 1)), "the slots of a weapon are (3, 1)"),
        (lambda: Weapon(slots=(0, 0, 0, -1)), "the slots of a weapon are (0, 0, 0, -1)"),
        (lambda: Config(skills={"Fury": 2}), "skills hold what is no SkillRule: 2"),
        (lambda: Config(skills=[SkillRule()]), "skills are no mapping: "),
        (lambda: Config(skills={3: SkillRule()}), "skills holds what is no name: 3"),
        (lambda: Config(slot_weights=(1, 2)), "there are 2 slot weights"),
        (lambda: Config(limit="9"), "limit is no whole number: '9'"),
        (lambda: Config(over_max="Cap"), "over_max is 'Cap'"),
        (lambda: Config(pin={"Head": 3}), "pin is no list of names: 3"),
        (lambda: Config(exclude=[3]), "exclude holds what is no name: 3"),
        (lambda: Config(filters={"Rarity": {"min": 9}}), "filters hold what is no FilterRule: "),
        (lambda: Config(decorations=[{"name": "J"}]), "decorations hold what is no Decoration: "),
        (lambda: Config(set_bonuses="Oath"), "set_bonuses hold what is no SetBonusStep: 'Oath'"),
        (lambda: Config(weapon={"slots": [1]}), "weapon hold what is no Weapon: "),
        (lambda: Config(body_parts=["Head"]), "body_parts are no names with levels: ['Head']"),
    ],
)
def test_what_a_field_cannot_mean_is_a_usage_error_with_a_mend(make: Callable[[], object], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        make()
    assert caught.value.message.startswith(message)
    assert caught.value.mend


def test_records_take_over_what_is_plainly_meant() -> None:
    config = Config(
        skills={"Fury": SkillRule(weight=1, penalty=0.5, values=[0, 1])},
        slot_weights=[0, 0, 1, 2],
        defence_weight=0.1,
        exclude="Hat",
        pin={"Head": ["Cap"]},
        filters=[FilterRule(column="Rarity", maximum=9, none_of=3)],
        decorations=[Decoration(name="J", slot_level=1, skills={"Fury": 1})],
        set_bonuses=[SetBonusStep(bonus="Oath", pieces_required=2, skill="Fury", level=1)],
        weapon=Weapon(slots=[1, 0, 0, 0], skills={"Fury": 1}, set_bonuses="Oath"),
        body_parts={"Head": 1, "Ring": 2},
    )  # type: ignore[arg-type]
    assert config.skills["Fury"].values == (Decimal(0), Decimal(1))
    assert (config.exclude, config.pin) == (("Hat",), {"Head": ("Cap",)})
    assert config.body_parts == {"Head": PartRule(), "Ring": PartRule(count=2)}
    assert config.weapon == Weapon(slots=(1, 0, 0, 0), skills=(("Fury", 1),), set_bonuses=("Oath",))
    assert replace(config) == config
    assert hash(config.filters[0]) == hash(replace(config.filters[0]))


def test_numbers_are_made_whole_by_one_power_of_ten() -> None:
    numbers, digits = whole_column(["1.5", "", "-0.25", "3", "1e2"], "Weight")
    assert (numbers, digits) == ([150, 0, -25, 300, 10_000], 2)
    assert whole_column([], "Weight")[1] == 0


@pytest.mark.parametrize("cell", ["heavy", "nan", "1/3", "1e-19", "1e19"])
def test_what_is_no_number_or_too_long_is_refused(cell: str) -> None:
    with pytest.raises(InputError):
        whole_column([cell, "1"], "Weight")
