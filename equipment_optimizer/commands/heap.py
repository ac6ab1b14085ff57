"""The command ``heap``: run a job as a heap session would, and say what holds its memory.

In: equipment and configuration. Out: on standard output, guppy's partitions before
and after the job, and what each stage left on the heap. Builds are exported to the
null device: only the memory is of interest.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import EXIT_DONE, EXIT_FAILED, UsageError
from ..units import format_size
from .common.arguments import add_engine, add_files, add_limit, add_reading, add_time_limit, whole_option

if TYPE_CHECKING:
    from ..system.heap import HeapMeter, Partition, StageHeap

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES = ("equipment.csv config.json",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The job, and what to measure of it."""
    add_files(parser, "equipment", "config")
    option = parser.add_argument
    add_limit(option)
    add_engine(option)
    add_time_limit(option, "end the search after this time")
    add_reading(option)
    option("--keep-combinations", action="store_true", help="keep every combination, as a last stage")
    option("--rows", metavar="N", type=whole_option(1), default=10, help="rows of each table (default 10)")
    option("--trace", action="store_true", help="trace allocations: peaks of stages instead of resident memory")
    option("--json", action="store_true", help="print JSON instead of tables")
    option("--compare", action="store_true", help="measure other ways to hold all combinations instead (minutes)")


def run(args: argparse.Namespace, session: dict[str, Any]) -> int:
    """Leaves ``equipment``, ``config`` and ``combinations``, so that a session can look at them with guppy."""
    if args.compare:
        return _compare(args)
    from ..system.heap import HeapMeter

    meter = HeapMeter(trace=args.trace)
    try:
        before = meter.partitions(args.rows)
        stages = _stages(args, meter, session)
        after = meter.partitions(args.rows)
    finally:
        meter.close()
    if args.json:
        import json

        report = {
            "stages": [asdict(stage) for stage in stages],
            "before": [asdict(partition) for partition in before],
            "after": [asdict(partition) for partition in after],
        }
        print(json.dumps(report, indent=2))
    else:
        print(_text(stages, before, after))
    return EXIT_DONE


def _stages(args: argparse.Namespace, meter: HeapMeter, session: dict[str, Any]) -> list[StageHeap]:
    """Run the job stage by stage; what a session would hold stays held."""
    stages = [meter.stage("started")]
    from ..loading.jobs import load_job
    from ..output.csv_file import write_csv
    from ..pipeline import optimize
    from ..problem.compile import compile_problem
    from ..problem.selection import select_pieces
    from ..records.combinations import EquipmentCombinationList
    from ..records.space import CombinationSpace
    from ..search.memory_plan import refuse_to_keep
    from ..system.machine import available_bytes

    stages.append(meter.stage("imported"))
    table, config, _ = load_job(
        args.equipment, args.config, limit=args.limit, encoding=args.encoding, strict=args.strict
    )
    stages.append(meter.stage("loaded"))
    chosen = select_pieces(table, config)
    problem = compile_problem(chosen, config)
    stages.append(meter.stage("compiled"))
    # The pipeline compiles for itself.
    del problem
    results = optimize(table, config, engine=args.engine, time_limit=args.time_limit)
    stages.append(meter.stage("searched"))
    write_csv(results, os.devnull)
    stages.append(meter.stage("exported"))
    session.update(equipment=results.table, config=config, combinations=results.combinations)
    if args.keep_combinations:
        n_combinations = CombinationSpace.of(results.table).n_combinations
        kept_bytes = n_combinations * EquipmentCombinationList.bytes_per_combination(results.table)
        refuse_to_keep(n_combinations, kept_bytes, available_bytes())
        session["combinations"] = EquipmentCombinationList.whole_space(results.table)
        stages.append(meter.stage("kept"))
    return stages


def _text(stages: list[StageHeap], before: tuple[Partition, ...], after: tuple[Partition, ...]) -> str:
    """Everything, for people."""
    from ..system.heap import format_partition

    measure = "traced peak" if stages[0].traced_peak_bytes is not None else "resident"
    lines = [f"{'stage':<10} {'objects':>9} {'heap bytes':>12} {'change':>10} {measure:>12}"]
    last = stages[0].n_bytes
    for stage in stages:
        figure = stage.resident_bytes if stage.traced_peak_bytes is None else stage.traced_peak_bytes
        shown = "unknown" if figure is None else format_size(figure)
        lines.append(
            f"{stage.name:<10} {stage.n_objects:>9} {stage.n_bytes:>12} {stage.n_bytes - last:>+10} {shown:>12}"
        )
        last = stage.n_bytes
    for title, partitions in (("Before the job", before), ("After the job", after)):
        lines += ["", f"== {title} =="]
        for partition in partitions:
            lines += ["", format_partition(partition)]
    return "\n".join(lines)


def _compare(args: argparse.Namespace) -> int:
    """Hand over to the comparison of representations, which only a checkout has."""
    script = Path(__file__).parents[2] / "benchmarks" / "memory" / "memory_table.py"
    if not script.is_file():
        raise UsageError("this is an installed package, and the comparison is not part of it", "run it in a checkout")
    words = ["--equipment", args.equipment, "--config", args.config, *(["--json"] if args.json else [])]
    return subprocess.run([sys.executable, script, *words], check=False).returncode and EXIT_FAILED
