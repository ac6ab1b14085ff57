"""The best build by OR-Tools CP-SAT, in a process of its own: it and highspy clash in one.

Reads a pickled model (of `milp.Model`'s shape) and a time cap from standard input
and prints JSON: whether the optimum was proved, its value, seconds, peak memory.
"""

from __future__ import annotations

import json
import pickle
import resource
import sys
import time


def main() -> None:
    """Solve and print."""
    from ortools.sat.python import cp_model

    cost, rows, cap_seconds = pickle.load(sys.stdin.buffer)
    model = cp_model.CpModel()
    variables = [model.new_bool_var(f"x{v}") for v in range(len(cost))]
    for entries, lower, upper in rows:
        total = sum(factor * variables[v] for v, factor in entries.items())
        model.add_linear_constraint(total, lower, upper)
    model.maximize(sum(worth * variable for worth, variable in zip(cost, variables, strict=True) if worth))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = cap_seconds
    solver.parameters.num_workers = 1
    started = time.perf_counter()
    status = solver.solve(model)
    print(
        json.dumps(
            {
                "proved": status == cp_model.OPTIMAL,
                "value": round(solver.objective_value) if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None,
                "seconds": time.perf_counter() - started,
                "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
