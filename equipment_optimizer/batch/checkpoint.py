"""The checkpoint of a batch: which lists this run has dealt with, and what came of them.

The state beside the outputs (`_state`) says what is up to date, so that a
killed batch loses nothing that it had made. A checkpoint adds what belongs to one
run: that a list which was to be made in any case has been made, that one which its
time limit stops has had its time, who wears what where lists share a wardrobe, and
that all of it is of the same files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import EquipmentOptimizerError
from ..system.checkpoint_file import CheckpointFile, Content, Identity
from ..system.file_hashes import FileHashes
from ._make_list import Made
from .batch_file import BuildList

if TYPE_CHECKING:
    from .outputs import Outputs

__all__ = ["BatchCheckpoint", "files_of"]

#: What is kept of each list, beside the hashes of its files, with the types.
_KEPT: Mapping[str, type | tuple[type, ...]] = {
    "status": str,
    "exit_code": int,
    "message": str,
    "n_results": (int, type(None)),
    "best_score": (str, type(None)),
    "seconds": (int, float, type(None)),
    "best_lines": list,
}


def files_of(one: BuildList) -> tuple[str, ...]:
    """Files that decide a list: its equipment, its config, and those that the config names."""
    from ..loading.jobs import read_config

    try:
        config, _ = read_config(one.config)
    except EquipmentOptimizerError:
        # What is wrong with it is told when the list is made.
        return one.equipment, one.config
    return one.equipment, *config.inputs


class BatchCheckpoint:
    """What one run of a batch has dealt with.

    Parameters
    ----------
    path : str
    files : sequence of str
        Files that decide the batch.
    options : dict
        What else decides it, in plain JSON values.
    on_trouble : callable
        Told that it could not be written.

    Attributes
    ----------
    joint : (str, dict of str to list of int) or None
        How lists that share a wardrobe were chosen, in words, and the lines of the
        pieces that each wears; None while that is not decided.
    was_found : bool
        Whether there was one to go on from.

    Raises
    ------
    UsageError
        If the file is damaged, or is of another batch.
    """

    def __init__(
        self, path: str, files: Sequence[str], options: dict[str, Any], on_trouble: Callable[[str], object]
    ) -> None:
        hashes = FileHashes()
        inputs = tuple((file, hashes.of(file) or "") for file in dict.fromkeys(files))
        self._file = CheckpointFile(path, Identity("batch", inputs, options), on_trouble)
        self.joint: tuple[str, dict[str, list[int]]] | None = None
        self._lists: dict[str, dict[str, Any]] = {}
        found = self._file.found
        self.was_found = found is not None
        if found is not None and not self._take(found):
            raise self._file.damaged()

    def _take(self, found: Content) -> bool:
        """Go on from what was kept; false where that makes no sense."""
        lists, joint = found.state.get("lists"), found.state.get("joint")
        if not isinstance(lists, dict):
            return False
        for kept in lists.values():
            if not isinstance(kept, dict):
                return False
            if not all(isinstance(kept.get(key), kind) for key, kind in _KEPT.items()):
                return False
        self._lists = lists
        if joint is not None:
            plan, worn = joint
            self.joint = (plan, worn)
        return True

    def decide(self, plan: str, worn: dict[str, list[int]]) -> None:
        """Keep how the lists were chosen, before any of them is made."""
        self.joint = (plan, worn)
        self.save()

    def finish(self, one: BuildList, made: Made, outputs: Outputs) -> None:
        """A list is dealt with: its files are written."""
        own = {key: getattr(made, key) for key in _KEPT}
        if made.output is None:
            own["n_results"] = own["best_score"] = None
        self._lists[one.name] = {**own, "best_lines": list(made.best_lines), "files": list(outputs.hashes_of(made))}
        if self._file.is_due():
            self.save()

    def finished(self, one: BuildList, outputs: Outputs) -> dict[str, Any] | None:
        """What came of a list that this run has dealt with and whose files are still as they were written."""
        kept = self._lists.get(one.name)
        if kept is None or (kept["status"] != "infeasible" and not outputs.has_files(one, kept.get("files"))):
            return None
        return kept

    def save(self) -> None:
        """Write what is known now."""
        self._file.write({"lists": self._lists, "joint": self.joint})

    def remove(self) -> None:
        """Every list is dealt with."""
        self._file.remove()
