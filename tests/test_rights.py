"""Two locks: every role asks every address; every table is read without a scope."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import URLPattern, get_resolver

from anyuan.field.patrols.forms import RouteForm
from anyuan.kernel.scoping import SYSTEM, Viewer, acting, enter
from anyuan.record.evidence.forms import LedgerForm
from anyuan.record.evidence.services import files, recording, views_kept
from anyuan.staffing.stations.forms import StationForm, ZoneForm
from anyuan.steering.governance.forms import MeetingForm, RuleForm
from conftest import CAST, NOON, PIXEL

TABLE = Path(__file__).parent / "rights.txt"
# What a pattern's numbers are filled with: things of 实验小学.
SKIPPED = {"account_logout"}
# Well-formed, so that what answers is the right and not the form.
BODY = {
    "start": 0,
    "end": 9,
    "version": 1,
    "do": "accept",
    "action": "检查",
    "activity": "hazard.inspection",
    "unit": 0,
    "starts": "2026-03-01",
    "ends": "2026-08-01",
    "last": "2026-07-31",
    "signature": "x",
    "text": "",
}


def patterns(urls=None, prefix=""):
    for entry in urls or get_resolver().url_patterns:
        if isinstance(entry, URLPattern):
            yield prefix + str(entry.pattern), entry
        elif entry.app_name != "ninja" and "api" not in str(entry.pattern):
            yield from patterns(entry.url_patterns, prefix + str(entry.pattern))


@pytest.fixture
def things(campus, adopted):
    viewer = campus.viewer("王门卫")
    school = campus.units["实验小学"]
    with acting(viewer):
        fact = recording.record(
            unit=school,
            fact=recording.NewFact(
                activity="patrol.round", occurred_at=NOON, payload={"place": "东门"}
            ),
            by=viewer,
            at=NOON,
            uploads=[files.Upload("a.png", PIXEL)],
        )
        attachment = fact.attachments.get()
    with acting(SYSTEM):
        from anyuan.judging.assessment import services
        from anyuan.obligations.plans.models import Binding, Page

        services.catch_up(NOON)
        owed = Binding.objects.filter(unit=school, measure="level").order_by("pk").first()
        seen = files.keep_picture(unit=adopted.unit, upload=files.Upload("1.png", PIXEL))
        Page.objects.create(
            plan=adopted,
            unit=adopted.unit,
            number=1,
            digest=seen.digest,
            width=seen.width,
            height=seen.height,
            lines=[[0, len(adopted.text), 0.1, 0.1, 0.9, 0.9]],
        )
    with acting(campus.viewer("赵校长")):
        from anyuan.org.people.services import bodies, charges
        from anyuan.org.people.services import persons as persons_services
        from anyuan.org.people.services import roles as roles_services
        from anyuan.org.units import services as units

        zhao = campus.viewer("赵校长")
        li = persons_services.enter(
            unit=school, name="吴新", number="", phone="", title="班主任", by=zhao, at=NOON
        )
        roles_services.give_role(person=li, role="teacher", unit=school, by=zhao, at=NOON)
        body = bodies.form_body(
            unit=school, name="巡逻队", kind="patrol", purpose="", by=zhao, at=NOON
        )
        bodies.seat(body=body, person=li, rank="head", duty="", by=zhao, at=NOON)
        charge = charges.give(
            unit=school, person=li, area="教学楼", place=None, school=None, by=zhao, at=NOON
        )
        place = units.add_place(unit=school, name="东门", kind="gate")
        from anyuan.obligations.duties import services as duties
        from anyuan.obligations.duties.models import Exemption

        asked = duties.ask(
            unit=school,
            obligation_id=owed.obligation_id,
            starts=date(2026, 6, 1),
            ends=date(2026, 7, 1),
            reason="校舍重建",
            by=zhao,
            at=NOON,
        )
        Exemption.objects.filter(pk=asked.pk).update(asked_by_id=0)
        from anyuan.steering.governance.models import Letter
        from anyuan.steering.governance.services import letters, library, meetings

        held = meetings.call(
            given=MeetingForm(
                kind="monthly",
                title="五月例会",
                starts_at=NOON,
                place="会议室",
                chair=li,
                agenda=["隐患"],
            ),
            unit=school,
            by=zhao,
            at=NOON,
        )
        decision = meetings.decide(
            meeting_id=held.pk, text="修东门", person=li, due=date(2026, 6, 1), by=zhao
        )
        rule = library.write(
            given=RuleForm(
                title="门卫制度",
                text="一、登记。",
                owner=li,
                review_on=date(2027, 1, 1),
                readers="",
                base=0,
            ),
            unit=school,
            by=zhao,
            at=NOON,
        )
        letters.issue(unit=school, year=2026, by=zhao, at=NOON)
        letter = Letter.objects.get(person=li)
        duty = _on_duty(school, li, zhao)
        from anyuan.org.messages import services as messages
        from anyuan.org.messages.forms import RobotForm
        from anyuan.org.messages.models import InboxEntry
        from anyuan.org.tablets import services as tablets

        tablet, _token = tablets.add(unit=school, name="门卫平板", by=zhao, at=NOON)
        form = RobotForm("安全群", "dingtalk://0123456789abcdef0123", "")
        robot = messages.add_robot(unit=school, form=form, by=zhao, at=NOON)
        said = {"key": "said", "subject": "一句话", "body": "请看一看", "made_at": NOON}
        entry = InboxEntry.objects.create(unit=school, person=campus.people["赵校长"], **said)
    organisation = duty | {
        "pk": 1,
        "robot_id": robot.pk,
        "entry_id": entry.pk,
        "tablet_id": tablet.pk,
        "provider_id": "office",
        "meeting_id": held.pk,
        "decision_id": decision.pk,
        "rule_id": rule.pk,
        "letter_id": letter.pk,
        **_a_hazard(campus),
        "exemption_id": asked.pk,
        "old_id": adopted.pk,
        "person_id": li.pk,
        "body_id": body.pk,
        "seat_id": body.memberships.get().pk,
        "charge_id": charge.pk,
        "place_id": place.pk,
        "grant_id": li.grants.get().pk,
    }
    return organisation | {
        "fact_id": fact.pk,
        "attachment_id": attachment.pk,
        "plan_id": adopted.pk,
        "number": 1,
        "duty_id": owed.obligation_id,
        "unit_id": school.pk,
        "obligation_id": owed.obligation_id,
        "day": "2026-05-01",
        "code": "patrol.round",
        "key": "F01",
    }


def _a_hazard(campus):
    """A hazard that was fixed, with a photo of it."""
    from anyuan.field.hazards.models import HazardPhoto
    from anyuan.field.hazards.tests.stage_hazards import assign, fix, hazard

    row = hazard(campus)
    assign(campus, row)
    fix(campus, row)
    with acting(SYSTEM):
        found = {"hazard_id": row.pk, "photo_id": HazardPhoto.objects.get().pk}
    return {**found, **_a_referral(campus, row), **_an_inspection(campus)}


def _a_referral(campus, row):
    """The same hazard, handed to a department."""
    from anyuan.field.hazards.services import referrals
    from anyuan.field.hazards.tests.test_beyond import write

    referral = write(campus, row)
    return {"referral_id": referral.pk, "mark": referrals.mark(referral)}


def _supervised(campus):
    """A notice to 实验小学, and a visit there that has begun."""
    from anyuan.steering.supervision.models import Visit
    from anyuan.steering.supervision.services import visits
    from anyuan.steering.supervision.tests import stage_supervision as stage

    notice, made = stage.issue(campus), stage.draw(campus, count=2)
    school = campus.units["实验小学"]
    with acting(SYSTEM):
        visit = Visit.objects.get(school=school)
    stage.on_visit(campus, "林科长", visits.arrive, visit)
    return {"notice_id": notice.pk, "draw_id": made.pk, "visit_id": visit.pk}


def _an_inspection(campus):
    """A list of 实验小学's own, and a place looked at by it."""
    from uuid import uuid4

    from anyuan.field.hazards.forms import ChecklistForm
    from anyuan.field.hazards.queries import checklists
    from anyuan.field.hazards.services import inspecting, public

    school, viewer = campus.units["实验小学"], campus.viewer("陈主任")
    given = ChecklistForm("消防月查", ["teaching"], "", True, ["通道畅通"])
    with acting(viewer):
        row = inspecting.write(unit=school, given=given, by=viewer, at=NOON)
        listed = checklists.get(school, str(row.pk))
        done = inspecting.walk(
            key=uuid4(),
            unit=school,
            given=inspecting.Walk(
                listed, 1, "教学楼", inspecting.all_yes(listed.items), whole=True
            ),
            by=viewer,
            done_at=NOON,
            at=NOON,
        )
        code = public.make_code(unit=school, by=viewer, at=NOON).code
    return {
        **_supervised(campus),
        "report_code": code,
        "listed_key": "playground",
        "checklist_id": row.pk,
        "inspection_id": done.pk,
    }


