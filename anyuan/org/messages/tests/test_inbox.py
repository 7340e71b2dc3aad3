"""What was said to somebody stands under the bell, for them alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anyuan.kernel.scoping import SYSTEM, Invisible, acting
from anyuan.org.messages import queries, services
from anyuan.org.messages.models import InboxEntry
from anyuan.org.messages.services import inbox
from anyuan.org.people.models import Person
from conftest import NOON


def say(campus, *names, key="one", page="/roster/mine/"):
    """赵校长 says something to people of the school."""
    school = campus.units["实验小学"]
    with acting(SYSTEM):
        persons = [campus.people[name] for name in names]
    zhao = campus.viewer("赵校长")
    with acting(zhao):
        services.tell(
            unit=school,
            persons=persons,
            key=key,
            subject="您被请替班",
            body="明天 07:10 校门岗",
            path=page,
            at=NOON,
            until=NOON + timedelta(days=1),
        )


def test_it_comes_once_also_without_any_other_way(campus):
    say(campus, "李老师", "王门卫")
    say(campus, "李老师")
    with acting(SYSTEM):
        assert InboxEntry.objects.count() == 2
        assert queries.already_sent(["one", "two"]) == {"one"}


def test_whoever_has_no_account_has_no_inbox(campus):
    with acting(SYSTEM):
        guest = Person.objects.create(unit=campus.units["实验小学"], name="志愿者甲")
        campus.people["志愿者甲"] = guest
    say(campus, "志愿者甲")
    with acting(SYSTEM):
        assert not InboxEntry.objects.exists()


def test_nobody_sees_or_marks_another_persons(campus):
    say(campus, "李老师")
    with acting(SYSTEM):
        entry = InboxEntry.objects.get()
    for name in ("赵校长", "林科长", "王门卫"):
        viewer = campus.viewer(name)
        with acting(viewer):
            assert not InboxEntry.objects.exists()  # nor by the database itself
            assert inbox.see_all(newest=entry.pk, by=viewer, at=NOON) == 0
            with pytest.raises(Invisible):
                inbox.see(entry_id=entry.pk, by=viewer, at=NOON)


def test_the_bell_counts_what_is_new_until_it_is_seen(campus):
    say(campus, "李老师")
    say(campus, "李老师", key="two", page="")
    client = campus.client("李老师")
    assert client.get("/waiting/").json()["came"] == 2
    page = client.get("/inbox/")
    assert page.context["unseen"] == 2
    newest = page.context["entries"][0].pk
    gone_to = client.post(f"/inbox/{newest - 1}/")
    assert gone_to["Location"] == "/roster/mine/"
    assert client.get("/waiting/").json()["came"] == 1
    client.post("/inbox/seen/", {"newest": newest})
    client.post("/inbox/seen/", {"newest": newest})  # a second click
    assert client.get("/waiting/").json()["came"] == 0
    assert len(client.get("/inbox/").context["entries"]) == 2


def test_what_came_while_one_read_stays_new(campus):
    say(campus, "李老师")
    client = campus.client("李老师")
    newest = client.get("/inbox/").context["entries"][0].pk
    say(campus, "李老师", key="two")
    client.post("/inbox/seen/", {"newest": newest})
    assert client.get("/waiting/").json()["came"] == 1


def test_an_entry_goes_after_a_month(campus):
    say(campus, "李老师")
    with acting(SYSTEM):
        assert inbox.forget(NOON + timedelta(days=30)) == 0
        assert inbox.forget(NOON + timedelta(days=32)) == 1
