from __future__ import annotations

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from anyuan.kernel import forms as fields
from anyuan.kernel.clock import now
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import asked_unit, reads, reads_and_writes, viewer_of, writes
from anyuan.org.units import queries as units

from . import forms, queries, services
from .services import addresses
from .services import inbox as inbox_services


@reads_and_writes(None)
def address(request: HttpRequest) -> HttpResponse:
    """One's own mail address: entered, confirmed by a code, forgotten."""
    viewer = viewer_of(request)
    if request.method == "POST":
        if not ratelimit.consume(request, action="address", key=str(viewer.person_id)):
            return HttpResponse(
                _("Too many attempts from here. Please wait some minutes."), status=429
            )
        try:
            if fields.chose(request.POST, "do", "forget"):
                addresses.drop(by=viewer)
            elif fields.chose(request.POST, "do", "confirm"):
                addresses.confirm(code=forms.code(request.POST), by=viewer, at=now())
                messages.success(request, _("From now on messages also reach you by mail."))
            else:
                addresses.enter(mail=forms.mail(request.POST), by=viewer, at=now())
        except Refused as refused:
            messages.error(request, str(refused))
        return redirect("address")
    return render(
        request,
        "reach/address.html",
        {"address": queries.address(viewer), "channels": queries.channels()},
    )


@reads("org.edit")
def messages_page(request: HttpRequest) -> HttpResponse:
    """A unit's group robots, and what became of its messages."""
    unit = units.chosen(viewer_of(request), asked_unit(request))
    viewer_of(request).require("org.edit", unit.path)
    rows = queries.recent(unit)
    return render(
        request,
        "reach/messages.html",
        {
            "unit": unit,
            "units": units.visible_below(viewer_of(request)),
            "robots": queries.robots(unit),
            "rows": rows,
            "channels": queries.channels(),
            "failed": sum(m.state == queries.MessageState.GIVEN_UP for m in rows),
            "waiting": sum(m.state == queries.MessageState.WAITING for m in rows),
        },
    )


@writes("org.edit")
def add_robot(request: HttpRequest) -> HttpResponse:
    unit = units.chosen(viewer_of(request), asked_unit(request))
    try:
        form = forms.RobotForm.read(request.POST)
        services.add_robot(unit=unit, form=form, by=viewer_of(request), at=now())
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(f"{reverse('messages')}?unit={unit.pk}")


@writes("org.edit")
def change_robot(request: HttpRequest, robot_id: int) -> HttpResponse:
    """Try a robot, or remove it."""
    viewer, unit = viewer_of(request), queries.robot(robot_id).unit
    if fields.chose(request.POST, "do", "remove"):
        services.remove_robot(robot_id=robot_id, by=viewer, at=now())
    else:
        services.try_robot(robot_id=robot_id, by=viewer, at=now())
        messages.success(
            request, _("A word is on its way to the group; below you see whether it was taken.")
        )
    return redirect(f"{reverse('messages')}?unit={unit.pk}")


@reads(None)
def inbox(request: HttpRequest) -> HttpResponse:
    """What was said to oneself, and what of it is new."""
    entries = queries.inbox(viewer_of(request))
    unseen = sum(1 for entry in entries if entry.seen_at is None)
    return render(request, "reach/inbox.html", {"entries": entries, "unseen": unseen})


@writes(None)
def open_entry(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Go to the page that an entry is about; it is seen then."""
    entry = inbox_services.see(entry_id=entry_id, by=viewer_of(request), at=now())
    return redirect(entry.page or "inbox")


@writes(None)
def see_all(request: HttpRequest) -> HttpResponse:
    """Everything that stood on the page was seen."""
    newest = fields.key(request.POST, "newest")
    n = inbox_services.see_all(newest=newest, by=viewer_of(request), at=now())
    messages.success(
        request, ngettext("%(n)d entry is seen.", "%(n)d entries are seen.", n) % {"n": n}
    )
    return redirect("inbox")
