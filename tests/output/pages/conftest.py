"""A browser for the tests of pages, and the check that a page had no problem and asked for nothing."""

import chromium
import pytest
from page_jobs import example


@pytest.fixture(scope="session")
def browser():
    program = chromium.find()
    if program is None:
        pytest.skip(f"no browser on this machine: none of {', '.join(chromium.NAMES)} is installed")
    with chromium.Page(program) as page:
        yield page


@pytest.fixture
def page(browser, tmp_path):
    """A function that opens a report, the example's if no other; at the end it looks for problems."""
    browser.problems.clear()
    browser.requests.clear()
    path = tmp_path / "report.html"

    def opened(text=None, **how):
        path.write_text(example(60)[1] if text is None else text, encoding="utf-8")
        browser.open(path, **how)
        look = "const look = () => document.documentElement.dataset.ready ? done('yes') : setTimeout(look, 10);"
        assert browser.evaluate(f"new Promise(done => {{ {look} look(); setTimeout(done, 600000); }})") == "yes"
        return browser

    yield opened
    assert browser.problems == []
    # Only the page itself, and pictures that it drew.
    asked = {address.partition("#")[0] for address in browser.requests if not address.startswith("data:image/svg+xml")}
    assert asked <= {path.absolute().as_uri()}
