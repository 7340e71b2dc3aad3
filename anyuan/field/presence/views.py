from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from anyuan.field.presence.queries import pages, place_codes, sign_ins
from anyuan.kernel import forms as fields
from anyuan.kernel.clock import now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import (
    act_and_return,
    asked_unit,
    command_id,
    public,
    reads,
    viewer_of,
    writes,
)
from anyuan.kernel.pages import shown
from anyuan.kernel.scoping import SYSTEM, Grant, Viewer, acting
from anyuan.org.units import queries as units
from anyuan.record.evidence import api as evidence_api
from anyuan.staffing.rosters.queries import shifts as shifts_queries
from anyuan.staffing.rosters.queries import swaps
from anyuan.staffing.rosters.rules.bounds import EARLY
from anyuan.staffing.rosters.services import stand_in
from anyuan.staffing.stations import queries as stations

from . import forms, rules, services


def _qr(text: str) -> SafeString:
    """A code as a picture within the page; medium error correction survives a scratched sheet."""
    import segno

    return mark_safe(segno.make(text, error="m").svg_inline(scale=4, border=2, omitsize=True))


def _address(request: HttpRequest, code: str) -> str:
    return request.build_absolute_uri(reverse("place-code", args=[code]))


@reads("roster.make")
def codes(request: HttpRequest) -> HttpResponse:
    """A sheet of labels: each place of a unit with its code, to print and put up."""
    viewer = viewer_of(request)
    unit = units.chosen(viewer, asked_unit(request))
    places = units.places(unit)
    versions, rows = place_codes.versions(places), place_codes.code_rows(places)
    return render(
        request,
        "presence/codes.html",
        {
            "unit": unit,
            "units": [u for u in units.visible_below(viewer) if u.is_campus],
            "labels": [
                (p, versions[p.pk], _qr(_address(request, text)), text, rows.get(p.pk))
                for p in places
                for text in [rules.code(place_codes.key(), p.pk, version=versions[p.pk])]
            ],
            "doubtful": sign_ins.doubtful(unit, now() - timedelta(days=14)),
        },
    )


@reads("roster.make")
def screen(request: HttpRequest, place_id: int) -> HttpResponse:
    """A code that changes twice a minute, for a screen at the gate.

    Only an office opens it there: on one's own phone it would prove nothing.
    """
    place, moment = units.place(place_id), now()
    return render(
        request,
        "presence/screen.html",
        {
            "place": place,
            "code": _qr(_address(request, rules.code(place_codes.key(), place.pk, at=moment))),
            "moment": moment,
            "on": [
                s
                for s in shifts_queries.on_duty([place.unit_id], moment)
                if s.station.place_id in {None, place.pk}
            ],
        },
    )


@writes("roster.make")
def new_code(request: HttpRequest, place_id: int) -> HttpResponse:
    place = units.place(place_id)
    row = services.new_code(place=place, by=viewer_of(request), at=now())
    messages.success(
        request,
        _("%(place)s has a new code, version %(n)d. Print it and take the old sheet down.")
        % {
            "place": place.name,
            "n": row.version,
        },
    )
    return redirect(f"{reverse('codes')}?unit={place.unit_id}#place-{place.pk}")


@writes("roster.make")
def locate(request: HttpRequest, place_id: int) -> HttpResponse:
    place = units.place(place_id)
    back = f"{reverse('codes')}?unit={place.unit_id}#place-{place.pk}"
    return act_and_return(
        request,
        lambda: services.locate(
            place=place,
            **fields.values(forms.EarthForm.read(request.POST)),
            by=viewer_of(request),
            at=now(),
        ),
        back,
    )


@reads("roster.see")
def mine(request: HttpRequest) -> HttpResponse:
    """My shifts of the next four weeks, what I am asked, my wishes."""
    page = pages.my_shifts(viewer_of(request).pk, now())
    feed = (
        shifts_queries.feed_address(request.scheme or "https", request.get_host(), page.card.feed)
        if page.card
        else None
    )
    return render(request, "presence/mine.html", {**shown(page), "feed": feed})


@reads("roster.see")
def place_code(request: HttpRequest, code: str) -> HttpResponse:
    """What one can do where a code hangs: sign in, go on with a round, record something."""
    place, moment, viewer = place_codes.place_of(code), now(), viewer_of(request)
    mine = [s for s in sign_ins.mine_now(viewer.pk, moment) if s.unit_id == place.unit_id]
    handed, where = sign_ins.handed_over(mine), place_codes.located([place.pk])
    return render(
        request,
        "presence/place.html",
        {
            "place": place,
            "code": code,
            "shifts": [(s, handed[s.pk]) for s in mine],
            "where": where.get(place.pk),
            "moment": moment,
        },
    )


def _send(request: HttpRequest, verb: str, fields: Mapping[str, Any], moment: datetime) -> None:
    """Do what a phone's command does; what is refused is said on the next page."""
    status, answer = evidence_api.apply(
        viewer_of(request), command_id(request) or uuid4(), verb, dict(fields), "", moment
    )
    if status == 200:
        messages.success(request, _("Received."))
    else:
        messages.error(request, answer["because"])


@writes("fact.record")
def sign_in(request: HttpRequest, shift_id: int) -> HttpResponse:
    shifts_queries.shift(shift_id)
    _send(
        request,
        "shift.sign_in",
        {"shift": shift_id, **forms.said(request.POST, "code", "device", "metres")},
        now(),
    )
    return redirect("my-shifts")


@writes("fact.record")
def leave(request: HttpRequest, shift_id: int) -> HttpResponse:
    shifts_queries.shift(shift_id)
    _send(
        request,
        "shift.leave",
        {"shift": shift_id, **forms.said(request.POST, "handover")},
        now(),
    )
    return redirect("my-shifts")


