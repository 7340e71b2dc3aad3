"""The organisation entered once: by form, found by sound, handed over when somebody leaves."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Denied, acting
from anyuan.org.people import queries
from anyuan.org.people.models import Charge, RoleGrant
from anyuan.org.people.services import bodies, charges, leaving, naming, persons, roles
from anyuan.org.units import queries as units
from anyuan.org.units import services as units_services
from conftest import NOON


@pytest.mark.parametrize(
    "text", ["欧阳", "ouyang", "ouy", "oyj", "jing", "13900000009", "7788", "副校长"]
)
def test_a_person_is_found_by_characters_sound_initials_number_and_post(campus, text):
    chen = campus.viewer("陈主任")
    with acting(chen):
        persons.enter(
            unit=campus.units["实验小学"],
            name="欧阳静",
            number="7788",
            phone="13900000009",
            title="副校长",
            by=chen,
            at=NOON,
        )
        assert [p.name for p in queries.search(campus.units["实验小学"], text)] == ["欧阳静"]
        assert not queries.search(campus.units["实验小学"], "zzz").exists()


def test_family_names_are_sounded_as_names():
    assert [naming.found_by(n)[0] for n in ("曾静", "单雄", "解放", "王乐")] == [
        "zengjing",
        "shanxiong",
        "xiefang",
        "wangle",
    ]


def test_leaving_hands_over_everything_and_closes_the_account(campus):
    zhao, school = campus.viewer("赵校长"), campus.units["实验小学"]
    chen, li = campus.people["陈主任"], campus.people["李老师"]
    with acting(zhao):
        body = bodies.form_body(
            unit=school, name="巡逻队", kind="patrol", purpose="", by=zhao, at=NOON
        )
        bodies.seat(body=body, person=chen, rank="head", duty="", by=zhao, at=NOON)
        charges.give(
            unit=school, person=chen, area="教学楼", place=None, school=None, by=zhao, at=NOON
        )
        theirs = {b.kind: b for b in leaving.belongings(chen)}
        with pytest.raises(Refused, match="由谁接手"):
            leaving.leave(person=chen, heirs={theirs["seat"].key: li}, by=zhao, at=NOON)
        leaving.leave(
            person=chen,
            heirs={theirs["seat"].key: li, theirs["charge"].key: None},
            by=zhao,
            at=NOON,
        )
        assert [(m.person.name, m.rank) for m in body.memberships.filter(until=None)] == [
            ("李老师", "head")
        ]
        assert not Charge.objects.filter(until=None).exists()
        # What was stays readable.
        assert Charge.objects.get().person == chen
    chen.refresh_from_db()
    assert (chen.is_active, chen.left_on) == (False, date(2026, 5, 20))
    assert queries.viewer(chen, date(2026, 5, 21)).permissions == frozenset()
    with acting(zhao):
        persons.come_back(person=chen, by=zhao, at=NOON)
    chen.refresh_from_db()
    assert (chen.is_active, chen.left_on) == (True, None)


def test_moving_is_one_act_in_which_the_account_goes_along_and_the_history_stays(campus):
    above, school, town = (
        campus.viewer("林科长"),
        campus.units["实验小学"],
        campus.units["柳湾中学"],
    )
    chen = campus.people["陈主任"]
    secret, account = chen.password, chen.username
    with acting(above):
        charges.give(
            unit=school, person=chen, area="教学楼", place=None, school=None, by=above, at=NOON
        )
        (charge,) = leaving.belongings(chen)
        with pytest.raises(Refused, match="由谁接手"):
            leaving.move(person=chen, to=town, title="副校长", heirs={}, by=above, at=NOON)
        new = leaving.move(
            person=chen,
            to=town,
            title="副校长",
            heirs={charge.key: campus.people["李老师"]},
            by=above,
            at=NOON,
        )
        with pytest.raises(Refused):
            leaving.move(person=new, to=town, title="", heirs={}, by=above, at=NOON)
    for row in (chen, new):
        row.refresh_from_db()
    assert (chen.username, chen.is_active, chen.has_usable_password()) == (None, False, False)
    assert (new.username, new.password, new.unit_id, new.is_active) == (
        account,
        secret,
        town.pk,
        True,
    )
    # A second click, also to yet another unit, moves nobody twice and loses no account.
    with acting(above):
        for again in (town, campus.units["城关街道"]):
            with pytest.raises(Refused, match=r"离任|离开"):
                leaving.move(person=chen, to=again, title="", heirs={}, by=above, at=NOON)
        with pytest.raises(Refused, match=r"离任|离开"):
            leaving.leave(person=chen, heirs={}, by=above, at=NOON)
    new.refresh_from_db()
    assert (new.username, new.left_on) == (account, None)
    # No role goes along, and who covers only one of the two units moves nobody.
    assert queries.viewer(new, NOON.date()).permissions == frozenset()
    zhao = campus.viewer("赵校长")
    with acting(zhao), pytest.raises(Denied):
        leaving.move(person=campus.people["李老师"], to=town, title="", heirs={}, by=zhao, at=NOON)


def test_nobody_is_ended_by_those_below_them_nor_by_themselves(campus):
    chen, zhao = campus.viewer("陈主任"), campus.viewer("赵校长")
    with acting(chen), pytest.raises(Denied):
        leaving.leave(person=campus.people["赵校长"], heirs={}, by=chen, at=NOON)
    with acting(campus.viewer("林科长")), pytest.raises(Denied):
        leaving.leave(person=campus.people["何局长"], heirs={}, by=campus.viewer("林科长"), at=NOON)
    with acting(zhao), pytest.raises(Refused, match="不能停用自己"):
        leaving.leave(
            person=campus.people["赵校长"],
            heirs={},
            by=campus.viewer("何局长").__class__(
                zhao.person_id, "赵校长", campus.viewer("何局长").grants
            ),
            at=NOON,
        )


@pytest.mark.parametrize(
    ("who", "role", "allowed"),
    [
        ("陈主任", "teacher", True),
        ("陈主任", "principal", False),
        ("陈主任", "safety_officer", False),
        ("赵校长", "safety_officer", True),
        ("林科长", "principal", True),
        ("赵校长", "operator", False),
    ],
)
def test_a_role_is_given_only_by_those_whose_it_is_to_give(campus, who, role, allowed):
    viewer = campus.viewer(who)
    with acting(viewer):
        if allowed:
            roles.give_role(
                person=campus.people["李老师"],
                role=role,
                unit=campus.units["实验小学"],
                by=viewer,
                at=NOON,
            )
            assert RoleGrant.objects.filter(person=campus.people["李老师"], role=role).exists()
        else:
            with pytest.raises(Denied):
                roles.give_role(
                    person=campus.people["李老师"],
                    role=role,
                    unit=campus.units["实验小学"],
                    by=viewer,
                    at=NOON,
                )


def gaps(unit):
    return queries.gaps(unit, queries.charges(unit), queries.bodies(unit), units.places(unit))


def test_gaps_name_what_nobody_answers_for(campus):
    chen, school = campus.viewer("陈主任"), campus.units["实验小学"]
    with acting(chen):
        gate = units_services.add_place(unit=school, name="东门", kind="gate", key_area=True)
        charges.give(
            unit=school,
            person=campus.people["李老师"],
            area="东门",
            place=gate,
            school=None,
            by=chen,
            at=NOON,
        )
        bodies.form_body(
            unit=school, name="课间值勤队", kind="break_duty", purpose="", by=chen, at=NOON
        )
        found = gaps(school)
        assert ([p.name for p in found.places], [b.name for b in found.bodies]) == (
            [],
            ["课间值勤队"],
        )
        charges.end(charge_id=Charge.objects.get().pk, by=chen, at=NOON)
        assert [p.name for p in gaps(school).places] == ["东门"]


def test_pages_cost_the_same_for_many_people(campus):
    client = campus.client("陈主任")

    def staff(n):
        chen, school = campus.viewer("陈主任"), campus.units["实验小学"]
        with acting(chen):
            for i in range(n):
                person = persons.enter(
                    unit=school,
                    name="教师",
                    number=f"{n}-{i}",
                    phone="",
                    title="班主任",
                    by=chen,
                    at=NOON,
                )
                charges.give(
                    unit=school,
                    person=person,
                    area="片区",
                    place=None,
                    school=None,
                    by=chen,
                    at=NOON,
                )
        counts = []
        for page in (
            "/organisation/people/",
            "/organisation/",
            "/organisation/contacts/",
            "/organisation/chart/",
        ):
            with CaptureQueriesContext(connection) as asked:
                assert client.get(page).status_code == 200
            counts.append(len(asked))
        return counts

    assert staff(10) == staff(40)
