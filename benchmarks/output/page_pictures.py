"""The pictures of the documentation, made from the examples: ``python benchmarks/output/page_pictures.py [FOLDER]``.

Needs a Chromium. Lists are made, their pages opened, and what is to be seen saved as PNG.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "output" / "pages")]

import chromium

from equipment_optimizer.cli import main as run

WEIGH = """document.getElementById('weigh').click();
document.querySelector("[aria-label='\u00d72: double the weight of Guard']").click();
document.getElementById('builds').scrollIntoView()"""

#: The rows come after the answer; pages without scripts have none to wait for.
READY = """new Promise(done => { const look = () =>
  !document.getElementById('rows') || document.documentElement.dataset.ready ? done() : setTimeout(look, 10);
  look(); })"""

#: File name, page, width, height, dark, and what is done before the picture is taken.
PICTURES = (
    ("report.png", "full.html", 1240, 800, False, "0"),
    ("report-builds.png", "full.html", 1060, 620, False, "document.getElementById('builds').scrollIntoView()"),
    ("report-phone.png", "full.html", 390, 780, True, "0"),
    (
        "report-compare.png",
        "full.html",
        1180,
        720,
        False,
        "document.querySelector('#rows [data-k=\"4\"] .open').click()",
    ),
    (
        "report-weights.png",
        "full.html",
        1060,
        620,
        False,
        WEIGH,
    ),
    (
        "report-formula.png",
        "damage.html",
        1180,
        1180,
        False,
        "document.querySelector('#rows tr.row:nth-child(3) button.open').click()",
    ),
    ("report-front.png", "front.html", 1060, 540, False, "document.getElementById('front').scrollIntoView()"),
    ("batch-index.png", "pages/index.html", 900, 520, False, "0"),
    ("batch-changes.png", "changes.html", 1000, 640, False, "0"),
)


def make_pages(folder: Path) -> None:
    """The pages that are shown, in a folder."""
    full, patch = folder / "full", ROOT / "example_data" / "patch"
    shutil.copytree(ROOT / "example_data" / "full", full)
    config = json.loads((full / "config.json").read_text())
    texts = {"title": "Fury first", "author": "the examples", "game": "An invented game", "version": "1.0"}
    (full / "config.json").write_text(json.dumps({**config, **texts}))
    job = [str(full / "equipment.csv"), str(folder / "full.csv"), str(full / "config.json")]
    run(["optimize", *job, "--quiet", "--report", str(folder / "full.html")])
    front = {**config, "title": "Score against hide", "front": ["Score", "Defence", "Fire Res"]}
    (full / "front.json").write_text(json.dumps(front))
    job = [str(full / "equipment.csv"), str(folder / "front.csv"), str(full / "front.json")]
    run(["optimize", *job, "--quiet", "--report", str(folder / "front.html")])
    damage = ROOT / "example_data" / "damage"
    job = [str(damage / "relics.csv"), str(folder / "damage.csv"), str(damage / "config.json")]
    run(["optimize", *job, "--quiet", "--report", str(folder / "damage.html")])
    shutil.copytree(patch, folder, dirs_exist_ok=True)
    batch = ["batch", str(folder / "builds.json"), "--quiet", "--report-dir", str(folder / "pages")]
    for version in ("before", "after"):
        shutil.copy(patch / f"equipment_{version}.csv", folder / "equipment.csv")
        run([*batch, *(["--changes", str(folder / "changes.md")] if version == "after" else [])])


def main() -> None:
    """Make the pages and take the pictures."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, chromium.Page(chromium.find()) as browser:
        make_pages(Path(name))
        for picture, page, width, height, dark, act in PICTURES:
            browser.open(Path(name, page), width=width, height=height, dark=dark)
            browser.evaluate(READY)
            browser.evaluate(act)
            browser.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 200)))")
            browser.screenshot(target / picture)
            print(f"{picture}: {(target / picture).stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
