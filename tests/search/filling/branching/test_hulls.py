"""Hulls lie above the values they stand for, and touch them where they say so."""

import random

import numpy as np
from fillings import settings

from equipment_optimizer.search.filling.branching._hulls import Hulls, _bends, _completed, _height, _hull


def test_a_hull_has_the_corners_of_the_smallest_concave_function():
    assert _hull([0, 5, 10, 10], 0) == [(0, 0), (2, 10), (3, 10)]
    assert _hull([0, 0, 9, 3], 0) == [(0, 0), (2, 9), (3, 3)]
    assert _hull([0, 0, 9, 3], 2) == [(2, 9), (3, 3)]
    assert _hull([4], 0) == [(0, 4)]


def test_no_hull_has_corners_but_where_values_bend():
    rng = random.Random(1)
    for _ in range(200):
        values = [rng.randint(-3, 3) for _ in range(rng.randint(1, 9))]
        for start in range(len(values)):
            assert _hull(values, start) == _hull(values, start, list(range(len(values))))
    assert _bends([0, 2, 4, 4, 4, 9]) == [2, 4, 5] and _bends([7]) == [0]


def test_heights_between_corners_are_whole_or_none():
    assert [_height([(0, 0), (2, 9), (3, 3)], x) for x in range(5)] == [0, None, 9, 3, None]
    assert _height([(2, 7)], 2) == 7


def test_what_is_missing_falls_steeply_and_where_nothing_is_allowed_so_does_all():
    assert _completed([None, None, 6, 9], 100) == [-194, -94, 6, 9]
    assert _completed([None, None], 100) == [0, 100]


def test_every_level_has_a_variant_whose_pieces_are_nowhere_below_the_value():
    for own in settings(60):
        model, hulls = own.model, Hulls(own.model, 10**6)
        for i, e in enumerate(model.involved):
            for mode in (0, 1, 2) if (e, 1) in model.rows else (0,):
                row, last = model.rows[e, mode], model.last(e)
                entry = np.arange(last + 1)
                variants = hulls.variants(i, np.full(last + 1, mode), entry)
                for x, v in zip(entry.tolist(), variants.tolist(), strict=True):
                    assert hulls.owner[v] == i
                    assert hulls.start[v] <= x
                    worth = [piece for piece in hulls.pieces if piece.variant == v]
                    slopes = [piece.worth for piece in worth if piece.end <= last]
                    assert slopes == sorted(slopes, reverse=True)
                    base = max(model.values_scaled[row + hulls.start[v]], model.never)
                    if base > model.never and all(model.values_scaled[row : row + last + 1] > model.never):
                        height = base + model.precision * sum(
                            piece.worth * min(piece.length, max(0, x - (piece.end - piece.length)))
                            for piece in worth
                            if piece.end <= last
                        )
                        assert height >= model.values_scaled[row + x] - 1e-3
                    level, value = hulls.corner_level[v], hulls.corner_value[v]
                    allowed = model.values_scaled[row + hulls.start[v] : row + last + 1]
                    for price in (-3, 0, 1, 500):
                        exact = allowed - price * np.arange(hulls.start[v], last + 1)
                        best = exact[allowed > model.never].max(initial=model.never)
                        if i in hulls.divided and allowed[-1] > model.never:
                            # Levels beyond the table are worth as much as its last.
                            best = max(best, allowed[-1] - price * hulls.last_level(i))
                        if (allowed > model.never).any():
                            assert (value - price * level).max() == best


def test_runs_divide_the_levels_into_parts_on_which_values_are_concave():
    n_divided = 0
    for own in settings(120):
        model, hulls = own.model, Hulls(own.model, 10**6)
        for i, e in enumerate(model.involved):
            for mode in (0, 1) if (e, 1) in model.rows else (0,):
                row, last = model.rows[e, mode], model.last(e)
                values = model.values_scaled[row : row + last + 1]
                first = int(hulls.variants(i, np.array([mode]), np.array([0]))[0])
                runs = hulls.runs.get(first, [])
                n_divided += len(runs) > 1
                low = int((values > model.never).argmax())
                for variant, high in runs:
                    assert hulls.owner[variant] == i
                    slopes = np.diff(values[low : high + 1])
                    assert (np.diff(slopes) <= 0).all()
                    for x in range(low, high + 1):
                        assert hulls.excess[variant, x] == 0
                        assert hulls.excess[first, x] >= 0
                    low = high + 1
                assert not runs or (values[low:] <= model.never).all()
    assert n_divided > 20


def test_corners_of_levels_that_are_all_allowed_are_those_of_the_hull():
    n_checked = 0
    for own in settings(40):
        hulls = Hulls(own.model, 10**6)
        for e, mode in own.model.rows:
            row, last = own.model.rows[e, mode], own.model.last(e)
            table = own.model.values_scaled[row : row + last + 1].tolist()
            if min(table) > own.model.never:
                for level in range(last + 1):
                    hull = _hull(table, level)
                    assert hulls._corners(list(table), table, hull, [(9, 9)]) == [*hull, (9, 9)]
                    # As where some level is not allowed: the last one that is, if that is all, ends the list.
                    assert hulls._corners([*table[:-1], None], table, hull, [(9, 9)])[-1] != (9, 9)
                    n_checked += 1
    assert n_checked > 100
