"""What the documents show is run as it stands."""

import pytest


@pytest.fixture(autouse=True)
def untraced(monkeypatch):
    """Coverage does not watch the many processes that pages start: their commands have tests of their own."""
    for name in ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START"):
        monkeypatch.delenv(name, raising=False)