def _on_duty(school, li, zhao):
    """A station, a roster in force with a shift of 吴新, what is asked around it, and a round."""
    from datetime import time, timedelta
    from uuid import uuid4

    from anyuan.field.patrols.queries import routes as routes_queries
    from anyuan.field.patrols.services import rounds as rounds_services
    from anyuan.field.patrols.services import routes
    from anyuan.field.presence.queries import place_codes
    from anyuan.field.presence.rules import code
    from anyuan.org.units import services as units
    from anyuan.staffing.rosters.models import Roster, Shift, StandInRequest
    from anyuan.staffing.rosters.services import leave as leave_services
    from anyuan.staffing.stations.models import Busy
    from anyuan.staffing.stations.services import manning, serving, zones

    place = units.add_place(unit=school, name="西门", kind="gate")
    station = manning.add_station(
        given=StationForm(
            name="西门岗",
            kind="gate",
            place=place,
            starts=time(7),
            ends=time(8),
            when="every_day",
            people=1,
        ),
        unit=school,
        by=zhao,
        at=NOON,
    )
    serving.set_serving(station_id=station.pk, persons=[li], by=zhao, at=NOON)
    roster = Roster.objects.create(
        unit=school,
        title="x",
        starts=date(2026, 5, 18),
        ends=date(2026, 5, 25),
        state="published",
        asked_by="x",
        asked_at=NOON,
    )
    shifts = [
        Shift.objects.create(
            unit=school,
            roster=roster,
            station=station,
            person=li,
            day=date(2026, 5, 20),
            starts_at=NOON + timedelta(hours=i),
            ends_at=NOON + timedelta(hours=i + 1),
            in_force=True,
        )
        for i in (1, 2)
    ]
    leave = leave_services.ask(
        person=li,
        starts_at=NOON,
        ends_at=NOON + timedelta(days=1),
        kind="personal",
        by=zhao,
        at=NOON,
    )
    from anyuan.staffing.rosters.models import Swap

    swap = Swap.objects.create(
        unit=school, mine=shifts[0], theirs=shifts[1], one=li, other=li, asked_at=NOON
    )
    request = StandInRequest.objects.create(
        unit=school, shift=shifts[0], person=li, asked_by="x", asked_at=NOON
    )
    busy = Busy.objects.create(unit=school, person=li, kind="lesson", weekday=1)
    route = routes.set_route(
        given=RouteForm(name="日巡", kind="day", rounds=2, apart=30, head_count=False),
        unit=school,
        by=zhao,
        at=NOON,
    )
    routes.set_points(route_id=route.pk, places=[place], by=zhao, at=NOON)
    walk = rounds_services.start(key=uuid4(), route_id=route.pk, by=zhao, started_at=NOON, at=NOON)
    zone = zones.set_zone(
        given=ZoneForm(name="东门左侧", place=place, comes_out=time(16), classes=["一年级1班"]),
        unit=school,
        by=zhao,
        at=NOON,
    )
    with acting(zhao):
        view = views_kept.keep(unit=school, name="常看", form=LedgerForm(), by=zhao)
    return {
        "view_id": view.pk,
        "zone_id": zone.pk,
        "station_id": station.pk,
        "roster_id": roster.pk,
        "shift_id": shifts[0].pk,
        "leave_id": leave.pk,
        "swap_id": swap.pk,
        "request_id": request.pk,
        "busy_id": busy.pk,
        "route_id": route.pk,
        "checkpoint_id": routes_queries.points(route)[0].pk,
        "round_id": walk.pk,
        "place_code": code(place_codes.key(), place.pk, version=1),
    }


