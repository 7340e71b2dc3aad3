"""Files that leave the program, each written down: who took what, of which unit, how much of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from anyuan.kernel.clock import now
from anyuan.kernel.exports import download
from anyuan.kernel.http import View, reads, viewer_of
from anyuan.kernel.scoping import acting

from . import services


@dataclass(frozen=True)
class Export:
    """A file as it leaves: of a unit (id), with how many rows, and what was asked for."""

    body: bytes
    kind: str
    name: str
    unit_id: int
    rows: int
    asked: dict[str, Any] = field(default_factory=dict)


def exports(permission: str) -> Callable[[Callable[..., Export]], View]:
    """A page that answers with a file. What it reads it only reads; that it was taken is written
    down once it was made.
    """

    def decorate(make: Callable[..., Export]) -> View:
        @reads(permission)
        @wraps(make)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            export = make(request, *args, **kwargs)
            vars(request)["export"] = export
            return download(export.body, export.kind, export.name)

        @wraps(answer)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            response = answer(request, *args, **kwargs)
            export = vars(request).pop("export", None)
            if export is not None:
                _note(request, export)
            return response

        return wrapped

    return decorate


def _note(request: HttpRequest, export: Export) -> None:
    viewer = viewer_of(request)
    with acting(viewer):
        services.record(
            "document.exported",
            by=viewer,
            at=now(),
            unit_id=export.unit_id,
            subject=export.name,
            rows=export.rows,
            **export.asked,
        )
