"""Random jobs, the tables of ranges that are written of them, and ways to make those wrong."""

from __future__ import annotations

import csv
import random
from fractions import Fraction

from random_limits import with_limits
from random_problems import random_job

from equipment_optimizer.answers.plain_answers import exact_text, plain_ranges
from equipment_optimizer.answers.stability import stability
from equipment_optimizer.commands.stability import table_of
from equipment_optimizer.errors import InfeasibleError, UsageError
from equipment_optimizer.output.answer_file import write_answer
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.verify.output_file import read_output
from equipment_optimizer.verify.tables.weight_ranges import verify_ranges

#: Limits of every kind, weights of totals and counts, parts that draw from others.
LIMITS = {"totals", "counts", "drawn", "optional", "at_most"}


def written(path, seed: int, *, should_stop=None):
    """A random job, and the table of its ranges in a file."""
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=seed % 3 == 1, decorations=seed % 2 == 0, n_most=3)
        if seed % 4 > 1:
            job = with_limits(rng, job, LIMITS)
        try:
            table_written(path, job, should_stop=should_stop)
        except (InfeasibleError, UsageError):
            continue
        return job


def table_written(path, job, *, should_stop=None):
    """The table of a job's ranges in a file."""
    results = optimize(job.table, job.config, limit=3)
    ranges = stability(job.table, job.config, results=results, should_stop=should_stop)
    is_proved = all(weight_range.is_proved for weight_range in ranges)
    header, rows = table_of(plain_ranges(results, ranges), is_proved=is_proved)
    write_answer(str(path), header, rows, n_known=6, is_proved=True, overwrite=True)


def judged(path, job, **how):
    return verify_ranges(read_output(str(path)), job.table, job.config, **{"n_builds": 20_000, **how})


def cells_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def rewritten(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def ends_of(rows):
    """Row, and the columns of an end and of the build that comes next there, of all ends that there are."""
    return [(row, end, end + 2) for row in rows for end in (2, 3) if row[end]]


def moved(rng, rows, *, outwards: bool):
    """The line of a row with an end moved, but not past the weight; None where there is none that can be."""
    choices = [(row, end) for row, end, _ in ends_of(rows) if outwards or Fraction(row[end]) != Fraction(row[1])]
    if not choices:
        return None
    row, end = rng.choice(choices)
    at, value = Fraction(row[end]), Fraction(row[1])
    far = (at - value) * rng.choice([Fraction(1, 100), Fraction(1, 2), 1]) if outwards else (value - at) / 2
    row[end] = exact_text(at + (far or Fraction(2 * end - 5, 100)))
    return row


def removed_end(rng, rows):
    """A row with an end less, and nobody who comes next there."""
    choices = ends_of(rows)
    if not choices:
        return None
    row, end, other = rng.choice(choices)
    row[end] = row[other] = ""
    return row


def added_end(rng, rows):
    """A row with an end that is none, and with the build of another end."""
    told = [row[other] for row, _, other in ends_of(rows)]
    free = [(row, end) for row in rows for end in (2, 3) if not row[end]]
    if not told or not free:
        return None
    row, end = rng.choice(free)
    row[end], row[end + 2] = str(Fraction(row[1]) + (2 * end - 5) * 3), rng.choice(told)
    return row


def other_build(rng, rows):
    """A row with the build that comes next at another end."""
    pairs = [
        (row, other, text)
        for row, _, other in ends_of(rows)
        for text in {next_row[column] for next_row, _, column in ends_of(rows)} - {row[other]}
    ]
    if not pairs:
        return None
    row, other, text = rng.choice(pairs)
    row[other] = text
    return row


WRONG = {
    "wider": lambda rng, rows: moved(rng, rows, outwards=True),
    "narrower": lambda rng, rows: moved(rng, rows, outwards=False),
    "end removed": removed_end,
    "end added": added_end,
    "another build": other_build,
}
