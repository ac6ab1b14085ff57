"""One case of the differential tests with its files loaded, its answers, and how two of them are compared."""

from __future__ import annotations

import contextlib
import io
import itertools
import random
import time
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import oracle
from differential_cases import Case, most_slots, n_combinations
from differential_files import write_files
from differential_records import Records, is_allowed, records_of

from equipment_optimizer.errors import InfeasibleError, InputError
from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.output.csv_file import write_csv_to
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.problem.selection import select_pieces
from equipment_optimizer.records.equipment import EquipmentTable
from equipment_optimizer.records.results import BuildResults
from equipment_optimizer.search.bounded import _boxes as boxes
from equipment_optimizer.search.bounded import _enumerate as listing
from equipment_optimizer.search.bounded import _extra_prices as extra_prices
from equipment_optimizer.search.bounded import _shortfalls as shortfalls
from equipment_optimizer.search.bounded import run as bounded
from equipment_optimizer.search.engines import SearchOptions, search
from equipment_optimizer.search.exhaustive import _scan as exhaustive
from equipment_optimizer.search.filling import filler as decorate
from equipment_optimizer.search.filling.branching import branching, build_bounds
from equipment_optimizer.search.filling.walking import _walk as filling_walk
from equipment_optimizer.search.filling.walking import staged_walk
from equipment_optimizer.search.product import _lister as product_lister
from equipment_optimizer.search.product import run as product

#: Filling slots by the walk takes long where many fillings are nearly as good as the best.
WALK_SLOTS = 7

#: Up to here brute force over builds and fillings takes some hundredths of a second.
_JUDGED_COMBINATIONS = 60
_JUDGED_SLOTS = 6


class Difference(Exception):
    """Two answers that should be the same and are not."""


def expect(found: Any, wanted: Any, what: str) -> None:
    """Raise where something is not as it should be."""
    if found != wanted:
        raise Difference(f"{what}: expected {_short(wanted)}, found {_short(found)}")


def demand(holds: bool, what: str) -> None:
    """Raise where something does not hold."""
    if not holds:
        raise Difference(what)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 600 else f"{text[:400]} ... {text[-180:]}"


class Row(NamedTuple):
    """A build of a list: exact score and piece indices."""

    score: Fraction
    indices: tuple[int, ...]


class Run:
    """One case in a folder, loaded; answers are found when they are asked for."""

    def __init__(self, case: Case, folder: Path, exhaustive_seconds: float | None = None) -> None:
        self.case = case
        self.folder = folder
        self._exhaustive_seconds = exhaustive_seconds
        self.is_complete = True
        self.figures: Counter[str] = Counter()
        self.equipment, self.config_path = write_files(case, folder)
        self.table, self.config, self.notices = load_job(str(self.equipment), str(self.config_path))

    #: What may be where: everything.
    allowed = None

    @cached_property
    def records(self) -> Records:
        """What the files mean, without the loader."""
        return records_of(self.case)

    @cached_property
    def truth(self) -> list[Row]:
        """Every feasible build, best first, by the oracle."""
        records = self.records
        builds = oracle.best_builds(
            records.pieces,
            records.config,
            None,
            records.resistance_names,
            other_names=records.other_names,
            allowed=partial(is_allowed, records),
        )
        return [Row(build.score, build.indices) for build in builds]

    @cached_property
    def chosen(self) -> EquipmentTable:
        """The pieces that may be used."""
        return select_pieces(self.table, self.config)

    @cached_property
    def problem(self) -> Problem:
        """The compiled problem."""
        return compile_problem(self.chosen, self.config)

    @cached_property
    def exhaustive(self) -> BuildResults | str:
        """The answer of the exhaustive engine in this process, or why there is none.

        Where that takes longer than it may, the bounded engine's, and `is_complete` is false.
        """
        if self._exhaustive_seconds is None:
            return self.outcome(engine="exhaustive", workers=1)
        deadline = time.monotonic() + self._exhaustive_seconds
        with mock.patch.object(exhaustive, "PLAIN_BLOCK_LENGTH", 256):
            found = self.outcome(engine="exhaustive", workers=1, should_stop=lambda: time.monotonic() > deadline)
        self.is_complete = isinstance(found, str) or found.report.proved
        return found if self.is_complete else self.outcome(engine="bounded")

    @property
    def results(self) -> BuildResults:
        """The same, where there is one."""
        assert isinstance(self.exhaustive, BuildResults)
        return self.exhaustive

    @property
    def is_judged(self) -> bool:
        """Whether brute force over builds and fillings is affordable."""
        n_slots = most_slots(self.case) if self.case.decorations else 0
        return n_combinations(self.case) <= _JUDGED_COMBINATIONS and n_slots <= _JUDGED_SLOTS

    @property
    def is_answered(self) -> bool:
        """Whether some build satisfies the configuration, and the weights fit."""
        return isinstance(self.exhaustive, BuildResults)

    @property
    def kinds(self) -> list[str]:
        """What came of the case, for the count."""
        outcome = "answered" if self.is_answered else str(self.exhaustive).partition("Error")[0].lower()
        kinds = [outcome, *(["judged by the oracle"] if self.is_judged else [])]
        if self.is_answered and self.problem.decorations is not None:
            kinds.append("with slots filled")
            if not self.is_complete:
                kinds.append("too long for the exhaustive engine")
        return kinds

    def outcome(self, **options: Any) -> BuildResults | str:
        """Results, or the error."""
        try:
            return optimize(self.table, self.config, **options)
        except (InfeasibleError, InputError) as error:
            return f"{type(error).__name__}: {error}"

    def rows(self, problem: Problem, limit: int, options: SearchOptions) -> list[Row]:
        """The list of one search."""
        outcome = search(problem, limit, options)
        indices = zip(*[column.tolist() for column in outcome.columns], strict=True)
        return [
            Row(Fraction(score, 10**problem.digits), own)
            for score, own in zip(outcome.scores.tolist(), indices, strict=True)
        ]


