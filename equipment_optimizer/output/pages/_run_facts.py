"""What a page says of the run: in words, files by their names, and the scores as a line."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ..._version import __version__
from ...records.results import format_score
from ...system.machine import peak_rss_bytes
from ...units import format_count, format_seconds, format_size

if TYPE_CHECKING:
    from ...records.results import BuildResults, SearchReport

__all__ = [
    "RunFacts",
    "fact_rows",
    "input_files",
    "input_names",
    "notices_by_place",
    "plot",
    "proof_sentence",
    "score_steps",
    "stopped_sentence",
]

#: Width and height of the plot in its own units.
PLOT_WIDTH, PLOT_HEIGHT = 10_000, 2_000

#: Points of the plotted line: one for every few columns of a screen.
_PLOT_POINTS = 300

#: What the counters of a search are, in words.
_COUNTERS = {
    "enumerated": "Builds looked at one by one",
    "pruned_by_bound": "Builds ruled out together",
    "not_reached": "Builds not looked at",
}

_ENGINES = {
    "bounded": "bounded: what cannot be listed is ruled out by bounds",
    "exhaustive": "exhaustive: every build is scored",
}

_RAISED = str.maketrans("0123456789", "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What a report says of the run beside its results."""

    title: str
    inputs: Sequence[Mapping[str, str | None]]  # path and SHA-256 of each input file, as `hash_files` gives them
    elapsed_seconds: float
    peak_rss_bytes: int | None = None
    notices: Sequence[str] = ()
    command: str = ""  # what makes the list again, in names without folders; empty where it is not known
    #: rows by ``stability`` and ``pieces``, told beside the list
    answers: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    @classmethod
    def of(cls, paths: Iterable[str], *, title: str, started: float, notices: Sequence[str] = ()) -> RunFacts:
        """Facts as they are now, of a run that read `paths` and began at `started` of `time.perf_counter`."""
        from ...system.file_hashes import hash_files

        return cls(
            title=title,
            inputs=hash_files(paths),
            elapsed_seconds=time.perf_counter() - started,
            peak_rss_bytes=peak_rss_bytes(),
            notices=notices,
        )


def stopped_sentence(report: SearchReport) -> str:
    """What is known of a list that is not complete; empty where it is."""
    if report.proved:
        return ""
    if report.unsettled:
        known = f"Not settled: {report.unsettled}."
    elif report.gap.is_finite():
        known = f"A build that is missing may beat the last one listed by {report.gap.normalize():f} at most."
    else:
        known = "How much better a build that is missing may be is not known."
    return f"The search was stopped early: better builds may be missing. {known} Run it again for the whole list."


def proof_sentence(results: BuildResults) -> str:
    """How far the list can be relied on."""
    if not results.report.proved:
        return "not complete: stopped early"
    if results.config.front:
        return "complete: every outcome that no other beats in all that is weighed is listed"
    if results.config.is_selective:
        return "complete: each build is the best of those that may stand with the ones above it"
    if results.fillings is not None:
        return "complete: no other choice of pieces scores more than the last build, whatever is in its slots"
    return "complete: no build that is missing scores more than the last one listed"


def fact_rows(results: BuildResults, facts: RunFacts) -> list[tuple[str, str]]:
    """What went in, what was done, what is proved."""
    report = results.report
    rows = [("Is the list complete?", proof_sentence(results))]
    rows += [("Builds that are possible", _count(report.n_combinations))]
    rows += [(_COUNTERS.get(rule, rule.replace("_", " ")), _count(n)) for rule, n in report.counts.items() if n]
    if report.n_tied is not None:
        rows.append(("Not listed, with the last score", _count(report.n_tied)))
    rows += [("Time", format_seconds(facts.elapsed_seconds))]
    if facts.peak_rss_bytes is not None:
        rows.append(("Memory at most", format_size(facts.peak_rss_bytes)))
    rows += [("Search", _ENGINES.get(report.engine, report.engine)), ("Program", f"equipment-optimizer {__version__}")]
    return rows


def _count(count: int) -> str:
    """A count, with a power of ten where it is too long to be read.

    >>> _count(1_045_000_000_000_000)
    '1.045 \u00d7 10\u00b9\u2075'
    """
    digits, is_power, exponent = format_count(count).partition("e")
    return f"{digits} \u00d7 10{exponent.translate(_RAISED)}" if is_power else digits


def input_files(facts: RunFacts) -> list[tuple[str, str]]:
    """Names and SHA-256 of what was read, empty for what was no file; not where it is: a page is there to be shared."""
    return [(os.path.basename(entry["path"] or ""), entry["sha256"] or "") for entry in facts.inputs]


def input_names(facts: RunFacts) -> tuple[str, str]:
    """Equipment and config as a command line names them: only plain names, since whoever copies it trusts the page."""
    names = [name for name, _ in input_files(facts)[:2]]
    known = zip(names, (r"[\w.-]+\.csv", r"[\w.-]+\.json"), strict=False)
    if len(names) == 2 and all(re.fullmatch(form, name, re.ASCII) and name[0] != "-" for name, form in known):
        return names[0], names[1]
    return "EQUIPMENT.csv", "CONFIG.json"


def notices_by_place(facts: RunFacts, config_source: str) -> dict[str, list[str]]:
    """Notices by where they concern: ``answer`` the best build, ``config`` what is valued, ``run`` the rest."""
    places: dict[str, list[str]] = {"answer": [], "config": [], "run": []}
    for notice in facts.notices:
        text = _without_folders(notice, facts)
        if "of the best build's score" in notice:
            places["answer"].append(text)
        else:
            places["config" if config_source and notice.startswith(config_source) else "run"].append(text)
    return places


def _without_folders(notice: str, facts: RunFacts) -> str:
    """A notice with the names of files, not where they are: a page is there to be shared."""
    for path in sorted((entry["path"] or "" for entry in facts.inputs), key=len, reverse=True):
        if os.path.dirname(path):
            notice = notice.replace(path, os.path.basename(path))
    return notice


def score_steps(scores: Sequence[int], n_most: int) -> list[int]:
    """Ranks at which a line through the scores needs a point, at most `n_most` of them."""
    n_scores = len(scores)
    corners = [k for k in range(n_scores) if k in (0, n_scores - 1) or not scores[k - 1] == scores[k] == scores[k + 1]]
    stride = max(1, -(-len(corners) // n_most))
    return sorted({*corners[::stride], 0, n_scores - 1})


def plot(results: BuildResults) -> dict[str, Any] | None:
    """The scores by rank as a path, and what stands at its axes; None for less than two builds."""
    n_builds = len(results)
    if n_builds < 2:
        return None
    scores: list[int] = results.scaled_scores.tolist()  # of a formula they may pass every float
    high, low = scores[0], scores[-1]
    span = (high - low) or 1
    points = [
        (PLOT_WIDTH * k // (n_builds - 1), PLOT_HEIGHT * (high - scores[k]) // span if high > low else PLOT_HEIGHT // 2)
        for k in score_steps(scores, _PLOT_POINTS)
    ]
    moves = " ".join(f"{right - left} {lower - upper}" for (left, upper), (right, lower) in pairwise(points))
    return {
        # The line, and the area below it; what is beside and below the plot is not shown.
        "path": f"M-99 {2 * PLOT_HEIGHT}V{points[0][1]}H0l{moves}h99V{2 * PLOT_HEIGHT}",
        "width": PLOT_WIDTH,
        "height": PLOT_HEIGHT,
        "high": format_score(int(results.scaled_scores[0]), results.score_digits),
        "low": format_score(int(results.scaled_scores[-1]), results.score_digits),
    }
