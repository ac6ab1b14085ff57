"""One search in a process of its own: what it took and what it found, as JSON.

    python benchmarks/search/filling_search.py EQUIPMENT.csv CONFIG.json N CAP_SECONDS

Seconds are those that the engine reports: from the compiled problem to the proved
list, reading, compiling and the writing of fillings excluded; processor seconds are
of the same span. Peak memory is that of the process when the search is done.
"""

from __future__ import annotations

import json
import sys
import time

# Imported here, or their import would count as processor time of the search.
import highspy  # noqa: F401

import equipment_optimizer.search.bounded.run  # noqa: F401
from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.selection import select_pieces
from equipment_optimizer.records.results import format_score
from equipment_optimizer.search.engines import SearchOptions, search
from equipment_optimizer.system.machine import peak_rss_bytes
from equipment_optimizer.system.stopping import StopFlag


def main() -> None:
    """Search and print."""
    equipment, settings, limit, cap_seconds = sys.argv[1:5]
    table, config, _ = load_job(equipment, settings)
    problem = compile_problem(select_pieces(table, config), config)
    flag = StopFlag(float(cap_seconds))
    began = time.process_time()
    outcome = search(problem, int(limit), SearchOptions(engine="bounded", should_stop=flag.is_set))
    cpu = time.process_time() - began
    report = outcome.report
    answer = {
        "seconds": report.elapsed_seconds,
        "cpu": cpu,
        "peak": peak_rss_bytes(),
        "proved": report.proved,
        "gap": str(report.gap),
        "n_combinations": report.n_combinations,
        "enumerated": report.counts["enumerated"],
        "nodes": report.nodes,
        "scores": [format_score(int(score), problem.digits) for score in outcome.scores],
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
