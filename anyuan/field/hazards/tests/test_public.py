"""Whoever scans the code on the wall tells of a hazard; robots and the curious do not."""

from __future__ import annotations

import hashlib
import itertools
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from anyuan.field.hazards.forms import PublicForm
from anyuan.field.hazards.models import Hazard, HazardReceipt
from anyuan.field.hazards.services import public, sorting
from anyuan.kernel import clock
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, acting
from anyuan.record.evidence.models import Fact
from conftest import NOON, PIXEL

from .stage_hazards import again, assign, doing, hazard

WAIT = timedelta(seconds=20)


@pytest.fixture(autouse=True)
def _fresh():
    cache.clear()


@pytest.fixture
def wall(campus):
    """The code of 实验小学."""
    viewer = campus.viewer("陈主任")
    with acting(viewer):
        return public.make_code(unit=campus.units["实验小学"], by=viewer, at=NOON)


def is_worked(challenge, nonce):
    digest = hashlib.sha256(f"{challenge}:{nonce}".encode()).digest()
    return not int.from_bytes(digest[:4]) >> (32 - public.WORK)


def worked(challenge):
    """What the browser's script does."""
    return next(str(n) for n in itertools.count() if is_worked(challenge, n))


def unworked(challenge):
    return next(str(n) for n in itertools.count() if not is_worked(challenge, n))


def form(row, at=NOON, **more):
    challenge = more.pop("challenge", None) or public.challenge(row.code, at)
    nonce = more.pop("nonce", None) or worked(challenge)
    return PublicForm(more.pop("place", "西侧人行道"), "井盖缺失", challenge, nonce)


def tell(row, given, at=NOON + WAIT):
    with acting(SYSTEM):
        return public.tell(row=row, given=given, uploads=[], at=at)


def test_what_is_told_is_a_hazard_of_the_school_and_names_nobody(campus, wall):
    row, receipt = tell(wall, form(wall))
    with acting(SYSTEM):
        fact = Fact.objects.get(pk=row.fact_id)
        assert (row.unit_id, row.source, row.state) == (wall.unit_id, "public", "found")
        assert (fact.by_id, fact.by_name) == (None, "扫码匿名")
        assert len(receipt) == 12
        assert receipt not in str(list(HazardReceipt.objects.values()))


def test_the_same_form_twice_is_one(campus, wall):
    given = form(wall)
    (first, receipt), (second, none) = tell(wall, given), tell(wall, given)
    assert (first.pk, none) == (second.pk, "") and receipt
    with acting(SYSTEM):
        assert Hazard.objects.count() == 1


@pytest.mark.parametrize("after", [timedelta(seconds=1), timedelta(hours=4), -timedelta(minutes=1)])
def test_a_form_sent_at_once_or_too_late_is_a_robots(campus, wall, after):
    with pytest.raises(Refused):
        tell(wall, form(wall), NOON + after)


@pytest.mark.parametrize("what", ["no work", "forged", "of another school", "empty", "old code"])
def test_what_no_browser_worked_for_is_refused(campus, wall, what):
    challenge = public.challenge(wall.code, NOON)
    given = {
        "no work": lambda: form(wall, challenge=challenge, nonce=unworked(challenge)),
        "forged": lambda: form(wall, challenge=challenge[:-1] + "0"),
        "of another school": lambda: form(wall, challenge=public.challenge("X" * 12, NOON)),
        "empty": lambda: PublicForm("东门", "坏了", "", ""),
        "old code": lambda: form(wall),
    }[what]()
    if what == "forged" and given.challenge == challenge:
        given = form(wall, challenge=challenge[:-1] + "1")
    if what == "old code":
        viewer = campus.viewer("陈主任")
        with acting(viewer):
            wall = public.make_code(unit=wall.unit, by=viewer, at=NOON)
    with pytest.raises(Refused):
        tell(wall, given)
    with acting(SYSTEM):
        assert not Hazard.objects.exists()


def test_one_school_is_told_so_many_a_day_and_no_more(campus, wall, monkeypatch):
    monkeypatch.setattr(public, "A_DAY", 2)
    for _i in range(2):
        tell(wall, form(wall))
    with pytest.raises(Refused):
        tell(wall, form(wall))
    tomorrow = NOON + timedelta(days=1)
    assert tell(wall, form(wall, tomorrow), tomorrow + WAIT)[1]


