"""After an act stands whom it reached, and whom somebody must call."""

from __future__ import annotations

from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.messages import queries
from anyuan.org.messages.models import Address
from anyuan.org.people.models import Person
from conftest import NOON


def test_each_is_counted_once_by_the_best_way(campus, settings):
    settings.MAIL_FROM = "anyuan@example.cn"
    school = campus.units["实验小学"]
    with acting(SYSTEM):
        guest = Person.objects.create(unit=school, name="志愿者甲", phone="0551-1234567")
        for name in ("李老师", "王门卫"):
            Address.objects.create(
                unit=school,
                person=campus.people[name],
                mail=f"{campus.people[name].pk}@example.cn",
                confirmed_at=NOON if name == "李老师" else None,
            )
        people = [*(campus.people[n] for n in ("李老师", "王门卫")), guest, guest]
        found = queries.reach(people)
    assert (found.by_message, found.on_pages) == (1, 1)
    assert found.nobody == [guest]
    assert "志愿者甲 0551-1234567" in found.words and "3" in found.words


def test_nobody_to_reach_is_no_error(campus):
    with acting(SYSTEM):
        assert queries.reach([]).nobody == []
