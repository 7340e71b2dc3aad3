"""Reads of people and of the organisation around them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.kernel import clock, finding
from anyuan.kernel.finding import Found
from anyuan.kernel.scoping import NOBODY, Grant, Viewer, signing_in, visible
from anyuan.org.units import queries as units
from anyuan.org.units.models import Place, Unit

from ..models import (
    Body,
    BodyKind,
    BreakGlass,
    Charge,
    Device,
    Membership,
    Person,
    Post,
    Rank,
    RoleGrant,
)
from ..rules import DEVICE_DAYS, GLASS, ROLES, Role, device_digest, permissions

__all__ = ["Body", "BodyKind", "Charge", "Membership", "Person", "Place", "Post", "Rank"]


def account(person_id: int) -> Person | None:
    """Whoever signed in, if their account is open, with what they may do already read."""
    roles = RoleGrant.objects.select_related("unit").order_by("pk")
    with signing_in(read_only=True):
        # With the password: a session ends when that changes.
        rows = Person.objects.select_related("kept_password").filter(pk=person_id, is_active=True)
        return rows.prefetch_related(Prefetch("grants", roles)).first()


def viewer(person: Person, today: date) -> Viewer:
    """Return what a signed-in person may see and do today."""
    if not person.is_active:
        return NOBODY
    rows = [g for g in _grants(person) if g.since <= today and (not g.until or g.until > today)]
    grants = [Grant(g.role, g.unit_id, g.unit.path, permissions(g.role)) for g in rows]
    if any(g.role == Role.OPERATOR for g in rows):
        grants += _through_glass(person)
    return Viewer(person.pk, person.name, tuple(grants), person.unit_id)


def _grants(person: Person) -> list[RoleGrant]:
    if "grants" in getattr(person, "_prefetched_objects_cache", ()):
        return list(person.grants.all())
    with signing_in():
        return list(person.grants.select_related("unit").order_by("pk"))


def roles_of(
    person_ids: Iterable[int], first: date, last: date
) -> dict[int, list[tuple[str, str]]]:
    """The roles that people held on any day of a stretch, each with the path of its unit; also
    where the viewer sees nothing of them. One query.
    """
    found: dict[int, list[tuple[str, str]]] = {}
    with signing_in():
        rows = list(
            RoleGrant.objects.filter(person_id__in=list(person_ids), since__lte=last)
            .exclude(until__lte=first)
            .order_by("pk")
            .values_list("person_id", "role", "unit__path")
        )
    for person_id, role, path in rows:
        found.setdefault(person_id, []).append((role, path))
    return found


def _through_glass(person: Person) -> list[Grant]:
    open_ = BreakGlass.objects.filter(person=person, closes_at__gt=clock.now())
    with signing_in():
        rows = list(open_.order_by("pk").values_list("unit_id", "unit__path"))
    return [Grant("glass", unit_id, path, GLASS) for unit_id, path in rows]


# -- people -------------------------------------------------------------------
def get(person_id: int) -> Person:
    """:raises Invisible:"""
    return visible(Person.objects.select_related("unit").order_by("pk"), person_id)


def me(viewer: Viewer) -> Person:
    """One's own row; visible to everybody, whatever their role."""
    return visible(Person.objects.order_by("pk"), viewer.pk)


def search(unit: Unit, text: str = "", *, left: bool = False) -> QuerySet[Person]:
    """People of a unit and those below it, by characters, pinyin, initials, number or telephone;
    those who left only if asked for.
    """
    rows = Person.objects.filter(unit__path__startswith=unit.path).select_related("unit")
    if not left:
        rows = rows.filter(left_on=None)
    for word in text.lower().split()[:5]:
        rows = rows.filter(
            Q(name__icontains=word)
            | Q(pinyin__contains=word)
            | Q(initials__startswith=word)
            | Q(number=word)
            | Q(phone__startswith=word)
            | Q(posts__until=None, posts__title__icontains=word)
        )
    return (
        rows.prefetch_related(Prefetch("posts", Post.objects.filter(until=None).order_by("pk")))
        .distinct()
        .order_by("unit__path", "pinyin", "name", "pk")
    )


def find_people(viewer: Viewer, text: str) -> list[Found]:
    """People of all units the viewer may see, who have not left."""
    rows = [row for unit in units.held_by(viewer) for row in search(unit, text)[: finding.MOST]]
    return [
        Found(p.name, reverse("person", args=[p.pk]), f"{p.unit.name} {_posts(p)}".strip())
        for p in {p.pk: p for p in rows}.values()
    ][: finding.MOST]


