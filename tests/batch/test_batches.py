"""Batches from Python: what would be made, what is made, and what became of each list."""

import json

import pytest
from batch_folder import config, make_folder

from equipment_optimizer import Batch
from equipment_optimizer.cli import main
from equipment_optimizer.errors import InputError, UsageError


def test_a_batch_is_looked_at_made_and_then_up_to_date(tmp_path):
    names = make_folder(tmp_path / "lists")
    batch = Batch(tmp_path / "lists")
    assert batch.names == tuple(names)
    assert repr(batch) == f"<Batch {tmp_path / 'lists'}: 3 lists>"
    assert {entry.outcome.status for entry in batch.survey()} == {"to make"}
    assert not list((tmp_path / "lists").glob("*.csv.*"))
    made = batch.run(workers=1)
    assert [(entry.name, entry.outcome.status) for entry in made] == [(name, "made") for name in names]
    assert all(entry.outcome.n_results == 20 and entry.outcome.best_score for entry in made)
    assert {entry.outcome.status for entry in batch.run(workers=1)} == {"up to date"}
    assert [entry.outcome.status for entry in batch.run(only=names[0], force=True, workers=1)] == ["made"]
    assert {entry.reasons for entry in batch.survey(force=True)} == {("forced",)}


def test_lists_that_share_no_piece(tmp_path):
    make_folder(tmp_path / "lists")
    batch = Batch(tmp_path / "lists")
    batch.run(workers=1, disjoint=True)
    best = [
        set((tmp_path / "lists" / f"{name}.csv").read_text().splitlines()[1].split(",")[:6]) for name in batch.names
    ]
    assert len(set.union(*best)) == 6 * len(best)
    with pytest.raises(UsageError, match="disjoint needs all lists"):
        batch.run(only=[batch.names[0]], disjoint=True)


def test_fronts_and_rows_that_differ_have_the_bytes_of_single_runs(tmp_path):
    folder = tmp_path / "lists"
    names = make_folder(folder)
    for name, more in zip(
        names, ({"front": ["Score", "Defence"]}, {"different": {"pieces": 2}}, {"variants": "one"}), strict=True
    ):
        (folder / f"{name}.json").write_text(json.dumps(config(3, **more)))
    made = Batch(folder).run(workers=2)
    assert [entry.outcome.status for entry in made] == ["made"] * 3
    for name in names:
        single = tmp_path / f"{name}.csv"
        files = [str(folder / "equipment.csv"), str(single), str(folder / f"{name}.json")]
        assert main(["optimize", *files, "--quiet"]) == 0
        assert single.read_bytes() == (folder / f"{name}.csv").read_bytes()
        assert main(["verify", str(single), files[0], files[2]]) == 0
    assert {entry.outcome.status for entry in Batch(folder).survey()} == {"up to date"}


def test_pages_what_changed_and_a_checkpoint(tmp_path):
    names = make_folder(tmp_path / "lists")
    batch, beside = Batch(tmp_path / "lists"), {"report_dir": tmp_path / "pages", "changes": tmp_path / "what.md"}
    batch.run(workers=1, checkpoint=tmp_path / "kept", **beside)
    assert {path.name for path in (tmp_path / "pages").iterdir()} == {"index.html", *(f"{name}.html" for name in names)}
    assert "3 of 3 lists changed." in (tmp_path / "what.md").read_text(encoding="utf-8")
    assert "3 of 3 lists changed." in (tmp_path / "what.html").read_text(encoding="utf-8")
    assert not (tmp_path / "kept").exists()
    batch.run(workers=1, force=True, time_limit=0, checkpoint=tmp_path / "kept", **beside)
    assert (tmp_path / "kept").exists()
    made = batch.run(workers=1, force=True, checkpoint=tmp_path / "kept", resume=True, **beside)
    assert {entry.outcome.status for entry in made} == {"made"}
    assert not (tmp_path / "kept").exists()
    assert "0 of 3 lists changed." in (tmp_path / "what.md").read_text(encoding="utf-8")


def test_pages_that_would_replace_something_else_are_refused(tmp_path):
    make_folder(tmp_path / "lists")
    batch = Batch(tmp_path / "lists")
    (tmp_path / "notes.md").write_text("mine\n")
    with pytest.raises(UsageError, match=r"notes\.md"):
        batch.run(workers=1, changes=tmp_path / "notes.md")
    with pytest.raises(UsageError, match="the folder for reports is a file"):
        batch.run(workers=1, report_dir=tmp_path / "notes.md")
    with pytest.raises(UsageError, match="resume needs a checkpoint"):
        batch.run(workers=1, resume=True)
    assert (tmp_path / "notes.md").read_text() == "mine\n"


def test_one_broken_list_does_not_stop_the_others(tmp_path):
    names = make_folder(tmp_path / "lists")
    (tmp_path / "lists" / f"{names[1]}.json").write_text("{")
    statuses = {entry.name: entry.outcome.status for entry in Batch(tmp_path / "lists").run(workers=1)}
    assert statuses == {names[0]: "made", names[1]: "failed", names[2]: "made"}


def test_a_file_that_is_no_batch_is_refused(tmp_path):
    (tmp_path / "builds.json").write_text(json.dumps(config()))
    with pytest.raises(InputError):
        Batch(tmp_path / "builds.json")
