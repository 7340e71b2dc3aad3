"""A matter's steps leave the pages when they are due, once each."""

from __future__ import annotations

from datetime import timedelta

from anyuan.kernel.matters import Act, Matter, Step, Urgency, ordered
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.messages import services
from anyuan.org.messages.models import Message
from conftest import NOON


def matter(campus, *steps, key="empty-1", urgency=Urgency.ALARM):
    unit = campus.units["实验小学"]
    return Matter(
        key=key,
        unit_id=unit.pk,
        path=unit.path,
        sentence="空岗",
        act=Act("打开", "/"),
        urgency=urgency,
        since=NOON,
        until=NOON + timedelta(hours=1),
        permission="roster.make",
        steps=steps,
    )


def test_each_step_is_said_once_when_its_time_has_come(campus, settings):
    settings.TEXT_GATEWAY = "jsons://gateway.example/{phone}"
    leader, head = campus.people["陈主任"], campus.people["赵校长"]
    with acting(SYSTEM):
        for i, person in enumerate((leader, head)):
            person.phone = f"1380000000{i}"
            person.save(update_fields=["phone"])
        found = matter(
            campus,
            Step("", "空岗", "空岗", (leader.pk,)),
            Step("up", "空岗", "空岗", (head.pk,), after=timedelta(minutes=10)),
        )

        def told():
            return set(Message.objects.values_list("person__name", flat=True))

        assert services.tell_matters([found], NOON) == 1
        assert told() == {"陈主任"}
        assert services.tell_matters([found], NOON + timedelta(minutes=9)) == 0
        assert services.tell_matters([found], NOON + timedelta(minutes=10)) == 1
        assert told() == {"陈主任", "赵校长"}
        assert services.tell_matters([found], NOON + timedelta(hours=2)) == 0
        assert Message.objects.count() == 2


def test_nobody_is_woken_where_no_way_leads_to_anybody(campus, monkeypatch):
    woken = []
    monkeypatch.setattr(services.live, "notify", lambda topic, **_: woken.append(topic))
    found = matter(campus, Step("", "空岗", "空岗", (campus.people["陈主任"].pk,)))
    with acting(SYSTEM):
        services.tell_matters([found], NOON)
        assert not Message.objects.exists()
    assert not woken


def test_the_same_matter_stands_once_and_the_most_urgent_first(campus):
    late, alarm = matter(campus, key="a", urgency=Urgency.LATE), matter(campus, key="b")
    assert [m.key for m in ordered([late, alarm, late])] == ["b", "a"]


def test_a_matter_is_of_whoever_is_named_or_holds_the_right(campus):
    named = matter(campus)
    assert named.is_of(campus.viewer("陈主任"))
    assert not named.is_of(campus.viewer("王门卫"))
    assert not named.is_of(campus.viewer("外人"))
