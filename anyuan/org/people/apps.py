"""People, posts, bodies, charges."""

from __future__ import annotations

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_lazy as _

from anyuan.kernel import manifest
from anyuan.kernel.manifest import Card, Entry, Search, Term

from .rules import PERMISSIONS, held_by


class People(manifest.App):
    name = "anyuan.org.people"
    proved = (
        "people_rolegrant",
        "people_post",
        "people_membership",
        "people_charge",
        "people_person",
        "people_body",
        "people_breakglass",
    )
    changing = {"people_rolegrant": ("until",), "people_password": ("encoded",)}
    cards = (Card("people/home_glass.html", "queries.home_glass", 20),)
    nav = (
        Entry(
            order=110,
            label=_("Organisation"),
            page="organisation",
            permission="org.see",
            group="unit",
            under=("/organisation/",),
            help="danweiyurenyuan",
        ),
    )
    search = (
        Search(20, _("People"), "queries.find_people", "org.see"),
        Search(30, _("Offices"), "queries.find_offices", "org.see"),
        Search(60, _("Places"), "queries.find_places", "org.see"),
    )
    retention = (
        Term("people.Person", "services.leaving.forget_who_left"),
        Term("people.Invitation", "services.accounts.forget_invitations"),
        Term("people.Device", "services.accounts.forget_devices_unseen"),
        Term("people.DeviceCode", "services.accounts.forget_device_codes"),
        Term("people.BreakGlass", "services.accounts.forget_looks"),
        Term("people.RoleGrant", "services.roles.forget_ended"),
    )
    labels = {
        "permission": {code: gettext_lazy(words) for code, words in PERMISSIONS.items()},
        "permission_held_by": {code: held_by(code) for code in PERMISSIONS},
    }
    keepers = {"seat": "services.bodies.Seats", "charge": "services.charges.Charges"}
    deeds = {
        "account.device_code": _("code for another browser made"),
        "account.devices_forgotten": _("known browsers forgotten"),
        "account.invited": _("sign-in slip made"),
        "account.sessions_ended": _("signed out everywhere by the office"),
        "body.closed": _("body closed"),
        "body.formed": _("body formed"),
        "body.seat": _("seat given"),
        "body.unseated": _("seat ended"),
        "charge.ended": _("charge ended"),
        "charge.given": _("charge given"),
        "glass.broken": _("looked in an emergency"),
        "person.back": _("person back"),
        "person.changed": _("person changed"),
        "person.entered": _("person entered"),
        "person.left": _("person left"),
        "person.moved": _("person moved"),
        "post.given": _("post given"),
        "role.ended": _("role ended"),
        "role.given": _("role given"),
    }
