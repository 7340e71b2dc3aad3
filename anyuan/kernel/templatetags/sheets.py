"""Sheets of windows: a month or a board has a thousand of them, so a row is written in one go."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from anyuan.kernel import manifest
from anyuan.kernel.pages import Square

register = template.Library()

_EMPTY = '<td class="sq"></td>'
_SQUARE = (
    '<td class="sq bg-{verdict}"><a href="{address}" title="{title}">'
    '<span class="v v-{verdict}"><span class="visually-hidden">{word}</span></span></a></td>'
)


@register.simple_tag
def squares(row: Iterable[Square | None]) -> SafeString:
    """The cells of one row of a sheet; where nothing is owed, an empty one."""
    return SafeString("\n".join(_cell(square) for square in row))


def _cell(square: Square | None) -> str:
    if square is None:
        return _EMPTY
    return format_html(
        _SQUARE,
        verdict=square.verdict,
        address=square.address,
        title=square.title,
        word=manifest.label("verdict", square.verdict),
    )
