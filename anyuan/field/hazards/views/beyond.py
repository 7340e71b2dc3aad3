"""Listing for supervision, referrals to departments, and the page behind a referral's link."""

from __future__ import annotations

from uuid import uuid4

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.commands import Refused
from anyuan.kernel.exports import DOCX
from anyuan.kernel.http import asked_unit, command_id, public, reads, viewer_of, writes
from anyuan.kernel.pages import page_of
from anyuan.kernel.scoping import SYSTEM, Denied, Invisible, acting
from anyuan.org.audit.views import Export, exports
from anyuan.org.units import queries as units

from .. import forms, queries
from ..models.beyond import Referral
from ..queries import beyond
from ..services import listing, papers
from ..services import referrals as services
from .hazards import act_on
from .public import BUSY


def _require_above(request: HttpRequest, hazard_id: int) -> None:
    """:raises Denied: somebody who is not above the school."""
    found = queries.get(hazard_id)
    if not queries.is_above(viewer_of(request), found.unit, "supervision.do"):
        raise Denied("supervision.do")


@writes("supervision.do")
def list_it(request: HttpRequest, hazard_id: int) -> HttpResponse:
    _require_above(request, hazard_id)
    return act_on(
        request,
        hazard_id,
        lambda: listing.list_it(
            hazard_id=hazard_id,
            given=forms.ListingForm.read(request.POST),
            by=viewer_of(request),
            at=now(),
        ),
        lambda h: _("Listed. The school and the sponsor see it; two offices verify it at the end."),
    )


@writes("supervision.do")
def reach(request: HttpRequest, hazard_id: int) -> HttpResponse:
    _require_above(request, hazard_id)
    return act_on(
        request,
        hazard_id,
        lambda: listing.reach(
            hazard_id=hazard_id,
            milestone_id=fields.key(request.POST, "milestone"),
            by=viewer_of(request),
            at=now(),
        ),
        lambda h: _("Noted."),
    )


@writes("supervision.do")
def confirm(request: HttpRequest, hazard_id: int) -> HttpResponse:
    _require_above(request, hazard_id)
    return act_on(
        request,
        hazard_id,
        lambda: listing.confirm(
            hazard_id=hazard_id,
            words=fields.words(request.POST, "words", _("What was seen"), 200),
            by=viewer_of(request),
            at=now(),
        ),
        lambda h: _("Confirmed for your office. Another office closes it."),
    )


# -- referrals ------------------------------------------------------------------------
@writes("hazard.assign")
def send(request: HttpRequest, hazard_id: int) -> HttpResponse:
    return act_on(
        request,
        hazard_id,
        lambda: (
            services.send(
                hazard_id=hazard_id,
                given=forms.ReferralForm.read(request.POST),
                command=command_id(request) or uuid4(),
                by=viewer_of(request),
                at=now(),
            ).hazard
        ),
        lambda h: _("Written. Hand it over as a paper, or give them the link; nothing is sent."),
    )


@writes("hazard.assign")
def write_down(request: HttpRequest, referral_id: int) -> HttpResponse:
    found = beyond.referral(referral_id)
    return act_on(
        request,
        found.hazard_id,
        lambda: services.write_down(
            referral_id=referral_id,
            given=forms.AnswerForm.read(request.POST),
            by=viewer_of(request),
            at=now(),
        ),
        lambda h: _("Kept."),
    )


@reads("fact.see")
def referrals(request: HttpRequest) -> HttpResponse:
    """The referrals of a unit and those below it, what is not answered first."""
    viewer = viewer_of(request)
    unit = units.chosen(viewer, asked_unit(request))
    return render(
        request,
        "hazards/referrals.html",
        {
            "unit": unit,
            "units": units.menu(viewer, unit),
            "page": page_of(request, beyond.referrals(unit), 30),
            "silent": beyond.silent(
                list(units.below(unit).values_list("pk", flat=True)), now()
            ).count(),
            "today": local_day(now()),
        },
    )


@exports("fact.see")
def referral_docx(request: HttpRequest, referral_id: int) -> Export:
    found = beyond.referral(referral_id)
    link = request.build_absolute_uri(_link(found)) if _may_hand_over(request, found) else ""
    body = papers.referral_docx(found, link)
    return Export(body, DOCX, f"{papers.TITLE}{found}.docx", found.unit_id, 1)


def _link(referral: Referral) -> str:
    return reverse("referral-answer", args=[services.mark(referral)])


def _may_hand_over(request: HttpRequest, referral: Referral) -> bool:
    return viewer_of(request).may("hazard.assign", referral.unit.path)


@reads("hazard.assign")
def referral_link(request: HttpRequest, referral_id: int) -> HttpResponse:
    """The link of a referral, for whoever may hand it over."""
    found = beyond.referral(referral_id)
    viewer_of(request).require("hazard.assign", found.unit.path)
    link = request.build_absolute_uri(_link(found))
    return render(request, "hazards/referral_link.html", {"referral": found, "link": link})


@public
def answer(request: HttpRequest, mark: str) -> HttpResponse:
    """A referral as the department sees it, by the link that it was given."""
    if not ratelimit.consume(request, action="public_referral"):
        return _referral(request, None, status=BUSY)
    with acting(SYSTEM):
        referral = services.by_mark(mark, now())
        if referral is None:
            raise Invisible
        if request.method != "POST":
            services.opened(referral, now())
            return _referral(request, referral)
        try:
            given = forms.AnswerForm.read(request.POST)
            referral = services.answer(referral=referral, given=given, at=now())
        except Refused as refused:
            messages.error(request, str(refused))
            return _referral(request, referral, status=400)
    messages.success(request, _("Received. The school sees your answer now."))
    return _referral(request, referral)


def _referral(
    request: HttpRequest, referral: Referral | None, *, status: int = 200
) -> HttpResponse:
    more = {"referral": referral, "typed": request.POST}
    return render(request, "hazards/referral.html", more, status=status)
