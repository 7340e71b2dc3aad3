"""A school signs in behind one address; nobody guesses, from one address or from many."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from anyuan.kernel import browsers, clock
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.people.services import accounts
from tests.stage_accounts import NEW


@pytest.fixture(autouse=True)
def uncounted(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.REQUESTS_A_MINUTE = 0
    cache.clear()
    yield
    cache.clear()


def attempt(name, password, address, client=None):
    client = client or Client()
    body = {"login": name, "password": password}
    return client.post("/sign-in/", body, REMOTE_ADDR=address)


def is_in(answer):
    return answer.status_code == 302


def teachers(campus, count):
    with acting(SYSTEM):
        return [
            accounts.create(
                username=f"t{i}",
                name=f"老师{i}",
                unit=campus.units["实验小学"],
                password=NEW,
                demo=True,
            ).username
            for i in range(count)
        ]


def test_a_whole_school_signs_in_within_a_minute_behind_one_address(campus):
    names = teachers(campus, 60)
    assert all(is_in(attempt(name, NEW, "10.1.1.1")) for name in names)


def test_others_failures_behind_the_same_address_lock_nobody_out(campus):
    names = teachers(campus, 3)
    for name in ("nobody1", "nobody2", names[0]):
        for _i in range(15):
            attempt(name, "wrong", "10.1.1.1")
    assert is_in(attempt(names[1], NEW, "10.1.1.1"))


def test_a_browser_that_is_known_gets_in_while_others_guess_at_its_account(campus):
    (name,) = teachers(campus, 1)
    mark = "a" * 32
    with acting(SYSTEM):
        person = campus.units["实验小学"].people.get(username=name)
        accounts.know_device(person=person, mark=mark, at=clock.now())
    for i in range(40):
        for _j in range(5):
            attempt(name, "wrong", f"10.2.{i}.1")
    assert not is_in(attempt(name, NEW, "10.3.1.1"))
    known = Client()
    known.cookies[browsers._name()] = mark
    assert is_in(attempt(name, NEW, "10.1.1.1", known))


def test_nobody_guesses_from_many_addresses(campus, figures):
    """Of 120 guesses from 120 addresses, 100 are looked at; the right one after them is not."""
    (name,) = teachers(campus, 1)
    guesses = [attempt(name, f"guess{i}", f"10.{i // 200}.{i % 200}.9") for i in range(120)]
    assert not any(map(is_in, guesses))
    refused = [
        a
        for a in guesses
        if "新的登录开通码" in a.content.decode() or "登录开通码" in a.content.decode()
    ]
    figures("guesses at one account from as many addresses", len(guesses), len(refused))
    assert len(refused) == 20
    assert not is_in(attempt(name, NEW, "10.9.9.9"))


def test_ten_thousand_sign_ins_from_one_address_are_refused_cheaply(campus, settings):
    (name,) = teachers(campus, 1)
    # As many a minute as really are taken would take more than a minute here.
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "unknown_browser": "60/m/ip"}
    answers = [attempt(f"x{i}", "wrong", "10.4.4.4").status_code for i in range(70)]
    assert answers.count(429) == 10
    # Elsewhere people sign in meanwhile.
    assert is_in(attempt(name, NEW, "10.1.1.1"))


def test_a_neighbours_failures_hold_no_browser_that_is_known(campus, settings):
    settings.ACCOUNT_RATE_LIMITS = {
        **settings.ACCOUNT_RATE_LIMITS,
        "unknown_browser": "20/m/ip",
    }
    (name,) = teachers(campus, 1)
    mark = "b" * 32
    with acting(SYSTEM):
        person = campus.units["实验小学"].people.get(username=name)
        accounts.know_device(person=person, mark=mark, at=clock.now())
    answers = [attempt(f"x{i}", "wrong", "10.5.5.5").status_code for i in range(30)]
    assert answers.count(429) == 10
    known = Client()
    known.cookies[browsers._name()] = mark
    assert is_in(attempt(name, NEW, "10.5.5.5", known))
