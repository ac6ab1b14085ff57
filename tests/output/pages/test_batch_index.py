"""The index of a batch: the way to every list's page, and nothing typed becomes markup."""

import json
import os

from batch_folder import config, make_folder
from page_jobs import NASTY, QUOTED, Outline

from equipment_optimizer.cli import main
from equipment_optimizer.output.pages.batch_index import write_index


def test_a_batch_writes_pages_and_an_index(tmp_path):
    folder, pages = tmp_path / "lists", tmp_path / "site" / "pages"
    make_folder(folder, 2)
    (folder / "a #1 & <b>.json").write_text(json.dumps(config(5)))
    (folder / "index.json").write_text(json.dumps(config(6)))
    (folder / "broken.json").write_text("{")
    assert main(["batch", str(folder), "--report-dir", str(pages), "--quiet"]) == 2
    assert sorted(os.listdir(pages)) == [
        "a #1 & <b>.html",
        "index (list).html",
        "index.html",
        "list0.html",
        "list1.html",
    ]
    index = (pages / "index.html").read_text()
    addresses = Outline(index).addresses
    assert addresses == ["./a%20%231%20%26%20%3Cb%3E.html", "./index%20%28list%29.html", "./list0.html", "./list1.html"]
    (pages / "list0.html").unlink()
    (pages / "list1.html").write_text("mine")
    before = (pages / "index (list).html").stat().st_mtime_ns
    assert main(["batch", str(folder), "--report-dir", str(pages), "--quiet"]) == 2
    assert "<h1>list1</h1>" in (pages / "list1.html").read_text()
    assert (pages / "list0.html").exists()
    assert (pages / "index (list).html").stat().st_mtime_ns == before


def test_an_index_escapes_what_it_names(tmp_path):
    path = tmp_path / "index.html"
    write_index(str(path), NASTY, [("x.html", (NASTY, "1", "2", "made", "3")), ("y", (QUOTED, "", "", "failed", ""))])
    assert Outline(path.read_text(encoding="utf-8")).addresses == []
    assert NASTY not in path.read_text(encoding="utf-8")
