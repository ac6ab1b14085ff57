"""Bytes into text."""

import pytest

from equipment_optimizer.files.findings import Findings
from equipment_optimizer.files.text import CHUNK_BYTES, find_encoding, read_text


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
