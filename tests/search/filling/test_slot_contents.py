"""Contents of slots, picked and put together, are those of each build; options and counts say the same."""

import numpy as np
from fillings import settings

from equipment_optimizer.search.filling._slot_contents import contents_of_counts, contents_of_paths, together


def random_paths(own, rng):
    """Some option of each step, slots that are enough for them, and the counts of each decoration."""
    model, n_builds = own.model, 6
    path = np.array([rng.integers(0, len(step.options.supply), n_builds) for step in model.steps]).reshape(-1, n_builds)
    slots = np.zeros((len(model.most_slots), n_builds), dtype=np.int64) + rng.integers(0, 3, n_builds)
    counts = np.zeros((n_builds, len(model.decorations.index)), dtype=np.int64)
    for step, option in zip(model.steps, path, strict=True):
        slots += step.options.use[option].T
        counts[:, list(step.decorations)] += step.options.counts[option]
    return path, slots, counts


def as_dicts(contents):
    starts = np.cumsum(contents.n_kinds) - contents.n_kinds
    pairs = list(zip(contents.decoration.tolist(), contents.count.tolist(), strict=True))
    return [dict(pairs[a : a + n]) for a, n in zip(starts.tolist(), contents.n_kinds.tolist(), strict=True)]


def test_paths_hold_what_their_options_take():
    rng = np.random.default_rng(6)
    for own in settings(40):
        path, slots, counts = random_paths(own, rng)
        contents = contents_of_paths(own.model, path, slots)
        for build, filled in enumerate(as_dicts(contents)):
            alone = {d: n for d, n in enumerate(counts[build].tolist()) if n}
            in_free = {d: n for d, n in filled.items() if d in own.model.free_contents}
            assert {d: n for d, n in filled.items() if d not in in_free} == alone
            assert sum(filled.values()) + contents.free[build].sum() == slots[:, build].sum()


def test_counts_by_column_are_summed_by_decoration():
    rng = np.random.default_rng(7)
    for own in settings(40):
        program, free = own.bounds.program, rng.integers(0, 3, (len(own.model.most_slots), 4))
        columns = rng.integers(0, 3, (4, program.n_decorated))
        contents = contents_of_counts(program, columns, free)
        for build, filled in enumerate(as_dicts(contents)):
            for d in np.unique(program.decoration).tolist():
                assert filled.get(d, 0) == columns[build][program.decoration == d].sum()
            assert sum(filled.values()) + contents.free[build].sum() == columns[build].sum() + free[:, build].sum()


def test_some_builds_keep_their_contents_however_often_they_are_named():
    rng = np.random.default_rng(8)
    for own in settings(40):
        path, slots, _ = random_paths(own, rng)
        contents = contents_of_paths(own.model, path, slots)
        rows = rng.integers(0, path.shape[1], 9)
        twice = together(own.model, [contents, contents])
        assert as_dicts(contents.of(rows)) == [as_dicts(contents)[row] for row in rows.tolist()]
        assert as_dicts(twice) == 2 * as_dicts(contents)
        assert twice.free.tolist() == 2 * contents.free.tolist()
        written = contents.of(rows).written(own.model)
        assert written.start.tolist() == [0, *np.cumsum(contents.n_kinds[rows]).tolist()]
        assert written.free_slots.sum() == contents.free[rows].sum()
    assert len(together(own.model, []).n_kinds) == 0
