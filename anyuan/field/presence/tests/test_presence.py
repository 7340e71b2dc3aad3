"""Codes of places and signing in."""

from __future__ import annotations

import base64
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from anyuan.field.presence import rules, services
from anyuan.field.presence.forms import SignInForm
from anyuan.field.presence.models import PlaceCode, Presence
from anyuan.field.presence.queries import place_codes, sign_ins, vacancies
from anyuan.field.presence.tests.stage_presence import KEY, left, printed, sign_in, tell_empty
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, acting
from anyuan.org.messages.models import Address, Message
from anyuan.record.evidence.models import Fact
from anyuan.record.evidence.queries import words
from anyuan.staffing.rosters.models import Shift
from anyuan.staffing.rosters.services import stand_in
from anyuan.staffing.stations.services import serving
from conftest import NOON


def test_a_code_says_its_place_and_nothing_else_is_a_code():
    printed = rules.code(KEY, 7, version=3)
    assert rules.read_code(KEY, printed) == rules.Code(7, True, 3)
    assert rules.read_code(KEY, f"https://example.invalid/c/{printed}/") == rules.Code(7, True, 3)
    screen = rules.code(KEY, 7, at=NOON)
    assert rules.read_code(KEY, screen) == rules.Code(7, False, int(NOON.timestamp()) // 30)
    assert rules.code(KEY, 7, at=NOON + timedelta(seconds=31)) != screen
    for nonsense in (
        "",
        "7",
        "7.p3.AAAAAAAAAAAA",
        printed[:-1],
        printed.replace("7.", "8.", 1),
        "x" * 400,
        "7.p3.中文",
    ):
        assert rules.read_code(KEY, nonsense) is None
    assert rules.read_code(b"another", printed) is None


@pytest.mark.parametrize(
    "more, doubts",
    [
        ({}, []),
        ({"code": None}, ["no_code"]),
        ({"place_id": 8}, ["other_place"]),
        ({"version": 4}, ["old_code"]),
        ({"code": rules.Code(7, False, int(NOON.timestamp()) // 30 - 10)}, ["stale_code"]),
        ({"code": rules.Code(7, False, int(NOON.timestamp()) // 30)}, []),
        ({"metres": 301.0}, ["elsewhere"]),
        ({"metres": 40.0}, []),
        ({"skew": timedelta(hours=3)}, ["clock"]),
        ({"shared": True}, ["shared_phone"]),
        ({"unusual": True}, ["other_phone"]),
    ],
)
def test_what_does_not_fit_is_named(more, doubts):
    usual = {"code": rules.Code(7, True, 3), "at": NOON, "metres": None, "skew": timedelta(0)}
    sheet = {"place_id": 7, "version": 3}
    came = rules.Arrival(**usual | {k: v for k, v in more.items() if k not in sheet})
    sheet |= {k: v for k, v in more.items() if k in sheet}
    assert rules.doubts(came, **sheet) == doubts


def test_signing_in_at_the_place_is_a_fact_of_the_chain(campus, gate):
    row = sign_in(campus, gate, code=printed(gate))
    assert (row.doubts, row.how) == ([], "scanned")
    assert sign_in(campus, gate, code=printed(gate)).pk == row.pk  # sent twice
    with acting(SYSTEM):
        fact = Fact.objects.get(pk=row.fact_id)
        assert (fact.activity, fact.how, fact.slot, words(fact).said["place"], fact.by_name) == (
            "duty.post",
            "scanned",
            "东门岗",
            "东门",
            "王门卫",
        )
        gate["王门卫"].refresh_from_db()
        assert gate["王门卫"].came_at == NOON
        assert Fact.objects.count() == 1


def test_odd_sign_ins_are_taken_and_shown(campus, gate):
    row = sign_in(campus, gate, metres=900.0, skew=timedelta(hours=3))
    assert row.doubts == ["no_code", "elsewhere", "clock"]
    page = campus.client("陈主任").get(reverse("shift", args=[gate["王门卫"].pk])).content.decode()
    assert "手机不在现场" in page and "手机时钟不准" in page
    # The same phone two minutes later for somebody else.
    with acting(SYSTEM):
        Shift.objects.filter(pk=gate["李老师"].pk).update(
            starts_at=NOON - timedelta(minutes=1), ends_at=NOON + timedelta(hours=1)
        )
    other = sign_in(
        campus,
        gate,
        who="李老师",
        code=printed(gate),
        came_at=NOON + timedelta(minutes=2),
        at=NOON + timedelta(minutes=2),
    )
    assert other.doubts == ["shared_phone"]
    with acting(SYSTEM):
        assert sign_ins.doubtful_count([gate["school"].pk], NOON - timedelta(days=1)) == 2
    with acting(campus.viewer("陈主任")):
        assert [p.doubts for p in sign_ins.doubtful(gate["school"], NOON - timedelta(days=1))] == [
            ["shared_phone"],
            ["no_code", "elsewhere", "clock"],
        ]


def test_a_sign_in_sent_hours_later_says_so(campus, gate):
    assert sign_in(campus, gate, code=printed(gate), at=NOON + timedelta(hours=5)).doubts == [
        "sent_later"
    ]


def test_an_old_sheet_is_noticed_and_a_code_of_no_place_refused(campus, gate):
    zhao = campus.viewer("赵校长")
    old = printed(gate)
    with acting(zhao):
        assert services.new_code(place=gate["place"], by=zhao, at=NOON).version == 2
    with pytest.raises(Refused, match="不是场所二维码"):
        sign_in(campus, gate, code="1.p1.AAAAAAAAAAAA")
    assert sign_in(campus, gate, code=old).doubts == ["old_code"]
    with pytest.raises(Denied), acting(campus.viewer("王门卫")):
        services.new_code(place=gate["place"], by=campus.viewer("王门卫"), at=NOON)


def test_only_ones_own_shift_and_only_in_its_time(campus, gate):
    with pytest.raises(Refused, match="现为王门卫"):
        viewer = campus.viewer("李老师")
        with acting(viewer):
            services.sign_in(
                given=SignInForm(
                    shift_id=gate["王门卫"].pk, code="", metres=None, device="", skew=timedelta(0)
                ),
                command=None,
                by=viewer,
                came_at=NOON,
                at=NOON,
            )
    with pytest.raises(Refused, match="可以签到"):
        sign_in(campus, gate, who="李老师")  # it begins in almost two hours
    with acting(SYSTEM):
        Shift.objects.filter(pk=gate["王门卫"].pk).update(in_force=False)
    with pytest.raises(Refused, match="已不在值勤表"):
        sign_in(campus, gate)
    stranger = campus.viewer("外人")
    with pytest.raises(Refused, match="已不在值勤表"), acting(stranger):
        services.sign_in(
            given=SignInForm(
                shift_id=gate["王门卫"].pk, code="", metres=None, device="", skew=timedelta(0)
            ),
            command=None,
            by=stranger,
            came_at=NOON,
            at=NOON,
        )


def test_an_empty_station_is_said_outside_the_pages_once_to_each_and_later_to_the_principal(
    campus, gate
):
    begun = gate["王门卫"].starts_at
    with acting(SYSTEM):
        for name in ("陈主任", "赵校长", "李老师"):
            Address.objects.create(
                unit=gate["school"],
                person=campus.people[name],
                mail="a@example.cn",
                confirmed_at=NOON,
            )

        def told():
            return sorted(Message.objects.values_list("person__name", "subject"))

        for minutes, expected in (
            (2, []),
            (3, ["陈主任"]),
            (5, ["陈主任"]),
            (10, ["赵校长", "陈主任"]),
            (12, ["赵校长", "陈主任"]),
        ):
            tell_empty(begun + timedelta(minutes=minutes))
            assert told() == [(name, "空岗：东门岗") for name in expected]
    sign_in(campus, gate)
    with acting(SYSTEM):
        Message.objects.all().delete()
        tell_empty(begun + timedelta(minutes=15))
        assert not Message.objects.exists()


def test_an_empty_station_is_known_in_minutes_and_later_above(campus, gate):
    school, begun = gate["school"].pk, NOON - timedelta(minutes=5)
    with acting(SYSTEM):
        assert not vacancies.empty([school], begun + timedelta(minutes=2))
        (found,) = vacancies.empty([school], begun + timedelta(minutes=3))
        assert (found.shift.pk, found.minutes) == (gate["王门卫"].pk, 3)
        assert not vacancies.empty([school], begun + timedelta(minutes=9), upward=True)
        assert vacancies.empty([school], begun + timedelta(minutes=10), upward=True)
    sign_in(campus, gate)
    with acting(SYSTEM):
        assert not vacancies.empty([school], NOON + timedelta(minutes=30))


def test_what_is_open_is_handed_to_whoever_comes_next(campus, gate):
    viewer = campus.viewer("王门卫")
    with pytest.raises(Refused, match="请先签到"), acting(viewer):
        services.leave(shift_id=gate["王门卫"].pk, handover="x", by=viewer, left_at=NOON)
    sign_in(campus, gate)
    with acting(viewer):
        services.leave(
            shift_id=gate["王门卫"].pk,
            handover="西侧路灯不亮，已报修",
            by=viewer,
            left_at=NOON + timedelta(hours=1),
        )
    with acting(campus.viewer("李老师")):
        (before,) = sign_ins.handed_over([gate["李老师"]])[gate["李老师"].pk]
        assert (before.name, before.words) == ("王门卫", "西侧路灯不亮，已报修")


def test_a_link_without_an_account_shows_and_signs_in_its_person_alone(campus, gate, monkeypatch):
    from anyuan.field.presence import views

    monkeypatch.setattr(views, "now", lambda: NOON)
    with acting(SYSTEM):
        token = serving.card_of(campus.people["王门卫"]).feed
    guest = Client()
    assert "打开您的链接" in guest.get("/d/").content.decode()
    assert "打不开" in guest.post("/d/open/", {"token": "0123"}, follow=True).content.decode()
    guest.post(f"/d/shifts/{gate['王门卫'].pk}/")
    with acting(SYSTEM):
        assert not Presence.objects.exists()  # nobody yet
    opened = guest.post("/d/open/", {"token": token})
    assert opened["Location"] == "/d/"
    page = guest.get("/d/").content.decode()
    assert "东门岗" in page
    assert "李老师" not in page
    assert guest.post(f"/d/shifts/{gate['李老师'].pk}/").status_code == 302
    with acting(SYSTEM):
        assert not Presence.objects.exists()  # another's shift
    guest.post(f"/d/shifts/{gate['王门卫'].pk}/")
    with acting(SYSTEM):
        assert Presence.objects.get().person_id == campus.people["王门卫"].pk
    # A calendar has no session: it gives its secret as a password, and nothing in the address.
    for wrong in (
        "",
        "Basic",
        "Basic %%%",
        "Bearer x",
        "Basic " + base64.b64encode(b"duty:0123").decode(),
    ):
        asked = Client().get("/duty.ics", HTTP_AUTHORIZATION=wrong)
        assert (asked.status_code, asked["WWW-Authenticate"][:5]) == (401, "Basic")
    feed = Calendar.from_ical(
        Client()
        .get(
            "/duty.ics",
            HTTP_AUTHORIZATION="Basic " + base64.b64encode(f"duty:{token}".encode()).decode(),
        )
        .content
    )
    assert [str(e["summary"]) for e in feed.walk("VEVENT")] == ["值勤：东门岗"]
    # Asked to stand in for another's shift, they answer there too.
    office = campus.viewer("陈主任")
    with acting(SYSTEM):
        Shift.objects.filter(pk=gate["李老师"].pk).update(
            day=date(2026, 5, 20),
            starts_at=NOON + timedelta(hours=3),
            ends_at=NOON + timedelta(hours=4),
        )
    with acting(office):
        assert (
            stand_in.ask(
                shift_id=gate["李老师"].pk, persons=[campus.people["王门卫"]], by=office, at=NOON
            )
            == 1
        )
    assert "请您替班" in guest.get("/d/").content.decode()
    guest.post(f"/d/shifts/{gate['李老师'].pk}/", {"do": "yes"})
    with acting(SYSTEM):
        assert Shift.objects.get(pk=gate["李老师"].pk).person_id == campus.people["王门卫"].pk
    # A new link; the old one opens nothing.
    viewer = campus.viewer("王门卫")
    with acting(viewer):
        serving.new_feed(person=campus.people["王门卫"], by=viewer, at=NOON)
    assert "打开您的链接" in guest.get("/d/").content.decode()


def test_where_a_place_is_is_said_by_an_office_within_bounds(campus, gate):
    client = campus.client("陈主任")
    client.post(f"/codes/{gate['place'].pk}/where/", {"latitude": "30.59", "longitude": "114.3"})
    with acting(SYSTEM):
        assert place_codes.located([gate["place"].pk]) == {gate["place"].pk: [30.59, 114.3]}
    for nonsense in (
        {"latitude": "95", "longitude": "1"},
        {"latitude": "x", "longitude": "1"},
        {"latitude": "1", "longitude": ""},
        {"latitude": "nan", "longitude": "1"},
    ):
        client.post(f"/codes/{gate['place'].pk}/where/", nonsense)
        with acting(SYSTEM):
            assert PlaceCode.objects.get().latitude == 30.59


def test_the_sheet_and_the_screen_show_codes_that_are_read_back(campus, gate):
    page = campus.client("陈主任").get(f"/codes/?unit={gate['school'].pk}").content.decode()
    assert printed(gate) in page
    assert page.count("<svg") == 1
    assert campus.client("陈主任").get(f"/codes/{gate['place'].pk}/screen/").status_code == 200
    # At home, on one's own phone, the screen would prove nothing.
    assert campus.client("王门卫").get(f"/codes/{gate['place'].pk}/screen/").status_code == 403
    mine = campus.client("王门卫").get(f"/c/{printed(gate)}/")
    assert "东门" in mine.content.decode()
    assert campus.client("外人").get(f"/c/{printed(gate)}/").status_code == 404
    assert campus.client("王门卫").get("/c/1.p1.AAAAAAAAAAAA/").status_code == 404


@pytest.mark.parametrize(
    ("mine", "before", "open_"),
    [
        (
            left(9, 2, 8, place=5),
            [left(1, 1, 0, "灯不亮", 5)],
            [1],
        ),  # another station at the same place
        (left(9, 2, 8, place=6), [left(1, 1, 0, "灯不亮", 5)], []),  # elsewhere
        (
            left(9, 3, 16, kind="night"),
            [left(1, 1, 0, "灯不亮", 5), left(2, 2, 1, "门锁坏", 6)],
            [1, 2],
        ),  # the night takes over from both gates
        (
            left(9, 1, 24, place=5),
            [left(1, 1, 0, "灯不亮", 5), left(2, 2, 8, "", 5)],
            [],
        ),  # who came between has settled it
        (
            left(9, 1, 24, place=5),
            [left(1, 1, 0, "灯不亮", 5), left(2, 2, 8, "灯不亮，已报修", 5)],
            [2],
        ),
        (left(9, 1, 24, kind="patrol"), [left(1, 1, 0, "灯不亮", 5)], [1]),  # its own station
        (left(9, 1, 0, place=5), [left(1, 1, 8, "灯不亮", 5)], []),  # later than oneself
        (left(9, 1, 60, place=5), [left(1, 1, 0, "灯不亮", 5)], []),  # long ago
        (
            left(9, 2, 12, place=5),
            [left(1, 1, 0, "门锁坏", 5, hours=12), left(2, 3, 1, "", 5, hours=1)],
            [1],
        ),  # who left before the words were written took nothing over
        (
            left(9, 2, 8, place=5),
            [left(1, 1, 0, "门锁坏", 5), left(2, 3, 7, "", 5, kind="drop_off", hours=2)],
            [1],
        ),  # other work at the same place
        (
            left(9, 3, 16, place=5, kind="drop_off"),
            [left(1, 2, 0, "斑马线看不清", 5, kind="drop_off")],
            [1],
        ),  # the same work at it
    ],
)
def test_what_is_open_goes_on_to_whoever_comes_next_until_it_is_settled(mine, before, open_):
    assert [x.shift_id for x in rules.still_open(mine, before)] == open_
