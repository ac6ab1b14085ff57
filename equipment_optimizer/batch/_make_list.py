"""One list of a batch, from files to the bytes of its output, in whatever process.

In: a `Job`. Out: a `Made`, which pickles and holds the compressed bytes of the
output and of the report page; an error becomes a part of it. Nothing is written:
that is left to the process that keeps the state, so that a worker which is killed,
or outlives the batch, leaves nothing behind.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..errors import (
    EXIT_DONE,
    EXIT_INFEASIBLE,
    EXIT_STOPPED_EARLY,
    InfeasibleError,
    described,
)
from ..system.atomic_file import check_target
from ..system.stopping import StopFlag
from .batch_file import BuildList

if TYPE_CHECKING:
    from ..loading.jobs import SharedEquipment
    from ..records.config import Config
    from ..records.equipment import EquipmentTable
    from ..records.results import BuildResults

__all__ = ["Job", "ListMaker", "Made", "Packed", "load_list", "make_list", "without_lines"]


class Packed:
    """Bytes that were written to it, compressed: a worker's message stays small.

    Attributes
    ----------
    n_bytes : int
        Uncompressed.
    """

    def __init__(self) -> None:
        self.n_bytes = 0
        self._compressor: Any = zlib.compressobj(1)
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Take `data`."""
        self.n_bytes += len(data)
        self._parts.append(self._compressor.compress(data))

    def close(self) -> None:
        """Nothing more will be written."""
        self._parts = [b"".join([*self._parts, self._compressor.flush()])]
        self._compressor = None

    def chunks(self) -> Iterator[bytes]:
        """The bytes again, a few megabytes at a time; not before `close`."""
        expander = zlib.decompressobj()
        data = self._parts[0]
        while data:
            yield expander.decompress(data, 1 << 22)
            data = expander.unconsumed_tail
        yield expander.flush()


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One list to make.

    Attributes
    ----------
    build_list : BuildList
    without : frozenset of int
        Lines of the equipment file whose pieces others have taken.
    wants_page : bool
        Whether a report page is to be made.
    """

    build_list: BuildList
    without: frozenset[int] = frozenset()
    wants_page: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What came of a job.

    Attributes
    ----------
    status : {"made", "stopped", "infeasible", "failed", "interrupted"}
        "stopped" is by the list's own time limit, with an output; "interrupted"
        is by whoever stopped the batch, without one.
    exit_code : int
    message : str
        The error, as the single command would tell it.
    output, page : Packed or None
    inputs : tuple of str
        Files that were read beside the equipment.
    config : dict of str to str
        `changes.flat_config` of the configuration.
    positions : tuple of str
        Names of the columns that hold pieces.
    best_lines : tuple of int
        Lines of the pieces of the best build.
    n_results, n_combinations : int
    best_score : str or None
    notices : tuple of str
    seconds : float
    """

    status: str
    exit_code: int
    message: str = ""
    output: Packed | None = None
    page: Packed | None = None
    inputs: tuple[str, ...] = ()
    config: dict[str, str] = field(default_factory=dict)
    positions: tuple[str, ...] = ()
    best_lines: tuple[int, ...] = ()
    n_results: int = 0
    n_combinations: int = 0
    best_score: str | None = None
    notices: tuple[str, ...] = ()
    seconds: float = 0.0


class ListMaker:
    """What all jobs of a batch have in common; sent to each worker once.

    Parameters
    ----------
    engine_options : dict
        Keyword arguments of `pipeline.optimize` beside the list's own.
    flag : StopFlag
        Stays in this process: workers are ended instead.
    """

    def __init__(self, engine_options: dict[str, Any], flag: StopFlag) -> None:
        self.engine_options = engine_options
        self.flag = flag
        self._shared: SharedEquipment | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {"engine_options": self.engine_options}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["engine_options"], StopFlag())  # type: ignore[misc]

    @property
    def shared(self) -> SharedEquipment:
        """Equipment that was read in this process."""
        if self._shared is None:
            from ..loading.jobs import SharedEquipment

            self._shared = SharedEquipment()
        return self._shared


