"""Seeded random jobs, biased to trouble: ties, zeros, negative weights, tiny parts.

`random_job` draws everything from one `random.Random`, so a failing case is one
seed. Which features occur is chosen by the caller.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal

from equipment_optimizer.records.config import (
    Config,
    Decoration,
    PartRule,
    ResistanceRule,
    SetBonusStep,
    SkillRule,
    Weapon,
)
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable

SKILLS = ("Attack", "Guard", "Haste", "Luck", "Focus")
BONUSES = ("Wolf", "Bear")
WEIGHTS = ("0", "1", "1", "2", "-1", "0.5", "0.25", "3", "-0.25", "1.5")


@dataclass(frozen=True)
class Job:
    """A random job."""

    pieces: list[EquipmentPiece]
    config: Config
    resistance_names: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()
    table: EquipmentTable = field(init=False)

    def __post_init__(self) -> None:
        table = EquipmentTable.from_pieces(
            self.pieces,
            body_parts=self.config.body_parts,
            resistance_names=self.resistance_names,
            other_names=self.other_names,
        )
        object.__setattr__(self, "table", table)


def _weight(rng: random.Random) -> Decimal:
    return Decimal(rng.choice(WEIGHTS))


def _skills(rng: random.Random, most: int) -> tuple[tuple[str, int], ...]:
    names = rng.sample(SKILLS, rng.choice([0, *range(1, most + 1)]))
    return tuple((name, rng.choice([1, 1, 2, 3, 0, -1] if rng.random() < 0.2 else [1, 1, 2])) for name in names)


def _pieces(rng: random.Random, parts: list[tuple[str, int]], *, full: bool, n_most: int) -> list[EquipmentPiece]:
    pieces = []
    for part, count in parts:
        n_pieces = rng.choice([0, 1, 1, 2, 3, n_most])
        if n_pieces and n_pieces < count:
            n_pieces = count
        for i in range(n_pieces):
            slots = tuple(rng.choice([0, 0, 0, 1] if full else [0, 0, 1, 2]) for _ in range(4))
            pieces.append(
                EquipmentPiece(
                    name=f"{part} {rng.choice('abc')}{i}",
                    body_part=part,
                    defence=rng.choice([0, 1, 1, 5]),
                    slots=slots,  # type: ignore[arg-type]
                    skills=_skills(rng, 3),
                    resistances=(rng.choice([-2, 0, 1]),) if full else (),
                    set_bonuses=tuple(sorted(rng.sample(BONUSES, rng.choice([0, 1, 2])))) if full else (),
                )
            )
            if rng.random() < 0.25:  # identical rows are ties
                pieces.append(pieces[-1]._replace(name="again"))
    if not pieces:
        only = EquipmentPiece("only", parts[0][0], resistances=(0,) if full else ())
        pieces.append(only)
        pieces.extend(only._replace(name="more") for _ in range(parts[0][1] - 1))
    rng.shuffle(pieces)
    return pieces


def _rule(rng: random.Random, *, full: bool, over_max: str) -> SkillRule:
    minimum = rng.choice([None, None, None, 1, 2]) if full else None
    if full and rng.random() < 0.2:
        return SkillRule(values=tuple(_weight(rng) for _ in range(rng.choice([1, 3, 4]))), minimum=minimum)
    if full and rng.random() < 0.25:
        return SkillRule(
            weight=_weight(rng), penalty=_weight(rng), maximum=None, minimum=minimum,
            locked_maximum=1, raised_maximum=rng.choice([2, 3]), raised_by=rng.choice(SKILLS),
        )  # fmt: skip
    maximum = rng.choice([0, 1, 2, 3, 7, None]) if full else rng.choice([0, 1, 2, 3, 7])
    return SkillRule(weight=_weight(rng), penalty=_weight(rng), maximum=maximum, minimum=minimum)


def _with_weapon_slots(rng: random.Random, piece: EquipmentPiece) -> EquipmentPiece:
    """The piece with some of its slots for weapon decorations."""
    one, two, three, four = (rng.randint(0, count) for count in piece.slots)
    return piece._replace(weapon_slots=(one, two, three, four))


def random_job(rng: random.Random, *, full: bool = False, decorations: bool = False, n_most: int = 4) -> Job:
    """A random job; `full` switches every feature but decorations on."""
    parts = [("Head", 1), ("Body", 1), ("Arms", 1), ("Waist", 1), ("Legs", 1), ("Charm", 1)]
    if full and rng.random() < 0.3:
        parts = [("Head", 1), ("Ring", rng.choice([2, 3])), ("Weapon", 1)]
    if decorations:
        parts = rng.sample(parts, min(3, len(parts)))
    over_max = rng.choice(["penalty", "cap"]) if full else "penalty"
    zero = rng.random() < 0.1
    extra: dict[str, object] = {}
    if full:
        extra = {
            "over_max": over_max,
            "min_defence": rng.choice([None, None, 2]),
            "resistances": {"Fire": ResistanceRule(weight=_weight(rng), minimum=rng.choice([None, None, 0]))},
            "set_bonuses": tuple(
                SetBonusStep(
                    bonus=rng.choice(BONUSES), pieces_required=rng.choice([1, 2, 2, 3]),
                    skill=rng.choice(SKILLS), level=rng.choice([1, 1, 2, 3]),
                )
                for _ in range(rng.choice([0, 1, 3]))
            ),
            "weapon": Weapon(
                slots=(1, 0, rng.choice([0, 1]), 0) if rng.random() < 0.5 else (0, 0, 0, 0),
                skills=_skills(rng, 1), set_bonuses=("Wolf",) if rng.random() < 0.3 else (),
            ) if rng.random() < 0.4 else None,
        }  # fmt: skip
    on_weapon = ""
    if decorations:
        extra["decorations"] = tuple(
            Decoration(
                name=f"Jewel {i}", slot_level=rng.choice([1, 1, 2, 3, 4]),
                skills=tuple((s, rng.choice([1, 1, 2])) for s in rng.sample(SKILLS, rng.choice([1, 1, 2]))),
                available=rng.choice([None, None, 0, 1, 2]),
                allowed_on=rng.choice(["any", "any", "any", "armor", "weapon"]),
            )
            for i in range(rng.choice([0, 1, 3, 4]))
        )  # fmt: skip
        if rng.random() < 0.3:
            on_weapon = rng.choice(parts)[0]
    config = Config(
        skills={
            name: _rule(rng, full=full, over_max=over_max) for name in rng.sample(SKILLS, rng.choice([0, 1, 2, 3, 5]))
        },
        slot_weights=tuple(Decimal(0) if zero else _weight(rng) for _ in range(4)),  # type: ignore[arg-type]
        slot_count_weight=Decimal(0) if zero else _weight(rng),
        defence_weight=Decimal(0) if zero else rng.choice([Decimal(0), Decimal("0.01"), _weight(rng)]),
        unlisted_skill_weight=Decimal(0) if zero else rng.choice([Decimal(1), Decimal(0), _weight(rng)]),
        limit=rng.choice([1, 2, 7, 100]),
        body_parts={part: PartRule(count=count, takes_weapon_decorations=part == on_weapon) for part, count in parts},
        **extra,  # type: ignore[arg-type]
    )
    pieces = _pieces(rng, parts, full=full, n_most=n_most if not decorations else 3)
    if decorations and rng.random() < 0.3:
        pieces = [_with_weapon_slots(rng, piece) for piece in pieces]
    return Job(pieces, config, ("Fire",) if full else ())
