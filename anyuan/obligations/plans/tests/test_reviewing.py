"""A review that does not ask the same twice: pictures beside words, likes, merging, remembering."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Denied, Invisible, acting
from anyuan.obligations.plans import queries
from anyuan.obligations.plans.forms import edit_fields, parse_edit
from anyuan.obligations.plans.models import Correction, Obligation, Page, Review
from anyuan.obligations.plans.queries import review as review_queries
from anyuan.obligations.plans.services import reading, review
from anyuan.obligations.plans.views.duties import marked_text
from anyuan.obligations.reading import document
from anyuan.obligations.reading.files.lines import Page as SeenPage
from anyuan.record.evidence.services.files import Upload
from conftest import NOON

TEXT = (
    "青禾区安全工作方案\n三、主要措施\n1.保安每班校园巡逻不少于2遍。\n2.学校每月开展一次安全隐患排查。"
    "\n3.学校每周召开一次安全例会。\n4.学校每学期组织应急演练2次。\n四、其他\n1.学校每天值班。\n"
)


def upload(campus, *files, who="林科长"):
    viewer = campus.viewer(who)
    with acting(viewer):
        return reading.upload(unit=campus.units["青禾区"], files=files, by=viewer, at=NOON)


@pytest.fixture
def plan(campus):
    (plan,) = upload(campus, Upload("方案.txt", TEXT.encode()))
    return plan


def duty(plan, words):
    return plan.obligations.get(action__contains=words)


def changed(duty, **values):
    fields = ("action", "holder", "activity", "comparator", "quantity", "measure_unit", "period")
    given = {name: getattr(duty, name) for name in (*fields, "per", "due", "applies_to")}
    return {**given, **values}


def edit(campus, duty, **values):
    viewer = campus.viewer("林科长")
    with acting(viewer):
        return review.edit(
            obligation_id=duty.pk,
            version=duty.version,
            changes=changed(duty, **values),
            by=viewer,
            at=NOON,
        )


def test_a_correction_is_offered_for_its_likes_and_undone(campus, plan):
    inspection = duty(plan, "排查")
    before = {"holder": "学校", "activity": inspection.activity, "applies_to": "all"}
    done = edit(campus, inspection, holder="安全办")
    viewer = campus.viewer("林科长")
    with acting(viewer):
        (offer,) = review_queries.offers_after(done, before)
        assert {d.action for d in offer.duties} == {
            "学校每周召开一次安全例会",
            "学校每学期组织应急演练2次",
        }
        ids = [d.pk for d in offer.duties]
        same = {"plan_id": plan.pk, "ids": ids, "field": "holder", "by": viewer}
        assert review.correct_alike(**same, before="学校", after="安全办") == 2
        # A second click finds nothing left to change.
        assert review.correct_alike(**same, before="学校", after="安全办") == 0
        assert all(
            d.holder == "安全办" and d.review == Review.PROPOSED
            for d in Obligation.objects.filter(pk__in=ids)
        )
        assert review.correct_alike(**same, before="安全办", after="学校") == 2


@pytest.mark.parametrize(
    ("field", "after"), [("quantity", "3"), ("holder", "待定"), ("holder", ""), ("activity", "x")]
)
def test_only_what_likes_share_can_be_changed_together(campus, plan, field, after):
    viewer = campus.viewer("林科长")
    one = duty(plan, "例会")
    with acting(viewer), pytest.raises(Refused):
        review.correct_alike(
            plan_id=plan.pk,
            ids=[one.pk],
            field=field,
            before=str(getattr(one, field)),
            after=after,
            by=viewer,
        )


def test_what_was_corrected_is_offered_for_the_next_plan(campus, plan):
    edit(campus, duty(plan, "例会"), holder="安全办")
    assert Correction.objects.get().after == "安全办"
    (following,) = upload(campus, Upload("新方案.txt", TEXT.encode()))
    with acting(campus.viewer("林科长")):
        (offer,) = review_queries.remembered(following, queries.duties(following))
    assert [d.action for d in offer.duties] == ["学校每周召开一次安全例会"]
    edit(campus, duty(following, "例会"), holder="安全办")
    assert Correction.objects.get().times == 2


def test_two_duties_become_one(campus, plan):
    one, other = duty(plan, "例会"), duty(plan, "演练")
    Obligation.objects.filter(pk=other.pk).update(doubts=["letter"])
    viewer = campus.viewer("林科长")
    with acting(viewer):
        both = review.merge(obligation_id=one.pk, other_id=other.pk, by=viewer, at=NOON)
        assert (both.start, both.end) == (one.start, other.end)
        assert both.doubts == ["letter"]  # what was in doubt stays in doubt
        assert "例会" in both.action and "演练" in both.action and both.review == Review.PROPOSED
        other.refresh_from_db()
        assert other.review == Review.DROPPED
        with pytest.raises(Refused):  # the second click
            review.merge(obligation_id=one.pk, other_id=other.pk, by=viewer, at=NOON)
        with pytest.raises(Refused):
            review.merge(obligation_id=one.pk, other_id=one.pk, by=viewer, at=NOON)


def test_a_school_does_not_correct_the_plan_of_its_district(campus, plan):
    viewer = campus.viewer("陈主任")
    one = duty(plan, "例会")
    with acting(viewer), pytest.raises((Denied, Invisible)):
        review.correct_alike(
            plan_id=plan.pk, ids=[one.pk], field="holder", before="学校", after="门卫", by=viewer
        )
    one.refresh_from_db()
    assert one.holder == "学校"


def shown(response):
    return response.content.decode()


def typed(duty, **values):
    return {"version": str(duty.version), **edit_fields(duty), **values}


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_the_form_of_a_duty_keeps_what_was_typed_when_it_is_refused(campus, plan, headers):
    one = duty(plan, "例会")
    address = f"/plans/duties/{one.pk}/edit/"
    client = campus.client("林科长")
    assert 'value="学校每周召开一次安全例会"' in shown(client.get(address, headers=headers))
    sent = typed(one, action="每周一召开安全例会", quantity="若干")
    page = shown(client.post(address, sent, headers=headers))
    assert 'value="每周一召开安全例会"' in page and 'value="若干"' in page
    assert 'role="alert"' in page
    one.refresh_from_db()
    assert one.review == Review.PROPOSED and one.quantity == 1


@pytest.mark.parametrize("field", ["period", "comparator", "applies_to"])
def test_what_no_list_offers_is_refused_not_replaced(campus, plan, field):
    one = duty(plan, "例会")
    with pytest.raises(Refused):
        parse_edit(typed(one) | {field: "whatever"})


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("L", (400, 600), 255).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def seen(campus, monkeypatch):
    """A plan that was read from a picture, whose second line has a doubtful character."""
    lines = TEXT.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:i]) for i in range(len(lines))]
    placed = tuple(
        document.Placed(starts[i], starts[i] + len(line), (0.1, i / 10, 0.9, i / 10 + 0.05))
        for i, line in enumerate(lines)
        if line
    )
    at = TEXT.index("每周")
    read = document.Document(
        "扫描.pdf",
        TEXT,
        ("扫描.pdf: 识别",),
        (document.Picture(SeenPage(jpeg(), 400, 600), placed),),
        ((at, at + 1),),
    )
    monkeypatch.setattr(document, "from_bytes", lambda *_: read)
    (plan,) = upload(campus, Upload("扫描.pdf", b"%PDF"))
    return plan


def test_a_picture_stays_with_its_plan(campus, seen):
    client = campus.client("林科长")
    page = client.get(f"/plans/{seen.pk}/pages/1/")
    assert page.status_code == 200 and page["Content-Type"] == "image/jpeg"
    assert client.get(f"/plans/{seen.pk}/pages/2/").status_code == 404
    cut = client.get(f"/plans/duties/{duty(seen, '例会').pk}/picture/")
    with Image.open(io.BytesIO(cut.content)) as words:
        assert words.width > 300 and 20 < words.height < 80
    shown = client.get(f"/plans/{seen.pk}/").content.decode()
    assert f"/plans/{seen.pk}/pages/1/" in shown and "<u>每</u>" in shown
    # Marks and pictures add no character: what is selected on the page is what is meant.
    with acting(campus.viewer("林科长")):
        marked = marked_text(seen, queries.duties(seen), queries.pages(seen))
    assert Page.objects.get().lines[0][:2] == [0, len(TEXT.split(chr(10))[0])]
    assert "".join(part.split(">", 1)[-1] for part in f">{marked}".split("<")) == TEXT


def test_a_number_from_a_picture_is_looked_at_one_by_one(campus, seen):
    viewer = campus.viewer("林科长")
    assert all("picture" in d.doubts for d in seen.obligations.exclude(measure="declared"))
    with acting(viewer):
        review.accept_rest(plan_id=seen.pk, by=viewer, at=NOON)
    taken = seen.obligations.filter(review=Review.ACCEPTED)
    assert not taken.exclude(measure="declared").exists()


def test_files_of_one_upload_are_one_plan(campus):
    annex = "附件\n1.宿管每晚查寝不少于2次，并做好记录，发现学生未归立即报告值班领导。\n"
    (plan,) = upload(
        campus, Upload("方案.txt", TEXT.encode()), Upload("附件.txt", annex.encode("gb18030"))
    )
    assert plan.obligations.filter(action__contains="查寝", quantity=2).count() == 1
    assert duty(plan, "例会")


def test_too_many_files_are_refused(campus):
    with pytest.raises(Refused, match="30"):
        upload(campus, *[Upload(f"{i}.txt", TEXT.encode()) for i in range(31)])
