"""What every page knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest

from anyuan.kernel import manifest
from anyuan.kernel.scoping import NOBODY


@dataclass(frozen=True)
class Line:
    """A line of the menu as one page shows it."""

    label: Any
    page: str
    here: bool


def everywhere(request: HttpRequest) -> dict[str, Any]:
    viewer = getattr(request, "viewer", NOBODY)
    mine = [e for e in manifest.entries() if e.permission in viewer.permissions]
    thumbs = sorted((e for e in mine if e.thumb), key=lambda e: e.thumb)
    return {
        "viewer": viewer,
        "menu": [_line(e, e.page, request.path) for e in mine],
        "thumbs": [_line(e, e.thumb_page or e.page, request.path) for e in thumbs],
        "help": next((e.help for e in mine if request.path.startswith(e.under)), ""),
        "demo": settings.DEMO,
        "new_command": uuid4,
        "began": f"{getattr(request, 'began', 0):.3f}",
        "office_sign_in": settings.OIDC_NAME if settings.OIDC_URL else "",
    }


def _line(entry: manifest.Entry, page: str, path: str) -> Line:
    return Line(entry.label, page, path.startswith(entry.under))