def _posts(person: Person) -> str:
    return "、".join(post.title for post in person.posts.all())


def find_offices(viewer: Viewer, text: str) -> list[Found]:
    """Units that are no schools; those have their month."""
    offices = [u for u in units.visible_below(viewer) if not u.is_campus]
    found = finding.best(text, offices, lambda u: u.name)
    page = reverse("organisation")
    return [Found(u.name, f"{page}?unit={u.pk}", u.get_kind_display()) for u in found]


def find_places(viewer: Viewer, text: str) -> list[Found]:
    """Places on campuses: gates, buildings, rooms."""
    found = finding.best(text, units.places_below(viewer), lambda p: p.name)
    page = reverse("organisation")
    return [Found(p.name, f"{page}?unit={p.unit_id}#places", p.unit.name) for p in found]


def choices(unit: Unit) -> list[Person]:
    """Everybody who may be named at a unit: its own people, by pinyin."""
    return list(Person.objects.filter(unit=unit, left_on=None).order_by("pinyin", "name", "pk"))


@dataclass(frozen=True)
class Held:
    """What one person is and answers for."""

    posts: list[Post]
    seats: list[Membership]
    charges: list[Charge]
    grants: list[RoleGrant]


def held(person: Person) -> Held:
    return Held(
        list(person.posts.filter(until=None).select_related("unit").order_by("pk")),
        list(person.memberships.filter(until=None).select_related("body", "unit").order_by("pk")),
        list(
            person.charges.filter(until=None)
            .select_related("unit", "place", "school")
            .order_by("pk")
        ),
        list(person.grants.filter(until=None).select_related("unit").order_by("pk")),
    )


def past(person: Person) -> list[Post]:
    """The posts a person held before."""
    return list(person.posts.exclude(until=None).select_related("unit").order_by("-until", "pk"))


def holding(unit: Unit, role: str) -> list[Person]:
    """Who holds a role at this very unit now."""
    return list(
        Person.objects.filter(
            grants__unit=unit, grants__role=role, grants__until=None, is_active=True
        )
        .distinct()
        .order_by("pk")
    )


def role_names() -> dict[str, str]:
    return {r.value: ROLES[r].zh for r in Role}


# -- bodies, places, charges --------------------------------------------------
def bodies(unit: Unit) -> list[Body]:
    """The bodies of a unit with their seats, heads first."""
    sitting = Membership.objects.filter(until=None).select_related("person").order_by("pk")
    open_ = Body.objects.filter(unit=unit, closed_on=None).order_by("pk")
    rows = list(open_.prefetch_related(Prefetch("memberships", sitting)))
    return sorted(rows, key=lambda b: (BodyKind.values.index(b.kind), b.pk))


def body(body_id: int) -> Body:
    """:raises Invisible:"""
    return visible(Body.objects.select_related("unit").order_by("pk"), body_id)


def posts(unit: Unit) -> list[Post]:
    return list(Post.objects.filter(unit=unit, until=None).select_related("person").order_by("pk"))


def charges(unit: Unit) -> list[Charge]:
    return list(
        Charge.objects.filter(unit=unit, until=None)
        .select_related("person", "place", "school")
        .order_by("area", "pk")
    )


@dataclass(frozen=True)
class Gaps:
    """What nobody answers for, and who answers for very much."""

    places: list[Place]
    bodies: list[Body]
    schools: list[Unit]
    loaded: list[tuple[Person, int]]

    @property
    def missing(self) -> int:
        return len(self.places) + len(self.bodies) + len(self.schools)


MUCH = 8  # our own mark, from no standard: a person with more charges and seats than this is shown


def gaps(
    unit: Unit, rows: Sequence[Charge], formed: Sequence[Body], known: Sequence[Place]
) -> Gaps:
    """Of a unit's charges, bodies and places: which have nobody; and who has very much."""
    places = [p for p in known if p.key_area and p.pk not in {c.place_id for c in rows}]
    headless = [b for b in formed if not any(m.rank == Rank.HEAD for m in b.seats)]
    schools = (
        []
        if unit.is_campus
        else [u for u in units.campuses(unit) if u.pk not in {c.school_id for c in rows}]
    )
    loads = (
        Person.objects.filter(unit=unit, left_on=None)
        .annotate(
            n=Count("charges", filter=Q(charges__until=None), distinct=True)
            + Count("memberships", filter=Q(memberships__until=None), distinct=True)
        )
        .filter(n__gt=MUCH)
        .order_by("-n", "pk")
    )
    return Gaps(places, headless, schools, [(p, p.n) for p in loads])


