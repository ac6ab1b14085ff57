"""How to search: what a caller may ask for, none of which changes the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from ...progress import OnProgress
from ..tuning import BLOCK_LENGTH, CACHE_BYTES
from ._scan import BlockScores

if TYPE_CHECKING:
    from .checkpoint import SearchCheckpoint

__all__ = ["ENGINES", "SearchOptions"]

ENGINES = ("auto", "bounded", "exhaustive")


class SearchOptions(NamedTuple):
    """How to search; none of it changes the answer."""

    engine: str = "auto"  # one of `ENGINES`
    workers: int | str = "auto"  # of an exhaustive search, or "auto"
    backend: str | None = None  # as for `ordered_map.ordered_map`
    dask_scheduler: str | None = None
    block_length: int = BLOCK_LENGTH  # combinations scored together
    cache_bytes: int = CACHE_BYTES  # for the kept vectors of a block
    max_tasks: int | None = None  # the most tasks that a divided search has at a time
    memory_bytes: int | None = None  # ceiling for the process and all that it starts
    n_columns: int = 0  # columns of the output, which count against the ceiling
    kept_bytes: int = 0  # what the caller will allocate after the search; counts, too
    block_scores: BlockScores | None = None  # in place of the problem's own score
    checkpoint: SearchCheckpoint | None = None  # of an exhaustive search
    should_stop: Callable[[], bool] | None = None  # polled; true ends it with what is best so far
    few_builds: Callable[..., Any] | None = None  # for the bounded search, which says more of it
    keeps_packed: bool = False  # a long list stays packed, for whoever looks at some rows at a time
    first_builds: Callable[..., Any] | None = None  # for that by a formula
    any_build: Callable[..., Any] | None = None  # for that by a formula, too
    on_progress: OnProgress | None = None
    on_notice: Callable[[str], None] | None = None  # told in a sentence what the user should know
    on_plan: Callable[[str], None] | None = None  # told how the work was divided, and why
