"""Options are all that a step may choose, each once, and know what they become when one slot changes."""

import itertools

import numpy as np
import pytest

from equipment_optimizer.search.filling.tables._options import (
    OptionNumbers,
    StepDecorations,
    enumerate_options,
    lighter_options,
    wasteful_options,
)


def step(levels, linear, fits, most):
    return StepDecorations(np.array(levels), np.array(linear), np.array(fits, dtype=np.bool_), np.array(most))


def by_trying(own, slots):
    """Best score of each use and supply."""
    ways = []
    for d in range(len(own.levels)):
        kinds = [range(slots[k] + 1 if own.fits[d, k] else 1) for k in range(len(slots))]
        ways.append([use for use in itertools.product(*kinds) if sum(use) <= own.most[d]])
    best: dict[tuple[tuple[int, ...], int], int] = {}
    for uses in itertools.product(*ways):
        use = tuple(map(sum, zip(*uses, strict=True)))
        if all(u <= n for u, n in zip(use, slots, strict=True)):
            key = use, sum(int(own.levels[d]) * sum(u) for d, u in enumerate(uses))
            score = sum(int(own.linear[d]) * sum(u) for d, u in enumerate(uses))
            best[key] = max(score, best.get(key, score))
    return best


CASES = [
    step([1], [0], [[True, True]], [2]),
    step([1, 2], [3, -1], [[True, True], [False, True]], [2, 3]),
    step([1, 1], [0, 5], [[True, False], [True, True]], [1, 1]),
    step([-1, 2], [0, 0], [[True, True], [False, True]], [2, 2]),
]


@pytest.mark.parametrize("own", CASES)
def test_options_are_the_best_of_each_use_and_supply_in_order(own):
    slots = np.array([2, 2])
    options = enumerate_options(own, slots, None)
    found = {
        (tuple(use), supply): linear
        for use, supply, linear in zip(
            options.use.tolist(), options.supply.tolist(), options.linear.tolist(), strict=True
        )
    }
    assert found == by_trying(own, slots.tolist())
    assert len(found) == len(options.supply)
    order = [(sum(use), *use, s) for use, s in zip(options.use.tolist(), options.supply.tolist(), strict=True)]
    assert order == sorted(order)
    assert not options.use[0].any()


def test_more_than_enough_is_no_option():
    options = enumerate_options(CASES[1], np.array([2, 2]), 2)
    # One of each gives three: without the weaker one two are enough.
    assert options.supply.max() == 2
    assert [1, 1] not in options.counts.tolist()
    assert [2, 0] in options.counts.tolist()


@pytest.mark.parametrize("own", [*CASES, step([1, 2, 5], [0, 0, 1], [[True] * 2] * 3, [3, 3, 3])])
@pytest.mark.parametrize("most", [2, 5])
def test_options_have_numbers_of_their_own(own, most):
    slots = np.array([most, most])
    numbers = OptionNumbers(enumerate_options(own, slots, None), slots)
    assert len(set(numbers._keys.tolist())) == len(numbers._keys)


@pytest.mark.parametrize(("most", "is_usable"), [(2**20, True), (2**30, False), (2**31, False)])
def test_numbers_that_64_bits_do_not_hold_are_not_used(most, is_usable):
    options = enumerate_options(CASES[1], np.array([2, 2]), None)
    numbers = OptionNumbers(options, np.array([most, most]))
    assert numbers.is_usable == is_usable
    assert is_usable or set(numbers.other(np.arange(3), 0, less=0, more=1).tolist()) == {-1}


@pytest.mark.parametrize("own", CASES)
def test_options_know_what_they_are_without_one_and_where_they_waste(own):
    slots = np.array([2, 2])
    options = enumerate_options(own, slots, None)
    numbers = OptionNumbers(options, slots)
    for k, rows, without in lighter_options(options, numbers, own):
        change = options.use[rows] - options.use[without]
        assert (change == np.eye(2, dtype=np.int64)[k]).all()
        assert set((options.supply[rows] - options.supply[without]).tolist()) <= set(own.levels.tolist())
    waste = wasteful_options(options, numbers, {0: [1], 1: []})
    for option in np.flatnonzero(waste[0]).tolist():
        lower = options.use[option] + np.array([1, -1])
        same = (options.use == lower).all(axis=1) & (options.supply == options.supply[option])
        assert (options.linear[same] >= options.linear[option]).any()
    assert not waste[1].any()


@pytest.mark.parametrize(
    ("slots", "most_supply", "is_usable"), [(2, 2**56, True), (2, 2**59, False), (8, 2**58, False)]
)
def test_supplies_that_64_bits_do_not_tell_apart_have_no_numbers(slots, most_supply, is_usable):
    options = enumerate_options(step([most_supply], [0], [[True]], [1]), np.array([1]), None)
    numbers = OptionNumbers(options, np.array([slots]))
    assert numbers.is_usable == is_usable
    without = numbers.other(np.array([1]), most_supply, less=0)
    assert without.tolist() == ([0] if is_usable else [-1])


@pytest.mark.parametrize("own", [*CASES, step([-3, 2, 5], [0, 0, 1], [[True] * 2] * 3, [3, 3, 3])])
def test_the_option_with_a_slot_less_is_found_and_no_other(own):
    options = enumerate_options(own, np.array([2, 2]), None)
    numbers = OptionNumbers(options, np.array([2, 2]))
    rows = np.column_stack([options.use, options.supply]).tolist()
    place = {tuple(row): number for number, row in enumerate(rows)}
    span = int(np.ptp(options.supply)) + 1
    for less, more in ((0, None), (1, None), (0, 1), (1, 0)):
        rows = np.flatnonzero(options.use[:, less] > 0)
        for supply in range(-span, span + 1):
            wanted = []
            for use, had in zip(options.use[rows].tolist(), options.supply[rows].tolist(), strict=True):
                use[less] -= 1
                if more is not None:
                    use[more] += 1
                wanted.append(place.get((*use, had - supply), -1))
            assert numbers.other(rows, supply, less=less, more=more).tolist() == wanted


def test_what_wastes_is_told_by_kind_and_only_what_takes_a_slot_becomes_lighter():
    for own in CASES:
        options = enumerate_options(own, np.array([2, 2]), None)
        numbers = OptionNumbers(options, np.array([2, 2]))
        assert wasteful_options(options, numbers, {}).shape == (2, len(options.supply))
        lighter = lighter_options(options, numbers, own)
        assert any(rows.size for _, rows, _ in lighter)
    free = enumerate_options(step([1], [0], [[True, True]], [2]), np.array([2, 2]), None)
    waste = wasteful_options(free, OptionNumbers(free, np.array([2, 2])), {0: [1], 1: []})
    assert waste[0].tolist() == [use[1] > 0 and use[0] < 2 for use in free.use.tolist()]
