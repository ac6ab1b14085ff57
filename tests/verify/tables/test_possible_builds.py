"""What builds come to with pieces that might be got, by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from equipment_optimizer.records.config import Config, Decoration, PartRule, ResistanceRule, SkillRule, TotalRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.verify._conditions import allowed_rows
from equipment_optimizer.verify._definition import Definition
from equipment_optimizer.verify.tables._possible_builds import PossibleBuilds, own_pieces

GEM = Decoration(name="Gem", slot_level=1, skills=(("Guard", 1),), available=0)


def possible(pieces, wishes=(), talismans=(), **config):
    config = Config(**{"defence_weight": 1, "skills": {}, "slot_weights": (0,) * 4, "slot_count_weight": 0, **config})
    table = EquipmentTable.from_pieces(pieces, body_parts=config.body_parts)
    wished = EquipmentTable.from_pieces(wishes, body_parts=config.body_parts, other_names=["Rank"]) if wishes else None
    definition = Definition(table, config)
    return PossibleBuilds(definition, allowed_rows(table, config), wished, talismans, seed=0, should_stop=None)


def head(name: str, defence: int, **more) -> EquipmentPiece:
    return EquipmentPiece(name, "Head", defence, **more)


def wish(name: str, defence: int, part: str = "Head") -> EquipmentPiece:
    return EquipmentPiece(name, part, defence, other=("low",))


def best(outcome):
    assert outcome.is_whole
    return outcome.best


def test_a_wish_takes_the_place_of_its_part() -> None:
    builds = possible([head("Cap", 5), EquipmentPiece("Mail", "Body", 2)], [wish("Helm", 3), wish("Plate", 9, "Body")])
    assert best(builds.with_pieces([0], [], 100)) == 5
    assert best(builds.with_pieces([1], [], 100)) == 14
    assert best(builds.with_pieces([0, 1], [], 100)) == 12


def test_two_wishes_of_one_place_are_in_no_build() -> None:
    builds = possible([head("Cap", 5)], [wish("Helm", 3), wish("Veil", 9)])
    assert builds.with_pieces([0, 1], [], 100) == (None, True, 0)


def test_two_wishes_fill_a_part_of_two_places() -> None:
    rule = {"Head": PartRule(count=2)}
    builds = possible([head("Cap", 5), head("Hood", 1)], [wish("Helm", 3), wish("Veil", 9)], body_parts=rule)
    assert best(builds.with_pieces([0], [], 100)) == 8
    assert best(builds.with_pieces([1, 0], [], 100)) == 12


def test_what_rules_pieces_out_does_not_concern_wishes() -> None:
    builds = possible([head("Cap", 5), head("Hood", 1)], [wish("Helm", 3)], pin={"Head": ("Hood",)})
    assert best(builds.with_pieces([0], [], 100)) == 3


def test_a_part_that_only_wishes_have_holds_nothing_so_far() -> None:
    builds = possible([head("Cap", 5)], [wish("Plate", 9, "Body"), wish("Ring", 2, "Charm"), wish("Helm", 1)])
    assert best(builds.with_pieces([0], [], 100)) == 14
    assert best(builds.with_pieces([2], [], 100)) == 1
    assert best(builds.with_pieces([0, 1], [], 100)) == 16


def test_a_wish_may_be_drawn_into_another_part() -> None:
    parts = {"Head": PartRule(), "Flex": PartRule(drawn_from=("Head",))}
    builds = possible([head("Cap", 5), head("Hood", 1)], [wish("Helm", 3)], body_parts=parts)
    assert best(builds.with_pieces([0], [], 100)) == 8


def test_a_talisman_gives_its_skill() -> None:
    ring = EquipmentPiece("Guard 2", "Charm", skills=(("Guard", 2),))
    builds = possible([head("Cap", 5)], [wish("Helm", 6)], [ring], skills={"Guard": SkillRule(weight=3, maximum=4)})
    assert best(builds.with_pieces([1], [], 100)) == 11


@pytest.mark.parametrize("n_builds", [100, 2])
def test_one_more_of_a_decoration(n_builds: int) -> None:
    pieces = [head("Cap", 5), head("Hood", 4, slots=(2, 0, 0, 0))]
    builds = possible(pieces, skills={"Guard": SkillRule(weight=3, maximum=4)}, decorations=(GEM,))
    outcome = builds.with_decoration(0, [(1,)], n_builds)
    assert outcome.best == Fraction(7)


def test_with_more_builds_than_may_be_tried_good_ones_get_the_piece() -> None:
    bodies = [EquipmentPiece(f"Mail {n}", "Body", n) for n in range(50)]
    builds = possible([head("Cap", 5), *bodies], [wish("Helm", 3)])
    assert builds.with_pieces([0], [(0, 50)], 4) == (Fraction(52), False, 4)


def test_pieces_that_several_parts_may_draw_are_of_the_first_of_them() -> None:
    parts = {"Head": PartRule(), "Flex": PartRule(drawn_from=("Head",))}
    config = Config(body_parts=parts)
    table = EquipmentTable.from_pieces([head("Cap", 5), EquipmentPiece("Sash", "Flex", 1)], body_parts=parts)
    assert [piece.body_part for piece in own_pieces(table, config).values()] == ["Head", "Flex"]


def test_of_several_places_the_best_counts() -> None:
    parts = {"Head": PartRule(), "Flex": PartRule(drawn_from=("Head",))}
    builds = possible([head("Cap", 5), head("Hood", 1)], [wish("Helm", 3)], body_parts=parts, pin={"Head": ("Hood",)})
    # In place of the one that is pinned, with any other, or beside it.
    assert best(builds.with_pieces([0], [], 100)) == 8


def test_of_a_decoration_that_there_are_some_of_there_is_one_more() -> None:
    gem = Decoration(name="Gem", slot_level=1, skills=(("Guard", 1),), available=2)
    pieces = [head("Hood", 4, slots=(9, 0, 0, 0))]
    builds = possible(pieces, skills={"Guard": SkillRule(weight=3, maximum=9)}, decorations=(gem,))
    assert best(builds.with_decoration(0, [], 100)) == 4 + 3 * 3


def test_wishes_and_pieces_have_the_columns_of_both() -> None:
    def piece(name: str, *, fire: int = 0, rank: str = "") -> EquipmentPiece:
        return EquipmentPiece(name, "Head", resistances=(fire,) if fire else (), other=(rank,) if rank else ())

    totals = {"Price": TotalRule(weight=1)}
    config = Config(defence_weight=0, skills={}, slot_weights=(0,) * 4, slot_count_weight=0, totals=totals)
    config = replace(config, resistances={"Fire Res": ResistanceRule(weight=1)})
    table = EquipmentTable.from_pieces([piece("Cap", rank="50")], other_names=["Price"])
    wishes = EquipmentTable.from_pieces([piece("Helm", fire=7)], resistance_names=["Fire Res"])
    ring = EquipmentPiece("Guard 1", "Charm", skills=(("Guard", 1),))
    builds = PossibleBuilds(
        Definition(table, config), allowed_rows(table, config), wishes, [ring], seed=0, should_stop=None
    )
    assert best(builds.with_pieces([0], [], 100)) == 7
    assert best(builds.with_pieces([1], [], 100)) == 50 + 1


def test_a_good_build_has_nothing_in_optional_places_that_only_wishes_fill() -> None:
    parts = {"Head": PartRule(), "Charm": PartRule(count=3, optional=True), "Body": PartRule()}
    bodies = [EquipmentPiece(f"Mail {n}", "Body", n) for n in range(50)]
    rings = [EquipmentPiece(f"Ring {n}", "Charm", 1, other=("low",)) for n in range(2)]
    builds = possible([head("Cap", 5), *bodies], rings, body_parts=parts)
    assert builds.with_pieces([0], [(0, 50)], 2).best == 5 + 49 + 1
    assert builds.with_pieces([1, 0], [(0, 50)], 2).best == 5 + 49 + 2
