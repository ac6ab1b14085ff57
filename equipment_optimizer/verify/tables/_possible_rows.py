"""Rows of what might be got, held against what is asked for and against builds.

In: the rows of a table of worths that stand behind those of its own pieces, and the job. Out: what differs, and what
was looked at.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from fractions import Fraction

from ...records.equipment import EquipmentPiece, EquipmentTable
from ...records.vocabulary import part_key
from ..judging import Definition, Difference, Rows
from ._possible_builds import Outcome, PossibleBuilds, own_pieces
from ._worth_row import Worth, text_of

__all__ = ["PossibleRows"]

#: The part that talismans are worn as.
_TALISMAN_PART = "Charm"

#: With fewer builds than this for each row only some rows are looked at.
_LEAST_OF_EACH = 20


class PossibleRows:
    """Judges such rows; `wishes` are the pieces of the wish list, where it is at hand."""

    def __init__(self, definition: Definition, allowed: Sequence[Sequence[int]], wishes: EquipmentTable | None) -> None:
        self.differences: list[Difference] = []
        self.checks: list[str] = []
        self._definition, self._allowed, self._wishes = definition, allowed, wishes
        self._config = definition.config
        self._worths: dict[str, list[Worth]] = {"wish": [], "talisman": [], "pair": [], "decoration": []}
        self._talismans: list[EquipmentPiece] = []

    def match(self, worths: Sequence[Worth]) -> None:
        """Take in rows in their order, and see whether they are those of the job."""
        for worth in worths:
            self._worths[worth.kind].append(worth)
        order = list(self._worths)
        if [worth.kind for worth in worths] != sorted((worth.kind for worth in worths), key=order.index):
            self._tell(0, "(file)", "wishes, talismans, pairs and decorations in this order", "another order")
        if self._wishes is not None:
            wished = own_pieces(self._wishes, self._config).values()
            self._compare("wish", [(piece.name.strip(), piece.body_part) for piece in wished])
        if self._worths["pair"]:
            both = itertools.combinations([(worth.name, worth.part) for worth in self._worths["wish"]], 2)
            self._compare("pair", [(f"{a} + {b}", " + ".join(dict.fromkeys((p, q)))) for (a, p), (b, q) in both])
        if self._worths["talisman"] or self._worths["decoration"]:
            self._compare("decoration", [(self._definition.decorations[n].name, "") for n in self._limited()])
            self._match_talismans()

    def _limited(self) -> list[int]:
        """Numbers of the decorations that there are only so many of."""
        return [n for n, decoration in enumerate(self._definition.decorations) if decoration.available is not None]

    def _compare(self, kind: str, wanted: Sequence[tuple[str, str]]) -> None:
        """Whether the rows of a kind are those that are wanted, in their order."""
        worths = self._worths[kind]
        if len(worths) != len(wanted):
            self._tell(0, "(file)", f"{len(wanted):,} rows of the kind {kind}", f"{len(worths):,} rows")
        for worth, (name, part) in zip(worths, wanted, strict=False):
            if (worth.name, worth.part) != (name, part):
                self._tell(worth.record.line, "Name", f"{name}, {part}", f"{worth.name}, {worth.part}")

    def _match_talismans(self) -> None:
        """Whether talismans are those of each listed skill in turn, with all levels from 1 to some."""
        part = next((part for part in self._config.body_parts if part_key(part) == part_key(_TALISMAN_PART)), None)
        levels: dict[str, int] = {}
        for worth in self._worths["talisman"]:
            skill, _, shown = worth.name.rpartition(" ")
            levels[skill] = level = levels.get(skill, 0) + 1
            is_in_turn = skill == next(reversed(levels)) and shown == str(level)
            if not is_in_turn or skill not in self._config.skills or worth.part != part:
                self._tell(worth.record.line, "Name", "a listed skill at its next level", f"{worth.name}, {worth.part}")
                continue
            self._talismans.append(EquipmentPiece(worth.name, worth.part, skills=((skill, level),)))
        wanted = [skill for skill in self._config.skills if part is not None and self._highest(skill) != 0]
        if list(levels) != wanted:
            self._tell(0, "(file)", f"talismans of {len(wanted):,} skills in turn", f"those of {len(levels):,} skills")
            return
        for skill, level in levels.items():
            if level != self._highest(skill, level):
                self._tell(0, "(file)", f"talismans of {skill} up to {self._highest(skill)}", f"up to {level}")

    def _highest(self, skill: str, otherwise: int | None = None) -> int | None:
        """The highest level of a listed skill that changes anything, where that is known."""
        if (values := self._config.skills[skill].values) is not None:
            return max(len(values) - 1, 1)
        locked, raised, _ = self._config.maximum_of(skill)
        return max((level for level in (locked, raised) if level is not None), default=otherwise)

    def _tell(self, line: int, column: str, expected: str, shown: str) -> None:
        self.differences.append(Difference(line, column, expected, shown or "nothing"))

    # --- builds --------------------------------------------------------------------------

    def try_builds(
        self,
        good: Sequence[Rows],
        top: Fraction | None,
        *,
        n_builds: int,
        seed: int,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        """Hold rows against builds with what they name: `good` ones are known, none of the job's scores above `top`."""
        if self.differences:
            return  # whose rows these are is not known
        kinds = [kind for kind in self._worths if kind in ("talisman", "decoration") or self._wishes is not None]
        rows = [(kind, n) for kind in kinds for n in range(len(self._worths[kind]))]
        n_most = n_builds // _LEAST_OF_EACH
        if len(rows) > n_most:
            rows = sorted(random.Random(seed).sample(rows, n_most), key=lambda row: kinds.index(row[0]))
        n_all = sum(map(len, self._worths.values()))
        if self._wishes is None and self._worths["wish"]:
            n_unknown = len(self._worths["wish"]) + len(self._worths["pair"])
            self.checks.append(f"{n_unknown:,} rows of wishes judged by their numbers alone: --wishes names their file")
        if not rows:
            return
        builds = PossibleBuilds(
            self._definition, self._allowed, self._wishes, self._talismans, seed=seed, should_stop=should_stop
        )
        seen: dict[tuple[str, int], Outcome] = {}
        n_left, limited = n_builds, self._limited()
        n_wishes = 0 if self._wishes is None else len(self._worths["wish"])
        pairs = list(itertools.combinations(range(len(self._worths["wish"])), 2))
        for n_done, (kind, n) in enumerate(rows):
            n_each = n_left // (len(rows) - n_done)
            if kind == "decoration":
                outcome = builds.with_decoration(limited[n], good, n_each)
            else:
                numbers = {"wish": (n,), "talisman": (n_wishes + n,)}
                outcome = builds.with_pieces(pairs[n] if kind == "pair" else numbers[kind], good, n_each)
            n_left -= outcome.n_tried
            if kind == "pair":
                alone = [seen.get(("wish", wish)) for wish in pairs[n]]
                outcome = self._or_less(outcome, [top, *(self._told_best(wish) for wish in pairs[n])], alone)
            elif kind == "decoration":
                outcome = self._or_less(outcome, [top], ())
            seen[kind, n] = outcome
            self._hold(self._worths[kind][n], outcome)
        n_whole = sum(outcome.is_whole for outcome in seen.values())
        told = f"builds tried with {len(rows):,} of {n_all:,} rows of what might be got, all of them with {n_whole:,}"
        self.checks.append(f"{told}: none scores more than is told")

    def _told_best(self, wish: int) -> Fraction | None:
        """What is told to be the best with a wish."""
        return worth.best if (worth := self._worths["wish"][wish]).is_proved else None

    @staticmethod
    def _or_less(outcome: Outcome, told: Sequence[Fraction | None], others: Sequence[Outcome | None]) -> Outcome:
        """The best of builds that may do without some of it, where that is known."""
        known = [other for other in others if other is not None]
        scores = [score for score in (outcome.best, *told, *(other.best for other in known)) if score is not None]
        is_whole = outcome.is_whole and len(known) == len(others) and all(other.is_whole for other in known)
        return Outcome(max(scores, default=None), is_whole, outcome.n_tried)

    def _hold(self, worth: Worth, outcome: Outcome) -> None:
        """Hold a row against the best that was seen."""
        told = worth.best if worth.is_proved else worth.most
        is_more = outcome.best is not None and (told is None or outcome.best > told)
        if not worth.is_proved and worth.most is None:
            is_more = False
        if is_more or (worth.is_proved and outcome.is_whole and outcome.best != told):
            self._tell(worth.record.line, "Best Score", text_of(outcome.best), worth.record.cells[3])
