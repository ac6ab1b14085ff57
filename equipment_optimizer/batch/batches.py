"""Batches for a caller in Python: read, looked at, run."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..errors import UsageError
from ..progress import OnProgress
from ..system.atomic_file import make_folder
from ..system.stopping import StopFlag, stop_in_session
from .batch_file import read_batch
from .outputs import Outputs
from .pages import BatchPages, end_checkpoint, open_checkpoint
from .run import BatchOptions, BatchRun, Entry

__all__ = ["Batch"]


class Batch:
    """The lists of a batch file, or of a folder of configs, and what it takes to remake them.

    Parameters
    ----------
    path : str or path-like
        As for the command ``batch``.

    Attributes
    ----------
    path : str
    names : tuple of str
        Of its lists, in order.
    notices : list of str
        Of the file, and of the last run.

    Raises
    ------
    InputError
        If the file cannot be understood as a whole.
    UsageError
        If a folder holds no config.

    Examples
    --------
    >>> batch = Batch("example_data/patch/builds.json")
    >>> batch.names
    ('attack', 'guard')
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self._lists = read_batch(self.path)
        self.names = self._lists.order
        self.notices = list(self._lists.notices)

    def __repr__(self) -> str:
        return f"<Batch {self.path}: {len(self.names):,} lists>"

    def survey(self, *, only: Iterable[str] = (), force: bool = False) -> list[Entry]:
        """What would be made, and why; writes nothing.

        Parameters
        ----------
        only : iterable of str
            Names of the lists to look at; all by default.
        force : bool
            Whether all of them are to be made.

        Returns
        -------
        list of Entry
            With ``name``, ``reasons`` and ``outcome.status``: "to make" or "up to date".
        """
        run = BatchRun(self._lists, Outputs(None, wants_changes=False), BatchOptions(only=_names(only), force=force))
        run.survey()
        return run.entries

    def run(
        self,
        *,
        only: Iterable[str] = (),
        force: bool = False,
        workers: int | str = "auto",
        backend: str | None = None,
        memory_bytes: int | None = None,
        time_limit: float | None = None,
        overwrite: bool = False,
        disjoint: bool = False,
        report_dir: str | os.PathLike[str] | None = None,
        changes: str | os.PathLike[str] | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        resume: bool = False,
        on_progress: OnProgress | None = None,
    ) -> list[Entry]:
        """Make what is out of date; Ctrl-C in a session ends it with what is made by then.

        Parameters
        ----------
        only : iterable of str
            Names of the lists to make; all by default.
        force : bool
            Make also what is up to date.
        workers, backend, memory_bytes
            As for `optimize`; lists are made side by side.
        time_limit : float, optional
            Seconds after which the run ends; lists that are not finished stay as they were.
        overwrite : bool
            Replace outputs that are no lists of builds.
        disjoint : bool
            No two lists' best builds share a piece.
        report_dir : str or path-like, optional
            A folder for a page of every list and an index; made if need be.
        changes : str or path-like, optional
            A file, such as ``changes.md``, for what changed in every list and why; also as ``changes.html``.
        checkpoint : str or path-like, optional
            Keeps which lists are dealt with while the run lasts.
        resume : bool
            Go on from `checkpoint` where it is there.
        on_progress : callable, optional

        Returns
        -------
        list of Entry
            For each list ``name``, ``reasons`` and ``outcome``: ``status``, ``n_results``, ``best_score``,
            ``seconds``, ``message``. One broken list does not stop the others.

        Raises
        ------
        OutputError
            If a page or the state beside the outputs cannot be written.
        UsageError
            If an argument is wrong, or a page would replace something else.
        """
        names = _names(only)
        if resume and checkpoint is None:
            raise UsageError("resume needs a checkpoint to go on from", "name the checkpoint, or leave resume out")
        if disjoint and names:
            raise UsageError("disjoint needs all lists, and only leaves some out", "leave one of the two out")
        options = BatchOptions(
            only=names, force=force, workers=workers, backend=backend, memory_bytes=memory_bytes, overwrite=overwrite
        )
        pages = BatchPages(report_dir=_path(report_dir), changes=_path(changes))
        pages.check(self._lists, overwrite=overwrite)
        outputs = Outputs(pages.report_dir, wants_changes=changes is not None)
        run = BatchRun(self._lists, outputs, options)
        if disjoint:
            outputs.jointly = {"disjoint": outputs.digest(run.lists), "priority": False}
        flag = StopFlag(time_limit)
        if checkpoint is not None:
            run.checkpoint = open_checkpoint(os.fspath(checkpoint), run, pages=pages, resume=resume)
        with stop_in_session(flag):
            run.survey(together=disjoint)
            run.restore()
            if pages.report_dir is not None:
                make_folder(pages.report_dir)
            outputs.clean(run.lists)
            if run.to_make and disjoint:
                from .disjoint import make_disjoint

                make_disjoint(run, flag, on_progress, jointly=True)
            elif run.to_make:
                run.make(flag, on_progress)
            pages.write(run)
            end_checkpoint(run)
        self.notices = run.notices
        return run.entries


def _path(path: str | os.PathLike[str] | None) -> str | None:
    return None if path is None else os.fspath(path)


def _names(only: Iterable[str]) -> tuple[str, ...]:
    """Names of lists; one alone stands for a list of one."""
    return (only,) if isinstance(only, str) else tuple(only)
