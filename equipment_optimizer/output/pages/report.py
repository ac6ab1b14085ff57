"""A report as one self-contained page: builds to sort, filter, open and compare.

In: `BuildResults` and facts of the run. Out: HTML that asks for nothing over the
network. Jinja2 fills the page, because it escapes whatever is put in; the plot is
inline SVG, because a plotting library would be forty times the size of the page.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..._version import __version__
from ...records.results import format_score
from ...system.atomic_file import atomic_writer
from ...system.machine import peak_rss_bytes
from ...units import format_count, format_seconds, format_size

if TYPE_CHECKING:
    from ...records.results import BuildResults

__all__ = ["RunFacts", "render_report", "write_report"]

#: Width and height of the plot in its own units.
PLOT_WIDTH, PLOT_HEIGHT = 1000, 200

#: Points of the plotted line: more than any screen has columns for it.
_PLOT_POINTS = 600

#: Pieces of a body part that are shown at once.
_USED_PIECES = 6

#: Builds shown where scripts are turned off.
_PLAIN_ROWS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What a report says of the run beside its results.

    Attributes
    ----------
    title : str
    inputs : sequence of mapping
        Path and SHA-256 of each input file, as `file_hashes.hash_files` gives them.
    elapsed_seconds : float
    peak_rss_bytes : int or None
    notices : sequence of str
    """

    title: str
    inputs: Sequence[Mapping[str, str | None]]
    elapsed_seconds: float
    peak_rss_bytes: int | None
    notices: Sequence[str] = ()

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


def write_report(results: BuildResults, facts: RunFacts, path: str) -> None:
    """Write a report, replacing the file as a whole; ``-`` is standard output."""
    with atomic_writer(path) as writer:
        writer.write(render_report(results, facts))


def render_report(results: BuildResults, facts: RunFacts) -> bytes:
    """The page of one list of builds, in UTF-8.

    O(K x columns) time and memory: about 35 bytes of page a build (``benchmarks/output/report_page.py``).
    """
    from ._rendering import assets, environment
    from ._report_data import json_for_script, piece_usage, report_data

    usage = [(position, pieces[:_USED_PIECES], pieces[_USED_PIECES:]) for position, pieces in piece_usage(results)]
    page = (
        environment()
        .get_template("report.html.j2")
        .render(
            title=results.config.texts.get("title") or facts.title,
            texts=[(key, text) for key, text in results.config.texts.items() if key != "title" and text],
            notices=[_without_folders(notice, facts) for notice in facts.notices],
            results=results,
            n_builds=len(results),
            tiles=_tiles(results, facts),
            facts=_fact_rows(results, facts),
            config=_config_text(results),
            usage=usage,
            plot=_plot(results),
            plain_columns=[column.name for column in results.columns],
            plain_rows=list(results.head(_PLAIN_ROWS).iter_rows()) if len(results) else [],
            data=json_for_script(report_data(results)),
            **assets("report.css", "report.js"),
        )
    )
    return page.encode("utf-8", "backslashreplace")


def _tiles(results: BuildResults, facts: RunFacts) -> list[tuple[str, str]]:
    """The figures at the head of the page."""
    report = results.report
    tiles = [("builds", f"{len(results):,}"), ("combinations", format_count(report.n_combinations))]
    if len(results):
        best, last = (format_score(int(results.scaled_scores[k]), results.score_digits) for k in (0, -1))
        tiles = [("best score", best), ("last score", last), *tiles]
    tiles.append(("proved", "yes" if report.proved else "not all"))
    return [*tiles, ("time", format_seconds(facts.elapsed_seconds))]


def _fact_rows(results: BuildResults, facts: RunFacts) -> list[tuple[str, str]]:
    """What went in, what was done, what is proved."""
    report = results.report
    # Names of files, not where they are: a page is there to be shared.
    rows = [
        (os.path.basename(entry["path"] or ""), f"SHA-256 {entry['sha256']}" if entry["sha256"] else "not a file")
        for entry in facts.inputs
    ]
    if report.proved:
        proof = "every build listed is proved to belong here"
    elif report.gap.is_finite():
        proof = f"stopped early: a build that is missing may beat the last one by {report.gap.normalize():f}"
    else:
        proof = "stopped early: builds that are missing may be better"
    rows += [("proof", proof), ("engine", report.engine)]
    counts = [(rule.replace("_", " "), count) for rule, count in report.counts.items() if count]
    rows += [(rule, f"{format_count(count)} combinations") for rule, count in counts]
    if report.n_tied is not None:
        rows.append(("not listed, with the last score", format_count(report.n_tied)))
    rows += [("time", format_seconds(facts.elapsed_seconds))]
    if facts.peak_rss_bytes is not None:
        rows.append(("peak memory", format_size(facts.peak_rss_bytes)))
    return [*rows, ("program", f"equipment-optimizer {__version__}")]


def _without_folders(notice: str, facts: RunFacts) -> str:
    """A notice with the names of files, not where they are: a page is there to be shared."""
    for path in sorted((entry["path"] or "" for entry in facts.inputs), key=len, reverse=True):
        if os.path.dirname(path):
            notice = notice.replace(path, os.path.basename(path))
    return notice


def _config_text(results: BuildResults) -> str:
    """The configuration as it was understood."""
    from ..config_json import config_as_json, to_json

    plain = config_as_json(results.config)
    plain.pop("_side_files", None)
    return to_json(plain)


def _plot(results: BuildResults) -> dict[str, Any] | None:
    """The scores by rank as a line, and what stands at its axes; None for less than two builds."""
    n_builds = len(results)
    if n_builds < 2:
        return None
    from ._report_data import score_steps

    scores = [float(score) for score in results.scaled_scores.tolist()]
    high, low = scores[0], scores[-1]
    span = (high - low) or 1.0
    points = [
        (PLOT_WIDTH * k / (n_builds - 1), PLOT_HEIGHT * (high - scores[k]) / span if high > low else PLOT_HEIGHT / 2)
        for k in score_steps(scores, _PLOT_POINTS)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return {
        "line": line,
        "area": f"0,{PLOT_HEIGHT} {line} {PLOT_WIDTH},{PLOT_HEIGHT}",
        "width": PLOT_WIDTH,
        "height": PLOT_HEIGHT,
        "high": format_score(int(results.scaled_scores[0]), results.score_digits),
        "low": format_score(int(results.scaled_scores[-1]), results.score_digits),
    }
