"""Incremental, rebuilt, and a naive oracle agree, whatever is owed and whatever happens."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from anyuan.assessment import queries, services
from anyuan.assessment.models import Week, Window
from anyuan.duties import services as duties
from anyuan.duties.models import Exemption
from anyuan.evidence import services as evidence
from anyuan.evidence.models import Fact
from anyuan.kernel.clock import local_day, midnight
from anyuan.kernel.scoping import SYSTEM, Viewer, acting
from anyuan.plans.models import Binding, Obligation, Plan
from anyuan.rosters.models import Roster, Shift
from anyuan.stations.models import Station
from anyuan.units import services as units
from conftest import NOON

START = date(2026, 5, 4)  # a Monday
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

owed = st.fixed_dictionaries({
    "measure": st.sampled_from(sorted(ACTIVITIES)),
    "post": st.sampled_from(["gate", ""]),
    "night": st.sampled_from([(1290, 1830), (0, 360), (600, 1440)]),
    "window": st.sampled_from(["day", "week", "month"]),
    "needed": st.sampled_from([None, 1, 2, 3]),
    "cap": st.sampled_from([None, 1]),
    "comparator": st.sampled_from([">=", ">=", "<="]),
    "first": st.integers(-10, 10),
    "length": st.integers(1, 40),
})  # fmt: skip
happened = st.fixed_dictionaries({
    "kind": st.sampled_from([*ACTIVITIES.values(), TRIGGER, "declaration", "correct", "withdraw", "answer"]),
    "unit": st.integers(0, 2),
    "minute": st.integers(0, 20 * 1440),
    "quantity": st.integers(0, 4),
    "slot": st.sampled_from(["", "白班", "夜班"]),
    "own": st.booleans(),
    "which": st.integers(0, 9),
})  # fmt: skip


served = st.fixed_dictionaries({
    "unit": st.integers(0, 2), "minute": st.integers(0, 4 * 1440), "length": st.integers(30, 1500), "gate": st.booleans(), "came": st.booleans(),
    "late": st.integers(-20, 25), "early": st.sampled_from([0, 0, 40]),
})  # fmt: skip
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
            by=SYSTEM,
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
            unit=unit, obligation=obligation, calendar=self.root, activity=ACTIVITIES[row["measure"]], trigger=TRIGGER if measure == "within" else "",
            measure=measure, comparator=row["comparator"] if measure in {"count", "level"} and row["measure"] != "share" else ">=", window={"by": "by", "within": "event"}.get(measure, row["window"]),
            needed=needed, cap=Decimal(row["cap"]) if row["cap"] and measure == "count" else None, minutes=minutes, applies_to="all",
            post=row["post"] if measure == "present" else "", from_minute=row["night"][0] if measure == "nightly" else None, to_minute=row["night"][1] if measure == "nightly" else None,
            starts=starts, ends=ends, opens_at=midnight(starts), closes_at=midnight(ends),
        )  # fmt: skip

    def serve(self, row):
        """Somebody is to be at the gate or elsewhere for some hours; perhaps they come, late or early, and perhaps they go before the end."""
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
            holds=True,
            came_at=came,
            left_at=left,
        )
        for day in {local_day(begin), local_day(end)}:
            evidence.look_again(unit_id=unit.pk, activity="duty.post", since=day)
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
            new = evidence.NewFact(
                activity=old.activity,
                occurred_at=at,
                quantity=Decimal(event["quantity"]),
                slot=old.slot,
                withdrawn=event["kind"] == "withdraw",
                answers_id=old.answers_id,
                obligation_id=old.obligation_id,
            )
            return evidence.correct(fact=old, change=new, by=SYSTEM, at=NOW, reason="x")
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
        fact = evidence.NewFact(
            activity=activity,
            occurred_at=at,
            quantity=Decimal(event["quantity"]),
            slot=event["slot"],
            answers_id=answers,
            obligation_id=obligation,
        )
        return evidence.record(unit=unit, fact=fact, by=SYSTEM, at=NOW)


NOW = midnight(START) + timedelta(days=21)
DECIDES = Viewer(7, "何局长", system=True)


# -- the oracle: plain Python, written apart from the expressions -----------------
def oracle(bindings, facts, windows, now, granted=(), shifts=()):
    gone = {f.corrects_id for f in facts}
    counting = [f for f in facts if f.pk not in gone and not f.withdrawn]
    out = {}
    for b in bindings:
        if b.measure == "share":
            continue
        for key, verdict, _ in _judge(b, counting, windows, now, shifts):
            w = next((w for w in _windows_of(b, windows, now) if w.starts == key[2]), None)
            out[key] = (
                "exempt"
                if _excused(
                    granted, b, key[2], key[2] if b.measure == "within" else w.ends if w else b.ends
                )
                else verdict
            )
    for b in bindings:
        if b.measure == "share":
            parts = [
                p for p in bindings if p.obligation_id == b.obligation_id and p.measure == "level"
            ]
            by_start = defaultdict(list)
            for p in parts:
                for (_, _, start, _), _, (known, value) in _judge(p, counting, windows, now):
                    if _excused(
                        granted,
                        p,
                        start,
                        next(w.ends for w in _windows_of(p, windows, now) if w.starts == start),
                    ):
                        continue
                    by_start[start].append((known, known and value >= p.needed))
            for w in _windows_of(b, windows, now):
                states = by_start.get(w.starts, [])
                sure = 100 * sum(ok for _, ok in states) / len(states) if states else None
                best = (
                    100 * sum(ok or not known for known, ok in states) / len(states)
                    if states
                    else None
                )
                verdict = (
                    "unknown"
                    if sure is None
                    else "met"
                    if round(sure, 2) >= b.needed
                    else "short"
                    if round(best, 2) < b.needed
                    else "unknown"
                )
                out[(b.unit_id, b.obligation_id, w.starts, 0)] = verdict
    return out


def _excused(granted, b, starts, ends):
    return any(
        e.unit_id == b.unit_id
        and e.obligation_id == b.obligation_id
        and e.starts <= starts
        and ends <= e.ends
        and starts < e.ends
        for e in granted
    )


def _windows_of(b, windows, now):
    return [
        w
        for w in windows
        if w.kind == b.window and w.opens_at <= now and w.starts < b.ends and w.ends > b.starts
    ]


def _judge(b, facts, windows, now, shifts=()):
    mine = [f for f in facts if f.unit_id == b.unit_id]
    if b.measure == "within":
        for t in mine:
            if t.activity == b.trigger and b.starts <= t.day < b.ends:
                first = t.root_id or t.pk
                answers = [
                    f.occurred_at
                    for f in facts
                    if f.answers_id == first and f.activity == b.activity and f.unit_id == t.unit_id
                ]
                limit = t.occurred_at + timedelta(minutes=b.minutes)
                verdict = (
                    ("met" if min(answers) <= limit else "short")
                    if answers
                    else "short"
                    if limit <= now
                    else "due"
                )
                yield (b.unit_id, b.obligation_id, t.day, first), verdict, None
        return
    if b.measure == "by":
        spans = [(b.starts, b.ends, b.opens_at, b.closes_at)]
    else:
        spans = [(w.starts, w.ends, w.opens_at, w.closes_at) for w in _windows_of(b, windows, now)]
    for starts, ends, opens, closes in spans:
        key = (b.unit_id, b.obligation_id, starts, 0)
        closed = closes <= now
        same = [f for f in mine if f.activity == b.activity and starts <= f.day < ends]
        not_others = [f for f in same if f.obligation_id in {None, b.obligation_id}]
        if b.measure == "declared":
            said = [
                f
                for f in mine
                if f.obligation_id == b.obligation_id
                and f.activity in {b.activity, "declaration"}
                and starts <= f.day < ends
            ]
            yield key, "declared" if said else "unknown" if closed else "due", None
        elif b.measure == "never":
            yield key, "breached" if same else "unknown" if closed else "due", None
        elif b.measure == "level":
            before = [
                f
                for f in mine
                if f.activity == b.activity
                and f.day < ends
                and f.obligation_id in {None, b.obligation_id}
            ]
            latest = {}
            for f in sorted(before, key=lambda f: (f.occurred_at, f.pk)):
                latest[f.slot] = f.quantity
            value = sum(latest.values())
            known = bool(before)
            if b.needed is None or not known:
                verdict = "unknown"
            else:
                verdict = (
                    "met"
                    if (value <= b.needed if b.comparator == "<=" else value >= b.needed)
                    else "short"
                )
            yield key, verdict, (known, value)
        elif b.needed is None:
            yield key, "unknown", None
        elif b.measure == "present":
            day, fitting = (
                opens + timedelta(days=1),
                [s for s in shifts if s.unit_id == b.unit_id and b.post in {"", s.station.kind}],
            )
            if not any(s.starts_at < day and s.ends_at > opens for s in fitting):
                yield key, "unknown", None
                continue
            there = [
                m
                for m in range(1440)
                if any(
                    s.came_at
                    and s.came_at
                    <= opens + timedelta(minutes=m)
                    < (min(s.left_at or s.ends_at, s.ends_at))
                    for s in fitting
                )
            ]
            until = 1440 if closed else max(0, min(1440, int((now - opens).total_seconds() // 60)))
            edges = [
                -1,
                *(m for m in there),
                max(until, *(m + 1 for m in there), 0) if there else until,
            ]
            longest = max(b_ - a_ - 1 for a_, b_ in itertools.pairwise(edges)) if there else until
            yield (
                key,
                "short"
                if longest > b.minutes
                else ("met" if there else "short")
                if closed
                else "due",
                None,
            )
        elif b.measure == "nightly":
            since, to = (
                opens + timedelta(minutes=b.from_minute),
                opens + timedelta(minutes=b.to_minute),
            )
            over = to <= now
            walked = sorted(
                f.occurred_at
                for f in mine
                if f.activity == b.activity and since <= f.occurred_at < to
            )
            times = [since, *walked, max(since, to if over else now)]
            late = any(
                round((b_ - a_).total_seconds() / 60, 2) > b.minutes
                for a_, b_ in itertools.pairwise(times)
            )
            yield key, "short" if late else ("met" if walked else "short") if over else "due", None
        elif b.measure == "every":
            times = [opens, *sorted(f.occurred_at for f in same), closes if closed else now]
            gaps = [(b_ - a_).total_seconds() / 60 for a_, b_ in itertools.pairwise(times)]
            if any(round(g, 2) > b.minutes for g in gaps):
                verdict = "short"
            else:
                verdict = ("met" if same else "short") if closed else "due"
            yield key, verdict, None
        else:
            pool = not_others if b.measure == "by" else same
            slots = defaultdict(Decimal)
            for f in pool:
                slots[f.slot] += f.quantity
            value = sum(
                min(n, b.cap) if b.cap is not None and b.measure == "count" else n
                for n in slots.values()
            )
            if b.comparator == "<=" and b.measure == "count":
                verdict = (
                    "breached"
                    if value > b.needed
                    else "due"
                    if not closed
                    else "met"
                    if pool
                    else "unknown"
                )
            else:
                verdict = "met" if value >= b.needed else "short" if closed else "due"
            yield key, verdict, None


def verdicts(unit_ids, now):
    return {
        (r[0], r[1], r[2], r[10]): r[8]
        for r in queries._cells("t0.unit_id = ANY(%(units)s)", {"units": unit_ids}, now)
    }


def weeks_hold(rows, now):
    """What was counted ahead says the same as the cells, as long as it says it is true; and it is counted again when it is not."""
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
        ahead = {r.unit.pk: +r.counts for r in queries.board(rows, later).rows}
        live = {w.unit_id: w.counts for w in queries.weeks(ids, later)}
        assert ahead == {pk: Counter(live[pk]) for pk in ids}, later


@pytest.mark.django_db
@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(owed, min_size=1, max_size=5),
    st.lists(happened, max_size=25),
    st.integers(0, 20 * 1440),
    st.integers(1, 5),
    st.lists(excused, max_size=2),
    st.lists(served, max_size=6),
)
def test_three_ways_to_the_same_verdicts(db, rows, events, minute, step, exempt, shifts):
    with acting(SYSTEM):
        point = transaction.savepoint_create()
        try:
            world = World(rows)
            evidence.owed_changed(world.root)
            services.catch_up(NOW)
            recorded = []
            for i, event in enumerate(events):
                fact = world.live_through(event, recorded)
                if fact is not None:
                    recorded.append(fact)
                if i % step == 0:
                    services.catch_up(NOW)
            stood = [world.serve(row) for row in shifts]
            for row in exempt:
                world.excuse(row)
            services.catch_up(NOW)
            incremental = services.snapshot()
            services.rebuild(NOW)
            assert services.snapshot() == incremental
            now = midnight(START) + timedelta(minutes=minute) if minute % 2 else NOW
            ids = [u.pk for u in (world.root, *world.schools)]
            expected = oracle(
                world.bindings,
                list(Fact.objects.order_by("pk")),
                list(Window.objects.order_by("pk")),
                NOW,
                list(Exemption.objects.filter(state="granted")),
                stood,
            )
            assert verdicts(ids, NOW) == expected
            assert set(verdicts(ids, now)) == set(expected)
            weeks_hold([world.root, *world.schools], now)
        finally:
            transaction.savepoint_rollback(point)
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('enable_nestloop', 'on', true)")


def test_a_week_counted_ahead_ends_when_silence_grows_too_long(db):
    """Every 90 minutes: what was due after a fact is short an hour and a half later, by the clock alone."""
    row = {
        "measure": "every",
        "post": "",
        "night": (0, 360),
        "window": "day",
        "needed": 1,
        "cap": None,
        "comparator": ">=",
        "first": 2,
        "length": 1,
    }
    opens = midnight(START + timedelta(days=2))  # the first after the holiday of May
    with acting(SYSTEM):
        world = World([row])
        evidence.owed_changed(world.root)
        evidence.record(
            unit=world.schools[0],
            fact=evidence.NewFact(
                activity=ACTIVITIES["every"], occurred_at=opens + timedelta(hours=1)
            ),
            by=SYSTEM,
            at=NOW,
        )
        services.catch_up(NOW)
        weeks_hold([world.root, *world.schools], opens + timedelta(hours=1, minutes=10))
        week = Week.objects.get(unit=world.schools[0])
        assert (week.counts, week.until) == (
            {"due": 1},
            opens + timedelta(hours=2, minutes=30) - timedelta(seconds=1),
        )


def test_a_fact_of_the_past_reaches_its_own_window(campus, adopted):
    with acting(SYSTEM):
        services.catch_up(NOON)
        school = campus.units["实验小学"]
        duty = Obligation.objects.get(activity="hazard.inspection")
        april = queries.one(school.pk, duty.pk, date(2026, 4, 1), NOON)[0]
        assert april.verdict == "short"
        late = datetime.fromisoformat("2026-04-10T09:00:00+08:00")
        evidence.record(
            unit=school,
            fact=evidence.NewFact(activity="hazard.inspection", occurred_at=late),
            by=SYSTEM,
            at=NOON,
        )
        services.catch_up(NOON)
        assert queries.one(school.pk, duty.pk, date(2026, 4, 1), NOON)[0].verdict == "met"
        assert queries.one(school.pk, duty.pk, date(2026, 5, 1), NOON)[0].verdict == "due"


def test_what_is_not_known_is_unknown_and_never_met(campus, adopted):
    with acting(SYSTEM):
        services.catch_up(NOON)
        school, other, district = (campus.units[n] for n in ("实验小学", "柳湾中学", "青禾区"))
        guards = Obligation.objects.get(activity="guards.count")
        patrol = Obligation.objects.get(activity="patrol.round")
        assert queries.one(school.pk, guards.pk, date(2026, 5, 1), NOON)[0].verdict == "unknown"
        # 柳湾中学 never said how many shifts it has, so nobody can say whether each was walked.
        assert queries.one(other.pk, patrol.pk, date(2026, 5, 19), NOON)[0].verdict == "unknown"
        share = queries.shares(district.pk, NOON)[0]
        assert share.verdict == "unknown"
        evidence.record(
            unit=school,
            fact=evidence.NewFact(
                activity="defence.technical", occurred_at=NOON, payload={"holds": True}
            ),
            by=SYSTEM,
            at=NOON,
        )
        services.catch_up(NOON)
        share = queries.shares(district.pk, NOON)[0]
        assert (share.verdict, share.value) == ("met", Decimal(100))


@pytest.mark.parametrize("schools", [2, 12])
def test_the_board_asks_the_same_number_of_questions_whatever_its_rows(
    campus, adopted, django_assert_num_queries, schools
):
    with acting(SYSTEM):
        for i in range(schools):
            units.create(
                parent=campus.units["柳湾镇"],
                kind="school",
                name=f"新校{i}",
                opened_on=date(2020, 1, 1),
                stage="primary",
            )
        from anyuan.plans import services as plans
        from anyuan.units import queries as units_queries

        plans.bind(adopted)
        services.rebuild(NOON)
        rows = list(units_queries.campuses(campus.units["青禾区"]))
        with django_assert_num_queries(4):
            found = queries.board(rows, NOON)
            shown = queries.fill(found.rows[:5], NOON)
        assert len(found.rows) == schools + 2
        # The counts are those of the squares, and the squares those of the windows.
        for row in found.rows[:5]:
            assert Counter(row.squares.values()) == row.counts
            assert set(row.squares) <= {o.pk for o in shown}
