"""An installation of before the house was rearranged runs on with its data: a backup taken then is
restored now, and what was begun then goes on.
"""

from __future__ import annotations

import lzma
import os
import subprocess
import sys
from pathlib import Path

BACKUP = Path(__file__).parent / "before_the_house.tar.xz"
# What goes on: a phone's command is answered as it was, a draft is adopted, a roster still says who
# is on duty.
GOES_ON = """
import uuid
from datetime import UTC, date, datetime
from anyuan.ops import supervisor
supervisor.prepare()
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.obligations.plans import queries as plans
from anyuan.obligations.plans.services import adoption, review
from anyuan.org.people import queries as people
from anyuan.org.people.models import Person
from anyuan.record.evidence import api
from anyuan.record.evidence.models import Fact
from anyuan.staffing.rosters.models import Shift

noon = datetime(2026, 5, 20, 4, 0, tzinfo=UTC)
with acting(SYSTEM):
    guard = people.viewer(Person.objects.get(name="王门卫"), date(2026, 5, 20))
    leader = people.viewer(Person.objects.get(name="何局长"), date(2026, 5, 20))
    school = Person.objects.get(name="王门卫").unit
    facts = Fact.objects.count()
fields = {
    "activity": "patrol.round", "unit": str(school.pk), "place": "西门", "occurred_at": "",
}
status, answer = api.apply(guard, uuid.UUID(int=7), "fact.record", fields, noon.isoformat(), noon)
assert (status, answer["result"]["seq"]) == (200, 2), answer
with acting(SYSTEM):
    assert Fact.objects.count() == facts == 2
    assert Shift.objects.filter(in_force=True).count() == 2
with acting(leader):
    draft = plans.visible().get(status="draft")
    review.accept_rest(plan_id=draft.pk, by=leader, at=noon)
    adoption.adopt(
        plan_id=draft.pk, starts=date(2026, 9, 1), ends=date(2027, 1, 1),
        signature="何局长", by=leader, at=noon,
    )
    assert plans.visible().filter(status="adopted").count() == 2
supervisor.stop_database()
"""


def test_a_backup_of_before_is_restored_and_goes_on(tmp_path):
    home, backup = tmp_path / "home", tmp_path / "before.tar"
    backup.write_bytes(lzma.decompress(BACKUP.read_bytes()))
    environ = {**os.environ, "ANYUAN_HOME": str(home), "ANYUAN_DEMO": ""}

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command], env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "与备份一致" in run("-m", "anyuan.ops.cli", "restore", str(backup))
    run("-m", "anyuan.ops.cli", "evidence", "verify")
    run("-c", GOES_ON)
    run("-m", "anyuan.ops.cli", "evidence", "verify")
