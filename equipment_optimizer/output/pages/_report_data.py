"""What a report page shows of a list of builds, as compact JSON columns.

In: `BuildResults`. Out: plain values: every piece and every distinct value once,
and for each column of builds one character a build where that suffices. The page
itself (``templates/report.js``) puts them together again. Scores stay exact: they
are scaled integers, and text where JavaScript's numbers would round them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..score_terms import score_terms

if TYPE_CHECKING:
    from ...records.results import BuildResults

__all__ = ["ALPHABET", "json_for_script", "piece_usage", "report_data"]

#: One character for each of the first values of a column; none of them is
#: special to JSON, HTML or a script.
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%()*+,-./:;=?@[]^_{|}~"

#: JavaScript's numbers are exact up to here.
_MAX_EXACT = 2**53


def report_data(results: BuildResults) -> dict[str, Any]:
    """Everything the page knows of the builds.

    Notes
    -----
    O(K x columns) time and memory.
    """
    proved = results.proved_rows
    return {
        "n": len(results),
        "digits": results.score_digits,
        "scores": _exact(results.scaled_scores.tolist()),
        "positions": list(results.table.position_names),
        **_pieces(results),
        "resistances": list(results.table.resistance_names),
        "terms": [
            {
                "name": term.name,
                "kind": term.kind,
                "listed": term.is_listed,
                **_coded(np.stack([term.amount, term.worth, term.maximum])),
            }
            for term in score_terms(results)
        ],
        "bonuses": _bonuses(results),
        "decorations": [decoration.name for decoration in results.config.decorations or ()],
        "fillings": _fillings(results),
        "proved": None if results.report.proved or proved is None else "".join("01"[row] for row in proved.tolist()),
    }


def _exact(values: Iterable[int]) -> list[int | str]:
    """Integers, as text where a script would round them."""
    return [value if abs(value) <= _MAX_EXACT else str(value) for value in values]


def _coded(columns: npt.NDArray[Any]) -> dict[str, Any]:
    """Distinct columns of a matrix, and which of them each build has.

    Returns
    -------
    dict
        ``values``, and ``codes``: empty where there is one value only, text in
        `ALPHABET` where that has enough characters, else a list of numbers.
    """
    values, codes = np.unique(columns, axis=1, return_inverse=True)
    codes = codes.reshape(-1)
    coded: str | list[int] = ""
    if values.shape[1] > len(ALPHABET):
        coded = codes.tolist()
    elif values.shape[1] > 1:
        coded = "".join(np.array(list(ALPHABET))[codes].tolist())
    return {"values": [_exact(value) for value in values.T.tolist()], "codes": coded}


def _pieces(results: BuildResults) -> dict[str, Any]:
    """Pieces that any build has, and for each position which one."""
    table, combinations = results.table, results.combinations
    rows = [combinations.rows(position) for position in range(len(table.positions))]
    used = sorted({row for column in rows for row in np.unique(column).tolist()})
    number = {row: index for index, row in enumerate(used)}
    pieces = []
    for row in used:
        piece = table.piece(row)
        pieces.append(
            {
                "name": piece.name,
                "defence": piece.defence,
                "slots": list(piece.slots),
                "skills": [list(pair) for pair in piece.skills],
                "resistances": list(piece.resistances),
                "bonuses": list(piece.set_bonuses),
            }
        )
    columns = []
    for column in rows:
        coded = _coded(column[None, :])
        coded["values"] = [number[int(value)] for (value,) in coded["values"]]
        columns.append(coded)
    return {"pieces": pieces, "columns": columns}


def _bonuses(results: BuildResults) -> list[dict[str, Any]]:
    """Set bonuses that any build has pieces of, with their steps."""
    if results.config.set_bonuses is None or not len(results):
        return []
    bonuses = []
    for name, counts in results.bonus_counts(0, len(results)).items():
        if counts.any():
            steps = [
                [step.pieces_required, step.skill, step.level]
                for step in results.config.set_bonuses
                if step.bonus == name
            ]
            bonuses.append({"name": name, "steps": sorted(steps), **_coded(counts[None, :])})
    return bonuses


def _fillings(results: BuildResults) -> list[list[int]] | None:
    """For each build its decorations: number, count, number, count, ..."""
    fillings = results.fillings
    if fillings is None:
        return None
    pairs = np.column_stack([fillings.decoration, fillings.count])
    start = fillings.start.tolist()
    return [pairs[begin:end].reshape(-1).tolist() for begin, end in pairwise(start)]


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
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    # Everything else that HTML could take for markup or a line end is an escape already.
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def score_steps(scores: Sequence[float], n_most: int) -> list[int]:
    """Ranks at which a line through the scores needs a point, at most `n_most` of them."""
    n_scores = len(scores)
    corners = [k for k in range(n_scores) if k in (0, n_scores - 1) or not scores[k - 1] == scores[k] == scores[k + 1]]
    stride = max(1, -(-len(corners) // n_most))
    return sorted({*corners[::stride], 0, n_scores - 1})
