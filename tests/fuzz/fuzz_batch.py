"""Fuzz target: a batch file. The lists that it names are read, not made."""

from __future__ import annotations

from collections.abc import Iterable

from judge import check_faults, judged, scratch

from equipment_optimizer.batch.batch_file import read_batch

KEYS = ("defaults", "builds", "name", "output", "equipment", "config", "limit", "time_limit", "spreadsheet_safe")
TOKENS = (
    *(f'"{key}"'.encode() for key in KEYS),
    *(b'{"name": "a", "config": "a.json"},', b"..", b"/", b"\\u0000", b"\\ud800", b"1e-9", b"1e9", b"true", b"null"),
    *(b"[[[[", b"0", b", ", b": ", b'"\\u001b"', b'"equipment": "e.csv"'),
)


def run(data: bytes) -> str:
    """One case."""
    path = scratch() / "builds.json"
    files = {path: data}

    def load() -> Iterable[str]:
        batch = read_batch(str(path))
        assert len(batch.order) == len(batch.lists) + len(batch.broken)
        for error in batch.broken.values():
            check_faults(error, files)
        for one in batch.lists:
            assert one.name.isprintable()
            assert not {"/", "\\"} & set(one.name)
        return batch.notices

    return judged(load, files)
