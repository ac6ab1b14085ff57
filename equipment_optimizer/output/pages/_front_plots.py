"""A front as pictures that need no script: its outcomes as points over each two of its objectives."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from ...records.results import format_score
from ..outcomes import objective_values

if TYPE_CHECKING:
    from ...records.results import BuildResults

__all__ = ["front_plots"]

#: Size of a picture in its own units, and how many points all pictures have at most: evenly chosen rows.
_WIDTH, _HEIGHT = 1000, 320
_MOST_POINTS = 300


def front_plots(results: BuildResults) -> list[dict[str, Any]]:
    """A picture of each two objectives, better values to the right and up; none of a list that is no front.

    Each has the names of its axes (``x``, ``y``), what stands at their ends, and ``points``: places and a text.
    """
    if not results.config.front or not len(results):
        return []
    axes = []
    for objective, column, digits in objective_values(results):
        name = f"{objective.title} (less is better)" if objective.sign < 0 else objective.title
        written = [format_score(value, digits) for value in column.tolist()]
        axes.append((name, (column * objective.sign).tolist(), written))
    n_pictures = len(axes) * (len(axes) - 1) // 2
    stride = -(-len(results) * n_pictures // _MOST_POINTS)
    rows = range(0, len(results), stride)
    texts = {k: ", ".join(f"{name} {shown[k]}" for name, _, shown in axes) for k in rows}
    plots = []
    for x, y in itertools.combinations(axes, 2):
        across, up = (_places([values[k] for k in rows]) for _, values, _ in (x, y))
        points = [
            {"x": f"{_WIDTH * a:.1f}", "y": f"{_HEIGHT * (1 - b):.1f}", "text": f"build {k + 1}: {texts[k]}"}
            for k, a, b in zip(rows, across, up, strict=True)
        ]
        ends = [shown[values.index(end(values))] for _, values, shown in (x, y) for end in (min, max)]
        sides = dict(zip(("left", "right", "bottom", "top"), ends, strict=True))
        plots.append({"x": x[0], "y": y[0], **sides, "points": points, "width": _WIDTH, "height": _HEIGHT})
    return plots


def _places(values: list[int]) -> list[float]:
    """Values between 0 and 1."""
    low, high = min(values), max(values)
    return [(value - low) / (high - low) if high > low else 0.5 for value in values]
