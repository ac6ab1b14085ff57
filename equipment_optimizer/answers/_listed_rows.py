"""A list that is known already, as what several answers begin with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..records.results import BuildResults

__all__ = ["ListedRows", "listed_rows"]


class ListedRows(NamedTuple):
    """The best builds, proved, best first, K of them.

    `origins` has for each position of a build the rows of the file that its pieces are, shape (K,).
    """

    origins: list[npt.NDArray[np.int64]]
    scores: npt.NDArray[np.int64]  # scaled; Python's integers of a formula
    digits: int


def listed_rows(results: BuildResults, limit: int) -> ListedRows | None:
    """The first `limit` builds of a list; None where it has others in their place, or too few."""
    if not results.report.proved or results.config.front or results.config.is_selective or len(results) < limit:
        return None
    rows = results[:limit]
    origins = [rows.table.origin[rows.combinations.rows(place)] for place in range(len(rows.table.positions))]
    return ListedRows(origins, np.asarray(rows.scaled_scores), rows.score_digits)
