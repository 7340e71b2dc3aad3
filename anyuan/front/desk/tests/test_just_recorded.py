"""The same again within minutes is asked about; a second click says nothing twice."""

from __future__ import annotations

from uuid import uuid4

from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.record.evidence.models import Fact


def send(client, unit, **more):
    return client.post(
        "/record/patrol.round/", {"unit": unit.pk, "place": "东门", "command": uuid4(), **more}
    )


def count():
    with acting(SYSTEM):
        return Fact.objects.filter(activity="patrol.round").count()


def test_the_same_again_is_asked_about_once(campus):
    client, school = campus.client("王门卫"), campus.units["实验小学"]
    assert send(client, school).status_code == 302
    asked = send(client, school)
    assert asked.status_code == 200 and "刚刚已记录" in asked.content.decode() and count() == 1
    # The form that was shown says so and is taken; it keeps what was typed.
    assert 'value="东门"' in asked.content.decode()
    just = asked.context["page"].just.pk
    assert send(client, school, just=just).status_code == 302 and count() == 2


def test_the_form_opened_again_says_it_at_once(campus):
    client, school = campus.client("王门卫"), campus.units["实验小学"]
    send(client, school)
    assert "刚刚已记录" in client.get(f"/record/patrol.round/?unit={school.pk}").content.decode()
    assert (
        "刚刚已记录"
        not in client.get(f"/record/drill.evacuation/?unit={school.pk}").content.decode()
    )
    other = campus.client("李老师").get(f"/record/patrol.round/?unit={school.pk}")
    assert "刚刚已记录" not in other.content.decode()


def test_the_same_click_twice_is_one_record(campus):
    client, school, command = campus.client("王门卫"), campus.units["实验小学"], uuid4()
    for _click in range(2):
        assert send(client, school, command=command).status_code == 302
    assert count() == 1
