"""SHA-256 of bytes and of files, always in hexadecimal.

Knows nothing of what is hashed, nor what a hash is for.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable

from ..errors import Fault, InputError
from ..sheet_paths import file_of

__all__ = ["FileHashes", "fingerprint", "hash_chunks", "hash_files"]


def hash_chunks(chunks: Iterable[bytes | memoryview]) -> str:
    """Hash of bytes that come in pieces."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def fingerprint(hashes: Iterable[str | None]) -> str:
    """Eight signs that stand for several hashes in their order; empty where one of them is not known."""
    known = list(hashes)
    return hash_chunks([" ".join(filter(None, known)).encode()])[:8] if known and all(known) else ""


def _hash_file(path: str) -> str:
    """Hash of a file that can be opened and read to its end."""
    with open(file_of(path), "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_files(paths: Iterable[str]) -> list[dict[str, str | None]]:
    """Path and hash of each file, each path once, in order; None for what cannot be read twice.

    Raises an `InputError` if a file cannot be read (any more).
    """
    hashes: list[dict[str, str | None]] = []
    for path in dict.fromkeys(paths):
        try:
            # A pipe, or standard input, has been read up, and to open it again would wait for ever.
            is_file = path != "-" and stat.S_ISREG(os.stat(file_of(path)).st_mode)
            sha256 = _hash_file(path) if is_file else None
        except OSError as error:
            message = f"cannot be read again for the manifest: {error.strerror}"
            raise InputError([Fault(path, message, "leave it in place until the end")]) from error
        hashes.append({"path": path, "sha256": sha256})
    return hashes


class FileHashes:
    """Hashes of files, each read once; a file that changes meanwhile keeps its first hash.

    What is recorded is thus never newer than what was read later: a change in
    between shows as out of date at the next run.
    """

    def __init__(self) -> None:
        self._known: dict[str, str | None] = {}

    def of(self, path: str) -> str | None:
        """Hash of the file at `path`; None where it cannot be read."""
        if path not in self._known:
            try:
                self._known[path] = _hash_file(path)
            except (OSError, ValueError):
                self._known[path] = None
        return self._known[path]

    def forget(self, path: str) -> None:
        """Read the file again when it is next asked for: it has been written."""
        self._known.pop(path, None)
