"""What apps declare: every place opens, no name twice, no entry without a right."""

from __future__ import annotations

import pytest
from django.apps import apps

from anyuan.kernel import manifest
from anyuan.kernel.manifest import Entry, Verb

PLACES = ("matters", "to_tell", "take_along", "carried", "bound", "routers")


@pytest.fixture(autouse=True)
def _afresh():
    """What was asked before a test changed a manifest is asked again, and once more after it."""
    kept = (manifest.by_name, manifest.verbs, manifest.deeds, manifest.labels, manifest.entries)
    for asked in kept:
        asked.cache_clear()
    yield
    for asked in kept:
        asked.cache_clear()


def test_every_place_that_is_named_is_there():
    for field in PLACES:
        list(manifest.opened(field))
    for field in ("keepers", "answers"):
        assert manifest.by_name(field)
    for app in manifest.all_apps():
        for job in app.jobs:
            assert callable(app.open(job.follow))
        for card in app.cards:
            assert callable(app.open(card.give))
        for term in app.retention:
            assert callable(app.open(term.forget))
    assert {"fact.record", "fact.correct", "shift.sign_in", "round.scan"} <= set(manifest.verbs())


def test_every_app_of_the_house_has_a_manifest():
    ours = [c for c in apps.get_app_configs() if c.name.startswith("anyuan.")]
    assert [c.name for c in ours if not isinstance(c, manifest.App)] == ["anyuan.kernel"]


def test_a_verb_declared_twice_is_named(monkeypatch):
    app = apps.get_app_config("patrols")
    again = Verb("shift.leave", "fact.record", "api.end")
    monkeypatch.setattr(app, "verbs", (*app.verbs, again))
    with pytest.raises(ValueError, match=r"shift\.leave"):
        manifest.verbs()


def test_an_entry_without_a_right_is_named(monkeypatch):
    app = apps.get_app_config("patrols")
    nobody = Entry(order=1, label="x", page="patrols", permission="", under=("/x/",))
    monkeypatch.setattr(app, "nav", (nobody,))
    with pytest.raises(ValueError, match="patrols"):
        manifest.entries()


def test_every_matter_asks_no_more_for_many_than_for_few(campus, django_assert_max_num_queries):
    """Each app's matters and cards together, for somebody who sees a whole district."""
    from anyuan.front.desk.queries import home as queries
    from anyuan.kernel.scoping import acting
    from conftest import NOON

    viewer = campus.viewer("何局长")
    with acting(viewer), django_assert_max_num_queries(60):
        queries.home(viewer, [campus.units["青禾区"]], NOON)
