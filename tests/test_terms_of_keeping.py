"""What is said to be kept for a time is forgotten after it, and nothing younger is."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from django.db import DatabaseError, connection, transaction

from anyuan.kernel import manifest
from anyuan.kernel.clock import now
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.ops import retention
from anyuan.org.audit.models import Event
from anyuan.org.people.models import Person
from anyuan.staffing.stations.models import DutyCard
from anyuan.staffing.stations.services import serving
from conftest import NOON

DATA = yaml.safe_load(
    (Path(__file__).parents[1] / "anyuan/config/personal_data.yaml").read_text("utf-8")
)
# Its words go with their keys (evidence.Key); a roster's names with its shifts; a password with its
# person.
WITH_OTHERS = {"evidence.Fact", "rosters.Roster", "people.Password"}


def test_every_term_has_a_job():
    jobs = {term.what for app in manifest.all_apps() for term in app.retention}
    for model, fields in DATA.items():
        terms = [f["keep"] for f in fields.values() if isinstance(f, dict)]
        timed = [t for t in terms if re.search(r"month|days|year|they leave|while they serve", t)]
        if timed and model not in WITH_OTHERS:
            assert any(job.startswith(model) for job in jobs), (model, timed)


def test_telephones_accounts_and_links_end_some_time_after_leaving(campus):
    with acting(SYSTEM):
        guard, teacher = campus.people["王门卫"], campus.people["李老师"]
        serving.card_of(guard)
        for person, left in ((guard, date(2026, 2, 1)), (teacher, date(2026, 5, 1))):
            Person.objects.filter(pk=person.pk).update(
                phone="13800000000", left_on=left, is_active=False
            )
        retention.forget(NOON)
        guard.refresh_from_db()
        teacher.refresh_from_db()
        assert (guard.phone, guard.username, guard.name) == ("", None, "王门卫")
        assert not guard.has_usable_password()
        assert teacher.phone == "13800000000" and teacher.username
        assert not DutyCard.objects.filter(person=guard).exists()
        assert retention.forget(NOON) == {}


def test_the_log_forgets_after_three_years_and_nothing_younger_by_anybody(campus):
    unit = campus.units["青禾区"].pk
    with acting(SYSTEM):
        for days in (3 * 366 + 1, 3 * 364, 1):
            Event.objects.create(
                at=now() - timedelta(days=days), verb="x.y", unit_id=unit, person_name="甲"
            )
        retention.forget(now())
        assert Event.objects.filter(verb="x.y").count() == 2
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM audit_event WHERE verb = 'x.y'")
