"""Slips, passwords and second factors."""

from __future__ import annotations

from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings as django_settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.test import Client
from django.utils.module_loading import import_string

from anyuan.kernel import clock
from anyuan.kernel.scoping import SYSTEM, acting, signing_in
from anyuan.org.audit.models import Event
from anyuan.org.people.models import Invitation
from tests.stage_accounts import NEW, code_for, invited, redeem, sign_in, with_app


def test_an_authenticator_app_is_asked_for_at_the_next_sign_in(campus):
    _, secret = with_app(campus, "李老师")
    with signing_in():
        stored = Authenticator.objects.get(user=campus.people["李老师"], type="totp").data["secret"]
    assert secret not in stored  # encrypted at rest
    client, asked = sign_in(campus.people["李老师"].username)
    assert asked["Location"] == "/sign-in/second/"
    assert client.get("/").status_code == 302
    wrong = client.post("/sign-in/second/", {"code": "000000"})
    assert wrong.status_code == 200
    assert client.get("/").status_code == 302
    cache.clear()  # a code works once; the next one comes in half a minute
    assert client.post("/sign-in/second/", {"code": code_for(secret)}).status_code == 302
    assert client.get("/").status_code == 200


def test_a_recovery_code_works_once(campus):
    client, _secret = with_app(campus, "李老师")
    page = client.get("/account/second/codes/")
    codes = page.context["unused_codes"]
    assert len(codes) >= 8
    for i, expected in ((0, 302), (0, 200), (1, 302)):
        cache.clear()
        other, _ = sign_in(campus.people["李老师"].username)
        assert other.post("/sign-in/second/", {"code": codes[i]}).status_code == expected


def test_roles_that_need_a_second_factor_get_nowhere_without_one(campus, settings):
    settings.MFA_ROLES = frozenset({"principal"})
    client, _ = sign_in(campus.people["赵校长"].username)
    assert client.get("/")["Location"] == "/account/second/"
    assert client.get("/plans/")["Location"] == "/account/second/"
    assert client.post("/api/commands", {}, content_type="application/json").status_code == 403
    assert client.get("/account/second/").status_code == 200
    teacher, _ = sign_in(campus.people["李老师"].username)
    assert teacher.get("/").status_code == 200
    settings.MFA_ROLES = frozenset()
    client, _ = with_app(campus, "赵校长")
    settings.MFA_ROLES = frozenset({"principal"})
    assert client.get("/").status_code == 200


def test_whoever_needs_a_second_factor_is_signed_out_after_a_day_without_use(
    campus, settings, monkeypatch
):
    zhao, _secret = with_app(campus, "赵校长")
    teacher, _ = sign_in(campus.people["李老师"].username)
    settings.MFA_ROLES = frozenset({"principal"})
    moment = clock.now()
    for hours, used in ((0, True), (23, True), (46, True), (69, False), (70.5, None)):
        monkeypatch.setattr(
            "anyuan.config.middleware.now", lambda at=moment + timedelta(hours=hours): at
        )
        if used is False:  # only an open page listens
            zhao.get("/live/")
        elif used:
            assert zhao.get("/plans/").status_code == 200
        else:
            gone = zhao.get("/plans/")
            assert (gone.status_code, gone["Location"]) == (302, "/sign-in/?next=/plans/")
            assert "24 小时未使用" in zhao.get(gone["Location"]).content.decode()
        assert teacher.get("/plans/").status_code == 200
    with acting(SYSTEM):
        assert (
            Event.objects.filter(verb="account.idle", person_id=campus.people["赵校长"].pk).count()
            == 1
        )


def test_an_office_signs_somebody_out_everywhere_and_others_do_not(campus):
    li = campus.people["李老师"]
    browsers = [sign_in(li.username)[0] for _i in range(2)]
    path = f"/organisation/people/{li.pk}/sign-out/"
    for who in ("王门卫", "外人"):
        assert campus.client(who).post(path).status_code in {403, 404}
    assert all(b.get("/").status_code == 200 for b in browsers)
    page = campus.client("赵校长").post(path, follow=True).content.decode()
    assert "李老师已在 2 个浏览器退出登录" in page
    assert all(b.get("/")["Location"].startswith("/sign-in/") for b in browsers)
    assert sign_in(li.username)[1].status_code == 302  # the password is as it was
    # An officer does not sign their principal out.
    assert (
        campus.client("陈主任")
        .post(f"/organisation/people/{campus.people['赵校长'].pk}/sign-out/")
        .status_code
        == 403
    )


def test_guessing_at_a_password_does_not_lock_its_owner_out(campus):
    owner, _ = sign_in(campus.people["李老师"].username)
    owner.post("/sign-out/")
    for _i in range(14):
        _, refused = sign_in(campus.people["李老师"].username, "wrong-password-here")
    assert "失败次数过多" in refused.content.decode()
    _, stranger = sign_in(campus.people["李老师"].username)
    assert stranger.status_code == 200  # from that address, even the right password waits
    _, known = sign_in(campus.people["李老师"].username, client=owner)
    assert known.status_code == 302  # the browser that was here before does not


def test_the_mark_of_a_browser_is_worth_nothing_for_another_name(campus):
    owner, _ = sign_in(campus.people["李老师"].username)
    other = Client()
    other.cookies["anyuan_browser"] = owner.cookies["anyuan_browser"].value
    for _i in range(13):
        _, refused = sign_in(campus.people["赵校长"].username, "wrong-password-here", client=other)
    assert "失败次数过多" in refused.content.decode()


def test_demo_accounts_open_nothing_outside_the_demo(campus, settings):
    settings.DEMO = False
    _, refused = sign_in(campus.people["李老师"].username)
    assert refused.status_code == 200


def test_passwords_are_long_uncommon_and_kept_as_argon2id(campus):
    assert django_settings.AUTH_PASSWORD_VALIDATORS[0]["OPTIONS"]["min_length"] == 12
    from anyuan.config import settings as real

    hasher = import_string(real.PASSWORD_HASHERS[0])
    assert issubclass(hasher, Argon2PasswordHasher)


def test_a_slip_sets_a_password_once(campus):
    code = invited(campus)
    assert code not in str(list(Invitation.objects.values()))
    assert redeem("WRONGCODE2").status_code == 400
    assert redeem(code, password="short").status_code == 400
    assert redeem(code, password="password12345").status_code in {302, 400}
    cache.clear()
    code = invited(campus)
    assert redeem(code.lower()).status_code == 302
    assert redeem(code).status_code == 400
    _, done = sign_in("wang.menwei", NEW)
    assert done.status_code == 302


def test_a_slip_is_worth_nothing_after_a_week_or_once_a_newer_one_is_made(campus):
    old = invited(campus)
    invited(campus)
    assert redeem(old).status_code == 400
    Invitation.objects.filter(used_at=None).update(expires_at=clock.now() - timedelta(seconds=1))
    cache.clear()
    assert redeem(old).status_code == 400


def test_codes_cannot_be_guessed_at_speed(campus):
    invited(campus)
    assert [redeem(f"GUESS{i:05d}").status_code for i in range(12)].count(429) >= 1
