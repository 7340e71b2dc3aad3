from __future__ import annotations

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from anyuan.kernel import forms as fields
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.commands import Refused
from anyuan.kernel.exports import DOCX
from anyuan.kernel.http import act_and_return, asked_unit, reads, viewer_of, writes
from anyuan.kernel.pages import page_of, shown
from anyuan.org.audit.views import Export, exports
from anyuan.org.messages import queries as reach
from anyuan.org.people import queries as people
from anyuan.org.units import queries as units
from anyuan.org.units.queries import Unit

from . import forms, queries, rules
from .services import letters as letters_services
from .services import library as library_services
from .services import meetings as meetings_services


def _unit(request: HttpRequest) -> Unit:
    return units.chosen(viewer_of(request), asked_unit(request))


# -- meetings -----------------------------------------------------------------
@reads("org.see")
def meetings(request: HttpRequest) -> HttpResponse:
    return _meetings(request, _unit(request))


def _meetings(request: HttpRequest, unit: Unit, *, status: int = 200) -> HttpResponse:
    """The list of meetings; after something was refused, with what was typed still in its form."""
    page = queries.meetings_page(viewer_of(request), unit, now())
    typed = request.POST
    more = {"page": page_of(request, queries.meetings(unit)), "typed": typed}
    agenda = typed.get("agenda", page.agenda)
    return render(
        request,
        "governance/meetings.html",
        {**shown(page), **more, "agenda": agenda},
        status=status,
    )


