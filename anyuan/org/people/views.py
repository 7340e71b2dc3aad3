from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from anyuan.kernel.browsers import mark, mark_of
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import asked_unit, number, reads, reads_and_writes, viewer_of, writes
from anyuan.kernel.pages import page_of
from anyuan.kernel.scoping import Denied
from anyuan.units import queries as units
from anyuan.units import services as units_services
from anyuan.units.queries import Unit

from . import forms, queries, services
from .rules import DEVICE_CODE_MINUTES, GLASS_MINUTES, INVITATION_DAYS, fits, gives


def _unit(request: HttpRequest) -> Unit:
    return units.chosen(viewer_of(request), asked_unit(request))


def _at(name: str, unit: Unit, anchor: str = "") -> str:
    return f"{reverse(name)}?unit={unit.pk}{anchor}"


# -- the unit -----------------------------------------------------------------
@reads("org.see")
def organisation(request: HttpRequest) -> HttpResponse:
    """One unit's bodies, places, charges, and what in them has nobody."""
    unit, viewer = _unit(request), viewer_of(request)
    bodies, charges, places = queries.bodies(unit), queries.charges(unit), units.places(unit)
    return render(request, "people/organisation.html", {
        "unit": unit, "units": units.reach(viewer_of(request)), "gaps": queries.gaps(unit, charges, bodies, places), "bodies": bodies, "places": places, "charges": charges, "may_edit": viewer.may("org.edit", unit.path),
        "people": queries.choices(unit), "body_kinds": queries.BodyKind.choices, "ranks": queries.Rank.choices, "place_kinds": units.PlaceKind.choices,
        "schools": [] if unit.is_campus else list(units.campuses(unit)), "numbers": [(n, getattr(unit, n)) for n in forms.NUMBERS], "answers": [(n, getattr(unit, n)) for n in forms.ANSWERS],
        "may_describe": unit.is_campus and viewer.may("org.edit", unit.path.removesuffix(f"{unit.pk}/")),
    })  # fmt: skip


