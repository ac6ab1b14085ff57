"""Branch and bound over candidates: the best choice, whatever the prices, and given up by count."""

import itertools

import numpy as np
import pytest

from equipment_optimizer.sharing._joint_branching import JointBranching

N_PIECES = 9


def lists_of(seed, n_lists, n_builds=8):
    dice = np.random.default_rng(seed)
    lists = []
    for _ in range(n_lists):
        pieces = np.unique(np.sort([dice.choice(N_PIECES, 2, replace=False) for _ in range(n_builds)]), axis=0)
        lists.append((dice.integers(0, 40, len(pieces)), pieces))
    return lists


def by_trying_all(lists):
    best = None
    for rows in itertools.product(*(range(len(scores)) for scores, _ in lists)):
        worn = np.concatenate([pieces[row] for (_, pieces), row in zip(lists, rows, strict=True)]).tolist()
        if len(set(worn)) == len(worn):
            total = sum(int(scores[row]) for (scores, _), row in zip(lists, rows, strict=True))
            best = total if best is None else max(best, total)
    return best


def search(lists, *, floor=-1, most_cases=10_000, prices=None, should_stop=lambda: False):
    best = [floor - 1]

    def on_choice(rows):
        if rows:
            worn = np.concatenate([pieces[row] for (_, pieces), row in zip(lists, rows, strict=True)]).tolist()
            assert len(set(worn)) == len(worn)
            best.append(max(best[-1], sum(int(scores[row]) for (scores, _), row in zip(lists, rows, strict=True))))
        return best[-1] + 1

    branching = JointBranching(
        lists, most_cases=most_cases, dearest=1_000, should_stop=should_stop, on_choice=on_choice
    )
    start = np.zeros(N_PIECES + 1, dtype=np.int64) if prices is None else prices
    return branching.run(start), best[-1], branching.n_cases


@pytest.mark.parametrize("seed", range(80))
def test_the_best_choice_is_found_from_any_prices(seed):
    lists = lists_of(seed, 2 + seed % 3)
    best = by_trying_all(lists)
    prices = np.append(np.random.default_rng(seed).integers(0, 30, N_PIECES), 0)
    is_whole, found, _ = search(lists, prices=prices)
    assert is_whole
    assert found == (-2 if best is None else best)


def test_nothing_below_the_floor_is_looked_for():
    lists = lists_of(3, 3)
    best = by_trying_all(lists)
    assert search(lists, floor=best)[:2] == (True, best)
    assert search(lists, floor=best + 1)[:2] == (True, best)


def test_interchangeable_lists_are_not_tried_twice():
    one = lists_of(5, 1, n_builds=20)[0]
    alike = [(one[0] + more, one[1]) for more in (0, 7, 20)]
    other = [(one[0] + np.arange(len(one[0])) % 2 * more, one[1]) for more in (0, 1, 2)]
    assert search(alike)[1] == by_trying_all(alike)
    assert search(other)[1] == by_trying_all(other)


def test_it_gives_up_by_count_and_on_request():
    lists = lists_of(7, 4)
    assert search(lists, most_cases=0)[0] is False
    assert search(lists, should_stop=lambda: True)[0] is False
