"""What waits for somebody, and the home page's share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.kernel.clock import local_day, midnight
from anyuan.kernel.matters import Act, Contact, Matter, Urgency
from anyuan.kernel.scoping import Viewer
from anyuan.kernel.templatetags import words
from anyuan.obligations.duties import queries as duties
from anyuan.obligations.duties.queries import Named
from anyuan.obligations.duties.rules import roles_for
from anyuan.org.units import queries as units
from anyuan.org.units.models import Unit

from .boards import Board, board, got_worse
from .cells import Owed, due_now, week_of


def take_along(viewer: Viewer, campuses: Sequence[Unit], now: datetime) -> dict[str, Any]:
    """What these campuses owe and can be recorded."""
    found = _measured(campuses, now)
    open_ = [i for i in found if i.verdict in {"due", "short", "unknown"}]
    return {"owed": [_taken_duty(i) for i in open_[:40]]}


def _taken_duty(owed: Owed) -> dict[str, Any]:
    return {
        "unit": owed.unit_id,
        "obligation": owed.obligation.pk,
        "activity": owed.obligation.activity,
        "action": owed.obligation.action,
        "ends": owed.ends.isoformat(),
        "verdict": owed.verdict,
        "reason": owed.reason,
    }


MOST_COMPARED = 60  # schools of an office set against the week before; our own bound
MOST_DECLARED = 200  # listed on one page; our own bound
OPEN = frozenset({"due", "short", "breached", "unknown"})


def matters(viewer: Viewer, own: Sequence[Unit], now: datetime) -> list[Matter]:
    """What a school owes, or the offices of those above, is measured and not done."""
    owing = _owing(own)
    open_ = _once([i for i in _measured(owing, now) if i.verdict in OPEN], now)
    if not all(u.is_campus for u in owing):
        open_ = open_[:20]
    by_unit = {u.pk: u for u in owing}
    answering = duties.answering([u.pk for u in owing])
    return [
        _duty_matter(
            i,
            by_unit[i.unit_id],
            answering.get((i.unit_id, i.obligation.pk)),
            viewer,
            now,
            times=times,
        )
        for i, times in open_
    ]


def _once(found: Sequence[Owed], now: datetime) -> list[tuple[Owed, int]]:
    """Each duty once, however often it was missed in these seven days: its last window, and how
    many there were. What is still open stands for itself.
    """
    over = [i for i in found if i.closes_at <= now]
    missed = Counter((i.unit_id, i.obligation.pk) for i in over)
    last = {(i.unit_id, i.obligation.pk): i for i in sorted(over, key=lambda i: i.ends)}
    kept = {id(i) for i in last.values()}
    return [
        (i, missed[i.unit_id, i.obligation.pk] if i.closes_at <= now else 1)
        for i in found
        if i.closes_at > now or id(i) in kept
    ]


def _counting(units_: Sequence[Unit], now: datetime) -> list[Owed]:
    """What units owe now, but for demands that yield to a stricter one."""
    found = due_now([u.pk for u in units_], now) if units_ else []
    return [i for i in found if i.yields_to is None]


def _measured(units_: Sequence[Unit], now: datetime) -> list[Owed]:
    return [i for i in _counting(units_, now) if not i.is_declared]


def _owing(own: Sequence[Unit]) -> list[Unit]:
    """Whose duties a home page tells one by one: a school's own, or those of the offices below."""
    if own and all(u.is_campus for u in own):
        return list(own)
    below = {u for o in own for u in units.below(o)}
    return sorted((u for u in below if not u.is_campus and u.kind != "city"), key=lambda u: u.pk)


def _duty_matter(
    owed: Owed,
    unit: Unit,
    named: Named | None,
    viewer: Viewer,
    now: datetime,
    *,
    times: int = 1,
) -> Matter:
    obligation = owed.obligation
    page = reverse("cell", args=[unit.pk, obligation.pk, owed.starts])
    record = reverse("record", args=[obligation.activity])
    record = f"{record}?unit={unit.pk}&obligation={obligation.pk}"
    act = Act(_("Record"), record) if viewer.may("fact.record") else Act(_("Open"), page)
    left = _("%(n)s still missing") % {"n": words.plain(owed.left)} if owed.left else ""
    again = _("%(n)d times in seven days") % {"n": times} if times > 1 else ""
    # Whoever has a telephone stands beside it, and is then not named twice.
    call = _whom_to_call(named, unit, viewer)
    who = "" if call else named.name if named else obligation.holder
    return Matter(
        key=f"owed-{unit.pk}-{obligation.pk}-{owed.starts:%Y%m%d}-{owed.slot}",
        unit_id=unit.pk,
        path=unit.path,
        place=unit.name,
        sentence=obligation.action,
        detail=" · ".join(w for w in (who, left, again) if w),
        act=act,
        page=page,
        urgency=_urgency(owed, now),
        until=midnight(owed.ends),
        persons=frozenset({named.person_id} if named else ()),
        roles=roles_for(obligation.holder, named=named is not None),
        call=call,
        verdict=owed.verdict,
        reason=_reason(owed),
    )


