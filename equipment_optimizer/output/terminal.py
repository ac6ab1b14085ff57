"""What a person at a terminal sees on standard error: messages, and progress as it happens.

Progress is drawn with the rich library, which is imported only when there is a
terminal to draw on.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from ..progress import OnProgress, Progress
from ..units import format_count, format_seconds

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

__all__ = ["Notices", "describe", "drop", "is_terminal", "progress_display", "say"]

#: Seconds between two drawings: as often as an eye follows, and cheap.
_REDRAW_SECONDS = 0.1


def say(text: str) -> None:
    """Print to standard error; silent where nobody can hear it."""
    if sys.stderr is None:
        return
    # Closed, full, or the reader went away: there is nowhere left to complain.
    try:
        print(text, file=sys.stderr, flush=True)
    except (OSError, ValueError):
        drop(sys.stderr)


class Notices:
    """Takes sentences for the user: says them as they come, and keeps those for what is written beside the builds."""

    def __init__(self, *, are_wanted: bool) -> None:
        self.sentences: list[str] = []
        self.are_wanted = are_wanted

    def tell(self, sentence: str) -> None:
        """Keep a notice about the job, and say it."""
        self.sentences.append(sentence)
        self.mention(sentence)

    def mention(self, sentence: str) -> None:
        """Say what concerns this run alone."""
        if self.are_wanted:
            say(f"notice: {sentence}")


def drop(stream: TextIO | None) -> None:
    """Nothing more goes out there: the interpreter would try again at its end, and fail with a code of its own."""
    with suppress(OSError, ValueError, AttributeError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())  # type: ignore[union-attr]
        os.close(null)


def is_terminal(stream: object) -> bool:
    """Whether `stream` is open and a terminal."""
    try:
        return bool(stream is not None and stream.isatty())  # type: ignore[attr-defined]
    except ValueError:
        return False


@contextmanager
def progress_display(*, wanted: bool = True) -> Iterator[OnProgress | None]:
    """Draw stages on standard error while the block runs, where that is a terminal.

    None where nobody would see them, so that the stages need not even count.
    """
    if not wanted or not is_terminal(sys.stderr):
        yield None
        return
    display = _Display()
    try:
        yield display.show
    finally:
        display.close()


class _Display:
    """One line per stage: name, bar, counts, rate and time left."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        # No drawing thread: worker processes may be forked while it would hold a lock.
        self._bars: Bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[numbers]}", markup=False),
            console=Console(stderr=True),
            auto_refresh=False,
        )
        self._stage: str | None = None
        self._task: TaskID | None = None
        self._started = self._drawn = 0.0
        self._is_gone = False
        with self._terminal():
            self._bars.start()

    @contextmanager
    def _terminal(self) -> Iterator[None]:
        """Where the terminal goes away during the run, nothing more is drawn."""
        try:
            yield
        except OSError:
            self._is_gone = True
            drop(sys.stderr)

    def show(self, progress: Progress) -> None:
        """Draw `progress` if its stage is new, done, or was last drawn a while ago."""
        if not self._is_gone:
            with self._terminal():
                self._draw(progress)

    def _draw(self, progress: Progress) -> None:
        now = time.monotonic()
        is_new = progress.stage != self._stage
        is_done = progress.total is not None and progress.done >= progress.total
        if not (is_new or is_done or now - self._drawn >= _REDRAW_SECONDS):
            return
        if is_new or self._task is None:
            self._stage, self._started = progress.stage, now
            self._task = self._bars.add_task(progress.stage, total=1.0, numbers="")
        # Counts may exceed every float: the bar gets a fraction.
        fraction = progress.done / progress.total if progress.total else float(is_done)
        self._bars.update(
            self._task,
            total=None if progress.total is None else 1.0,
            completed=fraction,
            numbers=describe(progress, now - self._started),
        )
        self._bars.refresh()
        self._drawn = now

    def close(self) -> None:
        """Leave the last state on the screen and give the cursor back."""
        with self._terminal():
            self._bars.stop()


def describe(progress: Progress, elapsed_seconds: float) -> str:
    """Counts, rate and time left in words: ``5,000 of 231,660 rows, 12,000/s, 19.0 s left``."""
    done = format_count(progress.done)
    words = [f"{done} {progress.unit}"]
    if progress.total is not None:
        words = [f"{done} of {format_count(progress.total)} {progress.unit}"]
    if elapsed_seconds > 0 and progress.done > 0 and progress.unit != "seconds":
        # In integers where floats would overflow: elapsed time in microseconds.
        microseconds = max(1, int(elapsed_seconds * 1e6))
        words.append(f"{format_count(progress.done * 1_000_000 // microseconds)}/s")
        left = 0 if progress.total is None else progress.total - progress.done
        if left > 0:
            words.append(f"{format_seconds(left * microseconds // progress.done / 1e6)} left")
    if progress.detail:
        words.append(progress.detail)
    return ", ".join(words)
