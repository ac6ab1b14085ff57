"""The check of the built site finds what would be fetched from elsewhere, and links that lead nowhere."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("check_site", ROOT / "docs" / "check_site.py")
check_site = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(check_site)


def faults(folder, page, style=""):
    (folder / "index.html").write_text(page)
    (folder / "style.css").write_text(style)
    return check_site.faults_of(folder)


def test_a_site_on_its_own_is_right(tmp_path):
    page = '<link href="style.css"><h1 id="top"></h1><a href="#top"></a><a href="https://example.org">away</a>'
    assert faults(tmp_path, page, "a { background: url(data:image/png;base64,AA) }") == []


def test_what_is_fetched_from_elsewhere_is_told(tmp_path):
    page = '<script src="https://example.org/a.js"></script><img src="//example.org/b.png">'
    assert faults(tmp_path, page, "@import url('http://example.org/c.css');") == [
        "index.html fetches https://example.org/a.js",
        "index.html fetches //example.org/b.png",
        "style.css fetches http://example.org/c.css",
    ]


def test_links_that_lead_nowhere_are_told(tmp_path):
    assert faults(tmp_path, '<a href="gone.html"></a><a href="index.html#gone"></a>') == [
        "index.html links to gone.html, which is not there",
        "index.html links to index.html#gone, and there is no such place",
    ]


def test_a_folder_without_a_page_is_no_site(tmp_path):
    assert check_site.faults_of(tmp_path) == [f"there is no page in {tmp_path}"]
