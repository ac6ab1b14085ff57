"""The joint choice of several lists: as good as trying all, and given up by count."""

import itertools
import random

import numpy as np
import pytest

from equipment_optimizer.sharing._joint_choice import STOPPED, Builds, GaveUp, JointChoice

N_PIECES = 8


class Menu:
    """A list with a few builds, named one by one."""

    def __init__(self, scores, pieces):
        self.scores, self.pieces = np.array(scores, dtype=np.int64), np.array(pieces, dtype=np.int64)

    def best(self, prices, limit, taken=None):
        free = np.ones(len(self.scores), bool) if taken is None else ~taken[self.pieces].any(axis=1)
        scores, pieces = self.scores[free], self.pieces[free]
        order = np.argsort(-(scores - prices[pieces].sum(axis=1)), kind="stable")[:limit]
        return Builds(scores[order], pieces[order], len(order) < limit or limit >= len(scores))


def menus_of(seed, n_menus=3, n_builds=6, width=2):
    dice = random.Random(seed)
    menus = []
    for _ in range(n_menus):
        builds = {tuple(sorted(dice.sample(range(N_PIECES), width))) for _ in range(n_builds)}
        menus.append(Menu([dice.randint(-3, 6) * 64 for _ in builds], sorted(builds)))
    return menus


def joint(menus, *, most_searches=10**6, n_offers=2, should_stop=lambda: False):
    choice = JointChoice(
        menus,
        N_PIECES,
        unit=64,
        dearest=64 * 100,
        n_offers=n_offers,
        most_searches=most_searches,
        should_stop=should_stop,
    )
    choice.run()
    return choice


def best_by_trying_all(menus):
    best = None
    for rows in itertools.product(*(range(len(menu.scores)) for menu in menus)):
        pieces = np.concatenate([menu.pieces[row] for menu, row in zip(menus, rows, strict=True)])
        if len(set(pieces.tolist())) == len(pieces):
            total = sum(int(menu.scores[row]) for menu, row in zip(menus, rows, strict=True))
            best = total if best is None else max(best, total)
    return best


@pytest.mark.parametrize("seed", range(300))
def test_the_choice_is_as_good_as_that_of_trying_all(seed):
    menus = menus_of(seed, n_menus=2 + seed % 3, n_builds=4 + seed % 7)
    choice, best = joint(menus, n_offers=1 + seed % 4), best_by_trying_all(menus)
    if best is None:
        assert choice.why_not == "there is not a build for every list"
        return
    assert choice.why_not == ""
    assert choice.total == best == sum(own.score for own in choice.chosen)
    pieces = [piece for own in choice.chosen for piece in own.pieces]
    assert len(set(pieces)) == len(pieces)


def test_lists_of_different_widths_are_chosen_together():
    menus = [Menu([640, 64], [[0, 1, 2], [3, 4, 5]]), Menu([320, 0], [[0], [6]])]
    choice = joint(menus)
    assert (choice.total, [own.pieces for own in choice.chosen]) == (640, [(0, 1, 2), (6,)])


def test_lists_that_are_alike_are_told_apart_by_nothing():
    menu = Menu([64 * (9 - k // 2) for k in range(8)], [[k] for k in range(8)])
    choice = joint([menu] * 5)
    assert choice.total == 64 * (9 + 9 + 8 + 8 + 7)
    assert sorted(own.pieces[0] for own in choice.chosen)[:4] == [0, 1, 2, 3]


def test_too_many_searches_are_given_up():
    choice = joint([menus_of(1)[0]] * 3, most_searches=4)
    assert choice.why_not == "no joint optimum was proved within 4 searches"
    assert choice.n_searches == 5


def test_a_search_that_is_stopped_is_told():
    assert joint(menus_of(2), should_stop=lambda: True).why_not == STOPPED


def test_what_a_list_gives_up_is_told():
    class Stopped(Menu):
        def best(self, prices, limit, taken=None):
            raise GaveUp("no memory")

    assert joint([Stopped([1], [[0]]), *menus_of(1)]).why_not == "no memory"