def address(route: str, things: dict) -> str:
    if route.startswith("c/"):
        route = route.replace("<str:code>", things["place_code"])
    for name, value in things.items():
        for kind in ("int", "str"):
            route = route.replace(f"<{kind}:{name}>", str(value))
    assert "<" not in route, route
    return "/" + route


OWN_SESSION = ("account/", "sign-", "language/", "welcome/", "tablet")


def test_every_role_at_every_address(campus, things):
    """The committed table is the truth: a changed right shows as a changed line.

    Delete it to write it anew.
    """
    lines = []
    signed_in = {name: campus.client(name) for name in CAST}
    for route, entry in sorted(patterns(), key=lambda p: p[0]):
        if entry.name in SKIPPED:
            continue
        methods = getattr(entry.callback, "methods", ("GET",))
        row = []
        for name in [*CAST, None]:
            client = signed_in[name] if name else Client()
            if name and route.startswith(OWN_SESSION):  # which may not be the same afterwards
                client = campus.client(name)
            url = address(route, things)
            response = client.get(url) if "GET" in methods else client.post(url, BODY)
            row.append(str(response.status_code))
            with connection.cursor() as cursor:
                enter(cursor, SYSTEM)
        lines.append(f"{'GET ' if 'GET' in methods else 'POST'} {route:<58} {' '.join(row)}")
    roles = " ".join([*(role for role, _ in CAST.values()), "nobody"])
    found = f"# {roles}; the last principal is of another school\n" + "\n".join(lines) + "\n"
    if not TABLE.exists():
        TABLE.write_text(found, "utf-8")
    assert found == TABLE.read_text("utf-8")


