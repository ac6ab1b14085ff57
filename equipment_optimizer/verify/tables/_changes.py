"""What one build has in place of another's pieces, read from the words of a table.

In: texts such as ``Head: Cap instead of Hood; Legs: nothing instead of Boots``, or ``in the slots: 2x Edge Jewel 1
instead of nothing``, or ``Head: another Cap``. Out: `Change`, or None where a text says no such thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..judging import Definition
from ..output_file import plain

__all__ = ["Change", "ChangeReader"]

_IN_SLOTS = "in the slots: "
_INSTEAD = " instead of "
_NOTHING = "nothing"
_ANOTHER = "another "
_ELSEWHERE = "in the slots: the same decorations in other places"

#: Between two decorations: a name may hold a comma of its own.
_NEXT_DECORATION = re.compile(r", (?=[0-9]+x )")
_DECORATION = re.compile(r"([0-9]{1,9})x (.*)", re.DOTALL)


@dataclass(frozen=True)
class Change:
    """The pieces that change, by position: new name and old one, "" for none; or decorations and their counts.

    Empty where another piece of the same name comes, or the same decorations are in other places.
    """

    pieces: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    new: Mapping[int, int] = field(default_factory=dict)
    old: Mapping[int, int] = field(default_factory=dict)


class ChangeReader:
    """Reads changes of builds whose places have these names, and pieces of these names in each."""

    def __init__(self, definition: Definition, names: Sequence[Mapping[str, Sequence[int]]]) -> None:
        self._definition = definition
        self._places = definition.table.position_names
        self._names = names

    def read(self, cell: str) -> Change | None:
        """The change that a cell tells; of several that it may mean the first."""
        text = plain(cell, {})
        if text == _ELSEWHERE:
            return Change() if self._definition.config.decorations is not None else None
        if self._are_others(text, 0):
            return Change()
        if text.startswith(_IN_SLOTS):
            return self._in_slots(text.removeprefix(_IN_SLOTS))
        pieces = next(self._pieces(text, 0), None)
        return None if pieces is None else Change(pieces)

    def _are_others(self, text: str, start: int) -> bool:
        """Whether a text tells of other pieces of the same names in the places from `start` on."""
        for position in range(start, len(self._places)):
            prefix = f"{self._places[position]}: {_ANOTHER}"
            if not text.startswith(prefix):
                continue
            said = text.removeprefix(prefix)
            for name in (name for name, rows in self._names[position].items() if len(rows) > 1):
                if said == name:
                    return True
                if said.startswith(f"{name}; ") and self._are_others(said.removeprefix(f"{name}; "), position + 1):
                    return True
        return False

    def _pieces(self, text: str, start: int) -> Iterator[dict[int, tuple[str, str]]]:
        """Every way to read pieces of the places from `start` on."""
        for position in range(start, len(self._places)):
            prefix = f"{self._places[position]}: "
            if not text.startswith(prefix):
                continue
            said = text.removeprefix(prefix)
            for new in self._names[position]:
                begun = f"{new or _NOTHING}{_INSTEAD}"
                if not said.startswith(begun):
                    continue
                told = said.removeprefix(begun)
                for old in self._names[position]:
                    shown = old or _NOTHING
                    if told == shown and old != new:
                        yield {position: (new, old)}
                    elif told.startswith(f"{shown}; ") and old != new:
                        for others in self._pieces(told.removeprefix(f"{shown}; "), position + 1):
                            yield {position: (new, old), **others}

    def _in_slots(self, text: str) -> Change | None:
        """Decorations that come and go."""
        parts = text.split(_INSTEAD)
        for k in range(1, len(parts)):
            sides = [self._decorations(_INSTEAD.join(some)) for some in (parts[:k], parts[k:])]
            if sides[0] is not None and sides[1] is not None and (sides[0] or sides[1]):
                return Change(new=sides[0], old=sides[1])
        return None

    def _decorations(self, text: str) -> dict[int, int] | None:
        counts: dict[int, int] = {}
        for told in _NEXT_DECORATION.split(text) if text != _NOTHING else ():
            match = _DECORATION.fullmatch(told)
            number = self._definition.decoration_numbers.get(match[2]) if match else None
            if match is None or number is None or number in counts or not int(match[1]):
                return None
            counts[number] = int(match[1])
        return counts
