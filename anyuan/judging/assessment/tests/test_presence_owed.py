"""What is owed around the clock, from the plan's words to who signed in."""

from __future__ import annotations

from datetime import date, time, timedelta

from anyuan.field.presence import services
from anyuan.field.presence.forms import SignInForm
from anyuan.judging.assessment import services as assessment
from anyuan.judging.assessment.queries import cells
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.obligations.plans.models import Binding
from anyuan.obligations.plans.services import adoption, reading, review
from anyuan.record.evidence.services.files import Upload
from anyuan.staffing.rosters.models import Roster, Shift
from anyuan.staffing.rosters.services import publishing
from anyuan.staffing.stations.forms import StationForm
from anyuan.staffing.stations.models import Serving, Station
from anyuan.staffing.stations.services import manning
from conftest import NOON

PLAN = "青禾区学校方案\n一、措施\n1.门卫室实行24小时值班制度。\n2.夜间每2小时巡逻一次。\n"


def test_around_the_clock_is_declared_until_there_is_a_roster_and_then_judged_by_who_came(campus):
    leader, chen, school = (
        campus.viewer("何局长"),
        campus.viewer("陈主任"),
        campus.units["实验小学"],
    )
    day = date(2026, 5, 20)
    begin = NOON.replace(hour=16, minute=0) - timedelta(days=1)  # midnight there
    with acting(leader):
        (plan,) = reading.upload(
            unit=campus.units["青禾区"],
            files=[Upload("方案.txt", PLAN.encode())],
            by=leader,
            at=NOON,
        )
        review.accept_rest(plan_id=plan.pk, by=leader, at=NOON)
        adoption.adopt(
            plan_id=plan.pk,
            starts=date(2026, 5, 1),
            ends=date(2026, 7, 1),
            signature="何局长",
            by=leader,
            at=NOON,
        )
    with acting(SYSTEM):
        owed = {
            b.obligation.activity: b
            for b in Binding.objects.filter(unit=school).select_related("obligation")
        }
        assert {b.measure for b in owed.values()} == {"declared"}
    with acting(chen):
        for name, kind, starts, ends in (
            ("门卫早", "gate", "00:00", "12:00"),
            ("门卫晚", "gate", "12:00", "00:00"),
            ("夜巡", "night", "22:00", "06:00"),
        ):
            manning.add_station(
                given=StationForm(
                    name=name,
                    kind=kind,
                    place=None,
                    starts=time.fromisoformat(starts),
                    ends=time.fromisoformat(ends),
                    when="every_day",
                    people=1,
                ),
                unit=school,
                by=chen,
                at=NOON,
            )
        owed = {
            b.obligation.activity: b
            for b in Binding.objects.filter(unit=school).select_related("obligation")
        }
        assert {a: (b.measure, b.post, b.from_minute, b.to_minute) for a, b in owed.items()} == {
            "duty.post": ("present", "gate", None, None),
            "patrol.round": ("nightly", "", 1320, 1800),
        }
    with acting(SYSTEM):
        assert {b.measure for b in Binding.objects.filter(unit=campus.units["柳湾中学"])} == {
            "declared"
        }

    def verdict(moment):
        with acting(SYSTEM):
            assessment.catch_up(moment)
            return cells.one(school.pk, owed["duty.post"].obligation_id, day, moment)[0].verdict

    assert verdict(NOON) == "unknown"  # no roster says who should be there
    with acting(SYSTEM):
        roster = Roster.objects.create(
            unit=school,
            title="x",
            starts=day,
            ends=day + timedelta(days=1),
            state="made",
            asked_by="x",
            asked_at=begin,
        )
        for name, who, offset in (("门卫早", "王门卫", 0), ("门卫晚", "李老师", 12)):
            station = Station.objects.get(name=name)
            Serving.objects.create(unit=school, station=station, person=campus.people[who])
            Shift.objects.create(
                unit=school,
                roster=roster,
                station=station,
                person=campus.people[who],
                day=day,
                starts_at=begin + timedelta(hours=offset),
                ends_at=begin + timedelta(hours=offset + 12),
            )
        publishing.publish(roster_id=roster.pk, by=SYSTEM, at=begin - timedelta(minutes=30))
        first, second = Shift.objects.filter(roster=roster).order_by("starts_at")
    assert verdict(begin + timedelta(minutes=5)) == "due"
    assert (
        verdict(begin + timedelta(minutes=20)) == "short"
    )  # nobody has come for longer than ten minutes

    def come(who, shift, came):
        with acting(campus.viewer(who)):
            services.sign_in(
                given=SignInForm(
                    shift_id=shift.pk, code="", metres=None, device="", skew=timedelta(0)
                ),
                command=None,
                by=campus.viewer(who),
                came_at=came,
                at=came,
            )

    # In time instead: the day goes on, and is met when it is over.
    come("王门卫", first, begin - timedelta(minutes=3))
    assert verdict(begin + timedelta(minutes=20)) == "due"
    come("李老师", second, second.starts_at + timedelta(minutes=4))
    assert verdict(second.starts_at + timedelta(hours=1)) == "due"
    assert verdict(begin + timedelta(hours=25)) == "met"
    # Whoever goes long before the end leaves a gap.
    with acting(campus.viewer("李老师")):
        services.leave(
            shift_id=second.pk,
            handover="",
            by=campus.viewer("李老师"),
            left_at=second.ends_at - timedelta(hours=2),
        )
    assert verdict(begin + timedelta(hours=25)) == "short"
