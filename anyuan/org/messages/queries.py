"""Reads of addresses, robots and what became of messages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

from anyuan.kernel.scoping import Viewer, visible
from anyuan.org.people.models import Person
from anyuan.org.units.models import Unit

from .models import Address, Channel, Message, MessageState, Robot
from .rules.ways import mobile

__all__ = ["Address", "Channel", "Message", "MessageState", "Robot"]


def address(viewer: Viewer) -> Address | None:
    """The viewer's own mail address."""
    return Address.objects.filter(person_id=viewer.pk).first()


def robots(unit: Unit) -> list[Robot]:
    return list(Robot.objects.filter(unit=unit).order_by("name", "pk"))


def robot(pk: int) -> Robot:
    """:raises Invisible:"""
    return visible(Robot.objects.select_related("unit").order_by("pk"), pk)


def recent(unit: Unit) -> list[Message]:
    """The last messages of a unit, the newest first."""
    return list(
        Message.objects.filter(unit=unit)
        .select_related("person", "robot")
        .order_by("-made_at", "-pk")[:50]
    )


def already_sent(keys: Iterable[str]) -> set[str]:
    """Which of these were said already, to whomever."""
    return set(
        Message.objects.filter(key__in=list(keys))
        .order_by()
        .values_list("key", flat=True)
        .distinct()
    )


@dataclass(frozen=True)
class Channels:
    """By which channels this installation can send at all."""

    mail: bool
    text: bool


def channels() -> Channels:
    return Channels(bool(settings.MAIL_FROM), bool(settings.TEXT_GATEWAY))


def channels_to(persons: Iterable[Person]) -> dict[int, list[str]]:
    """By which channels each of these people can be reached now; an empty list: by none, so
    somebody must call them.
    """
    people, can = list(persons), channels()
    mailed = (
        set(
            Address.objects.filter(person__in=people, confirmed_at__isnull=False).values_list(
                "person_id", flat=True
            )
        )
        if can.mail
        else set()
    )
    return {
        p.pk: (
            [Channel.MAIL.value] * (p.pk in mailed)
            + [Channel.TEXT.value] * (can.text and bool(mobile(p.phone)))
        )
        for p in people
    }
