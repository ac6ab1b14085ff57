"""The compiled loops: branch and bound over fillings, for many builds in a row.

The only importer of Numba, and the only code that is allowed to be ugly. The
method is that of `filling_tree`; the relaxation is solved by a dual simplex on
one dense tableau. Every variable has finite bounds, so every basis is dual
feasible and the last one of a build, or of a node, is a warm start for the next.
Floating point only guides: nodes are dropped by bounds in exact integers, and a
build that cannot be decided so is handed back.

Rows of the tableau: F features, K slot kinds, S limited decorations. Columns:
choices, slots left free, slots used one level lower, unused stock, segments of
the features' hulls, and one logical variable per row.
"""

from __future__ import annotations

import numpy as np
from numba import njit

#: Violations below this are rounding, in levels or slots.
_FEASIBLE = 1e-7
#: A pivot element below this is noise.
_PIVOT = 1e-9
#: Pivots of one relaxation; a few are usual, more means cycling.
_MAX_PIVOTS = 500
#: Pivots after which the tableau is built anew against accumulated rounding.
_REFRESH = 2_000
#: Nodes of one build, and open nodes kept.
_MAX_NODES = 2_000
_MAX_DEPTH = 128

NO_BUILD = -(2**62)
UNDECIDED = -(2**62) + 1
_NEVER = -(2**56)


@njit(cache=True)
def _start(matrix, cost, tableau, reduced, basis, is_basic, at_upper):
    """The basis of logical variables."""
    m, n_all = tableau.shape
    tableau[:, :] = matrix
    n = n_all - m
    reduced[:n] = cost
    reduced[n:] = 0.0
    is_basic[:] = False
    at_upper[:] = reduced > 0.0
    for i in range(m):
        basis[i] = n + i
        is_basic[n + i] = True


@njit(cache=True)
def _recost(cost, tableau, reduced, basis, is_basic, at_upper):
    """Reduced costs after the costs have changed; nonbasic variables go to the better bound."""
    m, n_all = tableau.shape
    n = n_all - m
    reduced[:n] = cost
    reduced[n:] = 0.0
    for i in range(m):
        b = basis[i]
        c = cost[b] if b < n else 0.0
        if c != 0.0:
            for j in range(n_all):
                reduced[j] -= c * tableau[i, j]
    for j in range(n_all):
        if not is_basic[j]:
            at_upper[j] = reduced[j] > 0.0


@njit(cache=True)
def _dual_simplex(tableau, reduced, basis, is_basic, at_upper, rhs, lower, upper, x_basic):
    """Optimal basis for these bounds; returns (status, row, pivots): 0 optimal, 1 infeasible, 2 gave up."""
    m, n_all = tableau.shape
    n = n_all - m
    for i in range(m):
        total = 0.0
        for k in range(m):
            total += tableau[i, n + k] * rhs[k]
        x_basic[i] = total
    for j in range(n_all):
        if not is_basic[j]:
            # A variable that was fixed kept no sign; now it may be free again.
            if reduced[j] > 0.0:
                at_upper[j] = True
            elif reduced[j] < 0.0:
                at_upper[j] = False
            value = upper[j] if at_upper[j] else lower[j]
            if value != 0.0:
                for i in range(m):
                    x_basic[i] -= tableau[i, j] * value
    for pivots in range(_MAX_PIVOTS):
        worst, r = _FEASIBLE, -1
        for i in range(m):
            b = basis[i]
            violation = max(x_basic[i] - upper[b], lower[b] - x_basic[i])
            if violation > worst:
                worst, r = violation, i
        if r < 0:
            return 0, -1, pivots
        out = basis[r]
        above = x_basic[r] > upper[out]
        bound = upper[out] if above else lower[out]
        best, q = np.inf, -1
        best_size = 0.0
        for j in range(n_all):
            if is_basic[j] or lower[j] == upper[j]:
                continue
            a = tableau[r, j] if above else -tableau[r, j]
            if (not at_upper[j] and a > _PIVOT) or (at_upper[j] and a < -_PIVOT):
                size = abs(a)
                ratio = abs(reduced[j]) / size
                if ratio < best - 1e-12 or (ratio <= best + 1e-12 and size > best_size):
                    best, q, best_size = ratio, j, size
        if q < 0:
            return 1, r, pivots
        step = (x_basic[r] - bound) / tableau[r, q]
        value = (upper[q] if at_upper[q] else lower[q]) + step
        for i in range(m):
            if i != r:
                x_basic[i] -= tableau[i, q] * step
        x_basic[r] = value
        pivot = tableau[r, q]
        for j in range(n_all):
            tableau[r, j] /= pivot
        for i in range(m):
            if i != r:
                factor = tableau[i, q]
                if factor != 0.0:
                    for j in range(n_all):
                        tableau[i, j] -= factor * tableau[r, j]
                    tableau[i, q] = 0.0
        factor = reduced[q]
        for j in range(n_all):
            reduced[j] -= factor * tableau[r, j]
        reduced[q] = 0.0
        tableau[r, q] = 1.0
        basis[r] = q
        is_basic[q] = True
        is_basic[out] = False
        at_upper[out] = above
    return 2, -1, _MAX_PIVOTS


