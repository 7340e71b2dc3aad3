"""The ledger: facts as people read and search them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from anyuan.kernel import finding, shredding
from anyuan.kernel.finding import Found
from anyuan.kernel.scoping import Viewer
from anyuan.kernel.templatetags.words import spoken
from anyuan.org.units import queries as units
from anyuan.org.units.models import Unit
from anyuan.record.activities import rules as activities

from ..forms import EVERYTHING, LedgerForm
from ..models import Fact, Key, SavedView


def ledger(unit: Unit, form: LedgerForm = EVERYTHING) -> QuerySet[Fact]:
    """The facts of a unit and those below, newest first, each with the id of its correction."""
    newer = Fact.objects.filter(corrects=OuterRef("pk")).order_by("pk").values("pk")[:1]
    return (
        _narrowed(Fact.objects.filter(unit__path__startswith=unit.path), form)
        .select_related("unit")
        .annotate(corrected_by=Subquery(newer))
        .order_by("-occurred_at", "-pk")
    )


OPEN_WORDS = ("theme", "recipient", "state")  # fields that no key locks
LOOKED_THROUGH = 20_000  # records whose locked words are opened to be searched; our own bound


def _narrowed(rows: QuerySet[Fact], form: LedgerForm) -> QuerySet[Fact]:
    chosen = {
        "activity": form.activity,
        "day__gte": form.first,
        "day__lte": form.last,
        "by_name__icontains": form.person,
        "how": form.how,
    }
    rows = rows.filter(**{name: value for name, value in chosen.items() if value})
    if form.words:
        said = Q(slot__icontains=form.words) | Q(pk__in=_with_locked_words(rows, form.words))
        for name in OPEN_WORDS:
            said |= Q(**{f"payload__{name}__icontains": form.words})
        rows = rows.filter(said)
    return rows


def _with_locked_words(rows: QuerySet[Fact], words: str) -> list[int]:
    """Those of the newest whose locked words hold these: nothing that can be searched is kept of
    them, so each is opened. One query.
    """
    key = (
        Key.objects.filter(unit=OuterRef("unit"), seq=OuterRef("seq")).order_by("pk").values("key")
    )
    locked = rows.filter(payload__has_key=shredding.LOCKED).annotate(opens=Subquery(key[:1]))
    newest = locked.order_by("-occurred_at").values_list("pk", "payload", "opens")
    wanted = words.casefold()
    return [
        pk
        for pk, payload, opens in newest[:LOOKED_THROUGH].iterator()
        if opens and wanted in _said(shredding.unlock(payload, bytes(opens)))
    ]


def _said(payload: Mapping[str, Any]) -> str:
    return "\n".join(str(value) for value in payload.values()).casefold()


def find_records(viewer: Viewer, text: str) -> list[Found]:
    """The ledger of each activity that is called so, and of what was said."""
    own = units.held_by(viewer)
    if not own:
        return []
    page = reverse("ledger") + f"?unit={own[0].pk}"
    kinds = finding.best(text, activities.catalogue().values(), lambda a: a.zh)
    found = [Found(spoken(a), f"{page}&activity={a.code}", own[0].name) for a in kinds]
    said = ledger(own[0], LedgerForm(words=text))[:1]
    if said:
        words = _("Records that say “%(words)s”") % {"words": text}
        found.append(Found(words, f"{page}&{urlencode({'words': text})}", own[0].name))
    return found


def saved_views(viewer: Viewer) -> list[SavedView]:
    """The views of the ledger that somebody kept."""
    return list(SavedView.objects.filter(person_id=viewer.pk).order_by("name"))


@dataclass(frozen=True)
class Line:
    """A fact as the ledger writes it: with what it says, in words."""

    fact: Fact
    activity: activities.Activity
    place: str
    said: str
    erased: bool  # its words that may name people are gone
    words: Mapping[str, Any]  # the fields as they were filled in


def lines(facts: Sequence[Fact]) -> list[Line]:
    """What facts say, opened. One query, however many."""
    wanted = {(f.unit_id, f.seq): f for f in facts}
    keys = {
        (k.unit_id, k.seq): k
        for k in Key.objects.filter(
            unit__in={f.unit_id for f in facts}, seq__in={f.seq for f in facts}
        ).order_by("pk")
        if (k.unit_id, k.seq) in wanted
    }
    return [_line(f, keys.get((f.unit_id, f.seq))) for f in facts]


def _line(fact: Fact, key: Key | None) -> Line:
    said = shredding.unlock(fact.payload, bytes(key.key) if key and key.key else None)
    activity = activities.get(fact.activity)
    told = [f for f in activity.fields if f.name != "place" and not f.slot and said.get(f.name)]
    return Line(
        fact,
        activity,
        str(said.get("place", "")),
        "；".join(_told(f, said[f.name]) for f in told),
        bool(key and key.erased_at),
        said,
    )


def _told(field: activities.Field, value: object) -> str:
    label = field.zh if (get_language() or "").startswith("zh") else field.en
    if value is True:
        return label
    return str(value) if field.type == "long" else f"{label} {value}"
