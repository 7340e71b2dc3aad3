"""The server of the journeys, to be copied and then killed; and their browser."""

from tests.journeys.conftest import chromium, server, sign_in

__all__ = ["chromium", "server", "sign_in"]
