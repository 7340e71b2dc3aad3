"""Lists and boards over very many hazards: pages beside the bare SQL of the same rows.

python -m bench.hazards            BENCH_HAZARDS (a million) at BENCH_CAMPUSES (3,000) schools
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HAZARDS = int(os.environ.get("BENCH_HAZARDS", "1000000"))
CAMPUSES = int(os.environ.get("BENCH_CAMPUSES", "3000"))
ROUNDS = 15

# Units, people, records and hazards as the program would have made them, by the database itself.
FILL = """
SET session_replication_role = replica;
INSERT INTO units_unit (id, kind, name, path, opened_on, stage, parent_id{more})
    SELECT 100 + n, 'town', '镇' || n, '/1/' || 100 + n || '/', '2015-09-01', '', 1{defaults}
    FROM generate_series(0, 29) n;
INSERT INTO units_unit (id, kind, name, path, opened_on, stage, parent_id{more})
    SELECT 1000 + n, 'school', '校' || n, '/1/' || 100 + n %% 30 || '/' || 1000 + n || '/',
        '2015-09-01', 'primary', 100 + n %% 30{defaults}
    FROM generate_series(1, %(campuses)s) n;
"""
RECORDS = """
SET session_replication_role = replica;
WITH schools AS (SELECT array_agg(id ORDER BY id) AS ids FROM units_unit WHERE kind = 'school')
INSERT INTO evidence_fact (unit_id, seq, activity, quantity, slot, day, occurred_at, recorded_at,
        by_name, how, payload, withdrawn, files, prev_hash, hash)
    SELECT ids[1 + n %% cardinality(ids)], 1 + n / cardinality(ids), 'hazard.found', 1, '',
        (now() - n %% 700 * interval '1 day')::date, now() - n %% 700 * interval '1 day',
        now() - n %% 700 * interval '1 day', '王门卫', 'typed',
        jsonb_build_object('place', '教学楼' || n %% 9, 'subject', '护栏松动' || n),
        false, '[]', '', n::text
    FROM generate_series(0, %(hazards)s - 1) n, schools;
INSERT INTO hazards_hazard (unit_id, fact_id, newest_id, found_at, moved_at, state, grade,
        criterion, why, owner_id, measure, deadline, temporary, fixed_name, closed_name, result,
        contractor, reopened, asked_why, source, closed_at)
    SELECT f.unit_id, f.id, f.id, f.occurred_at, f.occurred_at,
        CASE WHEN f.id %% 20 < 16 THEN 'closed' WHEN f.id %% 20 < 18 THEN 'assigned'
            ELSE 'found' END,
        CASE WHEN f.id %% 200 = 17 THEN 'major' ELSE 'general' END, '', '', p.id, '加固',
        (f.occurred_at + interval '7 days')::date, '', '', '', '', '', 0, '', 'staff',
        CASE WHEN f.id %% 20 < 16 THEN f.occurred_at + interval '5 days' END
    FROM evidence_fact f, (SELECT min(id) AS id FROM people_person) p;
