"""How large a report page of many builds is, and how soon a browser has painted it.

    python benchmarks/output/report_page.py [BUILDS [EQUIPMENT.csv CONFIG.json]]

Takes the example unless another job is named, and needs a Chromium. Prints the time to make the page, its size, and
what the browser says of itself: first paint, the time until the table is there, a search, another weight.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "output" / "pages")]

import chromium

import equipment_optimizer as eo
from equipment_optimizer.output.pages.report import RunFacts, render_report

#: Times the page is opened, with a fresh document each.
ROUNDS = 7

PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
LOADED = "performance.getEntriesByName('builds')[0].startTime"
SEARCH = """(() => { const start = performance.now(), field = document.getElementById('find');
field.value = 'onyx, not dune, Attack Boost >= 4';
field.dispatchEvent(new Event('input', {bubbles: true}));
return performance.now() - start; })()"""
WEIGH = """(() => { if (!document.querySelector('.slider')) document.getElementById('weigh').click();
const start = performance.now();
document.querySelector('.slider button').click();
return performance.now() - start; })()"""


def main() -> None:
    """Measure and print."""
    n_builds = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    data = ROOT / "example_data"
    files = sys.argv[2:4] or [data / "equipment.csv", data / "config.json"]
    table, config, _ = eo.load_job(*files, limit=n_builds)
    results = eo.optimize(table, config)
    started = time.process_time()
    page = render_report(results, RunFacts(title="measured", inputs=[], elapsed_seconds=0.0, peak_rss_bytes=None))
    made = time.process_time() - started
    size = f"{len(page):,} bytes, {len(page) / len(results):.0f} a build"
    print(f"{len(results):,} builds: page made in {made:.2f} s of processor time, {size}")
    with tempfile.TemporaryDirectory() as folder, chromium.Page(chromium.find()) as browser:
        path = Path(folder, "page.html")
        path.write_bytes(page)
        figures = {"first paint": [], "table there": [], "search": [], "another weight": []}
        for _ in range(ROUNDS):
            browser.open(path)
            browser.until("document.documentElement.dataset.ready")
            browser.until("performance.getEntriesByName('first-contentful-paint').length")
            for name, code in (
                ("first paint", PAINT),
                ("table there", LOADED),
                ("search", SEARCH),
                ("another weight", WEIGH),
            ):
                figures[name].append(browser.evaluate(code))
    for name, values in figures.items():
        spread = f"median of {ROUNDS}, {min(values):.0f} to {max(values):.0f}"
        print(f"{name}: {statistics.median(values):.0f} ms ({spread})")


if __name__ == "__main__":
    main()
