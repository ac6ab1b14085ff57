"""Fuzz one target for as long as you like, replay one case, or make it small.

    python tests/fuzz/run.py TARGET --seconds 600
    python tests/fuzz/run.py TARGET --replay FILE [FILE ...]
    python tests/fuzz/run.py TARGET --minimise FILE

With atheris (``pip install -e ".[fuzz]"``) libFuzzer follows coverage; without it
the built-in mutator runs, blind but better than nothing. What fails is written to
the folder of ``--crashes``, made small; keep it in ``tests/fuzz/corpus/TARGET``
once it is mended.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGETS = ("equipment", "config", "side_files", "talismans", "batch")

#: Longest case of a run, bytes.
MAX_BYTES = 4096


def harness(target: str) -> Callable[[bytes], str]:
    """The function that judges one case of a target."""
    return importlib.import_module(f"fuzz_{target}").run  # type: ignore[no-any-return]


def main() -> int:
    """Run the command; the exit code is 1 where a case fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=None, help="for the same run again")
    parser.add_argument("--replay", nargs="+", metavar="FILE", help="judge these files")
    parser.add_argument("--minimise", metavar="FILE", help="make a failing file small")
    parser.add_argument("--crashes", metavar="DIR", default="fuzz-crashes", help="where failing cases go")
    parser.add_argument("--keep", metavar="DIR", help="where atheris keeps cases that reach new code")
    parser.add_argument("--inner", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    sys.path[:0] = [str(HERE), str(HERE.parent.parent)]
    if args.replay:
        return max([_replayed(args.target, Path(name)) for name in args.replay])
    if args.minimise:
        sys.stdout.buffer.write(minimised(args.target, Path(args.minimise).read_bytes()))
        return 0
    try:
        import atheris  # noqa: F401
    except ImportError:
        print("atheris is not installed: the built-in mutator runs, without coverage", file=sys.stderr)
        return _run_blind(args)
    return _run_inside_atheris(args) if args.inner else _run_atheris(args)


def failure(target: str, data: bytes) -> BaseException | None:
    """What goes wrong with a case."""
    from judge import alarm

    try:
        with alarm():
            harness(target)(data)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return error
    return None


def _replayed(target: str, path: Path) -> int:
    """Judge a file and say how it went."""
    error = failure(target, path.read_bytes())
    print(f"{path}: {'as it should be' if error is None else f'{type(error).__name__}: {error}'}")
    if error is not None:
        import traceback

        traceback.print_exception(error)
    return int(error is not None)


def minimised(target: str, data: bytes) -> bytes:
    """The smallest case found that fails in the same way: ranges are removed, halving their length.

    Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input" (2002).
    """

    def kind(case: bytes) -> object:
        error = failure(target, case)
        return None if error is None else (type(error), str(error)[:12] if isinstance(error, AssertionError) else "")

    wanted = kind(data)
    if wanted is None:
        return data
    step = max(1, len(data) // 2)
    while step:
        start = 0
        while start < len(data):
            shorter = data[:start] + data[start + step :]
            if kind(shorter) == wanted:
                data = shorter
            else:
                start += step
        step //= 2
    return data


def _keep_crash(args: argparse.Namespace, data: bytes, error: BaseException) -> None:
    """Write a failing case, as it was and small."""
    small = minimised(args.target, data)
    folder = Path(args.crashes)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{args.target}-{hashlib.sha256(small).hexdigest()[:12]}"
    path.write_bytes(small)
    print(f"{path}: {type(error).__name__}: {error}", file=sys.stderr)


def _run_blind(args: argparse.Namespace) -> int:
    """The built-in mutator until the time is over; failures of one kind are kept once."""
    from judge import corpus_of
    from mutator import mutated

    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(2**32)
    rng, tokens = random.Random(seed), importlib.import_module(f"fuzz_{args.target}").TOKENS
    seeds = [path.read_bytes() for path in corpus_of(args.target)]
    n_cases, seen = 0, set()
    deadline = time.monotonic() + args.seconds
    while time.monotonic() < deadline:
        data = mutated(rng, rng.choice(seeds), seeds, tokens)
        n_cases += 1
        error = failure(args.target, data)
        if error is not None and (kind := (type(error), str(error)[:40])) not in seen:
            seen.add(kind)
            _keep_crash(args, data, error)
    print(f"{args.target}: seed {seed}, {n_cases:,} cases, {len(seen)} kinds of failure")
    return int(bool(seen))


def _run_atheris(args: argparse.Namespace) -> int:
    """libFuzzer in a process of its own, because it ends its process; then the failure made small."""
    with tempfile.TemporaryDirectory(prefix="fuzz-corpus-") as scratch:
        command = [sys.executable, __file__, args.target, "--inner", f"--seconds={args.seconds}"]
        environment = {**os.environ, "FUZZ_KEEP": args.keep or scratch, "FUZZ_CRASHES": scratch}
        if args.seed is not None:
            command.append(f"--seed={args.seed}")
        done = subprocess.run(command, env=environment, check=False)
        crashes = sorted(Path(scratch).glob("crash-*")) + sorted(Path(scratch).glob("timeout-*"))
        crashes += sorted(Path(scratch).glob("oom-*"))
        for path in crashes:
            error = failure(args.target, path.read_bytes())
            _keep_crash(args, path.read_bytes(), error or RuntimeError("only seen by libFuzzer"))
    return int(bool(crashes) or done.returncode != 0)


def _run_inside_atheris(args: argparse.Namespace) -> int:
    """Hand this process over to libFuzzer; it does not return."""
    import atheris

    with atheris.instrument_imports(include=["equipment_optimizer"]):
        run = harness(args.target)
    module = importlib.import_module(f"fuzz_{args.target}")
    crashes, keep = os.environ["FUZZ_CRASHES"], os.environ["FUZZ_KEEP"]
    dictionary = Path(crashes) / "tokens.dict"
    words = ["".join(f"\\x{byte:02x}" for byte in token) for token in module.TOKENS]
    dictionary.write_text("".join(f'"{word}"\n' for word in words))
    options = [
        *(f"-max_total_time={args.seconds}", f"-max_len={MAX_BYTES}", "-timeout=30", "-rss_limit_mb=2048"),
        *(f"-dict={dictionary}", f"-artifact_prefix={crashes}/", "-print_final_stats=1"),
        *([f"-seed={args.seed}"] if args.seed is not None else []),
    ]

    def case(data: bytes) -> None:
        run(data)

    Path(keep).mkdir(parents=True, exist_ok=True)
    # New cases go into the first folder; the corpus of the project is only read.
    atheris.Setup([sys.argv[0], *options, keep, _seed_folder(args.target, crashes)], case)
    atheris.Fuzz()
    return 0


def _seed_folder(target: str, scratch: str) -> str:
    """The seeds of a target in one folder."""
    from judge import corpus_of

    folder = Path(scratch) / "seeds"
    folder.mkdir()
    for number, path in enumerate(corpus_of(target)):
        (folder / str(number)).write_bytes(path.read_bytes())
    return str(folder)


if __name__ == "__main__":
    sys.exit(main())
