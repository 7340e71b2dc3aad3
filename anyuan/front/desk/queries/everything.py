"""Whatever is called so, in every app."""

from __future__ import annotations

from dataclasses import dataclass

from anyuan.kernel import manifest
from anyuan.kernel.finding import Found
from anyuan.kernel.scoping import Viewer


@dataclass(frozen=True)
class Kind:
    """What was found of one kind."""

    label: str
    found: list[Found]


def found(viewer: Viewer, text: str) -> list[Kind]:
    """What all apps find, kind by kind; nothing of a kind the viewer may not see."""
    declared = [(app, kind) for app in manifest.all_apps() for kind in app.search]
    kinds = [
        Kind(str(kind.label), app.open(kind.find)(viewer, text))
        for app, kind in sorted(declared, key=lambda d: d[1].order)
        if not kind.permission or viewer.may(kind.permission)
    ]
    return [kind for kind in kinds if kind.found]
