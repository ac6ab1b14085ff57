"""What a list values, in words: weights, minima, limits, pins, and where a page can change a weight.

In: the configuration as plain values (`config_json.config_as_json`). Out: words. A key that is
not known here is shown as it is written, so that nothing a list depends on is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..config_json import to_json
from ._best_build import objective_words

if TYPE_CHECKING:
    from ..score_terms import Term

__all__ = ["valued", "weights"]

#: Keys that say nothing of what is valued, or that are told elsewhere on the page.
_ELSEWHERE = {
    *("title", "note", "author", "game", "version", "limit", "headers", "encoding", "body_parts", "_side_files"),
    *("decorations", "skills", "defence", "unlisted_skill_weight", "over_max", "resistances", "min_defence"),
    *("pin", "exclude", "filter", "weapon", "files", "max_defence", "totals", "counts", "formula", "front"),
}


def valued(plain: Mapping[str, Any], terms: Sequence[Term]) -> list[tuple[str, list[str]]]:
    """Headings with what belongs below them, one chip each; headings without chips are left out."""
    groups = [
        ("The score", list(_factors(plain))),
        ("Every build that none beats in all of", list(map(objective_words, plain.get("front", ())))),
        ("Skills", list(_skills(plain))),
        ("Also counts", list(_points(plain, terms))),
        ("Must have", list(_demands(plain))),
        ("Only from", list(_choices(plain))),
        ("Also said", [f"{key}: {_short(value)}" for key, value in plain.items() if key not in _ELSEWHERE]),
    ]
    return [(heading, chips) for heading, chips in groups if chips]


def _number(value: Any) -> str:
    """A decimal without trailing zeros or exponent."""
    text = f"{Decimal(str(value)):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "\u2212")


def _short(value: Any) -> str:
    """Any other value, on one line."""
    return value if isinstance(value, str) else " ".join(to_json(value).split())


def _factors(plain: Mapping[str, Any]) -> Iterable[str]:
    """The product that the score is, and each of its factors."""
    formula = plain.get("formula")
    if formula is None:
        return
    factors = formula["factors"]
    product = " \u00d7 ".join(factor["name"] for factor in factors)
    yield f"{formula['name']} = {product}" if "name" in formula else product
    for factor in factors:
        words = _sum(factor)
        if "times" in factor:
            pair = " \u00d7 ".join(f"({_sum(each_sum)})" for each_sum in factor["times"])
            words = f"{_number(factor['base'])} + " * bool(factor["base"]) + pair + _ends(factor)
        yield f"{factor['name']} = {words}"


def _sum(value: Mapping[str, Any]) -> str:
    """A sum of a formula."""
    terms = [_number(value["base"])] if value["base"] or not value.get("of") else []
    for key, worth in value.get("of", {}).items():
        name = key.partition(":")[2] or key
        table = isinstance(worth, Sequence)
        terms.append(f"{name} ({', '.join(map(_number, worth))})" if table else f"{name} \u00d7 {_number(worth)}")
    return " + ".join(terms) + ("" if "times" in value else _ends(value))


def _ends(limited: Mapping[str, Any]) -> str:
    """The least and the most of a sum or factor."""
    least = f", at least {_number(limited['min'])}" if "min" in limited else ""
    return least + (f", at most {_number(limited['max'])}" if "max" in limited else "")


def _skills(plain: Mapping[str, Any]) -> Iterable[str]:
    """Listed skills, the dearest first."""
    rules = {
        name: rule if isinstance(rule, Mapping) else {"weight": rule, "max": None}
        for name, rule in plain["skills"].items()
    }
    order = sorted(
        rules, key=lambda name: -Decimal(str(rules[name].get("weight", max(rules[name].get("values", [0])))))
    )
    for name in order:
        rule = rules[name]
        if "formula" in plain:
            words = name if rule.get("max") is None else f"{name}, to {rule['max']}"
        elif "values" in rule:
            words = f"{name} by level: {', '.join(map(_number, rule['values']))}"
        else:
            words = f"{name} \u00d7 {_number(rule['weight'])}"
            if rule.get("max") is not None:
                words += f", to {rule['max']}"
            if rule.get("penalty") and rule.get("max") is not None and plain.get("over_max") != "cap":
                words += f" (above: \u00d7 {_number(rule['penalty'])})"
        if rule.get("at_most") is not None:
            words += f", at most {rule['at_most']}"
        yield words if rule.get("min") is None else f"{words}, at least {rule['min']}"


def _points(plain: Mapping[str, Any], terms: Sequence[Term]) -> Iterable[str]:
    """Other weights that are not 0."""
    has_unlisted = any(term.kind == "skill" and not term.is_listed for term in terms)
    if "formula" in plain:
        return
    if plain["unlisted_skill_weight"] and has_unlisted:
        yield f"any other skill \u00d7 {_number(plain['unlisted_skill_weight'])}"
    if plain["defence"]:
        yield f"defence \u00d7 {_number(plain['defence'])}"
    slots = plain["decorations"]
    if any(slots.values()):
        each = [_number(slots[f"deco_{level}"] + slots["num_decos"]) for level in (1, 2, 3, 4)]
        yield f"a free slot of level 1, 2, 3, 4: {', '.join(each)}"
    for key in ("resistances", "totals"):
        for name, rule in plain.get(key, {}).items():
            if rule.get("weight"):
                yield f"{_name(key, name)} \u00d7 {_number(rule['weight'])}"
    for name, rule in plain.get("counts", {}).items():
        if rule.get("weight"):
            yield f"pieces of {name} \u00d7 {_number(rule['weight'])}"


def _name(key: str, name: str) -> str:
    """A resistance by its whole name, a total by its column's."""
    return f"{name} resistance" if key == "resistances" else name


