"""A list that shares its pieces: its best builds at prices, in one unit with other lists."""

import json
from decimal import Decimal

import numpy as np
import pytest
from batch_folder import config, make_folder

import equipment_optimizer as eo
from equipment_optimizer.sharing._joint_choice import STOPPED, GaveUp
from equipment_optimizer.sharing.wardrobe import Wardrobe, common_factors


def wardrobe_of(folder, name="list0", **more):
    table, own, _ = eo.load_job(folder / "equipment.csv", folder / f"{name}.json")
    settings = {"time_limit": None, "memory_bytes": None, "should_stop": lambda: False, **more}
    return Wardrobe(name, "equipment.csv", table, own, **settings)


@pytest.fixture
def wardrobe(tmp_path):
    make_folder(tmp_path, 1, 3)
    own = wardrobe_of(tmp_path)
    own.number_pieces({line: number for number, line in enumerate(own.table.line.tolist())}, 64)
    return own


def by_trying_all(wardrobe, settings, prices, taken):
    """Builds as score after prices and pieces, best first."""
    results = eo.optimize(wardrobe.table, settings, limit=10**6)
    builds = []
    for k in range(len(results)):
        pieces = tuple(int(results.combinations[k : k + 1].rows(p)[0]) for p in range(6))
        if not taken[list(pieces)].any():
            score = int(results.score(k) * 64 * 10**wardrobe.digits)
            builds.append((score - int(prices[list(pieces)].sum()), score, pieces))
    return sorted(builds, key=lambda build: (-build[0], build[2]))


@pytest.mark.parametrize("seed", range(6))
def test_the_best_builds_at_prices_are_those_of_trying_all(tmp_path, seed):
    make_folder(tmp_path, 1, 3)
    own = wardrobe_of(tmp_path)
    table, settings, _ = eo.load_job(tmp_path / "equipment.csv", tmp_path / "list0.json")
    own.number_pieces({line: number for number, line in enumerate(own.table.line.tolist())}, 64)
    dice = np.random.default_rng(seed)
    prices, taken = dice.integers(0, 3_000, table.n_pieces), dice.random(table.n_pieces) < seed / 30
    expected = by_trying_all(own, settings, prices, taken)[:20]
    builds = own.best(prices, 20, taken)
    found = zip(
        (builds.scores - prices[builds.pieces].sum(axis=1)).tolist(),
        builds.scores.tolist(),
        builds.pieces.tolist(),
        strict=True,
    )
    assert [(worth, score, tuple(pieces)) for worth, score, pieces in found] == expected


def test_it_says_when_there_are_no_other_builds(wardrobe):
    prices = np.zeros(18, dtype=np.int64)
    assert not wardrobe.best(prices, 728).is_complete
    assert wardrobe.best(prices, 729).is_complete
    taken = np.zeros(18, dtype=bool)
    taken[:3] = True
    nothing = wardrobe.best(prices, 5, taken)
    assert (len(nothing.scores), nothing.pieces.shape, nothing.is_complete) == (0, (0, 6), True)


def test_scores_are_told_as_the_output_writes_them(wardrobe):
    best = wardrobe.best(np.zeros(18, dtype=np.int64), 1).first
    assert best.score % wardrobe.unit == 0
    assert Decimal(wardrobe.score_text(best.score)) * 64 * 10**wardrobe.digits == best.score


def test_a_search_that_is_stopped_counts_for_nothing(tmp_path):
    make_folder(tmp_path, 1, 60)
    for more in ({"should_stop": lambda: True}, {"time_limit": 1e-9}):
        own = wardrobe_of(tmp_path, **more)
        own.number_pieces({line: number for number, line in enumerate(own.table.line.tolist())}, 1)
        with pytest.raises(GaveUp, match=STOPPED):
            own.best(np.zeros(360, dtype=np.int64), 1)


def test_a_ceiling_that_is_too_small_is_a_reason_to_give_up(tmp_path):
    make_folder(tmp_path, 1, 3)
    own = wardrobe_of(tmp_path, memory_bytes=1)
    own.number_pieces({line: number for number, line in enumerate(own.table.line.tolist())}, 1)
    with pytest.raises(GaveUp):
        own.best(np.zeros(18, dtype=np.int64), 1)


def test_lists_of_different_digits_get_one_unit(tmp_path):
    make_folder(tmp_path, 2, 3)
    (tmp_path / "list1.json").write_text(json.dumps(config(3, defence=0.0005)))
    lists = [wardrobe_of(tmp_path, name) for name in ("list0", "list1")]
    factors, dearest = common_factors(lists)
    for factor, own in zip(factors, lists, strict=True):
        assert factor * 10**own.digits == factors[0] * 10 ** lists[0].digits
        assert dearest > 2 * factor * own.score_bound


def test_scores_beyond_the_arithmetic_have_no_unit(tmp_path):
    make_folder(tmp_path, 2, 3)
    (tmp_path / "list0.json").write_text(json.dumps(config(3, defence=0.000000001)))
    (tmp_path / "list1.json").write_text(json.dumps(config(3, defence=10**9)))
    assert common_factors([wardrobe_of(tmp_path, name) for name in ("list0", "list1")]) is None
    assert common_factors([wardrobe_of(tmp_path, "list0")]) is not None
