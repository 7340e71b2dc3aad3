"""What pages are made from: long lists cut into pages, and contexts that are values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

PAGE = 50
MOST_ROWS = (
    10_000  # that a list can be turned through; narrower questions reach the rest; our own bound
)


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
    kind = _Long if isinstance(rows, QuerySet) else Paginator
    return kind(rows, size).get_page(request.GET.get("page"))


class _Long(Paginator):  # type: ignore[type-arg]  # generic in its stubs alone
    """Pages of a table that may be very long: nobody waits until all of it is counted, and what is
    joined to a row is read for one page only. Their order ends with the key.
    """

    object_list: QuerySet[Any]

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST_ROWS)

    @cached_property
    def _counted(self) -> int:
        return self.object_list.order_by()[: MOST_ROWS + 1].count()

    @property
    def is_cut(self) -> bool:
        """Whether there are more rows than can be turned to."""
        return self._counted > MOST_ROWS

    def page(self, number: int | str) -> Page[Any]:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        last = min(first + self.per_page, self.count)
        keys = list(self.object_list.values_list("pk", flat=True)[first:last])
        return Page(list(self.object_list.filter(pk__in=keys)), number, self)