def _whom_to_call(named: Named | None, unit: Unit, viewer: Viewer) -> tuple[Contact, ...]:
    """Who answers for it, for whoever may see telephones there; nobody calls themselves."""
    if named is None or not named.phone or named.person_id == viewer.person_id:
        return ()
    return (Contact(named.name, named.phone),) if viewer.may("org.see", unit.path) else ()


def _reason(owed: Owed) -> str:
    """Why it is not met, where how much is missing does not say it."""
    said = {"one_short", "some_short"} if owed.left else set()
    return "" if owed.verdict == "due" or owed.reason in said else owed.reason


def _urgency(owed: Owed, now: datetime) -> Urgency:
    if owed.verdict in {"short", "breached"}:
        return Urgency.LATE
    far = owed.ends - local_day(now) > timedelta(days=8)
    return Urgency.LATER if owed.verdict == "due" and far else Urgency.SOON


def home_headline(viewer: Viewer, own: Sequence[Unit], now: datetime) -> dict[str, Any] | None:
    """The first line of the home page: of a school its measured duties of today, of an office its
    schools.
    """
    today = local_day(now)
    if own and all(u.is_campus for u in own):
        found = _measured(own, now)
        tomorrow = today + timedelta(days=1)
        # The most urgent window of a duty speaks for it.
        worst = {i.obligation.pk: i.verdict for i in reversed(found) if i.ends <= tomorrow}
        tally = Counter(worst.values())
        later = sum(1 for i in found if i.ends > tomorrow and i.verdict == "due")
        total = sum(tally.values())
        return {
            "own": own,
            "tally": tally,
            "total": total,
            "later": later,
            "today": today,
            "week": week_of([u.pk for u in own], now),
        }
    rows = schools_below(own, now)
    attention = sum(1 for r in rows.rows if r.attention)
    return {"own": own, "attention": attention, "schools": len(rows.rows), "today": today}


def home_declared(viewer: Viewer, own: Sequence[Unit], now: datetime) -> dict[str, Any] | None:
    """What is to be declared in the windows open now: several at once, by whoever answers."""
    owing = _owing(own)
    found = [i for i in _counting(owing, now) if i.is_declared and i.closes_at > now]
    if not found:
        return None
    by_unit = {u.pk: u for u in owing}
    open_ = [(i, by_unit[i.unit_id]) for i in found if i.verdict != "declared"]
    return {
        "open": open_[:MOST_DECLARED],
        "done": len(found) - len(open_),
        "total": len(found),
        "until": min(i.ends for i in found),
        "may": viewer.may("fact.record"),
        "several": len(owing) > 1,
        "command": uuid4(),
    }


def home_schools(viewer: Viewer, own: Sequence[Unit], now: datetime) -> dict[str, Any] | None:
    """For an office: the schools that need attention, and the sums."""
    if not own or all(u.is_campus for u in own):
        return None
    rows = schools_below(own, now)
    needing = [r for r in rows.rows if r.attention]
    more = got_worse([r.unit.pk for r in needing[:MOST_COMPARED]], now)
    worst = [(r, more.get(r.unit.pk, 0)) for r in needing]
    return {"board": rows, "worst": worst[:8], "rest": worst[8:], "worse": len(more)}


def schools_below(own: Sequence[Unit], now: datetime) -> Board:
    """The board of every school below these offices."""
    campuses = {u for o in own for u in units.campuses(o)}
    return board(sorted(campuses, key=lambda u: u.path), now)


def home_done(viewer: Viewer, own: Sequence[Unit], now: datetime) -> dict[str, Any] | None:
    """For a school: what is done, folded."""
    if not own or not all(u.is_campus for u in own):
        return None
    done = [i for i in _measured(own, now) if i.verdict in {"met", "declared"}]
    return {"done": done} if done else None
