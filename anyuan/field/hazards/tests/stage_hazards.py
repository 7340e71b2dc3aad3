"""A hazard at 实验小学, and how its people speak of it."""

from __future__ import annotations

from datetime import date, timedelta

from anyuan.field.hazards.forms import AssignForm, FixForm
from anyuan.field.hazards.models import Grade, Hazard
from anyuan.field.hazards.queries import waiting
from anyuan.field.hazards.services import finding, rectifying
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.messages import services as messages
from anyuan.org.messages.models import InboxEntry
from anyuan.record.evidence.services import recording
from anyuan.record.evidence.services.files import Upload
from conftest import NOON, PIXEL

TODAY = date(2026, 5, 20)
PHOTO = Upload("after.png", PIXEL)


def found(campus, school="实验小学", days=3, place="东门", subject="护栏松动", **more):
    """The record that one was found, by 王门卫."""
    with acting(SYSTEM):
        return recording.record(
            unit=campus.units[school],
            fact=recording.NewFact(
                activity="hazard.found",
                occurred_at=NOON - timedelta(days=days),
                payload={"place": place, "subject": subject},
                **more,
            ),
            by=SYSTEM,
            at=NOON,
        )


def hazard(campus, *args, **more):
    fact = found(campus, *args, **more)
    with acting(SYSTEM):
        return finding.of_record(fact.pk)


def again(row):
    with acting(SYSTEM):
        return Hazard.objects.get(pk=row.pk)


def doing(campus, who, act, row, at=NOON, **more):
    viewer = campus.viewer(who)
    with acting(viewer):
        return act(hazard_id=row.pk, by=viewer, at=at, **more)


def assign(campus, row, who="陈主任", owner="王门卫", until=7, at=NOON, **more):
    given = AssignForm(
        grade=more.pop("grade", Grade.GENERAL),
        criterion=more.pop("criterion", ""),
        why="",
        owner=campus.people[owner],
        measure=more.pop("measure", "加固护栏"),
        deadline=TODAY + timedelta(days=until),
    )
    return doing(campus, who, rectifying.assign, row, at, given=given)


def fix(campus, row, who="王门卫", at=NOON, uploads=(PHOTO,)):
    given = FixForm(result="已加固", cost=300, contractor="")
    return doing(campus, who, rectifying.fix, row, at, given=given, uploads=uploads)


def close(campus, row, who="陈主任", at=NOON, words="看过"):
    return doing(campus, who, rectifying.close, row, at, words=words)


def closed(campus, **more):
    row = hazard(campus, **more)
    assign(campus, row)
    fix(campus, row)
    return close(campus, row)


def told(at):
    """Who was told what about hazards until a moment."""
    with acting(SYSTEM):
        messages.tell_matters(waiting.to_tell(at), at)
        rows = InboxEntry.objects.order_by("pk").values_list("person__name", "subject")
        return [(name, subject) for name, subject in rows if "隐患" in subject]


def reopen(campus, row, who="赵校长", at=NOON, words="又坏了"):
    return doing(campus, who, rectifying.reopen, row, at, words=words)
