"""A built site asks nobody for anything: ``python docs/check_site.py FOLDER``.

Looks into every page and style sheet for what a browser would fetch by itself (scripts, styles,
images, fonts, frames), and whether every page and place that is linked within the site is there.
"""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: Elements whose address is fetched without anybody's click.
_FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href", "video": "src"}


class Page(HTMLParser):
    """What one page fetches, links to, and has places for."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.places: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element."""
        values = {name: value for name, value in attrs if value is not None}
        self.places.update(value for name, value in values.items() if name in ("id", "name"))
        if (address := values.get(_FETCHED.get(tag, ""))) is not None:
            self.fetched.append(address)
        if tag == "a" and "href" in values:
            self.links.append(values["href"])


def faults_of(folder: Path) -> list[str]:
    """Sentences about what is wrong with a site."""
    pages = {path: Page(path) for path in sorted(folder.rglob("*.html"))}
    faults = []
    for path, page in pages.items():
        shown = path.relative_to(folder)
        faults += [f"{shown} fetches {address}" for address in page.fetched if _is_elsewhere(address)]
        if path.name == "404.html":
            continue  # its addresses begin at the root of a server
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file():
                faults.append(f"{shown} links to {link}, which is not there")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].places:
                faults.append(f"{shown} links to {link}, and there is no such place")
    for path in sorted(folder.rglob("*.css")):
        addresses = re.findall(r"""(?:url\(|@import\s+(?!url\())["']?([^"')\s]+)""", path.read_text(encoding="utf-8"))
        faults += [f"{path.relative_to(folder)} fetches {address}" for address in addresses if _is_elsewhere(address)]
    return faults if pages else [f"there is no page in {folder}"]


def _is_elsewhere(address: str) -> bool:
    return address.startswith("//") or urlsplit(address).scheme in ("http", "https")


def main() -> int:
    """Print what is wrong."""
    faults = faults_of(Path(sys.argv[1]).resolve())
    print("\n".join(faults) or "nothing is fetched from elsewhere, every link leads somewhere")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
