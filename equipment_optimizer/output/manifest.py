"""The manifest: what went into a run, what it did and what it proves, as JSON values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .._version import __version__
from .config_json import config_as_json

if TYPE_CHECKING:
    from ..records.results import BuildResults

__all__ = ["make_manifest"]


def make_manifest(
    results: BuildResults,
    inputs: Sequence[Mapping[str, str | None]],
    *,
    folder: str = "",
    notices: Sequence[str] = (),
    elapsed_seconds: float,
    peak_rss_bytes: int | None,
    answers: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Everything that a manifest in `folder` says of one run.

    `inputs` are as `hash_files` gave them when the files were read; `answers`, keys of their own, come last.
    """
    report = results.report
    return {
        "inputs": list(inputs),
        "version": __version__,
        "config": config_as_json(results.config, folder),
        "notices": list(notices),
        "n_combinations": report.n_combinations,
        "n_results": len(results),
        "engine": report.engine,
        "proved": report.proved,
        # JSON has no infinity: null says that nothing is known.
        "gap": report.gap if report.gap.is_finite() else None,
        "counts": dict(report.counts),
        "nth_score": results.score(len(results) - 1) if len(results) else None,
        "n_tied": report.n_tied,
        "elapsed_seconds": Decimal(f"{elapsed_seconds:.6f}"),
        "peak_rss_bytes": peak_rss_bytes,
        **(answers or {}),
    }
