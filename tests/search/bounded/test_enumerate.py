"""The walk lists exactly what lies within the slack, and its measures never understate."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import numpy as np
import pytest
from listings import PRECISION, Fixed, OnlyFirst, listed, setting
from random_limits import with_limits
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.scoring import score_columns
from equipment_optimizer.records.config import Config
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.bounded import _enumerate as enumerating
from equipment_optimizer.search.bounded import _shortfalls as shortfalls
from equipment_optimizer.search.bounded._enumerate import Chunk, Enumeration
from equipment_optimizer.search.relaxation.bounds import NOTHING, Multipliers, relax, root_box
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces


@pytest.mark.parametrize("entries", [2**15, 8, 2])
@pytest.mark.parametrize("seed", range(60))
def test_everything_within_the_slack_is_listed_once_and_nothing_else(
    seed: int, entries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shortfalls, "_MAX_TABLE", entries)
    _, _, listing, _ = setting(seed)
    every = listed(listing, 2**60)
    measures = sorted(every.values())
    for slack in (0, measures[0], measures[len(measures) // 2], measures[-1]):
        assert listed(listing, slack) == {pick: own for pick, own in every.items() if own <= slack}


@pytest.mark.parametrize("entries", [2**15, 8, 2])
@pytest.mark.parametrize("seed", range(60))
def test_no_combination_scores_more_than_the_bound_less_its_measure(
    seed: int, entries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shortfalls, "_MAX_TABLE", entries)
    problem, classes, listing, relaxed = setting(seed)
    every = listed(listing, 2**60)
    positions = [classes[part] for part in problem.positions]
    columns = [own.first[np.array(pick)] for own, pick in zip(positions, zip(*every, strict=True), strict=True)]
    scores = score_columns(problem, columns)
    for score, measure in zip(scores.tolist(), every.values(), strict=True):
        assert score == NO_BUILD or score * PRECISION <= relaxed.bound_scaled - measure
        if entries == 2**15 and not problem.bonus_names and not any(f.raised_value for f in problem.features):
            assert score == NO_BUILD or score * PRECISION == relaxed.bound_scaled - measure


@pytest.mark.parametrize("seed", range(40))
def test_chunks_of_any_size_list_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, listing, relaxed = setting(seed)
    slack = sum(int(loss.max()) for loss in relaxed.loss) // 2
    whole = listed(listing, slack)
    monkeypatch.setattr(enumerating, "CHUNK_ROWS", 3)
    assert listed(listing, slack) == whole


@pytest.mark.parametrize("seed", range(30))
def test_what_is_used_under_further_prices_is_what_the_whole_combination_uses(seed: int) -> None:
    problem, classes, listing, relaxed = setting(seed)
    rng, box = random.Random(seed), root_box(problem)
    prices = [Multipliers(tuple(rng.randint(-300, 300) for _ in box.low)) for _ in range(2)]
    further = [relax(problem, classes, box, price, PRECISION) for price in prices]
    slack = sum(int(loss.max()) for loss in relaxed.loss) // 2
    every = {tuple(pick) for chunk in listing.leaves(Fixed(slack)) for pick in chunk.picks.T.tolist()}
    listing.use_extra_prices(further)
    bound = min(own.bound_scaled for own in further)
    least = bound - sum(int(loss.max()) for loss in further[0].loss) // 8
    for chunk in listing.leaves(Fixed(slack, least)):
        assert tuple(own for own, _ in chunk.used) == tuple(further)
        for (own, tables), (_, used) in zip(listing._further, chunk.used, strict=True):
            assert used.tolist() == listing._measured(own, tables, chunk).tolist()
            assert (used <= own.bound_scaled - least).all()
        every -= {tuple(pick) for pick in chunk.picks.T.tolist()}
    for pick in every:  # dropped: by one of the further prices at least
        totals = listing.root().totals[:, 0] + sum(
            classes[b].totals[i] for b, i in zip(listing.steps, pick, strict=True)
        )
        whole = Chunk(np.array(pick)[:, None], np.zeros(1, dtype=int), np.zeros(1, dtype=int), totals[:, None])
        uses = [int(listing._measured(own, tables, whole)[0]) for own, tables in listing._further]
        assert any(use > own.bound_scaled - least for use, own in zip(uses, further, strict=True))


@pytest.mark.parametrize("seed", range(40))
def test_totals_without_a_table_are_judged_when_complete_or_not_at_all(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, tight, relaxed = setting(seed)
    monkeypatch.setattr(shortfalls, "_MAX_TABLE", 1)
    problem, classes, loose, _ = setting(seed)
    slack = sum(int(loss.max()) for loss in relaxed.loss) // 2
    assert set(listed(tight, slack)) <= set(listed(loose, slack))
    assert problem.n_features >= 0
    assert len(classes) == len(problem.parts)


@pytest.mark.parametrize("seed", range(40))
def test_rows_that_are_not_kept_have_no_continuations(seed: int) -> None:
    _, _, listing, _ = setting(seed)
    every = listed(listing, 2**60)
    wanted = {pick for pick in every if pick[int(np.argmin(listing.step_of_position))] == 0}
    found = set()
    for chunk in listing.leaves(OnlyFirst(2**60)):
        found.update(zip(*chunk.picks[listing.step_of_position].tolist(), strict=True))
    assert found == wanted


@pytest.mark.parametrize("seed", range(4))
def test_a_chunk_is_what_its_parts_are_joined_to(seed: int) -> None:
    listing = setting(seed)[2]
    for chunk in listing.leaves(Fixed(2**60)):
        counted = replace(chunk, times=np.arange(chunk.loss.size), used=((listing.relaxed, chunk.loss),))
        middle = chunk.loss.size // 2
        joined = Chunk.joined([counted.take(np.arange(middle)), counted.take(np.arange(middle, chunk.loss.size))])
        for name in ("picks", "loss", "shortfall", "totals", "times"):
            assert getattr(joined, name).tolist() == getattr(counted, name).tolist()
        assert joined.used[0][0] is listing.relaxed
        assert joined.used[0][1].tolist() == chunk.loss.tolist()


@pytest.mark.parametrize("n_parts", [4, 40])
def test_alike_combinations_are_counted_exactly_also_beyond_64_bits(n_parts: int) -> None:
    parts = [f"Part {number}" for number in range(n_parts)]
    pieces = [EquipmentPiece(f"{part} {number}", part) for part in parts for number in range(3)]
    table = EquipmentTable.from_pieces(pieces, body_parts=dict.fromkeys(parts, 1))
    problem = compile_problem(table, Config(body_parts=tuple((part, 1) for part in parts)))
    classes, box = merge_pieces(problem), root_box(problem)
    relaxed = relax(problem, classes, box, Multipliers((0,) * len(box.low)), 1)
    listing = Enumeration(problem, classes, box, relaxed)
    merged = listing.merged_leaves(Fixed(0), lambda chunk: chunk)
    assert merged is not None
    assert merged.times is not None
    assert merged.times.tolist() == [3**n_parts]
    assert merged.times.dtype == (np.int64 if n_parts == 4 else object)


@pytest.mark.parametrize("seed", range(12))
def test_a_chunk_holds_one_row_at_least(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = listed(setting(seed)[2], 2**60)
    monkeypatch.setattr(enumerating, "CHUNK_ROWS", 1)
    assert listed(setting(seed)[2], 2**60) == whole


def test_further_prices_rule_out_nothing_where_every_score_matters() -> None:
    problem, classes, listing, relaxed = setting(1)
    whole = listed(listing, 2**60)
    listing.use_extra_prices([relax(problem, classes, root_box(problem), relaxed.multipliers, PRECISION)])
    found = [chunk.loss.size for chunk in listing.leaves(Fixed(2**60, -(2**63)))]
    assert sum(found) == len(whole)


@pytest.mark.parametrize("seed", range(30))
def test_what_clashes_is_not_listed_and_every_build_is(seed: int) -> None:
    rng = random.Random(seed)
    job = with_limits(rng, random_job(rng, full=seed % 2 > 0, n_most=3), {"drawn", "optional", "several"})
    problem = compile_problem(job.table, job.config)
    classes, box, space = merge_pieces(problem), root_box(problem), problem.space
    relaxed = relax(problem, classes, box, Multipliers((0,) * len(box.low)), PRECISION)
    if relaxed.bound_scaled <= NOTHING or not 0 < space.n_ranks <= 3_000:
        return
    found = listed(Enumeration(problem, classes, box, relaxed), 2**60)
    for (p, own), (q, other) in itertools.combinations(enumerate(problem.positions), 2):
        clashes, repeated = space.clashes(own, other), classes[own].repeated
        for pick in found:
            assert clashes is None or not clashes[pick[p], pick[q]]
            assert own != other or pick[p] < pick[q] or pick[p] == pick[q] == repeated
    class_of = [np.empty(len(part.members), dtype=np.int64) for part in classes]
    for part, numbers in zip(classes, class_of, strict=True):
        numbers[part.members] = np.repeat(np.arange(len(part)), part.sizes)
    columns = space.block(0, space.n_ranks)
    is_first = space.are_first(columns)
    picks = [class_of[b][column] for b, column in zip(problem.positions, columns, strict=True)]
    scores = score_columns(problem, columns)
    wanted = (scores != NO_BUILD) & (True if is_first is None else is_first)
    assert {tuple(pick) for pick in np.array(picks).T[wanted].tolist()} <= set(found)
