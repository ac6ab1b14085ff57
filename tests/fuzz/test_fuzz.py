"""The short run: every corpus file, and a fixed number of seeded mutations of each target.

The long runs are by hand, with coverage: ``python tests/fuzz/run.py TARGET --seconds 600``.
"""

from __future__ import annotations

import importlib
import random
import subprocess
import sys
from pathlib import Path

import pytest
from judge import LOADED, REFUSED, alarm, corpus_of, within_memory
from mutator import mutated
from run import TARGETS

HERE = Path(__file__).parent

#: Mutated cases of each target, and how many of them have their memory traced, which is slow.
N_CASES, N_TRACED = 400, 40

CORPUS = [(target, path) for target in TARGETS for path in corpus_of(target)]


@pytest.mark.parametrize(("target", "path"), CORPUS, ids=[f"{target}-{path.name}" for target, path in CORPUS])
def test_every_file_of_the_corpus_is_read_or_refused_as_the_contract_says(target: str, path: Path) -> None:
    data = path.read_bytes()
    run = importlib.import_module(f"fuzz_{target}").run
    with alarm():
        run(data)
        with within_memory(len(data)):
            run(data)


@pytest.mark.parametrize("target", TARGETS)
def test_damaged_files_are_read_or_refused_as_the_contract_says(target: str) -> None:
    module = importlib.import_module(f"fuzz_{target}")
    seeds = [path.read_bytes() for path in corpus_of(target)]
    outcomes = set()
    for case in range(N_CASES):
        rng = random.Random(f"{target} {case}")
        data = mutated(rng, rng.choice(seeds), seeds, module.TOKENS)
        try:
            with alarm():
                outcomes.add(module.run(data))
                if case < N_TRACED:
                    with within_memory(len(data)):
                        module.run(data)
        except BaseException as error:
            error.add_note(f"target {target}, case {case}: {data!r}")
            raise
    assert outcomes == {LOADED, REFUSED}, "the seeds are too broken, or the mutations too tame"


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_has_sound_and_faulty_seeds_of_its_own(target: str) -> None:
    run = importlib.import_module(f"fuzz_{target}").run
    own = [path for path in corpus_of(target) if path.parent.name == target]
    assert {run(path.read_bytes()) for path in own} == {LOADED, REFUSED}
    assert all(path.stat().st_size < 10_000 for path in own)


def run_command(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The runner as people start it, where atheris is not installed."""
    (cwd / "atheris.py").write_text("raise ImportError('not installed')\n")
    code = (
        "import runpy, sys; sys.path.insert(0, '.'); sys.argv[:] = sys.argv[1:]; "
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    command = [sys.executable, "-c", code, str(HERE / "run.py"), *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)


def test_the_runner_works_without_atheris_and_says_so(tmp_path: Path) -> None:
    done = run_command("batch", "--seconds", "1", "--seed", "1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "atheris is not installed: the built-in mutator runs, without coverage" in done.stderr
    assert done.stdout.startswith("batch: seed 1, ")
    assert done.stdout.endswith(" cases, 0 kinds of failure\n")


def test_the_runner_replays_a_file(tmp_path: Path) -> None:
    path = HERE / "corpus" / "batch" / "builds.json"
    done = run_command("batch", "--replay", str(path), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"{path}: as it should be\n")


def test_a_failing_case_is_made_small_and_keeps_failing(monkeypatch: pytest.MonkeyPatch) -> None:
    import run as runner

    def fails_on_ab(data: bytes) -> str:
        assert not (b"a" in data and b"b" in data), "a and b"
        return LOADED

    monkeypatch.setattr(runner, "harness", lambda target: fails_on_ab)
    assert sorted(runner.minimised("batch", b"xxxa" * 9 + b"yyb" * 7)) == sorted(b"ab")
    assert runner.minimised("batch", b"sound") == b"sound"
