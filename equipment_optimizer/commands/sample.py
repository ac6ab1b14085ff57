"""The command ``sample``: measure a function on some data and print what follows.

In: ``MODULE:FUNCTION`` and a description of the data. Out: a table (or JSON) on
standard output. It knows nothing of equipment.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib
import json
import math
import os
import sys
import traceback
from collections.abc import Callable, Iterable
from typing import Any

from .. import sampling
from ..errors import EXIT_DONE, UsageError, printable
from ..sampling import Recommendation, optimize
from ..sampling.prediction.pickle_cost import in_one_line
from ..system.stopping import within
from ..units import parse_size
from .common.arguments import add_time_limit

__all__ = ["EXAMPLES", "add_arguments", "run"]

#: The sampler, and the modules of it that call a function.
_SAMPLER = f"{sampling.__name__}."
_CALLERS = (f"{_SAMPLER}_first_look", f"{_SAMPLER}_timed_run")

#: Characters of an item in a message.
_MOST_SHOWN = 60

EXAMPLES = ("math:sqrt --data range:100000",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sample``."""
    parser.add_argument("function", metavar="MODULE:FUNCTION", help="what to measure; called with one item")
    parser.add_argument(
        "--data",
        required=True,
        help="the items: a Python list such as '[1, 2, 3]', range:N, range:START:STOP, @FILE.json (an array), "
        "or @FILE (one item a line, as text)",
    )
    parser.add_argument("--samples", type=int, default=5, metavar="N", help="items to time (default 5)")
    parser.add_argument("--max-workers", type=int, metavar="N", help="upper limit of processes and threads")
    parser.add_argument("--memory", metavar="SIZE", help="upper limit of the workers' memory, such as 2GB")
    add_time_limit(parser.add_argument, "stop after this time, without an answer")
    parser.add_argument("--no-threads", action="store_true", help="the function must not run in several threads")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(args: argparse.Namespace, session: dict[str, Any]) -> int:
    """Prints what was measured and follows; leaves ``recommendation``. UsageError for what the function raises.

    What that prints goes to standard error.
    """
    try:
        # What the module and the function print is no part of the answer.
        with within(args.time_limit), contextlib.redirect_stdout(sys.stderr):
            recommendation = optimize(
                load_function(args.function),
                load_data(args.data),
                sample_size=args.samples,
                max_workers=args.max_workers,
                budget_bytes=None if args.memory is None else parse_size(args.memory),
                threads=False if args.no_threads else None,
            )
    except (Exception, SystemExit) as error:
        if (items := _items_of(error)) is None:
            raise
        message = f"{args.function} raised {in_one_line(error)}, for the item {_shortened(repr(items[0]))}"
        raise UsageError(message, "give items that the function takes; --verbose shows where it raised") from error
    session["recommendation"] = recommendation
    if args.json:
        print(json.dumps(as_json(recommendation), indent=2))
    else:
        _print_table(recommendation)
    return EXIT_DONE


def _items_of(error: BaseException) -> list[Any] | None:
    """The item whose call raised that, alone; None where no call did."""
    called_with = None
    for frame, _ in traceback.walk_tb(error.__traceback__):
        module = str(frame.f_globals.get("__name__"))
        if module in _CALLERS and "item" in frame.f_locals:
            called_with = [frame.f_locals["item"]]
        elif module.startswith(_SAMPLER) and called_with:
            # What looks at an item beside its call.
            return None
    return called_with


def _shortened(text: str) -> str:
    return printable(text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}...")


