"""Files into bytes, and their bytes into text.

In: the name of a file, or its bytes, and the findings to report to. Out: bytes that
are no longer packed, and the encoding that all of them can be read with. What the
text means is not known here.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import stat
import sys
import zlib
from collections.abc import Iterable

from ..sheet_paths import file_of
from .findings import Findings, shown

__all__ = [
    "UnreadableError",
    "find_encoding",
    "is_encoding",
    "kind_of",
    "lines_of",
    "read_bytes",
    "read_named",
    "read_text",
    "why_unreadable",
]

#: Bytes checked at a time for being valid text: small beside any file worth it.
CHUNK_BYTES = 1 << 20

#: Bytes that a packed file may come to.
_MOST_UNPACKED = 1 << 30

#: Bytes that a device may give: a terminal gives fewer, and some never end.
_MOST_OF_DEVICE = 1 << 26

_SAVE_AS_UTF8 = "save the file as UTF-8 text"
_SAVE_THE_LINE = "write the letters of this line that are wrong anew, and save the file as UTF-8 text"
_SAVE_AS_CSV = 'save it as "CSV UTF-8 (comma delimited)" and name that file'

#: Byte order marks, longer ones first, with the encoding each of them says.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: First bytes of files that are no text, and what they are.
_KINDS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook (.xls)"),
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff\xe0", "a picture"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"7z\xbc\xaf\x27\x1c", "a packed archive"),
    (b"BZh9", "a file packed by bzip2"),
    (b"\xfd7zXZ\0", "a file packed by xz"),
    (b"\x28\xb5\x2f\xfd", "a file packed by zstd"),
)


class UnreadableError(OSError):
    """A file that cannot be read for what it holds."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message, mend)
        self.message = message
        self.mend = mend


def read_bytes(path: str) -> bytes:
    """The whole file, unpacked where it is a ``.gz``; ``-`` is standard input.

    Where it cannot be read, `why_unreadable` puts the OSError or ValueError into words.
    """
    if path == "-":
        raw = b"" if sys.stdin is None else sys.stdin.buffer.read()
    else:
        with open(file_of(path), "rb") as file:
            is_device = stat.S_ISCHR(os.fstat(file.fileno()).st_mode)
            raw = file.read(_MOST_OF_DEVICE + 1 if is_device else -1)
        if is_device and len(raw) > _MOST_OF_DEVICE:
            raise UnreadableError("is a device that gives more than 64 MiB", "name a file")
    return _unpacked(raw) if raw.startswith(b"\x1f\x8b\x08") else raw


def _unpacked(raw: bytes) -> bytes:
    """What a ``.gz`` file holds, all its members one after the other."""
    parts = io.BytesIO()
    packed = raw
    try:
        while packed.startswith(b"\x1f\x8b"):
            inflater = zlib.decompressobj(wbits=31)
            parts.write(inflater.decompress(packed, _MOST_UNPACKED - parts.tell() + 1))
            if parts.tell() > _MOST_UNPACKED:
                raise UnreadableError("unpacks to more than 1 GiB", "unpack it, and name a smaller file")
            if not inflater.eof:
                raise UnreadableError("the .gz file is cut short", "pack or copy it again")
            packed = inflater.unused_data
    except zlib.error:
        raise UnreadableError("the .gz file is damaged", "pack or copy it again") from None
    return parts.getvalue()


def read_named(path: str) -> bytes:
    """The whole of a file that another file names: a regular one only. Raises as `read_bytes` does.

    Otherwise a file from elsewhere could make the program wait on a pipe, or read a device that never ends.
    """
    if not stat.S_ISREG(mode := os.stat(file_of(path)).st_mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, "it is no regular file")
    return read_bytes(path)


def why_unreadable(error: OSError | ValueError) -> tuple[str, str]:
    """Message and mend for a failure of `read_bytes`."""
    if isinstance(error, UnreadableError):
        return error.message, error.mend
    if isinstance(error, FileNotFoundError):
        return "no such file", _mend_of_missing(error.filename)
    if isinstance(error, IsADirectoryError):
        return "is a folder, not a file", "name a file in it"
    reason = error.strerror if isinstance(error, OSError) else "the name is not a file name"
    return f"cannot be read: {reason}", "check the file and its permissions"


