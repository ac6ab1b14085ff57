"""What is said of columns of a basis, by solving for its basic columns."""

import numpy as np
from fillings import Setting, settings

from equipment_optimizer.search.filling.branching._level_moves import MOST_TOLD, LevelMoves
from equipment_optimizer.search.filling.branching.branching import Branching


def moves_of_bases(own: Setting) -> list[tuple[int, LevelMoves]]:
    """Those of some bases that builds came by, as far as anything is known of them, with their numbers."""
    branching = Branching(own.bounds, own.completion, own.cases, floor=np.full(len(own.cases), -(2**40)))
    branching.run(lambda best: best, lambda: False)
    numbers = range(min(6, own.bounds.program.simplex.n_bases))
    moves = [(number, LevelMoves.of(own.bounds, number, 0)) for number in numbers]
    return [(number, of_basis) for number, of_basis in moves if of_basis.losses[0] >= 0]


def test_steps_are_those_of_the_program() -> None:
    n_steps = 0
    for own in settings(30):
        program = own.bounds.program
        matrix, n_basic = program.simplex.matrix, len(program.simplex.matrix)
        for _, moves in moves_of_bases(own):
            columns = np.linalg.solve(matrix[:, moves.basic], matrix)
            levels = np.zeros((matrix.shape[1], program.levels.shape[1]))
            levels[: program.n_decorated] = program.levels
            for step in moves.steps[moves.most_steps > 0] / moves.determinant:
                # Some column that is not basic goes from where it rests by one, and basic ones make up for it.
                change = np.where(moves.is_high, 1.0, -1.0)[:, None] * columns.T
                alike = np.abs(change - step[:n_basic]).max(axis=1) < 1e-6
                alike[moves.basic] = False
                given = np.where(moves.is_high, -1.0, 1.0)[:, None] * levels + change @ levels[moves.basic]
                assert (np.abs(given - step[n_basic:]).max(axis=1)[alike] < 1e-6).any()
                assert step[n_basic:].any()
                n_steps += 1
    assert n_steps > 100


def test_the_cheapest_columns_come_first_and_none_lowers_a_row_for_less() -> None:
    n_cheaper = 0
    for own in settings(30):
        program = own.bounds.program
        n_basic = len(program.simplex.matrix)
        for _, moves in moves_of_bases(own):
            assert (np.diff(moves.losses) >= 0).all()
            assert moves.steps.shape == (MOST_TOLD, n_basic + program.levels.shape[1])
            for t in range(MOST_TOLD):
                for least, does in ((moves.lowers, moves.steps[t] < 0), (moves.raises, moves.steps[t] > 0)):
                    assert (least[t + 1] <= least[t]).all()
                    assert (least[t + 1][does[:n_basic]] <= moves.losses[t]).all()
                    n_cheaper += int((least[t + 1] < least[t]).sum())
    assert n_cheaper > 100
