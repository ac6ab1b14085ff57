"""Texts that filters compare with the cells of a column, and that no cell has; values of counts that look alike.

In: the configuration and the pieces. Out: notices. A filter may rightly name what
this file lacks, so nothing here is a fault; that a cell is written otherwise has to
be told all the same, since it passes or fails in silence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from ..errors import member_path
from ..files.findings import listing, shown, shown_source
from ..files.name_differences import difference
from ..files.names import folded, near
from ..files.numbers import decimal, is_blank
from ..records.config import CountRule, FilterRule
from ._config_file import ConfigDraft
from ._kept_columns import conditions
from .equipment_file import PieceSurvey

__all__ = ["check_filter_texts"]

#: Abbreviations of so many letters are near each other without being meant.
_SHORT = 2


def check_filter_texts(draft: ConfigDraft, survey: PieceSurvey) -> None:
    """Give notice of texts that no cell has: all those of ``in``, and those of ``not`` that may be meant for one.

    And of values of ``each`` and ``same`` that are told apart, and look alike or say that there is none.
    """
    for path, rule in conditions(draft.config):
        if rule.column in survey.other_names and (rule.one_of or rule.none_of):
            place = survey.other_names.index(rule.column)
            cells = {
                piece.other[place] for piece in survey.pieces if rule.parts is None or piece.body_part in rule.parts
            }
            _check_texts(draft, path, rule, _Cells(cells))
    for name, count in draft.config.counts.items():
        if count.column in survey.other_names:
            place = survey.other_names.index(count.column)
            _check_values(draft, name, count, {piece.other[place] for piece in survey.pieces})


def _check_values(draft: ConfigDraft, name: str, count: CountRule, cells: Iterable[str]) -> None:
    """Give the notices of one count by value."""
    path = f"{member_path('$.counts', name)}.{'each' if count.same is None else 'same'}"
    line, column = draft.config.locations.get(path, (0, 0))
    where = f"values of the column {shown_source(count.column or '')}"
    values = sorted({value for cell in cells for value in count.values(cell)})
    first: dict[str, str] = {}
    for value in values:
        other = first.setdefault(folded(value).casefold(), value)
        if other != value:
            message = f"{where} that are {shown(value)} are not {shown(other)}; they differ {difference(value, other)}"
            draft.findings.notice(line, column, f"{message} [{shown_source(path)}]")
    none = [value for value in values if is_blank(value)]
    if none:
        message = f"{where} that are {listing(none)} count as any other; a cell without a value is empty"
        draft.findings.notice(line, column, f"{message} [{shown_source(path)}]")


class _Cells:
    """The cells of a column, by what they may be compared as."""

    def __init__(self, cells: Iterable[str]) -> None:
        self.texts = frozenset(cells)
        self.numbers = {number: cell for cell in self.texts if (number := _number(cell)) is not None}
        self.by_look = {folded(cell).casefold(): cell for cell in sorted(self.texts)}
        self.looks = Counter(folded(cell).casefold() for cell in self.texts)

    def __contains__(self, text: str) -> bool:
        return text in self.texts or _number(text) in self.numbers

    def others_like(self, text: str) -> list[str]:
        """Cells that are not the text, and differ from it only by case or marks."""
        look = folded(text).casefold()
        if self.looks[look] <= (text in self.texts):
            return []
        return sorted(cell for cell in self.texts if cell != text and folded(cell).casefold() == look)

    def meant(self, text: str) -> str | None:
        """The cell that a text is in another form, or nearly."""
        number = _number(text, decimal_comma=True)
        if number is not None:
            return self.by_look.get(folded(text).casefold()) or self.numbers.get(number)
        return self.by_look.get(folded(text).casefold()) or (near(text, self.texts) if len(text) > _SHORT else None)

    def may_be_meant(self, text: str) -> bool:
        """Whether a text that no cell has is near one, or a word or number of one."""
        if len(text) > _SHORT and near(text, self.texts) is not None:
            return True
        return any(text in re.split(r"[^\w.,]+", cell) for cell in self.texts if cell)


def _number(text: str, *, decimal_comma: bool = False) -> Decimal | None:
    """The number that a text is; None for any other."""
    value = decimal(text, decimal_comma=decimal_comma)
    return value if isinstance(value, Decimal) else None


def _check_texts(draft: ConfigDraft, rule_path: str, rule: FilterRule, cells: _Cells) -> None:
    """Give the notices of one rule."""
    for key, texts in (("in", rule.one_of), ("not", rule.none_of)):
        path = f"{rule_path}.{key}"
        line, column = draft.config.locations.get(path, (0, 0))
        of_column = f"of the column {shown_source(rule.column)}"
        missing = []
        texts = texts or ()
        for text in texts:
            if text in cells:
                for other in cells.others_like(text):
                    if other not in texts and _number(other) is None:
                        message = f"cells {of_column} that are {shown(other)} are not {shown(text)}"
                        differs = f"they differ {difference(other, text)} [{shown_source(path)}]"
                        draft.findings.notice(line, column, f"{message}; {differs}")
                continue
            meant = cells.meant(text)
            if meant is None:
                missing.append(text)
            else:
                message = f"no cell {of_column} is {shown(text)}; is it {shown(meant)}?"
                brief = f"{shown(text)}, is it {shown(meant)}?"
                draft.findings.notice(line, column, f"{message} [{shown_source(path)}]", kind=path, brief=brief)
        if key == "not":
            # What is shut out may rightly be nowhere; what looks like a cell, or a part of one, may be meant for it.
            missing = [text for text in missing if cells.may_be_meant(text)]
        if missing:
            draft.findings.notice(line, column, f"no cell {of_column} is {listing(missing)} [{shown_source(path)}]")