def _mend_of_missing(path: object) -> str:
    """How to mend a name under which there is no file: by one that there is, where it is near."""
    from .names import near

    if not isinstance(path, str):
        return "check the name and the folder"
    if "://" in path:
        return "save it as a file first, and name that"
    folder, name = os.path.split(path)
    meant = os.path.expanduser(path)
    if meant == path or not os.path.isfile(meant):
        try:
            names = sorted(os.listdir(folder or "."))
        except (OSError, ValueError):
            names = []
        bare = name.strip(" '\"")
        guess = (
            next((other for other in names if other == bare or other.startswith(f"{bare}.")), None) if bare else None
        )
        guess = guess or near(name, names)
        meant = os.path.join(folder, guess) if guess else ""
    return f"write {meant!r}, if that is meant" if meant else "check the name and the folder"


def kind_of(raw: bytes) -> str | None:
    """What a file is that is no text, as far as its first bytes say.

    >>> kind_of(b"%PDF-1.7"), kind_of(b"Name,Body Part")
    ('a PDF document', None)
    """
    if raw.startswith(b"PK\x03\x04"):
        if b"application/vnd.oasis.opendocument.spreadsheet" in raw[:200]:
            return "an OpenDocument spreadsheet (.ods)"
        names = raw[:2000] + raw[-20_000:]
        if b"xl/workbook" in names or b"[Content_Types].xml" in names:
            return "an Excel workbook (.xlsx)" if b"word/" not in names else "a Word document"
        return "a zip archive"
    return next((kind for start, kind in _KINDS if raw.startswith(start)), None)


def is_encoding(name: str) -> bool:
    """Whether bytes can be decoded to text under this name.

    >>> is_encoding("Shift-JIS"), is_encoding("utf-80"), is_encoding("base64")
    (True, False, False)
    """
    try:
        return name.isascii() and isinstance(bytes(4).decode(codecs.lookup(name).name), str)
    except (LookupError, ValueError):
        return False


def find_encoding(
    raw: bytes,
    findings: Findings,
    *,
    encoding: str | None = None,
    wanted: Iterable[str] = (),
    hoped: Iterable[str] = (),
) -> str | None:
    """The encoding of `raw`, after a check that all of it can be decoded; None after a fault.

    A byte order mark decides, then `encoding`, then whether it is valid UTF-8. What is not is read as
    Windows-1252, with a notice, only where that is plainly what it is: it has the names that are `wanted`, and
    no other page has one that is `hoped` for. One pass in chunks: the text is not held.
    """
    kind = kind_of(raw)
    if kind is not None:
        is_packed = kind.startswith(("a zip", "a packed", "a file packed"))
        mend = "unpack it, or export it as CSV, and name that file" if is_packed else _SAVE_AS_CSV
        findings.fault(0, 0, f"this is {kind}, not a text file", mend)
        return None
    for mark, marked in _MARKS:
        if raw.startswith(mark):
            return marked if _is_text(raw, marked, findings, f"its byte order mark says {_title(marked)}") else None
    if encoding is not None:
        return _as_told(raw, findings, encoding, tuple(wanted), tuple(hoped))
    if raw.find(b"\0") >= 0:
        _fault_of_nul(raw, findings)
        return None
    not_utf8 = None if raw.isascii() else _first_undecodable(raw, "utf-8")
    if not_utf8 is None:
        return None if not raw.isascii() and _is_garbled(raw, findings, (*wanted, *hoped)) else "utf-8"
    # Only for what is not UTF-8.
    from ._code_pages import is_plainly_western, likely_pages, spells, spelt_otherwise

    line = _line_of_byte(raw, not_utf8, "cp1252")
    if _is_mostly_utf8(raw):
        findings.fault(line, 0, "not valid UTF-8, as the other lines are: it came from another file", _SAVE_THE_LINE)
        return None
    if _first_undecodable(raw, "cp1252") is None and is_plainly_western(raw):
        missing = [name for name in wanted if not spells(raw, "cp1252", name)]
        missing += [name for name in hoped if spelt_otherwise(raw, name)]
        if not missing:
            findings.notice(line, 0, "not valid UTF-8; the file is read as Windows-1252")
            return "cp1252"
        message = f"not valid UTF-8, and as Windows-1252 it lacks {shown(missing[0])}"
    else:
        message = "not valid UTF-8, and not plainly Windows-1252"
    pages = likely_pages(raw, [*wanted, *hoped])
    guess = f"; it is probably {_listed(pages)}" if pages else ""
    first = pages[0][0] if pages else "NAME"
    findings.fault(
        line, 0, message + guess, f'add --encoding {first} (or "encoding": "{first}" to the config), or {_SAVE_AS_UTF8}'
    )
    return None


