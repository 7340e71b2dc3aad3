"""Known browsers, codes and sessions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.test import Client

from anyuan.kernel import clock
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, acting, enter, signing_in
from anyuan.kernel.secret import unseal
from anyuan.org.audit.models import Event
from anyuan.org.people import queries
from anyuan.org.people.models import BreakGlass, Device, DeviceCode, Person
from anyuan.org.people.services import accounts, leaving, persons
from conftest import NOON
from tests.stage_accounts import (
    NEW,
    code_for,
    in_earnest,
    invited,
    own_code,
    redeem,
    sign_in,
    with_app,
)


def test_nobody_makes_a_slip_for_somebody_above_them(campus):
    chen = campus.viewer("陈主任")
    with acting(chen), pytest.raises(Denied):
        accounts.invite(person=campus.people["赵校长"], username="x.y", by=chen, at=NOON)
    with acting(campus.viewer("赵校长")), pytest.raises(Refused, match="属于他人"):
        accounts.invite(
            person=campus.people["王门卫"], username="u9", by=campus.viewer("赵校长"), at=NOON
        )


# -- sessions and glass -------------------------------------------------------
def test_other_sessions_are_listed_and_ended(campus):
    here, _ = sign_in(campus.people["李老师"].username)
    there, _ = sign_in(campus.people["李老师"].username)
    assert there.get("/").status_code == 200
    assert len(here.get("/account/sessions/").context["sessions"]) == 2
    here.post("/account/sessions/", {})
    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200


def test_who_leaves_is_signed_out_at_once(campus):
    there, _ = sign_in(campus.people["李老师"].username)
    zhao = campus.viewer("赵校长")
    with acting(zhao):
        leaving.leave(person=campus.people["李老师"], heirs={}, by=zhao, at=NOON)
    assert there.get("/").status_code == 302


def test_broken_glass_lets_an_administrator_look_for_an_hour_and_only_look(campus):
    admin, _ = sign_in(campus.people["管理员"].username)
    assert admin.get("/board/").status_code == 403
    admin.post("/account/glass/", {"reason": "短"})
    assert not BreakGlass.objects.exists()
    admin.post("/account/glass/", {"reason": "服务器故障，核对数据是否完整"})
    assert admin.get("/board/").status_code == 200
    assert (
        admin.post("/plans/upload/", {"unit": campus.units["青禾区"].pk, "text": "x"}).status_code
        == 403
    )
    assert Event.objects.filter(verb="glass.broken", person_name="管理员").exists()
    assert "核对数据是否完整" in campus.client("何局长").get("/").content.decode()
    with connection.cursor() as cursor:
        enter(cursor, SYSTEM)
    BreakGlass.objects.update(
        opened_at=NOON - timedelta(hours=3), closes_at=NOON - timedelta(hours=2)
    )
    assert admin.get("/board/").status_code == 403
    assert (
        campus.client("王门卫")
        .post("/account/glass/", {"reason": "我想看看全区的数据"})
        .status_code
        == 403
    )


def test_the_audit_log_is_for_those_who_may_filtered_and_exported(campus):
    zhao = campus.viewer("赵校长")
    with acting(zhao):
        persons.enter(
            unit=campus.units["实验小学"],
            name="新老师",
            number="",
            phone="",
            title="",
            by=zhao,
            at=NOON,
        )
    page = (
        campus.client("赵校长")
        .get("/audit/?verb=person.entered&first=2026-05-20&last=2026-05-20")
        .content.decode()
    )
    assert "录入人员" in page
    assert campus.client("陈主任").get("/audit/").status_code == 403
    assert "赵校长" not in campus.client("外人").get("/audit/").content.decode()
    assert campus.client("赵校长").post("/audit/export/", {"verb": "person"}).status_code == 200
    assert Event.objects.filter(verb="audit.exported").exists()


def test_a_viewer_of_an_ended_grant_may_nothing(campus):
    person = Person.objects.get(pk=campus.people["李老师"].pk)
    Person.objects.filter(pk=person.pk).update(is_active=False)
    person.refresh_from_db()
    assert queries.viewer(person, NOON.date()).grants == ()


def test_what_somebody_does_with_their_account_is_in_the_audit_log(
    campus, django_capture_on_commit_callbacks
):
    person = campus.people["李老师"]
    with django_capture_on_commit_callbacks(execute=True):
        client, _ = with_app(campus, "李老师")
    sign_in(person.username, "wrong-password-here")
    sign_in("nobody-of-this-name", "wrong-password-here")
    client.post(
        "/account/password/", {"oldpassword": "a-long-password", "password1": NEW, "password2": NEW}
    )
    client.post("/sign-out/")
    with acting(campus.viewer("赵校长")):
        events = list(
            Event.objects.filter(person_id=person.pk, verb__startswith="account.")
            .order_by("pk")
            .values_list("verb", "subject")
        )
    # Recovery codes come with the app.
    assert [v for v, _ in events] == [
        "account.signed_in",
        "account.new_device",
        "account.factor",
        "account.factor",
        "account.failed",
        "account.password",
        "account.signed_out",
    ]
    assert events[0] == ("account.signed_in", "password")
    page = campus.client("赵校长").get("/audit/").content.decode()
    assert "登录失败" in page and "修改密码" in page


def test_pages_of_people_stay_in_no_cache(campus):
    assert (
        campus.client("赵校长").get("/organisation/people/")["Cache-Control"] == "private, no-store"
    )


def test_looking_as_the_program_within_a_sign_in_leaves_the_sign_in_as_it_was(db):
    """What is told to the audit log on the way must not end the one moment in which accounts may be
    written.
    """
    with signing_in(), connection.cursor() as cursor:
        with acting(SYSTEM):
            cursor.execute("SELECT current_setting('anyuan.signin', true)")
            assert cursor.fetchone() == ("off",)
        cursor.execute(
            "SELECT current_setting('anyuan.signin', true), current_setting('anyuan.scope', true)"
        )
        assert cursor.fetchone() == ("on", "")


def test_a_password_is_enough_only_where_one_signed_in_before(campus, settings):
    wang = in_earnest(campus, "王门卫", settings)
    at_gate = Client()
    slip = invited(campus)
    assert (
        at_gate.post(
            "/welcome/",
            {
                "username": "wang.menwei",
                "code": f"{slip[:4]}-{slip[4:8]} {slip[8:]}",
                "password": NEW,
                "again": NEW,
            },
        ).status_code
        == 302
    )
    assert len(slip) >= django_settings.AUTH_PASSWORD_VALIDATORS[0]["OPTIONS"]["min_length"]
    # Here the slip was used, so this browser is known.
    _, done = sign_in("wang.menwei", NEW, at_gate)
    assert (done.status_code, done["Location"]) == (302, "/")
    # Elsewhere the right password opens nothing.
    at_home, asked = sign_in("wang.menwei", NEW)
    assert asked["Location"] == "/sign-in/browser/"
    assert at_home.get("/")["Location"].startswith("/sign-in/")
    assert "第一次在这里登录" in at_home.get("/sign-in/browser/").content.decode()
    assert at_home.post("/sign-in/browser/", {"code": "000000"}).status_code == 400
    code = own_code(at_gate)
    assert code not in str(list(DeviceCode.objects.values()))
    assert at_home.post("/sign-in/browser/", {"code": f" {code} "}).status_code == 302
    assert at_home.get("/").status_code == 200
    # Once is enough for both; the code is spent.
    at_home.post("/sign-out/")
    assert sign_in("wang.menwei", NEW, at_home)[1]["Location"] == "/"
    third, _ = sign_in("wang.menwei", NEW)
    assert third.post("/sign-in/browser/", {"code": code}).status_code == 400
    with acting(SYSTEM):
        verbs = list(
            Event.objects.filter(person_id=wang.pk).order_by("pk").values_list("verb", flat=True)
        )
    assert (
        verbs.count("account.new_device") == 1
        and verbs.count("account.failed") == 2
        and "account.device_code" in verbs
    )


def test_a_code_for_a_browser_is_short_lived_and_cannot_be_guessed_at(campus, settings):
    in_earnest(campus, "王门卫", settings)
    at_gate = Client()
    at_gate.post(
        "/welcome/",
        {"username": "wang.menwei", "code": invited(campus), "password": NEW, "again": NEW},
    )
    sign_in("wang.menwei", NEW, at_gate)
    other, _ = sign_in("wang.menwei", NEW)
    code = own_code(at_gate)
    with signing_in():
        DeviceCode.objects.update(until=clock.now() - timedelta(seconds=1))
    assert other.post("/sign-in/browser/", {"code": code}).status_code == 400
    code = own_code(at_gate)
    assert [
        other.post("/sign-in/browser/", {"code": f"{i:06d}"}).status_code for i in range(12)
    ].count(429) >= 1
    assert other.post("/sign-in/browser/", {"code": code}).status_code == 429
    # Without a password before it, the page asks for one.
    assert Client().post("/sign-in/browser/", {"code": code})["Location"] == "/sign-in/"


def test_the_office_gives_codes_to_those_it_may_act_over_and_a_lost_phone_is_known_no_more(
    campus, settings
):
    wang = in_earnest(campus, "王门卫", settings)
    phone = Client()
    phone.post(
        "/welcome/",
        {"username": "wang.menwei", "code": invited(campus), "password": NEW, "again": NEW},
    )
    sign_in("wang.menwei", NEW, phone)
    settings.DEMO = True  # the others of the cast
    path = f"/organisation/people/{wang.pk}/device-code/"
    for who in ("李老师", "外人"):
        assert campus.client(who).post(path).status_code in {403, 404}
    assert (
        campus.client("陈主任")
        .post(f"/organisation/people/{campus.people['赵校长'].pk}/device-code/")
        .status_code
        == 403
    )
    campus.client("赵校长").post(f"/organisation/people/{wang.pk}/sign-out/")
    code = campus.client("赵校长").post(path).context["code"]
    settings.DEMO = False
    lost, asked = sign_in("wang.menwei", NEW, phone)
    assert asked["Location"] == "/sign-in/browser/"
    new, _ = sign_in("wang.menwei", NEW)
    assert new.post("/sign-in/browser/", {"code": code}).status_code == 302
    assert lost.get("/").status_code == 302


def test_one_forgets_the_other_browsers_oneself_and_what_is_not_used_is_forgotten(campus, settings):
    from anyuan.ops.retention import forget

    wang = in_earnest(campus, "王门卫", settings)
    here, there = Client(), Client()
    here.post(
        "/welcome/",
        {"username": "wang.menwei", "code": invited(campus), "password": NEW, "again": NEW},
    )
    sign_in("wang.menwei", NEW, here)
    sign_in("wang.menwei", NEW, there)
    there.post("/sign-in/browser/", {"code": own_code(here)})
    assert "有 2 个浏览器认识您" in here.get("/account/").content.decode()
    assert (
        "1 个浏览器不再认识您"
        in here.post("/account/devices/forget/", follow=True).content.decode()
    )
    there.post("/sign-out/")
    assert sign_in("wang.menwei", NEW, there)[1]["Location"] == "/sign-in/browser/"
    assert sign_in("wang.menwei", NEW, here)[1]["Location"] == "/"
    with acting(SYSTEM):
        own_code(here)
        forget(clock.now() + timedelta(days=1))
        assert (Device.objects.filter(person=wang).count(), DeviceCode.objects.count()) == (1, 0)
        forget(clock.now() + timedelta(days=181))
        assert not Device.objects.filter(person=wang).exists()


def test_who_has_a_second_factor_is_asked_for_that_and_for_no_code(campus, settings):
    settings.DEMO = True
    _, secret = with_app(campus, "李老师")
    in_earnest(campus, "李老师", settings)
    cache.clear()
    client, asked = sign_in(campus.people["李老师"].username)
    assert asked["Location"] == "/sign-in/second/"
    assert client.post("/sign-in/second/", {"code": code_for(secret)})["Location"] == "/"


# -- what a slip and a leaked table do not open ---------------------------------
@pytest.mark.parametrize("lost", [False, True])
def test_a_forgotten_password_does_not_end_the_second_factor(campus, lost):
    with_app(campus, "李老师")
    page = campus.client("赵校长").post(
        f"/organisation/people/{campus.people['李老师'].pk}/invite/",
        {"username": "li.laoshi", **({"ends_factor": "on"} if lost else {})},
    )
    assert redeem(page.context["code"], username="li.laoshi").status_code == 302
    cache.clear()
    _, asked = sign_in("li.laoshi", NEW)
    assert asked["Location"] == ("/" if lost else "/sign-in/second/")


def test_recovery_codes_are_kept_as_hashes_once_they_were_shown(campus):
    client, _secret = with_app(campus, "李老师")
    person = campus.people["李老师"]

    def kept():
        with signing_in():
            return Authenticator.objects.get(user=person, type="recovery_codes").data

    def second(code):
        cache.clear()
        return sign_in(person.username)[0].post("/sign-in/second/", {"code": code}).status_code

    unseen = Authenticator(user=person, type="recovery_codes", data=kept()).wrap().generate_codes()
    assert second(unseen[0]) == 200  # nobody was shown these, so nobody has them
    codes = client.get("/account/second/codes/").context["unused_codes"]
    data = kept()
    assert "seed" not in data and len(data["migrated_codes"]) == len(codes) == 10
    opened = [unseal("second factor", c) for c in data["migrated_codes"]]
    assert not set(codes) & set(opened) and all(len(h) == 64 for h in opened)
    assert second(opened[0]) == 200  # what leaks is no code
    assert set(client.get("/account/second/codes/").context["unused_codes"]) == {"****"}
    assert client.get("/account/second/").status_code == 200
    assert second(codes[3][:4] + " " + codes[3][4:]) == 302
    assert second(codes[3]) == 200
    client.post("/account/second/codes/new/", {})
    assert len(client.get("/account/second/codes/").context["unused_codes"]) == 10
    assert second(codes[4]) == 200


def test_recovery_codes_shown_by_an_earlier_version_still_open_once(campus):
    with_app(campus, "李老师")
    person = campus.people["李老师"]
    with signing_in():
        row = Authenticator.objects.get(user=person, type="recovery_codes")
        codes = row.wrap().generate_codes()
        row.data = {**row.data, "viewed_at": 1.0, "used_mask": 1}  # the first was used then
        row.save()
    for code, expected in ((codes[0], 200), (codes[5], 302), (codes[5], 200)):
        cache.clear()
        assert (
            sign_in(person.username)[0].post("/sign-in/second/", {"code": code}).status_code
            == expected
        )
    with signing_in():
        assert "seed" not in Authenticator.objects.get(pk=row.pk).data
