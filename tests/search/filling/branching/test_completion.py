"""Completed counts fit, contain what they began with, and score by definition."""

import numpy as np
from fillings import score_of, settings

from equipment_optimizer.records.vocabulary import NO_BUILD


def test_scores_are_those_of_the_definition():
    rng = np.random.default_rng(3)
    n_scored = 0
    for own in settings(90):
        program, n_builds = own.bounds.program, len(own.cases)
        for high in (1, 2, 4):
            counts = rng.integers(0, high, (n_builds, program.n_decorated))
            scores = own.completion.scores(own.cases, counts)
            wanted = [score_of(own, build, counts[build]) for build in range(n_builds)]
            assert scores.tolist() == wanted
            n_scored += sum(score > NO_BUILD for score in wanted)
    assert n_scored > 200


def test_slots_left_free_are_worth_what_a_score_counts_for_them():
    rng = np.random.default_rng(5)
    for own in settings(60):
        program, slots = own.bounds.program, own.totals.slots
        counts = rng.integers(0, 3, (len(own.cases), program.n_decorated))
        worth = own.completion.free_worth(slots, counts)
        for build, own_worth in enumerate(worth.tolist()):
            fits = all(
                sum(counts[build, program.place >= k]) <= sum(slots[k:, build])
                for k in range(len(slots))
                if own.problem.slot_levels == tuple(sorted(own.problem.slot_levels))
            )
            if not fits:
                assert own_worth == NO_BUILD
            if own_worth > NO_BUILD:
                left = own.completion.left(slots[:, [build]], counts[[build]])
                assert own_worth == int((own.model.free_values @ left)[0])


def test_completing_adds_and_never_loses():
    rng = np.random.default_rng(4)
    for own in settings(60):
        program, n_builds = own.bounds.program, len(own.cases)
        counts = rng.integers(0, 2, (n_builds, program.n_decorated))
        before = own.completion.scores(own.cases, counts)
        completed, after = own.completion.complete(own.cases, np.arange(n_builds), counts, program.most)
        assert (completed >= counts).all()
        assert (after >= before).all()
        fits = after > NO_BUILD
        assert own.completion.scores(own.cases, completed)[fits].tolist() == after[fits].tolist()
        assert (completed[fits] <= np.maximum(program.most, counts[fits])).all()
