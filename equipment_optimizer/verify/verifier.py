"""Judge an output file by definition: whether every row is right, and a better one missing.

In: the file, and the checked table and configuration of the job. Out: a `Verdict`
with every difference actual and a list of what was checked. Nothing of what
compiles, scores or searches is used.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Iterator
from functools import partial
from typing import TypeVar

from ..records.config import Config
from ..records.equipment import EquipmentTable
from ._builds import Builds, ListedBuilds
from ._conditions import allowed_rows
from ._definition import Definition, Rows
from ._front import Front
from ._matching import place_decorations
from ._missing_builds import Challenge, StoppedEarly, builds_to_try, fillings_to_try, other_fillings
from ._rows import MOST_SLOTS, Listed, RowReader
from ._selection import Selection
from ._verdict import Difference, Verdict
from .output_file import OutputFile, plain, read_output

__all__ = ["DEFAULT_BUILDS", "Difference", "Verdict", "verify_builds"]

Item = TypeVar("Item")

#: Alternative builds tried of each kind: a second or two each.
DEFAULT_BUILDS = 100_000


def verify_builds(
    path: str | os.PathLike[str] | OutputFile,
    table: EquipmentTable,
    config: Config,
    *,
    n_builds: int = DEFAULT_BUILDS,
    seed: int = 0,
    should_stop: Callable[[], bool] | None = None,
) -> Verdict:
    """Check an output file against the job it came from.

    Parameters
    ----------
    path : str, path-like, or the `OutputFile` that standard input was read into
    table : EquipmentTable
        As the loader gives it: pieces that the configuration does not allow included.
    config : Config
        Its ``limit`` is the number of builds that was asked for.
    n_builds : int
        Alternative builds to try of each kind, with decorations a fiftieth; a job of no more is checked in full.
    seed : int
        Of the random builds.
    should_stop : callable, optional
        Polled for every row and build; true ends the work with what was seen by then.

    Returns
    -------
    Verdict

    Raises
    ------
    InputError
        If the file cannot be read as CSV or as a workbook.

    Notes
    -----
    About 50 microseconds a row and 15 a build tried; with decorations some
    milliseconds each.

    Examples
    --------
    >>> table, config, _ = load_job("example_data/equipment.csv", "example_data/config.json")
    >>> verdict = verify_builds("example_data/combinations.csv", table, config, n_builds=100)
    >>> verdict.differences
    ()
    """
    output = path if isinstance(path, OutputFile) else read_output(os.fspath(path))
    return _Verifier(output, Definition(table, config), should_stop).run(n_builds, seed)


class _Verifier:
    """The steps of one verification."""

    def __init__(
        self, output: OutputFile, definition: Definition, should_stop: Callable[[], bool] | None = None
    ) -> None:
        self.output = output
        self.should_stop = should_stop
        self.was_stopped = False
        self.definition = definition
        self.config = definition.config
        self.table = definition.table
        self.builds = Builds(self.table, allowed_rows(self.table, self.config))
        self.differences: list[Difference] = []
        self.checks: list[str] = []
        #: Builds of all rows that are builds, and the rows, where they are held against each other.
        self._keeps_rows = bool(self.config.front) or self.config.is_selective
        self.listed = ListedBuilds(len(self.table.positions), self.table.n_pieces)
        self.rows: list[Listed] = []
        self.selection = Selection(definition)
        self.front = Front(definition) if self.config.front else None
        self.reader = RowReader(definition, self.builds, output, self._differ, fault=self.selection.next_fault)
        self.is_stopped = "Proved" in output.header
        #: Of the file's rows: how many, those that are no builds, the last that is one, or claims to be proved.
        self._n_records = 0
        self._faulty: set[int] = set()
        self._last: Listed | None = None
        self._are_distinct = True  # as far as their order tells
        self._last_proved: tuple[int, Listed] | None = None
        #: Skills that any piece, decoration or bonus of the listed builds names.
        self._skills: frozenset[str] = frozenset()
        self._n_feasible: int | None = None
        self._n_fillings = self._n_filled = 0

    def run(self, n_builds: int, seed: int) -> Verdict:
        """All checks, or those that were done before a stop."""
        try:
            self._check_all(n_builds, seed)
        except StoppedEarly:
            self.was_stopped = True
            self.checks.append("stopped before its end: what is not told above was not looked at in full")
        return Verdict(tuple(sorted(self.differences, key=lambda d: d.line)), tuple(self.checks), self.was_stopped)

    def _polled(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items, until it is time to stop: `StoppedEarly`."""
        for item in items:
            if self.should_stop is not None and self.should_stop():
                raise StoppedEarly
            yield item

    def _check_all(self, n_builds: int, seed: int) -> None:
        """The columns, the rows, and what may be missing."""
        header = self.output.header
        missing = [name for name in self.table.position_names if name not in header]
        if missing or len(set(header)) < len(header):
            what = "no such column" if missing else "a column twice"
            self._differ(1, missing[0] if missing else "(header)", "each column once", what)
            return
        self._read_rows()
        self._check_header()
        self._check_rows(n_builds)
        self._challenge(n_builds, seed)

    def _read_rows(self) -> None:
        """Which build each row is; of them only the builds are kept, unless all are held against each other."""
        for number, record in enumerate(self._polled(self.output.records)):
            self._n_records += 1
            row = self.reader.read(record, self._last if self.front is None else None)
            if row is None:
                self._faulty.add(number)
                continue
            self.listed.append(row.rows)
            above, self._last = self._last, row
            self._are_distinct &= above is None or (-above.score, above.rows) < (-row.score, row.rows)
            if self.is_stopped and row.cells["Proved"] == "yes":
                self._last_proved = len(self.listed), row
            self.rows += [row] * self._keeps_rows
            self.selection.before += [(row.rows, row.filling, row.free_slots)] * self._keeps_rows
        self._skills = frozenset(self.reader.skills)

    def _rows_again(self) -> Iterator[Listed]:
        """The rows that are builds, read once more where they were not kept."""
        if self._keeps_rows:
            yield from self._polled(self.rows)
            return
        builds = iter(self.listed)
        for number, record in enumerate(self._polled(self.output.records)):
            if number not in self._faulty:
                yield self.reader.known(record, next(builds))

    def _check_rows(self, n_builds: int) -> None:
        """Every cell, the order, and what is in the slots."""
        n_rows = len(self.listed)
        repeated = {} if self._are_distinct or self.front is not None else self.listed.repeated()
        first_lines = dict.fromkeys(repeated.values(), 0)
        above: Listed | None = None
        for k, row in enumerate(self._rows_again()):
            self._check_row(row)
            if k in first_lines:
                first_lines[k] = row.record.line
            if k in repeated:
                told = f"the build of line {first_lines[repeated[k]]}"
                self._differ(row.record.line, "(row)", "a build of its own", told)
            if above is not None and self.front is None:
                self._check_order(row, above)
            if not self._keeps_rows:
                self._check_filling(row, n_builds)
            above = row
        self.checks.append(f"{n_rows:,} rows re-scored by definition, every cell compared")
        self.checks.append(f"pins, exclusions, filters and limits of {n_rows:,} rows")
        if self.front is not None:
            self.front.read(self.rows)
            for line, column, expected, actual in self.front.faults():
                self._differ(line, column, expected, actual)
            self.checks.append(f"order of {n_rows:,} rows, and that none reaches another in every objective")
        else:
            self.checks.append(f"order, ties in rank order and distinctness of {n_rows:,} rows")
            if self.config.is_selective:
                self._check_selection()
        for row in self._polled(self.rows):
            self._check_filling(row, n_builds)
        if self.config.decorations is not None:
            self.checks.append(f"fillings of {n_rows:,} rows: they fit, are in stock and are worth their score")
            told = f"{self._n_fillings:,} fillings with one decoration exchanged, in {self._n_filled:,} rows"
            self.checks.append(f"{told}: a spot check, not a proof")

    def _differ(self, line: int, column: str, expected: object, actual: object) -> None:
        self.differences.append(Difference(line, column, str(expected), str(actual)))

    def _named(self, rows: Rows) -> str:
        """The pieces of a build."""
        return ", ".join(self.table.names[row] or "nothing" for row in rows)

    def _check_header(self) -> None:
        """The columns, and their order."""
        expected = self.reader.columns(self._skills)
        skills = dict.fromkeys(self._skills)
        header = [plain(name, skills) if name not in expected else name for name in self.output.header]
        for name in sorted(set(expected) - set(header)):
            self._differ(1, name, "a column", "none")
        for name in sorted(set(header) - set(expected)):
            self._differ(1, name, "no such column", "a column")
        if set(header) == set(expected) and header != expected:
            place = next(i for i, pair in enumerate(zip(header, expected, strict=True)) if len(set(pair)) > 1)
            self._differ(1, header[place], f"{expected[place]} in this place", header[place])

    def _check_row(self, row: Listed) -> None:
        """Cells, minima and filling of one row."""
        line, totals = row.record.line, self.reader.score(row)
        expected = self.reader.expected(row, totals, self._skills)
        for name, text, actual in self.reader.differing_cells(row.cells, expected):
            self._differ(line, name, text, actual)
        for name, limit, actual_total in self.definition.missed_limits(totals):
            self._differ(line, name, limit, actual_total)
        first = self.builds.first_assignment(row.rows)
        if first is not None and first != row.rows:
            first_by_rank = f"of the same pieces in other places, the first by rank: {self._named(first)}"
            self._differ(line, "(row)", first_by_rank, "another")
        if self.is_stopped and row.cells["Proved"] not in ("yes", "no"):
            self._differ(line, "Proved", "yes or no", row.cells["Proved"])
        if self.config.decorations is not None and row.free_slots is not None:
            if sum(totals.slots) > MOST_SLOTS:
                return
            row.slots = self.definition.slots_of(row.rows)
            placed = place_decorations(self.definition, row.slots, row.filling, row.free_slots)
            if placed is None:
                expected_slots = f"what fits {totals.slots} slots, and free slots as stated"
                self._differ(line, "Decorations", expected_slots, row.cells.get("Decorations", ""))
                return
            row.placed = placed

    def _check_order(self, row: Listed, above: Listed) -> None:
        """Best first, ties in rank order."""
        text = self.definition.score_text
        if row.score > above.score:
            self._differ(row.record.line, "(order)", f"at most {text(above.score)}", text(row.score))
        elif row.score == above.score and row.rows < above.rows:
            self._differ(row.record.line, "(order)", "ties in rank order", "a lower rank than the row above")

    def _check_selection(self) -> None:
        """Whether each row differs enough from those before it."""
        if self.reader.is_unsettled:
            self.checks.append("how rows differ was not judged: names do not tell which of several pieces is meant")
            return
        for line, fault in self.selection.faults(self._polled(self.rows)):
            self._differ(line, "(row)", fault, "too much alike")
        self.checks.append(f"how {len(self.rows):,} rows differ from those before them")

    def _check_filling(self, row: Listed, n_builds: int) -> None:
        """No decoration exchanged for another, put in or left out makes a listed build better."""
        if self.config.decorations is None or self._n_fillings >= n_builds:
            return
        self._n_filled += bool(row.placed) or not row.filling
        for filling, free_slots in other_fillings(self.definition, row):
            self._n_fillings += 1
            totals = self.definition.totals(row.rows, filling)
            score = self.definition.scaled_score(totals, free_slots)
            is_better = score > row.score if self.front is None else self.front.is_better(row, totals, score)
            if is_better and not any(True for _ in self.definition.missed_limits(totals)):
                names = [f"{count}x {self.definition.decorations[d].name}" for d, count in filling.items()]
                better = f"{'; '.join(names) or 'nothing'}, worth {self.definition.score_text(score)}"
                self._differ(row.record.line, "Decorations", better, row.cells.get("Decorations", ""))
                break

    # --- what may be missing --------------------------------------------------

    def _check_variants(self, challenge: Challenge, *, is_whole: bool) -> None:
        """How many builds each row stands for: by looking at every build where they were all tried."""
        every = (rows for rows in self.builds.every() if self.config.decorations or challenge.score(rows) is not None)
        for line, expected, told in self.selection.wrong_variants(
            self.rows, every if is_whole else None, challenge.n_combinations, challenge.best_fillings
        ):
            self._differ(line, "Variants", expected, told)

    def _challenge(self, n_builds: int, seed: int) -> None:
        """The number of rows, and builds that are not there and should be."""
        limit, last = self.config.limit, self._last
        if self._faulty or self.reader.is_unsettled:
            why = "no builds" if self._faulty else "builds that are not known"
            self.checks.append(f"no search for missing builds: some rows are {why}")
            self._check_length(n_missing=0)
            return
        if self.front is not None:
            self._challenge_front(self.front, n_builds, seed)
            return
        n_proved = 0
        if self.is_stopped:
            if self._last_proved is None:
                self.checks.append("no search for missing builds: no row claims to be proved")
                self._check_length(n_missing=0)
                return
            n_proved, last = self._last_proved
        end = last if n_proved or self._n_records >= limit else None
        challenge = self._challenger(self.listed, end, n_builds, seed)
        if self.config.is_selective:
            challenge.belongs = partial(self.selection.belongs, listed=self.rows, best_of=challenge.best_fillings)
        self._try(challenge, n_builds, seed)
        self._check_length(n_missing=0 if self.is_stopped else len(challenge.missing))
        if self.is_stopped:
            if last is not None and n_proved + len(challenge.missing) > limit:
                actual = f"yes, though {len(challenge.missing)} better builds are missing"
                self._differ(last.record.line, "Proved", "no", actual)
            return
        for missing in challenge.missing:
            # Those that would lengthen a short list are told in one line.
            if last is not None and (-missing.score, missing.rows) < (-last.score, last.rows):
                worth = ("at least " if self.config.decorations else "") + self.definition.score_text(missing.score)
                self._differ(0, "(missing)", f"{self._named(missing.rows)}, worth {worth}", "not listed")

    def _challenger(self, listed: Container[Rows], last: Listed | None, n_builds: int, seed: int) -> Challenge:
        """What tries builds against those that are listed, of which only the last may be worth as little."""
        end, stop = None if last is None else (last.score, last.rows), self.should_stop
        n_fillings = fillings_to_try(n_builds)
        return Challenge(self.definition, self.builds, listed, end, seed=seed, should_stop=stop, n_fillings=n_fillings)

    def _challenge_front(self, front: Front, n_builds: int, seed: int) -> None:
        """Builds whose outcomes no row beats."""
        # A build that is listed may belong there with another filling as well.
        listed = self.listed if self.config.decorations is None else ()
        challenge = self._challenger(listed, None, n_builds, seed)
        challenge.belongs = partial(front.belongs, is_stopped=self.is_stopped)
        front.fillings = challenge.fillings
        self._try(challenge, n_builds, seed)
        for rows, values in front.best(challenge.missing):
            self._differ(0, "(missing)", f"{self._named(rows)}, with {front.text(values)}", "not listed")

    def _check_length(self, *, n_missing: int) -> None:
        """The number of rows; `n_missing` builds are known that are not listed."""
        n_rows, limit = self._n_records, self.config.limit
        if n_rows > limit:
            expected = f"at most {limit}"
        elif not self.is_stopped and self._n_feasible is not None and n_rows != min(limit, self._n_feasible):
            expected = str(min(limit, self._n_feasible))
        elif n_rows < limit and n_missing:
            # Of builds that are missing not all may differ enough from each other.
            expected = f"more than {n_rows}" if self.config.is_selective else str(limit)
        else:
            return
        mend = f": --limit {n_rows} judges it as a list of that length" if n_rows else ""
        self._differ(0, "(rows)", expected, f"{n_rows}{mend}")

    def _try(self, challenge: Challenge, n_builds: int, seed: int) -> None:
        try:
            self.checks.extend(self._tried(challenge, n_builds, seed))
        except StoppedEarly:
            self.was_stopped = True
            self.checks.append("the search for missing builds was stopped before its end")

    def _tried(self, challenge: Challenge, n_builds: int, seed: int) -> Iterator[str]:
        """Try builds; what was tried, in sentences."""
        n_builds = builds_to_try(n_builds, self.config)
        if challenge.n_combinations <= n_builds:
            n_every, n_feasible = challenge.every_build()
            # What is filled greedily may be judged to miss limits that it keeps.
            self._n_feasible = None if challenge.n_open or self._keeps_rows else n_feasible
            yield f"all {n_every:,} builds tried{challenge.how_filled(n_every)}, {len(challenge.missing):,} missing"
            self._check_best_fillings(challenge)
        else:
            yield challenge.spot_check(self.listed, n_builds, seed)
        self._check_variants(challenge, is_whole=challenge.n_combinations <= n_builds)
        yield from self.selection.undecided()

    def _check_best_fillings(self, challenge: Challenge) -> None:
        """No filling at all makes more of a listed build."""
        if self.config.decorations is None or self.front is not None:
            return
        told = {difference.line for difference in self.differences if difference.column == "Decorations"}
        for row in self._rows_again():
            self.reader.score(row)
            best = challenge.best_fillings(row.rows)
            if best and best[0].score > row.score and row.record.line not in told:
                worth = f"a filling worth {self.definition.score_text(best[0].score)}"
                self._differ(row.record.line, "Decorations", worth, row.cells.get("Decorations", ""))