def load_function(text: str) -> Callable[[Any], Any]:
    """The function that ``MODULE:FUNCTION`` names; modules of the current folder are found too."""
    module_name, colon, path = text.partition(":")
    if not (module_name and colon and path):
        raise UsageError(f"not a function: {text!r}", "write MODULE:FUNCTION, such as math:sqrt")
    # `python -m` puts the current folder first; the installed command does not.
    if os.getcwd() not in sys.path and "" not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        target: Any = importlib.import_module(module_name)
    except ImportError as error:
        raise UsageError(f"cannot import {module_name}: {error}", "check the name and the current folder") from None
    except (Exception, SystemExit) as error:
        what = f"cannot import {module_name}: it raised {in_one_line(error)}"
        raise UsageError(what, "mend the module; --verbose shows where it raised") from error
    for name in path.split("."):
        try:
            target = getattr(target, name)
        except AttributeError:
            raise UsageError(f"{module_name} has no {path}", "check the name of the function") from None
    if not callable(target):
        raise UsageError(f"{text} cannot be called", "name a function of one argument")
    function: Callable[[Any], Any] = target
    return function


def load_data(text: str) -> Iterable[Any]:
    """The items that ``--data`` describes."""
    if text.startswith("@"):
        return _read_items(text[1:])
    if text.startswith("range:"):
        try:
            bounds = [int(part.replace("_", "")) for part in text.split(":")[1:]]
            items = range(*bounds)
        except (TypeError, ValueError):
            raise UsageError(f"not a range: {text!r}", "write range:N or range:START:STOP") from None
        try:
            len(items)
        except OverflowError:
            raise UsageError(f"too long a range: {text!r}", f"ask for {sys.maxsize} items at the most") from None
        return items
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise UsageError(f"not a Python list: {text!r}", "write '[1, 2, 3]', range:N or @FILE") from None
    if not isinstance(value, (list, tuple)):
        raise UsageError(f"not a list: {text!r}", "write '[1, 2, 3]', range:N or @FILE")
    return value


def _read_items(path: str) -> list[Any]:
    try:
        with open(path, encoding="utf-8") as file:
            if not path.endswith(".json"):
                return file.read().splitlines()
            value = json.load(file)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", "check the path") from None
    except ValueError as error:
        raise UsageError(f"cannot read {path}: {error}", "give UTF-8 text, or valid JSON in a .json file") from None
    if not isinstance(value, list):
        raise UsageError(f"not an array: {path}", "give a JSON file that holds one array")
    return value


def as_json(recommendation: Recommendation) -> dict[str, Any]:
    """Recommendation and measurements as JSON values; seconds and bytes as plain numbers."""
    sample = recommendation.sampling
    return {
        "executor": recommendation.executor,
        "n_jobs": recommendation.n_jobs,
        "chunksize": recommendation.chunksize,
        "estimated_speedup": recommendation.estimated_speedup,
        "predicted_seconds": recommendation.predicted_seconds,
        "predicted_intervals": {
            # Of data without a known length there is no upper end.
            name: [low, high if high < math.inf else None]
            for name, (low, high) in recommendation.predicted_intervals.items()
        },
        "reason": recommendation.reason,
        "bound_by": recommendation.bound_by,
        "warnings": list(recommendation.warnings),
        "sample": {
            "n_items": sample.n_items,
            "n_sampled": sample.n_sampled,
            "positions": list(sample.positions),
            "item_seconds": list(sample.item_seconds),
            "warm_up_seconds": sample.warm_up_seconds,
            "mean_seconds": sample.mean_seconds,
            "std_seconds": sample.std_seconds,
            "max_seconds": sample.max_seconds,
            "cpu_share": sample.cpu_share,
            "gil_free_share": sample.gil_free_share,
            "threads_started": sample.threads_started,
            "peak_bytes": sample.peak_bytes,
            "input_measurements": sample.input_measurements,
            "result_measurements": sample.result_measurements,
            "function_measurement": sample.function_measurement,
        },
    }


def _print_table(recommendation: Recommendation) -> None:
    """A table with lines on a terminal, plain columns elsewhere."""
    if sys.stdout.isatty():
        try:
            from rich.console import Console
            from rich.table import Table
        except ImportError:
            pass
        else:
            table = Table("measured", "value")
            for name, value in recommendation.rows():
                table.add_row(name, value)
            Console().print(table)
            return
    print(recommendation.explain())
