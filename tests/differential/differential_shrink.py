"""Shrink a case that shows a difference: leave things out, one after the other, while it still does.

Greedy and without random numbers: the same case always shrinks to the same one.
Only cases that the formats allow are tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from differential_cases import Case, Number

#: A step: a changed copy of a case, or None where the step does not apply any more.
Step = Callable[[Case], Case | None]


def shrink(case: Case, differs: Callable[[Case], bool], most_trials: int = 2_000) -> Case:
    """The smallest case that greedy steps reach.

    Parameters
    ----------
    case : Case
    differs : callable
        Whether a case still shows the difference.
    most_trials : int
        How often it may be asked.
    """
    n_trials = 0
    while True:
        before = case
        for candidate in _candidates(case):
            smaller = candidate(case)
            if smaller is None or smaller == case:
                continue
            if n_trials >= most_trials:
                return case
            n_trials += 1
            if differs(smaller):
                case = smaller
        if case == before:
            return case


def _tidied(case: Case) -> Case | None:
    """The case with rules of absent pieces left out; None where no piece is left."""
    if not case.pieces:
        return None
    config = case.config
    names = {(piece["part"], piece["name"]) for piece in case.pieces}
    if "pin" in config:
        pin = {part: [name for name in own if (part, name) in names] for part, own in config["pin"].items()}
        config["pin"] = {part: own for part, own in pin.items() if own}
    if "exclude" in config:
        config["exclude"] = [name for name in config["exclude"] if any(name == own for _, own in names)]
    if case.skills_file is not None:
        for row in case.skills_file:
            if row["raised_by"] is not None and row["locked"] is None:
                row["locked"] = 0
    return case


def _changed(change: Callable[[Case], None]) -> Step:
    """A step that changes a copy in place."""

    def step(case: Case) -> Case | None:
        own = case.copied()
        try:
            change(own)
        except (IndexError, KeyError, AttributeError, TypeError):
            # An earlier step took away what this one is about.
            return None
        return _tidied(own)

    return step


def _candidates(case: Case) -> Iterator[Step]:
    """Steps for a case, the ones that take most away first."""
    yield _changed(lambda own: own.style.clear())
    yield _changed(lambda own: setattr(own, "features", ()))
    yield from _of_list(lambda own: own.pieces, len(case.pieces))
    for name in ("decorations", "set_bonuses", "skills_file"):
        rows = getattr(case, name)
        if rows is not None:
            yield _changed(lambda own, name=name: setattr(own, name, None))
            yield from _of_list(lambda own, name=name: getattr(own, name), len(rows))
    yield from _of_members(lambda own: own.config, case.config)
    for key in ("skills", "resistances", "pin", "filter", "weapon"):
        members = case.config.get(key, {})
        yield from _of_members(lambda own, key=key: own.config[key], members)
        for name, rule in members.items():
            if isinstance(rule, dict):
                yield from _of_members(lambda own, key=key, name=name: own.config[key][name], rule)
            if isinstance(rule, list):
                yield from _of_list(lambda own, key=key, name=name: own.config[key][name], len(rule))
    for f, factor in enumerate(case.config.get("formula", {}).get("factors", ())):
        yield _changed(lambda own, f=f: own.config["formula"]["factors"].__delitem__(f))
        yield from _of_members(lambda own, f=f: own.config["formula"]["factors"][f], factor)
        for t, own_sum in enumerate(factor.get("times", [factor])):
            path = ["times", t] if "times" in factor else []
            for key in own_sum.get("of", {}):
                yield _changed(lambda own, f=f, path=path, key=key: _sum_of(own, f, path)["of"].__delitem__(key))
            if path:
                yield from _of_members(lambda own, f=f, path=path: _sum_of(own, f, path), own_sum)
    yield from _of_pieces(case)
    yield from _of_rows(case)
    yield from _of_numbers(case)
    yield _changed(_rename)


def _sum_of(case: Case, f: int, path: list[Any]) -> dict[str, Any]:
    """A sum of a formula."""
    own = case.config["formula"]["factors"][f]
    for key in path:
        own = own[key]
    return own


def _of_list(get: Callable[[Case], list[Any]], length: int) -> Iterator[Step]:
    """Leave out halves, quarters, ..., then single entries, the last first."""
    size = length // 2
    while size > 1:
        for start in range(length - size, -1, -size):
            yield _changed(lambda own, start=start, size=size: get(own).__delitem__(slice(start, start + size)))
        size //= 2
    for at in range(length - 1, -1, -1):
        yield _changed(lambda own, at=at: get(own).__delitem__(at))


def _of_members(get: Callable[[Case], dict[str, Any]], members: dict[str, Any]) -> Iterator[Step]:
    """Leave out members of an object."""
    for key in list(members):
        yield _changed(lambda own, key=key: get(own).__delitem__(key))


def _of_pieces(case: Case) -> Iterator[Step]:
    """Make pieces plainer."""
    for p, piece in enumerate(case.pieces):
        if any(piece["slots"]):
            yield _set_piece(p, "slots", [0, 0, 0, 0])
            for level in range(4):
                if piece["slots"][level]:
                    yield _changed(lambda own, p=p, level=level: own.pieces[p]["slots"].__setitem__(level, 0))
                    yield _changed(lambda own, p=p, level=level: _fewer_slots(own.pieces[p]["slots"], level))
        for key, plain in (("defence", 0), ("skills", []), ("bonuses", []), ("resistances", {}), ("other", {})):
            if piece[key]:
                yield _set_piece(p, key, plain)
        for key in ("skills", "bonuses"):
            yield from _of_list(lambda own, p=p, key=key: own.pieces[p][key], len(piece[key]))
        for s, (_, level) in enumerate(piece["skills"]):
            if level != 1:
                yield _changed(lambda own, p=p, s=s: own.pieces[p]["skills"][s].__setitem__(1, 1))
        for name, points in piece["resistances"].items():
            if points:
                yield _changed(lambda own, p=p, name=name: own.pieces[p]["resistances"].__setitem__(name, 0))


def _fewer_slots(slots: list[int], level: int) -> None:
    """Leave one slot of a level."""
    slots[level] = min(slots[level], 1)


def _set_piece(p: int, key: str, value: Any) -> Step:
    return _changed(lambda own: own.pieces[p].__setitem__(key, value))


def _of_rows(case: Case) -> Iterator[Step]:
    """Make rows of side files plainer."""
    for d, row in enumerate(case.decorations or ()):
        for key, plain in (("available", None), ("allowed_on", "any"), ("slot_level", 1)):
            if row[key] != plain:
                yield _changed(lambda own, d=d, key=key, plain=plain: own.decorations[d].__setitem__(key, plain))
        yield from _of_list(lambda own, d=d: own.decorations[d]["skills"], len(row["skills"]))
        for s, (_, level) in enumerate(row["skills"]):
            if level != 1:
                yield _changed(lambda own, d=d, s=s: own.decorations[d]["skills"][s].__setitem__(1, 1))
    for b, row in enumerate(case.set_bonuses or ()):
        for key in ("pieces", "level"):
            if row[key] != 1:
                yield _changed(lambda own, b=b, key=key: _lowered_bonus(own, b, key))
    for c, row in enumerate(case.skills_file or ()):
        if row["raised_by"] is not None:
            yield _changed(lambda own, c=c: own.skills_file[c].__setitem__("raised_by", None))


def _lowered_bonus(case: Case, b: int, key: str) -> None:
    """Make one number of a set bonus 1, unless another row is then about the same."""
    rows = case.set_bonuses or []
    rows[b][key] = 1
    if len({(row["bonus"], row["pieces"], row["skill"]) for row in rows}) < len(rows):
        raise KeyError(key)


def _of_numbers(case: Case) -> Iterator[Step]:
    """Make weights 0 or 1, and whole numbers smaller."""
    for path, value in _paths(case.config, ()):
        if isinstance(value, Number) and value not in ("0", "1"):
            for plain in ("0", "1"):
                yield _changed(lambda own, path=path, plain=plain: _assign(own.config, path, Number(plain)))
        elif isinstance(value, Number) and value == "1":
            yield _changed(lambda own, path=path: _assign(own.config, path, Number("0")))
        elif isinstance(value, int) and not isinstance(value, bool) and value > 1 and path[0] != "weapon":
            for smaller in (1, value // 2, value - 1):
                yield _changed(lambda own, path=path, smaller=smaller: _assign(own.config, path, smaller))


def _paths(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every leaf of a nested object with the way to it."""
    if isinstance(value, dict | list):
        for key, own in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _paths(own, (*path, key))
    else:
        yield path, value


def _assign(value: Any, path: tuple[Any, ...], leaf: Any) -> None:
    for key in path[:-1]:
        value = value[key]
    # Raises where the leaf is gone.
    value[path[-1]]
    value[path[-1]] = leaf


def _rename(case: Case) -> None:
    """Give every piece a plain name of its own."""
    if case.config.get("filter", {}).get("Name"):
        raise KeyError("Name")
    names = {piece["name"]: f"piece {p}" for p, piece in reversed(list(enumerate(case.pieces)))}
    for piece in case.pieces:
        piece["name"] = names[piece["name"]]
    pin = case.config.get("pin", {})
    for part, own in pin.items():
        pin[part] = [names[name] for name in own]
    if "exclude" in case.config:
        case.config["exclude"] = [names[name] for name in case.config["exclude"]]


def size_of(case: Case) -> str:
    """A case in a few words."""
    words = [f"{len(case.pieces)} pieces"]
    for name in ("decorations", "set_bonuses", "skills_file"):
        rows = getattr(case, name)
        if rows is not None:
            words.append(f"{len(rows)} {name.replace('_', ' ')}")
    words.append(f"{len(case.config.get('skills', {}))} listed skills")
    return ", ".join(words)
