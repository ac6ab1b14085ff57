"""Of all fillings with the best score, or with enough, the first in the order of steps and options.

Step by step the first option with which what is left can still score enough. Whether it
can is seen from a filling that is known (the *witness*), from prices that fit what is
left, or else by branching; for all builds at a step together. Builds of which the same is
left go on as one: what one lacks another has by then of decorations.

Array axes: G builds, E involved features, K slot kinds, X decoration columns, O options.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..tables.packing import clipped, first_of_each, pack_columns
from ..tables.steps import FillingModel, Step
from ._idle_options import IdleOptions
from .branching import Branching
from .build_bounds import BuildBounds
from .build_lp import Cases
from .completion import Completion

__all__ = ["FirstFillings", "Lessons"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

#: Builds that take a step together: few at first, for they find prices that refute what others might do.
_FIRST_WAVE = 256
_WAVE_GROWTH = 8

#: Changes of fillings that are tried on others.
_MOST_MOVES = 16

#: Builds up to which it costs more to look which are left with the same than it saves.
_FEW = 256

#: Options of all builds that are chosen from together: some thirty times as many bytes.
_MOST_CHOICES = 2**17


class Lessons(NamedTuple):
    """What builds taught for those that come later, by step.

    `moves`: how witnesses were changed, and how often; `refuters`: bases that showed that options score too little,
    by number, to be forgotten where bases are.
    """

    moves: dict[int, dict[bytes, int]]
    refuters: dict[int, list[int]]


class _Mixtures:
    """What the O options of a step consist of, wherever it is put."""

    def __init__(self, step: Step, columns: list[Rows]) -> None:
        counts = step.options.counts
        order = np.lexsort(counts.T)
        starts = first_of_each([*counts.T], order)
        #: Columns of the program of each of the step's decorations.
        self.columns = columns
        self.counts: IntArray = counts[order[starts]]  # shape (mixtures, decorations of the step)
        #: The mixture of each option, shape (O,).
        self.number = np.empty(len(order), dtype=np.intp)
        self.number[order] = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(order)))

    def are(self, wanted: IntArray) -> BoolArray:
        """Whether options consist of what is wanted, shape (rows, decorations of the step); shape (O, rows)."""
        is_wanted: BoolArray = (self.counts[:, None] == wanted[None]).all(axis=2)[self.number]
        return is_wanted


class FirstFillings:
    """Some builds on their way through the steps, with levels of shape (F, G); `lessons` are changed in place.

    With a `rule`, a model of the same steps, what is idle by its values is no option.
    """

    def __init__(
        self,
        model: FillingModel,
        bounds: BuildBounds,
        completion: Completion,
        levels: IntArray,
        slots: IntArray,
        *,
        lessons: Lessons | None = None,
        rule: FillingModel | None = None,
    ) -> None:
        self._idle = None if rule is None else IdleOptions(rule, levels)
        self._lessons = lessons or Lessons({}, {})
        self._model = model
        self._bounds = bounds
        self._program = bounds.program
        self._completion = completion
        self._entry = model.indices(levels)[list(model.involved)]
        self._modes = model.modes(levels)
        self._slots = slots.copy()
        self._last = np.array([[model.last(e)] for e in model.involved], dtype=np.int64).reshape(-1, 1)
        #: The option of each step, shape (steps, G).
        self.path = np.zeros((len(model.steps), slots.shape[1]), dtype=np.int64)
        chosen = [d for step in model.steps for d in step.decorations]
        # A decoration that is chosen in several steps would have to be closed in parts.
        #: Builds whose filling is found.
        self.is_known = np.full(slots.shape[1], len(set(chosen)) == len(chosen), dtype=np.bool_)

    def follow(self, best: IntArray, counts: IntArray, basis: IntArray, should_stop: Callable[[], bool]) -> bool:
        """Take all steps; False where it was stopped, and nothing is known then.

        `best`, shape (G,), is what the best filling scores, or what is enough, `counts`, shape (G, X), are a filling
        that scores so much, `basis` is one near its optimum.
        """
        self._should_stop = should_stop
        self._needed, self._counts, self._basis = best.copy(), counts.copy(), basis.copy()
        self._most = self._program.most.copy()
        self._refuters: list[int] = []
        #: What the witnesses leave free is worth.
        self._free = self._completion.free_worth(self._slots, counts)
        place = {e: i for i, e in enumerate(self._model.involved)}
        #: Builds that go on, and of which others go on in their place from which step on.
        self._going = np.flatnonzero(self.is_known)
        merged: list[tuple[int, Rows, Rows]] = []
        for number, step in enumerate(self._model.steps):
            if should_stop():
                return False
            #: Levels that each option gives, shape (O, E).
            self._given = np.zeros((len(step.options.supply), len(self._last)), dtype=np.int64)
            if step.feature >= 0:
                self._given[:, place[step.feature]] = step.options.supply
            for e, level in step.touched:
                self._given[:, place[e]] = level * step.options.counts[:, 0]
            self._take(number, step)
            if len(self._going) > _FEW:
                merged.append((number + 1, *self._merge()))
        # Whoever goes on for another may have been merged later.
        for number, rows, others in reversed(merged):
            self.path[number:, rows] = self.path[number:, others]
            self.is_known[rows] = self.is_known[others]
        return not should_stop()

    def _merge(self) -> tuple[Rows, Rows]:
        """Builds that go no further, and for each the one of which the same is left."""
        rows = self._going[self.is_known[self._going]]
        modes = [mode[rows] for mode in self._modes.values()]
        widths = [*(int(last).bit_length() for last in self._last[:, 0]), *([2] * len(modes)), *self._model.code.widths]
        columns = [*self._entry[:, rows], *modes, *self._model.code.encode(self._slots[:, rows])]
        if self._idle is not None:
            columns += [*self._idle.entry[:, rows]]
            widths += [int(last).bit_length() for last in self._idle.last[:, 0]]
        words = [*pack_columns(columns, widths, len(rows)), self._needed[rows]]
        order = np.lexsort(words)
        starts = first_of_each(words, order)
        ahead = np.repeat(order[starts], np.diff(starts, append=len(order)))
        is_merged = ahead != order
        self._going = np.sort(rows[order[starts]])
        return rows[order[is_merged]], rows[ahead[is_merged]]

    def _take(self, number: int, step: Step) -> None:
        """One step of all builds."""
        columns = [np.flatnonzero(self._program.decoration == d) for d in step.decorations]
        going = self._going = self._going[self.is_known[self._going]]
        wanted = np.array([self._counts[going][:, places].sum(axis=1) for places in columns], dtype=np.int64)
        wanted = wanted.reshape(len(columns), len(going)).T
        for places in columns:
            self._counts[:, places] = 0
            self._most[places] = 0
        # Most decorations are not used at all: the first option, by the witness.
        chosen = np.zeros(len(self._counts), dtype=np.int64)
        is_used = (wanted != 0).any(axis=1)
        rows, wanted = going[is_used], wanted[is_used]
        chosen[rows] = -1
        if rows.size:
            self._mixtures = _Mixtures(step, columns)
            self._moves = self._lessons.moves.setdefault(number, {})
            self._refuters = self._lessons.refuters.get(number, self._refuters)
        begin, size, most = 0, _FIRST_WAVE, max(1, _MOST_CHOICES // len(step.options.supply))
        while begin < len(rows):
            part = slice(begin, begin + min(size, most))
            begin, size = part.stop, _WAVE_GROWTH * size
            self._choose(step, number, rows[part], wanted[part], chosen)
            self._lessons.refuters[number] = self._refuters.copy()
        self.is_known &= chosen >= 0
        done = np.flatnonzero(self.is_known & (chosen > 0))
        option = chosen[done]
        self.path[number, done] = option
        self._entry[:, done] = self._after(done, option)
        if self._idle is not None:
            self._idle.take(done, self._given[option].T)
        self._slots[:, done] -= step.options.use[option].T
        self._needed[done] -= step.options.linear[option]

    def _after(self, rows: Rows, option: IntArray) -> IntArray:
        """Places in the tables, shape (E, rows), of builds with an option each."""
        return clipped(self._entry[:, rows] + self._given[option].T, self._last)

    def _cases(self, rows: Rows, entry: IntArray, slots: IntArray) -> Cases:
        """What is left of some builds: places in the tables, shape (E, rows), and slots, shape (K, rows)."""
        return self._program.cases(entry, {e: mode[rows] for e, mode in self._modes.items()}, slots)

    def _choose(self, step: Step, number: int, rows: Rows, wanted: IntArray, chosen: IntArray) -> None:
        """The first option of each of some builds with which enough can be scored, into `chosen`.

        `wanted`, shape (rows, decorations of the step), is what the witness takes.
        """
        cases = self._cases(rows, self._entry[:, rows], self._slots[:, rows])
        wanted = self._moved(rows, wanted, cases)
        possible = self._permitted(step, rows)
        if self._idle is not None:
            possible &= ~self._idle.of(step, number, rows)
        is_wanted = self._mixtures.are(wanted)
        self._rule_out(rows, possible, cases)
        open_rows = np.arange(len(rows))
        while (open_rows := open_rows[possible[:, open_rows].any(axis=0)]).size:
            option, builds = possible[:, open_rows].argmax(axis=0), rows[open_rows]
            is_good = is_wanted[option, open_rows]
            slots = self._slots[:, builds] - step.options.use[option].T
            same = np.flatnonzero(is_good)
            is_good[same] = self._do_as_well(builds[same], slots[:, same])
            # What is left of a witness may not fit as it lies, and fit otherwise: armour's or a weapon's slots.
            asked = np.flatnonzero(~is_good)
            if asked.size:
                cases = self._cases(builds[asked], self._after(builds[asked], option[asked]), slots[:, asked])
                needed = self._needed[builds[asked]] - step.options.linear[option[asked]]
                before = self._counts[builds[asked]]
                is_good[asked], is_unknown = self._ask(builds[asked], cases, needed)
                possible[:, open_rows[asked[is_unknown]]] = False
                better = np.flatnonzero(is_good[asked])
                taken = step.options.counts[option[asked[better]]] - wanted[open_rows[asked[better]]]
                self._note_moves(self._counts[builds[asked[better]]] - before[better], taken)
            possible[option, open_rows] = False
            chosen[builds[is_good]] = option[is_good]
            open_rows = open_rows[~is_good]

    def _note_moves(self, moves: IntArray, taken: IntArray) -> None:
        """Remember by what witnesses were changed for fewer decorations of the step, `taken` more of each of those."""
        columns = self._mixtures.columns
        if all(len(places) == 1 for places in columns):
            moves[:, np.concatenate(columns)] = taken
            for move in moves[taken.sum(axis=1) < 0]:
                self._moves[move.tobytes()] = self._moves.get(move.tobytes(), 0) + 1

    def _moved(self, rows: Rows, wanted: IntArray, cases: Cases) -> IntArray:
        """What witnesses of builds take in the step once changed as others were, where that does as well."""
        if not self._moves:
            return wanted
        columns = np.concatenate(self._mixtures.columns)
        counts = self._counts[rows]
        counts[:, columns] = wanted
        is_moved = np.zeros(len(rows), dtype=np.bool_)
        for key in sorted(self._moves, key=lambda key: -self._moves[key])[:_MOST_MOVES]:
            move = np.frombuffer(key, dtype=np.int64)
            less = np.flatnonzero(move < 0)
            possible = np.flatnonzero((counts[:, less] + move[less] >= 0).all(axis=1))
            while possible.size:
                moved = counts[possible] + move
                is_good = self._completion.scores(cases.take(possible), moved) >= self._needed[rows[possible]]
                possible = possible[is_good]
                counts[possible], is_moved[possible] = moved[is_good], True
                possible = possible[(counts[possible][:, less] + move[less] >= 0).all(axis=1)]
        wanted = counts[:, columns]
        better = np.flatnonzero(is_moved)
        self._free[rows[better]] = self._completion.free_worth(self._slots[:, rows[better]], counts[better])
        counts[:, columns] = 0
        self._counts[rows[better]] = counts[better]
        return wanted

    def _do_as_well(self, builds: Rows, slots: IntArray) -> BoolArray:
        """Whether what is left of the witnesses of builds does as well with these slots, shape (K, builds)."""
        is_as_good: BoolArray = self._completion.free_worth(slots, self._counts[builds]) >= self._free[builds]
        return is_as_good

    def _ask(self, builds: Rows, cases: Cases, needed: IntArray) -> tuple[BoolArray, BoolArray]:
        """Whether what is left of builds scores what is needed, then with a new witness; and where nobody knows."""
        branching = Branching(self._bounds, self._completion, cases, floor=needed, most=self._most, is_enough=True)
        branching.run_from(self._basis[builds], self._refuters, self._should_stop)
        reached = branching.best >= needed
        self._counts[builds[reached]] = branching.counts[reached]
        self._basis[builds[reached]] = branching.owner[reached]
        self._free[builds[reached]] = self._completion.free_worth(cases.slots[:, reached], branching.counts[reached])
        return reached, branching.is_open & ~reached

    def _permitted(self, step: Step, rows: Rows) -> BoolArray:
        """Options that there are slots for and that leave no lower slot in vain, shape (O, rows)."""
        code = self._model.code
        words = code.encode(self._slots[:, rows])
        permitted = code.has_enough(words[:, None, :], step.codes[:, :, None])
        for have, take, waste in zip(words, step.codes, step.wasteful, strict=True):
            permitted &= (have[None] - take[:, None]) & waste[:, None] == 0
        return permitted

    def _rule_out(self, rows: Rows, possible: BoolArray, cases: Cases) -> None:
        """Drop options of which prices that refuted others prove that they score too little."""
        if not self._refuters:
            return
        mixtures = self._mixtures
        bound_scaled = self._bounds.with_counts(self._refuters, cases, self._most, mixtures.columns, mixtures.counts)
        possible &= (self._bounds.targets(bound_scaled) >= self._needed[rows])[mixtures.number]
