"""A major hazard is listed and closed by two offices; a department answers by its link."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from docx import Document

from anyuan.field.hazards.forms import AnswerForm, ListingForm, ReferralForm
from anyuan.field.hazards.models import Hazard
from anyuan.field.hazards.models.beyond import Listing, Milestone, Referral
from anyuan.field.hazards.queries import beyond, waiting
from anyuan.field.hazards.services import listing, public, referrals
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, acting
from conftest import NOON

from .stage_hazards import TODAY, again, assign, close, doing, fix, hazard

LATER = NOON + timedelta(days=30)


def major(campus):
    row = hazard(campus)
    assign(campus, row, grade="major", criterion="exits", until=20)
    return again(row)


def list_it(campus, row, who="何局长", until=20, milestones=((5, "现场封闭"), (15, "加固完成"))):
    given = ListingForm(
        sponsor=campus.people["林科长"],
        demand="限期加固",
        until=TODAY + timedelta(days=until),
        milestones=[(what, TODAY + timedelta(days=n)) for n, what in milestones],
    )
    doing(campus, who, listing.list_it, row, given=given)
    with acting(SYSTEM):
        return Listing.objects.select_related("hazard").get(hazard=row)


def confirm(campus, row, who="周干事"):
    return doing(campus, who, listing.confirm, row, words="已加固")


# -- listed for supervision -------------------------------------------------------------
def test_only_a_major_one_is_listed_and_once(campus):
    row = hazard(campus)
    assign(campus, row)
    with pytest.raises(Refused):
        list_it(campus, row)
    row = major(campus)
    list_it(campus, row)
    with pytest.raises(Refused):
        list_it(campus, row)


@pytest.mark.parametrize("who", ["陈主任", "赵校长", "王门卫"])
def test_the_school_lists_and_confirms_nothing_itself(campus, who):
    row = major(campus)
    with pytest.raises(Denied):
        list_it(campus, row, who)
    list_it(campus, row)
    fix(campus, row)
    with pytest.raises(Denied):
        confirm(campus, row, who)


def test_the_last_milestone_lies_within_the_time(campus):
    with pytest.raises(Refused):
        list_it(campus, major(campus), until=10)


def test_one_office_alone_does_not_close_it(campus):
    row = major(campus)
    list_it(campus, row)
    fix(campus, row)
    with pytest.raises(Refused):
        close(campus, row, "何局长")
    confirm(campus, row, "林科长")  # of the same office as whoever closes
    with pytest.raises(Refused):
        close(campus, row, "何局长")
    confirm(campus, row, "周干事")
    assert close(campus, row, "何局长").state == "closed"
    with acting(SYSTEM):
        assert Listing.objects.get().lifted_at == NOON


def test_an_office_confirms_once(campus):
    row = major(campus)
    list_it(campus, row)
    fix(campus, row)
    confirm(campus, row)
    with pytest.raises(Refused):
        confirm(campus, row, "孙民警")  # of the same town


def test_what_was_confirmed_before_it_was_sent_back_counts_no_more(campus):
    from anyuan.field.hazards.services import rectifying

    row = major(campus)
    list_it(campus, row)
    fix(campus, row)
    confirm(campus, row)
    doing(campus, "何局长", rectifying.send_back, row, words="焊缝开裂")
    fix(campus, row, at=NOON + timedelta(hours=1))
    with pytest.raises(Refused):
        close(campus, row, "何局长", at=NOON + timedelta(hours=2))


def test_a_milestone_is_reached_once_and_told_when_late(campus):
    row = major(campus)
    made = list_it(campus, row)
    with acting(SYSTEM):
        first, second = Milestone.objects.filter(listing=made).order_by("order")
    doing(campus, "林科长", listing.reach, row, milestone_id=first.pk)
    with pytest.raises(Refused):
        doing(campus, "林科长", listing.reach, row, milestone_id=first.pk)
    with acting(SYSTEM):
        told = [m for m in waiting.to_tell(LATER) if m.key.startswith("milestone")]
        assert not told  # too long ago to be news
        at = NOON + timedelta(days=17)
        told = [m for m in waiting.to_tell(at) if m.key.startswith("milestone")]
    assert [m.key for m in told] == [f"milestone-{second.pk}"]
    assert told[0].steps[0].persons == (campus.people["林科长"].pk,)


def test_the_wall_says_that_it_is_listed_and_no_word_more(campus):
    row = major(campus)
    list_it(campus, row)
    viewer = campus.viewer("陈主任")
    with acting(viewer):
        code = public.make_code(unit=campus.units["实验小学"], by=viewer, at=NOON).code
    page = Client().get(f"/r/{code}/").content.decode()
    assert "挂牌督办" in page and "安全出口" in page and "0/2" in page
    assert "限期加固" not in page and "林科长" not in page and "护栏松动" not in page


def test_a_schools_session_lists_nothing_even_past_the_program(campus):
    made = list_it(campus, major(campus))
    with pytest.raises(DatabaseError), transaction.atomic(), acting(campus.viewer("赵校长")):
        Milestone.objects.create(unit_id=made.unit_id, listing=made, order=9, what="x", until=TODAY)


# -- referrals ------------------------------------------------------------------------------
def referral_form(**more):
    values = {
        "department": "market",
        "recipient": "青禾区市场监督管理局",
        "request": "清理校门外流动摊点",
        "due": TODAY + timedelta(days=10),
    }
    return ReferralForm(**{**values, **more})


def write(campus, row, command=None, **more):
    given = referral_form(**more)
    return doing(campus, "陈主任", referrals.send, row, given=given, command=command or uuid4())


@pytest.fixture
def at_noon(monkeypatch):
    monkeypatch.setattr("anyuan.field.hazards.views.beyond.now", lambda: NOON)


def link(referral):
    with acting(SYSTEM):
        return f"/l/{referrals.mark(referral)}/"


ANSWER = {"words": "已清理并安排巡查", "name": "市监局 王科长"}


def test_numbers_follow_each_other_and_the_same_form_twice_is_one_letter(campus):
    row, command = hazard(campus), uuid4()
    first, same = write(campus, row, command), write(campus, row, command)
    assert first.pk == same.pk
    assert [first.number, write(campus, row).number] == [1, 2]


def test_a_department_answers_by_its_link_without_an_account(campus, at_noon):
    referral = write(campus, hazard(campus))
    stranger = Client()
    page = stranger.get(link(referral)).content.decode()
    assert "护栏松动" in page and "清理校门外流动摊点" in page
    with acting(SYSTEM):
        assert Referral.objects.get().opened_at is not None
    assert stranger.post(link(referral), ANSWER).status_code == 200
    assert stranger.post(link(referral), {**ANSWER, "words": "改口"}).status_code == 400
    with acting(SYSTEM):
        assert Referral.objects.get().answer == ANSWER["words"]
    page = campus.client("陈主任").get(f"/hazards/{referral.hazard_id}/").content.decode()
    assert ANSWER["words"] in page and "王科长" in page


@pytest.mark.parametrize("change", ["other", "short", "none", "long"])
def test_no_other_link_opens_a_letter(campus, change):
    referral = write(campus, hazard(campus))
    good = link(referral).strip("/").split("/")[1]
    pk, mark = good.split("-")
    bad = {"other": f"{int(pk) + 1}-{mark}", "short": good[:-1], "none": f"{pk}-", "long": "9" * 40}
    assert Client().get(f"/l/{bad[change]}/").status_code == 404


def test_a_link_ends(campus):
    referral = write(campus, hazard(campus))
    mark = link(referral).split("/")[2]
    with acting(SYSTEM):
        assert referrals.by_mark(mark, NOON + timedelta(days=190)) is not None
        assert referrals.by_mark(mark, NOON + timedelta(days=191)) is None


def test_what_came_on_paper_is_written_down_and_shown_as_such(campus):
    referral = write(campus, hazard(campus))
    viewer = campus.viewer("陈主任")
    with acting(viewer):
        referrals.write_down(
            referral_id=referral.pk, given=AnswerForm(**ANSWER), by=viewer, at=NOON
        )
    page = campus.client("陈主任").get("/hazards/referrals/").content.decode()
    assert "由书面复函录入" in page


def test_silence_is_seen_and_climbs(campus):
    referral = write(campus, hazard(campus))
    over = NOON + timedelta(days=11)
    with acting(SYSTEM):
        assert not beyond.silent([referral.unit_id], NOON + timedelta(days=10)).exists()
        (told,) = [m for m in waiting.to_tell(over) if m.key.startswith("referral-")]
    assert [s.name for s in told.steps] == ["office", "principal", "above"]
    viewer = campus.viewer("陈主任")
    with acting(viewer):
        mine = waiting.matters(viewer, [campus.units["实验小学"]], over)
    assert f"referral-{referral.pk}" in {m.key for m in mine}


def test_the_paper_carries_the_code_for_whoever_hands_it_over(campus):
    referral = write(campus, hazard(campus))
    address = f"/hazards/referrals/{referral.pk}/paper.docx"
    document = Document(io.BytesIO(campus.client("陈主任").get(address).content))
    text = "\n".join(p.text for p in document.paragraphs)
    assert "青禾区市场监督管理局：" in text and "护栏松动" in text
    assert len(document.inline_shapes) == 1
    document = Document(io.BytesIO(campus.client("王门卫").get(address).content))
    assert len(document.inline_shapes) == 0


def test_a_closed_hazard_is_handed_to_nobody(campus):
    row = hazard(campus)
    assign(campus, row)
    fix(campus, row)
    close(campus, row)
    with pytest.raises(Refused):
        write(campus, row)
    with acting(SYSTEM):
        assert Hazard.objects.get().referrals.count() == 0
