"""What the sampler recommends, with what it is based on, for people and programs.

In: a decision and the measurements behind it. Out: one record. Knows nothing of equipment.
"""

from __future__ import annotations

import itertools
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from ._explanation import Decision
    from .dry_run import SamplingResult
    from .prediction.cost_model import Executor, JobCosts, MachineCosts

    Details = tuple[Decision, SamplingResult, JobCosts, MachineCosts]

__all__ = ["Recommendation"]


class Recommendation:
    """How to run a job, and why.

    Attributes
    ----------
    decision : Decision
        Also `executor` ("serial", "thread", "process" or "interpreter"), `n_jobs` (1 for serial), `chunksize` (items
        per message), `estimated_speedup` (over serial), `predicted_seconds` (of "serial", and of "thread" and
        "process" at their best where they are possible), `reason` (one sentence), `bound_by` (what limits
        the speed) and `warnings`.
    sampling : SamplingResult
        Everything measured on the function; also `data` (all items in order: where no sequence was
        given this continues its iteration and can be read once) and `sample_results` (by position, so that they
        need not be run again).
    job : JobCosts
    machine : MachineCosts
        What `decide` was given: with these two it decides the same anywhere.

    Examples
    --------
    >>> from equipment_optimizer.sampling import optimize
    >>> choice = optimize(abs, range(3))
    >>> choice.executor, choice.n_jobs, choice.sample_results
    ('serial', 1, {0: 0, 1: 1, 2: 2})
    """

    def __init__(
        self,
        func: Callable[[Any], Any],
        executor: Executor,
        n_jobs: int,
        chunksize: int,
        *,
        complete: Callable[[], Details],
        method: str | None = None,
    ) -> None:
        self._func, self._method = func, method
        self.executor, self.n_jobs, self.chunksize = executor, n_jobs, chunksize
        self._complete = complete
        self._known_details: Details | None = None
        #: Why `run` did it here after all, where that is so.
        self._not_followed: tuple[str, ...] = ()

    @property
    def _details(self) -> Details:
        """What is told besides; loaded when somebody asks."""
        if self._known_details is None:
            self._known_details = self._complete()
        return self._known_details

    @property
    def decision(self) -> Decision:
        """Everything that was decided, in words too."""
        return self._details[0]

    @property
    def sampling(self) -> SamplingResult:
        """What was measured on the function."""
        return self._details[1]

    @property
    def job(self) -> JobCosts:
        """What the job costs."""
        return self._details[2]

    @property
    def machine(self) -> MachineCosts:
        """What workers cost."""
        return self._details[3]

    @property
    def estimated_speedup(self) -> float:
        """Predicted serial time over the predicted time of what is recommended."""
        return self.decision.estimated_speedup

    @property
    def predicted_seconds(self) -> dict[str, float]:
        """By executor, each at its best."""
        return self.decision.predicted_seconds

    @property
    def predicted_intervals(self) -> Mapping[str, tuple[float, float]]:
        """By executor: where its time lies in nine of ten runs."""
        return self.decision.predicted_intervals

    @property
    def reason(self) -> str:
        """One sentence."""
        return self.decision.reason

    @property
    def bound_by(self) -> str:
        """What limits the speed."""
        return self.decision.bound_by

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know, and what could be changed; once it was run, why that was here where processes were meant."""
        return self.sampling.warnings + self.decision.warnings + self._not_followed

    @property
    def native_threads(self) -> int | None:
        """Threads that native libraries are allowed inside each process, which `run` sees to; None for no limit."""
        from .prediction.cost_model import native_threads

        return native_threads(self.job, self.machine, self.n_jobs) if self.executor == "process" else None

    @property
    def data(self) -> Iterable[Any]:
        """All items in order."""
        return self.sampling.data

    @property
    def sample_results(self) -> dict[int, Any]:
        """Results by position."""
        return self.sampling.sample_results

    def __str__(self) -> str:
        if self.executor == "serial":
            return f"serial: {self.reason}"
        from .tuning import EXECUTOR_NAMES

        what = EXECUTOR_NAMES[self.executor]
        items = "1 item" if self.chunksize == 1 else f"{self.chunksize} items"
        return f"{self.n_jobs} {what}, {items} a chunk: {self.reason}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def _repr_html_(self) -> str:
        """What notebooks show: the table of `explain`."""
        from html import escape

        rows = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in self.rows())
        return f"<table>{rows}</table>"

    def explain(self) -> str:
        """What was measured and what follows, as a table of plain text.

        Examples
        --------
        >>> from equipment_optimizer.sampling import optimize
        >>> print(optimize(abs, range(3)).explain().splitlines()[0])
        items                  3, 3 of them sampled
        """
        rows = self.rows()
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name.ljust(width)}  {value}" for name, value in rows)

    def rows(self) -> list[tuple[str, str]]:
        """What was measured and what follows, as pairs of words."""
        from ..units import format_count, format_seconds, format_size

        sample = self.sampling
        n_items = "unknown" if sample.n_items is None else format_count(sample.n_items)
        rows = [
            ("items", f"{n_items}, {sample.n_sampled} of them sampled"),
            ("one call", f"{_short(sample.mean_seconds)} +- {_short(sample.std_seconds)}"),
        ]
        if sample.warm_up_seconds is not None:
            rows.append(("first call", _short(sample.warm_up_seconds)))
        rows.append(("CPU share", f"{sample.cpu_share:.0%}"))
        if sample.gil_free_share is not None:
            rows.append(("lets other threads run", f"{sample.gil_free_share:.0%} of the time"))
        if sample.threads_started:
            rows.append(("threads it starts", str(sample.threads_started)))
        rows += [
            ("pickling an item", _pickling(sample.input_measurements)),
            ("pickling a result", _pickling(sample.result_measurements)),
            ("pickling the function", _pickling([sample.function_measurement])),
            ("peak memory of a call", "unknown" if sample.peak_bytes is None else format_size(sample.peak_bytes)),
        ]
        for name, seconds in self.predicted_seconds.items():
            low, high = self.predicted_intervals[name]
            span = f"to {format_seconds(high)}" if high < float("inf") else "or more"
            rows.append((f"predicted, {name}", f"{format_seconds(seconds)} ({format_seconds(low)} {span})"))
        rows += [("recommended", str(self)), ("speed-up", f"{self.estimated_speedup:.2f}")]
        return rows + [("note", warning) for warning in self.warnings]

    def run(self) -> list[Any]:
        """The results of all items, in order, computed as recommended; sampled items are not run again.

        Where no sequence was given (an iterator, say, or a set), this can be done once. Where no worker process can be
        started all is run here, and `warnings` says why.

        Raises
        ------
        UsageError
            Where that was done, or `data` was read, already.
        Exception
            Whatever the function or the iteration raises.

        Examples
        --------
        >>> from equipment_optimizer.sampling import optimize
        >>> optimize(abs, [-1, 2]).run()
        [1, 2]
        """
        from ..workers.ordered_results import StoppedError, interleave
        from .dry_run import remaining_items

        lists = self._lists(remaining_items(self.sampling))
        try:
            return list(interleave(itertools.chain.from_iterable(lists), self.sample_results))
        except StoppedError as stopped:
            error = stopped.error
        finally:
            lists.close()
        raise error

    def _lists(self, items: Iterator[Any]) -> Generator[Iterable[Any], None, None]:
        from ..workers.ordered_results import batches, run_here, run_threads

        if self.executor == "serial":
            yield run_here(self._func, items)
        elif self.executor == "thread":
            yield from run_threads(self._func, batches(items, self.chunksize), self.n_jobs)
        else:
            yield from self._from_workers(items)

    def _from_workers(self, items: Iterator[Any]) -> Generator[Iterable[Any], None, None]:
        from ..workers.ordered_results import batches, run_here
        from ..workers.pool import StartError, StartMemoryError, WorkerPool

        #: What was read, as long as no result is there.
        begun: list[Sequence[Any]] = []
        is_begun = False

        def read() -> Generator[Sequence[Any], None, None]:
            for chunk in batches(items, self.chunksize):
                if not is_begun:
                    begun.append(chunk)
                yield chunk

        native = self.native_threads
        try:
            with WorkerPool(self.n_jobs, self._method, waits=True) as pool:
                for values in pool.run(self._func, read(), window=sys.maxsize, native_threads=native):
                    is_begun = True
                    begun.clear()
                    yield values
            return
        except (StartError, StartMemoryError) as failure:
            if is_begun:
                raise
            self._not_followed = (f"worker processes could not be started: {' '.join(str(failure).split())}",)
        # After the exception, which errors of the function have nothing to do with.
        yield run_here(self._func, itertools.chain(*begun, items))

    def tell(self) -> None:
        """Print it and its warnings to standard error."""
        lines = [str(self), *(f"note: {warning}" for warning in self.warnings)]
        # Where nobody listens that is no reason to lose what is recommended.
        try:
            if sys.stderr is not None:
                print(*lines, sep="\n", file=sys.stderr)
        except (OSError, ValueError):
            return


def _short(seconds: float) -> str:
    """A duration for people, down to nanoseconds."""
    from ..units import format_seconds

    if seconds >= 1e-3:
        return format_seconds(seconds)
    return f"{seconds * 1e6:.1f} us" if seconds >= 1e-6 else f"{seconds * 1e9:.0f} ns"


def _pickling(measurements: list[tuple[float, int]]) -> str:
    """Mean seconds and bytes of what pickles, for people."""
    from ..units import format_size

    fine = [(seconds, size) for seconds, size in measurements if size]
    if not fine:
        return "impossible" if measurements else "not measured"
    seconds, size = (sum(values) / len(fine) for values in zip(*fine, strict=True))
    return f"{_short(seconds)}, {format_size(round(size))}"
