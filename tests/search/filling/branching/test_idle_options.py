"""Which options add nothing hangs on what was chosen before, for decorations on their own and together."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.search.filling.branching._idle_options import IdleOptions
from equipment_optimizer.search.filling.tables.steps import FillingModel


def model_of() -> FillingModel:
    """One jewel of two skills, then one of the first alone, of which two levels count."""
    jewels = [
        Decoration(name="Both", slot_level=2, skills=(("A", 1), ("B", 1))),
        Decoration(name="First", slot_level=1, skills=(("A", 1),)),
    ]
    values = {"A": (0, 1, 2), "B": (0, 1)}
    config = Config(
        body_parts={"Head": 1},
        decorations=jewels,
        skills={skill: SkillRule(values=tuple(map(Decimal, worth))) for skill, worth in values.items()},
        slot_weights=(Decimal(0),) * 4,
        slot_count_weight=Decimal(0),
    )
    pieces = [EquipmentPiece("Cap", "Head", slots=(2, 2, 0, 0))]
    return FillingModel(compile_problem(EquipmentTable.from_pieces(pieces, body_parts={"Head": 1}), config))


def test_idle_is_what_does_as_well_without_its_last_decoration() -> None:
    model = model_of()
    alone, together = model.steps[:2]
    assert (alone.feature, together.feature >= 0) == (-1, True)
    levels = np.array([[0, 1, 2, 2], [0, 1, 0, 1]])
    idle, builds = IdleOptions(model, levels), np.arange(4)
    counts = alone.options.counts[:, 0].tolist()
    # Of each build the counts of the jewel of both skills that are idle.
    assert [
        {n for n, is_idle in zip(counts, column, strict=True) if is_idle} for column in idle.of(alone, 0, builds).T
    ] == [set(counts) - {0, 1, 2}, set(counts) - {0, 1}, set(counts) - {0, 1}, set(counts) - {0}]
    supply = together.options.supply.tolist()
    of_first = [{0, 1, 2}, {0, 1}, {0}, {0}]
    for wanted, column in zip(of_first, idle.of(together, 1, builds).T, strict=True):
        assert {n for n, is_idle in zip(supply, column, strict=True) if not is_idle} == wanted & set(supply)


def test_what_was_chosen_counts_for_the_steps_after() -> None:
    model = model_of()
    idle, one = IdleOptions(model, np.zeros((2, 2), dtype=np.int64)), np.array([1])
    idle.take(one, np.array([[1], [1]]))
    assert idle.entry.tolist() == [[0, 1], [0, 1]]
    idle.take(one, np.array([[5], [5]]))
    assert idle.entry[:, 1].tolist() == idle.last[:, 0].tolist()
    supply, useful = model.steps[1].options.supply, ~idle.of(model.steps[1], 1, np.arange(2))
    assert supply[useful[:, 0]].max() == 2
    assert supply[useful[:, 1]].max() == 0
