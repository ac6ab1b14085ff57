"""JSON text into values that know their place.

In: text. Out: a tree of `JsonNode`, numbers exact, every value and key with its
offset, and `JsonText.place` to turn an offset into line and column. What the
values mean is not known here. The standard library's parser reports no places
of values, takes NaN, drops duplicate keys and recurses.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import NoReturn, TypeAlias

from ._json_mends import blank_name, comma_mend, is_odd_blank, mend_of, mend_of_start, mend_of_string, number_mend
from .findings import Findings, shown_source

__all__ = [
    "MAX_DEPTH",
    "MAX_VALUES",
    "UNUSABLE",
    "JsonNode",
    "JsonText",
    "JsonValue",
    "Unusable",
    "parse_json",
]

#: Brackets within brackets. A configuration needs five.
MAX_DEPTH = 100

#: Values in one file. A node takes about 150 bytes, so this bounds a hostile
#: file to about 150 MB; a real configuration has some hundreds.
MAX_VALUES = 1_000_000

#: Decimal digits before or after the point of a number. More cannot be meant,
#: and 1e999999999 written out would take a gigabyte.
_MAX_EXPONENT = 400

_SPACE = re.compile(r"[ \t\n\r]*+")
_PLAIN_STRING = re.compile(r'"([^"\\\x00-\x1f]*+)"')
_STRING = re.compile(r'"[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+')
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_SIMPLE_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORD = re.compile(r'[^\s,:\[\]{}"]*+')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(\.[0-9]++)?([eE][+-]?[0-9]++)?")
_DIGITS_AFTER_COMMA = re.compile(r"[0-9]++(?:,[0-9]++)*+(?![.\w])")
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\r|\n")
_CONSTANTS = {"true": True, "false": False, "null": None}


class Unusable:
    """The value of a node whose text was reported as a fault already."""


UNUSABLE = Unusable()

JsonValue: TypeAlias = "dict[str, JsonNode] | list[JsonNode] | str | int | Decimal | bool | Unusable | None"


@dataclass(slots=True, eq=False)
class JsonNode:
    """A value and its place, as offsets in the text.

    Objects are dictionaries and arrays lists of nodes; a whole number without point and exponent is an int, every
    other number a Decimal.
    """

    value: JsonValue
    start: int
    stop: int = -1
    key_start: int = -1  # of the key, for a member of an object


@dataclass(slots=True, eq=False)
class JsonText:
    """Parsed JSON and the text it came from."""

    text: str
    root: JsonNode
    _line_starts: array[int] = field(repr=False)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and character of an offset, both from 1, or 0 where it has none; O(log lines)."""
        return _place(self._line_starts, offset)

    def source(self, node: JsonNode) -> str:
        """The text of a value, printable and shortened."""
        return shown_source(self.text[node.start : min(node.stop, node.start + 100)])


class _SyntaxFaultError(Exception):
    """The text cannot be parsed any further."""

    def __init__(self, offset: int, message: str, mend: str) -> None:
        super().__init__(message)
        self.offset, self.message, self.mend = offset, message, mend


def parse_json(text: str, findings: Findings, *, has_places: bool = True) -> JsonText | None:
    """Parse one JSON value, without a byte order mark; None where the parser had to stop.

    Also reports every duplicate key, number that is not finite or out of range, and half a surrogate pair before that;
    the value concerned is `UNUSABLE`. Where nobody wrote the text (`has_places`) every place is 0. Linear time, no
    recursion; at most `MAX_VALUES` nodes.
    """
    line_starts = array("q", [0] if has_places else [])
    if has_places:
        line_starts.extend(match.end() for match in _LINE_END.finditer(text))
    parser = _Parser(text, line_starts, findings)
    root: JsonNode | None = None
    try:
        root = parser.parse()
    except _SyntaxFaultError as fault:
        findings.fault(*_place(line_starts, fault.offset), fault.message, fault.mend)
    parser.tell_odd_blanks()
    return None if root is None else JsonText(text, root, line_starts)


def _place(line_starts: array[int], offset: int) -> tuple[int, int]:
    """Line and character of an offset, both from 1; 0 in a text that nobody wrote."""
    if not line_starts:
        return 0, 0
    line = bisect_right(line_starts, offset)
    return line, offset - line_starts[line - 1] + 1


