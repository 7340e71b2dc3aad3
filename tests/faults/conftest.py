"""The server of the journeys, to be copied and then killed."""

from tests.journeys.conftest import server

__all__ = ["server"]
