"""Checks of the ways to an answer from outside: commands, batches, workers, Dask, memory."""

from __future__ import annotations

import contextlib
import io
import json
import random
from decimal import Decimal

from differential_cases import Number
from differential_files import json_text
from differential_run import Run, bytes_of, expect

from equipment_optimizer.cli import main
from equipment_optimizer.errors import MemoryBudgetError
from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.system.machine import peak_rss_bytes

# --- elsewhere: commands, batches, workers, memory ----------------------------------------------


def _command(arguments: list[str]) -> int:
    """Run a command with nothing of what it says shown."""
    quiet = io.StringIO()
    with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
        return main(arguments)


def _exit_code(run: Run) -> int:
    if run.is_answered:
        return 0
    return 3 if str(run.exhaustive).startswith("InfeasibleError") else 2


def check_command(run: Run, rng: random.Random) -> None:
    """The command writes these bytes, the right exit code, and a manifest that adds up and can be used again."""
    output, manifest = run.folder / "out.csv", run.folder / "manifest.json"
    for path in (output, manifest):
        path.unlink(missing_ok=True)
    engine = rng.choice(["auto", "bounded", "exhaustive"])
    files = [str(run.equipment), str(output), str(run.config_path)]
    code = _command(["optimize", *files, "--engine", engine, "--workers", "1", "--manifest", str(manifest)])
    expect(code, _exit_code(run), "exit code")
    expect(output.exists(), run.is_answered, "whether there is an output")
    if not run.is_answered:
        return
    expect(output.read_bytes(), bytes_of(run.exhaustive), "bytes of the command")
    told = json.loads(manifest.read_text(encoding="utf-8"), parse_float=Number)
    last = run.results.score(len(run.results) - 1)
    expect(Decimal(str(told["nth_score"])), last, "nth_score of the manifest")
    expect(told["n_results"], len(run.results), "n_results of the manifest")
    expect(sum(told["counts"].values()), told["n_combinations"], "counts of the manifest")
    expect((told["proved"], told["gap"]), (True, 0), "claims of the manifest")
    again = {key: value for key, value in told["config"].items() if key != "_side_files"}
    files_used = json.loads(run.config_path.read_text(encoding="utf-8")).get("files")
    if files_used:
        again["files"] = files_used
    path = run.folder / "again.json"
    path.write_text(json_text(again), encoding="utf-8")
    table, config, _ = load_job(str(run.equipment), str(path))
    results = optimize(table, config, engine="exhaustive", workers=1)
    expect(bytes_of(results), bytes_of(run.exhaustive), "bytes with the manifest's configuration")


def check_batch(run: Run, rng: random.Random) -> None:
    """A batch writes what single runs write."""
    folder = run.folder / "batch"
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for path in run.folder.glob("*.*"):
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    limits = {"one": 1, "own": run.config.limit, "three": 3}
    builds = [{"name": name, "config": "config.json", "limit": limit} for name, limit in limits.items()]
    (folder / "builds.json").write_text(json.dumps({"defaults": {"equipment": "equipment.csv"}, "builds": builds}))
    code = _command(["batch", str(folder / "builds.json"), "--workers", "1", "--quiet"])
    expect(code, _exit_code(run), "exit code of the batch")
    if run.is_answered:
        for name, limit in limits.items():
            single = bytes_of(run.outcome(engine="exhaustive", workers=1, limit=limit))
            expect((folder / f"{name}.csv").read_bytes(), single, f"bytes of a batch with limit {limit}")


def check_memory(run: Run, rng: random.Random) -> None:
    """Under a ceiling there are the same bytes or a refusal."""
    if not run.is_answered:
        return
    held = peak_rss_bytes() or 200 << 20
    ceiling = held + (rng.choice([1, 8, 64, 256, 1024]) << 20)
    engine = rng.choice(["auto", "bounded", "exhaustive"])
    try:
        outcome = run.outcome(engine=engine, workers=1, memory_bytes=ceiling)
    except MemoryBudgetError:
        return
    expect(bytes_of(outcome), bytes_of(run.exhaustive), f"bytes of {engine} below {ceiling} bytes")


def check_workers(run: Run, rng: random.Random) -> None:
    """Two worker processes write the same bytes."""
    found = run.outcome(engine="exhaustive", workers=2, backend="processes")
    expect(bytes_of(found), bytes_of(run.exhaustive), "bytes of two worker processes")


def check_dask(run: Run, rng: random.Random) -> None:
    """Workers of Dask write the same bytes."""
    found = run.outcome(engine="exhaustive", workers=2, backend="dask")
    expect(bytes_of(found), bytes_of(run.exhaustive), "bytes of Dask")
