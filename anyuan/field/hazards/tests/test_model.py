"""Random people do random things with hazards, twice and in any order; after each act what must
never be is looked for.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import timedelta

from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from anyuan.field.hazards import queries, rules
from anyuan.field.hazards.forms import AssignForm, FixForm, ListingForm
from anyuan.field.hazards.models import Deed, Hazard, HazardStep
from anyuan.field.hazards.models.beyond import Confirmation
from anyuan.field.hazards.services import deadlines, listing, rectifying, sorting
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, Invisible, acting
from anyuan.org.messages.models import InboxEntry
from conftest import CAST, NOON

from .stage_hazards import PHOTO, TODAY, hazard, told

ACTS = (
    "assign",
    "fix",
    "close",
    "send_back",
    "reopen",
    "merge",
    "dismiss",
    "ask",
    "decide",
    "list",
    "confirm",
    "tell",
)
WHO = [name for name in CAST if name != "管理员"]
# What moves it on comes as often as all else, or hardly one is ever closed.
LIKELY = (*ACTS, *["what is next"] * len(ACTS))
NEXT = {"found": "assign", "assigned": "fix", "fixed": "close", "closed": "reopen"}
step = st.tuples(
    st.sampled_from(LIKELY),
    st.sampled_from([*WHO, *["whoever may"] * len(WHO)]),
    st.integers(0, 2),  # which hazard
    st.integers(0, 5),  # which other one, owner, day
    st.booleans(),  # said once more at once
)


class _Undo(Exception):
    """Nothing of one example is left for the next."""


@given(st.lists(step, min_size=20, max_size=40))
@settings(
    max_examples=int(os.environ.get("HAZARD_EXAMPLES", "8")),
    phases=[Phase.explicit, Phase.generate],  # to make a failure small takes minutes
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_people_do_a_hazard_is_neither_lost_nor_closed_by_whoever_fixed_it(campus, steps):
    try:
        with transaction.atomic():
            _play(campus, steps)
            raise _Undo
    except _Undo:
        pass


def _play(campus, steps):
    rows = [hazard(campus, place=f"楼{n}", subject=f"隐患{n}") for n in range(3)]
    before = _all()
    for minute, (act, who, which, other, twice) in enumerate(steps):
        at = NOON + timedelta(minutes=30 * minute)
        for _again in range(1 + twice):
            row = rows[which]
            if act == "what is next":
                act = NEXT.get(before[row.pk].state, "tell")
            whoever = _whoever_may(act, row) if who == "whoever may" else who
            allowed = _do(campus, act, whoever, row, rows[other % 3], other, at)
            after = _all()
            _check(before, after, act if allowed else "", rows)
            before = after


OFFICE = {"assign", "merge", "dismiss"}


def _whoever_may(act, row):
    """Somebody who is likely to be allowed."""
    if act in {"fix", "ask"}:
        with acting(SYSTEM):
            owner = Hazard.objects.select_related("owner").get(pk=row.pk).owner
        return owner.name if owner else "陈主任"
    if act == "confirm":
        return "周干事"
    return "陈主任" if act in OFFICE else "何局长"


def _all():
    with acting(SYSTEM):
        return {h.pk: h for h in Hazard.objects.all()}


def _do(campus, act, who, row, second, number, at):
    """Whether the act was allowed."""
    viewer = campus.viewer(who)
    day = TODAY + timedelta(days=1 + number)
    try:
        with transaction.atomic(), acting(viewer):
            _acts(campus, row, second, number, day)[act](
                {"hazard_id": row.pk, "by": viewer, "at": at}
            )
    except (Refused, Denied, Invisible):
        return False
    return True


def _acts(campus, row, second, number, day):
    owner = campus.people[("王门卫", "李老师", "陈主任", "赵校长", "王门卫", "外人")[number]]
    grade = ("general", "major")[number % 2]
    assigned = AssignForm(grade, "exits" if grade == "major" else "", "", owner, "加固", day)
    listed = ListingForm(campus.people["林科长"], "限期", day, [("完成", day)])
    words = {"words": "看过"}
    return {
        "assign": lambda a: rectifying.assign(given=assigned, **a),
        "fix": lambda a: rectifying.fix(given=FixForm("好了", None, ""), uploads=(PHOTO,), **a),
        "close": lambda a: rectifying.close(**words, **a),
        "send_back": lambda a: rectifying.send_back(**words, **a),
        "reopen": lambda a: rectifying.reopen(**words, **a),
        "merge": lambda a: sorting.merge(into_id=second.pk, **a),
        "dismiss": lambda a: sorting.dismiss(**words, **a),
        "ask": lambda a: deadlines.ask_more_time(
            until=day + timedelta(days=3 + number), **words, **a
        ),
        "decide": lambda a: deadlines.decide_more_time(
            grant=number > 1, until=_asked(row) or day, **words, **a
        ),
        "list": lambda a: listing.list_it(given=listed, **a),
        "confirm": lambda a: listing.confirm(**words, **a),
        "tell": lambda a: told(a["at"] + timedelta(days=number)),
    }


def _asked(row):
    return Hazard.objects.filter(pk=row.pk).values_list("asked_until", flat=True).first()


def _check(before, after, act, rows):
    assert set(after) == {r.pk for r in rows}, "one is lost, or came from nowhere"
    for pk, now in after.items():
        was = before[pk]
        if now.state != was.state:
            assert act, "a refused act moved it"
            assert (was.state, now.state) in rules.TRANSITIONS
        if now.state in {"assigned", "fixed"}:
            assert now.owner_id
            assert now.deadline
        if now.state == "closed":
            _check_closed(now)
        if was.deadline and now.deadline != was.deadline:
            _check_deadline(was, now, act)
        end = now
        while end.merged_into_id:
            end = after[end.merged_into_id]
        assert end.state != "merged", "it went into one that is merged itself"
        assert now.pk == end.pk or end.state != "withdrawn", "it went away with another"
    _check_told()


def _check_closed(row):
    assert row.closed_by_id not in {row.fixed_by_id, row.owner_id}
    assert row.rectified_id
    with acting(SYSTEM):
        roles = queries.roles_of([row], NOON)
        closer = _roles(row.closed_by_id)
        confirmed = Confirmation.objects.filter(
            listing__hazard=row, listing__lifted_at=row.closed_at
        )
        others = {c.by_id for c in confirmed}
    path = row.unit.path
    for doer in (row.fixed_by_id, row.owner_id):
        assert not rules.is_over(roles.get(doer, []), closer, path), "by one under them"
    assert row.closed_by_id not in others, "the same person confirmed it alone"


def _roles(pk):
    from anyuan.org.people import queries as people
    from anyuan.org.people.rules import Held

    return [Held(*held) for held in people.roles_of([pk], TODAY, TODAY).get(pk, [])]


def _check_deadline(was, now, act):
    if now.deadline < was.deadline:
        # A listing and what is merged into it bring a day from above along.
        assert act in {"assign", "list", "merge"}
        return
    assert act == "decide", "a deadline moved later in silence"
    with acting(SYSTEM):
        last = HazardStep.objects.filter(hazard=now, what=Deed.EXTENDED).order_by("-pk").first()
    assert last is not None
    assert last.day == now.deadline
    assert last.by_id != was.asked_by_id


def _check_told():
    with acting(SYSTEM):
        keys = InboxEntry.objects.order_by().values_list("person_id", "key", "body")
        assert max(Counter(keys).values(), default=0) <= 1, "said twice"