@njit(cache=True)
def _share(values, low, corners, n_corners, x, price):
    """Most that a feature at level x or above is worth, less its price."""
    best = values[x - low] - price * x
    for i in range(n_corners):
        c = corners[i]
        if c > x:
            worth = values[c - low] - price * c
            best = max(best, worth)
    return best


@njit(cache=True)
def _node_bound(prices, slot_prices, stock_prices, least, most, levels, slots, modes, static):
    """Exact upper bound of a node, scaled by the precision, for any integer prices."""
    (choice_levels, linear, kind, choice_stock, fits, weights, stock, low, values, corners, n_corners, precision) = static
    n_choices, n_features = choice_levels.shape
    bound = 0
    worth = np.empty(n_choices, dtype=np.int64)
    reached = levels.copy()
    for s in range(len(stock)):
        bound += stock_prices[s] * stock[s]
    for c in range(n_choices):
        own = precision * linear[c]
        for f in range(n_features):
            if choice_levels[c, f] != 0:
                own += prices[f] * choice_levels[c, f]
                reached[f] += least[c] * choice_levels[c, f]
        if choice_stock[c] >= 0:
            own -= stock_prices[choice_stock[c]]
        over = own - slot_prices[kind[c]]
        if over > 0 and most[c] >= 0:
            bound += over * most[c]
            own -= over
        elif over < 0 and least[c] > 0:
            bound += over * least[c]
            own -= over
        worth[c] = own
    for k in range(len(slots)):
        if slots[k] > 0:
            best = precision * weights[k]
            for c in range(n_choices):
                if fits[c, k] and worth[c] > best:
                    best = worth[c]
            bound += slots[k] * best
    for f in range(n_features):
        mode = modes[f]
        top = low[f] + values.shape[2] - 1
        x = min(reached[f], top)
        bound += _share(values[mode, f], low[f], corners[mode, f], n_corners[mode, f], x, prices[f])
        bound += prices[f] * levels[f]
    return bound


@njit(cache=True)
def _value(levels, low, values, raised_by):
    """Exact score of the features, times the precision; far below everything where a minimum is missed."""
    total = 0
    for f in range(len(levels)):
        mode = 0
        if raised_by[f] >= 0 and levels[raised_by[f]] >= 1:
            mode = 1
        x = min(levels[f] - low[f], values.shape[2] - 1)
        own = values[mode, f, x]
        if own <= _NEVER:
            return _NEVER
        total += own
    return total


@njit(cache=True)
def _place(counts, slots, kind_order, kind, fits, free):
    """Put choices into the lowest slots they fit; false where they do not fit."""
    free[:] = slots
    n_kinds = len(slots)
    for position in range(len(kind_order)):
        c = kind_order[position]
        left = counts[c]
        if left > 0:
            for k in range(kind[c], n_kinds):
                if fits[c, k]:
                    used = min(left, free[k])
                    free[k] -= used
                    left -= used
            if left > 0:
                return False
    return True