@writes("meeting.call")
def call(request: HttpRequest) -> HttpResponse:
    unit = _unit(request)
    try:
        found = meetings_services.call(
            given=forms.MeetingForm.read(request.POST, now()),
            unit=unit,
            by=viewer_of(request),
            at=now(),
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return _meetings(request, unit, status=400)
    messages.success(request, _whom_it_reaches(unit))
    return redirect("meeting", found.pk)


def _whom_it_reaches(unit: Unit) -> str:
    """Whoever signs in sees a meeting that is called; it is also said in the unit's groups."""
    everybody = [p for p in people.choices(unit) if p.username]
    said = ngettext(
        "Called. %(n)d person sees it on the home page; it is said in %(groups)d groups.",
        "Called. %(n)d people see it on the home page; it is said in %(groups)d groups.",
        len(everybody),
    )
    return said % {"n": len(everybody), "groups": len(reach.robots(unit))}


@reads("org.see")
def meeting(request: HttpRequest, meeting_id: int) -> HttpResponse:
    return _meeting(request, meeting_id)


def _meeting(request: HttpRequest, meeting_id: int, *, status: int = 200) -> HttpResponse:
    found, viewer = queries.meeting(meeting_id), viewer_of(request)
    may = viewer.may("meeting.call", found.unit.path) and found.state == queries.MeetingState.CALLED
    there = queries.there(found)
    return render(
        request,
        "governance/meeting.html",
        {
            "meeting": found,
            "agenda": queries.agenda(found),
            "there": there,
            "decisions": queries.decisions(found),
            "may": may,
            "today": local_day(now()),
            "people": people.choices(found.unit) if may else [],
            "i_am_there": any(a.person_id == viewer.person_id for a in there),
            "is_office": viewer.may("meeting.call", found.unit.path),
            "typed": request.POST,
        },
        status=status,
    )


@writes("take.part")
def attend(request: HttpRequest, meeting_id: int) -> HttpResponse:
    queries.meeting(meeting_id)
    if not ratelimit.consume(
        request, action="attend", key=f"{meeting_id}|{viewer_of(request).person_id}"
    ):
        messages.error(request, _("Too many attempts from here. Please wait some minutes."))
        return redirect("meeting", meeting_id)
    code = forms.code(request.POST)
    return act_and_return(
        request,
        lambda: meetings_services.attend(
            meeting_id=meeting_id, code=code, by=viewer_of(request), at=now()
        ),
        reverse("meeting", args=[meeting_id]),
    )


@writes("meeting.call")
def mark(request: HttpRequest, meeting_id: int) -> HttpResponse:
    queries.meeting(meeting_id)
    chosen = [people.get(pk) for pk in fields.keys(request.POST, "person", 500)]
    return act_and_return(
        request,
        lambda: meetings_services.mark(
            meeting_id=meeting_id, persons=chosen, by=viewer_of(request), at=now()
        ),
        reverse("meeting", args=[meeting_id]),
    )


@writes("meeting.call")
def decide(request: HttpRequest, meeting_id: int) -> HttpResponse:
    queries.meeting(meeting_id)
    return act_and_return(
        request,
        lambda: meetings_services.decide(
            meeting_id=meeting_id,
            **fields.values(forms.DecisionForm.read(request.POST)),
            by=viewer_of(request),
        ),
        reverse("meeting", args=[meeting_id]),
    )


@writes("meeting.call")
def hold(request: HttpRequest, meeting_id: int) -> HttpResponse:
    queries.meeting(meeting_id)
    try:
        meetings_services.hold(
            meeting_id=meeting_id,
            minutes=fields.long_text(request.POST, "minutes", required=True),
            by=viewer_of(request),
            at=now(),
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return _meeting(request, meeting_id, status=400)
    return redirect("meeting", meeting_id)


@writes("meeting.call")
def cancel(request: HttpRequest, meeting_id: int) -> HttpResponse:
    queries.meeting(meeting_id)
    return act_and_return(
        request,
        lambda: meetings_services.cancel(meeting_id=meeting_id, by=viewer_of(request), at=now()),
        reverse("meeting", args=[meeting_id]),
    )


@exports("org.see")
def minutes(request: HttpRequest, meeting_id: int) -> Export:
    meeting = queries.meeting(meeting_id)
    body = meetings_services.minutes_docx(meeting)
    return Export(body, DOCX, f"{meeting.title}.docx", meeting.unit_id, 1)


@writes("take.part")
def finish(request: HttpRequest, decision_id: int) -> HttpResponse:
    decision = queries.decision(decision_id)
    return act_and_return(
        request,
        lambda: meetings_services.finish(
            decision_id=decision_id,
            result=fields.words(request.POST, "result", _("What was done"), 200),
            by=viewer_of(request),
            at=now(),
        ),
        reverse("meeting", args=[decision.meeting_id]),
    )


# -- rules --------------------------------------------------------------------
@reads("org.see")
def library(request: HttpRequest) -> HttpResponse:
    return _library(request, _unit(request))


def _library(request: HttpRequest, unit: Unit, *, status: int = 200) -> HttpResponse:
    viewer = viewer_of(request)
    shelves = queries.library(unit, viewer)
    may = viewer.may("rule.write", unit.path)
    return render(
        request,
        "governance/rules.html",
        {
            "unit": unit,
            "units": units.visible_below(viewer),
            "shelves": shelves,
            "unread": sum(1 for s in shelves if s.mine),
            "may_write": may,
            "people": people.choices(unit) if may else [],
            "today": local_day(now()),
            "typed": request.POST,
        },
        status=status,
    )


@reads("org.see")
def rule(request: HttpRequest, rule_id: int) -> HttpResponse:
    found, viewer = queries.rule(rule_id), viewer_of(request)
    versions = queries.versions(found)
    newest = versions[0]
    before = versions[1].text if len(versions) > 1 else None
    may = viewer.may("rule.write", found.unit.path)
    unread = queries.unread_by(found, newest)
    return render(
        request,
        "governance/rule.html",
        {
            "rule": found,
            "newest": newest,
            "versions": versions,
            "changes": list(rules.difference(before, newest.text)) if before is not None else [],
            "may_write": may,
            "people": people.choices(found.unit) if may else [],
            "unread": unread,
            "must_i": any(p.pk == viewer.person_id for p in unread),
        },
    )


@writes("rule.write")
def write(request: HttpRequest) -> HttpResponse:
    unit = _unit(request)
    try:
        found = library_services.write(
            given=forms.RuleForm.read(request.POST), unit=unit, by=viewer_of(request), at=now()
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return _library(request, unit, status=400)
    return redirect("rule", found.pk)


@writes("take.part")
def read(request: HttpRequest, rule_id: int) -> HttpResponse:
    queries.rule(rule_id)
    return act_and_return(
        request,
        lambda: library_services.say_read(
            rule_id=rule_id,
            number=fields.key(request.POST, "version"),
            by=viewer_of(request),
            at=now(),
        ),
        reverse("rule", args=[rule_id]),
    )


@writes("rule.write")
def close(request: HttpRequest, rule_id: int) -> HttpResponse:
    found = library_services.close(rule_id=rule_id, by=viewer_of(request), at=now())
    return redirect(f"{reverse('rules')}?unit={found.unit_id}")


# -- letters ------------------------------------------------------------------
@reads("org.see")
def letters(request: HttpRequest) -> HttpResponse:
    unit, viewer = _unit(request), viewer_of(request)
    year = fields.year_asked(request.GET, "year", local_day(now()).year)
    rows = queries.letters(unit, year)
    return render(
        request,
        "governance/letters.html",
        {
            "unit": unit,
            "units": units.visible_below(viewer),
            "letters": rows,
            "unsigned": sum(1 for r in rows if not r.signed_at),
            "year": year,
            "may_issue": viewer.may("letter.issue", unit.path),
        },
    )


@writes("letter.issue")
def issue(request: HttpRequest) -> HttpResponse:
    unit = _unit(request)
    year = fields.year_asked(request.POST, "year", 0)
    try:
        written = letters_services.issue(unit=unit, year=year, by=viewer_of(request), at=now())
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request, _("%(n)d letters are written; each person signs their own.") % {"n": written}
        )
    return redirect(f"{reverse('letters')}?unit={unit.pk}" + (f"&year={year}" if year else ""))


@reads("org.see")
def letter(request: HttpRequest, letter_id: int) -> HttpResponse:
    found = queries.letter(letter_id)
    return render(
        request,
        "governance/letter.html",
        {"letter": found, "is_mine": found.person_id == viewer_of(request).person_id},
    )


@writes("take.part")
def sign(request: HttpRequest, letter_id: int) -> HttpResponse:
    queries.letter(letter_id)
    return act_and_return(
        request,
        lambda: letters_services.sign(
            letter_id=letter_id,
            signature=fields.words(request.POST, "signature", _("Signature"), 40),
            by=viewer_of(request),
            at=now(),
        ),
        reverse("letter", args=[letter_id]),
    )
