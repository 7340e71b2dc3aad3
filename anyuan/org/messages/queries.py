"""Reads of addresses, robots and what became of messages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from anyuan.kernel.scoping import Viewer, visible
from anyuan.org.people.models import Person
from anyuan.org.units.models import Unit

from .models import Address, Channel, InboxEntry, Message, MessageState, Robot
from .rules.ways import mobile

__all__ = ["Address", "Channel", "InboxEntry", "Message", "MessageState", "Robot"]


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
    """Which of these were said already, to whomever, by whatever way."""
    asked = list(keys)
    said = [rows.objects.filter(key__in=asked).order_by() for rows in (Message, InboxEntry)]
    return {key for rows in said for key in rows.values_list("key", flat=True).distinct()}


MOST_ENTRIES = 100  # of one page


def inbox(viewer: Viewer) -> list[InboxEntry]:
    """What was said to somebody, the newest first."""
    return list(InboxEntry.objects.filter(person_id=viewer.pk)[:MOST_ENTRIES])


def unseen(viewer: Viewer) -> int:
    """How much of it they have not seen."""
    return InboxEntry.objects.filter(person_id=viewer.pk, seen_at=None).count()


def entry(entry_id: int, viewer: Viewer) -> InboxEntry:
    """:raises Invisible: none of their own."""
    return visible(InboxEntry.objects.filter(person_id=viewer.pk), entry_id)


@dataclass(frozen=True)
class Channels:
    """By which channels this installation can send at all."""

    mail: bool
    text: bool


def channels() -> Channels:
    return Channels(bool(settings.MAIL_FROM), bool(settings.TEXT_GATEWAY))


MOST_NAMED = 12  # people told by name on a page; the others are counted


@dataclass(frozen=True)
class Reach:
    """Who hears of something: by a message, on these pages alone, or not at all."""

    by_message: int
    on_pages: int
    nobody: list[Person]

    @property
    def words(self) -> str:
        """Whom it reached and whom it did not, with their telephones."""
        everybody = self.by_message + self.on_pages + len(self.nobody)
        said = [
            ngettext("%(n)s person", "%(n)s people", everybody) % {"n": everybody},
            _("%(n)s by message") % {"n": self.by_message},
            _("%(n)s when they open these pages") % {"n": self.on_pages},
        ]
        if self.nobody:
            named = "、".join(f"{p.name} {p.phone}".strip() for p in self.nobody[:MOST_NAMED])
            more = "…" * (len(self.nobody) > MOST_NAMED)
            said.append(
                _("%(n)s not reached, please call: %(names)s")
                % {"n": len(self.nobody), "names": named + more}
            )
        return _(", ").join(said)


def reach(persons: Iterable[Person]) -> Reach:
    """Whom a message to these people reaches now. Two queries."""
    people = sorted({p.pk: p for p in persons}.values(), key=lambda p: p.pk)
    ways = channels_to(people)
    rest = [p for p in people if not ways[p.pk]]
    return Reach(
        len(people) - len(rest),
        sum(1 for p in rest if p.username),
        [p for p in rest if not p.username],
    )


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
