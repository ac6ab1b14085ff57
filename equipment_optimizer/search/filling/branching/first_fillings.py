"""Of all fillings with the best score, the first in the order of steps and options.

Step by step the first option with which what is left can still score enough. Whether it
can is seen from a filling that is known (the *witness*), from prices that fit what is
left, or else by branching; for all builds at a step together.

Array axes: G builds, E involved features, K slot kinds, X decoration columns, O options.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ..tables.packing import clipped
from ..tables.steps import FillingModel, Step
from .branching import Branching
from .build_bounds import BuildBounds
from .build_lp import Cases
from .completion import Completion

__all__ = ["FirstFillings"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

#: Builds with an option each that are bounded together: 4 MB.
_PAIRS = 8_192

#: Options of all builds that are chosen from together: some thirty times as many bytes.
_MOST_CHOICES = 2**17


class FirstFillings:
    """Some builds on their way through the steps.

    Parameters
    ----------
    levels : ndarray of int64, shape (F, G)
    slots : ndarray of int64, shape (K, G)

    Attributes
    ----------
    path : ndarray of int64, shape (steps, G)
        The option of each step.
    is_known : ndarray of bool, shape (G,)
        Builds whose filling was found.
    """

    def __init__(
        self, model: FillingModel, bounds: BuildBounds, completion: Completion, levels: IntArray, slots: IntArray
    ) -> None:
        self._model = model
        self._bounds = bounds
        self._program = bounds.program
        self._completion = completion
        self._entry = model.indices(levels)[list(model.involved)]
        self._modes = model.modes(levels)
        self._slots = slots.copy()
        self._last = np.array([[model.last(e)] for e in model.involved], dtype=np.int64).reshape(-1, 1)
        self.path = np.zeros((len(model.steps), slots.shape[1]), dtype=np.int64)
        chosen = [d for step in model.steps for d in step.decorations]
        # A decoration that is chosen in several steps would have to be closed in parts.
        self.is_known = np.full(slots.shape[1], len(set(chosen)) == len(chosen), dtype=np.bool_)

    def follow(self, best: IntArray, counts: IntArray, basis: IntArray, should_stop: Callable[[], bool]) -> bool:
        """Take all steps; False where it was stopped, and nothing is known then.

        Parameters
        ----------
        best : ndarray of int64, shape (G,)
            What the best filling scores.
        counts : ndarray of int64, shape (G, X)
            A filling that scores so much.
        basis : ndarray of int64, shape (G,)
            A basis near its optimum.
        """
        self._should_stop = should_stop
        self._needed, self._counts, self._basis = best.copy(), counts.copy(), basis.copy()
        self._most = self._program.most.copy()
        self._refuters: list[int] = []
        place = {e: i for i, e in enumerate(self._model.involved)}
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
        return not should_stop()

    def _take(self, number: int, step: Step) -> None:
        """One step of all builds."""
        decoration = self._program.decoration
        wanted = np.array([self._counts[:, decoration == d].sum(axis=1) for d in step.decorations], dtype=np.int64)
        wanted = wanted.reshape(len(step.decorations), len(self._counts)).T
        is_settled = (decoration[:, None] == np.array(step.decorations, dtype=np.int64)).any(axis=1)
        self._counts[:, is_settled] = 0
        self._most[is_settled] = 0
        # Most decorations are not used at all: the first option, by the witness.
        chosen = np.where((wanted == 0).all(axis=1), 0, -1)
        rows = np.flatnonzero(self.is_known & (chosen < 0))
        n_rows = max(1, _MOST_CHOICES // len(step.options.supply))
        for begin in range(0, len(rows), n_rows):
            some = rows[begin : begin + n_rows]
            self._choose(step, some, wanted[some], chosen)
        self.is_known &= chosen >= 0
        done = np.flatnonzero(self.is_known)
        option = chosen[done]
        self.path[number, done] = option
        self._entry[:, done] = self._after(done, option)
        self._slots[:, done] -= step.options.use[option].T
        self._needed[done] -= step.options.linear[option]

    def _after(self, rows: Rows, option: IntArray) -> IntArray:
        """Places in the tables, shape (E, rows), of builds with an option each."""
        return clipped(self._entry[:, rows] + self._given[option].T, self._last)

    def _cases(self, step: Step, rows: Rows, option: IntArray) -> Cases:
        """What is left of some builds with an option each."""
        modes = {e: mode[rows] for e, mode in self._modes.items()}
        return self._program.cases(self._after(rows, option), modes, self._slots[:, rows] - step.options.use[option].T)

    def _choose(self, step: Step, rows: Rows, wanted: IntArray, chosen: IntArray) -> None:
        """The first option of each of some builds with which enough can be scored, into `chosen`.

        `wanted`, shape (rows, decorations of the step), is what the witness takes.
        """
        possible = self._permitted(step, rows)
        is_wanted = (step.options.counts[:, None] == wanted[None]).all(axis=2)
        self._rule_out(step, rows, possible, is_wanted)
        open_rows = np.arange(len(rows))
        while (open_rows := open_rows[possible[:, open_rows].any(axis=0)]).size:
            option, builds = possible[:, open_rows].argmax(axis=0), rows[open_rows]
            cases = self._cases(step, builds, option)
            needed = self._needed[builds] - step.options.linear[option]
            is_good = np.zeros(len(builds), dtype=np.bool_)
            same = np.flatnonzero(is_wanted[option, open_rows])
            is_good[same] = self._completion.scores(cases.take(same), self._counts[builds[same]]) >= needed[same]
            asked = np.flatnonzero(~is_good)
            if asked.size:
                is_good[asked], is_unknown = self._ask(builds[asked], cases.take(asked), needed[asked])
                possible[:, open_rows[asked[is_unknown]]] = False
            possible[option, open_rows] = False
            chosen[builds[is_good]] = option[is_good]
            open_rows = open_rows[~is_good]

    def _ask(self, builds: Rows, cases: Cases, needed: IntArray) -> tuple[BoolArray, BoolArray]:
        """Whether what is left of builds scores what is needed, then with a new witness; and where nobody knows."""
        branching = Branching(self._bounds, self._completion, cases, floor=needed, most=self._most)
        branching.run_from(self._basis[builds], self._refuters, self._should_stop)
        reached = branching.best >= needed
        self._counts[builds[reached]] = branching.counts[reached]
        self._basis[builds[reached]] = branching.owner[reached]
        return reached, branching.is_open & ~reached

    def _permitted(self, step: Step, rows: Rows) -> BoolArray:
        """Options that there are slots for and that leave no lower slot in vain, shape (O, rows)."""
        code = self._model.code
        words = code.encode(self._slots[:, rows])
        permitted = code.has_enough(words[:, None, :], step.codes[:, :, None])
        for have, take, waste in zip(words, step.codes, step.wasteful, strict=True):
            permitted &= (have[None] - take[:, None]) & waste[:, None] == 0
        return permitted

    def _rule_out(self, step: Step, rows: Rows, possible: BoolArray, is_wanted: BoolArray) -> None:
        """Drop options, before the first that is the witness's, that the builds' bases prove to score too little."""
        sure = possible & is_wanted
        first = np.where(sure.any(axis=0), sure.argmax(axis=0), len(possible))
        option, place = np.nonzero(possible & (np.arange(len(possible))[:, None] < first))
        for start in range(0, len(option), _PAIRS):
            options, builds = option[start : start + _PAIRS], place[start : start + _PAIRS]
            bound = self._bounds_by(self._basis[rows[builds]], self._cases(step, rows[builds], options))
            is_late = bound < self._needed[rows[builds]] - step.options.linear[options]
            possible[options[is_late], builds[is_late]] = False

    def _bounds_by(self, basis: IntArray, cases: Cases) -> IntArray:
        """Bounds of what is left of some builds, each by its basis."""
        low, high = np.zeros(len(self._most)), self._most.astype(np.float64)
        bound = self._bounds.bounds(self._bounds.prices, basis, cases, np.arange(len(cases)), low=low, high=high)
        return self._bounds.targets(bound)
