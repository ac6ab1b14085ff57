"""Offers count what they stand for and hand the list the best builds, ties by rank."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.records.space import RankCode
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.relaxation import expansion
from equipment_optimizer.search.relaxation.expansion import Offers
from equipment_optimizer.search.relaxation.piece_classes import PartClasses, merge_pieces


def classes_of(seed: int) -> tuple[list[PartClasses], RankCode]:
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=bool(seed % 2), n_most=4)
        problem = compile_problem(job.table, job.config)
        if 2 < problem.space.n_combinations <= 400 and max(problem.space.counts) == 1:
            classes = merge_pieces(problem)
            return [classes[b] for b in problem.positions], RankCode(problem.space.position_sizes)


@pytest.mark.parametrize("seed", range(60))
def test_the_list_holds_the_best_builds_behind_the_classes(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expansion, "_EXPAND_ROWS", (2, 16_384)[seed % 4 // 2])
    rng = random.Random(seed)
    classes, code = classes_of(seed)
    offers = Offers(rng.choice([1, 3, 20]), code, classes)
    combinations = list(itertools.product(*(range(len(part)) for part in classes)))
    rng.shuffle(combinations)
    scores = {picks: rng.choice([NO_BUILD, 1, 2, 3]) for picks in combinations}
    for start in range(0, len(combinations), 7):
        some = combinations[start : start + 7]
        offers.add(np.array(some, dtype=np.int32).T, np.array([scores[picks] for picks in some]))
    builds = []
    for picks, score in scores.items():
        members = [
            part.members[part.member_start[i] : part.member_start[i + 1]]
            for part, i in zip(classes, picks, strict=True)
        ]
        builds += [(-score, pieces) for pieces in itertools.product(*(m.tolist() for m in members)) if score > NO_BUILD]
    builds.sort()
    wanted = builds[: offers.top.limit]
    found_scores, words = offers.top.sorted()
    found = list(zip(*[column.tolist() for column in code.decode(words)], strict=True))
    assert list(zip((-found_scores).tolist(), found, strict=True)) == wanted
    assert offers.n_leaves == len(combinations)
    assert offers.n_builds == np.prod([len(part.members) for part in classes])
    if offers.top.is_full:
        ties = sum(score == wanted[-1][0] for score, _ in builds)
        assert offers.n_tied() == ties - sum(score == wanted[-1][0] for score, _ in wanted)


def test_thousands_of_different_scores_are_each_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    classes, code = classes_of(1)
    offers = Offers(1, code, classes)
    n = 50_000
    picks = np.zeros((len(classes), n), dtype=np.int32)
    compared: list[int] = []
    unique = np.unique

    def counted(values: np.ndarray, **options: object) -> object:
        compared.append(len(values))
        return unique(values, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(np, "unique", counted)
    offers.count(picks)
    offers._count_ties(np.arange(n), np.ones(n, dtype=object))
    assert sum(offers._ties.values()) == n
    assert sum(compared) <= n


def test_products_beyond_64_bits_are_exact() -> None:
    sizes = [np.array([10**6, 2]) for _ in range(5)]
    from equipment_optimizer.search.relaxation.expansion import _products

    assert _products(sizes).tolist() == [10**30, 32]
