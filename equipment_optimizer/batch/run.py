"""A batch: which lists are out of date, made side by side, their outputs replaced.

In: a `BatchLists` and how to run it. Out: an `Entry` for each list. This process alone
writes (`outputs`), whatever processes do the work.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from ..errors import (
    EXIT_BAD_INPUT,
    EXIT_DONE,
    EXIT_FAILED,
    EXIT_INFEASIBLE,
    EXIT_MEMORY,
    EXIT_STOPPED_EARLY,
    EquipmentOptimizerError,
    UsageError,
    WorkerError,
)
from ..output.overwriting import check_builds_target
from ..progress import OnProgress, Progress
from ..system.stopping import StopFlag
from ._list_maker import Job, ListMaker, Made, check_output, make_list
from ._outcome import Outcome
from .batch_file import BatchLists, BuildList
from .outputs import Outputs

if TYPE_CHECKING:
    from .checkpoint import BatchCheckpoint

__all__ = ["BatchOptions", "BatchRun", "Entry", "worst"]

#: Exit codes from the worst to the best.
_WORST_FIRST = (EXIT_FAILED, EXIT_BAD_INPUT, EXIT_MEMORY, EXIT_STOPPED_EARLY, EXIT_INFEASIBLE, EXIT_DONE)

#: What the progress display calls it.
MAKING = "making lists"


def worst(exit_codes: Iterable[int]) -> int:
    """The exit code that says the worst; done where there is none."""
    return min(exit_codes, key=_WORST_FIRST.index, default=EXIT_DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOptions:
    """How to run a batch."""

    only: tuple[str, ...] = ()  # names of the lists wanted; empty for all
    force: bool = False  # make also what is up to date
    workers: int | str = "auto"
    backend: str | None = None
    memory_bytes: int | None = None  # ceiling for this process and its workers
    overwrite: bool = False  # replace files that are no lists of builds


@dataclass(slots=True)
class Entry:
    """One list and what became of it."""

    name: str
    build_list: BuildList | None  # None where the batch file is wrong about it
    reasons: tuple[str, ...] = ()  # why it is out of date; empty where it is not
    outcome: Outcome = field(default_factory=Outcome)
    is_kept: bool = False  # what was found in this run stands elsewhere, or nowhere: output and page are as they were

    def fail(self, error: EquipmentOptimizerError) -> None:
        """It cannot be made."""
        self.outcome = Outcome(status="failed", exit_code=error.exit_code, message=str(error))


@dataclass(slots=True)
class BatchRun:
    """One run over the lists of a batch; a name in `BatchOptions.only` that no list has is a `UsageError`.

    `entries` are in the order of the batch file, those of `BatchOptions.only`; `notices` are
    sentences for the user, each once; `plan` says how the lists were divided among
    processes, and why; `checkpoint` keeps what this run has dealt with, where that is wanted.
    """

    batch: BatchLists
    outputs: Outputs
    options: BatchOptions
    entries: list[Entry] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    plan: str = ""
    checkpoint: BatchCheckpoint | None = None

    def __post_init__(self) -> None:
        lists = {build_list.name: build_list for build_list in self.batch.lists}
        self._check_names()
        self.add_notices(self.batch.notices)
        for name in self.batch.order:
            if self.options.only and name not in self.options.only:
                continue
            entry = Entry(name, lists.get(name))
            self.entries.append(entry)
            if entry.build_list is None:
                entry.fail(self.batch.broken[name])

    def _check_names(self) -> None:
        """Refuse names that no list has."""
        for name in self.options.only:
            if name not in self.batch.order:
                from ..files.findings import listing
                from ..files.names import near

                guess = near(name, self.batch.order)
                mend = f"did you mean '{guess}'?" if guess else f"the lists are {listing(self.batch.order)}"
                raise UsageError(f"no build list is named '{name}'", mend)

    def add_notices(self, notices: Iterable[str]) -> None:
        """Keep notices; what several lists say of a file that they share is said once."""
        self.notices.extend(notice for notice in dict.fromkeys(notices) if notice not in self.notices)

    @property
    def lists(self) -> list[BuildList]:
        """Lists that can be tried."""
        return [entry.build_list for entry in self.entries if entry.build_list is not None]

    @property
    def to_make(self) -> list[tuple[Entry, BuildList]]:
        """Lists that are out of date, in order."""
        waiting = (entry for entry in self.entries if entry.outcome.status == "to make")
        return [(entry, entry.build_list) for entry in waiting if entry.build_list is not None]

    @property
    def exit_code(self) -> int:
        """The worst of all lists."""
        return worst(entry.outcome.exit_code for entry in self.entries)

    def survey(self, *, together: bool = False) -> None:
        """Find out what is out of date, from hashes alone: where lists depend on each other all, if one is."""
        for entry, build_list in self.to_make:
            try:
                self._check_output(build_list)
            except EquipmentOptimizerError as error:
                entry.fail(error)
                continue
            entry.reasons = ("forced",) if self.options.force else tuple(self.outputs.reasons(build_list))
        if together and any(entry.reasons for entry, _ in self.to_make):
            for entry, _ in self.to_make:
                entry.reasons = entry.reasons or ("another list is made again",)
        for entry, build_list in self.to_make:
            if not entry.reasons:
                self._tell(entry, build_list)
        self.add_notices(
            f"{path}: cannot be understood; the lists that it described are made again" for path in self.outputs.damaged
        )

    def _check_output(self, build_list: BuildList) -> None:
        """Refuse an output that cannot be written, or a file there that holds something else."""
        check_output(build_list, (build_list.equipment, build_list.config, self.batch.path))
        if self.outputs.record_of(build_list) is None:
            check_builds_target(build_list.output, overwrite=self.options.overwrite)

    def entries_of_all(self) -> list[Entry]:
        """Every list of the batch, also those that were left out of this run."""
        entries = {entry.name: entry for entry in self.entries}
        lists = {build_list.name: build_list for build_list in self.batch.lists}
        return [entries.get(name) or self._entry_as_it_is(name, lists.get(name)) for name in self.batch.order]

    def _entry_as_it_is(self, name: str, build_list: BuildList | None) -> Entry:
        """What is known of a list that was left out."""
        entry = Entry(name, build_list)
        if build_list is None:
            entry.fail(self.batch.broken[name])
        elif self.outputs.record_of(build_list) is not None:
            self._tell(entry, build_list)
            entry.reasons = tuple(self.outputs.reasons(build_list))
            if entry.reasons and entry.outcome.status == "up to date":
                entry.outcome = replace(entry.outcome, status="to make")
        return entry

    def restore(self) -> None:
        """Take over from the checkpoint what this run has dealt with before it was killed or stopped."""
        if self.checkpoint is None:
            return
        for entry in self.entries:
            if entry.build_list is not None and entry.outcome.status != "failed":
                entry.outcome = self.checkpoint.finished(entry.build_list, self.outputs) or entry.outcome

    def _tell(self, entry: Entry, build_list: BuildList) -> None:
        """Say of a list what its record says."""
        record = self.outputs.record_of(build_list)
        assert record is not None  # without a record there is a reason to make it
        if record.status == "infeasible":
            entry.outcome = Outcome(status="infeasible", exit_code=EXIT_INFEASIBLE, message=record.message)
        else:
            entry.outcome = Outcome(status="up to date", n_results=record.n_results, best_score=record.best_score)
        news = f"as before; last change: {record.news}" if record.news not in ("", "new") else "as before"
        entry.outcome = replace(entry.outcome, notices=record.notices, best=record.best, news=news)

    def maker(self, *, alone: bool) -> ListMaker:
        """What all jobs share; a list that is made alone may use the workers itself."""
        options = self.options
        memory = options.memory_bytes
        if not alone and memory is not None and isinstance(options.workers, int):
            # This process takes a share beside its workers.
            memory //= options.workers + 1
        engine_options = {
            "workers": options.workers if alone else 1,
            "backend": options.backend if alone else "serial",
            "memory_bytes": memory,
        }
        return ListMaker(engine_options)

    def make(self, flag: StopFlag, on_progress: OnProgress | None = None) -> None:
        """Make what is out of date, side by side where that pays; `flag`, once it is set, ends the batch.

        Lists that were not finished stay as they were. Raises an `OutputError` if the state cannot be written.
        """
        waiting = self.to_make
        n_lists = len(waiting)
        report = reporter(on_progress, n_lists)
        report(0)
        while waiting and not flag.is_set():
            n_done = self._make_some(flag, waiting, _shifted(report, n_lists - len(waiting)))
            waiting = waiting[n_done:]
        self.give_up_open_lists()

    def _make_some(
        self, flag: StopFlag, waiting: Sequence[tuple[Entry, BuildList]], report: Callable[[int], None]
    ) -> int:
        """Make lists until one takes its workers down with it; returns how many are dealt with."""
        n_done = 0
        results = self._results(flag, [self.job(build_list) for _, build_list in waiting])
        try:
            for (entry, build_list), made in zip(waiting, results, strict=False):
                self.commit(entry, build_list, made)
                n_done += 1
                report(n_done)
                if flag.is_set():
                    break
        except WorkerError as error:
            # Results come in order: it is the next list's.
            waiting[n_done][0].fail(error)
            n_done += 1
        finally:
            results.close()
        return n_done

    def give_up_open_lists(self) -> None:
        """Mark what the end of the run left undone."""
        for entry, _ in self.to_make:
            entry.outcome = Outcome(status="interrupted", exit_code=EXIT_STOPPED_EARLY)

    def _results(self, flag: StopFlag, jobs: Sequence[Job]) -> Generator[Made, None, None]:
        """What came of each job, in order."""
        options = self.options
        alone = len(jobs) <= 1
        maker = self.maker(alone=alone)
        if alone:
            yield from (make_list(maker, job, flag=flag) for job in jobs)
            return
        from ..parallel.ordered_map import ordered_map

        # A ceiling is certain to hold for one list after the other.
        workers = 1 if options.memory_bytes is not None and options.workers == "auto" else options.workers
        with ordered_map(
            partial(make_list, flag=flag),
            jobs,
            payload=maker,
            workers=workers,  # type: ignore[arg-type]
            backend=options.backend,  # type: ignore[arg-type]
            chunksize=1,
            should_stop=flag.is_set,
            on_notice=self.notices.append,
        ) as results:
            self.plan = str(results.plan)
            yield from results

    def job(self, build_list: BuildList, worn_by_others: frozenset[int] = frozenset()) -> Job:
        """What makes a list, of the pieces that no other wears."""
        wants_page = self.outputs.report_dir is not None
        answers = self.outputs.answers if wants_page else ()
        return Job(build_list=build_list, worn_by_others=worn_by_others, wants_page=wants_page, answers=answers)

    def commit(self, entry: Entry, build_list: BuildList, made: Made) -> None:
        """Say what came of a list, and replace its files."""
        made = replace(made, outcome=replace(made.outcome, news=self.outputs.news(build_list, made)))
        entry.outcome = made.outcome
        if made.output is not None or made.outcome.status == "infeasible":
            try:
                target = self.outputs.keep(build_list, made)
            except EquipmentOptimizerError as error:
                entry.fail(error)
                return
            entry.is_kept = made.output is not None and target != build_list.output
            if entry.is_kept:
                told = f"{build_list.output} holds a complete list and is left as it is; this one is in {target}"
                told = told if target else f"nothing was found in time: {build_list.output} is left as it is"
                entry.outcome = replace(entry.outcome, notices=[*entry.outcome.notices, told])
            if self.checkpoint is not None:
                self.checkpoint.finish(build_list, made, self.outputs)
        self.add_notices(entry.outcome.notices)


def _shifted(report: Callable[[int], None], n_before: int) -> Callable[[int], None]:
    """A function that reports how many are done beside those before."""
    return lambda n_done: report(n_before + n_done)


def reporter(on_progress: OnProgress | None, total: int) -> Callable[[int], None]:
    """A function that reports how many lists are done."""
    if on_progress is None:
        return lambda n_done: None
    return lambda n_done: on_progress(Progress(MAKING, n_done, total, "lists"))
