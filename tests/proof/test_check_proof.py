"""Proofs of small random jobs are checked, and lists that are not the best are refuted, hashes made to fit."""

from __future__ import annotations

import contextlib
import hashlib
import random
import re
from pathlib import Path

import pytest
from differential_cases import Case
from differential_files import write_files
from differential_maker import random_case

from equipment_optimizer.cli import main
from equipment_optimizer.proof import check_proof

PROVED, REFUTED, UNREADABLE, BEYOND = 0, 1, 2, 6


class Files:
    """A job's files, the list and the proof."""

    def __init__(self, case: Case, folder: Path) -> None:
        case.style = {}
        self.equipment, self.config = write_files(case, folder)
        self.builds, self.proof = folder / "builds.csv", folder / "builds.proof"

    def optimize(self, *options: str) -> int:
        """Make list and proof; the exit code."""
        files = [str(self.equipment), str(self.builds), str(self.config)]
        return main(["optimize", *files, "--quiet", "--proof", str(self.proof), *options])

    def check(self) -> int:
        """The checker's exit code."""
        return check_proof.main([str(self.builds), str(self.equipment), str(self.config), str(self.proof)])

    def forge(self, rows: list[str], limit: int) -> None:
        """Other rows, with a hash that fits and a list of `limit`."""
        head = self.builds.read_text(encoding="utf-8").splitlines()[0]
        self.builds.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        digest = hashlib.sha256(self.builds.read_bytes()).hexdigest()
        text = re.sub("(?m)^list .*$", f"list {digest}", self.proof.read_text(encoding="utf-8"))
        self.proof.write_text(re.sub("(?m)^limit .*$", f"limit {limit}", text), encoding="utf-8")


def proved(seed: int, folder: Path) -> Files | None:
    """A job whose proof is checked, every other one with limits; None where it is one that is not judged."""
    with contextlib.suppress(ValueError):
        files = Files(random_case(seed, "limits" if seed % 2 else "small"), folder)
        if files.optimize() in (0, 3) and files.check() != BEYOND:
            return files
    return None


@pytest.mark.parametrize(
    ("mode", "first", "n_jobs", "least"),
    [
        *(("small", first, 50, 5) for first in range(0, 200, 50)),
        *(("limits", first, 40, 20) for first in range(0, 80, 40)),
    ],
)
def test_random_jobs_are_proved_or_not_judged(mode: str, first: int, n_jobs: int, least: int, tmp_path: Path) -> None:
    n_proved = 0
    for seed in range(first, first + n_jobs):
        folder = tmp_path / str(seed)
        folder.mkdir()
        files = Files(random_case(seed, mode), folder)
        if files.optimize() not in (0, 3):
            continue
        answer = files.check()
        assert answer in (PROVED, BEYOND), seed
        n_proved += answer == PROVED
    assert n_proved >= least


@pytest.mark.parametrize("seed", range(60))
def test_a_row_that_is_removed_changed_or_swapped_is_refuted(seed: int, tmp_path: Path) -> None:
    files = proved(seed, tmp_path)
    if files is None or not files.builds.exists() or b'"' in files.builds.read_bytes():
        return
    rows = files.builds.read_text(encoding="utf-8").splitlines()[1:]
    rng = random.Random(seed)
    n = rng.randrange(len(rows))
    limit = int(re.search("(?m)^limit (.*)$", files.proof.read_text(encoding="utf-8"))[1])  # type: ignore[index]
    files.forge(rows[:n] + rows[n + 1 :], limit - (len(rows) == limit) or 1)
    assert files.check() == REFUTED or n == len(rows) - 1
    score = rows[n].rpartition(",")[2]
    files.forge(
        [*rows[:n], rows[n][: -len(score)] + f"{score}1" if "." in score else rows[n] + "1", *rows[n + 1 :]], limit
    )
    assert files.check() == REFUTED
    if len(rows) > 1:
        n = min(n, len(rows) - 2)
        files.forge([*rows[:n], rows[n + 1], rows[n], *rows[n + 2 :]], limit)
        assert files.check() == REFUTED


@pytest.mark.parametrize("seed", range(40))
def test_other_prices_can_only_fail_and_never_prove_what_is_not_true(seed: int, tmp_path: Path) -> None:
    files = proved(seed, tmp_path)
    if files is None or not files.builds.exists() or b'"' in files.builds.read_bytes():
        return
    rng = random.Random(seed)
    lines = files.proof.read_text(encoding="utf-8").splitlines()
    noisy = [
        " ".join([word, *(str(rng.randint(-9999, 9999)) for _ in prices)]) if word == "prices" else line
        for line in lines
        for word, *prices in [line.split()]
    ]
    rows = files.builds.read_text(encoding="utf-8").splitlines()[1:]
    limit = int(re.search("(?m)^limit (.*)$", "\n".join(lines))[1])  # type: ignore[index]
    files.proof.write_text("\n".join(noisy) + "\n", encoding="utf-8")
    assert files.check() in (PROVED, UNREADABLE)
    if len(rows) > 1 and len(rows) == limit:
        files.forge(rows[1:], limit - 1)
        assert files.check() in (REFUTED, UNREADABLE)


def test_what_is_no_proof_is_unreadable(tmp_path: Path) -> None:
    files = next(f for seed in range(9) if (f := proved(seed, tmp_path)) is not None and f.builds.exists())
    text = files.proof.read_text(encoding="utf-8")
    for broken in ("", text[:-5], text.replace("proof 1", "proof 2"), re.sub("(?m)^scale.*\n", "", text)):
        files.proof.write_text(broken, encoding="utf-8")
        assert files.check() == UNREADABLE
    files.proof.write_text(re.sub("(?m)^leaf.*$", "", text).replace("\n\n", "\n"), encoding="utf-8")
    assert files.check() in (REFUTED, UNREADABLE)
    files.proof.write_text(text, encoding="utf-8")
    files.equipment.write_bytes(files.equipment.read_bytes() + b"\n")
    assert files.check() == REFUTED
    assert check_proof.main([]) == UNREADABLE


@pytest.mark.parametrize("engine", ["bounded", "exhaustive"])
def test_any_engine_gives_a_proof(engine: str, tmp_path: Path) -> None:
    folder = Path(__file__).parents[2] / "example_data" / "full"
    builds, proof = tmp_path / "b.csv", tmp_path / "b.proof"
    files = [str(folder / "equipment.csv"), str(builds), str(folder / "config.json")]
    assert main(["optimize", *files, "--quiet", "--engine", engine, "--limit", "5", "--proof", str(proof)]) == 0
    assert check_proof.main([str(builds), files[0], files[2], str(proof)]) == PROVED


def test_no_proof_of_a_list_that_is_stopped_or_in_no_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = Path(__file__).parents[2] / "example_data" / "full"
    files = [str(folder / "equipment.csv"), "-", str(folder / "config.json")]
    proof = tmp_path / "b.proof"
    assert main(["optimize", *files, "--proof", str(proof)]) == 0
    assert f"no proof is written to {proof}: the list is in no file that could be read again" in capfd.readouterr().err
    files[1] = str(tmp_path / "b.csv")
    assert main(["optimize", *files, "--proof", str(proof), "--time-limit", "0.000001", "--engine", "exhaustive"]) == 5
    assert f"no proof is written to {proof}: the search was stopped early" in capfd.readouterr().err
    assert not proof.exists()
