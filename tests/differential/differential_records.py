"""What the files of a random case mean, as the records that the oracle judges by; shares nothing with the loader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from differential_cases import RESISTANCES, Case, Number, all_pieces, declared_parts
from differential_formulas import formula_columns, formula_of
from differential_limits import columns_of, filter_rules, limits_of

from equipment_optimizer.records.config import (
    Config,
    Decoration,
    FilterRule,
    ResistanceRule,
    SetBonusStep,
    SkillCap,
    SkillRule,
    Weapon,
)
from equipment_optimizer.records.equipment import EquipmentPiece

# --- the truth of a case, for the oracle --------------------------------------------


class Records(NamedTuple):
    """A case as records: all pieces, the configuration, and what their tuples hold."""

    pieces: list[EquipmentPiece]
    config: Config
    resistance_names: tuple[str, ...]
    other_names: tuple[str, ...]


def _decimal(value: Any) -> Decimal:
    return Decimal(str(value))


def _summed(skills: Sequence[Sequence[Any]]) -> tuple[tuple[str, int], ...]:
    """Skills with levels, the same name added up."""
    levels: dict[str, int] = {}
    for name, level in skills:
        levels[name] = levels.get(name, 0) + level
    return tuple(levels.items())


def resistance_columns(case: Case) -> tuple[str, ...]:
    """Resistances that the equipment file has a column for."""
    return tuple(name for name in RESISTANCES if any(name in piece["resistances"] for piece in case.pieces))


def records_of(case: Case) -> Records:
    """What the files of a case mean."""
    names, config = resistance_columns(case), config_of(case)
    columns = tuple(dict.fromkeys((*columns_of(config.filters, limits_of(case)), *formula_columns(case))))
    pieces = [
        EquipmentPiece(
            name=piece["name"],
            body_part=piece["part"],
            defence=piece["defence"],
            slots=tuple(piece["slots"]),
            skills=_summed(piece["skills"]),
            resistances=tuple(piece["resistances"].get(name, 0) for name in names),
            set_bonuses=tuple(dict.fromkeys(piece["bonuses"])),
            other=tuple(cell_of(piece, column, case) for column in columns),
        )
        for piece in all_pieces(case)
    ]
    return Records(pieces, config, names, columns)


def cell_of(piece: dict[str, Any], column: str, case: Case) -> str:
    """The text of a column that filters and formulas may name."""
    if column == "Defence":
        return "" if case.style.get("blank_zeros") and not piece["defence"] else str(piece["defence"])
    return piece["name"] if column == "Name" else piece["other"].get(column, "")


def config_of(case: Case) -> Config:
    """What the configuration and side files of a case mean."""
    config, one = case.config, Number("1")
    slots = config.get("decorations", {})
    caps = {row["name"]: _cap(row) for row in case.skills_file or ()}
    weapon = config.get("weapon")
    return Config(
        formula=formula_of(case),
        skills={name: _rule(rule, caps.get(name)) for name, rule in config.get("skills", {}).items()},
        slot_weights=tuple(_decimal(slots.get(f"deco_{level}", one)) for level in (1, 2, 3, 4)),
        slot_count_weight=_decimal(slots.get("num_decos", one)),
        defence_weight=_decimal(config.get("defence", one)),
        unlisted_skill_weight=_decimal(config.get("unlisted_skill_weight", one)),
        limit=config.get("limit", 1),
        over_max=config.get("over_max", "penalty"),
        min_defence=config.get("min_defence"),
        resistances={
            name.capitalize(): ResistanceRule(
                weight=_decimal(rule.get("weight", 0)), minimum=rule.get("min"), maximum=rule.get("max")
            )
            for name, rule in config.get("resistances", {}).items()
        },
        exclude=tuple(dict.fromkeys(config.get("exclude", ()))),
        filters=filter_rules(config.get("filter", {})),
        **limits_of(case),
        decorations=None
        if case.decorations is None
        else tuple(
            Decoration(
                name=row["name"],
                slot_level=row["slot_level"],
                skills=_summed(row["skills"]),
                available=row["available"],
                allowed_on=row["allowed_on"],
            )
            for row in case.decorations
        ),
        set_bonuses=None
        if case.set_bonuses is None
        else tuple(
            dict.fromkeys(
                SetBonusStep(bonus=row["bonus"], pieces_required=row["pieces"], skill=row["skill"], level=row["level"])
                for row in case.set_bonuses
            )
        ),
        skill_caps=caps,
        weapon=None
        if weapon is None
        else Weapon(
            slots=tuple(weapon.get("slots", []).count(level) for level in (1, 2, 3, 4)),
            skills=tuple(weapon.get("skills", {}).items()),
            set_bonuses=tuple(dict.fromkeys(weapon.get("set_bonuses", ()))),
        ),
        body_parts=declared_parts(case),
    )


def _cap(row: dict[str, Any]) -> SkillCap:
    locked, raised_by = row["locked"], row["raised_by"]
    if raised_by is None:
        return SkillCap(maximum=row["max"] if locked is None else locked)
    if locked == row["max"]:
        return SkillCap(maximum=locked)
    return SkillCap(maximum=row["max"], locked_maximum=locked, raised_by=raised_by)


def _rule(rule: dict[str, Any], cap: SkillCap | None) -> SkillRule:
    return replace(_scored(rule, cap), at_most=rule.get("at_most"))


def _scored(rule: dict[str, Any], cap: SkillCap | None) -> SkillRule:
    minimum = rule.get("min")
    if "values" in rule:
        return SkillRule(maximum=None, minimum=minimum, values=tuple(map(_decimal, rule["values"])))
    weight, penalty = _decimal(rule.get("weight", 1)), _decimal(rule.get("penalty", 1))
    if "max" not in rule and cap is not None and cap.raised_by is not None:
        return SkillRule(
            weight=weight, penalty=penalty, maximum=None, minimum=minimum,
            locked_maximum=cap.locked_maximum, raised_maximum=cap.maximum, raised_by=cap.raised_by,
        )  # fmt: skip
    maximum = rule.get("max", 1 if cap is None else cap.maximum)
    return SkillRule(weight=weight, penalty=penalty, maximum=maximum, minimum=minimum)


def is_allowed(records: Records, part: str, piece: EquipmentPiece) -> bool:
    """Whether pins, exclusions and filters let a piece be in a place of a part."""
    config = records.config
    return (
        piece.name in config.pin.get(part, (piece.name,))
        and piece.name not in config.exclude
        and all(
            _passes(rule, piece.other[records.other_names.index(rule.column)])
            for rule in config.filters
            if rule.parts is None or part in rule.parts
        )
    )


def rows_of_parts(records: Records) -> list[tuple[str, EquipmentPiece | None]]:
    """What may be in the places of each part, in order; None for an empty place."""
    config, rows = records.config, []
    for part, rule in config.body_parts.items():
        own = [piece for piece in records.pieces if piece.body_part in (part, *rule.drawn_from)]
        if own:
            rows += [(part, piece) for piece in own if is_allowed(records, part, piece)]
            rows += [(part, None)] * rule.optional
    return rows


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _passes(rule: FilterRule, cell: str) -> bool:
    if not cell:
        return rule.blank or (rule.minimum is None and rule.maximum is None and rule.one_of is None)
    number = _number(cell)

    def same(text: str) -> bool:
        other = _number(text)
        return cell == text if number is None or other is None else number == other

    return (
        (rule.minimum is None or (number is not None and number >= rule.minimum))
        and (rule.maximum is None or (number is not None and number <= rule.maximum))
        and (rule.one_of is None or any(map(same, rule.one_of)))
        and not any(map(same, rule.none_of or ()))
    )
