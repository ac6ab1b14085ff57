"""Checks of commands, batches, workers and memory; of answers about a list, by brute force over every build."""

from __future__ import annotations

import contextlib
import io
import json
import random
from collections import Counter
from collections.abc import Hashable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any
from unittest import mock

import oracle
from differential_cases import Number
from differential_claims import expect_ranges_pass, expect_worths_pass
from differential_files import json_text
from differential_records import Records, is_allowed
from differential_run import Row, Run, bytes_of, demand, expect, rows_of

from equipment_optimizer.answers._weights import weights_of, with_weights
from equipment_optimizer.answers.explain import with_skill, without_piece
from equipment_optimizer.answers.piece_values import piece_values
from equipment_optimizer.answers.stability import WeightRange, stability
from equipment_optimizer.cli import main
from equipment_optimizer.errors import InfeasibleError, InputError, MemoryBudgetError, UsageError
from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.output.score_terms import score_terms
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.problem.selection import rule_verdicts
from equipment_optimizer.records.config import Config
from equipment_optimizer.records.equipment import EquipmentTable
from equipment_optimizer.records.results import BuildResults
from equipment_optimizer.search import differing_rows as sequences
from equipment_optimizer.search.bounded import _leaf_estimate, in_order
from equipment_optimizer.search.by_state import _states
from equipment_optimizer.system.machine import peak_rss_bytes
from equipment_optimizer.verify._definition import Definition
from equipment_optimizer.verify._selection import Selection


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


# --- answers about a list ---

#: Builds of a case that are listed to look at each; weights whose ranges are looked at, and how far from an end.
_EVERY_BUILD = 100_000
_WEIGHTS_TRIED = 3
_TINY = Fraction(1, 10**9)


def _is_small(run: Run, *, drawn: bool = False) -> bool:
    """Whether everything about it can be looked at, and is known to the answers; some know no drawn parts."""
    has_drawn = any(rule.optional or rule.drawn_from for rule in run.config.body_parts.values())
    return run.is_judged and run.is_answered and (drawn or not has_drawn)


def _listed(
    run: Run, rules: dict[str, Any], rng: random.Random, *, n_pairs: int = 60_000_000, **options: Any
) -> BuildResults:
    """Rows that differ, with the work cut small half of the time; ties of few pairs are counted state by state."""
    config = replace(run.config, **rules)
    with (
        mock.patch.object(sequences, "_FIRST", rng.choice([1, 4])),
        mock.patch.object(_states, "_MOST_PAIRS", n_pairs),
        mock.patch.object(in_order, "_FIRST_LEAVES", rng.choice([1.0, 3.0, 1_000.0])),
        mock.patch.multiple(in_order, _AT_ONCE=rng.choice([1, 256]), _MOST_HELD=rng.choice([5, 500_000, 500_000])),
        mock.patch.multiple(_leaf_estimate, _ORDERED=rng.choice([0, 400_000]), _LOOKED_AHEAD=rng.choice([0, 100_000])),
    ):
        return optimize(run.table, config, engine=rng.choice(["bounded", "bounded", "auto", "exhaustive"]), **options)


def _outcomes(run: Run, rules: dict[str, Any]) -> dict[tuple[int, ...], Hashable]:
    """What has to differ of every build, as its slots are filled, by the definition of `verify`."""
    every = optimize(run.table, replace(run.config, limit=_EVERY_BUILD), engine="exhaustive", workers=1)
    selection = Selection(Definition(every.table, replace(run.config, **rules)))
    start = every.table.part_start.tolist()
    outcome = selection.whole_outcome if rules.get("variants") else selection._outcome
    found = {}
    for k, one in enumerate(every.combinations):
        rows = tuple(start[b] + i for b, i in zip(run.problem.positions, one.indices, strict=True))
        filling, free = {}, None
        if every.fillings is not None:
            one_row = every.fillings.of_rows(range(k, k + 1))
            filling = dict(zip(one_row.decoration.tolist(), one_row.count.tolist(), strict=True))
            free = tuple(one_row.free_slots[0].tolist())
        found[one.indices] = outcome((rows, filling, free))
    return found


