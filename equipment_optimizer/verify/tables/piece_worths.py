"""Judge a table of what pieces are worth by definition: whether its numbers agree, and no build says otherwise.

In: the table that the command `pieces` wrote, and the job. Out: a `Verdict`. A job of few builds is looked at in full,
where their slots may not be filled in too many ways; of others random builds, those that climbing leads to, and the
best with each piece with one piece exchanged. What wishes, talismans and decorations would bring is held against the
best builds, and against builds with them (`_possible_rows`).
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from ...records.config import Config
from ...records.equipment import EquipmentTable
from ..judging import (
    Builds,
    Challenge,
    Definition,
    Difference,
    Rows,
    Verdict,
    allowed_rows,
    builds_to_try,
    fillings_to_try,
)
from ..output_file import OutputFile, Record
from ._frame import verdict_of
from ._numbers import number_of
from ._possible_builds import own_pieces
from ._possible_rows import PossibleRows
from ._worth_row import GAIN, KNOWN, OPEN, Worth, faults_of_cells, text_of

__all__ = ["is_worth_table", "verify_worths"]

#: Kinds of rows behind those of pieces: those of a piece that might be got, and those whose builds may do without.
_FURTHER = ("wish", "talisman")
_MAY_USE = ("pair", "decoration")

#: Fillings of the build without any piece that are gone through.
_FILLINGS_OF_NONE = 10_000


def is_worth_table(header: Sequence[str]) -> bool:
    """Whether a file is a table of what pieces are worth."""
    return tuple(header[: len(KNOWN)]) == KNOWN


def verify_worths(
    output: OutputFile,
    table: EquipmentTable,
    config: Config,
    *,
    n_builds: int,
    seed: int = 0,
    should_stop: Callable[[], bool] | None = None,
    wishes: EquipmentTable | None = None,
) -> Verdict:
    """Check a table against its job; `n_builds` are tried of each kind, with decorations a fiftieth.

    Without the `wishes` that it was made with only the numbers of their rows are judged.
    """
    judge = _Worths(output, Definition(table, config), wishes)

    def look() -> None:
        if judge.is_whole():
            judge.read()
            judge.try_builds(n_builds, seed, should_stop)

    return verdict_of(judge, look, compare=judge.compare)


class _Worths:
    """The steps of one verification."""

    def __init__(self, output: OutputFile, definition: Definition, wishes: EquipmentTable | None) -> None:
        self.differences: list[Difference] = []
        self.checks: list[str] = []
        self._output, self._definition, self._table = output, definition, definition.table
        self._builds = Builds(self._table, allowed_rows(self._table, definition.config))
        #: Of each piece, by its number, its row of the table of worths.
        self._worth: dict[int, Worth] = {}
        #: Rows of pieces that might be got; and all rows of what might be.
        self._further: list[Worth] = []
        self._possible = PossibleRows(definition, self._builds.allowed, wishes)
        self._limit = definition.config.limit
        self._records: list[Record] = []
        #: Cells that hold what no row of their kind does, and are told where nothing more is told of them.
        self._odd: list[Difference] = []
        #: Those that something is lost without; all where every build is tried.
        self._needed: dict[int, Worth] = {}
        self._every: list[tuple[Fraction, Rows]] | None = None
        #: How many builds there are at most, and with each piece where every build is tried.
        self._n_most = self._limit
        self._n_with: Counter[int] | None = None

    def _differ(self, worth: Worth, column: str, expected: str, shown: str) -> None:
        self.differences.append(Difference(worth.record.line, column, expected, shown or "nothing"))

    # --- the table -----------------------------------------------------------------------

    def is_whole(self) -> bool:
        """Whether it has the columns of such a table, and no row more cells; blank ones at its end may be left out."""
        header = self._output.header
        for record in self._output.records:
            if len(record.cells) > len(header):
                cells = f"{len(header)} cells", str(len(record.cells))
                self.differences.append(Difference(record.line, "(row)", *cells))
            blanks = ("",) * (len(header) - len(record.cells))
            self._records.append(Record(record.line, (*record.cells, *blanks)))
        has_gain = any(record.cells[0] in (*_FURTHER, *_MAY_USE) for record in self._records)
        expected = (*KNOWN, *((GAIN,) if has_gain else ()), *(OPEN if set(OPEN) & set(header) else ()))
        if header != expected:
            self.differences.append(Difference(1, "(header)", ", ".join(expected), ", ".join(header)))
        return not self.differences

    def read(self) -> None:
        """Match rows with pieces, and see whether the numbers of each row agree."""
        pieces, records = self._pieces(), self._records
        if len(records) < len(pieces):
            lacking = f"{len(pieces):,} rows of pieces"
            self.differences.append(Difference(0, "(file)", lacking, f"{len(records):,} rows"))
        allowed = {self._builds.origin[row] for rows in self._builds.allowed for row in rows}
        for (number, name, part), record in zip(pieces, records, strict=False):
            worth = self._read(record)
            self._worth[number] = worth
            worth.is_allowed = number in allowed
            kind = "piece" if worth.is_allowed else "not allowed"
            wanted = (kind, name.strip(), part)
            if record.cells[:3] != wanted:
                self._differ(worth, "Name", ", ".join(wanted), ", ".join(record.cells[:3]))
        usable = [worth for worth in self._worth.values() if worth.is_allowed]
        self._top = self._best_of_all(usable)
        for worth in usable:
            self._check_row(worth)
        further = map(self._check_gain, records[len(pieces) :])
        self._possible.match([worth for worth in further if worth is not None])
        self.checks.append(
            f"{len(usable):,} pieces matched with the equipment, and the numbers of each row with each other"
        )

    def _best_of_all(self, usable: Sequence[Worth]) -> Fraction | None:
        """The best score: that of a piece, or of the build without any, where there is one."""
        best = [worth.best for worth in usable if worth.best is not None]
        if (empty := self._builds.empty()) is not None:
            # It has no slots but those of a fixed weapon.
            challenge = Challenge(self._definition, self._builds, (), None, seed=0, n_fillings=_FILLINGS_OF_NONE)
            filled = challenge.best_fillings(empty)
            score = challenge.score(empty) if filled is None else max((fill.score for fill in filled), default=None)
            if score is not None:
                best.append(Fraction(score, self._definition.denominator))
        return max(best, default=None)

    def _pieces(self) -> list[tuple[int, str, str]]:
        """Number, name and part of each row of the equipment file, in the order of the table."""
        config = self._definition.config
        place = {part: b for b, part in enumerate(config.body_parts)}
        pieces = [(number, piece.name, piece.body_part) for number, piece in own_pieces(self._table, config).items()]
        return sorted(pieces, key=lambda piece: (place[piece[2]], piece[0]))

    def _read(self, record: Record) -> Worth:
        """The numbers of a row."""
        cells = dict(zip(self._output.header, record.cells, strict=True))
        for column, expected in faults_of_cells(cells, self._number):
            self._odd.append(Difference(record.line, column, expected, cells[column] or "nothing"))
        is_proved = cells.get("Proved", "yes") == "yes"
        best = self._number(cells["Best Score"])
        most = best if is_proved else self._number(cells["At Most"])
        worth = Worth(record, best, self._number(cells["Loss When Sold"]), most, is_proved)
        told = self._number(cells.get("At Most", ""))
        if "At Most" in cells and is_proved and cells["Kind"] != "not allowed" and told != best:
            self._differ(worth, "At Most", text_of(best), cells["At Most"])
        elif told is not None and best is not None and told < best:
            self._differ(worth, "At Most", f"{text_of(best)} or more", cells["At Most"])
        return worth

    def _number(self, cell: str) -> Fraction | None:
        return number_of(cell, has_decimal_commas=self._output.has_decimal_commas)

    def _cell(self, worth: Worth, column: str) -> str:
        return worth.record.cells[self._output.header.index(column)]

    def _check_row(self, worth: Worth) -> None:
        """What is told of a piece agrees with what else is told of it."""
        loss = None if self._top is None or worth.best is None else self._top - worth.best
        if self._number(self._cell(worth, "Loss")) != loss:
            self._differ(worth, "Loss", text_of(loss), self._cell(worth, "Loss"))
        if self._top is None and worth.sold is not None:
            self._differ(worth, "Loss When Sold", "nothing", self._cell(worth, "Loss When Sold"))
        listed = self._number(self._cell(worth, "In Best"))
        never = self._cell(worth, "Never Useful")
        most = self._limit if worth.best is not None or not worth.is_proved else 0
        if listed is None or listed.denominator != 1 or not 0 <= listed <= most:
            self._differ(worth, "In Best", f"0 to {most}", self._cell(worth, "In Best"))
        elif (worth.is_proved and (never == "yes") != (listed == 0)) or (never == "yes" and listed):
            self._differ(worth, "Never Useful", "no" if listed else "yes", never)

    def _check_gain(self, record: Record) -> Worth | None:
        """The row, where it is of a kind: what it brings agrees with the best score, as far as that is certain."""
        worth = self._read(record)
        if "Gain" not in self._output.header or worth.kind not in (*_FURTHER, *_MAY_USE):
            self._differ(worth, "Kind", "a piece of the equipment, or what might be got", worth.kind)
            return None
        if worth.is_proved:
            self._check_certain_gain(worth)
        return worth

    def _check_certain_gain(self, worth: Worth) -> None:
        kind = worth.kind
        loss = gain = None
        if self._top is not None:
            if kind in _MAY_USE and (worth.best is None or worth.best < self._top):
                self._differ(worth, "Best Score", f"{text_of(self._top)} or more", self._cell(worth, "Best Score"))
                return
            loss = None if worth.best is None else self._top - worth.best
            gain = max(Fraction(0), -loss if loss is not None else Fraction(0))
        for column, number in {"Loss": loss if kind in _FURTHER else None, "Gain": gain}.items():
            if self._number(self._cell(worth, column)) != number:
                self._differ(worth, column, text_of(number), self._cell(worth, column))
        if kind in _FURTHER:
            self._further.append(worth)

    # --- builds --------------------------------------------------------------------------

    def try_builds(self, n_builds: int, seed: int, should_stop: Callable[[], bool] | None) -> None:
        """Note what builds come to with each piece, and without it; and with what might be got."""
        self._try_own(n_builds, seed, should_stop)
        known = sorted((worth.with_it, worth.rows) for worth in self._worth.values() if worth.with_it is not None)
        good = list(dict.fromkeys(rows for _, rows in reversed(known)))
        n_each = builds_to_try(n_builds, self._definition.config)
        self._possible.try_builds(good, self._top, n_builds=n_each, seed=seed, should_stop=should_stop)

    def _try_own(self, n_builds: int, seed: int, should_stop: Callable[[], bool] | None) -> None:
        definition = self._definition
        n_fillings = fillings_to_try(n_builds)
        n_builds = builds_to_try(n_builds, definition.config)
        challenge = Challenge(
            definition, self._builds, (), None, seed=seed, should_stop=should_stop, n_fillings=n_fillings
        )
        self._n_most = challenge.n_combinations
        challenge.belongs = self._note
        self._needed = {number: worth for number, worth in self._worth.items() if worth.sold != 0}
        if challenge.n_combinations <= n_builds:
            self._every, self._needed = [], self._worth
            n_all, n_feasible = challenge.every_build()
            least = "at least " if challenge.n_open else ""
            filled = challenge.how_filled(n_all)
            self.checks.append(f"all {n_all:,} builds tried{filled}, {least}{n_feasible:,} of which keep the limits")
            if challenge.n_open:
                # What is not known may score more, or keep limits that it seems to miss.
                self._every = None
                possible = (rows for rows in self._builds.every() if challenge.best_fillings(rows) != [])
                self._n_with = Counter(self._builds.origin[row] for rows in possible for row in set(rows))
                self.checks.append("In Best judged within bounds only: which builds are the best is not known")
            return
        n_random = challenge.random_builds(n_builds)
        n_climbs = challenge.climbs(n_builds)
        best = [worth.rows for worth in self._worth.values() if worth.rows]
        _, n_exchanged = challenge.exchanges(best, n_builds)
        told = f"{n_random:,} random builds, {n_climbs:,} climbs and {n_exchanged:,} builds near the best with a piece"
        self.checks.append(f"{told}: none scores more than is told of its pieces, or of those that it does without")

    def _note(self, rows: Rows, score: int) -> bool:
        """Take in a build that keeps the limits; it belongs in no list."""
        value = Fraction(score, self._definition.denominator)
        worn = {self._builds.origin[row] for row in rows}
        for number in worn:
            worth = self._worth.get(number)
            if worth is not None and (worth.with_it is None or value > worth.with_it):
                worth.with_it, worth.rows = value, rows
        for number, worth in self._needed.items():
            if number not in worn and (worth.without is None or value > worth.without):
                worth.without = value
        if self._every is not None:
            self._every.append((-value, rows))
        return False

    def compare(self, is_whole: bool) -> None:
        """Hold what builds come to against the table; `is_whole` where all were tried that were to be."""
        self._compare(is_whole)
        # Of a cell what is told last says most.
        of_cells = {(each.line, each.column): each for each in (*self._odd, *self.differences) if each.line}
        self.differences = [each for each in self.differences if not each.line] + list(of_cells.values())

    def _compare(self, is_whole: bool) -> None:
        """The same, without cells that are odd whatever builds come to."""
        self.differences += self._possible.differences
        self.checks += self._possible.checks
        counted: dict[int, int] | None = None
        if self._every is not None and is_whole:
            counted = dict.fromkeys(self._worth, 0)
            for _, rows in heapq.nsmallest(self._limit, self._every):
                for number in {self._builds.origin[row] for row in rows} & counted.keys():
                    counted[number] += 1
        for worth in self._further:
            self._compare_further(worth, is_whole=counted is not None)
        for number, worth in self._worth.items():
            if not worth.is_allowed:
                continue
            is_more = worth.with_it is not None and (worth.best is None or worth.with_it > worth.best)
            is_open = not worth.is_proved and (
                worth.most is None or worth.with_it is None or worth.with_it <= worth.most
            )
            if (is_more and not is_open) or (counted is not None and worth.is_proved and worth.with_it != worth.best):
                self._differ(worth, "Best Score", text_of(worth.with_it), self._cell(worth, "Best Score"))
            if not worth.is_proved or self._top is None:
                continue
            left = None if worth.sold is None else self._top - worth.sold
            is_more = worth.without is not None and (left is None or worth.without > left)
            if is_more or (counted is not None and worth.without != left):
                expected = None if worth.without is None else self._top - worth.without
                self._differ(worth, "Loss When Sold", text_of(expected), self._cell(worth, "Loss When Sold"))
            self._compare_counts(number, worth, counted)

    def _compare_further(self, worth: Worth, *, is_whole: bool) -> None:
        """A piece that might be got is of no use where as many builds as are listed score more than its best."""
        best, shown = worth.best, self._cell(worth, "Never Useful")
        wanted = {"yes", "no"} if best is not None else {"yes"}
        if best is not None and is_whole and self._every is not None:
            n_better = sum(-negated > best for negated, _ in self._every)
            wanted = {"yes" if n_better >= self._limit else "no"}
        elif best is not None and (self._top is None or best >= self._top):
            wanted = {"no"}
        if shown not in wanted:
            self._differ(worth, "Never Useful", " or ".join(sorted(wanted)), shown)

    def _compare_counts(self, number: int, worth: Worth, counted: Mapping[int, int] | None) -> None:
        """In how many of the best builds a piece is, or can be where these are not known."""
        listed = self._number(self._cell(worth, "In Best"))
        if counted is not None:
            if listed != counted[number]:
                self._differ(worth, "In Best", str(counted[number]), self._cell(worth, "In Best"))
            return
        most = self._n_most if self._n_with is None else self._n_with[number]
        if listed is not None and most < listed <= self._limit:
            self._differ(worth, "In Best", f"0 to {most}", self._cell(worth, "In Best"))
