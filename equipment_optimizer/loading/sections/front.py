"""What a front is of: two to four of the score, totals, counts and listed skills.

In: nodes of the JSON file through `JsonValues`, and everything else of the configuration. Out: the
configuration with its objectives, each in the spelling of what it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...files.findings import shown, shown_source
from ...files.json_parser import JsonNode
from ...files.json_values import JsonValues
from ...files.names import folded
from ...records.config import Config
from ...records.limited_columns import objectives_named
from ...records.rules import MOST_OBJECTIVES, Objective, objective_parts
from ...records.vocabulary import RESISTANCES

__all__ = ["read_front"]

#: Keys whose rows depend on rows before them, which a front has none of.
_NOT_BESIDE = ("variants", "different", "share")


def read_front(values: JsonValues, members: Mapping[str, JsonNode], config: Config) -> Config:
    """The configuration with what its key `front` says."""
    node, path = members["front"], "$.front"
    for key in _NOT_BESIDE:
        if key in members:
            message = f"{key} beside front: a front lists every outcome that no other beats, and no other row"
            values.key_fault(members[key], f"$.{key}", message, "keep one of the two")
    n_faults = values.findings.n_faults
    spelling = {folded(name): name for name in _names(config)}
    front: list[str] = []
    known: dict[tuple[str, str], str] = {}
    items = list(values.items(node, path, bare=(str,)))
    for item, item_path in items:
        text = values.name(item, item_path)
        if text is None:
            continue
        objective = _objective(values, item, item_path, _respelt(text, spelling), config)
        if objective is None:
            continue
        if (first := known.setdefault((objective.kind, objective.name), text)) is not text:
            message = f"{shown(text)} is the objective that {shown(first)} is"
            # Of two alone one may not be left.
            mend = "keep one of the two" if len(items) > 2 else "name another one in its place"
            values.fault(item, item_path, message, mend)
        front.append(_respelt(text, spelling))
    if values.findings.n_faults == n_faults and not 2 <= len(front) <= MOST_OBJECTIVES:
        message = f"a front has two to {MOST_OBJECTIVES} objectives, not {len(front)}"
        values.fault(node, path, message, 'write ["Score", "Defence"], for instance')
    return replace(config, front=tuple(front))


def _names(config: Config) -> list[str]:
    """Everything that an objective may name."""
    columns = ("Score", "Defence", *(f"{name} Res" for name in RESISTANCES))
    return [*columns, *config.totals, *config.counts, *config.skills]


def _respelt(text: str, spelling: Mapping[str, str]) -> str:
    """An objective with its name as it is known."""
    name, sign, suffix = objective_parts(text)
    whole = text.removeprefix("-").strip()
    known_name = spelling.get(folded(whole)) or f"{spelling.get(folded(name), name)}{suffix}"
    return f"-{known_name}" if sign < 0 else known_name


def _objective(values: JsonValues, node: JsonNode, path: str, text: str, config: Config) -> Objective | None:
    """What a text names; None after a fault."""
    possible = objectives_named(text, config)
    if len(possible) == 1:
        rule = config.counts.get(possible[0].name) if possible[0].kind == "count" else None
        if rule is None or rule.column is None:
            return possible[0]
        message = f"the count {shown(possible[0].name)} has no total of its own: it is by the values of a column"
        values.fault(node, path, message, "name a count that has where alone")
        return None
    name = objective_parts(text)[0]
    if possible:
        kinds = [{"skill": "skill", "count": "count"}.get(objective.kind, "total") for objective in possible]
        minus = "-" if possible[0].sign < 0 else ""
        written = " or ".join(f'"{minus}{shown_source(name)} ({kind})"' for kind in kinds)
        values.fault(node, path, f"{shown(name)} is the name of several things", f"write {written}")
        return None
    guess = _meant(values, text, config)
    mend = f'write "{shown_source(guess)}"' if guess else "name Score, Defence, a resistance such as Fire Res, or what"
    if not guess:
        mend += " totals, counts or skills list"
        bare = shown_source(_without_dashes(name))
        mend += f'; a column: "totals": {{"{bare}": {{}}}}' if bare else ""
    # With more than one dash in front the mend may differ from it in these alone.
    told = name if _without_dashes(name) == name else text
    values.fault(node, path, f"{shown(told)} is no objective that the config knows", mend)
    return None


def _meant(values: JsonValues, text: str, config: Config) -> str | None:
    """The objective that a text was probably meant to be, minimised where it begins with a dash of any kind."""
    name, _, suffix = objective_parts(text)
    bare = _without_dashes(name)
    minus = "-" if _without_dashes(text) != text else ""
    by_name = {folded(known): known for known in _names(config)}
    guess = by_name.get(folded(bare)) or values.findings.suggest(bare, _names(config))
    if config.formula is not None and bare == config.formula.name:
        guess = "Score"
    if guess is None:
        return None
    written = f"{minus}{guess}{suffix}"
    return written if objectives_named(written, config) else f"{minus}{guess}"


def _without_dashes(text: str) -> str:
    """A text without the dashes that it begins with, a minus sign among them."""
    while text and folded(text[0]) in ("-", ""):
        text = text[1:].lstrip()
    return text
