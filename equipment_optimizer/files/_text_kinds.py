"""Kinds of text that are no table, told by how they begin.

In: the bytes of a file in which no header was found. Out: what it is, and how to make
a table of it. Imported late: a table never comes here.
"""

from __future__ import annotations

import re

__all__ = ["why_no_table"]

_OPEN_AND_SAVE = 'open it in a spreadsheet program, and save it as "CSV UTF-8 (comma delimited)"'

#: How files begin, without blanks and in lower case; what they are, and what makes a table of them.
_KINDS = (
    (rb"<(?:!doctype html|html|head|body|table|meta|div)\b", "a web page (HTML)", _OPEN_AND_SAVE),
    (rb"<(?:\?xml|[a-z][\w:.-]*(?:\s[^>]*)?>\s*<)", "an XML file", _OPEN_AND_SAVE),
    (rb"\{\\rtf", "a text document (RTF)", "copy its table into a spreadsheet, and save that as CSV UTF-8"),
    (rb"id;p(?:wxl|calcooo32|scalc3)[;\s]", "a SYLK spreadsheet", _OPEN_AND_SAVE),
    (
        rb"version https://git-lfs",
        "a pointer of Git LFS in place of the file",
        "run git lfs pull where it comes from, and copy the file itself",
    ),
    (
        rb"[\[{]\s*(?:[\[{\"\]}]|$)",
        "a JSON file",
        "write a table: a line of headers, and a line of cells for each entry",
    ),
)


def why_no_table(raw: bytes) -> tuple[str, str] | None:
    """Message and mend for a text of another kind; None for what may be a table.

    >>> why_no_table(b"Name;Piece")
    >>> why_no_table(b"<!DOCTYPE html>")[0]
    'this is a web page (HTML), not a table'
    """
    start = raw[:2000].removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").lstrip()[:200].lower()
    for pattern, kind, mend in _KINDS:
        if re.match(pattern, start):
            return f"this is {kind}, not a table", mend
    return None
