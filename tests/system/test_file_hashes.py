"""Hashes are those of the standard library, and a file's first hash is kept."""

import hashlib
import os

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.system.file_hashes import FileHashes, fingerprint, hash_chunks, hash_files


@pytest.mark.parametrize("chunks", [[], [b""], [b"text"], [b"te", b"", memoryview(b"xt")]])
def test_pieces_hash_as_the_whole(chunks):
    assert hash_chunks(chunks) == hashlib.sha256(b"".join(chunks)).hexdigest()


def test_each_file_is_hashed_once_and_in_order(tmp_path):
    first, second = tmp_path / "b.csv", tmp_path / "a.csv"
    first.write_bytes(b"text")
    second.write_bytes(b"")
    assert hash_files([str(first), str(second), str(first)]) == [
        {"path": str(first), "sha256": hashlib.sha256(b"text").hexdigest()},
        {"path": str(second), "sha256": hashlib.sha256(b"").hexdigest()},
    ]


def test_a_fingerprint_stands_for_all_files_in_their_order_or_is_none():
    assert len(fingerprint(["a", "b"])) == 8
    assert fingerprint(["a", "b"]) == fingerprint(iter(["a", "b"])) != fingerprint(["b", "a"])
    assert fingerprint(["a", None]) == fingerprint([]) == ""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_has_no_hash_and_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert hash_files([str(tmp_path / "pipe")]) == [{"path": str(tmp_path / "pipe"), "sha256": None}]


def test_a_file_that_is_gone_is_named(tmp_path):
    with pytest.raises(InputError) as caught:
        hash_files([str(tmp_path / "gone.csv")])
    (fault,) = caught.value.faults
    assert fault.where == str(tmp_path / "gone.csv")
    assert fault.message == "cannot be read again for the manifest: No such file or directory"
    assert fault.mend == "leave it in place until the end"


def test_the_first_hash_stays_until_it_is_forgotten(tmp_path):
    path, hashes = tmp_path / "e.csv", FileHashes()
    assert hashes.of(str(path)) is None
    path.write_bytes(b"1")
    assert hashes.of(str(path)) is None
    hashes.forget(str(path))
    before = hashes.of(str(path))
    path.write_bytes(b"2")
    assert hashes.of(str(path)) == before == hash_chunks([b"1"])
    hashes.forget(str(path))
    assert hashes.of(str(path)) == hash_chunks([b"2"])
    hashes.forget("never asked for")
