"""The best build as a card that is read without scripts, and as a sentence for whoever links to the page.

In: `BuildResults`. Out: plain values for the template.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...records.results import bonus_levels, format_score
from ..level_gains import level_gains
from ..score_terms import score_terms

if TYPE_CHECKING:
    from ...records.results import BuildResults
    from ..score_terms import Term

__all__ = ["best_build", "described", "objective_words", "slot_levels"]

#: Cells of a skill's bar at most: more would be too thin to be told apart.
_MOST_CELLS = 30


def best_build(results: BuildResults) -> dict[str, Any] | None:
    """Pieces, jewels, skills, bonuses and score of build 1; None where there is no build."""
    if not len(results):
        return None
    first = results.head(1)
    terms = score_terms(first)
    digits = first.score_digits
    pieces = [
        {
            "part": part,
            "name": piece.name,
            "slots": slot_levels(piece.slots),
            "skills": [f"{name} {level}" for name, level in piece.skills],
        }
        for part, piece in zip(first.table.position_names, first.combinations[0].equipment, strict=True)
    ]
    skills = [term for term in terms if term.kind == "skill" and (term.is_listed or term.amount[0])]
    skills.sort(key=lambda term: (not term.is_listed, -int(term.worth[0])))
    points = [term for term in terms if term.kind not in ("skill", "slots") and (term.amount[0] or term.worth[0])]
    gains = {skill: texts[0] for skill, texts in level_gains(first).items()}
    free = slot_levels([int(term.amount[0]) for term in terms if term.kind == "slots"])
    return {
        "score": format_score(int(first.scaled_scores[0]), digits),
        "pieces": pieces,
        "decorations": [text for text in first.decorations_text(0).split("; ") if text],
        "free": free,
        "skills": [_skill(term, digits, gains.get(term.name)) for term in skills],
        "absent": [
            f"{term.name} ({gains[term.name]})" if term.name in gains else term.name
            for term in skills
            if not term.amount[0] and not term.worth[0]
        ],
        "has_gains": bool(gains),
        "bonuses": _bonuses(first),
        "points": [
            (term.name, format_score(int(term.amount[0]), term.digits), _signed(int(term.worth[0]), digits))
            for term in points
        ],
    }


def slot_levels(counts: Any) -> str:
    """Slots as players write them, the largest first: ``4-4-1``; empty where there is none.

    >>> slot_levels([1, 0, 0, 2])
    '4-4-1'
    """
    levels = [str(level) for level, count in enumerate(counts, 1) for _ in range(count)]
    return "-".join(reversed(levels)) if len(levels) <= _MOST_CELLS else f"{len(levels)} slots"


def _skill(term: Term, digits: int, gain: str | None) -> dict[str, Any]:
    """A skill's level against its maximum, and what it is worth, or with a formula what one level more is."""
    level, most = int(term.amount[0]), int(term.maximum[0])
    length = max(level, most, 1)
    known = level if most < 0 else min(level, most)
    cells = ["on" if at < known else "above" if at < level else "track" for at in range(length)]
    return {
        "name": term.name,
        "level": f"{level}/{most}" if most >= 0 else str(level),
        "words": f"level {level} of {most}" if most >= 0 else f"level {level}",
        "cells": cells if length <= _MOST_CELLS else [],
        "share": round(100 * max(level, 0) / length, 2),
        "is_there": bool(level or term.worth[0]),
        "is_above": 0 <= most < level,
        "worth": _signed(int(term.worth[0]), digits) if gain is None else gain,
    }


def objective_words(text: str) -> str:
    """What a front weighs, in words.

    >>> objective_words("-Weight")
    'Weight (less is better)'
    """
    return f"{text[1:]} (less is better)" if text.startswith("-") else text


def _signed(scaled: int, digits: int) -> str:
    """A worth with its sign; empty where it is nothing."""
    text = format_score(abs(scaled), digits)
    return ("\u2212" if scaled < 0 else "+") + text if scaled else ""


def _bonuses(first: BuildResults) -> list[dict[str, str]]:
    """Set bonuses that are reached, with what they give."""
    steps = first.config.set_bonuses or ()
    bonuses = []
    for name, counts in first.bonus_counts(0, 1).items():
        levels = bonus_levels(steps, name, int(counts[0]))
        if levels:
            gives = ", ".join(f"{skill} {level}" for skill, level in levels.items())
            bonuses.append({"name": name, "count": str(int(counts[0])), "gives": gives})
    return bonuses


def described(best: dict[str, Any] | None, results: BuildResults) -> str:
    """One sentence about the list, for whoever links to its page."""
    if best is None:
        return "No build fits."
    pieces = ", ".join(piece["name"] for piece in best["pieces"] if piece["name"])
    skills = ", ".join(f"{skill['name']} {skill['level']}" for skill in best["skills"][:5] if skill["is_there"])
    proved = "proved to be the best" if results.report.proved else "the best found before the search was stopped"
    count = "1 build" if len(results) == 1 else f"{len(results):,} builds"
    if results.report.proved and results.config.is_selective:
        proved = "each proved to be the best of those that may stand with the ones before it"
    if results.config.front:
        proved = "which is all" if results.report.proved else "and maybe more: the search was stopped"
        told = (
            f"{count} that no other beats in all of {', '.join(map(objective_words, results.config.front))}, {proved}. "
        )
        return f"{told}The first: {pieces}, score {best['score']}."
    return f"Best build, score {best['score']}: {pieces}. {skills}{'. ' if skills else ''}A list of {count}, {proved}."