# -- without an account ---------------------------------------------------------------
# A link's secret stands behind the #, where no server and no log sees it; the page sends it in a
# form, and the session remembers whose it is.
LINK = "duty_link"


def _digest(feed: str) -> str:
    return hashlib.sha256(feed.encode()).hexdigest()


def _as_guest(card: Any) -> Viewer:
    """What a card lets its owner do: see their own shifts and sign in there."""
    return Viewer(
        card.person_id,
        card.person.name,
        (Grant("guest", card.unit_id, card.unit.path, frozenset({"fact.record", "roster.see"})),),
        card.unit_id,
    )


def _opened(request: HttpRequest) -> Any | None:
    """The card whose link was opened in this browser, unless it was renewed since."""
    person_id, digest = request.session.get(LINK, (0, ""))
    with acting(SYSTEM, read_only=request.method != "POST"):
        card = stations.card_of_guest(person_id)
    return card if card is not None and secrets.compare_digest(_digest(card.feed), digest) else None


@public
def duty_link(request: HttpRequest) -> HttpResponse:
    """My shifts, for whoever was given a link: volunteers and village teams have no account."""
    card = _opened(request)
    if card is None:
        return render(request, "presence/link.html", {"card": None})
    moment, guest = now(), _as_guest(card)
    with acting(guest, read_only=True):
        shifts = [
            (s, s.came_at is None and s.starts_at - EARLY <= moment < s.ends_at)
            for s in shifts_queries.of_person(card.person_id, moment, moment + timedelta(days=28))
        ]
        handed = sign_ins.handed_over([s for s, _may in shifts[:1]])
        return render(
            request,
            "presence/link.html",
            {
                "card": card,
                "shifts": [(s, may, handed.get(s.pk, [])) for s, may in shifts],
                "requests": swaps.requests_to(card.person_id, moment),
                "moment": moment,
                "feed": shifts_queries.feed_address(
                    request.scheme or "https", request.get_host(), card.feed
                ),
            },
        )


@public
def open_duty_link(request: HttpRequest) -> HttpResponse:
    """Open a link by what stands behind its #."""
    if request.method != "POST":
        return redirect("duty-link")
    if not ratelimit.consume(request, action="duty_link"):
        return HttpResponse(_("Too many attempts from here. Please wait some minutes."), status=429)
    with acting(SYSTEM):
        card = stations.by_feed(fields.sought(request.POST, "token", 200))
    request.session.pop(LINK, None)
    if card is None:
        messages.error(
            request, _("This link opens nothing any more. Ask whoever sent it for a new one.")
        )
        return redirect("duty-link")
    request.session.cycle_key()
    request.session[LINK] = (card.person_id, _digest(card.feed))
    return redirect("duty-link")


@public
def duty_link_act(request: HttpRequest, shift_id: int) -> HttpResponse:
    card = _opened(request)
    if request.method != "POST" or card is None:
        return redirect("duty-link")
    guest = _as_guest(card)
    sent = request.POST
    if fields.chose(sent, "do", "yes") or fields.chose(sent, "do", "no"):
        return _answer(request, guest, shift_id)
    verb = "shift.leave" if fields.chose(sent, "do", "leave") else "shift.sign_in"
    status, answer = evidence_api.apply(
        guest,
        command_id(request) or uuid4(),
        verb,
        {"shift": shift_id, **forms.said(sent, "handover", "device", "metres")},
        "",
        now(),
    )
    (messages.success if status == 200 else messages.error)(
        request, _("Received.") if status == 200 else answer["because"]
    )
    return redirect("duty-link")


def _answer(request: HttpRequest, guest: Viewer, shift_id: int) -> HttpResponse:
    """Say by one's link whether one stands in."""
    with acting(guest):
        asked = next(
            (r for r in swaps.requests_to(guest.pk, now()) if r.shift_id == shift_id),
            None,
        )
        try:
            if asked is None:
                raise Refused(_("Somebody else has taken this shift already. Thank you."))
            yes = fields.chose(request.POST, "do", "yes")
            stand_in.answer(request_id=asked.pk, yes=yes, by=guest, at=now())
            messages.success(request, _("Received."))
        except Refused as refused:
            messages.error(request, str(refused))
    return redirect("duty-link")


@public
def duty_feed(request: HttpRequest) -> HttpResponse:
    """My shifts as a calendar that phones subscribe to; half a year back and ahead.

    Its secret comes as a password (HTTP Basic), never in the address.
    """
    if not ratelimit.consume(request, action="duty_link"):
        return HttpResponse(status=429)
    with acting(SYSTEM, read_only=True):
        card = stations.by_feed(_password(request.headers.get("Authorization", "")))
    if card is None:
        return HttpResponse(
            status=401, headers={"WWW-Authenticate": 'Basic realm="Anyuan", charset="UTF-8"'}
        )
    moment = now()
    with acting(_as_guest(card), read_only=True):
        shifts = shifts_queries.of_person(
            card.person_id, moment - timedelta(days=30), moment + timedelta(days=183)
        )
        body = services.calendar(card.person.name, shifts, request.get_host(), moment)
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="duty.ics"'
    response["Cache-Control"] = "private, max-age=900"
    return response


def _password(header: str) -> str:
    """The password of an Authorization header; empty where there is none to be read."""
    scheme, _space, given = header.partition(" ")
    try:
        return (
            base64.b64decode(given, validate=True).decode().partition(":")[2]
            if scheme.lower() == "basic"
            else ""
        )
    except ValueError:
        return ""
