"""Two do at the same moment what only one may do: with a database of its own, for real."""

from __future__ import annotations

import os
import subprocess
import sys

RACES = """
import itertools
import threading
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from anyuan.ops import supervisor
supervisor.prepare(owner=True)
supervisor.migrate()
from django.db import connection
from anyuan.field.hazards.forms import PublicForm
from anyuan.field.hazards.models import Hazard
from anyuan.field.hazards.services import finding, public, sorting
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, Invisible, acting
from anyuan.record.evidence.services import recording
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

# Two merge a hazard into each other at once: one of the two stays open, nobody waits for ever.
with acting(SYSTEM):
    for name in ("何局长", "刘局长"):
        if RoleGrant.objects.filter(person=people[name], until=None).exists():
            office = viewer_of(people[name], day)
    facts = [
        recording.record(
            unit=schools[1],
            fact=recording.NewFact("hazard.found", noon, payload={"place": "东门"}),
            by=SYSTEM,
            at=noon,
        )
        for _i in range(2)
    ]
    first, second = [finding.of_record(fact.pk) for fact in facts]
said, together = [], threading.Barrier(2)


def merge(one, into):
    def act():
        with acting(office):
            together.wait(10)
            sorting.merge(hazard_id=one.pk, into_id=into.pk, by=office, at=noon)

    return act


pair = [thread(merge(first, second), said), thread(merge(second, first), said)]
for one in pair:
    one.join(30)
with acting(SYSTEM):
    assert sorted(said) == ["done", "refused"], said
    states = sorted(Hazard.objects.values_list("state", flat=True))
    assert states == ["found", "merged"], states

# The same form of the wall comes five times at once: one hazard.
with acting(office):
    wall = public.make_code(unit=schools[1], by=office, at=noon)
challenge = public.challenge(wall.code, noon)
nonces = (str(n) for n in itertools.count())
worked = next(
    n
    for n in nonces
    if not int.from_bytes(sha256(f"{challenge}:{n}".encode()).digest()[:4]) >> (32 - public.WORK)
)
form = PublicForm("西门", "井盖缺失", challenge, worked)
said, together = [], threading.Barrier(5)


def tell():
    with acting(SYSTEM):
        together.wait(10)
        public.tell(row=wall, given=form, uploads=[], at=noon + timedelta(seconds=9))


crowd = [thread(tell, said) for _i in range(5)]
for one in crowd:
    one.join(30)
with acting(SYSTEM):
    assert said == ["done"] * 5, said
    assert Hazard.objects.filter(source="public").count() == 1
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
