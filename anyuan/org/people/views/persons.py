"""People."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel.clock import now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import reads, reads_and_writes, viewer_of, writes
from anyuan.kernel.pages import page_of
from anyuan.org.units import queries as units

from .. import forms, queries
from ..rules import fits, gives
from ..services import authority, leaving, persons, roles
from .organisation import at, unit_asked_for


# -- people -------------------------------------------------------------------
@reads("org.see")
def people(request: HttpRequest) -> HttpResponse:
    unit, text = unit_asked_for(request), fields.sought(request.GET, "q")
    left = fields.chose(request.GET, "left", "1")
    rows = page_of(request, queries.search(unit, text, left=left))
    return render(
        request,
        "people/people.html",
        {
            "unit": unit,
            "units": units.visible_below(viewer_of(request)),
            "page": rows,
            "q": text,
            "left": left,
            "may_edit": viewer_of(request).may("org.edit", unit.path),
        },
    )


@writes("org.edit")
def enter(request: HttpRequest) -> HttpResponse:
    unit = unit_asked_for(request)
    try:
        person = persons.enter(
            unit=unit,
            name=fields.words(request.POST, "name", _("Name"), 40, required=True),
            number=fields.words(request.POST, "number", _("Staff number"), 20),
            phone=forms.phone(request.POST),
            title=fields.words(request.POST, "title", _("Post"), 40),
            by=viewer_of(request),
            at=now(),
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(at("people", unit))
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
    return render(
        request,
        "people/person.html",
        {
            "person": found,
            "held": queries.held(found),
            "past": queries.past(found),
            "may_edit": may,
            "names": names,
            "giving": giving,
            "roles": [(r, names[r]) for r in names if r in giving and fits(r, found.unit.kind)],
            "over": may
            and found.pk != viewer.person_id
            and authority.may_act_over(viewer, found, now()),
            "belongings": leaving.belongings(found),
        },
    )


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
        request,
        person_id,
        verb=persons.change,
        name=lambda: fields.words(request.POST, "name", _("Name"), 40, required=True),
        number=lambda: fields.words(request.POST, "number", _("Staff number"), 20),
        phone=lambda: forms.phone(request.POST),
    )


@writes("org.edit")
def add_post(request: HttpRequest, person_id: int) -> HttpResponse:
    unit = queries.get(person_id).unit
    return _change_person(
        request,
        person_id,
        verb=persons.add_post,
        unit=lambda: unit,
        title=lambda: fields.words(request.POST, "title", _("Post"), 40, required=True),
    )


@writes("org.edit")
def give_role(request: HttpRequest, person_id: int) -> HttpResponse:
    unit = queries.get(person_id).unit
    return _change_person(
        request,
        person_id,
        verb=roles.give_role,
        unit=lambda: unit,
        role=lambda: fields.one_of(request.POST, "role", list(queries.role_names())),
    )


@writes("org.edit")
def end_role(request: HttpRequest, grant_id: int) -> HttpResponse:
    return redirect("person", roles.end_role(grant_id=grant_id, by=viewer_of(request), at=now()).pk)


@writes("org.edit")
def come_back(request: HttpRequest, person_id: int) -> HttpResponse:
    return _change_person(request, person_id, verb=persons.come_back)


@reads_and_writes("org.edit")
def leave(request: HttpRequest, person_id: int) -> HttpResponse:
    """Somebody moves or leaves: everything that is theirs is listed and handed over, then the
    account is closed.
    """
    found, viewer = queries.get(person_id), viewer_of(request)
    viewer.require("org.edit", found.unit.path)
    theirs = leaving.belongings(found)
    others = [p for p in queries.choices(found.unit) if p.pk != found.pk]
    problem = ""
    if request.method == "POST":
        known = {str(p.pk): p for p in others}
        heirs: dict[str, Any] = {}
        for b in theirs:
            chosen = fields.sought(request.POST, b.key)
            if chosen == "nobody" or chosen in known:
                heirs[b.key] = known.get(chosen)
        try:
            target = fields.key_or_none(request.POST, "to")
            if target is not None:
                title = fields.words(request.POST, "title", _("Post"), 40)
                new = leaving.move(
                    person=found,
                    to=units.mine(viewer, target),
                    title=title,
                    heirs=heirs,
                    by=viewer,
                    at=now(),
                )
                messages.success(
                    request,
                    _(
                        "%(name)s now belongs to %(unit)s, with the same account; %(n)d things were"
                        " handed over. Give a role there below."
                    )
                    % {"name": new.name, "unit": new.unit.name, "n": len(theirs)},
                )
                return redirect("person", new.pk)
            leaving.leave(person=found, heirs=heirs, by=viewer, at=now())
        except Refused as refused:
            problem = str(refused)
        else:
            messages.success(
                request,
                _("%(name)s has left; %(n)d things were handed over.")
                % {
                    "name": found.name,
                    "n": len(theirs),
                },
            )
            return redirect("person", found.pk)
    return render(
        request,
        "people/leave.html",
        {
            "person": found,
            "held": queries.held(found),
            "belongings": theirs,
            "others": others,
            "problem": problem,
            "chosen": request.POST,
            "elsewhere": [
                u
                for u in units.visible_below(viewer)
                if u.pk != found.unit_id and viewer.may("org.edit", u.path)
            ],
        },
        status=400 if problem else 200,
    )