def _sequence(run: Run, rules: dict[str, Any], outcomes: dict[tuple[int, ...], Hashable], limit: int) -> list[Row]:
    """Each next row the first build that is different enough from all before it."""
    positions, names = run.problem.positions, [piece.name for piece in run.chosen]
    start = run.chosen.part_start.tolist()
    most = None if "share" not in rules else max(1, int(Fraction(rules["share"]) * limit))
    numbers = Selection(Definition(run.chosen, run.config))._names
    rows: list[Row] = []
    times: Counter[object] = Counter()
    for row in run.truth:
        if len(rows) == limit:
            break
        worn = {numbers[start[b] + i]: names[start[b] + i] for b, i in zip(positions, row.indices, strict=True)}
        own, *others = (
            Counter(numbers[start[b] + i] for b, i in zip(positions, other.indices, strict=True))
            for other in (row, *rows)
        )
        d = rules.get("different_pieces")
        if d is not None and any((own - other).total() < d for other in others):
            continue
        if outcomes and outcomes[row.indices] in [outcomes[other.indices] for other in rows]:
            continue
        excepted = rules.get("share_except", ())
        if most and any(times[p] >= most and name and name not in excepted for p, name in worn.items()):
            continue
        rows.append(row)
        times.update(own)
    return rows


def check_sequence(run: Run, rng: random.Random) -> None:
    """Rows that differ in pieces or skills, and pieces that may stand in few rows, are those by looking at all."""
    if not _is_small(run, drawn=True):
        return
    rules: dict[str, Any] = {}
    if rng.random() < 0.6:
        rules["different_pieces"] = rng.choice([1, 2, 2, 3])
    if rng.random() < 0.4:
        rules["share"] = rng.choice([Decimal("0.1"), Decimal("0.4"), Decimal("0.7"), Decimal(1)])
        rules["share_except"] = (rng.choice([piece.name for piece in run.table]),) if rng.random() < 0.3 else ()
    if not rules or rng.random() < 0.2:
        rules["different_skills"] = True
    limit = rng.choice([1, 2, 3, 7, 20])
    outcomes = _outcomes(run, rules) if rules.get("different_skills") else {}
    found = _listed(run, {**rules, "limit": limit}, rng, n_pairs=rng.choice([3, 60_000_000]))
    expect(rows_of(found), _sequence(run, rules, outcomes, limit), f"rows with {rules} and limit {limit}")
    expect(found.report.proved, True, "whether they are proved")
    expect(sum(found.report.counts.values()), found.report.n_combinations, "sum of the counts")


def check_sequence_stopped(run: Run, rng: random.Random) -> None:
    """Rows that are called proved after a stop are the first ones."""
    if not _is_small(run, drawn=True):
        return
    rules = {"different_pieces": rng.choice([1, 2])} if rng.random() < 0.7 else {"share": Decimal("0.3")}
    left = [rng.choice([0, 1, 3, 8, 20])]

    def should_stop() -> bool:
        left[0] -= 1
        return left[0] < 0

    found = _listed(run, {**rules, "limit": 7}, rng, should_stop=should_stop)
    wanted = _sequence(run, rules, {}, 7)
    rows = rows_of(found)
    n_proved = len(rows) if found.proved_rows is None else int(sum(found.proved_rows))
    expect(rows[:n_proved], wanted[:n_proved], f"rows with {rules} that are proved after a stop")
    if found.report.proved:
        expect(rows, wanted, "rows of a search that was done before it was stopped")


