"""What a batch writes beside its lists: their index, the heads of pages, what changed, the checkpoint of a run.

In: the run, and where these go. Nothing here knows how a page looks.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from ..output.overwriting import check_own_target
from ..output.pages.batch_index import IndexEntry, write_index
from ..output.pages.page_frame import Frame, set_frame
from ..output.terminal import say
from ..system.atomic_file import atomic_writer, check_target
from ..system.checkpoint_file import check_checkpoint_path
from ..units import format_count
from .checkpoint import BatchCheckpoint, files_of
from .outputs import page_name

if TYPE_CHECKING:
    from .batch_file import BatchLists
    from .run import BatchRun, Entry

__all__ = ["BatchPages", "end_checkpoint", "open_checkpoint", "without_folder"]

_INDEX = "index.html"

#: What is said of a page that an earlier run made, by what became of its list.
_STALE = {
    "failed": "This list could not be made again; what you see is of an earlier run.",
    "infeasible": "No build fits any more; what you see is of an earlier run.",
    "interrupted": "The last run ended before this list was made again; what you see is of an earlier run.",
    "to make": "Its files have changed since; what you see is of an earlier run.",
}

#: What became of a list that is as the run before left it, though it was to be made.
_NOT_MADE = ("failed", "interrupted", "stopped")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPages:
    """Where pages go: `report_dir` a folder for those of the lists, `changes` the Markdown of what changed."""

    report_dir: str | None = None
    changes: str | None = None

    @property
    def twin(self) -> str | None:
        """Where what changed goes as HTML: beside ``FILE.md``; None beside anything else."""
        stem, ending = os.path.splitext(self.changes or "")
        return f"{stem}.html" if ending.lower() in (".md", ".markdown") else None

    def check(self, batch: BatchLists, *, overwrite: bool) -> None:
        """Refuse pages that would overwrite something else."""
        pages = [(_INDEX, "the index")]
        pages += [(page_name(build_list.name), f"the page of {build_list.name}") for build_list in batch.lists]
        outputs = {os.path.realpath(listed.output): f"the builds of {listed.name}" for listed in batch.lists}
        if self.report_dir is not None:
            if os.path.exists(self.report_dir) and not os.path.isdir(self.report_dir):
                message = f"the folder for reports is a file: {self.report_dir}"
                raise UsageError(message, "name a folder; it is made if need be")
            for page, what in pages:
                path = os.path.join(self.report_dir, page)
                check_own_target(path, "report", overwrite=overwrite)
                outputs[os.path.realpath(path)] = what
        inputs = [path for build_list in batch.lists for path in (build_list.equipment, build_list.config)]
        for path in filter(None, (self.changes, self.twin)):
            check_target(path, [batch.path, *inputs])
            check_own_target(path, "page of changes" if path == self.changes else "report", overwrite=overwrite)
            what = outputs.get(os.path.realpath(path), "")
            if what:
                raise UsageError(f"the page of changes and {what} would be the same file", "name another file")

    def write(self, run: BatchRun) -> None:
        """The index of the lists' pages, and the page of changes."""
        if self.changes is not None:
            self._write_changes(run, self.changes)
        if self.report_dir is not None:
            changes = "" if self.changes is None else _relative(self.twin or self.changes, self.report_dir)
            _write_index_pages(self.report_dir, run.batch.path, run.entries_of_all(), changes=changes)

    def _write_changes(self, run: BatchRun, path: str) -> None:
        """What changed, and the same as HTML."""
        from ..output.pages.changes import render_changes
        from .changes_page import changes_page

        outcomes = {entry.name: entry.outcome.status for entry in run.entries}
        not_made = {name: status for name, status in outcomes.items() if status in _NOT_MADE}
        told = run.outputs.told(run.lists)
        with atomic_writer(path) as writer:
            writer.write(changes_page(*told, not_made).encode("utf-8", "backslashreplace"))
        if self.twin is not None:
            with atomic_writer(self.twin) as writer:
                writer.write(render_changes(*told, not_made, **self._ways(run, self.twin)))
        # Only now: a page that could not be written has told nothing.
        run.outputs.forget_told(run.lists)

    def _ways(self, run: BatchRun, page: str) -> dict[str, Any]:
        """Where the page of changes leads to: the index, and each list's page and builds."""
        folder, pages = os.path.dirname(page) or os.curdir, self.report_dir
        ways = {
            listed.name: (
                "" if pages is None else _relative(os.path.join(pages, page_name(listed.name)), folder),
                _relative(listed.output, folder),
            )
            for listed in run.lists
        }
        index = ""
        if pages is not None:
            with suppress(ValueError):  # on another drive
                index = os.path.relpath(os.path.realpath(os.path.join(pages, _INDEX)), os.path.realpath(folder))
        return {"ways": ways, "index": index}