@writes("org.edit")
def describe(request: HttpRequest) -> HttpResponse:
    """What a school is: its size and kind, by which it is told what it owes; said by the unit above it."""
    unit = _unit(request)
    try:
        units_services.describe(
            unit=unit, traits=forms.traits(request.POST), by=viewer_of(request), at=now()
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Saved; what %(unit)s owes follows.") % {"unit": unit.name})
    return redirect(_at("organisation", unit))


@reads("org.see")
def chart(request: HttpRequest) -> HttpResponse:
    """The organisation chart, to print."""
    unit = _unit(request)
    return render(
        request,
        "people/chart.html",
        {
            "unit": unit,
            "bodies": queries.bodies(unit),
            "charges": queries.charges(unit),
            "today": local_day(now()),
        },
    )


@reads("org.see")
def contacts(request: HttpRequest) -> HttpResponse:
    """The contact sheet, to print: who, what, which number."""
    unit = _unit(request)
    return render(
        request,
        "people/contacts.html",
        {
            "unit": unit,
            "people": [p for p in queries.search(unit) if p.unit_id == unit.pk],
            "today": local_day(now()),
        },
    )


# -- people -------------------------------------------------------------------
@reads("org.see")
def people(request: HttpRequest) -> HttpResponse:
    unit, text = _unit(request), request.GET.get("q", "")[:40]
    left = request.GET.get("left") == "1"
    rows = page_of(request, queries.search(unit, text, left=left))
    return render(request, "people/people.html", {
        "unit": unit, "units": units.reach(viewer_of(request)), "page": rows, "q": text, "left": left, "may_edit": viewer_of(request).may("org.edit", unit.path),
    })  # fmt: skip


@writes("org.edit")
def enter(request: HttpRequest) -> HttpResponse:
    unit = _unit(request)
    try:
        person = services.enter(
            unit=unit, name=forms.words(request.POST, "name", _("Name"), 40, required=True), number=forms.words(request.POST, "number", _("Staff number"), 20),
            phone=forms.phone(request.POST), title=forms.words(request.POST, "title", _("Post"), 40), by=viewer_of(request), at=now(),
        )  # fmt: skip
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(_at("people", unit))
    messages.success(request, _("%(name)s is entered.") % {"name": person.name})
    return redirect("person", person.pk)


@reads("org.see")
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    found, viewer = queries.get(person_id), viewer_of(request)
    may = viewer.may("org.edit", found.unit.path)
    giving = (
        gives({g.role for g in viewer.grants if found.unit.path.startswith(g.path)})
        if may
        else frozenset()
    )
    names = queries.role_names()
    return render(request, "people/person.html", {
        "person": found, "held": queries.held(found), "past": queries.past(found), "may_edit": may, "names": names, "giving": giving,
        "roles": [(r, names[r]) for r in names if r in giving and fits(r, found.unit.kind)], "over": may and found.pk != viewer.person_id and services.may_act_over(viewer, found), "belongings": services.belongings(found),
    })  # fmt: skip


def _change_person(request: HttpRequest, person_id: int, **kwargs: Any) -> HttpResponse:
    """Call one verb about a person; what it refuses is said on the person's page."""
    verb = kwargs.pop("verb")
    found = queries.get(person_id)
    try:
        fields = {k: v() for k, v in kwargs.items()}
        verb(person=found, by=viewer_of(request), at=now(), **fields)
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("person", person_id)


@writes("org.edit")
def change(request: HttpRequest, person_id: int) -> HttpResponse:
    return _change_person(
        request, person_id, verb=services.change, name=lambda: forms.words(request.POST, "name", _("Name"), 40, required=True),
        number=lambda: forms.words(request.POST, "number", _("Staff number"), 20), phone=lambda: forms.phone(request.POST),
    )  # fmt: skip


@writes("org.edit")
def add_post(request: HttpRequest, person_id: int) -> HttpResponse:
    unit = queries.get(person_id).unit
    return _change_person(
        request,
        person_id,
        verb=services.add_post,
        unit=lambda: unit,
        title=lambda: forms.words(request.POST, "title", _("Post"), 40, required=True),
    )


@writes("org.edit")
def give_role(request: HttpRequest, person_id: int) -> HttpResponse:
    unit = queries.get(person_id).unit
    return _change_person(
        request,
        person_id,
        verb=services.give_role,
        unit=lambda: unit,
        role=lambda: forms.one_of(request.POST, "role", list(queries.role_names())),
    )


@writes("org.edit")
def end_role(request: HttpRequest, grant_id: int) -> HttpResponse:
    return redirect(
        "person", services.end_role(grant_id=grant_id, by=viewer_of(request), at=now()).pk
    )


@writes("org.edit")
def come_back(request: HttpRequest, person_id: int) -> HttpResponse:
    return _change_person(request, person_id, verb=services.come_back)


@reads_and_writes("org.edit")
def leave(request: HttpRequest, person_id: int) -> HttpResponse:
    """Somebody moves or leaves: everything that is theirs is listed and handed over, then the account is closed."""
    found, viewer = queries.get(person_id), viewer_of(request)
    viewer.require("org.edit", found.unit.path)
    theirs = services.belongings(found)
    others = [p for p in queries.choices(found.unit) if p.pk != found.pk]
    problem = ""
    if request.method == "POST":
        known = {str(p.pk): p for p in others}
        heirs: dict[str, Any] = {}
        for b in theirs:
            chosen = request.POST.get(b.key, "")
            if chosen == "nobody" or chosen in known:
                heirs[b.key] = known.get(chosen)
        try:
            if target := request.POST.get("to", ""):
                title = forms.words(request.POST, "title", _("Post"), 40)
                new = services.move(
                    person=found,
                    to=units.mine(viewer, number(target)),
                    title=title,
                    heirs=heirs,
                    by=viewer,
                    at=now(),
                )
                messages.success(
                    request,
                    _(
                        "%(name)s now belongs to %(unit)s, with the same account; %(n)d things were handed over. Give a role there below."
                    )
                    % {"name": new.name, "unit": new.unit.name, "n": len(theirs)},
                )
                return redirect("person", new.pk)
            services.leave(person=found, heirs=heirs, by=viewer, at=now())
        except Refused as refused:
            problem = str(refused)
        else:
            messages.success(
                request,
                _("%(name)s has left; %(n)d things were handed over.")
                % {"name": found.name, "n": len(theirs)},
            )
            return redirect("person", found.pk)
    return render(request, "people/leave.html", {
        "person": found, "held": queries.held(found), "belongings": theirs, "others": others, "problem": problem, "chosen": request.POST,
        "elsewhere": [u for u in units.reach(viewer) if u.pk != found.unit_id and viewer.may("org.edit", u.path)],
    }, status=400 if problem else 200)  # fmt: skip


# -- bodies, places, charges --------------------------------------------------
@writes("org.edit")
def form_body(request: HttpRequest) -> HttpResponse:
    unit = _unit(request)
    try:
        services.form_body(
            unit=unit, name=forms.words(request.POST, "name", _("Called"), 40, required=True), kind=forms.one_of(request.POST, "kind", queries.BodyKind.values),
            purpose=forms.words(request.POST, "purpose", _("What it is for"), 200), by=viewer_of(request), at=now(),
        )  # fmt: skip
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(_at("organisation", unit, "#bodies"))


@writes("org.edit")
def seat(request: HttpRequest, body_id: int) -> HttpResponse:
    body = queries.body(body_id)
    try:
        services.seat(
            body=body, person=queries.get(number(request.POST.get("person", ""))), rank=forms.one_of(request.POST, "rank", queries.Rank.values),
            duty=forms.words(request.POST, "duty", _("What they do in it"), 80), by=viewer_of(request), at=now(),
        )  # fmt: skip
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(_at("organisation", body.unit, "#bodies"))


@writes("org.edit")
def unseat(request: HttpRequest, body_id: int, seat_id: int) -> HttpResponse:
    body = queries.body(body_id)
    services.unseat(body=body, seat_id=seat_id, by=viewer_of(request), at=now())
    return redirect(_at("organisation", body.unit, "#bodies"))


@writes("org.edit")
def close_body(request: HttpRequest, body_id: int) -> HttpResponse:
    body = queries.body(body_id)
    services.close_body(body=body, by=viewer_of(request), at=now())
    return redirect(_at("organisation", body.unit, "#bodies"))


@writes("org.edit")
def add_place(request: HttpRequest) -> HttpResponse:
    unit = _unit(request)
    viewer_of(request).require("org.edit", unit.path)
    try:
        units_services.add_place(
            unit=unit, name=forms.words(request.POST, "name", _("Called"), 40, required=True), kind=forms.one_of(request.POST, "kind", units.PlaceKind.values),
            building=forms.words(request.POST, "building", _("Building"), 30), floor=forms.floor(request.POST), key_area=request.POST.get("key_area") == "on",
        )  # fmt: skip
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(_at("organisation", unit, "#places"))


@writes("org.edit")
def close_place(request: HttpRequest, place_id: int) -> HttpResponse:
    place = units.place(place_id)
    viewer_of(request).require("org.edit", place.unit.path)
    units_services.close_place(place=place, on=local_day(now()))
    return redirect(_at("organisation", place.unit, "#places"))


@writes("org.edit")
def give_charge(request: HttpRequest) -> HttpResponse:
    unit = _unit(request)
    try:
        place, school = request.POST.get("place", ""), request.POST.get("school", "")
        services.charge(
            unit=unit, person=queries.get(number(request.POST.get("person", ""))), area=forms.words(request.POST, "area", _("What they answer for"), 80, required=True),
            place=units.place(number(place)) if place else None, school=units.mine(viewer_of(request), number(school)) if school else None, by=viewer_of(request), at=now(),
        )  # fmt: skip
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(_at("organisation", unit, "#charges"))


@writes("org.edit")
def end_charge(request: HttpRequest, charge_id: int) -> HttpResponse:
    return redirect(
        _at(
            "organisation",
            services.end_charge(charge_id=charge_id, by=viewer_of(request), at=now()),
            "#charges",
        )
    )


# -- one's own account ----------------------------------------------------------
@reads(None)
def security(request: HttpRequest) -> HttpResponse:
    """One's own account: second factor, password, sessions."""
    viewer = viewer_of(request)
    return render(
        request,
        "people/security.html",
        {
            "person": queries.me(viewer),
            "factors": queries.factors(viewer),
            "devices": queries.devices(viewer),
        },
    )


@writes(None)
def own_device_code(request: HttpRequest) -> HttpResponse:
    """A code with which one signs in in another browser, shown once."""
    viewer = viewer_of(request)
    me = queries.me(viewer)
    return render(
        request,
        "people/device_code.html",
        {
            "person": me,
            "code": services.device_code(person=me, by=viewer, at=now()),
            "minutes": DEVICE_CODE_MINUTES,
            "back": reverse("account-security"),
        },
    )


@writes("org.edit")
def device_code(request: HttpRequest, person_id: int) -> HttpResponse:
    """The same for somebody who stands at the office's desk, or calls it."""
    found = queries.get(person_id)
    code = services.device_code(person=found, by=viewer_of(request), at=now())
    return render(
        request,
        "people/device_code.html",
        {
            "person": found,
            "code": code,
            "minutes": DEVICE_CODE_MINUTES,
            "back": reverse("person", args=[person_id]),
        },
    )


@writes(None)
def forget_devices(request: HttpRequest) -> HttpResponse:
    n = services.forget_devices(but=mark_of(request), by=viewer_of(request), at=now())
    messages.success(
        request,
        ngettext("%(n)d browser knows you no more.", "%(n)d browsers know you no more.", n)
        % {"n": n},
    )
    return redirect("account-security")


@writes("org.edit")
def invite(request: HttpRequest, person_id: int) -> HttpResponse:
    """Make a one-time code and show it once, to be printed and handed over."""
    found = queries.get(person_id)
    try:
        username = request.POST.get("username", "").strip().lower()
        if not forms.is_username(username):
            raise Refused(_("An account is 2 to 40 letters, digits or . _ @ -"))
        code = services.invite(
            person=found,
            username=username,
            ends_factor=request.POST.get("ends_factor") == "on",
            by=viewer_of(request),
            at=now(),
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("person", person_id)
    return render(
        request,
        "people/slip.html",
        {
            "person": found,
            "username": username,
            "code": code,
            "address": request.build_absolute_uri(reverse("welcome")),
            "days": INVITATION_DAYS,
            "roles": queries.held(found).grants,
        },
    )


@writes("org.edit")
def end_sessions(request: HttpRequest, person_id: int) -> HttpResponse:
    found = queries.get(person_id)
    n = services.end_sessions(person=found, by=viewer_of(request), at=now())
    messages.success(
        request,
        ngettext(
            "%(name)s is signed out of %(n)d browser.",
            "%(name)s is signed out of %(n)d browsers.",
            n,
        )
        % {"name": found.name, "n": n},
    )
    return redirect("person", person_id)


def welcome(request: HttpRequest) -> HttpResponse:
    """Set one's own password by the one-time code from the office."""
    problem = ""
    if request.method == "POST":
        name = request.POST.get("username", "").strip().lower()
        if not ratelimit.consume(
            request, action="welcome", key=f"{get_adapter().get_client_ip(request)}|{name}"
        ):
            return HttpResponse(
                _("Too many attempts from here. Please wait some minutes."), status=429
            )
        try:
            password = request.POST.get("password", "")
            if password != request.POST.get("again", ""):
                raise Refused(_("The two passwords are not the same."))
            done = redirect("account_login")
            services.welcome(
                username=name,
                code=request.POST.get("code", ""),
                password=password,
                mark=mark(request, done),
                at=now(),
            )
        except Refused as refused:
            problem = str(refused)
        else:
            messages.success(request, _("Your password is set. Please sign in with it."))
            return done
    return render(
        request,
        "people/welcome.html",
        {"problem": problem, "username": request.POST.get("username", "")},
        status=400 if problem else 200,
    )


@reads_and_writes(None)
def glass(request: HttpRequest) -> HttpResponse:
    """An administrator asks to look, for an hour, with a reason that the leaders read."""
    viewer = viewer_of(request)
    mine = [g for g in viewer.grants if g.role == "operator"]
    if not mine:
        raise Denied("only an administrator")
    if request.method == "POST":
        try:
            services.break_glass(
                person_id=viewer.person_id or 0,
                unit_id=mine[0].unit_id,
                path=mine[0].path,
                reason=request.POST.get("reason", "").strip(),
                by=viewer,
                at=now(),
            )
        except Refused as refused:
            messages.error(request, str(refused))
        return redirect("glass")
    return render(
        request,
        "people/glass.html",
        {"open": any(g.role == "glass" for g in viewer.grants), "minutes": GLASS_MINUTES},
    )
