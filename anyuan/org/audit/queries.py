"""Reads of events, scoped by the database to what the viewer may see."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import QuerySet

from anyuan.kernel.clock import midnight

from .models import Event


def events(*, verb: str = "", who: str = "", first: str = "", last: str = "") -> QuerySet[Event]:
    """Events, newest first; days are local and both included, and one that is no date is as if
    unsaid.
    """
    rows = Event.objects.order_by("-at", "-pk")
    if verb:
        rows = rows.filter(verb__startswith=verb)
    if who:
        rows = rows.filter(person_name__icontains=who)
    if since := _day(first):
        rows = rows.filter(at__gte=midnight(since))
    if until := _day(last):
        rows = rows.filter(at__lt=midnight(until + timedelta(days=1)))
    return rows


def verbs() -> list[str]:
    return list(Event.objects.order_by("verb").values_list("verb", flat=True).distinct())


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None
