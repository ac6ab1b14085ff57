"""What a report page shows of a list of builds, as compact JSON columns.

In: `BuildResults`. Out: plain values: every piece and every distinct value once,
and for each column of builds codes of those values. The page
itself (``templates/report.js``) puts them together again. Scores stay exact: they
are scaled integers, and text where JavaScript's numbers would round them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ...records.limited_columns import objectives_of
from ...records.vocabulary import N_SLOT_LEVELS
from ..config_json import config_as_json
from ..level_gains import level_gains
from ..score_terms import NO_MAXIMUM, score_terms
from ..variants import steps_back, variant_groups
from ._code_text import MAX_EXACT, coded, exact, numbers
from ._values_in_words import weights

if TYPE_CHECKING:
    from ...records.config import Config
    from ...records.equipment import EquipmentPiece
    from ...records.results import BuildResults
    from ..score_terms import Term

__all__ = ["json_for_script", "piece_usage", "report_data"]


def report_data(
    results: BuildResults, plain: Mapping[str, Any] | None = None, terms: Sequence[Term] | None = None
) -> dict[str, Any]:
    """Everything the page knows of the builds; `plain` and `terms` where the caller has them. O(K x columns)."""
    proved = results.proved_rows
    plain = config_as_json(results.config) if plain is None else plain
    terms = score_terms(results) if terms is None else terms
    changeable, used = weights(plain, terms)
    number_of = {term.name: number for number, term in enumerate(terms) if term.kind == "skill"}
    sums = _Sums(results)
    bonuses = _bonuses(results, sums, number_of)
    # Skills that nobody lists are most of the terms.
    usual = max(used, key=used.count, default=[])
    data: dict[str, Any] = {
        "n": len(results),
        "digits": results.score_digits,
        **_scores(results.scaled_scores.tolist()),
        "positions": list(results.table.position_names),
        "parts": [results.table.parts[part] for part in results.table.positions],
        **_pieces(results, {"skill": number_of, "bonus": {bonus["name"]: k for k, bonus in enumerate(bonuses)}}),
        "resistances": list(results.table.resistance_names),
        "bonuses": bonuses,
        "groups": numbers(steps_back(variant_groups(results))),
        "named": [number for number, term in enumerate(terms) if _is_named(results.config, term)],
        "filled": results.fillings is not None,
        "decorations": _decorations(results, number_of),
        "proved": None if results.report.proved or proved is None else "".join("01"[row] for row in proved.tolist()),
        # A skill's path names it.
        "by": usual,
        "weights": [
            {key: value for key, value in weight.items() if key != "name" or [value] != weight["path"][1:2]}
            for weight in changeable
        ],
        "caps": results.config.over_max == "cap",
        # Whether nothing better than a listed build is missing, so that the first that meets a condition is the best.
        "whole": results.report.proved and not {"different", "share", "front", "variants"} & set(plain),
    }
    data["terms"] = [
        {
            "name": term.name,
            **({"kind": term.kind} if term.kind != "skill" else {}),
            **({"listed": 1} if term.is_listed else {}),
            **({"by": by} if by != usual else {}),
            **_term_column(term, sums),
            **({"digits": term.digits} if term.digits else {}),
        }
        for term, by in zip(terms, used, strict=True)
    ]
    if "front" in plain:
        data["front"] = _objectives(results.config, terms)
    if results.config.formula is not None:
        data["gains"] = [{"name": skill, **_told(gains)} for skill, gains in level_gains(results).items()]
    # An address carries it, and so knows whether it was made for this very list.
    data["of"] = hashlib.sha256(json_for_script(data).encode()).hexdigest()[:8]
    return data


def _is_named(config: Config, term: Term) -> bool:
    """Whether the configuration names a term that is no skill, which is a column of the table then."""
    if term.kind == "defence":
        return config.min_defence is not None or config.max_defence is not None or "Defence" in config.totals
    if term.kind == "resistance":
        return term.name.removesuffix(" Res") in config.resistances or term.name in config.totals
    return term.kind in ("total", "count", "factor")


def _objectives(config: Config, terms: Sequence[Term]) -> list[tuple[int, int]]:
    """What a front weighs against each other: the place of a term, -1 for the score, and -1 where less is better."""
    place = {(term.kind, term.name): number for number, term in enumerate(terms)} | {("score", "Score"): -1}
    named = [((aim.kind, aim.name), (aim.kind, aim.title), aim.sign) for aim in objectives_of(config)]
    numbered = [(place.get(name, place.get(title)), sign) for name, title, sign in named]
    return [(number, sign) for number, sign in numbered if number is not None]


def _scores(scores: list[int]) -> dict[str, Any]:
    """The ``first`` score, and ``drops``: by how much each is less than the one before it."""
    drops = [above - below for above, below in pairwise(scores[:1] + scores)]
    return {"first": exact(scores[:1] or [0])[0], "drops": numbers(drops)}


def _distinct(columns: npt.NDArray[Any]) -> tuple[list[tuple[int, ...]], list[int]]:
    """Distinct columns of a matrix in order, and which of them each build has."""
    if columns.dtype == object:  # Python's whole numbers
        rows = list(map(tuple, columns.T.tolist()))
        distinct = sorted(set(rows))
        place = {row: number for number, row in enumerate(distinct)}
        return distinct, [place[row] for row in rows]
    values, codes = np.unique(columns, axis=1, return_inverse=True)
    return list(map(tuple, values.T.tolist())), codes.reshape(-1).tolist()


def _told(texts: Sequence[str]) -> dict[str, Any]:
    """Distinct texts, and which of them each build has."""
    place = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    return {"values": list(place), **coded([place[text] for text in texts], len(place))}


class _Sums:
    """What the pieces of each build, and the decorations in their slots, come to: a page can add that up itself."""

    def __init__(self, results: BuildResults) -> None:
        self.results = results
        combinations = results.combinations
        self.rows = [combinations.rows(position) for position in range(len(results.table.positions))]
        used = np.unique(np.concatenate(self.rows)).tolist() if self.rows and len(results) else []
        self.pieces = {row: results.table.piece(row) for row in used}

    def of_pieces(self, value: Callable[[EquipmentPiece], int]) -> npt.NDArray[np.int64]:
        """What the pieces of each build come to."""
        values = np.zeros(self.results.table.n_pieces, dtype=np.int64)
        for row, piece in self.pieces.items():
            values[row] = value(piece)
        total = np.zeros(len(self.results), dtype=np.int64)
        for rows in self.rows:
            total += values[rows]
        return total

    def of(self, term: Term) -> npt.NDArray[np.int64] | None:
        """Amounts from pieces and decorations alone; None for what no piece has by itself."""
        value = _value_of_piece(term, self.results.table.resistance_names)
        if value is None:
            return None
        total = self.of_pieces(value)
        fillings = self.results.fillings
        if fillings is not None and term.kind == "skill":
            gives = [dict(decoration.skills).get(term.name, 0) for decoration in self.results.config.decorations or ()]
            owner = np.repeat(np.arange(len(total)), np.diff(fillings.start))
            np.add.at(total, owner, np.array(gives, dtype=np.int64)[fillings.decoration] * fillings.count)
        return total


def _value_of_piece(term: Term, resistance_names: Sequence[str]) -> Callable[[EquipmentPiece], int] | None:
    """What a piece adds to a term."""
    if term.kind == "skill":
        return lambda piece: dict(piece.skills).get(term.name, 0)
    if term.kind == "defence":
        return lambda piece: piece.defence
    if term.kind == "slots":
        return lambda piece: piece.slots[int(term.name[4]) - 1]
    if term.kind == "resistance":
        number = list(resistance_names).index(term.name.removesuffix(" Res"))
        return lambda piece: piece.resistances[number]
    return None


def _term_column(term: Term, sums: _Sums) -> dict[str, Any]:
    """Distinct ``amounts`` of a term, what they are worth and their maximum where they have any, and codes.

    There are no codes where the page can add the amounts up itself.
    """
    distinct, codes = _distinct(np.stack([term.amount, term.worth, term.maximum]))
    amounts, worths, maxima = map(list, zip(*distinct, strict=True)) if distinct else ([], [], [])
    column: dict[str, Any] = {"amounts": _rising(amounts)}
    if any(worths):
        each = _worth_of_each(amounts, worths, maxima)
        column |= {"worths": numbers(worths)} if each is None else {"each": each}
    if set(maxima) != {NO_MAXIMUM}:
        column["maxima"] = maxima if len(set(maxima)) > 1 else maxima[:1]
    total = sums.of(term) if len(set(amounts)) == len(distinct) > 1 else None
    is_summed = total is not None and np.array_equal(term.amount, total)
    return column if is_summed else column | coded(codes, len(distinct))


def _worth_of_each(amounts: list[int], worths: list[int], maxima: list[int]) -> int | None:
    """What each point or level up to the maximum is worth, where that is all that is worth anything."""
    counted = [
        amount if most == NO_MAXIMUM else min(amount, most) for amount, most in zip(amounts, maxima, strict=True)
    ]
    each = next((worth // count for count, worth in zip(counted, worths, strict=True) if count), 0)
    is_exact = max(map(abs, [*amounts, *worths])) <= MAX_EXACT
    return each if is_exact and worths == [each * count for count in counted] else None


def _rising(values: list[int]) -> Any:
    """Integers that rise: a list, or where that is shorter the ``first`` and the ``steps`` to each next one."""
    plain = exact(values)
    if len(values) < 9 or max(map(abs, values)) > MAX_EXACT:
        return plain
    steps = {"first": values[0], "n": len(values) - 1, "steps": numbers([b - a for a, b in pairwise(values)])}
    return min(plain, steps, key=lambda value: len(json.dumps(value)))


def _pieces(results: BuildResults, numbers_of: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """Pieces that any build has, a list of each thing that they have; for each position which one a build has.

    Skills and bonuses are `numbers_of` those, a bonus without a number is its name.
    """
    table, combinations = results.table, results.combinations
    rows = [combinations.rows(position) for position in range(len(table.positions))]
    used = sorted({row for column in rows for row in np.unique(column).tolist()})
    number = {row: index for index, row in enumerate(used)}
    pieces = [table.piece(row) for row in used]
    columns = []
    for column in rows:
        distinct, codes = _distinct(column[None, :])
        columns.append({"values": [number[row] for (row,) in distinct], **coded(codes, len(distinct))})
    return {
        "names": [piece.name for piece in pieces],
        "defences": numbers([piece.defence for piece in pieces]),
        "slots": [numbers([piece.slots[level] for piece in pieces]) for level in range(N_SLOT_LEVELS)],
        "points": [
            numbers([piece.resistances[place] for piece in pieces]) for place in range(len(table.resistance_names))
        ],
        "skills": [[[numbers_of["skill"][skill], level] for skill, level in piece.skills] for piece in pieces],
        "worn": [[numbers_of["bonus"].get(bonus, bonus) for bonus in piece.set_bonuses] for piece in pieces],
        "columns": columns,
    }


def _bonuses(results: BuildResults, sums: _Sums, number_of: Mapping[str, int]) -> list[dict[str, Any]]:
    """Set bonuses that any build has pieces of, with their steps; no codes where the pieces tell how many.

    Skills are numbers of terms, or names where no build has them.
    """
    if results.config.set_bonuses is None or not len(results):
        return []
    bonuses = []
    for name, counts in results.bonus_counts(0, len(results)).items():
        if counts.any():
            steps = [
                (step.pieces_required, step.skill, step.level)
                for step in results.config.set_bonuses
                if step.bonus == name
            ]
            values, codes = np.unique(counts, return_inverse=True)
            is_summed = len(values) > 1 and np.array_equal(sums.of_pieces(partial(_times, name)), counts)
            told = {} if is_summed else coded(codes.tolist(), len(values))
            numbered = [[required, number_of.get(skill, skill), level] for required, skill, level in sorted(steps)]
            amounts = {} if values.tolist() == [0, 1] else {"amounts": values.tolist()}
            bonuses.append({"name": name, "steps": numbered, **amounts, **told})
    return bonuses


def _times(bonus: str, piece: EquipmentPiece) -> int:
    """How often a piece counts for a bonus."""
    return piece.set_bonuses.count(bonus)


def _decorations(results: BuildResults, number_of: Mapping[str, int]) -> list[tuple[str, list[list[int]], Any]]:
    """Decorations that any build has in its slots, in the configuration's order: name, skills, how many each has."""
    fillings, decorations = results.fillings, results.config.decorations
    if fillings is None or decorations is None:
        return []
    owner = np.repeat(np.arange(len(results)), np.diff(fillings.start))
    told = []
    for number in np.unique(fillings.decoration).tolist():
        is_it = fillings.decoration == number
        counts = np.zeros(len(results), dtype=np.int64)
        np.add.at(counts, owner[is_it], fillings.count[is_it])
        skills = [[number_of[skill], level] for skill, level in decorations[number].skills]
        told.append((decorations[number].name, skills, numbers(counts.tolist())))
    return told


def piece_usage(results: BuildResults) -> list[tuple[str, list[tuple[str, int]]]]:
    """For each position, its pieces and in how many builds they are, most used first."""
    usage = []
    for position, name in enumerate(results.table.position_names):
        rows, counts = np.unique(results.combinations.rows(position), return_counts=True)
        pairs = [(results.table.names[row], count) for row, count in zip(rows.tolist(), counts.tolist(), strict=True)]
        usage.append((name, sorted(pairs, key=lambda pair: -pair[1])))
    return usage


def json_for_script(value: Any) -> str:
    """JSON text that can stand inside a ``script`` element, whatever the strings in it hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # Every other sign that HTML could take for markup or a line end is an escape already.
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    # Halves of a pair, which no encoding has.
    return text.encode("utf-8", "backslashreplace").decode()
