"""Every filling is a solution of the program, worth as much."""

import numpy as np
from fillings import score_of, settings

from equipment_optimizer.records.vocabulary import NO_BUILD


def test_fillings_are_solutions_and_worth_their_score():
    rng = np.random.default_rng(1)
    n_checked = 0
    for own in settings(90):
        program, cases, model = own.bounds.program, own.cases, own.model
        simplex, x = program.simplex, np.arange(own.bounds.program.n_decorated)
        for build in range(min(len(cases), 4)):
            counts = rng.integers(0, 3, len(x))
            score = score_of(own, build, counts)
            if score == NO_BUILD or (counts > program.most).any():
                continue
            kind = int(cases.kind[build])
            low, high = np.zeros(len(simplex.cost)), program.high_of(cases, np.array([build]))[0]
            low[x] = high[x] = counts
            basis = np.array([0])
            pivot_kind = np.array([simplex.kind(program.closed[kind])])
            for _ in range(300):
                resting, values = simplex.values(basis, cases.side[[build]], low[None], high[None])
                row, above, is_optimal = simplex.violations(basis, values, low[None], high[None])
                if is_optimal[0]:
                    break
                basis = simplex.following(basis, row, above, pivot_kind)
                assert basis[0] >= 0, "a filling is no solution"
            solution = resting[0]
            solution[simplex.basic[basis[0]]] = values[0]
            tables = [model.rows[e, int(cases.mode[i, build])] for i, e in enumerate(model.involved)]
            first = [program.hulls.start[v] for v in cases.variant[:, build].tolist()]
            start = model.values_scaled[np.array(tables, dtype=np.int64) + np.array(first, dtype=np.int64)]
            if (start > model.never).all():
                worth = simplex.cost @ solution + start.sum() / model.precision
                assert worth >= score - 1
                n_checked += 1
    assert n_checked > 50


def test_kinds_tell_builds_with_other_variants_apart():
    for own in settings(60):
        program, cases = own.bounds.program, own.cases
        for build, kind in enumerate(cases.kind.tolist()):
            assert (program.variants[kind] == cases.variant[:, build]).all()
            closed = program.closed[kind][program.pieces]
            open_variants = {
                piece.variant for piece, is_closed in zip(program.hulls.pieces, closed, strict=True) if not is_closed
            }
            assert open_variants == set(cases.variant[:, build].tolist())


def test_some_builds_are_the_builds():
    own = settings(20)[0]
    rows = np.array([0])
    some = own.cases.take(rows)
    assert len(some) == 1
    assert some.entry.tolist() == own.cases.entry[:, rows].tolist()
    assert some.side.tolist() == own.cases.side[rows].tolist()