def make_list(maker: ListMaker, job: Job) -> Made:
    """Make one list; never raises, save for what stops the whole process.

    Parameters
    ----------
    maker : ListMaker
    job : Job

    Returns
    -------
    Made
    """
    started = time.perf_counter()
    if maker.flag.is_set():
        return Made(status="interrupted", exit_code=EXIT_STOPPED_EARLY)
    loaded = _Loaded()
    try:
        made = _make(maker, job, loaded)
    except InfeasibleError as error:
        made = Made(status="infeasible", exit_code=EXIT_INFEASIBLE, message=str(error))
    except Exception as error:
        message, exit_code = described(error)
        made = Made(status="failed", exit_code=exit_code, message=message)
    seconds = time.perf_counter() - started
    return replace(made, inputs=loaded.inputs, config=loaded.config, notices=tuple(loaded.notices), seconds=seconds)


@dataclass(slots=True)
class _Loaded:
    """What is known of a job once its files are read, whatever becomes of it."""

    inputs: tuple[str, ...] = ()
    config: dict[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)


def load_list(maker: ListMaker, one: BuildList) -> tuple[EquipmentTable, Config, tuple[str, ...]]:
    """Equipment, configuration and notices of a list."""
    from ..loading.jobs import load_job

    return load_job(one.equipment, one.config, limit=one.limit, shared=maker.shared)


def _make(maker: ListMaker, job: Job, loaded: _Loaded) -> Made:
    """Load, search and export."""
    from ..pipeline import optimize
    from ._changes import flat_config

    started = time.perf_counter()
    one = job.build_list
    table, config, notices = load_list(maker, one)
    loaded.inputs, loaded.config = config.inputs, flat_config(config)
    loaded.notices.extend(notices)
    check_target(one.output, config.inputs)
    results = optimize(
        without_lines(table, job.without),
        config,
        time_limit=one.time_limit,
        should_stop=maker.flag.is_set,
        notices=loaded.notices,
        **maker.engine_options,
    )
    if maker.flag.is_set() and not results.report.proved:
        return Made(status="interrupted", exit_code=EXIT_STOPPED_EARLY)
    proved = results.report.proved
    return Made(
        status="made" if proved else "stopped",
        exit_code=EXIT_DONE if proved else EXIT_STOPPED_EARLY,
        output=_packed(lambda packed: _export(results, one, packed)),
        page=_packed(lambda packed: _report(results, one, packed, started)) if job.wants_page else None,
        positions=results.table.position_names,
        best_lines=best_lines(results),
        n_results=len(results),
        n_combinations=results.report.n_combinations,
        best_score=str(results.score(0)) if len(results) else None,
    )


def without_lines(table: EquipmentTable, lines: frozenset[int]) -> EquipmentTable:
    """The pieces that nobody has taken.

    Raises
    ------
    InfeasibleError
        If a body part has too few left.
    """
    if not lines:
        return table
    import numpy as np

    keep = ~np.isin(table.line, np.fromiter(lines, dtype=np.int64, count=len(lines)))
    for part, (start, stop) in enumerate(zip(table.part_start[:-1], table.part_start[1:], strict=True)):
        if np.count_nonzero(keep[start:stop]) < table.counts[part]:
            message = f"the lists before took the last pieces of {table.parts[part]}"
            raise InfeasibleError(message, "add pieces, or leave a list out")
    return table.select(keep)


def best_lines(results: BuildResults, row: int = 0) -> tuple[int, ...]:
    """Lines of the equipment file that a build's pieces come from; none where there is no such build."""
    if row >= len(results):
        return ()
    block = results.combinations[row : row + 1]
    own = [int(block.rows(position)[0]) for position in range(len(results.table.positions))]
    return tuple(int(results.table.line[piece]) for piece in own)


def _packed(write: Callable[[Packed], None]) -> Packed:
    """What `write` writes, compressed."""
    packed = Packed()
    write(packed)
    packed.close()
    return packed


def _export(results: BuildResults, one: BuildList, packed: Packed) -> None:
    """The output's bytes: those of the single command."""
    from ..output.csv_file import write_csv_to

    write_csv_to(packed, results, spreadsheet_safe=one.spreadsheet_safe)


def _report(results: BuildResults, one: BuildList, packed: Packed, started: float) -> None:
    """The report page's bytes."""
    from ..output.report_page import RunFacts, render_report

    facts = RunFacts.of((one.equipment, *results.config.inputs), title=one.name, started=started)
    packed.write(render_report(results, facts))
