"""The tables of MEMORY_INVESTIGATION.md and of the documentation, from measurements made now.

    python benchmarks/memory/memory_table.py            prints the comparison of representations
    python benchmarks/memory/memory_table.py --write    measures everything, and rewrites the tables

Every measurement is made in a process of its own. Before anything is printed, the
scores that all representations read back are checked to be the same.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

# Helpers lie above this folder and in those beside it; the package is that of the checkout, installed or not.
BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCHMARKS.parent), str(BENCHMARKS), *map(str, BENCHMARKS.glob("*/"))]

from process_peaks import measure as measure_process
from random_equipment import skills_of, write_equipment
from representations import MEASURES, REPRESENTATIONS

ROOT = str(BENCHMARKS.parent)
EQUIPMENT = "example_data/equipment.csv"
CONFIG = "example_data/config.json"
DOCUMENT = "MEMORY_INVESTIGATION.md"
SITE = "docs/speed.md"
RECORD = "benchmarks/memory_recorded.json"
MIB = 1 << 20

#: What each import is for, in the order of the table. A line is a module, and who needs it.
IMPORTS = {
    "numpy": "every job",
    "equipment_optimizer.pipeline": "every job (with numpy)",
    "highspy": "a bounded search (with numpy)",
    "multiprocessing.pool": "nobody",
    "pandas": "`to_dataframe()` (with numpy)",
    "rich.progress": "progress on a terminal",
    "guppy; guppy.hpy().heap()": "`heap`",
    "dask.distributed": "`--backend dask`",
}

#: Whole runs: title, sizes of random equipment (None: the example), options.
RUNS: tuple[tuple[str, str | None, str], ...] = (
    ("the example", None, ""),
    ("the example, keeping all combinations", None, "--keep-combinations"),
    ("2.0e5 combinations, exhaustive", "8x8x8x8x7x7", "--engine exhaustive --workers 1"),
    ("2.4e7 combinations, exhaustive", "17x17x17x17x17x17", "--engine exhaustive --workers 1"),
    ("1.0e8, exhaustive", "22x22x22x22x21x21", "--engine exhaustive --workers 1 --memory 150MiB"),
    ("1.0e8, exhaustive, 2 workers", "22x22x22x22x21x21", "--engine exhaustive --workers 2 --memory 150MiB"),
    ("1.0e8, 8 workers wanted", "22x22x22x22x21x21", "--engine exhaustive --workers 8 --memory 150MiB"),
    ("1.0e8, 2 workers wanted, low", "22x22x22x22x21x21", "--engine exhaustive --workers 2 --memory 40MiB"),
    (
        "1.0e8, a million builds",
        "22x22x22x22x21x21",
        "--engine exhaustive --workers 2 --limit 1000000 --memory 150MiB",
    ),
    ("1.0e8, bounded", "22x22x22x22x21x21", "--engine bounded"),
    ("1.0e15, bounded", "335x317x316x311x316x317", ""),
)


def measure_representations(equipment: str, config: str, measures: Sequence[str] = MEASURES) -> list[dict[str, Any]]:
    """Every figure of every representation, in the order of the registry.

    Raises
    ------
    SystemExit
        If two of them read different scores.
    """
    results = []
    for name, own in REPRESENTATIONS.items():
        figures: dict[str, Any] = {"name": name, "title": own.title}
        for what in measures:
            figures.update(_json_of("benchmarks/memory/representations.py", name, what, equipment, config))
        results.append(figures)
    if "resident" in measures and len({figures["scores_sha256"] for figures in results}) != 1:
        raise SystemExit("the representations do not hold the same combinations")
    return results


def _json_of(*command: str) -> dict[str, Any]:
    """What a script of this checkout prints."""
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def measure_imports() -> list[dict[str, Any]]:
    """Peak resident memory of importing one thing in a fresh interpreter, beyond that of the interpreter."""
    bare = measure_process([sys.executable, "-c", "pass"], cwd=ROOT)["own_peak_bytes"]
    rows = [{"module": "(the interpreter)", "needed_by": "everything", "rss_bytes": bare}]
    for module, needed_by in IMPORTS.items():
        taken = measure_process([sys.executable, "-c", f"import {module}"], cwd=ROOT)
        if taken["exit_code"] == 0:
            rows.append({"module": module, "needed_by": needed_by, "rss_bytes": taken["own_peak_bytes"] - bare})
    return rows


def measure_runs() -> list[dict[str, Any]]:
    """Peaks of whole runs."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for title, sizes, options in RUNS:
            path = EQUIPMENT
            if sizes is not None:
                path = os.path.join(folder, f"{sizes}.csv")
                write_equipment(path, [int(size) for size in sizes.split("x")], skills_of(os.path.join(ROOT, CONFIG)))
            command = [sys.executable, "main.py", path, os.devnull, CONFIG, *options.split()]
            taken = measure_process(command, cwd=ROOT)
            if taken["exit_code"] != 0:
                raise SystemExit(f"{title}: {taken['stderr']}")
            needed = re.search(r"memory: about ([\d.]+ \w+) of", taken["stderr"])
            keys = ("own_peak_bytes", "tree_peak_bytes", "tree_proportional_bytes")
            row = {"title": title, "sizes": sizes, "options": options, **{key: taken[key] for key in keys}}
            rows.append({**row, "estimate": needed[1] if needed else None})
    return rows


