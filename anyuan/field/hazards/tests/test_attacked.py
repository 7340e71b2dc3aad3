"""Ways by which a hazard might be lost, closed by the wrong one or moved in silence: none works."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st

from anyuan.field.hazards import rules
from anyuan.field.hazards.models import Hazard, HazardStep, Inspection
from anyuan.field.hazards.services import deadlines, finding, rectifying, sorting
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.kernel.text import says_something
from anyuan.org.people.rules import GIVES, Held, Role
from anyuan.org.people.services import leaving, roles
from anyuan.record.evidence import api
from anyuan.record.evidence.models import Fact
from anyuan.record.evidence.services import recording
from anyuan.record.evidence.services.files import Upload
from conftest import NOON, PIXEL

from .stage_hazards import PHOTO, TODAY, again, assign, close, closed, doing, fix, hazard, told

SCHOOL = "/1/2/3/"


# -- lost ---------------------------------------------------------------------------
def test_what_somebody_fixes_is_not_merged_away(campus):
    row, other = hazard(campus), hazard(campus)
    assign(campus, row, grade="major", criterion="exits")
    with pytest.raises(Refused):
        doing(campus, "陈主任", sorting.merge, row, into_id=other.pk)
    assert again(row).state == "assigned"


def test_one_into_which_others_were_merged_is_not_dismissed(campus):
    row, other = hazard(campus), hazard(campus)
    doing(campus, "陈主任", sorting.merge, row, into_id=other.pk)
    with pytest.raises(Refused):
        doing(campus, "陈主任", sorting.dismiss, other, words="没有")


def test_merged_ones_come_back_when_the_record_of_the_other_is_withdrawn(campus):
    row, other = hazard(campus), hazard(campus)
    doing(campus, "陈主任", sorting.merge, row, into_id=other.pk)
    withdraw(other)
    assert (again(other).state, again(row).state) == ("withdrawn", "found")


def test_merged_ones_go_on_with_the_last_of_a_chain(campus):
    first, second, third = (hazard(campus) for _i in range(3))
    doing(campus, "陈主任", sorting.merge, first, into_id=second.pk)
    doing(campus, "陈主任", sorting.merge, second, into_id=third.pk)
    assert again(first).merged_into_id == third.pk


def withdraw(row):
    with acting(SYSTEM):
        fact = Fact.objects.get(pk=row.newest_id)
        change = recording.NewFact(
            activity="hazard.found", occurred_at=fact.occurred_at, withdrawn=True
        )
        recording.correct(fact=fact, change=change, by=SYSTEM, at=NOON, reason="误报")
        finding.follow(0)


@pytest.mark.parametrize("state", ["assigned", "fixed"])
def test_a_withdrawn_record_takes_along_nothing_that_is_being_fixed(campus, state):
    row = hazard(campus)
    assign(campus, row)
    if state == "fixed":
        fix(campus, row)
    withdraw(row)
    assert again(row).state == state


def test_a_withdrawn_record_leaves_its_trace_in_what_happened(campus):
    row = hazard(campus)
    withdraw(row)
    with acting(SYSTEM):
        assert [s.what for s in HazardStep.objects.filter(hazard=row)] == ["withdrawn"]


def test_whoever_told_of_it_does_not_dismiss_it_after_somebody_corrected_a_word(campus):
    row = reported(campus, "陈主任")
    with acting(SYSTEM):
        fact = Fact.objects.get(pk=row.newest_id)
        change = recording.NewFact(
            activity="hazard.found", occurred_at=fact.occurred_at, payload={"place": "西门"}
        )
        zhao = campus.viewer("赵校长")
    with acting(zhao):
        recording.correct(fact=fact, change=change, by=zhao, at=NOON, reason="写错")
    with acting(SYSTEM):
        finding.follow(0)
    with pytest.raises(Refused):
        doing(campus, "陈主任", sorting.dismiss, row, words="没有")
    page = campus.client("赵校长").get(f"/hazards/{row.pk}/").content.decode()
    assert "陈主任" in page


def reported(campus, who):
    viewer = campus.viewer(who)
    fields = {"unit": campus.units["实验小学"].pk, "place": "东门", "subject": "松动"}
    _status, answer = api.apply(viewer, uuid4(), "hazard.report", fields, "", NOON)
    with acting(SYSTEM):
        return Hazard.objects.get(pk=answer["result"]["hazard"])


# -- by the wrong one ---------------------------------------------------------------
def test_its_owner_does_not_verify_what_another_said_to_be_fixed(campus):
    row = hazard(campus)
    assign(campus, row, owner="赵校长")
    fix(campus, row, who="陈主任")
    with pytest.raises(Refused):
        close(campus, row, who="赵校长")


def test_a_major_one_is_made_less_only_from_above(campus):
    row = hazard(campus)
    assign(campus, row, grade="major", criterion="exits")
    with pytest.raises(Refused):
        assign(campus, row)
    assign(campus, row, who="周干事")
    assert again(row).grade == "general"


def test_a_role_that_ended_since_counts_as_if_it_were_held(campus):
    row = hazard(campus)
    assign(campus, row, owner="赵校长")
    fix(campus, row, who="赵校长")
    he = campus.viewer("何局长")
    with acting(he):
        grant = campus.people["赵校长"].grants.get()
        roles.end_role(grant_id=grant.pk, by=he, at=NOON)
    with pytest.raises(Refused):
        close(campus, row, who="陈主任", at=NOON + timedelta(days=1))


ROLES = st.sampled_from([Role.GUARD, Role.TEACHER, Role.SAFETY_OFFICER, Role.PRINCIPAL])
PATHS = st.sampled_from([SCHOOL, "/1/2/", "/1/", "/1/9/8/"])
HELD = st.lists(st.builds(Held, ROLES, PATHS), min_size=1, max_size=3)


@given(HELD, HELD)
def test_nobody_is_over_another_who_is_over_them(mine, theirs):
    if rules.is_over(mine, theirs, SCHOOL) and any(SCHOOL.startswith(h.path) for h in theirs):
        assert not rules.is_over(theirs, mine, SCHOOL)


@given(HELD, HELD)
def test_being_over_is_having_each_of_their_roles_to_give(mine, theirs):
    here = [h for h in mine if SCHOOL.startswith(h.path)]
    expected = bool(here) and all(
        any(h.role in GIVES.get(Role(m.role), ()) and h.path.startswith(m.path) for m in here)
        for h in theirs
        if SCHOOL.startswith(h.path)
    )
    assert rules.is_over(mine, theirs, SCHOOL) is expected


def test_a_second_role_makes_nobody_less_over_another():
    both = [Held(Role.PRINCIPAL, SCHOOL), Held(Role.SAFETY_OFFICER, SCHOOL)]
    assert rules.is_over(both, [Held(Role.SAFETY_OFFICER, SCHOOL)], SCHOOL)
    elsewhere = [Held(Role.SAFETY_OFFICER, SCHOOL), Held(Role.TEACHER, "/1/9/8/")]
    assert rules.is_over([Held(Role.PRINCIPAL, SCHOOL)], elsewhere, SCHOOL)


# -- deadlines ----------------------------------------------------------------------
def ask(campus, row, days, who="王门卫"):
    until = TODAY + timedelta(days=days)
    doing(campus, who, deadlines.ask_more_time, row, until=until, words="等配件")
    return until


def decide(campus, row, until, who="陈主任"):
    more = {"grant": True, "until": until, "words": ""}
    return doing(campus, who, deadlines.decide_more_time, row, **more)


def test_only_the_day_that_was_seen_is_granted(campus):
    row = hazard(campus)
    assign(campus, row)
    seen = ask(campus, row, 10)
    ask(campus, row, 300)
    with pytest.raises(Refused):
        decide(campus, row, seen)


def test_nobody_grants_time_and_then_takes_the_hazard_back(campus):
    row = hazard(campus)
    assign(campus, row)
    decide(campus, row, ask(campus, row, 100))
    with pytest.raises(Refused):
        assign(campus, row, owner="陈主任", until=100)


def test_what_was_asked_for_ends_with_a_new_owner(campus):
    row = hazard(campus)
    assign(campus, row)
    until = ask(campus, row, 100)
    assign(campus, row, owner="李老师")
    with pytest.raises(Refused):
        decide(campus, row, until)


def test_opened_again_its_day_stays(campus):
    row = hazard(campus)
    assign(campus, row, until=0)
    fix(campus, row)
    close(campus, row)
    later = NOON + timedelta(days=5)
    back = doing(campus, "赵校长", rectifying.reopen, row, later, words="又松了")
    assert back.deadline == TODAY


@pytest.mark.parametrize("do", ["", "x"])
def test_a_decision_says_yes_or_no(campus, do):
    row = hazard(campus)
    assign(campus, row)
    until = ask(campus, row, 100)
    body = {"do": do, "until": str(until), "words": ""}
    client = campus.client("陈主任")
    assert client.post(f"/hazards/{row.pk}/more-time/decide/", body).status_code == 400
    assert again(row).asked_until == until


# -- what is fixed ------------------------------------------------------------------
@pytest.mark.parametrize("days", [-30, -1, 5])
def test_a_phone_says_no_moment_before_it_was_assigned_nor_one_to_come(campus, days):
    row = hazard(campus)
    assign(campus, row)
    sent = {"hazard": row.pk, "result": "已加固", "uploads": [PHOTO]}
    device = (NOON + timedelta(days=days)).isoformat()
    moment = NOON + timedelta(days=1)
    api.apply(campus.viewer("王门卫"), uuid4(), "hazard.fix", sent, device, moment)
    done = again(row)
    assert done.moved_at == moment
    assert NOON <= done.fixed_at <= moment
    assert close(campus, row, at=moment).state == "closed"


def test_the_record_carries_the_photo_of_what_was_verified(campus):
    row = hazard(campus)
    assign(campus, row)
    fix(campus, row)
    doing(campus, "陈主任", rectifying.send_back, row, words="没好")
    fix(campus, row, uploads=(PHOTO, Upload("b.png", PIXEL)))
    done = close(campus, row)
    with acting(SYSTEM):
        assert done.rectified.attachments.count() == 2


@pytest.mark.parametrize(
    "file",
    [b"%PDF-1.4 nothing", b"PK\x03\x04 no picture", b"words"],
)
def test_only_photos_are_photos(campus, file):
    row = hazard(campus)
    assign(campus, row)
    sent = {"result": "好了", "files": SimpleUploadedFile("a.png", file, "image/png")}
    assert campus.client("王门卫").post(f"/hazards/{row.pk}/fix/", sent).status_code == 400
    assert again(row).state == "assigned"


@pytest.mark.parametrize("cost", ["0000000009999999999", "9" * 5000, "1" + "0" * 8])
def test_what_it_cost_has_a_bound(campus, cost):
    row = hazard(campus)
    assign(campus, row)
    sent = {"result": "好了", "cost": cost, "files": SimpleUploadedFile("a.png", PIXEL)}
    assert campus.client("王门卫").post(f"/hazards/{row.pk}/fix/", sent).status_code == 400


# -- opened again, handed over --------------------------------------------------------
def test_no_form_touches_the_record_that_it_was_rectified(campus):
    done = closed(campus)
    fields = {"fact": done.rectified_id, "reason": "写错", "result": "其他"}
    status, _answer = api.apply(campus.viewer("陈主任"), uuid4(), "fact.correct", fields, "", NOON)
    assert status == 409
    assert doing(campus, "赵校长", rectifying.reopen, done, words="又松了").state == "assigned"


def test_opened_again_it_goes_to_somebody_who_is_there(campus):
    row = closed(campus)
    zhao = campus.viewer("赵校长")
    with acting(zhao):
        leaving.leave(person=campus.people["王门卫"], heirs={}, by=zhao, at=NOON)
    back = doing(campus, "赵校长", rectifying.reopen, row, words="又松了")
    assert back.owner_id == campus.people["陈主任"].pk


def test_handing_over_stands_in_what_happened_and_is_told(campus):
    row = hazard(campus)
    assign(campus, row)
    told(NOON)
    zhao = campus.viewer("赵校长")
    with acting(zhao):
        heirs = {f"hazard-{row.pk}": campus.people["李老师"]}
        leaving.leave(person=campus.people["王门卫"], heirs=heirs, by=zhao, at=NOON)
    with acting(SYSTEM):
        assert HazardStep.objects.filter(hazard=row, what="handed_over").count() == 1
    assert ("李老师", "请整改隐患") in told(NOON)


# -- forms --------------------------------------------------------------------------
def walk(campus, client, **more):
    body = {
        "unit": campus.units["实验小学"].pk,
        "version": 1,
        "place": "一楼",
        "command": str(uuid4()),
        **more,
    }
    return client.post("/hazards/checks/walk/toilet/", body)


ALL = {"a0": "yes", "a1": "yes", "a2": "yes"}


def test_the_same_form_with_other_answers_is_no_second_click(campus):
    client, command = campus.client("王门卫"), str(uuid4())
    assert walk(campus, client, command=command, **ALL).status_code == 302
    again_ = walk(campus, client, command=command, **{**ALL, "a0": "no", "n0": "积水"})
    assert again_.status_code == 400
    with acting(SYSTEM):
        assert not Hazard.objects.exists()


def test_all_in_order_and_one_wrong_is_a_contradiction(campus):
    page = walk(campus, campus.client("王门卫"), whole="on", a0="no", n0="积水")
    assert page.status_code == 400
    with acting(SYSTEM):
        assert not Inspection.objects.exists()


def test_what_was_said_of_an_item_stands_in_its_record_alone(campus):
    walk(campus, campus.client("王门卫"), **{**ALL, "a0": "no", "n0": "某某滑倒"})
    with acting(SYSTEM):
        assert "某某" not in str(Inspection.objects.get().answers)


@pytest.mark.parametrize("blank", ["\u200b", "\u2060\u3164", " \u00a0 ", "\u200d", "\u2800"])
def test_words_without_ink_are_none(campus, blank):
    assert not says_something(blank)
    viewer = campus.viewer("王门卫")
    fields = {"unit": campus.units["实验小学"].pk, "place": "东门", "subject": blank}
    status, _answer = api.apply(viewer, uuid4(), "hazard.report", fields, "", NOON)
    assert status == 422


@pytest.mark.parametrize("value", [["x"], {"a": 1}, [], {}])
def test_words_are_words(campus, value):
    viewer = campus.viewer("王门卫")
    fields = {"unit": campus.units["实验小学"].pk, "place": value, "subject": "松动"}
    status, _answer = api.apply(viewer, uuid4(), "hazard.report", fields, "", NOON)
    assert status == 422