@njit(cache=True)
def _rounded(counts, whole, least, levels, slots, kind_order, raised_by, static):
    """Exact score, times the precision, of a filling near the relaxation's."""
    (choice_levels, linear, kind, choice_stock, fits, weights, stock, low, values, _corners, _n_corners, precision) = static
    n_choices, n_features = choice_levels.shape
    free = np.empty(len(slots), dtype=np.int64)
    used = np.zeros(len(stock), dtype=np.int64)
    level = levels.copy()
    score = 0
    for c in range(n_choices):
        whole[c] = max(int(np.floor(counts[c] + 1e-6)), least[c])
        if whole[c] > 0:
            score += precision * linear[c] * whole[c]
            for f in range(n_features):
                level[f] += whole[c] * choice_levels[c, f]
            if choice_stock[c] >= 0:
                used[choice_stock[c]] += whole[c]
    for s in range(len(stock)):
        if used[s] > stock[s]:
            return _NEVER
    if not _place(whole, slots, kind_order, kind, fits, free):
        return _NEVER
    trial = level.copy()
    now = _value(level, low, values, raised_by)
    for k in range(len(slots) - 1, -1, -1):
        while free[k] > 0:
            best_gain, best_c, best_now = 0, -1, now
            for c in range(n_choices):
                if not fits[c, k] or (choice_stock[c] >= 0 and used[choice_stock[c]] >= stock[choice_stock[c]]):
                    continue
                for f in range(n_features):
                    trial[f] = level[f] + choice_levels[c, f]
                then = _value(trial, low, values, raised_by)
                gain = then - now + precision * (linear[c] - weights[k])
                if gain > best_gain:
                    best_gain, best_c, best_now = gain, c, then
            if best_c < 0:
                break
            free[k] -= 1
            now = best_now
            score += precision * linear[best_c]
            for f in range(n_features):
                level[f] += choice_levels[best_c, f]
            if choice_stock[best_c] >= 0:
                used[choice_stock[best_c]] += 1
    if now <= _NEVER:
        return _NEVER
    for k in range(len(slots)):
        score += precision * weights[k] * free[k]
    return now + score