ANALYZE;
"""


def main() -> None:
    home = Path(tempfile.mkdtemp(prefix="anyuan-bench-"))
    home.chmod(0o755)
    (home / "static").mkdir()
    os.environ.update(
        ANYUAN_HOME=str(home),
        DJANGO_SETTINGS_MODULE="anyuan.config.settings",
        ANYUAN_DEMO="1",
        ANYUAN_REQUESTS="0",
    )
    os.environ.pop("DATABASE_URL", None)
    from anyuan.ops import supervisor

    try:
        supervisor.prepare()
        subprocess.run([sys.executable, "-m", "anyuan.ops.cli", "migrate"], check=True)
        from django.core.management import call_command

        call_command("collectstatic", verbosity=0, interactive=False)
        _fill(home)
        _measure()
    finally:
        supervisor.stop_database()
        shutil.rmtree(home, ignore_errors=True)


def _fill(home: Path) -> None:
    from datetime import date

    import psycopg

    from anyuan.kernel.scoping import SYSTEM, acting
    from anyuan.org.people.services import accounts
    from anyuan.org.units import services as units

    opened = date(2015, 9, 1)
    with acting(SYSTEM):
        root = units.create(parent=None, kind="district", name="青禾区", opened_on=opened)
        leader = accounts.create(
            username="he", name="何局长", unit=root, password="x" * 20, demo=True
        )
        accounts.grant(person=leader, role="district_leader", unit=root, since=opened)
    began = time.monotonic()
    with psycopg.connect(f"postgresql://postgres@/anyuan?host={home / 'pg'}") as link:
        columns = link.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name ="
            " 'units_unit' AND is_nullable = 'NO' AND column_default IS NULL AND column_name NOT IN"
            " ('id', 'kind', 'name', 'path', 'opened_on', 'stage', 'parent_id')"
        ).fetchall()
        plain = {"boolean": "false", "character varying": "''", "text": "''"}
        more = "".join(f", {name}" for name, _kind in columns)
        defaults = "".join(f", {plain.get(kind, '0')}" for _name, kind in columns)
        fill = FILL.format(more=more, defaults=defaults)
        for statement in (fill, RECORDS):
            filled = statement.replace("%(campuses)s", str(CAMPUSES))
            filled = filled.replace("%(hazards)s", str(HAZARDS)).replace("%%", "%")
            link.execute(filled)
    with psycopg.connect(
        f"postgresql://postgres@/anyuan?host={home / 'pg'}", autocommit=True
    ) as link:
        link.execute("VACUUM ANALYZE hazards_hazard")  # as the database does by itself
    with acting(SYSTEM):
        from anyuan.org.units.models import Unit

        school = Unit.objects.filter(kind="school").order_by("pk")[0]
        chen = accounts.create(
            username="chen", name="陈主任", unit=school, password="x" * 20, demo=True
        )
        accounts.grant(person=chen, role="safety_officer", unit=school, since=opened)
    print(
        f"{HAZARDS:,} hazards of {CAMPUSES:,} schools, filled in {time.monotonic() - began:.0f} s"
    )


def _timed(act: Callable[[], Any]) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds."""
    act()
    taken = []
    for _i in range(ROUNDS):
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1000)
    ordered = sorted(taken)
    return statistics.median(ordered), ordered[int(len(ordered) * 0.95)]


BARE = (
    "SELECT count(*) FILTER (WHERE state = 'found'), count(*) FILTER (WHERE state = 'assigned')"
    " FROM hazards_hazard h JOIN units_unit u ON u.id = h.unit_id WHERE u.path ^@ %s AND state IN"
    " ('found', 'assigned', 'fixed')",
    "SELECT h.*, f.payload FROM hazards_hazard h JOIN units_unit u ON u.id = h.unit_id JOIN"
    " evidence_fact f ON f.id = h.newest_id WHERE u.path ^@ %s AND state IN"
    " ('found', 'assigned', 'fixed') ORDER BY h.found_at DESC, h.id DESC LIMIT 50",
)


def _measure() -> None:
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from anyuan.kernel.scoping import SYSTEM, acting, signing_in
    from anyuan.org.people.models import Person

    settings.ALLOWED_HOSTS = ["*"]
    for username in ("he", "chen"):
        client = Client()
        with acting(SYSTEM):
            person = Person.objects.select_related("unit").get(username=username)
        with signing_in():
            client.force_login(person, backend="anyuan.org.accounts.sign_in.SignIn")
            session = client.session
            session["second_factor"] = True
            session.save()

        def bare(path: str = person.unit.path) -> None:
            with acting(SYSTEM, read_only=True), connection.cursor() as cursor:
                for query in BARE:
                    cursor.execute(query, [path])
                    cursor.fetchall()

        base, _p95 = _timed(bare)
        print(f"{username:<6} bare SQL of the list{'':<12} median {base:7.1f} ms")
        for page in (
            "/hazards/",
            "/hazards/?state=late",
            "/hazards/?state=all",
            "/hazards/board/",
            "/",
        ):

            def get(address: str = page, client: Client = client) -> None:
                answer = client.get(address)
                assert answer.status_code == 200, (address, answer.status_code)

            median, p95 = _timed(get)
            with CaptureQueriesContext(connection) as asked:
                get()
            print(
                f"{username:<6} {page:<32} median {median:7.1f} ms  p95 {p95:7.1f} ms "
                f" {median / base:5.2f} × bare  {len(asked):3} queries",
                flush=True,
            )


if __name__ == "__main__":
    main()
