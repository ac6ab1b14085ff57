"""A batch: which lists are out of date, made side by side, their outputs replaced.

In: a `Batch` and how to run it. Out: an `Entry` for each list. This process alone
writes: first the state that describes an output, then the output, each replaced as
a whole. Whenever the batch ends, however it ends, every file is the old or the new
one, and an output that the state does not describe is made again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from .atomic_file import atomic_writer, check_target, remove_stale
from .batch_file import Batch, BuildList
from .batch_maker import Job, ListMaker, Made, Packed, make_list
from .batch_state import RESULT_VERSION, FileHashes, ListRecord, State
from .errors import (
    EXIT_BAD_INPUT,
    EXIT_DONE,
    EXIT_FAILED,
    EXIT_INFEASIBLE,
    EXIT_MEMORY,
    EXIT_STOPPED_EARLY,
    EquipmentOptimizerError,
    UsageError,
)
from .progress import OnProgress, Progress
from .stopping import StopFlag

if TYPE_CHECKING:
    from .changes import ListChanges

__all__ = ["BatchOptions", "BatchRun", "Entry", "page_name", "worst"]

#: Exit codes from the worst to the best.
_WORST_FIRST = (EXIT_FAILED, EXIT_BAD_INPUT, EXIT_MEMORY, EXIT_STOPPED_EARLY, EXIT_INFEASIBLE, EXIT_DONE)

MAKING = "making lists"


def worst(exit_codes: Iterable[int]) -> int:
    """The exit code that says the worst; done where there is none."""
    return min(exit_codes, key=_WORST_FIRST.index, default=EXIT_DONE)


def page_name(name: str) -> str:
    """File name of a list's report page, beside the index."""
    return "index (list).html" if name.casefold() == "index" else f"{name}.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOptions:
    """How to run a batch.

    Attributes
    ----------
    only : tuple of str
        Names of the lists wanted; empty for all.
    force : bool
        Make also what is up to date.
    workers : int or "auto"
    backend : str or None
    memory_bytes : int or None
        Ceiling for this process and its workers.
    report_dir : str or None
        Folder for a page of each list.
    wants_changes : bool
        Keep what changed until a page has told it.
    """

    only: tuple[str, ...] = ()
    force: bool = False
    workers: int | str = "auto"
    backend: str | None = None
    memory_bytes: int | None = None
    report_dir: str | None = None
    wants_changes: bool = False


@dataclass(slots=True)
class Entry:
    """One list and what became of it.

    Attributes
    ----------
    name : str
    build_list : BuildList or None
        None where the batch file is wrong about it.
    reasons : tuple of str
        Why it is out of date; empty where it is not.
    status : str
        "to make", "up to date", or as `Made.status`.
    exit_code : int
    message : str
    n_results : int or None
    best_score : str or None
    seconds : float or None
        Spent on making it, in whatever process.
    """

    name: str
    build_list: BuildList | None
    reasons: tuple[str, ...] = ()
    status: str = "to make"
    exit_code: int = EXIT_DONE
    message: str = ""
    n_results: int | None = None
    best_score: str | None = None
    seconds: float | None = None