def _demands(plain: Mapping[str, Any]) -> Iterable[str]:
    """Limits on totals."""
    for name, rule in {"defence": _limits(plain, "defence"), **plain.get("totals", {})}.items():
        yield from _between(name, rule)
    for name, rule in plain.get("resistances", {}).items():
        yield from _between(_name("resistances", name), rule)
    for name, rule in plain.get("counts", {}).items():
        yield from _counted(name, rule)


def _counted(name: str, rule: Mapping[str, Any]) -> Iterable[str]:
    """What a count demands, and of which pieces."""
    which = "; ".join(_condition(column, rule_of_column) for column, rule_of_column in rule.get("where", {}).items())
    what = f"{name} ({which})" if which else name
    if rule.get("same") is not None:
        yield f"{what}: one {rule['same']} for all pieces"
    elif rule.get("each") is not None:
        yield f"{what}: at most {rule['max']} of each {rule['each']}"
    else:
        yield from _between(f"pieces of {what}", rule)


def _limits(plain: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The limits that have keys of their own."""
    return {"min": plain.get(f"min_{name}"), "max": plain.get(f"max_{name}")}


def _between(name: str, rule: Mapping[str, Any]) -> Iterable[str]:
    if rule.get("min") is not None:
        yield f"{name} at least {_number(rule['min'])}"
    if rule.get("max") is not None:
        yield f"{name} at most {_number(rule['max'])}"


def _choices(plain: Mapping[str, Any]) -> Iterable[str]:
    """Pins, exclusions, conditions on columns, the weapon and side files."""
    for part, names in plain.get("pin", {}).items():
        if isinstance(names, Mapping):
            yield f"{part}: {' and '.join(names.get('all of', ())) or _short(names)}"
        else:
            yield f"{part}: {' or '.join(names)}"
    yield from (f"never {name}" for name in plain.get("exclude", ()))
    yield from (_condition(column, rule) for column, rule in plain.get("filter", {}).items())
    weapon = plain.get("weapon")
    if weapon:
        slots = "-".join(map(str, weapon.get("slots", ())))
        skills = [f"{name} {level}" for name, level in weapon.get("skills", {}).items()]
        yield f"with a weapon: {', '.join([*([f'slots {slots}'] if slots else []), *skills, *weapon['set_bonuses']])}"


def _condition(column: str, rule: Mapping[str, Any]) -> str:
    """A condition on a column."""
    words = [
        *([f"at least {_number(rule['min'])}"] if "min" in rule else []),
        *([f"at most {_number(rule['max'])}"] if "max" in rule else []),
        *([f"one of {', '.join(map(str, rule['in']))}"] if "in" in rule else []),
        *([f"not {', '.join(map(str, rule['not']))}"] if "not" in rule else []),
    ]
    parts = f" ({', '.join(rule['parts'])})" if rule.get("parts") else ""
    return f"{column} {' and '.join(words)}{' or blank' if rule.get('blank') else ''}{parts}"


def weights(plain: Mapping[str, Any], terms: Sequence[Term]) -> tuple[list[dict[str, Any]], list[list[int]]]:
    """Weights that a page can change, and for each term the numbers of those that it scores by, added up.

    A weight has a name for people, its path in the configuration, and its value as it is written there. Where a table
    of values, or a formula, decides, a term has none.
    """
    if "formula" in plain:
        return [], [[] for _ in terms]
    numbers_of: dict[tuple[str, ...], dict[str, Any]] = {}
    used = []
    for term in terms:
        numbers = []
        for name, path in _paths(term, plain):
            value: Any = plain
            for key in path:
                value = value.get(key) if isinstance(value, Mapping) else None
            if isinstance(value, Decimal | int):
                known = {"name": name, "path": list(path), "value": f"{Decimal(value):f}"}
                numbers.append(list(numbers_of).index(path) if path in numbers_of else len(numbers_of))
                numbers_of.setdefault(path, known)
        used.append(numbers)
    return list(numbers_of.values()), used


def _paths(term: Term, plain: Mapping[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    """The weights of a term by what people call them."""
    if term.kind == "slots":
        level = term.name[4]
        of_level = (f"A free slot of level {level}", ("decorations", f"deco_{level}"))
        return [of_level, ("Any free slot", ("decorations", "num_decos"))]
    if term.kind == "defence":
        return [("Defence", ("defence",)), ("Defence as a total", ("totals", "Defence", "weight"))]
    if term.kind == "resistance":
        special = (term.name, ("resistances", term.name.removesuffix(" Res").lower(), "weight"))
        return [special, (f"{term.name} as a total", ("totals", term.name, "weight"))]
    if term.kind != "skill":
        return [(term.name, (f"{term.kind}s", term.name, "weight"))]
    if not term.is_listed:
        return [("Any other skill", ("unlisted_skill_weight",))]
    is_number = not isinstance(plain["skills"][term.name], Mapping)
    return [(term.name, ("skills", term.name) if is_number else ("skills", term.name, "weight"))]