class _Parser:
    """One pass over the text, with the open brackets on a list."""

    def __init__(self, text: str, line_starts: array[int], findings: Findings) -> None:
        self.text = text
        self.line_starts = line_starts
        self.findings = findings
        self.position = 0
        self.n_values = 0
        self.open: list[JsonNode] = []
        self.is_after_part = False
        self.last_string = (0, 0)
        self.odd_blanks: list[int] = []

    def parse(self) -> JsonNode:
        """The value of the whole text."""
        root = self._begin_value()
        while self.open:
            self._next_part()
        if self._next_char():
            self._stop("text after the end of the JSON value", "remove it, or the bracket that closes too early")
        return root

    def _next_part(self) -> None:
        """Read the next part of the innermost open bracket, or close it."""
        parent = self.open[-1].value
        closer = "}" if isinstance(parent, dict) else "]"
        char = self._next_char()
        if self.is_after_part and char != closer:
            if char != ",":
                self._stop_expecting(f"expected , or {closer}", "write a comma between two entries")
            comma = self.position
            self.position += 1
            if self._next_char() == closer:
                self.position = comma
                self._stop(f"a comma with nothing between it and {closer}", "remove the comma")
        elif char == closer:
            self.position += 1
            self.open.pop().stop = self.position
            self.is_after_part = True
            return
        if isinstance(parent, dict):
            self._member(parent)
        elif isinstance(parent, list):
            parent.append(self._begin_value())

    def _member(self, parent: dict[str, JsonNode]) -> None:
        """Read a key and what begins behind its colon."""
        if self._ends_a_number(parent):
            return
        if self._next_char() != '"':
            self._stop_expecting('expected a key in "double quotes"', 'write {"key": value}')
        key_start = self.position
        key = self._string()
        if self._next_char() != ":":
            self._stop_expecting("expected : after the key", 'write {"key": value}')
        self.position += 1
        node = self._begin_value()
        node.key_start = key_start
        if isinstance(key, Unusable):
            return
        first = parent.setdefault(key, node)
        if first is not node:
            line, column = _place(self.line_starts, first.key_start)
            self._fault(
                key_start,
                f'duplicate key: "{shown_source(key)}"',
                f"keep one of the two; the first is on line {line}, character {column}",
            )

    def _ends_a_number(self, parent: dict[str, JsonNode]) -> bool:
        """Whether what follows a comma is no key but the rest of a number; it is reported and read over."""
        last = next(reversed(parent.values()), None)
        digits = _DIGITS_AFTER_COMMA.match(self.text, self.position)
        if last is None or digits is None or last.stop != self.position - 1 or not self.is_number(last):
            return False
        self.position = last.stop = digits.end()
        number = self.text[last.start : last.stop]
        last.value = UNUSABLE
        self.is_after_part = True
        self._fault(last.start, f"a comma in a number: {shown_source(number)}", comma_mend(shown_source(number)))
        return True

    @staticmethod
    def is_number(node: JsonNode) -> bool:
        """Whether the value of a node is a number."""
        return isinstance(node.value, int | Decimal) and not isinstance(node.value, bool)

    def _begin_value(self) -> JsonNode:
        """Read a value, or only the opening bracket of one that has parts."""
        char = self._next_char()
        self.n_values += 1
        if self.n_values > MAX_VALUES:
            self._stop(f"more than {MAX_VALUES} values", "shorten the file")
        node = JsonNode(None, self.position)
        is_bracket = char in ("{", "[")
        self.is_after_part = not is_bracket
        if is_bracket:
            if len(self.open) == MAX_DEPTH:
                self._stop(f"brackets are nested more than {MAX_DEPTH} deep", "remove brackets that mean nothing")
            node.value = {} if char == "{" else []
            self.position += 1
            self.open.append(node)
        else:
            node.value = self._string() if char == '"' else self._word()
        node.stop = self.position
        return node

    def _string(self) -> str | Unusable:
        """Read a string; the position is at its opening quote."""
        start = self.position
        plain = _PLAIN_STRING.match(self.text, start)
        if plain:
            self.position = plain.end()
            self.last_string = plain.span()
            return plain[1]
        match = _STRING.match(self.text, start)
        assert match is not None  # an opening quote is enough
        self.position = match.end()
        end = self.text[self.position : self.position + 1]
        if end != '"':
            if end and end != "\\" and end not in "\n\r":
                self._stop("a control character in a string", "write it as an escape such as \\t")
            self.position = start
            self._stop("a string is never closed", mend_of_string(match[0]) or 'write " at its end')
        self.position += 1
        self.last_string = (start, self.position)
        text = _ESCAPE.sub(lambda escape: self._unescape(escape, start), match[0][1:])
        if not _SURROGATE.search(text):
            return text
        try:
            # Two escapes may be the halves of one character; half of one could not be written out again.
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self._fault(start, "half of a surrogate pair in a string", "write both halves, or the character itself")
            return UNUSABLE

    def _unescape(self, escape: re.Match[str], start: int) -> str:
        """The character that an escape stands for."""
        if escape[1]:
            return chr(int(escape[1], 16))
        char = _SIMPLE_ESCAPES.get(escape[2])
        if char is None:
            self.position = start + 1 + escape.start()
            self._stop(f"unknown escape: {shown_source(escape[0])}", "write \\\\ for a backslash")
        return char

    def _word(self) -> int | Decimal | bool | Unusable | None:
        """Read a number, true, false or null."""
        match = _WORD.match(self.text, self.position)
        assert match is not None  # the pattern matches the empty string
        word = match[0]
        if word in _CONSTANTS:
            self.position = match.end()
            return _CONSTANTS[word]
        number = _NUMBER.fullmatch(word)
        if number:
            value = self._number(word, number)
        elif _NOT_FINITE.fullmatch(word):
            value = UNUSABLE
            self._fault(self.position, f"not a finite number: {word}", "write a number, such as 1.0")
        elif mend := number_mend(word):
            value = UNUSABLE
            self._fault(self.position, f"expected a value, got {shown_source(word)}", mend)
        else:
            self._stop_expecting("expected a value", 'write a number, "text", true, false, null, {...} or [...]')
        self.position = match.end()
        return value

    def _number(self, word: str, number: re.Match[str]) -> int | Decimal | Unusable:
        """The exact number that `word` spells."""
        try:
            # The length comes first: int() of a long text is slow, and refused above 4300 digits.
            value = Decimal(word) if len(word) <= _MAX_EXPONENT else None
        except InvalidOperation:  # an exponent of more than 18 digits
            value = None
        if value is None or (value and abs(value.adjusted()) > _MAX_EXPONENT):
            self._fault(
                self.position,
                f"number out of range: {shown_source(word)}",
                f"write a number of at most {_MAX_EXPONENT} digits before and after the point",
            )
            return UNUSABLE
        if number[1] or number[2]:
            return value if value else Decimal(0)
        return int(word)

    def _next_char(self) -> str:
        """The next character that is not space, which stays unread; empty at the end."""
        while True:
            match = _SPACE.match(self.text, self.position)
            assert match is not None  # the pattern matches the empty string
            self.position = match.end()
            char = self.text[self.position : self.position + 1]
            if char.isascii() or not is_odd_blank(char):
                return char
            self.odd_blanks.append(self.position)
            self.position += 1

    def tell_odd_blanks(self) -> None:
        """Report the blanks that are none of JSON's, all in one fault."""
        if self.odd_blanks:
            first = self.odd_blanks[0]
            more = f", the first of {len(self.odd_blanks)}" if len(self.odd_blanks) > 1 else ""
            message = f"a {blank_name(self.text[first])} outside of quotes{more}"
            self._fault(first, message, "write a plain space, or none")

    def _fault(self, offset: int, message: str, mend: str) -> None:
        """Report a fault and go on."""
        self.findings.fault(*_place(self.line_starts, offset), message, mend)

    def _stop(self, message: str, mend: str) -> NoReturn:
        """Report a fault at the position and give up."""
        raise _SyntaxFaultError(self.position, message, mend)

    def _stop_expecting(self, expected: str, mend: str) -> NoReturn:
        """Give up at the position, saying what is there instead."""
        word = _WORD.match(self.text, self.position, self.position + 100)
        met = (word[0] if word else "") or self.text[self.position : self.position + 1]
        start, stop = self.last_string
        before = self.text[: min(self.position, 100)].strip()
        if before in ("", "[") and (started := mend_of_start(self.text)):
            mend = started
        elif not met:
            mend = "the file ends too early; close what is open"
        elif start < stop and not self.text[stop : self.position].strip():
            mend = mend_of_string(self.text[start:stop]) or mend_of(met) or mend
        else:
            mend = mend_of(met) or mend
        self._stop(f"{expected}, got {shown_source(met) if met else 'the end of the file'}", mend)