@njit(cache=True)
def fill_builds(levels, slots, modes, floor, grain, matrix, costs, mode_lengths, base, raised_by, kind_order, static, best, root):
    """Best filling of each build.

    Writes the exact best score to ``best[g]``, `NO_BUILD` where it is below
    ``floor[g]``, `UNDECIDED` where it must be found otherwise; and the prices of
    the root's relaxation to ``root[g]``.
    """
    choice_levels, linear, weights, stock, precision = static[0], static[1], static[5], static[6], static[11]
    n_choices, n_features = choice_levels.shape
    n_kinds, n_stock = slots.shape[1], len(stock)
    m, n_all = matrix.shape
    n = n_all - m
    first_segment = n_choices + 2 * n_kinds + n_stock
    n_segments = costs.shape[2]
    tableau = np.empty((m, n_all))
    reduced = np.empty(n_all)
    basis = np.empty(m, dtype=np.int64)
    is_basic = np.empty(n_all, dtype=np.bool_)
    at_upper = np.empty(n_all, dtype=np.bool_)
    x_basic = np.empty(m)
    lower, upper = np.zeros(n_all), np.zeros(n_all)
    cost = np.zeros(n)
    rhs = np.zeros(m)
    counts = np.empty(n_choices)
    whole = np.empty(n_choices, dtype=np.int64)
    prices = np.empty(n_features, dtype=np.int64)
    slot_prices = np.empty(n_kinds, dtype=np.int64)
    stock_prices = np.empty(n_stock, dtype=np.int64)
    stack_least = np.empty((_MAX_DEPTH, n_choices), dtype=np.int64)
    stack_most = np.empty((_MAX_DEPTH, n_choices), dtype=np.int64)
    stack_bound = np.empty(_MAX_DEPTH, dtype=np.int64)
    least = np.empty(n_choices, dtype=np.int64)
    most = np.empty(n_choices, dtype=np.int64)
    limit = 2.0**44
    for c in range(n_choices):
        cost[c] = linear[c]
    for k in range(n_kinds):
        cost[n_choices + k] = weights[k]
    total_pivots = _REFRESH
    current_modes = np.full(n_features, -1, dtype=np.int64)
    for g in range(len(best)):
        n_slots = 0
        for k in range(n_kinds):
            n_slots += slots[g, k]
            rhs[n_features + k] = slots[g, k]
        for s in range(n_stock):
            rhs[n_features + n_kinds + s] = stock[s]
        changed = False
        for f in range(n_features):
            mode = modes[g, f]
            rhs[f] = base[mode, f] - levels[g, f]
            if current_modes[f] != mode:
                current_modes[f] = mode
                changed = True
                for i in range(n_segments):
                    cost[first_segment + f * n_segments + i] = costs[mode, f, i]
                    upper[first_segment + f * n_segments + i] = mode_lengths[mode, f, i]
        for j in range(n_choices, n_choices + n_kinds):
            upper[j] = n_slots
        for k in range(n_kinds):
            upper[n_choices + n_kinds + k] = n_slots if matrix[n_features + k, n_choices + n_kinds + k] != 0.0 else 0.0
        for s in range(n_stock):
            upper[n_choices + 2 * n_kinds + s] = stock[s]
        if total_pivots >= _REFRESH:
            _start(matrix, cost, tableau, reduced, basis, is_basic, at_upper)
            total_pivots = 0
        elif changed:
            _recost(cost, tableau, reduced, basis, is_basic, at_upper)
        incumbent = floor[g] - 1
        depth, n_nodes = 1, 0
        stack_least[0] = 0
        stack_most[0] = -1
        stack_bound[0] = 2**62
        undecided = False
        while depth > 0:
            depth -= 1
            if stack_bound[depth] <= incumbent:
                continue
            n_nodes += 1
            if n_nodes > _MAX_NODES:
                undecided = True
                break
            least[:] = stack_least[depth]
            most[:] = stack_most[depth]
            for c in range(n_choices):
                lower[c] = least[c]
                upper[c] = n_slots if most[c] < 0 else min(most[c], n_slots)
                if lower[c] > upper[c]:
                    upper[c] = lower[c]
            status, row, pivots = _dual_simplex(tableau, reduced, basis, is_basic, at_upper, rhs, lower, upper, x_basic)
            total_pivots += pivots
            if status == 2:
                total_pivots = 0
                _start(matrix, cost, tableau, reduced, basis, is_basic, at_upper)
                undecided = True
                break
            # Where it is infeasible, the violated row is a direction that lowers the bound without end.
            steep = 0.0
            if status == 1:
                steep = -1e6 if x_basic[row] < lower[basis[row]] else 1e6
            for f in range(n_features):
                p = reduced[n + f]
                if status == 1:
                    p += steep * tableau[row, n + f]
                prices[f] = int(np.rint(min(max(p * precision, -limit), limit)))
            for k in range(n_kinds):
                p = -reduced[n + n_features + k]
                if status == 1:
                    p -= steep * tableau[row, n + n_features + k]
                slot_prices[k] = int(np.rint(min(max(p * precision, -limit), limit)))
            for s in range(n_stock):
                p = -reduced[n + n_features + n_kinds + s]
                if status == 1:
                    p -= steep * tableau[row, n + n_features + n_kinds + s]
                stock_prices[s] = max(0, int(np.rint(min(max(p * precision, -limit), limit))))
            bound = _node_bound(
                prices, slot_prices, stock_prices, least, most, levels[g], slots[g], modes[g], static
            )
            bound = bound // precision // grain * grain
            if n_nodes == 1:
                root[g, :n_features] = prices
                root[g, n_features:] = stock_prices
            if bound <= incumbent:
                continue
            if status == 1:
                undecided = True
                break
            for c in range(n_choices):
                counts[c] = upper[c] if at_upper[c] else lower[c]
            for i in range(m):
                if basis[i] < n_choices:
                    counts[basis[i]] = x_basic[i]
            score = _rounded(counts, whole, least, levels[g], slots[g], kind_order, raised_by, static)
            if score > _NEVER and score // precision > incumbent:
                incumbent = score // precision
            if bound <= incumbent:
                continue
            branch, split, worst = -1, 0, 1e-6
            for c in range(n_choices):
                fraction = abs(counts[c] - np.rint(counts[c]))
                if fraction > worst:
                    worst, branch, split = fraction, c, int(np.floor(counts[c]))
            if branch < 0:
                for c in range(n_choices):
                    if int(np.rint(counts[c])) > least[c]:
                        branch, split = c, int(np.rint(counts[c])) - 1
                        break
            if branch < 0 or depth + 2 > _MAX_DEPTH:
                undecided = True
                break
            stack_least[depth] = least
            stack_most[depth] = most
            stack_most[depth, branch] = split
            stack_bound[depth] = bound
            depth += 1
            stack_least[depth] = least
            stack_most[depth] = most
            stack_least[depth, branch] = split + 1
            stack_bound[depth] = bound
            depth += 1
        if undecided:
            best[g] = UNDECIDED
        elif incumbent >= floor[g]:
            best[g] = incumbent
        else:
            best[g] = NO_BUILD
