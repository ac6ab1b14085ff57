"""A list that is known: what of it serves other answers, and what does not."""

from dataclasses import replace
from pathlib import Path

import pytest

import equipment_optimizer as eo
from equipment_optimizer.answers import _search_per_piece, piece_values
from equipment_optimizer.answers._listed_rows import listed_rows
from equipment_optimizer.answers.plain_answers import answers_of

EXAMPLE = Path(__file__).resolve().parents[2] / "example_data"
JOBS = {"plain": "", "damage": "damage", "full": "full", "lineup": "lineup"}


@pytest.fixture
def job():
    return eo.load_job(EXAMPLE / "equipment.csv", EXAMPLE / "config.json", limit=5)[:2]


def test_the_first_rows_of_a_proved_list_serve(job):
    table, config = job
    results = eo.optimize(table, config, limit=5)
    rows = listed_rows(results, 3)
    assert rows.scores.tolist() == results.scaled_scores[:3].tolist()
    names = [[table.names[row] for row in origins.tolist()] for origins in rows.origins]
    assert [list(build.pieces.values()) for build in results[:3]] == [list(build) for build in zip(*names, strict=True)]


def test_lists_of_others_or_of_too_few_do_not(job):
    table, config = job
    assert listed_rows(eo.optimize(table, config, limit=3), 4) is None
    assert listed_rows(eo.optimize(table, replace(config, front=("Score", "Defence"))), 1) is None
    assert listed_rows(eo.optimize(table, replace(config, different_pieces=2)), 1) is None
    stopped = eo.optimize(table, config, engine="exhaustive", should_stop=lambda: True)
    assert listed_rows(stopped, 1) is None


@pytest.mark.parametrize("at", [(60, None), (None, 40)])
def test_pieces_are_worth_the_same_with_the_list_that_is_known(job, at):
    table, config = job
    config = replace(config, min_defence=at[0], limit=at[1] or 5)
    results = eo.optimize(table, config)
    assert eo.piece_values(table, config, results=results) == eo.piece_values(table, config)


def test_answers_beside_a_list_search_for_no_list(job, monkeypatch):
    table, config = job
    results = eo.optimize(table, config)
    n_lists = []
    monkeypatch.setattr(piece_values, "search", lambda *given: n_lists.append("pieces"))
    monkeypatch.setattr("equipment_optimizer.pipeline.search", lambda *given: n_lists.append("list"))
    monkeypatch.setattr("equipment_optimizer.answers.stability.optimize", lambda *given: n_lists.append("stability"))
    answers = answers_of(table, results, ["stability", "pieces"])
    assert n_lists == []
    assert set(answers) == {"stability", "pieces"}


def test_both_answers_beside_a_front_share_one_list(job, monkeypatch):
    table, config = job
    front = eo.optimize(table, replace(config, front=("Score", "Defence")))
    real, lists = eo.optimize, []
    monkeypatch.setattr(
        "equipment_optimizer.answers.plain_answers.optimize",
        lambda *given, **more: lists.append(1) or real(*given, **more),
    )
    monkeypatch.setattr(piece_values, "search", lambda *given: lists.append("pieces"))
    monkeypatch.setattr("equipment_optimizer.answers.stability.optimize", lambda *given: lists.append("stability"))
    answers_of(table, front, ["stability", "pieces"])
    assert lists == [1]


def test_under_a_formula_too_there_is_no_further_list(tmp_path, monkeypatch):
    folder = EXAMPLE / "damage"
    header, *relics = (folder / "relics.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "few.csv").write_text("".join([header, *relics[::16]]), encoding="utf-8")
    table, config, _ = eo.load_job(tmp_path / "few.csv", folder / "config.json", limit=4)
    results = eo.optimize(table, config)
    asked = []
    real = _search_per_piece.SearchPerPiece._ask

    def ask(self, usable, held=(), *, limit=1, **more):
        asked.append((limit, tuple(held)))
        return real(self, usable, held, limit=limit, **more)

    monkeypatch.setattr(_search_per_piece.SearchPerPiece, "_ask", ask)
    answers_of(table, results, ["pieces"])
    assert asked and all(limit == 1 and not held for limit, held in asked)
