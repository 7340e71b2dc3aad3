"""What pages are made from: long lists cut into pages, and contexts that are values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

PAGE = 50


@dataclass(frozen=True)
class Square:
    """One window on a sheet of many: its verdict, where it leads, what a pointer over it reads."""

    verdict: str
    address: str
    title: str


def shown(page: DataclassInstance) -> dict[str, Any]:
    """A page's values by their names, for its template."""
    return {f.name: getattr(page, f.name) for f in fields(page)}


def page_of(
    request: HttpRequest, rows: QuerySet[Any] | Sequence[Any], size: int = PAGE
) -> Page[Any]:
    """Return the page the address asks for; a page beyond the end is the last one."""
    return Paginator(rows, size).get_page(request.GET.get("page"))
