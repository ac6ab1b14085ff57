"""Jobs whose score is a formula, from files to files: lists, spreadsheets, batches, manifests, names that clash."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

import equipment_optimizer as eo
from equipment_optimizer.cli import main

ROWS = """Name,Body Part,Base Def,Attack,Skill 1 Name,Skill 1 Level,Tier
Cap,Head,3,5,Attack Boost,2,Exotic
Hood,Head,2,1,Critical Eye,3,
Coat,Body,9,4,Attack Boost,1,Exotic
Vest,Body,9,4,Critical Eye,1,
Robe,Body,1,9.5,Score,1,
"""
RAW = {"name": "raw", "base": 230, "of": {"Attack": 1, "Attack Boost": [0, 3, 6, 9]}}
CRITICAL = {
    "name": "Attack",
    "base": 1,
    "times": [{"base": Decimal("0.05"), "of": {"Critical Eye": Decimal("0.1")}, "max": 1}, {"base": Decimal("0.25")}],
}
EXOTICS = {"name": "Score", "base": 1, "of": {"exotics": -1}, "min": -1}


def written(folder: Path, *factors: object, name: str = "config.json", **more: object) -> list[str]:
    """Equipment and a configuration in a folder: their paths."""
    (folder / "equipment.csv").write_text(ROWS, encoding="utf-8")
    config = {"limit": 9, "body_parts": {"Head": 1, "Body": 1}, "formula": {"factors": factors}, **more}
    config["counts"] = {"exotics": {"where": {"Tier": {"in": ["Exotic"]}}}}
    (folder / name).write_text(json.dumps(config, default=float), encoding="utf-8")
    return [str(folder / "equipment.csv"), str(folder / name)]


def optimized(
    folder: Path, equipment: str, config: str, output: str = "out.csv", *options: str
) -> list[dict[str, str]]:
    """The rows of a list, which verify finds right."""
    out = str(folder / output)
    assert main(["optimize", equipment, out, config, "--quiet", *options]) == 0
    assert main(["verify", out, equipment, config, "--quiet"]) == 0
    if not output.endswith(".csv"):
        return []
    with open(out, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_factors_multiply_to_the_score_and_have_columns_of_their_own_names(tmp_path: Path) -> None:
    rows = optimized(tmp_path, *written(tmp_path, RAW, CRITICAL, EXOTICS, totals={"Attack": {"max": 13}}))
    header = list(rows[0])
    assert header[header.index("Defence") :] == [
        "Defence", "Attack", "exotics", "raw", "Attack (factor)", "Score (factor)", "Score"
    ]  # fmt: skip
    for row in rows:
        factors = [Decimal(row[name]) for name in ("raw", "Attack (factor)", "Score (factor)")]
        assert factors[0] * factors[1] * factors[2] == Decimal(row["Score"])
    # Exotics 0, 1 and 2 make the last factor 1, 0 and -1: what is 0 stands between, by rank.
    assert [row["Score (factor)"] for row in rows] == ["1", "1", "0", "0", "-1"]
    assert [row["Head"] + row["Body"] for row in rows[2:4]] == ["CapVest", "HoodCoat"]


@pytest.mark.parametrize("form", [["--excel"], ["--excel=semicolon"], ["--spreadsheet-safe"]])
def test_spreadsheets_get_formulas_and_give_them_back(form: list[str], tmp_path: Path) -> None:
    job = written(tmp_path, RAW, CRITICAL)
    plain = optimized(tmp_path, *job, "plain.csv")
    optimized(tmp_path, *job, "out.csv", *form)
    with open(tmp_path / "out.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";" if "semicolon" in form[0] else ","))
    wanted = ["Head", "raw", "Attack", "Score"]
    assert [[row[name] for name in wanted] for row in rows] == [[row[name] for name in wanted] for row in plain]


def test_a_workbook_of_a_formula_is_verified(tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter")
    job = written(tmp_path, RAW, CRITICAL)
    optimized(tmp_path, *job, "out.xlsx")
    table, own, _ = eo.load_job(*job)
    verdict = eo.verify_builds(str(tmp_path / "out.xlsx"), table, own)
    assert verdict.differences == ()
    assert verdict.checks[0].startswith("6 rows re-scored")


def test_verify_finds_a_factor_and_an_order_that_are_wrong(tmp_path: Path) -> None:
    equipment, config = written(tmp_path, RAW, CRITICAL)
    rows = optimized(tmp_path, equipment, config)
    table, own, _ = eo.load_job(equipment, config)
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("".join(lines).replace(f",{rows[0]['raw']},", ",231,", 1), encoding="utf-8")
    (found,) = eo.verify_builds(str(wrong), table, own).differences
    assert (found.line, found.column, found.expected, found.found) == (2, "raw", rows[0]["raw"], "231")
    wrong.write_text("".join([lines[0], lines[2], lines[1], *lines[3:]]), encoding="utf-8")
    assert [found.column for found in eo.verify_builds(str(wrong), table, own).differences] == ["(order)"]


def test_the_manifest_makes_the_same_list_again(tmp_path: Path) -> None:
    equipment, config = written(tmp_path, RAW, CRITICAL, EXOTICS)
    rows = optimized(tmp_path, equipment, config, "out.csv", "--manifest", str(tmp_path / "m.json"))
    told = json.loads((tmp_path / "m.json").read_text(encoding="utf-8"), parse_float=Decimal)
    assert (str(told["nth_score"]), told["proved"], told["gap"]) == (rows[-1]["Score"], True, 0)
    (tmp_path / "again.json").write_text(json.dumps(told["config"], default=float), encoding="utf-8")
    assert optimized(tmp_path, equipment, str(tmp_path / "again.json"), "again.csv") == rows


def test_lists_of_a_batch_may_have_formulas_of_their_own(tmp_path: Path) -> None:
    lists = {"raw": [RAW], "both": [RAW, CRITICAL], "exotic": [RAW, EXOTICS]}
    for name, factors in lists.items():
        equipment, config = written(tmp_path, *factors, name=f"{name}.json")
        optimized(tmp_path, equipment, config, f"single-{name}.csv")
    builds = [{"name": name, "config": f"{name}.json"} for name in lists]
    batch = {"defaults": {"equipment": "equipment.csv"}, "builds": builds}
    (tmp_path / "builds.json").write_text(json.dumps(batch), encoding="utf-8")
    assert main(["batch", str(tmp_path / "builds.json"), "--quiet", "--report-dir", str(tmp_path / "pages")]) == 0
    for name in lists:
        assert (tmp_path / f"{name}.csv").read_bytes() == (tmp_path / f"single-{name}.csv").read_bytes()
    changed = written(tmp_path, {**RAW, "base": 100}, name="raw.json")
    assert main(["batch", str(tmp_path / "builds.json"), "--quiet", "--changes", str(tmp_path / "changes.md")]) == 0
    told = (tmp_path / "changes.md").read_text(encoding="utf-8")
    assert "$.formula.factors" in told
    assert optimized(tmp_path, *changed, "single-raw.csv")[0]["raw"] == "120.5"


def test_results_of_a_session_are_exact(tmp_path: Path) -> None:
    table, config, _ = eo.load_job(
        *written(tmp_path, {**RAW, "base": 10**17}, {**RAW, "name": "again", "base": 10**17})
    )
    results = eo.optimize(table, config)
    best = results[0]
    assert Fraction(best.score) == Fraction(best.cells["raw"]) * Fraction(best.cells["again"]) > 10**34
    assert repr(results).splitlines()[2].split()[1] == f"{str(best.score)[:15]}…"
    frame = results.to_dataframe(exact=True)
    assert list(frame["Score"]) == [results.score(k) for k in range(len(results))]
    assert results.to_dataframe()["Score"].dtype == float
    assert results[:2].scaled_scores.tolist() == results.scaled_scores.tolist()[:2]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["stability"], "a formula has no weights that could be moved [$.formula]"),
    ],
)
def test_what_cannot_judge_a_formula_says_so(
    command: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, *written(tmp_path, RAW)]) == 2
    error = capsys.readouterr().err
    assert message in error and "  mend: " in error


def test_rows_that_must_differ_do_so_beside_a_formula(tmp_path: Path) -> None:
    for key, value in {"variants": "one", "different": {"pieces": 2}, "share": 0.5}.items():
        equipment, config = written(tmp_path, RAW, **{key: value})
        assert main(["optimize", equipment, str(tmp_path / "out.csv"), config, "--quiet", "--overwrite"]) == 0
        assert main(["verify", str(tmp_path / "out.csv"), equipment, config]) == 0


def test_a_front_of_a_formula_and_a_total(tmp_path: Path) -> None:
    """With its page, and as `verify` has it."""
    equipment, config = written(tmp_path, RAW, front=["Score", "Defence"])
    out, page = str(tmp_path / "out.csv"), str(tmp_path / "page.html")
    assert main(["optimize", equipment, out, config, "--quiet", "--report", page, "--manifest", f"{out}.json"]) == 0
    assert main(["verify", out, equipment, config]) == 0