def rows_of(results: BuildResults) -> list[Row]:
    """Scores and piece indices of results."""
    scale = 10**results.score_digits
    scores = [Fraction(score, scale) for score in results.scaled_scores.tolist()]
    return [Row(score, one.indices) for score, one in zip(scores, results.combinations, strict=True)]


def bytes_of(outcome: BuildResults | str, **options: Any) -> bytes:
    """The file that results make; the text of an error."""
    if isinstance(outcome, str):
        return outcome.encode()
    buffer = io.BytesIO()
    write_csv_to(buffer, outcome, **options)
    return buffer.getvalue()


#: Constants of the search that decide how work is cut up, with values that cut it small; none changes an answer.
_SMALL = {
    "stages": [
        (bounded, "_FIRST_LEAVES", 3),
        (bounded, "_SPLIT_LEAVES", 5.0),
        (bounded, "_FIRST_ASKED", 1),
        (bounded, "_WORK_OF_STEP", 1),
        (boxes, "_DEAR", 20),
        (shortfalls, "_MAX_TABLE", 4),
    ],
    "extra prices": [
        (extra_prices, "_FIRST_VAIN", 1),
        (extra_prices, "_GROWTH", 1),
        (extra_prices, "_LEAST_SHARE", 0.0),
        (bounded, "_FIRST_LEAVES", 1),
        (bounded, "_STAGE_GROWTH", 1.2),
        (listing, "CHUNK_ROWS", 8),
    ],
    "fillings": [
        (decorate, "_POOL_SIZE", 2),
        (decorate, "_GROUPS", 5),
        (decorate, "_COUNTS", 3),
        (branching, "_FIRST_WAVE", 2),
        (branching, "_MOST_NODES", 2),
        (branching, "_REFUTERS", 1),
        (build_bounds, "_STARTS", 2),
        (staged_walk, "_WALKED", 3),
        (filling_walk, "_MAX_ROWS", 20),
    ],
    # Nodes of a formula are divided by levels before any is listed, and what few builds their limits leave is asked.
    "levels": [
        (product, "_MOST_COMBINATIONS", 0),
        (product_lister, "_POLLS", 1),
        (product_lister, "_KEEN_POLLS", 1),
    ],
    # They are listed for a moment, in vain, before they are divided.
    "polls": [
        (product, "_SHORT_POLLS", 1),
        (product, "_UNTRIED_NODES", 1),
        (product, "_MORE_POLLS", 1),
    ],
}


@contextlib.contextmanager
def small(*what: str) -> Iterator[None]:
    """Cut stages or fillings small, so that ways are taken which large problems take."""
    with contextlib.ExitStack() as stack:
        for module, name, value in itertools.chain.from_iterable(_SMALL[one] for one in what):
            # An engine that was rewritten may have no such constant any more.
            if hasattr(module, name):
                stack.enter_context(mock.patch.object(module, name, value))
        yield


def some_way(rng: random.Random) -> list[str]:
    return rng.choice([["stages"], ["stages", "fillings"], ["extra prices"], ["stages", "extra prices", "fillings"]])
