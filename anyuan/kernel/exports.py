"""Owns what leaves the program as a file: cells that do nothing when the file is opened, and the
answer that carries it.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from django.http import HttpResponse

from .text import cleaned

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# With what a spreadsheet takes a text for a formula, also where it forgives full-width signs.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(value: object) -> object:
    """A cell that stays a text for whoever opens the file."""
    if not isinstance(value, str):
        return value
    text = cleaned(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def harmless_row(values: Sequence[object]) -> list[object]:
    return [harmless(v) for v in values]


def as_typed(text: str) -> str:
    """What `harmless` made of a text, as it was before."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text


def download(body: bytes, kind: str, name: str) -> HttpResponse:
    """The answer that a browser keeps as a file of this name."""
    response = HttpResponse(body, content_type=kind)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response
