"""The best build of a configuration by its formula, and the best filling of one build."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from ...problem.formula import compile_formula
from ...records.config import Config
from ...records.equipment import EquipmentTable
from ..engines import SearchOptions, SearchOutcome
from ._outcome import only_build
from .run import search_product

__all__ = ["best_build"]


def best_build(
    table: EquipmentTable,
    options: SearchOptions,
    config: Config,
    build: Sequence[npt.NDArray[np.int64]] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> SearchOutcome:
    """What `search_product` finds first; where a build, L columns of a piece, is given, its best filling.

    The columns of the outcome are of no use then, and `should_stop` ends that search.
    """
    formula, options = compile_formula(table, config), options._replace(on_progress=None, on_notice=None)
    if build is None:
        return search_product(formula, 1, options)
    return search_product(only_build(formula, build), 1, options._replace(should_stop=should_stop))
