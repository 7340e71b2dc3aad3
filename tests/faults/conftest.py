"""The server of the journeys, copied and then killed; their browser; and the table of what was
tried, which `make faults` prints at its end.
"""

from __future__ import annotations

import pytest

from tests.journeys.conftest import chromium, server, sign_in

__all__ = ["chromium", "server", "sign_in"]

# What was attacked: tried, found or refused, lost or let through.
TABLE: dict[str, tuple[int, int, int]] = {}


@pytest.fixture
def figures():
    """Note what was tried, what of it was found or refused, and what was lost or let through."""

    def note(what: str, tried: int, found: int, lost: int = 0) -> None:
        TABLE[what] = (tried, found, lost)

    return note


def pytest_terminal_summary(terminalreporter):
    if not TABLE:
        return
    terminalreporter.section("what was tried: tried, found or refused, lost or let through")
    for what, (tried, found, lost) in TABLE.items():
        terminalreporter.write_line(f"{what:<60} {tried:>7} {found:>7} {lost:>7}")
