"""The command import: files are made together, and what differs is never replaced unasked."""

import os

import pytest

from equipment_optimizer.cli import main
from equipment_optimizer.commands.import_ import write_files
from equipment_optimizer.errors import OutputError, UsageError


def test_talismans_become_charms(files, capsys):
    (files / "t.txt").write_text("Swift,2,,0,1,0,0\nFury,1,Calm,1,0,0,0\n")
    assert main(["import", "talismans", "t.txt", "charms.csv"]) == 0
    assert capsys.readouterr().err.splitlines()[-1] == "2 charms, 1 written"
    assert main(["import", "talismans", "t.txt", "charms.csv", "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_what_holds_the_same_is_left_alone_and_what_differs_is_not_replaced(tmp_path):
    same, other = tmp_path / "same.csv", tmp_path / "other.csv"
    same.write_text("a\n")
    other.write_text("mine\n")
    before = os.stat(same).st_ino
    texts = {str(same): "a\n", str(other): "b\n", str(tmp_path / "new.csv"): "c\n"}
    with pytest.raises(UsageError) as caught:
        write_files(texts)
    assert str(caught.value) == (
        f"other contents are there already: {other}\n  mend: write elsewhere, or add --force to replace"
    )
    assert (other.read_text(), (tmp_path / "new.csv").exists()) == ("mine\n", False)
    assert write_files(texts, force=True) == [str(other), str(tmp_path / "new.csv")]
    assert (same.read_text(), other.read_text(), (tmp_path / "new.csv").read_text()) == ("a\n", "b\n", "c\n")
    assert os.stat(same).st_ino == before


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_one_that_cannot_be_written_leaves_all_as_they_were(tmp_path):
    first = tmp_path / "a.csv"
    first.write_text("old\n")
    with pytest.raises(OutputError, match="No space left"):
        write_files({str(first): "new\n", "/dev/full": "x" * 10_000}, force=True)
    assert first.read_text() == "old\n"
    assert os.listdir(tmp_path) == ["a.csv"]


@pytest.mark.parametrize("words", [["import"], ["import", "xml"], ["import", "talismans", "gone.txt", "-"]])
def test_bad_words_and_missing_files_are_bad_input(files, capsys, words):
    assert main(words) == 2
    assert "  mend: " in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["talismans", "mhworlddata"])
def test_source_and_target_in_another_order_are_told(tmp_path, capsys, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "armors").mkdir()
    (tmp_path / "there").symlink_to(tmp_path) if kind == "mhworlddata" else (tmp_path / "there").write_text("x")
    assert main(["import", kind, "new place", "there"]) == 2
    assert capsys.readouterr().err == (
        "error: what to import comes first, then where to write: new place is not there, and there is\n"
        "  mend: write there 'new place'\n"
    )
