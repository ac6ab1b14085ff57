"""What earlier batches made, kept in a small JSON file beside the outputs.

A `ListRecord` says of one output what it was made of, by SHA-256, so that a batch
knows what is out of date without reading anything but bytes. Losing the file, or
any part of it that cannot be understood, costs a rerun and nothing else.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .._version import RESULT_VERSION
from ..system.atomic_file import atomic_writer, remove_stale
from ._outcome import record_of

__all__ = ["RESULT_VERSION", "STATE_NAME", "ListRecord", "State"]

#: Name of the state file in every folder that holds outputs.
STATE_NAME = "batch-state.json"

#: Form of the state file itself; a file of another form is as good as none.
_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRecord:
    """What one output was made of, and what came out."""

    name: str  # of the list, for people who read the file
    status: str
    version: int = RESULT_VERSION  # `RESULT_VERSION` of the program that made it
    #: Path, relative to the state's folder, and SHA-256 of the equipment, the config and the files that the
    #: config names, in this order.
    inputs: list[list[str]]
    options: dict[str, Any]  # what else decides the bytes
    output_sha256: str | None  # None where there was nothing to write
    #: Report pages with their SHA-256, by path relative to the state's folder.
    pages: dict[str, str] = field(default_factory=dict)
    n_results: int = 0
    best_score: str | None = None
    message: str = ""  # why it is infeasible
    notices: list[str] = field(default_factory=list)
    #: The config as it was understood, to tell what changed in it.
    config: dict[str, Any] = field(default_factory=dict)
    best: dict[str, Any] = field(default_factory=dict)  # pieces and key skills of the best build
    news: str = ""  # what had changed when it was made, in a sentence
    #: What changed when it was made, until a page of changes has told it.
    pending: list[dict[str, Any]] = field(default_factory=list)

    @property
    def equipment_sha256(self) -> str:
        """Hash of the equipment it was made of."""
        return self.inputs[0][1]

    def without_pending(self) -> ListRecord:
        """The record once a page of changes has been written."""
        return replace(self, pending=[])

    @classmethod
    def from_json(cls, value: object) -> ListRecord | None:
        """The record in a state file; None where it is not one."""
        record = record_of(cls, value, optional=("notices", "best", "news"))
        # Equipment and config are inputs of every list.
        is_whole = record is not None and len(record.inputs) >= 2 and all(len(pair) == 2 for pair in record.inputs)
        return record if is_whole else None


class State:
    """The state file of one folder (empty: the current one) with what earlier batches made there.

    `lists` is by the output's name in the folder; `pieces` holds what the pieces of an equipment
    file were, by the file's SHA-256, as `_changes.snapshot` gives it; `patches` what a page of
    changes has still to tell of the pieces, by file. `is_damaged` where the file could not be understood.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.path = os.path.join(folder, STATE_NAME)
        self.lists: dict[str, ListRecord] = {}
        self.pieces: dict[str, dict[str, Any]] = {}
        self.patches: dict[str, list[str]] = {}
        self.is_damaged = False
        self._load()

    def _load(self) -> None:
        try:
            with open(self.path, "rb") as file:
                value = json.loads(file.read())
        except FileNotFoundError:
            return
        except (OSError, ValueError, RecursionError):
            self.is_damaged = True
            return
        if not isinstance(value, dict) or value.get("format") != _FORMAT:
            self.is_damaged = True
            return
        lists, pieces, patches = (value.get(key) for key in ("lists", "pieces", "patches"))
        if not (isinstance(lists, dict) and isinstance(pieces, dict) and isinstance(patches, dict)):
            self.is_damaged = True
            return
        records = {name: ListRecord.from_json(kept) for name, kept in lists.items()}
        self.lists = {name: record for name, record in records.items() if record is not None}
        self.is_damaged = len(self.lists) < len(records)
        self.pieces = {sha: kept for sha, kept in pieces.items() if isinstance(kept, dict)}
        self.patches = {path: kept for path, kept in patches.items() if isinstance(kept, list)}

    def save(self) -> None:
        """Write the file as a whole or, on an `OutputError`, not at all, without what no record refers to any more."""
        wanted = {record.equipment_sha256 for record in self.lists.values()}
        self.pieces = {sha: kept for sha, kept in self.pieces.items() if sha in wanted}
        value = {
            "format": _FORMAT,
            "lists": {name: asdict(record) for name, record in sorted(self.lists.items())},
            "pieces": self.pieces,
            "patches": self.patches,
        }
        with atomic_writer(self.path) as writer:
            writer.write(json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode() + b"\n")

    def relative(self, path: str) -> str:
        """`path` as the state file names it: a folder that is moved as a whole stays up to date."""
        return os.path.relpath(path, self.folder or os.curdir)

    def resolve(self, path: str) -> str:
        """The path of what the state file names."""
        return os.path.join(self.folder, path)

    def clean(self) -> None:
        """Remove what killed runs left beside the state file."""
        remove_stale(self.path)
