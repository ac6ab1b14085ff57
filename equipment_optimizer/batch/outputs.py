"""What a batch has made and makes: is it up to date, and how it is replaced.

This module alone writes: first the state that describes an output, then the
output, each replaced as a whole. Killed between the two, the output does not fit
its record and is made again, while what changed can still be seen.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from ..errors import EquipmentOptimizerError
from ..output.overwriting import choose_target, partial_path, remove_partial
from ..output.pages.page_frame import unframed
from ..system.atomic_file import atomic_writer, make_folder, remove_stale
from ..system.file_hashes import FileHashes, fingerprint, hash_chunks
from ._compressed_bytes import Packed
from ._list_maker import Made
from ._state_file import RESULT_VERSION, ListRecord, State
from .batch_file import BuildList

__all__ = ["Outputs", "page_name"]


def page_name(name: str) -> str:
    """File name of a list's report page, beside the index."""
    return "index (list).html" if name.casefold() == "index" else f"{name}.html"


def page_hash(path: str) -> str | None:
    """Hash of a page as it was made, whatever the batch has said at its head since; None where there is none."""
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError:
        return None
    return hash_chunks([unframed(raw)])


class Outputs:
    """Outputs, report pages and their states.

    `report_dir` is the folder for a page of each list; with `wants_changes` what changed is kept
    until a page has told it. `jointly` is what decides the bytes of every list beside its own
    files, where one depends on the others; `answers` are what pages tell beside lists
    (`answers.plain_answers`); `damaged` are state files that could not be understood.
    """

    def __init__(self, report_dir: str | None, *, wants_changes: bool) -> None:
        self.report_dir = report_dir
        self.wants_changes = wants_changes
        self.jointly: dict[str, Any] = {}
        self.answers: tuple[str, ...] = ()
        self.damaged: list[str] = []
        self._hashes = FileHashes()
        self._states: dict[str, State] = {}
        self._patches: dict[tuple[str, str], dict[tuple[str, str], str]] = {}
        self._asked: set[tuple[str, tuple[str, ...]]] = set()  # files by hash, and for which columns they were read

    def state_of(self, build_list: BuildList) -> State:
        """The state of the folder that a list's output is in."""
        folder = os.path.dirname(build_list.output)
        if folder not in self._states:
            state = self._states[folder] = State(folder)
            if state.is_damaged:
                self.damaged.append(state.path)
        return self._states[folder]

    def record_of(self, build_list: BuildList) -> ListRecord | None:
        """What is remembered of a list."""
        return self.state_of(build_list).lists.get(os.path.basename(build_list.output))

    def page_path(self, build_list: BuildList) -> str | None:
        """Where a list's report page goes; None where none is wanted."""
        return None if self.report_dir is None else os.path.join(self.report_dir, page_name(build_list.name))

    def clean(self, lists: Iterable[BuildList]) -> None:
        """Remove what killed runs left beside any file that is written here."""
        for build_list in lists:
            self.state_of(build_list).clean()
            remove_stale(build_list.output)
            page = self.page_path(build_list)
            if page is not None:
                remove_stale(page)

    # --- is it up to date? -----------------------------------------------

    def reasons(self, build_list: BuildList) -> Iterator[str]:
        """Why a list must be made; nothing is read but bytes."""
        state, record = self.state_of(build_list), self.record_of(build_list)
        if record is None:
            yield "not made yet" if self._hashes.of(build_list.output) is None else "not made by a batch yet"
            return
        if record.version != RESULT_VERSION:
            yield "another version of the program made it"
        sources = [build_list.equipment, build_list.config, *(state.resolve(path) for path, _ in record.inputs[2:])]
        for path, (_, sha256) in zip(sources, record.inputs, strict=True):
            if self._hashes.of(path) != sha256:
                yield f"{os.path.basename(path)} changed"
        if record.inputs[1][0] != state.relative(build_list.config):
            # The files that it names are relative to it.
            yield "its config is another file"
        if record.options != self._deciding(build_list):
            yield "its options changed"
        if record.status == "made":
            yield from self._missing(build_list, state, record)

    def _missing(self, build_list: BuildList, state: State, record: ListRecord) -> Iterator[str]:
        """Files that are not as they were written."""
        sha256 = self._hashes.of(build_list.output)
        if sha256 != record.output_sha256:
            yield "its output is missing" if sha256 is None else "its output was changed"
        page = self.page_path(build_list)
        if page is not None:
            sha256 = record.pages.get(state.relative(page))
            if sha256 is None or page_hash(page) != sha256:
                yield "its report page is missing"

    def _deciding(self, build_list: BuildList) -> dict[str, Any]:
        """What decides the bytes beside the input files."""
        options = {"limit": build_list.limit, "spreadsheet_safe": build_list.spreadsheet_safe, **self.jointly}
        # What earlier records do not name was not there.
        answers = list(self.answers) if self.report_dir is not None and self.answers else None
        more = {
            "answers": answers,
            "encoding": build_list.encoding,
            "excel": build_list.excel,
            "strict": build_list.strict or None,
        }
        return options | {name: value for name, value in more.items() if value is not None}

    def digest(self, lists: Iterable[BuildList]) -> str:
        """One hash over what decides several lists, for lists that depend on each other."""
        parts = [
            (
                build_list.name,
                self._hashes.of(build_list.equipment),
                self._hashes.of(build_list.config),
                build_list.limit,
                build_list.encoding,
                build_list.strict,
            )
            for build_list in lists
        ]
        return hash_chunks([repr(parts).encode("utf-8", "backslashreplace")])

    def has_files(self, build_list: BuildList, hashes: object) -> bool:
        """Whether a list's output and page, or the list beside it, have the hashes that `hashes_of` gave."""
        if not isinstance(hashes, list) or len(hashes) != 2 or hashes[0] is None:
            return False
        page = self.page_path(build_list)
        told = [self._hashes.of(build_list.output), None if page is None else page_hash(page)]
        return hashes == told or hashes[0] == self._hashes.of(partial_path(build_list.output))

    # --- replacing --------------------------------------------------------

    def keep(self, build_list: BuildList, made: Made) -> str | None:
        """Write what came of a list, and remember it; returns where to, None: nowhere.

        A list that its time limit stopped goes beside a complete one, and one without rows takes the place of none
        that has some; then page and record stay as well. On an `OutputError` what was there before is untouched.
        """
        target, page = self._target(build_list, made), self.page_path(build_list)
        if made.output is not None and target != build_list.output:
            if target is not None:
                self._write(target, made.output)
            return target
        for path in (build_list.output, page):
            if path is not None:
                make_folder(os.path.dirname(path) or os.curdir)
        self._remember(build_list, made)
        if made.output is not None:
            self._write(build_list.output, made.output)
        if page is not None and made.page is not None:
            self._write(page, made.page)
        if made.outcome.status == "made":
            remove_partial(build_list.output)
        return target

    def _target(self, build_list: BuildList, made: Made) -> str | None:
        """The file that the builds go to."""
        if made.output is None:
            return None
        is_proved, has_rows = made.outcome.status == "made", bool(made.outcome.n_results)
        return choose_target(build_list.output, is_proved=is_proved, has_rows=has_rows)

    def _write(self, path: str, packed: Packed) -> None:
        """Replace a file by bytes."""
        with atomic_writer(path) as writer:
            for chunk in packed.chunks():
                writer.write(chunk)
        self._hashes.forget(path)

    def hashes_of(self, made: Made) -> tuple[str | None, str | None]:
        """SHA-256 of the output and of the page that were made."""
        return tuple(None if packed is None else hash_chunks(packed.chunks()) for packed in (made.output, made.page))  # type: ignore[return-value]

    def _remember(self, build_list: BuildList, made: Made) -> None:
        """Keep the record of a list, unless it is not proved: that is made again."""
        state, old = self.state_of(build_list), self.record_of(build_list)
        key = os.path.basename(build_list.output)
        state.lists.pop(key, None)
        paths = (build_list.equipment, *made.inputs)
        hashes = [self._hashes.of(path) for path in paths]
        if made.outcome.status != "stopped" and all(hashes):
            self._keep_pieces(state, build_list, made)
            inputs = [[state.relative(path), sha256 or ""] for path, sha256 in zip(paths, hashes, strict=True)]
            page, (output_sha256, page_sha256) = self.page_path(build_list), self.hashes_of(made)
            state.lists[key] = ListRecord(
                name=build_list.name,
                status=made.outcome.status,
                inputs=inputs,
                options=self._deciding(build_list),
                output_sha256=output_sha256,
                pages={} if page is None or page_sha256 is None else {state.relative(page): page_sha256},
                n_results=made.outcome.n_results or 0,
                best_score=made.outcome.best_score,
                message=made.outcome.message,
                notices=made.outcome.notices,
                config=made.config,
                best=made.outcome.best,
                news=made.outcome.news,
                pending=self._pending(build_list, made, old, inputs),
            )
        state.save()

    def news(self, build_list: BuildList, made: Made) -> str:
        """What changed since a list was made before, in a sentence; to be asked before it is kept."""
        from ._change_sentence import news_sentence

        old = self.record_of(build_list)
        changes = None if old is None else self._known_changes(build_list, old)
        return news_sentence(old, made, changes or {})

    def _pending(
        self, build_list: BuildList, made: Made, old: ListRecord | None, inputs: list[list[str]]
    ) -> list[dict[str, Any]]:
        """What a page of changes has to tell of a list: what it has not told yet, and this."""
        untold = [] if old is None else old.pending
        if not self.wants_changes or (made.output is None and old is not None and old.status == "infeasible"):
            return untold
        from ._changes import compare_configs, compare_outputs, with_drawn

        try:
            with open(build_list.output, "rb") as file:
                before = file.read()
        except OSError:
            before = None
        reasons: list[str] = []
        changes: dict[tuple[str, str], str] | None = {}
        if old is not None:
            known = dict(old.inputs[2:])
            reasons = compare_configs(old.config, made.config)
            reasons += [f"{os.path.basename(path)} changed" for path, sha in inputs[2:] if known.get(path) != sha]
            changes = self._piece_changes(build_list, old)
            if changes is None:
                reasons.append(f"{os.path.basename(build_list.equipment)} changed; what its pieces were is not known")
        if made.output is None:
            before, reasons = None, [*reasons, "no build fits" if old is None else "no build fits any more"]
        after = b"" if made.output is None else b"".join(made.output.chunks())
        told = compare_outputs(before, after, made.positions, with_drawn(changes or {}, made.config), reasons)
        if made.output is None:
            told |= {"reasons": reasons, "before": old and {"n": old.n_results, "best": old.best_score}}
        told["after"] = {"n": made.outcome.n_results or 0, "best": made.outcome.best_score}
        told["inputs"] = [fingerprint(sha for _, sha in files) for files in ([] if old is None else old.inputs, inputs)]
        return [*untold, told]

    def _keep_pieces(self, state: State, build_list: BuildList, made: Made) -> None:
        """Remember what the pieces are: the next patch may be told from it."""
        from ._changes import asks_for_columns, joined, snapshot

        sha256, asked = self._hashes.of(build_list.equipment), asks_for_columns(made.config)
        kept = None if sha256 is None else state.pieces.get(sha256)
        if sha256 is None or (kept is not None and (not asked or (sha256, asked) in self._asked)):
            return
        self._asked.add((sha256, asked))
        from ..loading.jobs import read_config

        with open(build_list.equipment, "rb") as file:
            raw = file.read()
        # Otherwise it changed since it was hashed, and the next batch will see to it.
        if hash_chunks([raw]) == sha256:
            # A config that is faulty by now has changed as well.
            with suppress(EquipmentOptimizerError):
                config, _ = read_config(build_list.config, encoding=build_list.encoding)
                state.pieces[sha256] = joined(kept or {}, snapshot(raw, config, build_list.encoding))
                self._patches = {shas: changes for shas, changes in self._patches.items() if sha256 not in shas}

    def _piece_changes(self, build_list: BuildList, old: ListRecord) -> dict[tuple[str, str], str] | None:
        """What happened to the pieces since a list was made, kept for the page as well; None where that is unknown."""
        state, changes = self.state_of(build_list), self._known_changes(build_list, old)
        if changes is not None and old.equipment_sha256 != self._hashes.of(build_list.equipment):
            lines = [f"{name} ({part}): {change}" for (part, name), change in changes.items()]
            if lines:
                state.patches[state.relative(build_list.equipment)] = lines
        return changes

    def _known_changes(self, build_list: BuildList, old: ListRecord) -> dict[tuple[str, str], str] | None:
        """What happened to the pieces since a list was made; None where that is unknown."""
        from ._changes import compare_pieces

        state = self.state_of(build_list)
        versions = (old.equipment_sha256, self._hashes.of(build_list.equipment) or "")
        if versions[0] == versions[1]:
            return {}
        if not set(versions) <= set(state.pieces):
            return None
        if versions not in self._patches:
            self._patches[versions] = compare_pieces(*(state.pieces[sha256] for sha256 in versions))
        return self._patches[versions]

    # --- telling what changed --------------------------------------------

    def told(self, lists: Iterable[BuildList]) -> tuple[list[tuple[str, list[dict[str, Any]]]], dict[str, list[str]]]:
        """What a page of changes has to tell: of each list, and of the pieces by equipment file."""
        told, pieces = [], {}
        for build_list in lists:
            record = self.record_of(build_list)
            told.append((build_list.name, [] if record is None else record.pending))
            state = self.state_of(build_list)
            path = state.relative(build_list.equipment)
            if path in state.patches:
                pieces[os.path.basename(build_list.equipment)] = state.patches[path]
        return told, pieces

    def forget_told(self, lists: Iterable[BuildList]) -> None:
        """The page has told it."""
        touched = {}
        for build_list in lists:
            state, record = self.state_of(build_list), self.record_of(build_list)
            patch = state.patches.pop(state.relative(build_list.equipment), None)
            if record is not None and record.pending:
                state.lists[os.path.basename(build_list.output)] = record.without_pending()
                touched[state.path] = state
            elif patch is not None:
                touched[state.path] = state
        for state in touched.values():
            state.save()
