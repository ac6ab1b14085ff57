"""Values of a parsed JSON file, checked for their kind.

In: nodes of `json_parser`. Out: numbers, names, lists and objects of known keys,
or None after a fault that names the place and the JSON path of the value. Which
keys there are and what they mean is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from decimal import Context, Decimal
from itertools import pairwise
from typing import TypeGuard

from ..errors import member_path
from ._json_mends import number_mend
from .findings import Findings, listing, shown_source
from .json_parser import JsonNode, JsonText, JsonValue, Unusable
from .names import folded
from .numbers import WHOLE_LIMIT

__all__ = ["JsonValues", "is_number", "mend_of_number"]

#: Characters of a number that a mend repeats.
MAX_REPEATED = 20

#: What scripts write for 3 x 0.1 has 16 or 17 digits, and at most 15 that were meant.
_MEANT = Context(prec=15)
_MACHINE_DIGITS = (16, 17)

_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_NUMBER_WORDS = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
]


class JsonValues:
    """Typed access to the values of one file; faults go to its findings."""

    def __init__(self, document: JsonText, findings: Findings) -> None:
        self.findings = findings
        self.locations: dict[str, tuple[int, int]] = {}  # Line and character of every value asked for, by JSON path.
        self._document = document
        self._repeated: dict[str, list[tuple[int, int, str]]] = {}

    def fault(self, node: JsonNode, path: str, message: str, mend: str) -> None:
        """Report a fault at a value."""
        self.findings.fault(*self._document.place(node.start), f"{message} [{shown_source(path)}]", mend)

    def key_fault(self, node: JsonNode, path: str, message: str, mend: str) -> None:
        """Report a fault at the key of a member."""
        self.findings.fault(*self._document.place(node.key_start), f"{message} [{shown_source(path)}]", mend)

    def notice(self, node: JsonNode, path: str, message: str, *, kind: str = "", brief: str = "") -> None:
        """Give a notice at a value, one line with the others of its kind."""
        place = self._document.place(node.start)
        self.findings.notice(*place, f"{message} [{shown_source(path)}]", kind=kind, brief=brief)

    def repeated_notice(self, node: JsonNode, path: str, message: str) -> None:
        """Give a notice that is one line, however many values it is true of, once all are read."""
        self._repeated.setdefault(message, []).append((*self._document.place(node.start), path))

    def tell_repeated(self) -> None:
        """Give the notices of `repeated_notice`."""
        for message, places in self._repeated.items():
            line, column, _ = places[0]
            text = f"{message} [{listing([path for _, _, path in places])}]"
            self.findings.notice(line, column, text, kind="repeated", brief=text)
        self._repeated.clear()

    def locate(self, node: JsonNode, path: str) -> None:
        """Remember where a value stands, for errors that are found later."""
        self.locations[path] = self._document.place(node.start)

    def number(self, node: JsonNode, path: str, *, located: bool = True) -> Decimal | None:
        """An exact number; its place is remembered if it is `located`, which in a long list costs more than it."""
        if located:
            self.locate(node, path)
        value = node.value
        if is_number(value):
            return self._as_meant(node, path, value)
        self.expected("a number", node, path, mend_of_number(value))
        return None

    def _as_meant(self, node: JsonNode, path: str, value: Decimal | int) -> Decimal:
        """The number itself, or the shorter one that binary arithmetic made it of."""
        exact = Decimal(value)
        if isinstance(value, int) or len(exact.as_tuple().digits) not in _MACHINE_DIGITS:
            return exact
        meant = _MEANT.plus(exact)
        if meant == exact or any(meant.as_tuple().digits[-3:]):
            return exact
        meant = Decimal(f"{meant.normalize():f}")
        self.repeated_notice(node, path, f"{self._document.source(node)} is read as {meant}")
        return meant

    def whole(
        self,
        node: JsonNode,
        path: str,
        *,
        lowest: int = -WHOLE_LIMIT,
        highest: int = WHOLE_LIMIT,
        located: bool = True,
    ) -> int | None:
        """A whole number from `lowest` to `highest`; 7.0 is one."""
        value = self.number(node, path, located=located)
        if value is None:
            return None
        if value != int(value):
            self.expected("a whole number", node, path, "write a number without a fraction")
            return None
        if value < lowest:
            self.expected(f"a whole number, {lowest} or more", node, path, f"write {lowest} or more")
            return None
        if value > highest:
            self.expected(f"a whole number, at most {highest}", node, path, f"write at most {highest}")
            return None
        return int(value)

    def flag(self, node: JsonNode, path: str) -> bool | None:
        """True or false."""
        self.locate(node, path)
        if isinstance(node.value, bool):
            return node.value
        self.expected("true or false", node, path, "write true or false, without quotes")
        return None

    def choice(self, node: JsonNode, path: str, choices: Collection[str]) -> str | None:
        """One of a few words."""
        self.locate(node, path)
        if isinstance(node.value, str) and node.value in choices:
            return node.value
        options = " or ".join(f'"{choice}"' for choice in choices)
        self.expected(options, node, path, "write one of these words, in quotes")
        return None

    def name(self, node: JsonNode, path: str, *, located: bool = True) -> str | None:
        """Text that is not blank, trimmed."""
        if located:
            self.locate(node, path)
        if not isinstance(node.value, str):
            self.expected("a name in quotes", node, path, 'write "name"')
            return None
        name = node.value.strip()
        if not name:
            self.fault(node, path, "the name is blank", "write a name, or remove the entry")
            return None
        if "\0" in name:
            self.fault(node, path, "a NUL character in a name", "no file can hold it: write the name without it")
            return None
        return name

    def items(
        self, node: JsonNode, path: str, *, bare: tuple[type, ...] = (), numbers: bool = False
    ) -> Iterator[tuple[JsonNode, str]]:
        """The items of a list with their paths; none after a fault. A `bare` value stands for a list of one.

        Where the list is one of `numbers` a number alone is told how it becomes one; of anything else that would be
        the next fault.
        """
        self.locate(node, path)
        if isinstance(node.value, bare):
            yield node, path
            return
        if not isinstance(node.value, list):
            is_item = numbers and is_number(node.value)
            self.expected("a list", node, path, f"write [{self._got(node)}]" if is_item else "write a list in [ ]")
            return
        for number, item in enumerate(node.value):
            yield item, f"{path}[{number}]"

    def names(self, node: JsonNode, path: str) -> list[str]:
        """A list of names, or one; each once; `locate` knows the first place of ``path["name"]``."""
        names: dict[str, None] = {}
        for item, item_path in self.items(node, path, bare=(str,)):
            name = self.name(item, item_path, located=False)
            if name is not None and name not in names:
                names[name] = None
                self.locate(item, member_path(path, name))
        return list(names)

    def known(self, node: JsonNode, path: str, keys: Collection[str]) -> dict[str, JsonNode]:
        """Members of an object whose keys are keywords; others are faults."""
        members = {}
        example = next(iter(keys), "")
        for key, member in self._members(node, path, example):
            if key in keys:
                members[key] = member
                continue
            guess = self.findings.suggest(key, keys)
            mend = f'write "{guess}", the nearest known key' if guess else f"known keys: {listing(keys)}"
            self.key_fault(member, path, f'unknown key "{shown_source(key)}"', f"{mend}; a comment's key begins with _")
        return members

    def named(self, node: JsonNode, path: str) -> Iterator[tuple[str, JsonNode, str]]:
        """Members of an object whose keys are names, trimmed, with their paths."""
        seen: dict[str, str] = {}
        for key, member in self._members(node, path, "NAME"):
            name = key.strip()
            if not name:
                self.key_fault(member, path, "the name is blank", "write a name, or remove the entry")
            elif "\0" in name:
                self.key_fault(
                    member, path, "a NUL character in a name", "no file can hold it: write the name without it"
                )
            elif folded(name) in seen:
                first = seen[folded(name)]
                otherwise = "with other spaces" if first == name else f"the first time as {first!a}"
                self.key_fault(
                    member, path, f'"{shown_source(name)}" is here twice, {otherwise}', "keep one of the two"
                )
            else:
                seen[folded(name)] = name
                member_place = member_path(path, name)
                self.locate(member, member_place)
                yield name, member, member_place

    def _members(self, node: JsonNode, path: str, example: str) -> Iterator[tuple[str, JsonNode]]:
        """Members of an object except comments; none after a fault, whose mend shows a key."""
        self.locate(node, path)
        if isinstance(node.value, dict):
            yield from ((key, member) for key, member in node.value.items() if not key.startswith(("_", "$")))
        else:
            self.expected("an object", node, path, f'write {{"{example}": ...}}')

    def has_mixed_commas(self, node: JsonNode) -> bool:
        """Whether some numbers of a list follow a comma closely, as after a decimal comma, and others do not."""
        items = node.value if isinstance(node.value, list) else []
        gaps = {self._document.text[item.stop : other.start] for item, other in pairwise(items)}
        return "," in gaps and any(gap != "," and "\n" not in gap for gap in gaps)

    def expected(self, what: str, node: JsonNode, path: str, mend: str) -> None:
        """Report a value of the wrong kind, unless its text was a fault already."""
        if not isinstance(node.value, Unusable):
            self.fault(node, path, f"expected {what}, got {self._got(node)}", mend)

    def _got(self, node: JsonNode) -> str:
        """A value for a message."""
        if isinstance(node.value, dict):
            return "an object"
        return "a list" if isinstance(node.value, list) else self._document.source(node)


def is_number(value: JsonValue) -> TypeGuard[Decimal | int]:
    """Whether a value is a number."""
    return isinstance(value, Decimal | int) and not isinstance(value, bool)


def mend_of_number(value: JsonValue) -> str:
    """How to write the number that a text value was probably meant to be."""
    if value is None:
        return "write a number, such as 1, or remove the entry"
    if not isinstance(value, str):
        return "write a number, such as 1.0"
    word = value.strip().lower()
    if word in _NUMBER_WORDS:
        return f"write {_NUMBER_WORDS.index(word)} without quotes"
    if len(word) <= MAX_REPEATED and _PLAIN_NUMBER.fullmatch(word):
        return f"write {word} without quotes"
    if mend := number_mend(value.strip()):
        return f"{mend}, without quotes"
    return "write a number without quotes"
