"""Owns what an app says of itself: its `apps.py` declares, and whoever needs it asks all apps.

Places inside an app are named from it, e.g. `"services.forget"` of `anyuan.staffing.rosters`, and
opened when they are asked for: a manifest is read before there are tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

from django.apps import AppConfig, apps
from django.db.models import Model
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Verb:
    """What a phone or a page may send: `act` performs it, for whoever holds `permission`."""

    name: str
    permission: str
    act: str


@dataclass(frozen=True)
class Job:
    """What the worker runs for as long as it lives: `follow` is a coroutine function."""

    name: str
    follow: str


@dataclass(frozen=True)
class Card:
    """A part of the home page: `give(viewer, units, now)` makes what `template` shows as `card`.

    `urgency` orders cards, the smallest first; `give` returns None where there is nothing to show.
    """

    template: str
    give: str
    urgency: int


# The menu by what people do. With the pages that stand alone not more than seven lines.
GROUPS: dict[str, Any] = {
    "plans": _("Plans and rules"),
    "results": _("Results"),
    "unit": _("Unit"),
}


@dataclass(frozen=True)
class Entry:
    """One line of the menu, for whoever holds `permission`; lit on addresses that hold `under`."""

    order: int
    label: Any
    page: str
    permission: str
    under: tuple[str, ...]
    group: str = ""  # of `GROUPS`; empty: it stands alone
    thumb: int = 0  # its place at the bottom of a phone; 0: only in the menu
    thumb_page: str = ""  # where it leads there, if elsewhere
    help: str = ""  # the part of the users' guide that tells of it, by its title as it is said


@dataclass(frozen=True)
class Search:
    """One kind of thing that can be looked for, by whoever holds `permission` (empty: everybody).

    `find(viewer, text)` gives a bounded list of `kernel.finding.Found`.
    """

    order: int
    label: Any
    find: str
    permission: str


@dataclass(frozen=True)
class Term:
    """What is kept only for a time: `forget(at)` forgets what is over and returns how many."""

    what: str
    forget: str


class App(AppConfig):
    """The base of every app's manifest; what an app has nothing of it leaves out."""

    verbs: tuple[Verb, ...] = ()
    jobs: tuple[Job, ...] = ()
    cards: tuple[Card, ...] = ()
    matters: str = ""  # (viewer, units, now) → what waits for somebody there
    to_tell: str = ""  # (now) → matters of everybody that also leave the pages
    take_along: tuple[str, ...] = ()  # each (viewer, campuses, now) → the phone's share, by name
    nav: tuple[Entry, ...] = ()
    deeds: Mapping[str, Any] = {}  # an event of the audit log → its words
    search: tuple[Search, ...] = ()
    retention: tuple[Term, ...] = ()
    keepers: Mapping[str, str] = {}  # what a person holds and hands over
    carried: tuple[str, ...] = ()  # (old id → new id, at): what passes to a plan's new version
    bound: tuple[str, ...] = ()  # (unit ids) → which posts each mans and when its night is
    answers: Mapping[str, str] = {}  # questions of lower storeys: name → (unit id, id) → bool
    routers: tuple[str, ...] = ()  # of the JSON interface
    proved: tuple[str, ...] = ()  # tables whose rows are sealed as the program writes them
    before_commit: str = ""  # () → what is done last in every transaction that may write
    append_only: tuple[str, ...] = ()  # tables of which nothing is ever changed or deleted
    changing: Mapping[str, tuple[str, ...]] = {}  # a table → its columns that are ever changed
    files: tuple[str, ...] = ()  # table.column that hold digests of files which are kept
    own_activities: Mapping[str, str] = {}  # that only its acts record → the page where
    labels: Mapping[str, Mapping[str, Any]] = {}  # a kind of code → code → its words

    def open(self, place: str) -> Any:
        """What stands at a place of this app. :raises ImportError: there is nothing."""
        return import_string(f"{self.name}.{place}")

    @property
    def has_pages(self) -> bool:
        return find_spec(f"{self.name}.urls") is not None


def all_apps() -> list[App]:
    """Every app of the house, in the order of the settings."""
    return [app for app in apps.get_app_configs() if isinstance(app, App)]


def opened(field: str) -> Iterator[Any]:
    """What every app has at the places that it names in a field, e.g. `take_along`."""
    for app in all_apps():
        places = getattr(app, field)
        for place in (places,) if isinstance(places, str) else places:
            if place:
                yield app.open(place)


@cache
def by_name(field: str) -> dict[str, Callable[..., Any]]:
    """What every app has under names, e.g. `keepers`. :raises ValueError: one name twice."""
    found: dict[str, Any] = {}
    for app in all_apps():
        for name, place in getattr(app, field).items():
            if name in found:
                raise ValueError(f"{app.label}: {field} has {name} twice")
            found[name] = app.open(place)
    return found


@cache
def verbs() -> dict[str, tuple[Verb, Any]]:
    """Every verb with what performs it. :raises ValueError: one verb twice."""
    found: dict[str, tuple[Verb, Any]] = {}
    for app in all_apps():
        for verb in app.verbs:
            if verb.name in found:
                raise ValueError(f"{app.label}: the verb {verb.name} is declared twice")
            found[verb.name] = (verb, app.open(verb.act))
    return found


@cache
def deeds() -> dict[str, Any]:
    """The words of every event of the audit log."""
    return {name: words for app in all_apps() for name, words in app.deeds.items()}


@cache
def own_activities() -> dict[str, str]:
    """Activities that only an act of their app records: where it is done, by the page's name."""
    return {code: page for app in all_apps() for code, page in app.own_activities.items()}


@cache
def labels(kind: str) -> dict[str, Any]:
    """The words of every code of a kind, e.g. `doubt`, from all apps."""
    return {code: words for app in all_apps() for code, words in app.labels.get(kind, {}).items()}


def label(kind: str, code: str) -> str:
    """The words of one code; the code itself where no app says any."""
    return str(labels(kind).get(code, code))


@cache
def entries() -> list[Entry]:
    """The menu. :raises ValueError: an entry without a right, which everybody would see."""
    found = sorted((e for app in all_apps() for e in app.nav), key=lambda e: e.order)
    for entry in found:
        if not entry.permission:
            raise ValueError(f"{entry.page}: an entry of the menu names the right it asks for")
    return found


def holds(name: str, unit_id: int, other_id: int) -> bool:
    """Ask what an upper app answers, e.g. whether a unit owes a duty. :raises KeyError: nobody."""
    return bool(by_name("answers")[name](unit_id, other_id))


def append_only() -> list[str]:
    """The tables of which nothing is ever changed or deleted."""
    return [table for app in all_apps() for table in app.append_only]


def changing() -> dict[str, tuple[str, ...]]:
    """Tables of which only some columns are ever changed: which."""
    return {table: names for app in all_apps() for table, names in app.changing.items()}


def proved() -> list[str]:
    """The tables whose rows are sealed, from all apps."""
    return sorted(table for app in all_apps() for table in app.proved)


def files() -> list[tuple[str, str]]:
    """Every table and column that holds digests of kept files."""
    named = [place.split(".") for app in all_apps() for place in app.files]
    return [(table, column) for table, column in named]


@cache
def model_of(table: str) -> type[Model]:
    """:raises LookupError: no model has this table."""
    for model in apps.get_models():
        if model._meta.db_table == table:
            return model
    raise LookupError(table)


@cache
def last_acts() -> tuple[Callable[[], object], ...]:
    """What every app does last in a transaction that may write."""
    return tuple(opened("before_commit"))
