"""How a line of the log looks; loaded before Django is, so it knows nothing of it."""

from __future__ import annotations

import json
import logging
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")


class WithRequestId(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class WithoutAddress(logging.Filter):
    """Django's own line for an error names the address, ids and all; ours names the route."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name == "django.request" and record.args:
            record.msg, record.args = str(record.msg).split(":", maxsplit=1)[0], ()
        return True


class AsJson(logging.Formatter):
    """One JSON object a line, for whatever gathers logs."""

    def format(self, record: logging.LogRecord) -> str:
        body = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": getattr(record, "request_id", "-"),
            "message": record.getMessage(),
        }
        body |= {k: getattr(record, k) for k in ("route", "status", "ms") if hasattr(record, k)}
        if record.exc_info:
            body["trace"] = self.formatException(record.exc_info)
        return json.dumps(body, ensure_ascii=False, default=str)
