"""Names of inputs that are a sheet of a workbook: ``FILE.xlsx#Sheet``.

What of such a name is the file, for all who open, hash or compare files.
"""

from __future__ import annotations

import os
import re

__all__ = ["file_of", "sheet_of"]

_SHEET = re.compile(r"(?P<file>.+\.(?:xlsx|xlsm|xlsb|xls|ods))#(?P<sheet>.+)", re.IGNORECASE | re.DOTALL)


def file_of(path: str) -> str:
    """The file that a name means, without the sheet; all of it where a file is named so.

    >>> file_of("lists/all.xlsx#Head"), file_of("a#b.csv")
    ('lists/all.xlsx', 'a#b.csv')
    """
    match = _SHEET.fullmatch(path)
    return path if match is None or os.path.lexists(path) else match["file"]


def sheet_of(path: str) -> str | None:
    """The sheet that a name means; None for the first one.

    >>> sheet_of("all.xlsx#Head"), sheet_of("all.xlsx")
    ('Head', None)
    """
    file = file_of(path)
    return None if file == path else path[len(file) + 1 :]
