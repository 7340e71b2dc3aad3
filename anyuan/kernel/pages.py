"""Cuts a long list into pages; the address says which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

PAGE = 50


def page_of(
    request: HttpRequest, rows: QuerySet[Any] | Sequence[Any], size: int = PAGE
) -> Page[Any]:
    """Return the page the address asks for; a page beyond the end is the last one."""
    return Paginator(rows, size).get_page(request.GET.get("page"))