def by_ids(ids: Iterable[int]) -> dict[int, Person]:
    return {p.pk: p for p in Person.objects.filter(pk__in=list(ids)).order_by("pk")}


def factors(viewer: Viewer) -> list[str]:
    """The kinds of second factor a viewer has set up, as words."""
    from allauth.mfa.models import Authenticator

    kinds = (
        Authenticator.objects.filter(user_id=viewer.person_id)
        .order_by("type")
        .values_list("type", flat=True)
    )
    words = {
        "totp": _("authenticator app"),
        "webauthn": _("passkey"),
        "recovery_codes": _("recovery codes"),
    }
    return [words[kind] for kind in dict.fromkeys(kinds) if kind in words]


def knows_device(username: str, mark: str) -> bool:
    """Whether somebody of this user name signed in in the browser with this mark, not too long ago.

    Asked before anybody is known.
    """
    if not mark:
        return False
    with signing_in():
        return Device.objects.filter(
            person__username=username,
            digest=device_digest(mark),
            seen_at__gt=clock.now() - timedelta(days=DEVICE_DAYS),
        ).exists()


def devices(viewer: Viewer) -> list[Device]:
    """The browsers that know a viewer, the one used last first."""
    return list(Device.objects.filter(person_id=viewer.pk).order_by("-seen_at", "pk"))


def glass(viewer: Viewer) -> list[BreakGlass]:
    """Where administrators looked through broken glass in what the viewer may see, of the last 30
    days.
    """
    since = clock.now() - timedelta(days=30)
    return (
        list(
            BreakGlass.objects.filter(opened_at__gt=since)
            .select_related("unit")
            .order_by("-opened_at")
        )
        if viewer.may("audit.see")
        else []
    )


def without_factor(roles: Iterable[str]) -> int:
    """How many people hold one of these roles and have no second factor."""
    from allauth.mfa.models import Authenticator

    holders = set(
        RoleGrant.objects.filter(
            until=None, role__in=list(roles), person__is_active=True
        ).values_list("person_id", flat=True)
    )
    return len(
        holders
        - set(Authenticator.objects.filter(user_id__in=holders).values_list("user_id", flat=True))
    )


def demo_accounts() -> int:
    return Person.objects.filter(demo=True, username__isnull=False).count()


def home_glass(viewer: Viewer, own: Sequence[Unit], now: datetime) -> dict[str, Any] | None:
    """Where administrators looked in an emergency, for whoever may see it."""
    opened = glass(viewer)
    return {"opened": opened} if opened else None


def holding_at(unit_ids: Iterable[int], role: str) -> dict[int, list[int]]:
    """Who holds a role at each of these very units now (ids). One query."""
    found: dict[int, list[int]] = {pk: [] for pk in unit_ids}
    rows = RoleGrant.objects.filter(
        unit_id__in=list(found), role=role, until=None, person__is_active=True
    )
    for unit_id, person_id in rows.order_by("person_id").values_list("unit_id", "person_id"):
        if person_id not in found[unit_id]:
            found[unit_id].append(person_id)
    return found


@dataclass(frozen=True)
class OrganisationPage:
    """One unit's bodies, places, charges, and what in them has nobody."""

    unit: Unit
    units: list[Unit]
    gaps: Gaps
    bodies: list[Body]
    places: list[Place]
    charges: list[Charge]
    people: list[Person]
    schools: list[Unit]  # below it, to be charged to somebody
    may_edit: bool
    may_describe: bool  # say what the unit is: the unit above says it of a school


def organisation_page(viewer: Viewer, unit: Unit) -> OrganisationPage:
    """What the page of a unit shows."""
    formed, rows, places = bodies(unit), charges(unit), units.places(unit)
    above = unit.path.removesuffix(f"{unit.pk}/")
    return OrganisationPage(
        unit=unit,
        units=units.visible_below(viewer),
        gaps=gaps(unit, rows, formed, places),
        bodies=formed,
        places=places,
        charges=rows,
        people=choices(unit),
        schools=[] if unit.is_campus else list(units.campuses(unit)),
        may_edit=viewer.may("org.edit", unit.path),
        may_describe=unit.is_campus and viewer.may("org.edit", above),
    )
