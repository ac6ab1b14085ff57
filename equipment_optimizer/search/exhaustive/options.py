"""How to search: what a caller may ask for, none of which changes the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...progress import OnProgress
from ..tuning import BLOCK_LENGTH, CACHE_BYTES
from ._scan import BlockScores

if TYPE_CHECKING:
    from .checkpoint import SearchCheckpoint

__all__ = ["ENGINES", "SearchOptions"]

ENGINES = ("auto", "bounded", "exhaustive")


@dataclass(frozen=True, kw_only=True)
class SearchOptions:
    """How to search; none of it changes the answer.

    Attributes
    ----------
    engine : {"auto", "bounded", "exhaustive"}
    workers : int or "auto"
        Worker processes of an exhaustive search.
    backend, dask_scheduler : str or None
        As for `ordered_map.ordered_map`.
    block_length : int
        Combinations scored together.
    cache_bytes : int
        For the kept vectors of a block.
    max_tasks : int or None
        The most tasks that a divided search has at a time.
    memory_bytes : int or None
        A ceiling for the process and everything it starts, interpreter included. It
        decides the engine where that is "auto", and clamps workers, blocks and tasks.
    n_columns : int
        Columns of the output, which count against the ceiling while they are written.
    kept_bytes : int
        What the caller will allocate after the search; counts against it, too.
    block_scores : callable or None
        A scorer in place of the problem's own: L index columns to int64 scores.
    checkpoint : SearchCheckpoint or None
        Keeps how far an exhaustive search has come, and says where it begins.
    should_stop : callable or None
        Polled; true ends the search with what is best so far.
    on_progress : callable or None
    on_notice : callable or None
        Told in a sentence what the user should know.
    on_plan : callable or None
        Told in one line what memory is needed, how the work was divided, and why.
    """

    engine: str = "auto"
    workers: int | str = "auto"
    backend: str | None = None
    dask_scheduler: str | None = None
    block_length: int = BLOCK_LENGTH
    cache_bytes: int = CACHE_BYTES
    max_tasks: int | None = None
    memory_bytes: int | None = None
    n_columns: int = 0
    kept_bytes: int = 0
    block_scores: BlockScores | None = None
    checkpoint: SearchCheckpoint | None = None
    should_stop: Callable[[], bool] | None = None
    on_progress: OnProgress | None = None
    on_notice: Callable[[str], None] | None = None
    on_plan: Callable[[str], None] | None = None
