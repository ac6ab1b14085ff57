"""A report as one self-contained page: builds to sort, filter, open and compare.

In: `BuildResults` and facts of the run. Out: HTML that asks for nothing over the
network. Jinja2 fills the page, because it escapes whatever is put in; the plot is
inline SVG, because a plotting library would be forty times the size of the page.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ...system.atomic_file import atomic_writer
from ...system.file_hashes import fingerprint
from ._run_facts import RunFacts, fact_rows, input_files, input_names, notices_by_place, plot, stopped_sentence

if TYPE_CHECKING:
    from ...records.config import Config
    from ...records.results import BuildResults

__all__ = ["MOST_BUILDS", "RunFacts", "left_out", "render_report", "write_report"]

#: Builds that a page holds: its first paint takes a third of a second then, and nobody goes through more.
MOST_BUILDS = 10_000

#: Pieces of a body part that are shown at once.
_USED_PIECES = 6

#: What makes a list again where nothing is known of how it was made.
_COMMAND = "python -m equipment_optimizer optimize EQUIPMENT.csv OUT.csv CONFIG.json"

#: Builds shown where scripts are turned off.
_PLAIN_ROWS = 3


def write_report(results: BuildResults, path: str | os.PathLike[str], facts: RunFacts | None = None) -> None:
    """Write a page to look at and to share: one file, which asks for nothing from elsewhere.

    Parameters
    ----------
    results : BuildResults
    path : str or path-like
        Replaced as a whole; ``-`` is standard output.
    facts : RunFacts, optional
        What is known of the run; by default the input files that the configuration knows of, and the title is
        the configuration's or that of the file.

    Raises
    ------
    OutputError
        If the file cannot be written.

    Notes
    -----
    Of a list of more than 10,000 builds the page holds the first 10,000, and says so.

    Examples
    --------
    >>> import os, tempfile
    >>> table, config, _ = load_job("example_data/equipment.csv", "example_data/config.json", limit=3)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_report(optimize(table, config), os.path.join(folder, "builds.html"))
    ...     os.listdir(folder)
    ['builds.html']
    """
    path = os.fspath(path)
    if facts is None:
        title = os.path.splitext(os.path.basename(path))[0]
        inputs = [{"path": name, "sha256": None} for name in results.config.inputs]
        facts = RunFacts(title=title, inputs=inputs, elapsed_seconds=results.report.elapsed_seconds)
    with atomic_writer(path) as writer:
        writer.write(render_report(results, facts))


def left_out(results: BuildResults) -> str | None:
    """That a page does not hold all builds; None where it does."""
    if len(results) <= MOST_BUILDS:
        return None
    return f"the page shows the first {MOST_BUILDS:,} of {len(results):,} builds; the file of builds has them all"


def render_report(results: BuildResults, facts: RunFacts) -> bytes:
    """The page of one list of builds, in UTF-8: of the first `MOST_BUILDS`.

    O(K x columns) time and memory: 3 to 9 bytes a build beside some 120 kB (``benchmarks/output/report_page.py``).
    """
    from ..config_json import to_json
    from ..score_terms import score_terms
    from ._answers import firm_rows, gain_groups, worth_parts
    from ._best_build import best_build, described, objective_words
    from ._front_plots import front_plots
    from ._rendering import SCRIPTS, assets, environment
    from ._report_data import json_for_script, piece_usage, report_data
    from ._values_in_words import valued

    n_listed, told = len(results), left_out(results)
    results = results if told is None else results.head(MOST_BUILDS)
    config = results.config
    texts = {key: config.texts.get(key, "") for key in ("title", "note", "author", "game", "version")}
    plain, terms = _plain_config(config), score_terms(results)
    best = best_build(results)
    usage = [(position, pieces[:_USED_PIECES]) for position, pieces in piece_usage(results)]
    plain_columns, plain_rows = _plain_table(results)
    page = (
        environment()
        .get_template("report.html.j2")
        .render(
            title=texts["title"] or facts.title,
            texts=texts,
            byline=[text for text in (texts["game"], texts["version"]) if text],
            description=described(best, results),
            stopped=stopped_sentence(results.report),
            best=best,
            valued=valued(plain, terms),
            notices=notices_by_place(facts, config.source),
            n_builds=n_listed,
            n_shown=len(results),
            left_out=None if told is None else f"{told[0].upper()}{told[1:]}.",
            facts=fact_rows(results, facts),
            files=input_files(facts),
            inputs=fingerprint(entry["sha256"] for entry in facts.inputs),
            command=facts.command or _COMMAND,
            input_names=input_names(facts),
            config=to_json(plain),
            usage=usage,
            front=list(map(objective_words, plain.get("front", ()))),
            front_plots=front_plots(results),
            firm=firm_rows(facts.answers),
            worth=worth_parts(facts.answers),
            gains=gain_groups(facts.answers),
            gains_are_proved=all(row["proved"] for row in facts.answers.get("gains", ())),
            worth_is_proved=all(row["proved"] for row in facts.answers.get("pieces", ())),
            plot=None if "front" in plain else plot(results),
            plain_columns=plain_columns,
            plain_rows=plain_rows,
            data=json_for_script(report_data(results, plain, terms)),
            **assets("report.css", *SCRIPTS),
        )
    )
    return page.encode("utf-8", "backslashreplace")


def _plain_config(config: Config) -> dict[str, Any]:
    """The configuration as one beside the first is written, with no more of where files are."""
    from ..config_json import config_as_json

    plain = config_as_json(config, os.path.dirname(config.inputs[0]) if config.inputs else None)
    plain.pop("_side_files", None)
    if "files" in plain:
        plain["files"] = {
            key: path if path.count("..") < 2 else os.path.basename(path) for key, path in plain["files"].items()
        }
    return plain


def _plain_table(results: BuildResults) -> tuple[list[str], list[list[str]]]:
    """The first builds for a page without scripts: pieces, listed skills, defence, score."""
    first, listed = results.head(_PLAIN_ROWS), frozenset(results.config.listed_skills)
    kept = [
        number
        for number, column in enumerate(first.columns)
        if column.kind not in ("skill", "slots", "resistance") or column.name in listed
    ]
    rows = first.iter_rows() if len(first) else ()
    return [first.columns[number].name for number in kept], [[str(row[number]) for number in kept] for row in rows]
