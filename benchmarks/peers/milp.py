"""What one would use instead: a mixed-integer program, the best N by adding no-good cuts.

The model is exact: a binary variable for every piece, and one for every value that
a total which is not linear can take. After each optimum a cut forbids that
combination and the solver runs again. Scores are computed again in integers from
the pieces that the solver picked.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.problem.scoring import score_columns


@dataclass(frozen=True)
class Model:
    """A problem as columns and rows of a 0/1 program.

    Attributes
    ----------
    cost : list of int
        Worth of each variable; pieces first, part by part.
    rows : list of (dict of int to int, int, int)
        Coefficients by variable, lower and upper limit.
    starts : list of int
        First variable of each part.
    """

    cost: list[int]
    rows: list[tuple[dict[int, int], int, int]]
    starts: list[int]


def make_model(problem: Problem) -> Model:
    """The 0/1 program of a problem without bonuses, raised maxima and decorations."""
    if not problem.is_separable:
        raise ValueError("only plain sums of functions of totals")
    cost: list[int] = []
    starts: list[int] = []
    rows: list[tuple[dict[int, int], int, int]] = []
    for part, count in zip(problem.parts, problem.space.counts, strict=True):
        starts.append(len(cost))
        cost += part.linear.tolist()
        rows.append((dict.fromkeys(range(starts[-1], len(cost)), 1), count, count))
    for f, feature in enumerate(problem.features):
        base = int(problem.base_levels[f])
        low = feature.low if feature.minimum is None else max(feature.low, feature.minimum)
        total: dict[int, int] = {}
        for start, part in zip(starts, problem.parts, strict=True):
            total.update({start + i: level for i, level in enumerate(part.levels[:, f].tolist()) if level})
        first = len(cost)
        values = range(low, feature.high + 1)
        cost += [feature.value.at(x) for x in values]
        rows.append(({first + i: 1 for i in range(len(values))}, 1, 1))
        total.update({first + i: -x for i, x in enumerate(values) if x})
        rows.append((total, -base, -base))
    return Model(cost, rows, starts)


@dataclass(frozen=True)
class Answer:
    """Scaled scores found, best first, and the seconds that the solver took for each."""

    scores: list[int]
    seconds: list[float]


def best_by_milp(problem: Problem, limit: int, cap_seconds: float) -> Answer:
    """The best `limit` scores by HiGHS, one after the other, as far as the time goes."""
    import highspy

    model = make_model(problem)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 0.5)
    n_columns = len(model.cost)
    solver.addVars(n_columns, np.zeros(n_columns), np.ones(n_columns))
    columns = np.arange(n_columns, dtype=np.int32)
    solver.changeColsCost(n_columns, columns, np.array(model.cost, dtype=np.float64))
    solver.changeColsIntegrality(n_columns, columns, np.array([highspy.HighsVarType.kInteger] * n_columns))
    solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
    for entries, lower, upper in model.rows:
        index = np.array(list(entries), dtype=np.int32)
        solver.addRow(lower, upper, len(index), index, np.array(list(entries.values()), dtype=np.float64))
    answer = Answer([], [])
    left = cap_seconds
    while len(answer.scores) < limit and left > 0:
        solver.setOptionValue("time_limit", solver.getRunTime() + left)
        started = time.perf_counter()
        solver.run()
        seconds = time.perf_counter() - started
        left -= seconds
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            break
        picked = np.flatnonzero(np.array(solver.getSolution().col_value)[: sum(problem.space.sizes)] > 0.5)
        bounds = [*model.starts, sum(problem.space.sizes)]
        indices = [v - max(start for start in bounds if start <= v) for v in picked.tolist()]
        score = score_columns(problem, [np.array([i]) for i in indices])
        answer.scores.append(int(score[0]))
        answer.seconds.append(seconds)
        solver.addRow(0, len(picked) - 1, len(picked), picked.astype(np.int32), np.ones(len(picked)))
    return answer


def main() -> None:
    """Read a pickled problem, a limit and a cap from standard input; print JSON."""
    import json
    import pickle
    import resource
    import sys

    problem, limit, cap_seconds = pickle.load(sys.stdin.buffer)
    answer = best_by_milp(problem, limit, cap_seconds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"scores": answer.scores, "seconds": answer.seconds, "peak": peak}))


if __name__ == "__main__":
    main()