def open_checkpoint(
    path: str, run: BatchRun, *, pages: BatchPages, priority: bool = False, resume: bool = False
) -> BatchCheckpoint:
    """The checkpoint of a run, from which it goes on where there is one.

    A `UsageError` if the file is damaged, of another batch, or one that the batch reads or writes.
    """
    batch, outputs, options = run.batch, run.outputs, run.options
    files = [batch.path] if os.path.isfile(batch.path) else []
    files += [file for build_list in batch.lists for file in files_of(build_list)]
    check_checkpoint_path(path, resume=resume, inputs=files)
    written = [file for build_list in batch.lists for file in (build_list.output, outputs.state_of(build_list).path)]
    written += [page for build_list in batch.lists if (page := outputs.page_path(build_list)) is not None]
    written += [] if pages.changes is None else [pages.changes]
    if os.path.realpath(path) in map(os.path.realpath, written):
        raise UsageError(f"the batch writes to this file as well: {path}", "name another file")
    decides = {
        "lists": list(batch.order),
        "--only": sorted(options.only),
        "--force": options.force,
        "--disjoint": "disjoint" in outputs.jointly,
        "answers": list(outputs.answers),
        "--priority": priority,
        "--changes": pages.changes is not None,
    }
    return BatchCheckpoint(path, files, decides, say)


def end_checkpoint(run: BatchRun) -> bool:
    """Leave no checkpoint behind where every list is dealt with, and a whole one where not; whether one is left."""
    if run.checkpoint is None:
        return False
    if all(entry.outcome.status != "interrupted" for entry in run.entries):
        run.checkpoint.remove()
        return False
    run.checkpoint.save()
    return True


def _write_index_pages(folder: str, title: str, entries: Sequence[Entry], *, changes: str = "") -> None:
    """Write the index, and the frame of every page that is there."""
    there = [entry for entry in entries if os.path.exists(os.path.join(folder, page_name(entry.name)))]
    linked = [entry for entry in there if entry.outcome.status not in ("failed", "infeasible")]
    ways = [(page_name(entry.name), entry.name) for entry in linked]
    for entry in there:
        at = linked.index(entry) if entry in linked else None
        frame = Frame(
            index=_INDEX,
            previous=ways[at - 1] if at else None,
            following=ways[at + 1] if at is not None and at + 1 < len(ways) else None,
            stale=_stale(entry),
            changes=changes,
            command=_command(title, folder, changes),
        )
        set_frame(os.path.join(folder, page_name(entry.name)), frame)
    pages = {entry.name for entry in linked}
    told = [_index_entry(entry, folder, entry.name in pages) for entry in entries]
    write_index(os.path.join(folder, _INDEX), title, told, changes=changes)


def _command(batch: str, folder: str, changes: str) -> str:
    """What makes a batch and its pages again, as told from the folder of its file, or the one above its folder."""
    base = os.path.dirname(os.path.realpath(batch))
    words = ["python", "-m", "equipment_optimizer", "batch", os.path.basename(os.path.realpath(batch))]
    words += ["--report-dir", _within(folder, base)]
    if changes:
        stem, ending = os.path.splitext(os.path.join(folder, changes))
        words += ["--changes", _within(stem + (".md" if ending == ".html" else ending), base)]
    return shlex.join(words)


def _within(path: str, base: str) -> str:
    """A path below a folder as it is told there; its last name where it is elsewhere: a page is there to be shared."""
    with suppress(ValueError):  # on another drive
        told = os.path.relpath(os.path.realpath(path), base)
        if not told.startswith(os.pardir):
            return told.replace(os.sep, "/")
    return os.path.basename(os.path.realpath(path))


def _stale(entry: Entry) -> str:
    """Why a page is of an earlier run; empty where it is not."""
    if entry.is_kept:
        return "The last run was stopped early and its list stands beside this one; what you see is of an earlier run."
    return _STALE.get(entry.outcome.status, "")


def _index_entry(entry: Entry, folder: str, has_page: bool) -> IndexEntry:
    """A list as the index tells it."""
    outcome, build_list = entry.outcome, entry.build_list
    is_there = build_list is not None and outcome.n_results is not None
    return IndexEntry(
        name=entry.name,
        status=outcome.status,
        n_results="" if outcome.n_results is None else format_count(outcome.n_results),
        best_score=outcome.best_score or "",
        seconds="" if outcome.seconds is None else f"{outcome.seconds:.2f}",
        news=outcome.news,
        message=without_folder(outcome.message),
        notices=[without_folder(notice) for notice in outcome.notices],
        best=outcome.best,
        page=page_name(entry.name) if has_page else "",
        csv=_relative(build_list.output, folder) if is_there and build_list is not None else "",
        config="" if build_list is None else _relative(build_list.config, folder),
    )


def without_folder(text: str) -> str:
    """Lines that begin with the name of their file, not with where it is: a page is there to be shared."""
    lines = []
    for line in text.split("\n"):
        place, colon, message = line.partition(": ")
        lines.append(os.path.basename(place) + colon + message)
    return "\n".join(lines)


def _relative(path: str, folder: str) -> str:
    """A file as a page in `folder` links to it; empty where it is not there, or on another drive."""
    if not os.path.isfile(path):
        return ""
    try:
        return os.path.relpath(os.path.realpath(path), os.path.realpath(folder))
    except ValueError:
        return ""
