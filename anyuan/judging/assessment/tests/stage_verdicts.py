"""What the tests of verdicts stand on."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from anyuan.judging.assessment import services
from anyuan.judging.assessment.models import Week
from anyuan.judging.assessment.queries import boards, cells
from anyuan.kernel.clock import local_day, midnight
from anyuan.kernel.scoping import SYSTEM
from anyuan.obligations.duties import services as duties
from anyuan.obligations.plans.models import Binding, Obligation, Plan
from anyuan.org.units import services as units
from anyuan.record.evidence.models import Fact
from anyuan.record.evidence.services import recording
from anyuan.staffing.rosters.models import Roster, Shift
from anyuan.staffing.stations.models import Station
from conftest import NOON

from .oracle import ASKS, DECIDES, NOW, START

ACTIVITIES = {
    "count": "patrol.round",
    "every": "patrol.online",
    "level": "guards.count",
    "by": "report.summary",
    "never": "incident.occurred",
    "declared": "dispute.mediation",
    "within": "hazard.rectify",
    "share": "defence.technical",
    "nightly": "patrol.round",
    "present": "duty.post",
}


TRIGGER = "hazard.found"


owed = st.fixed_dictionaries(
    {
        "measure": st.sampled_from(sorted(ACTIVITIES)),
        "post": st.sampled_from(["gate", ""]),
        "night": st.sampled_from([(1290, 1830), (0, 360), (600, 1440)]),
        "window": st.sampled_from(["day", "week", "month"]),
        "needed": st.sampled_from([None, 1, 2, 3]),
        "cap": st.sampled_from([None, 1]),
        "comparator": st.sampled_from([">=", ">=", "<="]),
        "first": st.integers(-10, 10),
        "length": st.integers(1, 40),
    }
)


happened = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(
            [*ACTIVITIES.values(), TRIGGER, "declaration", "correct", "withdraw", "answer"]
        ),
        "unit": st.integers(0, 2),
        "minute": st.integers(0, 20 * 1440),
        "quantity": st.integers(0, 4),
        "slot": st.sampled_from(["", "白班", "夜班"]),
        "own": st.booleans(),
        "which": st.integers(0, 9),
    }
)


served = st.fixed_dictionaries(
    {
        "unit": st.integers(0, 2),
        "minute": st.integers(0, 4 * 1440),
        "length": st.integers(30, 1500),
        "gate": st.booleans(),
        "came": st.booleans(),
        "late": st.integers(-20, 25),
        "early": st.sampled_from([0, 0, 40]),
    }
)


excused = st.fixed_dictionaries(
    {"unit": st.integers(0, 2), "first": st.integers(-10, 15), "length": st.integers(1, 40)}
)


class World:
    """A district with three schools, and what they owe."""

    def __init__(self, rows):
        self.root = units.create(
            parent=None, kind="district", name="青禾区", opened_on=date(2020, 1, 1)
        )
        self.schools = [
            units.create(
                parent=self.root, kind="school", name=f"学校{i}", opened_on=date(2020, 1, 1)
            )
            for i in range(3)
        ]
        units.set_term(unit=self.root, name="春季", starts=date(2026, 4, 1), ends=date(2026, 7, 1))
        plan = Plan.objects.create(
            unit=self.root,
            title="方案",
            text="x",
            source_name="x",
            uploaded_at=NOON,
            uploaded_by="x",
        )
        self.bindings = []
        for i, row in enumerate(rows):
            obligation = Obligation.objects.create(
                plan=plan,
                unit=self.root,
                order=i,
                section="",
                start=0,
                end=1,
                rule="x",
                holder="学校",
                action=f"事{i}",
                activity=ACTIVITIES[row["measure"]],
                measure=row["measure"],
                comparator=row["comparator"],
                period="day",
                kind="periodic",
            )
            for unit, measure in self._bound(row):
                self.bindings.append(self._bind(obligation, unit, measure, row))
        Binding.objects.bulk_create(self.bindings)

    def excuse(self, row):
        """Exempt one school from the first thing owed."""
        unit, starts = self.schools[row["unit"]], START + timedelta(days=row["first"])
        obligation = self.bindings[0].obligation
        asked = duties.ask(
            unit=unit,
            obligation_id=obligation.pk,
            starts=starts,
            ends=starts + timedelta(days=row["length"]),
            reason="x",
            by=ASKS,
            at=midnight(starts),
        )
        duties.decide(exemption_id=asked.pk, grant=True, answer="", by=DECIDES, at=NOW)

    def _bound(self, row):
        if row["measure"] == "share":
            return [(self.root, "share"), *((s, "level") for s in self.schools)]
        return [(s, row["measure"]) for s in self.schools]

    def _bind(self, obligation, unit, measure, row):
        starts = START + timedelta(days=row["first"])
        ends = starts + timedelta(days=row["length"])
        needed = None if row["needed"] is None else Decimal(row["needed"])
        if row["measure"] == "share":
            needed = Decimal(60) if measure == "share" else Decimal(1)
        minutes = None
        if measure in {"every", "within", "nightly", "present"}:
            minutes = 90 * (row["needed"] or 1)
            needed = Decimal(minutes)
        if measure in {"declared", "never"}:
            needed = None
        return Binding(
            unit=unit,
            obligation=obligation,
            calendar=self.root,
            activity=ACTIVITIES[row["measure"]],
            trigger=TRIGGER if measure == "within" else "",
            measure=measure,
            comparator=(
                row["comparator"]
                if measure in {"count", "level"} and row["measure"] != "share"
                else ">="
            ),
            window={"by": "by", "within": "event"}.get(measure, row["window"]),
            needed=needed,
            cap=Decimal(row["cap"]) if row["cap"] and measure in {"count", "by"} else None,
            minutes=minutes,
            applies_to="all",
            post=row["post"] if measure == "present" else "",
            from_minute=row["night"][0] if measure == "nightly" else None,
            to_minute=row["night"][1] if measure == "nightly" else None,
            starts=starts,
            ends=ends,
            opens_at=midnight(starts),
            closes_at=midnight(ends),
        )

    def serve(self, row):
        """Somebody is to be at the gate or elsewhere for some hours; perhaps they come, late or
        early, and perhaps they go before the end.
        """
        unit = self.schools[row["unit"]]
        begin = midnight(START) + timedelta(minutes=row["minute"])
        kind = "gate" if row["gate"] else "other"
        station, _ = Station.objects.get_or_create(
            unit=unit,
            name=kind,
            closed_on=None,
            defaults={"kind": kind, "starts": "08:00", "ends": "12:00", "when": "every_day"},
        )
        roster, _ = Roster.objects.get_or_create(
            unit=unit,
            title="x",
            starts=START,
            ends=START + timedelta(days=30),
            state="published",
            asked_by="x",
            asked_at=NOON,
        )
        end = begin + timedelta(minutes=row["length"])
        came = begin + timedelta(minutes=row["late"]) if row["came"] else None
        left = (
            end - timedelta(minutes=row["early"])
            if came and row["early"] and end - timedelta(minutes=row["early"]) > came
            else None
        )
        shift = Shift.objects.create(
            unit=unit,
            roster=roster,
            station=station,
            day=local_day(begin),
            starts_at=begin,
            ends_at=end,
            in_force=True,
            came_at=came,
            left_at=left,
        )
        for day in {local_day(begin), local_day(end)}:
            recording.look_again(unit_id=unit.pk, activity="duty.post", since=day)
        return shift

    def live_through(self, event, recorded):
        unit = self.schools[event["unit"]]
        at = midnight(START) + timedelta(minutes=event["minute"])
        if event["kind"] in {"correct", "withdraw"}:
            mine = [f for f in recorded if f.unit_id == unit.pk and not f.withdrawn]
            free = [f for f in mine if not Fact.objects.filter(corrects=f).exists()]
            if not free:
                return None
            old = free[event["which"] % len(free)]
            if old.answers_id and at < old.answers.occurred_at:
                return None
            new = recording.NewFact(
                activity=old.activity,
                occurred_at=at,
                quantity=Decimal(event["quantity"]),
                slot=old.slot,
                withdrawn=event["kind"] == "withdraw",
                answers_id=old.answers_id,
                obligation_id=old.obligation_id,
            )
            return recording.correct(fact=old, change=new, by=SYSTEM, at=NOW, reason="x")
        activity, answers = event["kind"], None
        if activity == "answer":
            triggers = [
                f
                for f in recorded
                if f.unit_id == unit.pk
                and f.activity == TRIGGER
                and f.root_id is None
                and f.occurred_at <= at
            ]
            if not triggers:
                return None
            answers, activity = triggers[event["which"] % len(triggers)].pk, ACTIVITIES["within"]
        obligation = None
        if event["own"] or activity == "declaration":
            fitting = [b.obligation_id for b in self.bindings if b.unit_id == unit.pk]
            obligation = fitting[event["which"] % len(fitting)] if fitting else None
        fact = recording.NewFact(
            activity=activity,
            occurred_at=at,
            quantity=Decimal(event["quantity"]),
            slot=event["slot"],
            answers_id=answers,
            obligation_id=obligation,
        )
        return recording.record(unit=unit, fact=fact, by=SYSTEM, at=NOW)


def verdicts(unit_ids, now):
    return {
        (r[0], r[1], r[2], r[10]): r[8]
        for r in cells.rows_where("t0.unit_id = ANY(%(units)s)", {"units": unit_ids}, now)
    }


def weeks_hold(rows, now):
    """What was counted ahead says the same as the cells, as long as it says it is true; and it is
    counted again when it is not.
    """
    while services.count_weeks(now):
        pass
    ids = [u.pk for u in rows]
    untils = {w.until for w in Week.objects.filter(unit__in=ids)}
    for later in sorted(
        {
            now,
            *untils,
            *(u - timedelta(microseconds=1) for u in untils),
            *(u + timedelta(seconds=2) for u in untils),
        }
    ):
        ahead = {r.unit.pk: +r.counts for r in boards.board(rows, later).rows}
        live = {w.unit_id: w.counts for w in boards.weeks(ids, later)}
        assert ahead == {pk: Counter(live[pk]) for pk in ids}, later
