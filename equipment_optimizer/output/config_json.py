"""A configuration as JSON that can be read again, and JSON whose numbers are exact.

Decimals are written digit by digit, never through floats.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..records.vocabulary import WEAPON_PART
from ..system.atomic_file import atomic_writer

if TYPE_CHECKING:
    from ..records.config import Config, CountRule, FilterRule, PartRule, ResistanceRule, SkillRule, TotalRule
    from ..records.formula import Factor, Formula, Sum

__all__ = ["config_as_json", "to_json", "write_json"]


def config_as_json(config: Config, folder: str | None = None) -> dict[str, Any]:
    """The configuration as it was understood, in the keys of a config file, defaults filled in.

    With a folder, a config file that stands there makes the same list again: side files are
    named relative to it. What they said is under ``_side_files``, a comment to a reader.
    """
    slots = {f"deco_{level}": weight for level, weight in enumerate(config.slot_weights, 1)}
    plain: dict[str, Any] = {
        "decorations": {**slots, "num_decos": config.slot_count_weight},
        "skills": {name: _skill_as_json(rule) for name, rule in config.skills.items()},
        "defence": config.defence_weight,
        "limit": config.limit,
        "formula": None if config.formula is None else _formula_as_json(config.formula),
        "unlisted_skill_weight": config.unlisted_skill_weight,
        "over_max": config.over_max,
        "body_parts": {
            part: _part_as_json(rule)
            for part, rule in config.body_parts.items()
            if not (config.has_weapon_list and part == WEAPON_PART)
        },
    }
    optional: dict[str, Any] = {
        "min_defence": config.min_defence,
        "max_defence": config.max_defence,
        "resistances": {name.lower(): _limits_as_json(rule) for name, rule in config.resistances.items()},
        "totals": {column: _limits_as_json(rule) for column, rule in config.totals.items()},
        "counts": {name: _count_as_json(rule) for name, rule in config.counts.items()},
        "pin": {
            **{part: list(names) for part, names in config.pin.items()},
            **{part: {"all of": [name for name, *_ in groups]} for part, groups in config.pin_all.items()},
        },
        "exclude": list(config.exclude),
        "filter": _conditions_as_json(config.filters),
        "variants": config.variants,
        "different": _given(pieces=config.different_pieces, skills=config.different_skills or None),
        "share": _share_as_json(config),
        "front": list(config.front),
        "weapon": None
        if config.weapon is None
        else {
            # Back to one level per slot, highest first, as it is written in a config file.
            "slots": [level for level in (4, 3, 2, 1) for _ in range(config.weapon.slots[level - 1])],
            "skills": dict(config.weapon.skills),
            "set_bonuses": list(config.weapon.set_bonuses),
        },
        "files": {} if folder is None else {key: _relative(path, folder) for key, path in config.files.items()},
        "headers": dict(config.headers),
        "encoding": config.encoding,
        **config.texts,
        "_side_files": _side_files(config),
    }
    if config.formula is None:
        del plain["formula"]
    else:  # which has no weights beside it
        for key in ("decorations", "defence", "unlisted_skill_weight"):
            del plain[key]
    plain.update((key, value) for key, value in optional.items() if value not in (None, {}, []))
    return plain


def _relative(path: str, folder: str) -> str:
    """The path of a file as a config in `folder` names it."""
    try:
        return os.path.relpath(os.path.abspath(path), os.path.abspath(folder))
    except ValueError:  # on another drive
        return os.path.abspath(path)


def _formula_as_json(formula: Formula) -> dict[str, Any]:
    """The formula in the keys of a config file, each name saying what it is."""

    def fields(amount: Factor | Sum) -> dict[str, Any]:
        of = {
            term.name if term.kind in ("count", None) else f"{term.kind}:{term.name}": term.table or term.weight
            for term in amount.terms
        }
        return _given(base=amount.base, of=of or None, min=amount.minimum, max=amount.maximum)

    factors = []
    for factor in formula.factors:
        times = None if factor.times is None else [fields(amount) for amount in factor.times]
        factors.append(_given(name=factor.name, times=times, **fields(factor)))
    return _given(name=formula.name or None, factors=factors)


def _skill_as_json(rule: SkillRule) -> dict[str, Any] | Decimal:
    """One listed skill in the keys of a config file."""
    limits = _given(min=rule.minimum, at_most=rule.at_most)
    if rule.values is not None:
        return _given(values=list(rule.values), **limits)
    if rule.maximum is None and rule.raised_by is None:
        # No maximum at all, which a key left out would not say.
        return {"max": None, "weight": rule.weight, **limits} if limits else rule.weight
    return _given(max=rule.maximum, weight=rule.weight, penalty=rule.penalty, **limits)


def _share_as_json(config: Config) -> dict[str, Any] | Decimal | None:
    """In how many rows a piece may stand, in the keys of a config file."""
    if config.share is None or not config.share_except:
        return config.share
    return {"at most": config.share, "except": list(config.share_except)}


def _part_as_json(rule: PartRule) -> dict[str, Any] | int:
    """One body part in the keys of a config file."""
    special = _given(
        optional=rule.optional or None,
        decorations="weapon" if rule.takes_weapon_decorations else None,
        **{"from": list(rule.drawn_from) or None},
    )
    return {"count": rule.count, **special} if special else rule.count


def _limits_as_json(rule: ResistanceRule | TotalRule) -> dict[str, Any]:
    """The weight and limits of a total in the keys of a config file."""
    return _given(weight=rule.weight, min=rule.minimum, max=rule.maximum)


def _count_as_json(rule: CountRule) -> dict[str, Any]:
    """One count in the keys of a config file."""
    where = _conditions_as_json(rule.where) if rule.where or rule.column is None else None
    limits = _given(min=rule.minimum, max=rule.maximum, weight=rule.weight or None)
    return _given(where=where, each=rule.each, same=rule.same, separator=rule.separator, **limits)


def _conditions_as_json(rules: Iterable[FilterRule]) -> dict[str, Any]:
    """Conditions on columns in the keys of a config file."""
    return {
        rule.column: _given(
            **{"min": rule.minimum, "max": rule.maximum, "in": rule.one_of, "not": rule.none_of},
            blank=rule.blank or None,
            parts=rule.parts,
        )
        for rule in rules
    }


def _side_files(config: Config) -> dict[str, Any]:
    """What the side files said."""
    return _given(
        decorations=_records(config.decorations),
        set_bonuses=_records(config.set_bonuses),
        skills={name: _record(cap) for name, cap in config.skill_caps.items()} or None,
    )


def _records(records: Iterable[Any] | None) -> list[dict[str, Any]] | None:
    return None if records is None else [_record(record) for record in records]


def _record(record: Any) -> dict[str, Any]:
    """The fields of a slotted record that are not None."""
    return _given(**{name: getattr(record, name) for name in record.__slots__})


def _given(**values: Any) -> dict[str, Any]:
    """The values that are not None."""
    return {key: value for key, value in values.items() if value is not None}


def to_json(value: Any, indent: str = "") -> str:
    """JSON text of plain values, finite numbers and decimals; the enclosing line begins with `indent`."""
    deeper = indent + "  "
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        inside = [f"{deeper}{to_json(str(key))}: {to_json(member, deeper)}" for key, member in value.items()]
        return "{\n" + ",\n".join(inside) + f"\n{indent}}}" if inside else "{}"
    if isinstance(value, list | tuple):
        inside = [deeper + to_json(element, deeper) for element in value]
        return "[\n" + ",\n".join(inside) + f"\n{indent}]" if inside else "[]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def write_json(value: Any, path: str) -> None:
    """Write `value` as JSON, replacing the file as a whole; ``-`` is standard output."""
    with atomic_writer(path) as writer:
        # A path may hold bytes that are no UTF-8; JSON can still say which.
        writer.write((to_json(value) + "\n").encode("utf-8", "backslashreplace"))
