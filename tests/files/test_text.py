"""Files into bytes, and bytes into text."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from equipment_optimizer.files import text as text_module
from equipment_optimizer.files.findings import Findings
from equipment_optimizer.files.text import (
    CHUNK_BYTES,
    UnreadableError,
    find_encoding,
    is_encoding,
    lines_of,
    read_bytes,
    read_text,
    why_unreadable,
)


@pytest.mark.parametrize("position", [0, 1, CHUNK_BYTES - 2, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1])
def test_a_character_across_two_chunks_is_no_fault(position: int) -> None:
    findings = Findings("f.csv")
    raw = b"x" * position + "😀".encode() + b"\n"
    assert find_encoding(raw, findings) == "utf-8"
    assert read_text(raw, findings) == raw.decode()
    assert findings.notices() == []


@pytest.mark.parametrize("position", [0, CHUNK_BYTES - 2, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1])
def test_a_broken_character_is_found_on_its_line_whatever_the_chunks(position: int) -> None:
    findings = Findings("f.csv")
    raw = b"x" * position + b"\r\r\n\n caf\xe9"
    assert find_encoding(raw, findings) == "cp1252"
    assert findings.notices() == ["f.csv:4: not valid UTF-8; the file is read as Windows-1252"]


SAYS = "its byte order mark says"
NO_MARK = "f.csv:1: NUL byte: it is probably UTF-16 without a byte order mark"
MARKED = ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"]


def marked(text: str, encoding: str) -> bytes:
    return f"{chr(0xFEFF) if encoding == 'utf-16-be' else ''}{text}".encode(encoding)


@pytest.mark.parametrize("encoding", MARKED)
@pytest.mark.parametrize("text", ["Name\nÉpée\n", "名前\r\n攻撃\r\n", "a"])
def test_a_byte_order_mark_is_obeyed_whatever_else_is_said(encoding: str, text: str) -> None:
    findings = Findings("f.csv")
    assert read_text(marked(text, encoding), findings, encoding="cp1251") == text
    assert (findings.faults(), findings.notices()) == ([], [])


@pytest.mark.parametrize("encoding", MARKED)
def test_lines_of_a_marked_file(encoding: str) -> None:
    raw = marked("é\r\nb\rc\n", encoding)
    codec = find_encoding(raw, Findings(""))
    assert codec is not None
    assert list(lines_of(raw, codec)) == ["é\n", "b\n", "c\n"]


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"\xef\xbb\xbfa\n\xe9\n", "f.csv:2: byte 0xe9 cannot be decoded: its byte order mark says UTF-8"),
        (
            "\ufeffa\nb".encode("utf-16-le")[:-1],
            "f.csv:2: byte 0x62 cannot be decoded: its byte order mark says UTF-16",
        ),
        ("\ufeffa\n\0".encode("utf-16-le"), "f.csv:2: NUL byte: this is not a text file"),
        (b"a\n\0", "f.csv:2: NUL byte: this is not a text file"),
        (
            "Name,Part\na,Head\n".encode("utf-16-le"),
            NO_MARK,
        ),
        (
            "Name,Part\na,Head\n".encode("utf-16-be"),
            NO_MARK,
        ),
        (b"%PDF-1.7\n", "f.csv: this is a PDF document, not a text file"),
        (b"\x89PNG\r\n", "f.csv: this is a picture, not a text file"),
        (b"PK\x03\x04" + bytes(30), "f.csv: this is a zip archive, not a text file"),
        (b"SQLite format 3\0", "f.csv: this is an SQLite database, not a text file"),
    ],
)
def test_what_is_no_text_is_told_with_what_it_is(raw: bytes, told: str) -> None:
    findings = Findings("f.csv")
    assert read_text(raw, findings) is None
    (fault,) = findings.faults()
    assert str(fault).split("\n")[0] == told
    assert fault.mend


def test_utf_16_without_a_mark_is_read_when_named() -> None:
    assert read_text("Épée\n".encode("utf-16-le"), Findings(""), encoding="utf-16-le") == "Épée\n"


@pytest.mark.parametrize("n_members", [1, 3])
def test_a_packed_file_is_unpacked(tmp_path: Path, n_members: int) -> None:
    path = tmp_path / "e.csv.gz"
    path.write_bytes(b"".join(gzip.compress(b"line %d\n" % number) for number in range(n_members)))
    assert read_bytes(str(path)) == b"".join(b"line %d\n" % number for number in range(n_members))


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda raw: raw[:-9], "the .gz file is cut short"),
        (lambda raw: raw[:20] + b"\xff\xff" + raw[22:], "the .gz file is damaged"),
        (lambda raw: raw[:-5] + b"xxxxx", "the .gz file is damaged"),
    ],
)
def test_a_packed_file_that_is_damaged_is_told(tmp_path: Path, damage: Callable[[bytes], bytes], told: str) -> None:
    path = tmp_path / "e.csv.gz"
    path.write_bytes(damage(gzip.compress(random.Random(1).randbytes(200))))
    with pytest.raises(UnreadableError) as caught:
        read_bytes(str(path))
    assert why_unreadable(caught.value) == (told, "pack or copy it again")


def test_a_packed_file_is_not_unpacked_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_module, "_MOST_UNPACKED", 10_000)
    path = tmp_path / "e.csv.gz"
    path.write_bytes(gzip.compress(bytes(10_000)))
    assert len(read_bytes(str(path))) == 10_000
    path.write_bytes(gzip.compress(bytes(10_001)))
    with pytest.raises(UnreadableError, match="unpacks to more than 1 GiB"):
        read_bytes(str(path))


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("utf-8", True),
        ("Shift-JIS", True),
        ("cp1251", True),
        ("rot13", False),
        ("hex", False),
        ("x\0", False),
        ("utf-16", True),
    ],
)
def test_names_of_encodings(name: str, is_one: bool) -> None:
    assert is_encoding(name) == is_one


@pytest.mark.parametrize(
    ("asked", "mend"),
    [
        ("gaer.csv", "write 'lists/gear.csv', if that is meant"),
        ("Gear.CSV", "write 'lists/gear.csv', if that is meant"),
        ("gear", "write 'lists/gear.csv', if that is meant"),
        ('"gear.csv"', "write 'lists/gear.csv', if that is meant"),
        ("armour.csv", "check the name and the folder"),
        ("", "check the name and the folder"),
    ],
)
def test_a_file_of_nearly_that_name_is_offered(
    asked: str, mend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists/gear.csv").write_text("Name\n")
    with pytest.raises(FileNotFoundError) as caught:
        read_bytes(f"lists/{asked}" if asked else "")
    assert why_unreadable(caught.value) == ("no such file", mend)


def test_a_tilde_that_no_shell_replaced_and_an_address_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "gear.csv").write_text("Name\n")
    with pytest.raises(FileNotFoundError) as caught:
        read_bytes("~/gear.csv")
    assert why_unreadable(caught.value)[1] == f"write '{tmp_path}/gear.csv', if that is meant"
    with pytest.raises(FileNotFoundError) as caught:
        read_bytes("https://example.org/gear.csv")
    assert why_unreadable(caught.value)[1] == "save it as a file first, and name that"


def test_a_device_that_does_not_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("equipment_optimizer.files.text._MOST_OF_DEVICE", 1000)
    with pytest.raises(OSError, match="gives more than 64 MiB"):
        read_bytes("/dev/zero")
    assert read_bytes("/dev/null") == b""


@pytest.mark.parametrize("page", ["cp1252", "cp1250", "shift_jis"])
def test_a_line_of_another_encoding_among_lines_of_utf_8_is_told(page: str) -> None:
    word = "鉄" if page == "shift_jis" else "Épée"
    raw = "Name,Part\nCéleste,Head\nPlâtre,Body\n".encode() + f"{word},Legs\n".encode(page)
    findings = Findings("f.csv")
    assert find_encoding(raw, findings, wanted=("Céleste",)) is None
    (fault,) = findings.faults()
    assert (fault.where, fault.message) == (
        "f.csv:4",
        "not valid UTF-8, as the other lines are: it came from another file",
    )
    assert "write the letters of this line" in fault.mend
