"""What a page tells beside its list where it was asked for: how far weights may move, what pieces are worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

__all__ = ["firm_rows", "gain_groups", "worth_parts"]

Row = Mapping[str, Any]

#: Pieces of a body part that are shown; those below are told together.
_SHOWN_PIECES = 15

#: What may be got, in the plural, and how much of each is shown.
_KINDS = {"wish": "Wishes", "pair": "Two wishes together", "decoration": "One more decoration", "talisman": "Talismans"}
_SHOWN_GAINS = 15

#: Names of weights that are no names of things, by their keys in a config.
_WORDS = {"defence": "Defence", "unlisted_skill_weight": "Any other skill", "decorations.num_decos": "Any free slot"}


def firm_rows(answers: Mapping[str, Sequence[Row]]) -> list[dict[str, Any]]:
    """Weights whose range has an end, the least firm first, as texts; empty where nobody asked."""
    rows = [row for row in answers.get("stability", ()) if row["from"] or row["to"] or not row["proved"]]
    return [
        {
            "name": _weight_name(row["weight"]),
            "value": _signs(f"{row['value']:f}"),
            "low": _signs(row["from"] or ""),
            "high": _signs(row["to"] or ""),
            "below": row["next_below"],
            "above": row["next_above"],
            "proved": row["proved"],
        }
        for row in sorted(rows, key=_relative_distance)
    ]


def _relative_distance(row: Row) -> Fraction:
    """How far a weight may move at least, by its own size."""
    value = Fraction(row["value"])
    distances = [abs(Fraction(end) - value) for end in (row["from"], row["to"]) if end]
    return min(distances, default=Fraction(10**9)) / (abs(value) or 1)


def _weight_name(key: str) -> str:
    """What people call a weight."""
    if key in _WORDS:
        return _WORDS[key]
    group, _, key_in_group = key.partition(".")
    if group == "decorations":
        return f"A free slot of level {key_in_group.rpartition('_')[2]}"
    name, _, what = key_in_group.rpartition(".")
    if group == "resistances":
        return f"{name.capitalize()} resistance"
    if what.startswith("values["):
        return f"{name} at level {what[7:-1]}"
    return f"{name} above its maximum" if what == "penalty" else name


def _signs(text: str) -> str:
    return text.replace("-", "\u2212")


def worth_parts(answers: Mapping[str, Sequence[Row]]) -> list[dict[str, Any]]:
    """Each body part with its pieces, the best first, and how many more there are; empty where nobody asked."""
    by_part: dict[str, list[Row]] = {}
    for row in answers.get("pieces", ()):
        by_part.setdefault(row["body_part"], []).append(row)
    parts = []
    for name, rows in by_part.items():
        order = sorted(rows, key=lambda row: (row["loss"] is None, row["loss"] or 0, -(row["loss_when_sold"] or 0)))
        left = order[_SHOWN_PIECES:]
        parts.append(
            {
                "name": name,
                "rows": [_told(row) for row in order[:_SHOWN_PIECES]],
                "n_left": len(left),
                "left_from": _text(left[0]["loss"]) if left and left[0]["loss"] is not None else "",
                "n_never": sum(row["never_useful"] for row in rows),
                "n_pieces": len(rows),
            }
        )
    return parts


def gain_groups(answers: Mapping[str, Sequence[Row]]) -> list[dict[str, Any]]:
    """What may be got, by kind, what brings most first, and how much more there is; empty where nobody asked."""
    groups = []
    for kind, name in _KINDS.items():
        rows = [row for row in answers.get("gains", ()) if row["kind"] == kind]
        order = sorted(rows, key=lambda row: (row["gain"] is None, -(row["gain"] or 0)))
        shown = [row for row in order[:_SHOWN_GAINS] if row["gain"] or not row["proved"]]
        told = [
            {
                "name": row["name"],
                "body_part": row["body_part"],
                "gain": "none" if not row["gain"] else f"+{_text(row['gain'])}",
                "best": "none" if row["best"] is None else _text(row["best"]),
                "at_most": "" if row["proved"] or row["at_most"] is None else _text(row["at_most"]),
            }
            for row in shown
        ]
        left = [row for row in order if not any(row is other for other in shown)]
        is_more = any(row["gain"] or not row["proved"] for row in left)
        if rows:
            groups.append({"name": name, "rows": told, "n_rows": len(rows), "n_left": len(left), "is_more": is_more})
    return groups


def _told(row: Row) -> dict[str, Any]:
    """A piece as texts; what is not proved is so much at most."""
    return {
        "name": row["name"],
        "best": "none" if row["best"] is None else _text(row["best"]),
        "loss": "" if row["loss"] is None else "the best" if not row["loss"] else _text(row["loss"]),
        "sold": "no build is left" if row["loss_when_sold"] is None else _text(row["loss_when_sold"]),
        "is_missed": row["loss_when_sold"] is None or bool(row["loss_when_sold"]),
        "n_listed": f"{row['n_listed']:,}",
        "at_most": "" if row["proved"] or row["at_most"] is None else _text(row["at_most"]),
    }


def _text(number: Decimal) -> str:
    return _signs(f"{number:f}")