def test_every_marked_view_names_its_right():
    for route, entry in patterns():
        assert hasattr(entry.callback, "permission"), f"{route} has no mark"


def guarded_tables():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relkind = 'r' ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


def test_every_table_with_a_unit_is_under_row_security(db):
    guarded = set(guarded_tables())
    for model in apps.get_models():
        names = {f.column for f in model._meta.concrete_fields}
        if "unit_id" in names or model._meta.db_table == "units_unit":
            assert model._meta.db_table in guarded, model


@pytest.mark.parametrize(
    "name", ["王门卫", "李老师", "陈主任", "赵校长", "孙民警", "周干事", "外人"]
)
def test_an_unscoped_query_gets_only_what_is_ones_own(campus, things, name):
    """Below the pages: SELECT * as each person, with no WHERE at all."""
    viewer = campus.viewer(name)
    own = {u.pk for u in campus.units.values() if any(u.path.startswith(s) for s in viewer.scopes)}
    above = {
        u.pk for u in campus.units.values() if any(s.startswith(u.path) for s in viewer.scopes)
    }
    with acting(viewer), connection.cursor() as cursor:
        for table in guarded_tables():
            cursor.execute(f"SELECT * FROM {table}")
            columns = [c.name for c in cursor.description]
            rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
            if "unit_id" in columns:
                allowed = (
                    own | above
                    if table
                    in {
                        "hazards_checklist",
                        "hazards_checklistversion",
                        "units_term",
                        "units_calendarexception",
                        "plans_page",
                        "plans_plan",
                        "plans_phase",
                        "plans_obligation",
                    }
                    else own
                )
                strangers = [
                    r
                    for r in rows
                    if r["unit_id"] not in allowed
                    and r.get("school_id") not in own
                    and r.get("person_id") != viewer.person_id
                    and r.get("id") != viewer.person_id
                ]
                assert not strangers, (name, table, strangers)
        cursor.execute("SELECT count(*) FROM evidence_fact")
        assert cursor.fetchone()[0] == (0 if name == "外人" else 5)


def test_nobody_sees_nothing(campus, things):
    with acting(Viewer(None, "")), connection.cursor() as cursor:
        for table in guarded_tables():
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone()[0] == 0, table


def test_the_application_owns_no_table_and_cannot_bypass(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, (SELECT rolbypassrls OR rolsuper FROM pg_roles WHERE rolname ="
            " current_user)"
        )
        assert cursor.fetchone() == ("anyuan_app", False)
        cursor.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner ="
            " current_user"
        )
        assert cursor.fetchone() == (0,)


def test_a_fact_cannot_be_slipped_into_another_units_chain(campus, things):
    """The second lock alone, with the first one opened by hand."""
    from django.db import DatabaseError, transaction

    with (
        acting(campus.viewer("外人")),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO evidence_change (unit_id, activity, day) VALUES (%s, 'x', %s)",
            [things["unit_id"], date(2026, 5, 20)],
        )


def test_a_page_that_reads_cannot_write(django_db_setup, django_db_blocker):
    from django.db import InternalError

    with (
        django_db_blocker.unblock(),
        pytest.raises(InternalError, match="read-only"),
        acting(SYSTEM, read_only=True),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO evidence_change (unit_id, activity, day) VALUES (1, 'x', '2026-05-20')"
        )
