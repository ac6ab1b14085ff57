"""What callers may give as a file: a path, an open file, a pandas DataFrame, a dict, a `Config`.

Out: bytes or text with the name that messages have for it. What is in them is not
known here. Anything else is a `UsageError` with its mend.
"""

from __future__ import annotations

import csv
import math
import os
import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Rational, Real
from typing import Any, NamedTuple

from ..errors import UsageError, member_path
from ..files.findings import shown
from ..files.json_parser import MAX_DEPTH
from ..files.text import is_encoding

__all__ = ["Source", "equipment_source", "is_frame", "named_encoding", "path_of", "text_of_dict"]

_EQUIPMENT_MEND = "give the path of a CSV file, an open file, or a pandas DataFrame"
_BOM = b"\xef\xbb\xbf"
_ENCODING = rb'"encoding"\s*:\s*"([A-Za-z0-9_.-]{1,40})"'


class Source(NamedTuple):
    """A file by the name that messages have for it; its bytes where it is none of the file system."""

    name: str
    raw: bytes | None = None


def path_of(value: object) -> str | None:
    """A path as text; None where the value is no path."""
    if isinstance(value, str):
        return value
    path = os.fspath(value) if isinstance(value, os.PathLike) else None
    return path if isinstance(path, str) else None


def equipment_source(value: object) -> Source:
    """Where pieces come from: a path, an open file or a DataFrame; anything else is a `UsageError`."""
    path = path_of(value)
    if path is not None:
        return Source(path)
    if is_frame(value):
        return Source("the DataFrame", _BOM + _frame_as_csv(value).encode("utf-8", "replace"))
    read = getattr(value, "read", None)
    if not callable(read):
        raise UsageError(f"the equipment is {_a(value)}", _EQUIPMENT_MEND)
    name = getattr(value, "name", None)
    name = name if isinstance(name, str) else "the open file"
    try:
        content = read()
    except ValueError as error:  # closed, or open for writing
        if isinstance(error, UnicodeError):
            raise
        raise UsageError(f"{name} cannot be read: {error}", "give a file that is open for reading") from error
    if isinstance(content, str):
        # Whoever opened it has chosen the encoding; the mark says so to whoever reads on.
        return Source(name, _BOM + content.removeprefix("\ufeff").encode("utf-8", "replace"))
    if isinstance(content, bytes | bytearray | memoryview):
        return Source(name, bytes(content))
    raise UsageError(f"reading {name} gives {_a(content)}", "give a file that is open for text or for bytes")


def is_frame(value: object) -> bool:
    """Whether a value is a pandas DataFrame, without loading pandas."""
    return any(
        cls.__name__ == "DataFrame" and cls.__module__.partition(".")[0] == "pandas" for cls in type(value).__mro__
    )


def _frame_as_csv(frame: Any) -> str:
    """The text of a table; an index that has a name is a column of it. No cell is a comment; truth is TRUE."""
    if frame.columns.nlevels > 1:
        raise UsageError("the DataFrame has several rows of column names", "give it one: frame.columns = [...]")
    frame = frame.copy(deep=False)
    for place, kind in enumerate(frame.dtypes):
        if str(kind) in ("bool", "boolean", "object", "category"):
            frame.isetitem(place, frame.iloc[:, place].astype(object).map(_as_spreadsheets_write))
    has_names = any(name is not None for name in frame.index.names)
    text: str = frame.to_csv(index=has_names, lineterminator="\n", quoting=csv.QUOTE_ALL)
    return text


def _as_spreadsheets_write(cell: object) -> object:
    """A cell, TRUE and FALSE for what is true or false."""
    return str(cell).upper() if type(cell).__name__ in ("bool", "bool_") else cell


def text_of_dict(config: Mapping[Any, Any]) -> str:
    """The JSON text of a configuration that is a dict; floats as Python writes them.

    What JSON has no form for is a `UsageError` that names the place.
    """
    return _json(config, "$", 0)


def _json(value: object, path: str, depth: int) -> str:
    """JSON text of one value."""
    if depth > MAX_DEPTH:
        raise UsageError(f"the configuration is nested more than {MAX_DEPTH} deep [{path[:60]}...]", "flatten it")
    if isinstance(value, Mapping):
        members = []
        for key, member in value.items():
            if not isinstance(key, str):
                raise UsageError(
                    f"a key of the configuration is {_a(key)}: {shown(str(key))} [{path}]", "write it as text"
                )
            place = f"{path}.{key}" if key.isidentifier() else member_path(path, key)
            members.append(f"{_quoted(key)}: {_json(member, place, depth + 1)}")
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return "[" + ", ".join(_json(item, f"{path}[{k}]", depth + 1) for k, item in enumerate(items)) + "]"
    if value is None or isinstance(value, str | bool):
        return _quoted(value)
    if isinstance(value, Decimal | Real) and not math.isfinite(value):
        raise UsageError(f"a number of the configuration is {value} [{path}]", "give a finite number")
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Real):
        text = repr(float(value))
        if isinstance(value, Rational) and Fraction(text) != value:
            raise UsageError(f"a number of the configuration is {value}, no decimal number [{path}]", f"write {text}")
        return text
    raise UsageError(
        f"the configuration holds {_a(value)} [{path}]", "give dicts, lists, text, numbers, true, false and None only"
    )


def _quoted(value: str | bool | None) -> str:
    """A word or text as JSON."""
    from json import dumps  # files need none of it

    return dumps(value)


def named_encoding(raw: bytes) -> str | None:
    """The encoding that a configuration names, where it is not UTF-8 itself."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        match = re.search(_ENCODING, raw)
        name = match[1].decode("ascii") if match else ""
        return name if is_encoding(name) else None
    return None


def _a(value: object) -> str:
    """What a value is, for a message: ``an int``, ``a list``."""
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