def check_variants(run: Run, rng: random.Random) -> None:
    """One build of each outcome, with how many there are; beside other rules some are not counted."""
    if not _is_small(run, drawn=True):
        return
    rules = rng.choice([{}, {"different_pieces": 2}, {"share": Decimal("0.4")}, {"different_skills": True}])
    limit, outcomes = rng.choice([1, 2, 3, 7, 20]), _outcomes(run, {"variants": "one"})
    told_apart = _outcomes(run, rules) if "different_skills" in rules else outcomes
    n_pairs = rng.choice([3, 60_000_000])
    found = _listed(run, {**rules, "variants": "one", "limit": limit}, rng, n_pairs=n_pairs)
    expect(rows_of(found), _sequence(run, rules, told_apart, limit), f"variants with limit {limit} and {rules}")
    times = Counter(outcomes.values())
    for row, n in zip(rows_of(found), found.variants or (), strict=True):
        is_open = n is None and (rules or not any(found.variants or ()))
        expect(n, None if is_open else times[outcomes[row.indices]], f"how many variants with {rules}")


def check_pieces(run: Run, rng: random.Random) -> None:
    """The worth of each piece is that by looking at every build."""
    if not _is_small(run, drawn=True):
        return
    limit = rng.choice([1, 2, 3, 7, 20])
    values = piece_values(run.table, run.config, limit=limit)
    passes = [True] * run.table.n_pieces
    for _, own in rule_verdicts(run.table, run.config):
        passes = [before and bool(now) for before, now in zip(passes, own, strict=True)]
    allowed = {number for number, own in zip(run.table.origin.tolist(), passes, strict=True) if own}
    start, positions, origin = run.chosen.part_start.tolist(), run.problem.positions, run.chosen.origin.tolist()
    builds = [(row, {origin[start[b] + i] for b, i in zip(positions, row.indices, strict=True)}) for row in run.truth]
    best, pieces = run.truth[0].score, run.records.pieces
    place = {part: b for b, part in enumerate(run.config.body_parts)}
    order = sorted(range(len(pieces)), key=lambda number: place[pieces[number].body_part])
    expect([value.name for value in values], [pieces[number].name for number in order], "pieces with a value")
    for number, value in zip(order, values, strict=True):
        expect(value.is_allowed, number in allowed, f"whether {value.name!r} is allowed")
        if number not in allowed:
            continue
        with_it, without = ([row.score for row, own in builds if (number in own) == has] for has in (True, False))
        expect(_fraction(value.best), max(with_it, default=None), f"best with {value.name!r}")
        expect(_fraction(value.loss), best - with_it[0] if with_it else None, f"loss with {value.name!r}")
        expect(_fraction(value.loss_when_sold), best - without[0] if without else None, f"without {value.name!r}")
        n_listed = sum(number in own for _, own in builds[:limit])
        expect((value.n_listed, value.is_never_useful), (n_listed, not n_listed), f"lists with {value.name!r}")
        demand(value.is_proved, f"{value.name!r} is not proved")
    expect_worths_pass(run, values, limit, rng)


def _fraction(number: Decimal | None) -> Fraction | None:
    return None if number is None else Fraction(number)


def check_wishes(run: Run, rng: random.Random) -> None:
    """What wishes bring, alone and two together, is how far the best build rises with them in the table."""
    if not _is_small(run) or list(rule_verdicts(run.table, run.config)):
        return

    table_of = partial(
        EquipmentTable.from_pieces,
        body_parts=run.config.body_parts,
        resistance_names=run.table.resistance_names,
        other_names=run.table.other_names,
    )
    some = rng.choices(list(run.table), k=2)
    wishes = [piece._replace(name=f"wish {k}", defence=rng.randrange(60), line=0) for k, piece in enumerate(some)]
    best = [_best_score(table_of([*run.table, *more]), run.config) for more in ([wishes[0]], [wishes[1]], wishes)]
    values = piece_values(run.table, run.config, wishes=table_of(wishes), pairs=True)
    gains = [_fraction(one.gain) for one in values if one.kind in ("wish", "pair")]
    expect(gains, [None if score is None else score - run.truth[0].score for score in best], "what wishes bring")


