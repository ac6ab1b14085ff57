"""What else fits beside eight required skills: how long all questions take, and whether single searches agree.

    python benchmarks/search/what_fits.py [--data FOLDER] [--table NAME] [--every N] [--quick]

`extras` asks a question for every skill; here each N-th of its answers is put to the
bounded engine as a job of its own: a build with that level must exist, and one with a
level more must not. Both times are told, and how many answers were confirmed within 20
seconds. Leaves if any differs. Skills whose maximum can be raised are not put to it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

# Helpers lie above this folder and in those beside it; the package is that of the checkout, installed or not.
BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCHMARKS.parent), str(BENCHMARKS), *map(str, BENCHMARKS.glob("*/"))]

from cases import DATA, data_folder
from filling_jobs import EQUIPMENT, made_table
from measuring import heading, seconds_text, table, timed

from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.selection import select_pieces
from equipment_optimizer.questions.extras import Extra, what_fits
from equipment_optimizer.records.config import Config
from equipment_optimizer.records.equipment import EquipmentTable
from equipment_optimizer.search.engines import SearchOptions, search
from equipment_optimizer.system.stopping import StopFlag

#: For each single search; one that is stopped confirms nothing.
CAP_SECONDS = 20.0

#: What players of these games ask for, eight skills each.
REQUIRED = {
    "offence": {
        "Attack Boost": 7, "Critical Eye": 7, "Weakness Exploit": 3, "Critical Boost": 3,
        "Health Boost": 3, "Agitator": 5, "Peak Performance": 3, "Divine Blessing": 3,
    },
    "guard": {
        "Attack Boost": 4, "Critical Eye": 7, "Weakness Exploit": 3, "Critical Boost": 3,
        "Health Boost": 3, "Guard": 5, "Guard Up": 1, "Offensive Guard": 3,
    },
}  # fmt: skip


def write_config(folder: Path, required: dict[str, int], into: Path, goal: tuple[str, int] | None = None) -> Path:
    """A configuration that requires these levels, and one level more of one skill."""
    minima = dict(required)
    if goal is not None:
        minima[goal[0]] = max(goal[1], minima.get(goal[0], 0))
    config: dict[str, Any] = {
        "decorations": dict.fromkeys(("deco_1", "deco_2", "deco_3", "deco_4", "num_decos"), 0),
        "skills": {skill: {"weight": 1, "min": level} for skill, level in minima.items()},
        "defence": 0,
        "limit": 1,
        "unlisted_skill_weight": 0,
        "over_max": "cap",
        "files": {what: str((folder / f"{what}.csv").resolve()) for what in ("decorations", "set_bonuses", "skills")},
    }
    path = into / "config.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def exists(folder: Path, required: dict[str, int], goal: tuple[str, int], into: Path) -> bool | None:
    """Whether the bounded engine finds a build with all of that; None where it has not in time."""
    loaded, config, _ = load_job(folder / EQUIPMENT, write_config(folder, required, into, goal))
    # `optimize` would first ask what `extras` asks.
    problem = compile_problem(select_pieces(loaded, config), config)
    flag = StopFlag(CAP_SECONDS)
    outcome = search(problem, 1, SearchOptions(engine="bounded", should_stop=flag.is_set))
    return True if len(outcome.scores) else False if outcome.report.proved else None


def check(folder: Path, required: dict[str, int], extra: Extra, into: Path) -> tuple[float, bool]:
    """Seconds that one or two single searches take, and whether all answered; leaves if they say something else."""
    level = extra.level or 0
    seconds, found = timed(partial(exists, folder, required, (extra.skill, level), into))
    more, found_more = 0.0, None
    is_highest = extra.maximum is not None and level >= extra.maximum
    if not is_highest:
        more, found_more = timed(partial(exists, folder, required, (extra.skill, level + 1), into))
    if found is False or found_more is True:
        sys.exit(f"{extra.skill}: level {level} is not what single searches find")
    return seconds + more, found is True and (is_highest or found_more is False)


def measure(folder: Path, name: str, required: dict[str, int], every: int, into: Path) -> list[object]:
    """One row of the table."""
    loaded: EquipmentTable
    config: Config
    loaded, config, _ = load_job(folder / EQUIPMENT, write_config(folder, required, into))
    one, extras = timed(partial(what_fits, loaded, config, workers=1))
    auto, again = timed(partial(what_fits, loaded, config, workers="auto"))
    if again != extras:
        sys.exit(f"{name}: the answer depends on the number of workers")
    # A raised maximum caps what counts, and a minimum asks for levels before any cap.
    raised = {skill for skill, cap in config.skill_caps.items() if cap.raised_by is not None}
    chosen = [extra for extra in extras if extra.skill not in raised][::every]
    checks = [check(folder, required, extra, into) for extra in chosen]
    single = sum(seconds for seconds, _ in checks)
    n_answered = sum(answered for _, answered in checks)
    more = sum((extra.level or 0) > (extra.required or 0) for extra in extras)
    return [
        name, len(extras), more, seconds_text(one), seconds_text(auto), seconds_text(one / len(extras)),
        f"{n_answered} of {len(chosen)}", seconds_text(single / len(chosen)),
    ]  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=data_folder, default=DATA)
    parser.add_argument("--table", default="world_mr_endgame")
    parser.add_argument("--every", type=int, default=10, help="check each so many-th answer (default: 10)")
    parser.add_argument("--quick", action="store_true", help="a made table, in seconds")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        into = Path(scratch)
        if arguments.quick:
            folder = into / "made"
            folder.mkdir()
            made_table(folder)
            loaded, _, _ = load_job(folder / EQUIPMENT, write_config(folder, {}, into))
            jobs = {"made": dict.fromkeys(loaded.skill_names[:2], 1)}
        else:
            folder, jobs = arguments.data / arguments.table, REQUIRED
            if not (folder / EQUIPMENT).exists():
                sys.exit(f"there is no table in {folder}")
        rows = [measure(folder, name, required, arguments.every, into) for name, required in jobs.items()]
    print(heading([]))
    columns = ["required", "skills", "can rise", "one worker", "auto", "each", "confirmed", "by single searches, each"]
    print(table(columns, rows))


if __name__ == "__main__":
    main()