@pytest.mark.parametrize("who", ["王门卫", "孙民警"])
def test_a_code_is_made_by_the_office(campus, who):
    viewer = campus.viewer(who)
    with acting(viewer), pytest.raises(Denied):
        public.make_code(unit=campus.units["实验小学"], by=viewer, at=NOON)


@pytest.mark.parametrize("how", ["{}", " {} ", "{lower}", "{spaced}", "{dashed}"])
def test_a_receipt_opens_however_it_is_typed(campus, wall, how):
    row, receipt = tell(wall, form(wall))
    spaced = " ".join(receipt[i : i + 4] for i in range(0, 12, 4))
    typed = how.format(
        receipt, lower=receipt.lower(), spaced=spaced, dashed=spaced.replace(" ", "-")
    )
    with acting(SYSTEM):
        assert public.by_receipt(typed).pk == row.pk
        assert public.by_receipt(receipt[:-1]) is None


# -- pages --------------------------------------------------------------------------
def send(client, wall, **more):
    page = client.get(f"/r/{wall.code}/")
    challenge = page.context["challenge"]
    body = {"place": "西门", "subject": "井盖缺失", "challenge": challenge}
    return client.post(f"/r/{wall.code}/", {**body, "nonce": worked(challenge), **more})


def test_by_the_page_without_account_and_then_by_the_receipt(campus, wall, monkeypatch):
    moments = iter([NOON, NOON + WAIT, NOON + WAIT * 2])
    monkeypatch.setattr("anyuan.field.hazards.views.public.now", lambda: next(moments))
    client = Client()
    photo = SimpleUploadedFile("a.png", PIXEL, "image/png")
    told = send(client, wall, files=photo)
    assert told.status_code == 200
    receipt = told.context["receipt"]
    with acting(SYSTEM):
        row = Hazard.objects.select_related("fact").get()
        assert row.fact.attachments.count() == 1
    shown = client.post("/r/receipt/", {"receipt": receipt})
    assert shown.context["hazard"].pk == row.pk
    assert client.post("/r/receipt/", {"receipt": "AAAABBBBCCCC"}).status_code == 404


def test_what_was_typed_stays_and_an_unknown_code_is_no_page(campus, wall):
    page = send(Client(), wall)  # sent within the same second
    assert page.status_code == 400
    assert 'value="西门"' in page.content.decode()
    assert Client().get("/r/AAAABBBBCCCC/").status_code == 404


def test_thousands_from_one_address_are_held(campus, wall):
    client = Client()
    answers = [client.post(f"/r/{wall.code}/", {}).status_code for _i in range(40)]
    assert answers[:30] == [400] * 30
    assert answers[30:] == [429] * 10
    tried = [client.post("/r/receipt/", {"receipt": str(i)}).status_code for i in range(40)]
    assert tried[-1] == 429


def test_the_poster_shows_its_code_to_the_school_alone(campus, wall):
    page = campus.client("王门卫").get("/hazards/poster/").content.decode()
    assert f"/r/{wall.code}/" in page
    other = campus.client("外人").get("/hazards/poster/").content.decode()
    assert wall.code not in other


# -- looked at: it is none ----------------------------------------------------------
def test_what_is_none_leaves_the_list_with_its_reason(campus, wall):
    row, _receipt = tell(wall, form(wall))
    done = doing(campus, "陈主任", sorting.dismiss, row, words="井盖完好，系误看")
    assert done.state == "withdrawn"
    with acting(SYSTEM):
        assert Fact.objects.get(pk=done.newest_id).withdrawn
    with pytest.raises(Refused):
        doing(campus, "陈主任", sorting.dismiss, row, words="再点一次")


def test_what_is_being_fixed_is_not_dismissed_nor_by_a_guard(campus):
    row = hazard(campus)
    with pytest.raises(Denied):
        doing(campus, "王门卫", sorting.dismiss, row, words="没有")
    assign(campus, row)
    with pytest.raises(Refused):
        doing(campus, "陈主任", sorting.dismiss, row, words="没有")
    assert again(row).state == "assigned"


def test_the_forms_of_a_moment_differ():
    assert public.challenge("A", clock.now()) != public.challenge("A", clock.now())
