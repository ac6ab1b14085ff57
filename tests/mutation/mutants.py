"""Mutation testing of the modules on which proofs rest: small wrong changes, of which some test must notice each.

    python tests/mutation/mutants.py --seed 1 --mutants 500 --results mutants.jsonl
    python tests/mutation/mutants.py --modules later_modules.txt --only by_value

Mutants are drawn by the seed from all that `mutations.mutants_of` makes of the modules in `modules.txt`, or in another
list beside it: what is added to a list changes what is drawn from it. With
`--sources COMMIT` from the modules as they were then, and looked for in those of now: where a line is gone, the next
one drawn takes its place, so that a draw can be gone on with when sources change. Each is written into a copy of the
checkout and judged by a forked process that runs the module's own tests (the first names of its line), and if none
fails the further ones. A limit of processor time, five times what they take
without a mutant, ends what runs on. Results are lines of JSON; what has one already is not judged again, but
survivors are with `--again`. Survivors that do the same as the original are in `equivalent.txt`, each with its
reason. Exit code 1 if another one survived.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mutations import Mutant, mutants_of

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PACKAGE = "equipment_optimizer"

#: Lists of modules beside this file.
LISTS = ("modules.txt", "later_modules.txt")

#: At least so much processor time, and at most so much memory, for the tests of a mutant.
_LEAST_SECONDS, _MOST_BYTES = 10, 4 * 2**30

_OPTIONS = "-x -q -p no:cacheprovider -p no:benchmark --hypothesis-seed=0 --hypothesis-profile=mutants"
_OPTIONS += " -W ignore::pytest.PytestAssertRewriteWarning"


def lines_of(name: str) -> list[str]:
    """Lines of a file beside this one that say something."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def stages_by_module(name: str = LISTS[0]) -> dict[str, list[tuple[str, ...]]]:
    """By module of a list: its own tests, then the further ones."""
    tests = {}
    for line in lines_of(name):
        module, *stages = (tuple(part.split()) for part in line.split("|"))
        tests[module[0]] = stages
    return tests


def equivalents() -> dict[str, str]:
    """By change: why it changes nothing that matters."""
    lines = lines_of("equivalent.txt")
    return {"\n".join(lines[i : i + 3]): lines[i + 3] for i in range(0, len(lines), 4)}


def drawn(modules: Sequence[str], seed: int, n_mutants: int) -> list[Mutant]:
    """Mutants of some modules, drawn by a seed; the first of more are those of fewer."""
    every = [mutant for name in sorted(modules) for mutant in mutants_of(name, (ROOT / PACKAGE / name).read_bytes())]
    random.Random(seed).shuffle(every)
    return every[:n_mutants]


def drawn_then(modules: Sequence[str], seed: int, n_mutants: int, commit: str) -> dict[str, Mutant]:
    """By its key in the sources of a commit: mutants drawn there that are still to be had, as they are now."""

    def git(*arguments: str) -> bytes:
        return subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, check=True).stdout

    renamed = git("diff", "-M", "--diff-filter=R", "--name-status", commit, "--", PACKAGE).decode().splitlines()
    old_names = {new: old for _, old, new in (line.split("\t") for line in renamed)}
    then, now = [], {}
    for name in modules:
        old = old_names.get(f"{PACKAGE}/{name}", f"{PACKAGE}/{name}")
        if git("ls-tree", commit, old):
            then.append((old.removeprefix(f"{PACKAGE}/"), name, git("show", f"{commit}:{old}")))
            now |= _by_place(mutants_of(name, (ROOT / PACKAGE / name).read_bytes()), name)
    every = [item for old, name, source in sorted(then) for item in _by_place(mutants_of(old, source), name).items()]
    random.Random(seed).shuffle(every)
    return dict([(mutant.key, now[place]) for place, mutant in every if place in now][:n_mutants])


def _by_place(mutants: Sequence[Mutant], module: str) -> dict[tuple[str, str, int], Mutant]:
    """By module, change, and how many the same come before it in the file."""
    seen: Counter[str] = Counter()
    found = {}
    for mutant in mutants:
        change = mutant.change.partition("\n")[2]
        found[module, change, seen[change]] = mutant
        seen[change] += 1
    return found


