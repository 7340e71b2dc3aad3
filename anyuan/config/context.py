"""What every page knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest

from anyuan.kernel import manifest
from anyuan.kernel.scoping import NOBODY


@dataclass(frozen=True)
class Line:
    """A line of the menu as one page shows it; `inside` holds the pages of a group."""

    label: Any
    page: str
    here: bool
    inside: list[Line] = field(default_factory=list)


def everywhere(request: HttpRequest) -> dict[str, Any]:
    viewer = getattr(request, "viewer", NOBODY)
    mine = [e for e in manifest.entries() if e.permission in viewer.permissions]
    thumbs = sorted((e for e in mine if e.thumb), key=lambda e: e.thumb)
    return {
        "viewer": viewer,
        "menu": _menu(mine, request.path),
        "thumbs": [_line(e, e.thumb_page or e.page, request.path) for e in thumbs],
        "help": next((e.help for e in mine if request.path.startswith(e.under)), ""),
        "demo": settings.DEMO,
        "new_command": uuid4,
        "began": f"{getattr(request, 'began', 0):.3f}",
        "office_sign_in": settings.OIDC_NAME if settings.OIDC_URL else "",
    }


def _menu(entries: list[manifest.Entry], path: str) -> list[Line]:
    """Pages of one group stand together, where the first of them would; one alone needs none."""
    menu: list[Line] = []
    for group, found in groupby(sorted(entries, key=_place), key=lambda e: e.group):
        inside = [_line(e, e.page, path) for e in found]
        if group and len(inside) > 1:
            here = any(line.here for line in inside)
            menu.append(Line(manifest.GROUPS[group], "", here, inside))
        else:
            menu += inside
    return menu


def _place(entry: manifest.Entry) -> tuple[int, int]:
    same = [e.order for e in manifest.entries() if entry.group and e.group == entry.group]
    return min(same, default=entry.order), entry.order


def _line(entry: manifest.Entry, page: str, path: str) -> Line:
    return Line(entry.label, page, path.startswith(entry.under))
