"""Hypothesis strategies, biased to trouble: ties, zeros, negative weights, one-piece parts."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st
from random_problems import Job

from equipment_optimizer.records.config import Config, ResistanceRule, SetBonusStep, SkillRule, Weapon
from equipment_optimizer.records.equipment import EquipmentPiece

SKILLS = ("Attack", "Guard", "Luck")
BONUSES = ("Bear", "Wolf")

weights = st.sampled_from([Decimal(text) for text in ("0", "1", "1", "2", "-1", "0.5", "-0.25", "0.1")])
levels = st.sampled_from([1, 1, 1, 2, 3, 0, -1])

#: Sizes of parts: mostly tiny, so that spaces stay small and boundaries come up.
part_sizes = st.lists(st.integers(1, 4), min_size=1, max_size=6)

#: Sizes and counts of parts, some of which a build takes several pieces of.
spaces = st.lists(
    st.integers(1, 6).flatmap(lambda size: st.tuples(st.just(size), st.integers(1, min(size, 3)))),
    min_size=1,
    max_size=5,
)


@st.composite
def pieces(draw: st.DrawFn, part: str, n_resistances: int) -> EquipmentPiece:
    """A piece of a part; names repeat often."""
    return EquipmentPiece(
        name=draw(st.sampled_from(["plain", "fine", f"{part} thing"])),
        body_part=part,
        defence=draw(st.integers(0, 3)),
        slots=(draw(st.integers(0, 1)), 0, draw(st.integers(0, 2)), 0),
        skills=tuple(draw(st.dictionaries(st.sampled_from(SKILLS), levels, max_size=3)).items()),
        resistances=tuple(draw(st.integers(-2, 2)) for _ in range(n_resistances)),
        set_bonuses=tuple(sorted(draw(st.sets(st.sampled_from(BONUSES))))),
    )


@st.composite
def rules(draw: st.DrawFn) -> SkillRule:
    """A rule for a listed skill, of every kind."""
    minimum = draw(st.sampled_from([None, None, None, 0, 1, 2]))
    kind = draw(st.sampled_from(["plain", "plain", "values", "raised"]))
    if kind == "values":
        return SkillRule(values=tuple(draw(st.lists(weights, min_size=1, max_size=4))), minimum=minimum)
    rule = SkillRule(weight=draw(weights), penalty=draw(weights), maximum=draw(st.integers(0, 4)), minimum=minimum)
    if kind == "plain":
        return rule
    return SkillRule(
        weight=rule.weight, penalty=rule.penalty, minimum=minimum, maximum=None,
        locked_maximum=draw(st.integers(0, 2)), raised_maximum=3, raised_by=draw(st.sampled_from(SKILLS)),
    )  # fmt: skip


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    """A job with everything but decorations; at most a few hundred builds."""
    parts = [("Head", 1), ("Ring", draw(st.integers(1, 2))), ("Weapon", 1)]
    own = [piece for part, count in parts for piece in draw(st.lists(pieces(part, 1), min_size=count, max_size=5))]
    steps = st.builds(
        SetBonusStep, bonus=st.sampled_from(BONUSES), pieces_required=st.integers(1, 3),
        skill=st.sampled_from(SKILLS), level=st.integers(1, 3),
    )  # fmt: skip
    config = Config(
        skills=draw(st.dictionaries(st.sampled_from(SKILLS), rules(), max_size=3)),
        slot_weights=(draw(weights), Decimal(0), draw(weights), Decimal(0)),
        slot_count_weight=draw(weights),
        defence_weight=draw(weights),
        unlisted_skill_weight=draw(weights),
        over_max=draw(st.sampled_from(["penalty", "cap"])),
        min_defence=draw(st.sampled_from([None, None, 2])),
        resistances={"Fire": ResistanceRule(weight=draw(weights), minimum=draw(st.sampled_from([None, None, 0])))},
        set_bonuses=draw(st.none() | st.lists(steps, max_size=3).map(tuple)),
        weapon=draw(st.none() | st.just(Weapon(slots=(1, 0, 0, 0), skills=(("Guard", 1),), set_bonuses=("Wolf",)))),
        body_parts=tuple(parts),
        limit=draw(st.sampled_from([1, 2, 5, 1_000])),
    )
    return Job(own, config, ("Fire",))
