"""Cells that a spreadsheet wrote in place of what its user sees in them.

In: the text of a cell. Out: why it is no text or number of its own, and how to mend
it. Imported late: most files have none.
"""

from __future__ import annotations

import re

from .findings import shown

__all__ = ["looks_like_a_date", "why_no_value"]

#: As spreadsheets in several languages write errors, behind the "#".
_ERRORS = re.compile(
    "N/A|REF!|DIV/0!|VALUE!|NAME[?]|NUM!|NULL!|SPILL!|CALC!|ERROR!|FIELD!|BUSY!|GETTING_DATA|CONNECT!|BLOCKED!"
    "|NV|BEZUG!|WERT!|ZAHL!|\u00dcBERLAUF!|VALEUR!|NOM[?]|NOMBRE!|RIF!|VALORE!|NOME[?]|NUM[.]|VALOR!"
    "|\u00a1(?:REF|VALOR|NUM|DIV/0|NULO)!|\u00bfNOMBRE[?]"
    "|\u0421\u0421\u042b\u041b\u041a\u0410!|\u0417\u041d\u0410\u0427!|\u0418\u041c\u042f[?]"
    "|\u0427\u0418\u0421\u041b\u041e!|\u0414\u0415\u041b/0!|\u041d/\u0414|\u041f\u0423\u0421\u0422\u041e!"
)
_NUMBERED_ERROR = re.compile(r"Err:[0-9]{3}|#{3,}")
#: A call, or a cell, on this sheet or another one.
_FORMULA = re.compile(
    r"=\s*[+\-(]*(?:(?:'[^']*'|[\w.]+)[!.])?\$?(?:[^\W\d][\w.]*\(|[A-Za-z]{1,3}\$?[0-9]{1,7}(?![^\W_]))"
)
_DATE = re.compile(
    r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{2,4}(?: [0-9:]+)?"
    r"|[0-9]{1,2}(?:-|\. ?)[^\W\d]{3,}\.?|[^\W\d]{3,}\.?-[0-9]{2,4}"
)


def why_no_value(cell: str) -> tuple[str, str] | None:
    """Message and mend for an error or a formula that stands in a trimmed cell; None for any other.

    >>> why_no_value("#REF!")
    ("the spreadsheet shows an error in this cell: '#REF!'", 'mend the formula, or write the value')
    >>> why_no_value("=Heavy="), why_no_value("#1 Helm")
    (None, None)
    """
    if (cell[:1] == "#" and _ERRORS.fullmatch(cell, 1)) or _NUMBERED_ERROR.fullmatch(cell):
        mend = "mend the formula, or write the value"
        if cell.startswith("###"):
            mend = "make the column wider before it is copied or printed, or write the value"
        return f"the spreadsheet shows an error in this cell: {shown(cell)}", mend
    if cell[:1] == "=" and _FORMULA.match(cell):
        return f"a formula instead of its value: {shown(cell)}", "save the file with values, not formulas, or write it"
    return None


def looks_like_a_date(cell: str) -> bool:
    """Whether a cell may be what a spreadsheet made of numbers between dashes or points.

    >>> looks_like_a_date("2-Jan"), looks_like_a_date("2026-02-01 00:00:00"), looks_like_a_date("2-1")
    (True, True, False)
    """
    return _DATE.fullmatch(cell) is not None