@dataclass(slots=True)
class BatchRun:
    """One run over the lists of a batch.

    Parameters
    ----------
    batch : Batch
    options : BatchOptions

    Attributes
    ----------
    entries : list of Entry
        In the order of the batch file, those of `BatchOptions.only`.
    notices : list of str
        Sentences for the user, each once.
    plan : str
        How the lists were divided among processes, and why.
    """

    batch: Batch
    options: BatchOptions
    entries: list[Entry] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    plan: str = ""
    _hashes: FileHashes = field(default_factory=FileHashes)
    _states: dict[str, State] = field(default_factory=dict)
    _jointly: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lists = {one.name: one for one in self.batch.lists}
        self._check_names()
        self._add_notices(self.batch.notices)
        for name in self.batch.order:
            if self.options.only and name not in self.options.only:
                continue
            one = lists.get(name)
            entry = Entry(name, one)
            self.entries.append(entry)
            if one is None:
                error = self.batch.broken[name]
                entry.status, entry.exit_code, entry.message = "failed", error.exit_code, str(error)

    def _check_names(self) -> None:
        """Refuse names that no list has."""
        for name in self.options.only:
            if name not in self.batch.order:
                from .findings import listing, nearest

                guess = nearest(name, self.batch.order)
                mend = f"did you mean '{guess}'?" if guess else f"the lists are {listing(self.batch.order)}"
                raise UsageError(f"no build list is named '{name}'", mend)

    def _add_notices(self, notices: Iterable[str]) -> None:
        """Keep notices; what several lists say of a file that they share is said once."""
        self.notices.extend(notice for notice in dict.fromkeys(notices) if notice not in self.notices)

    # --- what is out of date ---------------------------------------------

    def survey(self, jointly: dict[str, Any] | None = None) -> None:
        """Find out what is out of date, from hashes alone; writes nothing.

        Parameters
        ----------
        jointly : dict, optional
            What else decides every list, where one depends on the others; then
            all are out of date as soon as one is.
        """
        self._jointly = jointly or {}
        tried = [entry for entry in self.entries if entry.build_list is not None]
        for entry in tried:
            self._survey_one(entry, entry.build_list)  # type: ignore[arg-type]
        if jointly is not None and any(entry.reasons for entry in tried):
            for entry in tried:
                if entry.status == "up to date" or not entry.reasons:
                    entry.reasons, entry.status, entry.exit_code = ("another list is made again",), "to make", EXIT_DONE

    def _survey_one(self, entry: Entry, one: BuildList) -> None:
        """Compare one list with its record."""
        try:
            check_target(one.output, (one.equipment, one.config, self.batch.path))
        except EquipmentOptimizerError as error:
            entry.status, entry.exit_code, entry.message = "failed", error.exit_code, str(error)
            return
        state = self.state_of(one)
        record = state.lists.get(os.path.basename(one.output))
        entry.reasons = ("forced",) if self.options.force else tuple(self._reasons(one, state, record))
        if record is not None and not entry.reasons:
            self._tell(entry, record)

    @staticmethod
    def _tell(entry: Entry, record: ListRecord) -> None:
        """Say of a list what its record says."""
        if record.status == "infeasible":
            entry.status, entry.exit_code, entry.message = "infeasible", EXIT_INFEASIBLE, record.message
        else:
            entry.status, entry.n_results, entry.best_score = "up to date", record.n_results, record.best_score

    def state_of(self, one: BuildList) -> State:
        """The state of the folder that a list's output is in."""
        folder = os.path.dirname(one.output)
        if folder not in self._states:
            state = self._states[folder] = State(folder)
            if state.is_damaged:
                self._add_notices([f"{state.path}: cannot be understood; the lists that it described are made again"])
        return self._states[folder]

    def states(self) -> list[State]:
        """The states of all folders looked at."""
        return list(self._states.values())

    def _reasons(self, one: BuildList, state: State, record: ListRecord | None) -> Iterator[str]:
        """Why a list must be made."""
        if record is None:
            yield "not made yet" if self._hashes.of(one.output) is None else "not made by a batch yet"
            return
        if record.version != RESULT_VERSION:
            yield "another version of the program made it"
        for path, sha in zip((one.equipment, one.config), record.inputs, strict=False):
            if self._hashes.of(path) != sha[1]:
                yield f"{os.path.basename(path)} changed"
        for path, sha256 in record.inputs[2:]:
            if self._hashes.of(state.resolve(path)) != sha256:
                yield f"{os.path.basename(path)} changed"
        if record.options != self._deciding(one):
            yield "its options changed"
        if record.status == "made":
            own = self._hashes.of(one.output)
            if own != record.output_sha256:
                yield "its output is missing" if own is None else "its output was changed"
            page = self._page_path(one)
            if page is not None and not self._page_is_there(state, record, page):
                yield "its report page is missing"

    def _page_is_there(self, state: State, record: ListRecord, page: str) -> bool:
        sha = record.pages.get(state.relative(page))
        return sha is not None and self._hashes.of(page) == sha

    def _page_path(self, one: BuildList) -> str | None:
        """Where a list's report page goes."""
        folder = self.options.report_dir
        return None if folder is None else os.path.join(folder, page_name(one.name))

    def _deciding(self, one: BuildList) -> dict[str, Any]:
        """What decides the bytes beside the input files."""
        return {"limit": one.limit, "spreadsheet_safe": one.spreadsheet_safe, **self._jointly}

    def inputs_digest(self) -> str:
        """One hash over the inputs of all lists, in order, for lists that depend on each other."""
        digest = hashlib.sha256()
        for entry in self.entries:
            one = entry.build_list
            if one is not None:
                parts = (one.name, self._hashes.of(one.equipment), self._hashes.of(one.config), one.limit)
                digest.update(repr(parts).encode())
        return digest.hexdigest()

    @property
    def to_make(self) -> list[Entry]:
        """Lists that are out of date, in order."""
        return [entry for entry in self.entries if entry.status == "to make"]

    # --- making -----------------------------------------------------------

    def clean(self) -> None:
        """Remove what killed runs left beside any file that this batch writes."""
        for state in self._states.values():
            state.clean()
        for entry in self.entries:
            if entry.build_list is not None:
                remove_stale(entry.build_list.output)
                page = self._page_path(entry.build_list)
                if page is not None:
                    remove_stale(page)

    def maker(self, flag: StopFlag, *, alone: bool) -> ListMaker:
        """What all jobs share; a list that is made alone may use the workers itself."""
        options = self.options
        memory = options.memory_bytes
        if not alone and memory is not None and isinstance(options.workers, int):
            # This process beside its workers.
            memory //= options.workers + 1
        return ListMaker(
            {
                "workers": options.workers if alone else 1,
                "backend": options.backend if alone else "serial",
                "memory_bytes": memory,
            },
            flag,
        )

    def make(self, flag: StopFlag, on_progress: OnProgress | None = None) -> None:
        """Make what is out of date, side by side where that pays.

        Parameters
        ----------
        flag : StopFlag
            Set, it ends the batch: lists that were not finished stay as they were.
        on_progress : callable, optional

        Raises
        ------
        OutputError
            If the state cannot be written.
        """
        entries = self.to_make
        jobs = [self.job(entry) for entry in entries]
        alone = len(jobs) == 1
        maker = self.maker(flag, alone=alone)
        report = _reporter(on_progress, len(jobs))
        report(0)
        n_done = 0
        for entry, made in zip(entries, self._results(maker, jobs, alone), strict=False):
            self.commit(entry, made)
            n_done += 1
            report(n_done)
            if flag.is_set():
                break
        self.give_up_rest()

    def give_up_rest(self) -> None:
        """Mark what the end of the run left undone."""
        for entry in self.to_make:
            entry.status, entry.exit_code = "interrupted", EXIT_STOPPED_EARLY

    def _results(self, maker: ListMaker, jobs: Sequence[Job], alone: bool) -> Iterator[Made]:
        """What came of each job, in order."""
        options = self.options
        if alone or not jobs:
            yield from (make_list(maker, job) for job in jobs)
            return
        from .parallel import ordered_map

        # A ceiling is certain to hold for one list after the other.
        workers = 1 if options.memory_bytes is not None and options.workers == "auto" else options.workers
        with ordered_map(
            make_list,
            jobs,
            payload=maker,
            workers=workers,  # type: ignore[arg-type]
            backend=options.backend,  # type: ignore[arg-type]
            chunksize=1,
        ) as results:
            self.plan = str(results.plan)
            yield from results

    def job(self, entry: Entry, without: frozenset[int] = frozenset()) -> Job:
        """What makes a list."""
        assert entry.build_list is not None  # broken lists are not made
        return Job(
            build_list=entry.build_list, without=without, wants_page=self.options.report_dir is not None
        )

    # --- writing ----------------------------------------------------------

    def commit(self, entry: Entry, made: Made) -> None:
        """Write what came of a list, and remember it.

        Notes
        -----
        The record comes first: killed between the two, the output does not fit
        its record and is made again, while what changed is still to be seen.
        """
        one = entry.build_list
        assert one is not None  # broken lists are not made
        entry.status, entry.exit_code, entry.message = made.status, made.exit_code, made.message
        entry.seconds = made.seconds
        self._add_notices(made.notices)
        try:
            if made.output is not None:
                entry.n_results, entry.best_score = made.n_results, made.best_score
                self._write(one, made, made.output)
            elif made.status == "infeasible":
                self._remember(one, made, None)
        except EquipmentOptimizerError as error:
            entry.status, entry.exit_code, entry.message = "failed", error.exit_code, str(error)

    def _write(self, one: BuildList, made: Made, output: Packed) -> None:
        """Record first, then the output and the page."""
        page = self._page_path(one)
        self._remember(one, made, self._changes(one, made, output))
        _write_packed(one.output, output)
        self._hashes.forget(one.output)
        if page is not None and made.page is not None:
            _write_packed(page, made.page)

    def _remember(self, one: BuildList, made: Made, changes: ListChanges | None) -> None:
        """Keep the record of a list, unless it is not proved: that is made again."""
        state = self.state_of(one)
        key = os.path.basename(one.output)
        old = state.lists.pop(key, None)
        hashes = [self._hashes.of(path) for path in (one.equipment, *made.inputs)]
        if made.status != "stopped" and all(hashes):
            paths = [state.relative(path) for path in (one.equipment, *made.inputs)]
            page = self._page_path(one)
            pending = old.pending if old is not None else None
            if self.options.wants_changes:
                self._remember_pieces(state, one, old)
                pending = None if changes is None else changes.after(pending)
            state.lists[key] = ListRecord(
                name=one.name,
                status=made.status,
                inputs=[[path, sha or ""] for path, sha in zip(paths, hashes, strict=True)],
                options=self._deciding(one),
                output_sha256=None if made.output is None else _hash_packed(made.output),
                pages={} if page is None or made.page is None else {state.relative(page): _hash_packed(made.page)},
                n_results=made.n_results,
                best_score=made.best_score,
                message=made.message,
                config=made.config,
                pending=pending,
            )
        state.save()
