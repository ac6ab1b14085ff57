"""Pairs of large jobs whose answers must fit each other; and that a wrong answer would not."""

from __future__ import annotations

import random
from dataclasses import replace

import metamorphic
import pytest
from metamorphic import RELATIONS, Difference, Job, Row


@pytest.mark.parametrize("relation", RELATIONS)
def test_answers_of_a_pair_fit_each_other(relation: str) -> None:
    rng = random.Random(f"{relation} 1")
    job = metamorphic.random_job(rng)
    RELATIONS[relation](job, rng)


#: What is wrong with the second answer that is asked for.
FAULTS = {
    "a score": lambda rows: [*rows[:-1], rows[-1]._replace(score=rows[-1].score - 1)],
    "no first row": lambda rows: rows[1:],
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("relation", [name for name in RELATIONS if name not in ("best forbidden", "limit lower")])
def test_a_wrong_answer_does_not_fit(relation: str, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(3)
    job = metamorphic.random_job(rng)
    small = Job(job.pieces[::10], replace(job.config, limit=10))
    truth = metamorphic.answer
    answers: list[list[Row]] = []

    def answer(asked: Job) -> list[Row]:
        answers.append(truth(asked))
        return FAULTS[fault](answers[-1]) if asked.config == small.config and len(answers) > 1 else answers[-1]

    monkeypatch.setattr(metamorphic, "answer", answer)
    with pytest.raises(Difference):
        for _ in range(2):
            RELATIONS[relation](small, rng)


def test_pairs_are_counted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def wrong(job: Job, rng: random.Random) -> None:
        raise Difference("a row is missing")

    def late(job: Job, rng: random.Random) -> None:
        raise metamorphic.NotProved

    for name, expected in [("wrong", 1), ("late", 0)]:
        monkeypatch.setattr(metamorphic, "RELATIONS", {name: {"wrong": wrong, "late": late}[name]})
        monkeypatch.setattr("sys.argv", ["metamorphic.py", "--pairs", "2", "--seed", "7"])
        assert metamorphic.main() == expected
    printed = capsys.readouterr().out
    assert "wrong, --seed 8 --pairs 1 --relation 'wrong': a row is missing" in printed
    assert "2 pairs of" in printed