def run(tests: Sequence[str], most_seconds: int) -> tuple[int, float]:
    """Run tests in a forked process; returns how it ended (0: all passed) and its processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    child = os.fork()
    if not child:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (most_seconds, most_seconds + 5))
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
        signal.alarm(60 * most_seconds)
        told = os.open("told.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(told, stream)
        ended = 99
        try:
            import pytest

            ended = int(
                pytest.main([*_OPTIONS.split(), *(test if test[0] == "-" else f"tests/{test}" for test in tests)])
            )
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(ended)
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # what its tests have started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return status, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def copy_of_the_checkout(folder: Path) -> None:
    """Make a copy to be changed, and turn to it."""
    left_out = shutil.ignore_patterns(".git", ".venv", ".*_cache", "*.egg-info", "build", "site")
    shutil.copytree(ROOT, folder, ignore=left_out)
    os.chdir(folder)
    os.environ.update(PYTHONPATH=str(folder), OPENBLAS_NUM_THREADS="1")
    sys.path[:] = [str(folder), *(path for path in sys.path if Path(path or ".").resolve() not in (HERE, ROOT))]


def preload() -> None:
    """Import once what all tests import, but nothing of the package."""
    import highspy  # noqa: F401
    import hypothesis
    import numpy  # noqa: F401
    import pandas  # noqa: F401
    import pytest  # noqa: F401

    # A failing example is enough, it need not be the smallest.
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("mutants", deadline=None, phases=phases, database=None)


def judge(mutant: Mutant, stages: Sequence[tuple[Sequence[str], int]]) -> dict[str, object]:
    """Run the tests of one mutant, stage by stage, each within its seconds of processor time."""
    path = Path(PACKAGE, mutant.module)
    source = path.read_bytes()
    spent, outcome = 0.0, "survived"
    try:
        path.write_bytes(mutant.applied(source))
        for old in path.parent.glob(f"__pycache__/{path.stem}.*"):
            old.unlink()
        for number, (tests, most) in enumerate(stages, 1):
            status, seconds = run(tests, most)
            spent += seconds
            if status:
                outcome = f"killed {number}" if os.WIFEXITED(status) else f"stopped {number}"
                break
    finally:
        path.write_bytes(source)
    return {"outcome": outcome, "seconds": round(spent, 1), "change": mutant.change}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutants", type=int, default=500)
    parser.add_argument("--modules", choices=LISTS, default=LISTS[0], help="the list that they are drawn from")
    parser.add_argument("--sources", default="", help="commit whose sources the mutants are drawn from")
    parser.add_argument("--only", default="", help="only modules with this in their names")
    parser.add_argument("--stages", type=int, default=3, help="of a line's tests, the first so many")
    parser.add_argument("--results", type=Path, default=Path("mutants.jsonl"))
    parser.add_argument("--again", action="store_true", help="judge survivors again that are not said to be equivalent")
    asked = parser.parse_args(arguments)
    results, same = asked.results.resolve(), equivalents()
    stages_of = stages_by_module(asked.modules)
    if asked.sources:
        every = drawn_then([*stages_of], asked.seed, asked.mutants, asked.sources)
    else:
        every = {one.key: one for one in drawn([*stages_of], asked.seed, asked.mutants)}
    mutants = {key: one for key, one in every.items() if asked.only in one.module}
    known = {}
    if results.exists():
        known = {one["key"]: one for one in map(json.loads, results.read_text().splitlines())}
    with tempfile.TemporaryDirectory() as folder, results.open("a") as file:
        copy_of_the_checkout(Path(folder, "checkout"))
        preload()
        limits: dict[tuple[str, ...], int] = {}
        again = {key for key, one in known.items() if asked.again and one["outcome"] == "survived"}
        for key, mutant in mutants.items():
            if key in known and (key not in again or mutant.change in same):
                continue
            stages = stages_of[mutant.module][: asked.stages]
            for stage in stages:
                if stage not in limits:
                    status, seconds = run(stage, 600)
                    if status:
                        raise SystemExit(f"tests fail without a mutant:\n{Path('told.txt').read_text()}")
                    limits[stage] = int(max(_LEAST_SECONDS, 5 * seconds))
            known[key] = {"key": key, **judge(mutant, [(stage, limits[stage]) for stage in stages])}
            print(json.dumps(known[key]), file=file, flush=True)
    survivors = [one for key, one in mutants.items() if known[key]["outcome"] == "survived"]
    for one in survivors:
        print(f"survived{', equivalent' * (one.change in same)}: line {one.line} of {one.change}")
    print(dict(Counter(known[key]["outcome"] for key in mutants)), end="; equivalent: ")
    print(sum(one.change in same for one in survivors))
    return int(any(one.change not in same for one in survivors))


if __name__ == "__main__":
    sys.exit(main())