def _is_mostly_utf8(raw: bytes) -> bool:
    """Whether more lines with letters outside ASCII are UTF-8 than are not: no code page makes them so by chance."""
    lines = [line for line in raw.splitlines() if not line.isascii()]
    n_utf8 = sum(_first_undecodable(line, "utf-8") is None for line in lines)
    return n_utf8 > len(lines) - n_utf8


def _is_garbled(raw: bytes, findings: Findings, names: Iterable[str]) -> bool:
    """Report the first of the names that the text lacks, and has as it looks when UTF-8 was read in another page."""
    from ._code_pages import garbled

    for name in names:
        if not name.isascii() and name.encode() not in raw and (text := garbled(raw, name)):
            line = _line_of_byte(raw, raw.index(text.encode()), "utf-8")
            message = f"{shown(name)} stands here as {shown(text)}: UTF-8 was read in another encoding and saved"
            findings.fault(line, 0, message, "open the file from which this was made as UTF-8, and save it again")
            return True
    return False


def _as_told(
    raw: bytes, findings: Findings, encoding: str, wanted: tuple[str, ...], hoped: tuple[str, ...]
) -> str | None:
    """The encoding that the user names; None after a fault: where it is impossible, or plainly another file's."""
    codec = codecs.lookup(encoding).name
    is_utf8 = not codec.startswith("utf-8") and _first_undecodable(raw, "utf-8") is None
    mend = "leave the encoding out: this file is UTF-8" if is_utf8 else f"name another encoding, or {_SAVE_AS_UTF8}"
    if not _is_text(raw, codec, findings, f"it is read as {encoding}, as you say", mend=mend):
        return None
    from ._code_pages import pages_with_all, spells

    if wanted and not codec.startswith("utf-") and not is_utf8 and not any(spells(raw, codec, name) for name in wanted):
        pages = pages_with_all(raw, wanted)
        if pages:
            message = f"as {encoding}, as you say, it lacks {shown(wanted[0])}; it is probably {_listed(pages)}"
            findings.fault(0, 0, message, f"write {pages[0][0]} instead of {encoding}, or {_SAVE_AS_UTF8}")
            return None
    if codec.startswith("utf-8") or not _is_plainly_utf8(raw, codec):
        return codec
    lost = next(
        (name for name in (*wanted, *hoped) if spells(raw, "utf-8", name) and not spells(raw, codec, name)), None
    )
    if lost is None:
        findings.notice(0, 0, f"this file may be UTF-8; it is read as {encoding}, as you say")
        return codec
    message = f"as {encoding} it lacks {shown(lost)}, which it holds as UTF-8"
    findings.fault(0, 0, message, f"leave the encoding out for this file, or save it as {encoding} like the others")
    return None


def read_text(raw: bytes, findings: Findings, *, encoding: str | None = None) -> str | None:
    """The whole text of a JSON file, without a byte order mark; None after a fault.

    JSON is UTF-8 (RFC 8259): what is valid as such is read as such, whatever
    encoding the tables beside it have.
    """
    if encoding is not None and _text_start(raw) == 0 and _is_plainly_utf8(raw, codecs.lookup(encoding).name):
        findings.notice(0, 0, f"this file is UTF-8, and is read as such, not as {encoding}")
        encoding = None
    codec = find_encoding(raw, findings, encoding=encoding)
    return None if codec is None else str(memoryview(raw)[_text_start(raw) :], codec)


