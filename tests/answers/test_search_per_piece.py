"""What pieces are worth where parts draw from others or may stay empty, and under a formula: against all builds."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from oracle import best_builds

from equipment_optimizer.answers.piece_values import piece_values
from equipment_optimizer.errors import InfeasibleError
from equipment_optimizer.records.config import Config, FilterRule, PartRule, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, Sum, Term
from equipment_optimizer.records.side_files import Decoration

DRAWN = {
    "Util": PartRule(count=1, optional=False, drawn_from=("Runner", "Catcher")),
    "Runner": PartRule(count=2),
    "Catcher": PartRule(count=1, optional=True),
}
EMPTY = {"Runner": PartRule(count=2, optional=True), "Catcher": PartRule(count=1, optional=True)}


def drawn_pieces(rng: random.Random, parts) -> list[EquipmentPiece]:
    pieces = []
    for part in ("Runner", "Catcher"):
        for number in range(rng.randint(3, 4)):
            skills = ((rng.choice("ABC"), rng.randint(1, 2)),)
            slots = (rng.randint(0, 1), 0, 0, 0)
            pieces.append(EquipmentPiece(f"{part} {number}", part, rng.randint(-3, 6), skills=skills, slots=slots))
    rng.shuffle(pieces)
    return pieces


def drawn_config(rng: random.Random, parts) -> Config:
    rules = {name: SkillRule(weight=rng.randint(-1, 3), penalty=0, maximum=rng.randint(1, 3)) for name in "ABC"}
    jewels = (Decoration(name="Jewel", slot_level=1, skills=(("A", 1),)),) if rng.random() < 0.5 else None
    return Config(body_parts=parts, skills=rules, defence_weight=1, decorations=jewels, limit=rng.choice([1, 3, 8]))


def held(build, piece) -> bool:
    return any(own.name == piece.name for own in build.pieces)


@pytest.mark.parametrize("parts", [DRAWN, EMPTY], ids=["drawn", "optional"])
@pytest.mark.parametrize("seed", range(12))
def test_every_value_is_that_of_all_builds(seed: int, parts) -> None:
    rng = random.Random(seed)
    pieces, config = drawn_pieces(rng, parts), drawn_config(rng, parts)
    table = EquipmentTable.from_pieces(pieces, body_parts=parts)
    values = {value.name: value for value in piece_values(table, config)}
    assert sorted(values) == sorted(piece.name for piece in pieces)
    builds = best_builds(pieces, config, None, ())
    for piece in pieces:
        value = values[piece.name]
        with_it = [build.score for build in builds if held(build, piece)]
        without = [build.score for build in builds if not held(build, piece)]
        assert value.body_part == piece.body_part
        assert value.is_proved
        assert Fraction(value.best) == with_it[0]
        assert Fraction(value.loss) == builds[0].score - with_it[0]
        assert Fraction(value.loss_when_sold) == builds[0].score - without[0]
        assert value.n_listed == sum(held(build, piece) for build in builds[: config.limit])
        assert value.is_never_useful == (value.n_listed == 0)


@pytest.mark.parametrize("parts", [DRAWN, EMPTY], ids=["drawn", "optional"])
@pytest.mark.parametrize("seed", range(8))
def test_wishes_and_pairs_bring_what_all_builds_say(seed: int, parts) -> None:
    rng = random.Random(seed)
    pieces, config = drawn_pieces(rng, parts), drawn_config(rng, parts)
    by_part = {part: [piece for piece in pieces if piece.body_part == part] for part in ("Runner", "Catcher")}
    wishes = [by_part["Runner"][0], by_part["Catcher"][0]]
    owned = [piece for piece in pieces if piece not in wishes]
    table, more = (EquipmentTable.from_pieces(some, body_parts=parts) for some in (owned, wishes))
    values = [value for value in piece_values(table, config, wishes=more, pairs=True) if value.kind != "piece"]
    top = best_builds(owned, config, 1, ())[0].score
    both = best_builds(pieces, config, 1, ())[0].score
    by_name = {wish.name: wish for wish in wishes}
    for value in values:
        assert value.is_proved
        if value.kind == "pair":
            assert Fraction(value.best) == both
            assert Fraction(value.gain) == both - top
            continue
        wish = by_name[value.name]
        builds = best_builds([*owned, wish], config, None, ())
        with_it = next(build.score for build in builds if held(build, wish))
        assert Fraction(value.best) == with_it
        assert Fraction(value.gain) == max(with_it - top, 0)
    assert [value.kind for value in values].count("pair") == 1


def test_a_wish_that_lifts_the_best_score_to_nothing_at_all_brings_what_was_missing() -> None:
    parts = {"Util": PartRule(drawn_from=("Runner",)), "Runner": PartRule()}
    runners = [EquipmentPiece(name, "Runner", defence) for name, defence in (("A", -3), ("B", -2), ("C", 2))]
    table, more = (EquipmentTable.from_pieces(some, body_parts=parts) for some in (runners[:2], runners[2:]))
    config = Config(body_parts=parts, defence_weight=1, skills={})
    wish = piece_values(table, config, wishes=more)[-1]
    assert (wish.best, wish.gain) == (0, 5)


@pytest.mark.parametrize("seed", range(8))
def test_under_a_formula_every_value_is_that_of_all_builds(seed: int) -> None:
    rng = random.Random(seed)
    pieces = [
        EquipmentPiece(f"{part} {n}", part, skills=(("Edge", rng.randint(0, 3)),), other=(str(rng.randint(0, 9)),))
        for part in ("Head", "Body", "Legs")
        for n in range(3)
    ]
    table = EquipmentTable.from_pieces(pieces, other_names=("Power",))
    # Digits that the context of decimals has no room for, in every second job.
    times = 10**16 + 1 if seed % 2 else 1
    raw = Factor(name="raw", base=5, terms=(Term(kind="column", name="Power", weight=1),))
    long = Factor(name="long", times=(Sum(base=times), Sum(base=times)))
    edge = Factor(name="edge", base=1, terms=(Term(kind="skill", name="Edge", weight=Decimal("0.25")),))
    config = Config(formula=Formula(factors=(raw, edge, long)), limit=4)
    builds = [
        (
            times**2
            * (5 + sum(int(piece.other[0]) for piece in build))
            * (1 + Fraction(sum(dict(p.skills)["Edge"] for p in build), 4)),
            build,
        )
        for build in itertools.product(
            *([p for p in table if p.body_part == part] for part in ("Head", "Body", "Legs"))
        )
    ]
    top = max(score for score, _ in builds)
    for piece, value in zip(table, piece_values(table, config), strict=True):
        with_it = max(score for score, build in builds if piece.name in [own.name for own in build])
        without = max(score for score, build in builds if piece.name not in [own.name for own in build])
        assert (value.name, value.is_proved) == (piece.name, True)
        assert Fraction(value.best) == with_it
        assert Fraction(value.loss_when_sold) == top - without
        assert "." not in str(value.loss_when_sold) or not str(value.loss_when_sold).endswith("0")


def test_after_a_stop_nothing_is_proved() -> None:
    rng = random.Random(1)
    table = EquipmentTable.from_pieces(drawn_pieces(rng, DRAWN), body_parts=DRAWN)
    values = piece_values(table, drawn_config(rng, DRAWN), should_stop=lambda: True)
    assert len(values) >= 6
    assert not any(value.is_proved for value in values)


LACKING_PARTS = {"Head": PartRule(), "Ring": PartRule(count=2)}
POWER = Formula(factors=(Factor(name="power", base=0, terms=(Term(kind="column", name="Power", weight=1),)),))


def lacking_job(n_rings: int):
    owned = [("Cap", "Head", 1), ("Hat", "Head", 3), ("Band", "Ring", 5), ("Loop", "Ring", 2)][: 2 + n_rings]
    wishes = [("Crown", "Head", 9), ("Coil", "Ring", 4), ("Gem", "Ring", 7)]
    return (
        EquipmentTable.from_pieces(
            [EquipmentPiece(name, part, points, other=(str(points),)) for name, part, points in some],
            body_parts=LACKING_PARTS,
            other_names=("Power",),
        )
        for some in (owned, wishes)
    )


WITH_LOOP = {"Coil": 9, "Gem": 12, "Crown + Coil": 15, "Crown + Gem": 18, "Coil + Gem": 14}
WITH_BAND = {"Coil": 12, "Gem": 15, "Crown + Coil": 18, "Crown + Gem": 21, "Coil + Gem": 15}


@pytest.mark.parametrize("score", [{"defence_weight": 1}, {"formula": POWER}], ids=["weights", "formula"])
@pytest.mark.parametrize(
    ("n_rings", "rules", "expected"),
    [
        (2, {"exclude": ("Band",)}, WITH_LOOP),
        (2, {"pin": {"Ring": ("Loop",)}}, WITH_LOOP),
        (2, {"exclude": ("Band", "Loop")}, {"Coil + Gem": 14}),
        (2, {"filters": (FilterRule(column="Power", minimum=3),)}, WITH_BAND),
        (2, {"exclude": ("Cap", "Hat")}, {"Crown": 16, "Crown + Coil": 18, "Crown + Gem": 21}),
        (1, {}, WITH_BAND),
        (1, {"min_defence": 14}, {"Gem": 15, "Crown + Coil": 18, "Crown + Gem": 21, "Coil + Gem": 15}),
    ],
)
def test_what_no_build_is_made_without_alone_has_a_score(n_rings: int, rules, expected, score) -> None:
    table, more = lacking_job(n_rings)
    config = Config(body_parts=LACKING_PARTS, skills={}, limit=3, **score, **rules)
    values = piece_values(table, config, wishes=more, pairs=True)
    assert {value.name: value.best for value in values if value.best is not None} == expected
    for value in values:
        assert value.is_proved
        assert (value.loss, value.loss_when_sold, value.gain) == (None, None, None)
        assert value.kind == "pair" or not value.is_allowed or value.is_never_useful == (value.name not in expected)
        assert value.n_listed == (0 if value.kind == "piece" and value.is_allowed else None)


def test_a_rule_that_leaves_no_piece_of_a_part_is_told_where_nothing_is_wished_for() -> None:
    table, _ = lacking_job(2)
    config = Config(body_parts=LACKING_PARTS, skills={}, defence_weight=1, exclude=("Band",))
    for decorations in (False, True):
        with pytest.raises(InfeasibleError, match=r"a build takes 2 pieces of Ring, and there is 1 left"):
            piece_values(table, config, decorations=decorations)


def test_builds_are_made_without_parts_that_only_draw_what_is_wished_for() -> None:
    parts = {"Head": PartRule(), "Spare": PartRule(drawn_from=("Head",)), "Body": PartRule()}
    table, more = (
        EquipmentTable.from_pieces([EquipmentPiece(name, part, points)], body_parts=parts)
        for name, part, points in (("Mail", "Body", 5), ("Cap", "Head", 2))
    )
    values = piece_values(table, Config(body_parts=parts, skills={}, defence_weight=1), wishes=more)
    assert [(value.name, value.best, value.gain) for value in values] == [("Mail", 5, None), ("Cap", 7, 2)]


def test_parts_that_have_too_few_pieces_in_common_are_told() -> None:
    parts = {"Ring": PartRule(), "Hand": PartRule(count=2, drawn_from=("Ring",))}
    rings = [EquipmentPiece(name, "Ring", 1) for name in ("Band", "Loop", "Coil")]
    tables = [EquipmentTable.from_pieces(some, body_parts=parts) for some in (rings[:2], rings[2:], rings)]
    config = Config(body_parts=parts, skills={}, defence_weight=1)
    with pytest.raises(
        InfeasibleError, match=r"^Ring and Hand share pieces, and there are not enough for all of them\n"
    ):
        piece_values(tables[0], config)
    with pytest.raises(InfeasibleError, match="not enough left for all of them: of 3, exclude rejects 1"):
        piece_values(tables[2], replace(config, exclude=("Loop",)))
    # A wish may be what lacks.
    assert [value.best for value in piece_values(tables[0], config, wishes=tables[1])] == [None, None, 3]


KEPT_OUT = FilterRule(column="Kind", none_of=("Hood",), parts=("Head",))


@pytest.mark.parametrize("rule", [{"pin": {"Head": ("Cap",)}}, {"filters": (KEPT_OUT,)}], ids=["pin", "filter"])
def test_a_piece_that_a_rule_keeps_out_of_its_own_part_is_worth_what_it_brings_where_it_may_be(rule) -> None:
    parts = {"Head": PartRule(count=1), "Flex": PartRule(count=1, optional=True, drawn_from=("Head",))}
    own = [("Cap", "Head", -4), ("Hood", "Head", 7), ("Veil", "Flex", 8)]
    pieces = [EquipmentPiece(name, part, n, other=(name,)) for name, part, n in own]
    config = Config(body_parts=parts, defence_weight=1, limit=1, **rule)
    for n_pieces, loss in ((2, 0), (3, 1)):
        table = EquipmentTable.from_pieces(pieces[:n_pieces], body_parts=parts, other_names=("Kind",))
        hood = next(value for value in piece_values(table, config) if value.name == "Hood")
        # As a head it would bring 7, or 15 beside the veil.
        assert (hood.best, hood.loss) == (3, loss)
