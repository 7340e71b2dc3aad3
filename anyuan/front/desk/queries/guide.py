"""Reads the users' guide, so that it can be opened, linked and searched inside the program."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from markdown import markdown

from anyuan.kernel import finding
from anyuan.kernel.finding import Found
from anyuan.kernel.scoping import Viewer

GUIDE = Path(__file__).parents[4] / "docs" / "guide" / "users.md"
_HEADING = re.compile(r"^## ", re.M)
_MARKS = re.compile(r"[*`#|]|^\s*[-\d.]+\s", re.M)


@dataclass(frozen=True)
class Section:
    """One part of the guide; `anchor` is its title as it is said, letters alone."""

    anchor: str
    title: str
    text: str

    @property
    def html(self) -> SafeString:
        # The guide is the program's own; nobody's words stand in it.
        return mark_safe(str(markdown(self.text, extensions=["tables", "sane_lists"])))


@cache
def sections() -> tuple[Section, ...]:
    """The guide, part by part; none where the program is installed without it."""
    if not GUIDE.exists():
        return ()
    _, *parts = _HEADING.split(GUIDE.read_text("utf-8"))
    out = []
    for part in parts:
        title, _, text = part.partition("\n")
        anchor = "".join(filter(str.isalpha, "".join(finding.syllables(title))))
        out.append(Section(anchor, title.strip(), text.strip()))
    return tuple(out)


def find(viewer: Viewer, text: str) -> list[Found]:
    """The paragraphs of the guide that speak of something, each with where it stands."""
    found = []
    for section in sections():
        for line in section.text.splitlines():
            plain = _MARKS.sub("", line).strip()
            if text in plain.casefold():
                url = f"{reverse('help')}#{section.anchor}"
                found.append(Found(section.title, url, Truncator(plain).chars(90)))
                break
    return found[: finding.MOST]