def lines_of(raw: bytes, encoding: str) -> Iterable[str]:
    """Lines of the text, each ending in LF whatever ended it in the file."""
    buffer = io.BytesIO(raw)  # shares the bytes, makes no copy
    buffer.seek(_text_start(raw))
    return io.TextIOWrapper(buffer, encoding=encoding, newline=None)


def _listed(pages: list[tuple[str, str]]) -> str:
    """Code pages with what they are for."""
    return " or ".join(f"{name} ({languages})" for name, languages in pages)


def _title(codec: str) -> str:
    """An encoding as people write it."""
    return codec.upper().removesuffix("-LE").removesuffix("-BE")


def _text_start(raw: bytes) -> int:
    """Length of the byte order mark; 0 without one."""
    return next((len(mark) for mark, _ in _MARKS if raw.startswith(mark)), 0)


def _is_text(raw: bytes, codec: str, findings: Findings, why: str, *, mend: str = _SAVE_AS_UTF8) -> bool:
    """Whether all can be decoded and no character is NUL; reports what is not."""
    undefined = _first_undecodable(raw, codec)
    if undefined is not None:
        message = f"byte 0x{raw[undefined]:02x} cannot be decoded: {why}"
        findings.fault(_line_of_byte(raw, undefined, codec), 0, message, mend)
        return False
    unit = 4 if codec.startswith("utf-32") else 2 if codec.startswith("utf-16") else 1
    nul = raw.find(bytes(unit))
    while nul >= 0 and nul % unit:
        nul = raw.find(bytes(unit), nul + 1)
    if nul >= 0:
        _fault_of_nul(raw, findings, codec, nul)
        return False
    return True


def _fault_of_nul(raw: bytes, findings: Findings, codec: str = "utf-8", nul: int | None = None) -> None:
    """Report a character that no text has."""
    message, mend = "NUL byte: this is not a text file", _SAVE_AS_UTF8
    if nul is None:
        nul = raw.find(b"\0")
        halves = raw[0 : 1 << 16 : 2].count(0), raw[1 : 1 << 16 : 2].count(0)
        if max(halves) > 4 * min(halves) + 4:
            name = "utf-16-le" if halves[1] > halves[0] else "utf-16-be"
            message = "NUL byte: it is probably UTF-16 without a byte order mark"
            mend = f"{_SAVE_AS_UTF8}, or add --encoding {name}"
    findings.fault(_line_of_byte(raw, nul, codec), 0, message, mend)


def _is_plainly_utf8(raw: bytes, codec: str) -> bool:
    """Whether a file is UTF-8 rather than what its user says, as where several files have an encoding each.

    Letters of a code page are not valid UTF-8 but by rare chance: pairs of bytes of a
    Chinese or Japanese text can be, so there a longer one is asked for.
    """
    if codec.startswith(("utf-16", "utf-32")):
        # Every text of theirs in which a line ends has a NUL byte, and none of UTF-8 has.
        return b"\0" not in raw and _first_undecodable(raw, "utf-8") is None
    if raw.isascii() or _first_undecodable(raw, "utf-8") is not None:
        return False
    wide = len("\u6587".encode(codec, "ignore")) > 1
    return not wide or any(byte >= 0xE0 for byte in raw)


def _first_undecodable(raw: bytes, encoding: str) -> int | None:
    """Offset of the first byte that `encoding` cannot decode."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(raw), CHUNK_BYTES):
        chunk = raw[start : start + CHUNK_BYTES]
        try:
            decoder.decode(chunk, final=start + CHUNK_BYTES >= len(raw))
        except UnicodeDecodeError as error:
            # The decoder may have kept bytes of the chunk before, and counts them.
            return start + error.start - (len(error.object) - len(chunk))
    return None


def _line_of_byte(raw: bytes, offset: int, codec: str) -> int:
    """Line number, where LF, CR LF and a lone CR each end a line."""
    before = raw[:offset]
    if codec.startswith(("utf-16", "utf-32")):
        before = before.decode(codec, "ignore").encode()
    return 1 + before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")