# --- tables --------------------------------------------------------------------------


def limit_bits(n_combinations: int) -> float:
    """Information in one combination of a space, in bits."""
    return math.log2(n_combinations)


def table_of(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column is text, the others are numbers."""
    lines = [f"| {' | '.join(headings)} |", f"|---|{'---:|' * (len(headings) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def bytes_each(figures: dict[str, Any]) -> float:
    """Heap bytes of one combination."""
    each: float = figures["heap_bytes"] / figures["n_combinations"]
    return each


def each_text(each: float) -> str:
    """Bytes per combination for a table."""
    return f"{each:.2f}" if each >= 0.1 else f"{each:.4f}"


def full_table(results: Sequence[dict[str, Any]]) -> str:
    """All figures of all representations."""
    headings = ["held as", "bytes each", "of the first", "x limit", "objects", "heap", "traced peak", "peak RSS"]
    headings += ["build s", "read s"]
    rows = []
    for figures in results:
        each, first = bytes_each(figures), bytes_each(results[0])
        limit = limit_bits(figures["n_combinations"]) / 8
        rows.append(
            [
                figures["title"],
                each_text(each),
                f"{each / first:.2%}",
                f"{each / limit:.2f}",
                f"{figures['heap_objects']:,}",
                f"{figures['heap_bytes']:,}",
                f"{figures['traced_peak_bytes'] / MIB:.1f} MiB",
                f"{figures['peak_rss_bytes'] / MIB:.1f} MiB",
                f"{figures['build_seconds']:.3f}",
                f"{figures['read_seconds']:.2f}",
            ]
        )
    return table_of(headings, rows)


def kinds_table(results: Sequence[dict[str, Any]]) -> str:
    """The largest kinds of objects of each representation."""
    rows = []
    for figures in results:
        kinds = [f"{name.split('.')[-1]} {n:,} x {size / n:,.0f} B" for name, n, size in figures["kinds"][:3]]
        rows.append([figures["title"], "; ".join(kinds)])
    return table_of(["held as", "largest kinds (objects x average size)"], rows).replace("---:|", "---|")


def short_table(results: Sequence[dict[str, Any]]) -> str:
    """What the documentation shows."""
    rows = []
    for figures in results:
        each = bytes_each(figures)
        rows.append([figures["title"], each_text(each), f"{each / bytes_each(results[0]):.2%}"])
    return table_of(["held as", "bytes a combination", "of the first"], rows)


def imports_table(rows: Sequence[dict[str, Any]]) -> str:
    """What imports take."""
    cells = [[f"`{r['module']}`", f"{r['rss_bytes'] / MIB:.1f} MiB", r["needed_by"]] for r in rows]
    return table_of(["import", "resident", "needed by"], cells)


def runs_table(rows: Sequence[dict[str, Any]]) -> str:
    """Peaks of whole runs."""
    cells = []
    for row in rows:
        peaks = [f"{row[key] / MIB:.1f}" for key in ("own_peak_bytes", "tree_peak_bytes", "tree_proportional_bytes")]
        options = f"`{row['options']}`" if row["options"] else ""
        cells.append([row["title"], options, row["estimate"] or "", *peaks])
    headings = ["run", "options", "said in advance", "process MiB", "tree MiB", "tree, shared once MiB"]
    return table_of(headings, cells).replace("|---|---:|", "|---|---|", 1)


# --- where they come from -----------------------------------------------------------------


def provenance(equipment: str, config: str) -> dict[str, str]:
    """Commit, versions and input hashes of a measurement."""
    import numpy

    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    return {
        "commit": commit or "unknown",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "numpy": numpy.__version__,
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "equipment_sha256": _sha256(equipment),
        "config_sha256": _sha256(config),
    }


def _sha256(path: str) -> str:
    with open(os.path.join(ROOT, path), "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def provenance_text(origin: dict[str, str]) -> str:
    """Where a table comes from, in one paragraph."""
    return (
        f"`python benchmarks/memory/memory_table.py --write` at {origin['commit']}, {origin['python']},"
        f" NumPy {origin['numpy']}, {origin['system']}; equipment {origin['equipment_sha256'][:12]},"
        f" config {origin['config_sha256'][:12]}."
    )


def transcript(command: str) -> str:
    """A command of this checkout and what it prints, as a Markdown block."""
    words = [sys.executable if word == "python" else word for word in command.split()]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    return f"```\n$ {command}\n{done.stdout.rstrip()}\n```"


# --- documents ------------------------------------------------------------------------------


def sections(text: str) -> Iterator[tuple[str, str]]:
    """Name and content of what lies between the markers of a document."""
    for match in re.finditer(r"<!-- measured: ([\w-]+) -->\n(.*?)<!-- end -->", text, re.S):
        yield match[1], match[2]


def replace_sections(text: str, content: dict[str, str]) -> str:
    """The document with new content between its markers."""

    def new(match: re.Match[str]) -> str:
        return f"<!-- measured: {match[1]} -->\n{content[match[1]]}\n<!-- end -->"

    return re.sub(r"<!-- measured: ([\w-]+) -->\n.*?<!-- end -->", new, text, flags=re.S)


def write_documents() -> None:
    """Measure everything; rewrite what lies between the markers, and the record."""
    record = {
        "origin": provenance(EQUIPMENT, CONFIG),
        "representations": measure_representations(EQUIPMENT, CONFIG),
        "imports": measure_imports(),
        "runs": measure_runs(),
    }
    with open(os.path.join(ROOT, RECORD), "w", encoding="utf-8") as file:
        json.dump(record, file, indent=1)
        file.write("\n")
    content = {
        "representations": full_table(record["representations"]),
        "kinds": kinds_table(record["representations"]),
        "representations-short": short_table(record["representations"]),
        "imports": imports_table(record["imports"]),
        "runs": runs_table(record["runs"]),
        "origin": provenance_text(record["origin"]),
        "heap": transcript(f"python -m equipment_optimizer heap {EQUIPMENT} {CONFIG} --keep-combinations --rows 5"),
        "stages": transcript(f"python -m equipment_optimizer heap {EQUIPMENT} {CONFIG} --trace --rows 1").split(
            "\n\n== Before"
        )[0]
        + "\n```",
    }
    for name in (DOCUMENT, SITE):
        path = os.path.join(ROOT, name)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(replace_sections(text, content))


def main() -> None:
    """Print the comparison, or rewrite the documents."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--equipment", default=os.path.join(ROOT, EQUIPMENT))
    parser.add_argument("--config", default=os.path.join(ROOT, CONFIG))
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--write", action="store_true", help="measure everything and rewrite the documents")
    args = parser.parse_args()
    if args.write:
        write_documents()
        return
    results = measure_representations(os.path.abspath(args.equipment), os.path.abspath(args.config))
    print(json.dumps(results, indent=1) if args.json else f"{full_table(results)}\n\n{kinds_table(results)}")


if __name__ == "__main__":
    main()
