"""Prices of shared pieces: any prices bound every joint choice, and good ones are found."""

import itertools

import numpy as np
import pytest

from equipment_optimizer.sharing._piece_prices import Candidates, ascend

N_PIECES = 6


def candidates_of(seed, n_lists=3, n_builds=5):
    dice = np.random.default_rng(seed)
    lists = []
    for _ in range(n_lists):
        pieces = np.array([dice.choice(N_PIECES, 2, replace=False) for _ in range(n_builds)])
        lists.append((dice.integers(-200, 900, n_builds), pieces))
    return Candidates.of(lists)


def best_total(candidates):
    best = None
    for rows in itertools.product(*(range(start, stop) for start, stop in candidates.spans)):
        pieces = candidates.pieces[list(rows)].ravel()
        if len(set(pieces.tolist())) == len(pieces):
            total = int(candidates.scores[list(rows)].sum())
            best = total if best is None else max(best, total)
    return best


def bound_at(candidates, prices):
    worth = candidates.worth(prices)
    return int(worth[candidates.best(worth)].sum() + prices.sum())


def found(candidates, chosen, empty):
    pieces = [piece for piece in candidates.pieces[chosen].ravel().tolist() if piece != empty]
    assert len(set(pieces)) == len(pieces)
    return -(10**9)


def run(candidates, prices, **more):
    settings = {"level": 500, "patience": 10, "most_steps": 300, "dearest": 5_000, "should_stop": lambda: False, **more}
    return ascend(candidates, prices, on_choice=lambda chosen: found(candidates, chosen, len(prices) - 1), **settings)


@pytest.mark.parametrize("seed", range(60))
def test_any_prices_bound_every_joint_choice(seed):
    candidates = candidates_of(seed)
    best = best_total(candidates)
    prices = np.append(np.random.default_rng(seed).integers(0, 300, N_PIECES), 0)
    if best is not None:
        assert bound_at(candidates, prices) >= best
        ascent = run(candidates, prices)
        assert bound_at(candidates, prices) >= ascent.bound == bound_at(candidates, ascent.prices) >= best


def test_two_lists_that_want_one_piece_pay_its_worth():
    # Both want piece 0; what each loses without it is 100 and 300, so it costs between the two.
    scores, pieces = np.array([500, 400]), np.array([[0], [1]])
    others = (np.array([500, 200]), np.array([[0], [2]]))
    ascent = run(Candidates.of([(scores, pieces), others]), np.zeros(4, dtype=np.int64))
    assert ascent.bound == 900
    assert 100 <= ascent.prices[0] <= 300
    assert ascent.prices[-1] == 0


def test_no_price_is_higher_than_the_dearest():
    lists = [(np.array([1000]), np.array([[0]]))] * 2
    ascent = run(Candidates.of(lists), np.zeros(2, dtype=np.int64), dearest=70)
    assert ascent.prices.max() <= 70


def test_wishes_count_what_each_list_wanted():
    lists = [(np.array([5]), np.array([[1, 3]])), (np.array([7]), np.array([[2, 3]]))]
    ascent = run(Candidates.of(lists), np.zeros(4, dtype=np.int64), most_steps=4)
    # Piece 3 stands for an empty position.
    assert ascent.wishes.tolist() == [[0, ascent.n_steps, 0, 0], [0, 0, ascent.n_steps, 0]]
