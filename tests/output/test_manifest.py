"""What a manifest says of a run."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal

from small_results import build

from equipment_optimizer import __version__
from equipment_optimizer.output.config_json import to_json, write_json
from equipment_optimizer.output.manifest import make_manifest
from equipment_optimizer.records.results import SearchReport
from equipment_optimizer.system.file_hashes import hash_files


def test_the_manifest_has_exactly_the_documented_keys(tmp_path):
    source = tmp_path / "in.csv"
    source.write_bytes(b"text")
    inputs = hash_files([str(source), str(source)])
    assert inputs == [{"path": str(source), "sha256": hashlib.sha256(b"text").hexdigest()}]
    manifest = make_manifest(build(), inputs, notices=["one was assumed"], elapsed_seconds=0.25, peak_rss_bytes=1024)
    path = tmp_path / "manifest.json"
    write_json(manifest, str(path))
    read = json.loads(path.read_text(), parse_float=Decimal)
    assert list(read) == [
        "inputs",
        "version",
        "config",
        "notices",
        "n_combinations",
        "n_results",
        "engine",
        "proved",
        "gap",
        "counts",
        "nth_score",
        "n_tied",
        "elapsed_seconds",
        "peak_rss_bytes",
    ]
    del read["config"]
    assert read == {
        "inputs": inputs,
        "version": __version__,
        "notices": ["one was assumed"],
        "n_combinations": 6,
        "n_results": 2,
        "engine": "exhaustive",
        "proved": True,
        "gap": 0,
        "counts": {"enumerated": 6},
        "nth_score": Decimal("-0.3"),
        "n_tied": 0,
        "elapsed_seconds": Decimal("0.25"),
        "peak_rss_bytes": 1024,
    }


def test_the_manifest_of_a_stopped_search_says_what_is_not_known():
    report = SearchReport(engine="exhaustive", n_combinations=2**70, proved=False, gap=Decimal("Infinity"))
    results = build(indices=(), scaled=(), report=report)
    read = json.loads(to_json(make_manifest(results, [], elapsed_seconds=1, peak_rss_bytes=None)))
    assert read["n_combinations"] == 2**70
    assert read["proved"] is False
    assert [read[key] for key in ("gap", "nth_score", "n_tied", "peak_rss_bytes")] == [None] * 4
