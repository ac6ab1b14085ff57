"""The arguments of the main job: what they are, and what can be refused before any file is read."""

from __future__ import annotations

import argparse
import os

from ..errors import UsageError
from ..system.atomic_file import STDOUT, check_target
from .arguments import add_checkpoint_arguments, seconds_option, size_option, whole_option, workers_option

__all__ = ["add_arguments", "check_arguments"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``optimize``."""
    parser.add_argument("equipment", metavar="EQUIPMENT.csv", help="the pieces")
    parser.add_argument("output", metavar="OUT.csv", help="the builds, best first; - is standard output")
    parser.add_argument("config", metavar="CONFIG.json", help="what you value and demand")
    option = parser.add_argument
    option("--limit", metavar="N", type=whole_option(1), help="builds wanted, instead of the config's limit")
    option("--engine", choices=("auto", "bounded", "exhaustive"), default="auto", help="how to search (default: auto)")
    option("--workers", metavar="auto|N", type=workers_option, default="auto", help="worker processes (default: auto)")
    option("--backend", choices=("serial", "processes", "dask"), help="where workers run")
    option("--dask-scheduler", metavar="ADDRESS", help="a running Dask scheduler, for --backend dask")
    option("--memory", metavar="SIZE", type=size_option, help="memory ceiling, such as 512MiB or 2GB")
    option("--time-limit", metavar="SECONDS", type=seconds_option, help="write what is best so far after this time")
    option("--keep-combinations", action="store_true", help="keep every combination in memory, for python3 -i")
    option("--manifest", metavar="FILE.json", help="write what went in, what was done and what is proved")
    option("--report", metavar="FILE.html", help="write a page to look at: sort, filter, open and compare builds")
    option("--show", metavar="K", type=whole_option(1), help="print the first K builds as a table, on a terminal")
    add_checkpoint_arguments(option, "search")
    option("--spreadsheet-safe", action="store_true", help="defuse names that a spreadsheet would take for formulas")
    option("--quiet", action="store_true", help="no notices, no progress, no summary")


def check_arguments(args: argparse.Namespace) -> None:
    """Refuse what can be refused before any file is read."""
    if args.dask_scheduler is not None and args.backend != "dask":
        raise UsageError("--dask-scheduler needs --backend dask", "add --backend dask, or leave the address out")
    inputs = (args.equipment, args.config)
    check_target(args.output, inputs)
    written = {"builds": args.output}
    for what, path in (("manifest", args.manifest), ("report", args.report)):
        if path is None:
            continue
        check_target(path, inputs)
        for other, taken in written.items():
            if path == taken or _same_file(path, taken):
                raise UsageError(f"the {what} and the {other} would be the same file", "give them different names")
        written[what] = path
    if args.checkpoint is not None or args.resume:
        _check_checkpoint(args, inputs, written)


def _check_checkpoint(args: argparse.Namespace, inputs: tuple[str, ...], written: dict[str, str]) -> None:
    """Refuse a checkpoint that is missing, is there already, or is also something else."""
    # Only for whoever wants one: it brings in hashing.
    from ..system.checkpoint_file import check_checkpoint_path

    for other, taken in written.items():
        if args.checkpoint is not None and args.checkpoint != STDOUT and _same_file(args.checkpoint, taken):
            raise UsageError(f"the checkpoint and the {other} would be the same file", "give them different names")
    check_checkpoint_path(args.checkpoint, resume=args.resume, inputs=inputs)


def _same_file(first: str, second: str) -> bool:
    """Whether two targets, neither of which need exist, are one regular file."""
    for path in (first, second):
        if path == STDOUT or (os.path.exists(path) and not os.path.isfile(path)):
            return False
    return os.path.realpath(first) == os.path.realpath(second)
