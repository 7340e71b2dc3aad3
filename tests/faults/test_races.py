"""Two do at the same moment what only one may do: with a database of its own, for real."""

from __future__ import annotations

import os
import subprocess
import sys

RACES = """
import threading
from datetime import UTC, date, datetime
from anyuan.ops import supervisor
supervisor.prepare(owner=True)
supervisor.migrate()
from django.db import connection
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, Invisible, acting
from anyuan.org.people.models import Invitation, RoleGrant
from anyuan.org.people.queries import viewer as viewer_of
from anyuan.org.people.services import accounts, leaving, roles
from anyuan.org.units import services as units

noon, day = datetime(2026, 5, 20, 4, tzinfo=UTC), date(2026, 5, 20)
with acting(SYSTEM):
    district = units.create(parent=None, kind="district", name="青禾区", opened_on=day)
    schools = [
        units.create(parent=district, kind="school", name=name, opened_on=day)
        for name in ("实验小学", "柳湾中学")
    ]
    people = {}
    for name, role, unit in (
        ("何局长", "district_leader", district),
        ("刘局长", "district_leader", district),
        ("李老师", "teacher", schools[0]),
    ):
        people[name] = accounts.create(username=name, name=name, unit=unit, password="x" * 20)
        accounts.grant(person=people[name], role=role, unit=unit, since=day)
    viewers = {name: viewer_of(person, day) for name, person in people.items()}
    grants = {name: RoleGrant.objects.get(person=person).pk for name, person in people.items()}
    heirs = {b.key: None for b in leaving.belongings(people["李老师"])}


def thread(act, said):
    def run():
        try:
            act()
            said.append("done")
        except (Denied, Invisible, Refused):
            said.append("refused")
        finally:
            connection.close()

    started = threading.Thread(target=run)
    started.start()
    return started


# A slip is asked for while its person moves: it waits, then the row belongs to nobody any more.
said, moving = [], threading.Event()
leader = viewers["何局长"]


def invite():
    moving.wait(10)
    with acting(leader):
        accounts.invite(person=people["李老师"], username="li.new", by=leader, at=noon)


other = thread(invite, said)
with acting(leader):
    leaving.move(
        person=people["李老师"], to=schools[1], title="", heirs=heirs, by=leader, at=noon
    )
    moving.set()
    other.join(1)
    assert not said, "the slip did not wait"
other.join(30)
with acting(SYSTEM):
    assert said == ["refused"], said
    assert not Invitation.objects.exists()

# Two leaders end each other's role at once: one of them stays.
said, together = [], threading.Barrier(2)


def end(name, other):
    def act():
        with acting(viewers[name]):
            together.wait(10)
            roles.end_role(grant_id=grants[other], by=viewers[name], at=noon)

    return act


pair = [
    thread(end("何局长", "刘局长"), said),
    thread(end("刘局长", "何局长"), said),
]
for one in pair:
    one.join(30)
with acting(SYSTEM):
    assert sorted(said) == ["done", "refused"], said
    assert RoleGrant.objects.filter(role="district_leader", until=None).count() == 1
supervisor.stop_database()
"""


def test_of_two_at_once_one_is_refused(tmp_path):
    environ = {**os.environ, "ANYUAN_HOME": str(tmp_path / "home"), "ANYUAN_DEMO": ""}
    environ.pop("DATABASE_URL", None)
    tmp_path.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", RACES], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
