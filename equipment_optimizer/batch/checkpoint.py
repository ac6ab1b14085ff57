"""The checkpoint of a batch: which lists this run has dealt with, and what came of them.

The state beside the outputs (`_state_file`) says what is up to date, so that a
killed batch loses nothing that it had made. A checkpoint adds what belongs to one
run: that a list which was to be made in any case has been made, that one which its
time limit stops has had its time, who wears what where lists share a wardrobe, and
that all of it is of the same files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ..errors import EquipmentOptimizerError
from ..system.checkpoint_file import CheckpointFile, Content, Identity
from ..system.file_hashes import FileHashes
from ._list_maker import Made
from ._outcome import Outcome, record_of
from .batch_file import BuildList

if TYPE_CHECKING:
    from .outputs import Outputs

__all__ = ["BatchCheckpoint", "files_of"]


def files_of(build_list: BuildList) -> tuple[str, ...]:
    """Files that decide a list: its equipment, its config, and those that the config names."""
    from ..loading.jobs import read_config

    try:
        config, _ = read_config(build_list.config)
    except EquipmentOptimizerError:
        # What is wrong with it is told when the list is made.
        return build_list.equipment, build_list.config
    return build_list.equipment, *config.inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class JointPlan:
    """How lists that share a wardrobe were chosen, in words, and the rows of the pieces that each wears."""

    plan: str
    worn: dict[str, list[int]]


class BatchCheckpoint:
    """What one run of a batch has dealt with; a file that is damaged or of another batch is a `UsageError`.

    The `files`, and the `options` in plain JSON values, decide the batch. `joint` is None while it is not decided;
    `is_continued` where there was one to go on from.
    """

    def __init__(
        self, path: str, files: Sequence[str], options: dict[str, Any], on_trouble: Callable[[str], object]
    ) -> None:
        hashes = FileHashes()
        inputs = tuple((file, hashes.of(file) or "") for file in dict.fromkeys(files))
        self._file = CheckpointFile(path, Identity("batch", inputs, options), on_trouble)
        self.joint: JointPlan | None = None
        self._lists: dict[str, tuple[Outcome, object]] = {}
        content = self._file.earlier
        self.is_continued = content is not None
        if content is not None and not self._take(content):
            raise self._file.damaged()

    def _take(self, content: Content) -> bool:
        """Go on from what was kept; false where that makes no sense."""
        lists, joint = content.state.get("lists"), content.state.get("joint")
        if not isinstance(lists, dict):
            return False
        for name, kept in lists.items():
            hashes = kept.pop("files", None) if isinstance(kept, dict) else None
            outcome = record_of(Outcome, kept, optional=("best", "news"))
            if outcome is None:
                return False
            self._lists[name] = (outcome, hashes)
        self.joint = record_of(JointPlan, joint)
        return joint is None or self.joint is not None

    def decide(self, plan: str, worn: dict[str, list[int]]) -> None:
        """Keep how the lists were chosen, before any of them is made."""
        self.joint = JointPlan(plan=plan, worn=worn)
        self.save()

    def finish(self, build_list: BuildList, made: Made, outputs: Outputs) -> None:
        """A list is dealt with: its files are written."""
        self._lists[build_list.name] = (made.outcome, list(outputs.hashes_of(made)))
        self.save()

    def finished(self, build_list: BuildList, outputs: Outputs) -> Outcome | None:
        """What came of a list that this run has dealt with and whose files are still as they were written."""
        outcome, hashes = self._lists.get(build_list.name, (None, None))
        if outcome is None or outcome.status == "infeasible" or outputs.has_files(build_list, hashes):
            return outcome
        return None

    def save(self) -> None:
        """Write what is known now."""
        lists = {name: {**asdict(outcome), "files": hashes} for name, (outcome, hashes) in self._lists.items()}
        self._file.write({"lists": lists, "joint": None if self.joint is None else asdict(self.joint)})

    def remove(self) -> None:
        """Every list is dealt with."""
        self._file.remove()