def check_asked(run: Run, rng: random.Random) -> None:
    """The best build without a piece, and that with a level of a skill, is that of all builds."""
    if not _is_small(run):
        return
    start, positions, pieces = run.chosen.part_start.tolist(), run.problem.positions, list(run.chosen)
    builds = [(row.score, [start[b] + i for b, i in zip(positions, row.indices, strict=True)]) for row in run.truth]
    name = rng.choice(pieces).name
    wanted = [score for score, rows in builds if name not in [pieces[row].name for row in rows]]
    found = _best_score(run.table, without_piece(run.config, [name]))
    expect(found, max(wanted, default=None), f"best without {name!r}")
    if run.config.decorations is not None or not run.config.skills:
        return
    skill, level = rng.choice(list(run.config.skills)), rng.randint(1, 4)
    totals = Definition(run.chosen, run.config).totals
    wanted = [score for score, rows in builds if totals(tuple(rows), {}).levels.get(skill, 0) >= level]
    found = _best_score(run.table, with_skill(run.config, skill, level))
    expect(found, max(wanted, default=None), f"best with {skill!r} at {level}")


def _best_score(table: EquipmentTable, config: Config) -> Fraction | None:
    """What the best build scores; None where there is none."""
    try:
        return Fraction(optimize(table, config, limit=1).score(0))
    except InfeasibleError:
        return None


def check_stability(run: Run, rng: random.Random) -> None:
    """The first build is best up to the ends of a range and not beyond, whoever comes next."""
    if not _is_small(run, drawn=True):
        return
    try:
        ranges = stability(run.table, run.config, results=run.results)
    except (UsageError, InputError) as error:
        demand("digits" in str(error), f"no ranges: {error}")
        return
    expect([one.path for one in ranges], list(weights_of(run.config)), "weights with ranges")
    for one in rng.sample(ranges, min(_WEIGHTS_TRIED, len(ranges))):
        demand(one.is_proved, f"the range of {one.path} is not proved")
        for end, sign, other in ((one.low, -1, one.below), (one.high, 1, one.above)):
            # What does not fit the columns of terms is not judged.
            with contextlib.suppress(OverflowError):
                _check_end(run, one, end=end, sign=sign, other=other)
    expect_ranges_pass(run, ranges, rng)


def _check_end(run: Run, one: WeightRange, *, end: Fraction | None, sign: int, other: BuildResults | None) -> None:
    value = Fraction(one.value)
    inside = value + sign * 1000 if end is None else end
    best = _best_at(run.records, one.path, inside)
    expect(_worth_at(run.results[:1], run.config, one.path, inside), best, f"best where {one.path} is {inside}")
    demand((other is None) == (end is None), f"who comes next beyond {end} of {one.path}")
    if end is not None and other is not None:
        beyond = end + sign * _TINY
        best = _best_at(run.records, one.path, beyond)
        demand(best > _worth_at(run.results[:1], run.config, one.path, beyond), f"{one.path} has room beyond {end}")
        expect(_worth_at(other, run.config, one.path, beyond), best, f"who comes next beyond {end} of {one.path}")


def _moved(config: Config, path: str, value: Fraction) -> Config:
    """All weights times the denominator, one of them exactly `value` before."""
    scale = Decimal(value.denominator)
    return with_weights(config, lambda own, weight: Decimal(value.numerator) if own == path else weight * scale)


def _best_at(records: Records, path: str, value: Fraction) -> Fraction:
    config = _moved(records.config, path, value)
    allowed = partial(is_allowed, records)
    builds = oracle.best_builds(
        records.pieces, config, 1, records.resistance_names, other_names=records.other_names, allowed=allowed
    )
    return builds[0].score / value.denominator


def _worth_at(build: BuildResults, config: Config, path: str, value: Fraction) -> Fraction:
    moved = replace(build, config=_moved(config, path, value), score_digits=12)
    return Fraction(sum(int(term.worth[0]) for term in score_terms(moved)), 10**12 * value.denominator)
