"""The installation's keys: where they are, and a change of them that loses nothing."""

from __future__ import annotations

import click
import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.core import signing

from anyuan.field.presence import rules
from anyuan.field.presence.queries import place_codes
from anyuan.kernel import scoping, secret
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.ops import keys
from anyuan.org.messages.models import Robot
from anyuan.record.proof import queries as chain
from anyuan.record.proof import services as proof
from anyuan.record.proof.models import Link
from anyuan.record.proof.rules import Said
from conftest import NOON


@pytest.fixture
def home(tmp_path, settings, monkeypatch):
    # The tests' database knows the keys that it was made with, and none of these.
    known = scoping._key()
    monkeypatch.setattr(scoping, "_key", lambda: known)
    settings.HOME = tmp_path
    settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS = keys.secret_keys({}, tmp_path)
    return tmp_path


def test_a_key_is_made_once_and_for_this_program_alone(home):
    assert keys.secret_keys({}, home) == keys.secret_keys({}, home)
    assert (home / "secret.key").stat().st_mode & 0o777 == 0o600
    assert keys.secret_keys({"ANYUAN_SECRET_KEY": "given older"}, home) == ["given", "older"]


def test_keys_may_be_kept_by_systemd_or_a_store_of_secrets(tmp_path):
    home, store = tmp_path / "home", tmp_path / "store"
    store.mkdir()
    assert (
        keys.folder({"CREDENTIALS_DIRECTORY": str(store)}, home) == home
    )  # it hands over something else
    with pytest.raises(FileNotFoundError):
        keys.secret_keys({"ANYUAN_KEYS": str(store)}, home)  # and makes none of its own
    (store / "secret.key").write_text("kept\n")
    assert keys.secret_keys({"CREDENTIALS_DIRECTORY": str(store)}, home) == ["kept"]
    assert keys.secret_keys({"ANYUAN_KEYS": str(store)}, home) == ["kept"]
    assert not home.exists()


@pytest.fixture
def sealed(campus, home):
    person = campus.people["李老师"]
    with acting(SYSTEM):
        robot = Robot.objects.create(
            unit=campus.units["实验小学"],
            name="群",
            kind="wecom",
            sealed=secret.seal("robot", "hook"),
            added_by="x",
            added_at=NOON,
        )
        app = Authenticator.objects.create(
            user=person, type="totp", data={"secret": secret.seal("second factor", "TOTP")}
        )
        codes = Authenticator.objects.create(
            user=person,
            type="recovery_codes",
            data={
                "migrated_codes": [secret.seal("second factor", c) for c in "ab"],
                "used_mask": 0,
            },
        )
    return robot, app, codes


def opened(robot, app, codes):
    with acting(SYSTEM):
        for row in (robot, app, codes):
            row.refresh_from_db()
    return (
        secret.unseal("robot", robot.sealed),
        secret.unseal("second factor", app.data["secret"]),
        [secret.unseal("second factor", c) for c in codes.data["migrated_codes"]],
    )


def test_a_new_key_seals_anew_and_what_the_old_one_signed_still_counts(
    campus, home, sealed, settings
):
    printed, kept, mark = (
        rules.code(place_codes.key(), 7, version=1),
        secret.digest("invitation", "SLIP"),
        signing.dumps("x", salt="s"),
    )
    old = settings.SECRET_KEY
    assert keys.renew(end_old=False) == (3, 2)
    assert keys.secret_keys({}, home) == [settings.SECRET_KEY, old] and old != settings.SECRET_KEY
    assert opened(*sealed) == ("hook", "TOTP", ["a", "b"])
    assert place_codes.read(printed) == rules.Code(7, True, 1)
    assert rules.code(place_codes.key(), 7, version=1) != printed
    assert secret.agrees("invitation", "SLIP", kept) and not secret.agrees(
        "invitation", "SLIQ", kept
    )
    assert signing.loads(mark, salt="s") == "x"

    settings.SECRET_KEY_FALLBACKS = []  # nothing hangs on the old one but what it signed
    assert opened(*sealed) == ("hook", "TOTP", ["a", "b"])
    assert place_codes.read(printed) is None
    assert not secret.agrees("invitation", "SLIP", kept)
    with pytest.raises(signing.BadSignature):
        signing.loads(mark, salt="s")


def test_ending_the_old_keys_seals_by_the_current_one_first(campus, home, sealed, settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = (
        "current",
        [settings.SECRET_KEY],
    )  # written there by hand
    assert keys.renew(end_old=True) == (3, 1)
    settings.SECRET_KEY_FALLBACKS = []
    assert keys.secret_keys({}, home) == ["current"]
    assert opened(*sealed) == ("hook", "TOTP", ["a", "b"])


def test_what_no_key_opens_stops_the_change(campus, home, sealed, settings):
    robot = sealed[0]
    with acting(SYSTEM):
        Robot.objects.filter(pk=robot.pk).update(sealed="gAAAAAnonsense")
    with pytest.raises(InvalidToken):
        keys.renew(end_old=True)
    assert keys.secret_keys({}, home) == [settings.SECRET_KEY]


def test_a_key_kept_elsewhere_is_not_changed_here(home, monkeypatch):
    monkeypatch.setenv("ANYUAN_KEYS", "/run/keys")
    with pytest.raises(click.ClickException, match="anyuan reseal"):
        keys.renew(end_old=False)


def test_links_that_an_ended_key_marked_stay_checked_and_nothing_new_is_marked_by_it(
    campus, home, sealed, settings
):
    with acting(SYSTEM):
        proof.seal_anew(NOON)
    old = settings.SECRET_KEY
    keys.renew(end_old=False)
    with acting(SYSTEM):
        assert not list(chain.amiss())
    keys.renew(end_old=True)
    settings.SECRET_KEY_FALLBACKS = []
    with acting(SYSTEM):
        assert not list(chain.amiss())
        # Whoever has the ended key marks a link of their own: it is found.
        n, mark = chain.head()
        link = Said(n + 1, "units_unit", "1", "0" * 64, NOON)
        forged = secret._digest(chain.PURPOSE, old, link.after(mark))
        Link.objects.create(
            n=n + 1, table_name="units_unit", row_id="1", digest="0" * 64, made_at=NOON, mark=forged
        )
        assert "broken" in {a.what for a in chain.amiss()}
    assert keys.retired_keys({}, home)[0][1] == old
