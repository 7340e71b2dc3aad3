"""Acts take turns: whoever sends thousands from one address leaves turns to the others."""

from __future__ import annotations

import threading
import time

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.http import HttpResponse
from django.test import RequestFactory

from anyuan.config import turns
from anyuan.org.accounts.hashing import InTurn


class Work:
    """An act that lasts until it is told to end, and counts how many of it are under way."""

    def __init__(self):
        self.end = threading.Event()
        self.under_way, self.most = [], 0
        self.entered = threading.Condition()

    def __call__(self, request):
        with self.entered:
            self.under_way.append(request.META["REMOTE_ADDR"])
            self.most = max(self.most, len(self.under_way))
            self.entered.notify_all()
        assert self.end.wait(10)
        with self.entered:
            self.under_way.remove(request.META["REMOTE_ADDR"])
        return HttpResponse("done")

    def wait_until(self, count):
        with self.entered:
            assert self.entered.wait_for(lambda: len(self.under_way) >= count, 10)


@pytest.fixture
def work(monkeypatch):
    monkeypatch.setattr(turns, "_acts", turns.Line(2, 3))
    made = Work()
    yield made
    made.end.set()


@pytest.fixture
def act(work):
    """Send an act from an address; what was answered stands in the list that is given back."""
    threads = []
    middleware = turns.in_turn(work)

    def send(address, answers):
        answers.append(
            middleware(RequestFactory().post("/sign-in/", REMOTE_ADDR=address)).status_code
        )

    def begin(address):
        answers = []
        threads.append(threading.Thread(target=send, args=(address, answers)))
        threads[-1].start()
        return answers

    yield begin
    work.end.set()
    for thread in threads:
        thread.join(10)


def test_one_address_leaves_turns_to_another(work, act):
    for _i in range(20):
        act("10.0.0.1")
    work.wait_until(2)
    act("10.0.0.2")
    work.wait_until(3)
    assert sorted(work.under_way) == ["10.0.0.1", "10.0.0.1", "10.0.0.2"]


def test_all_are_done_in_the_end_and_never_more_at_once_than_there_are_turns(work, act):
    all_answers = [act(f"10.0.0.{i % 4}") for i in range(24)]
    work.wait_until(3)
    work.end.set()
    for _i in range(200):
        if all(all_answers):
            break
        time.sleep(0.05)
    assert all_answers == [[200]] * 24
    assert work.most <= 3
    assert turns._acts.inside == {}


def test_whoever_waits_too_long_is_asked_to_come_again(work, act, monkeypatch):
    monkeypatch.setattr(turns, "LONGEST", 0.05)
    act("10.0.0.1")
    act("10.0.0.1")
    work.wait_until(2)
    answer = turns.in_turn(work)(RequestFactory().post("/api/", REMOTE_ADDR="10.0.0.1"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_an_act_that_fails_gives_its_turn_back(monkeypatch):
    line = turns.Line(1, 1)
    for _i in range(3):
        with pytest.raises(ZeroDivisionError), line.turn("10.0.0.1", 0) as has_turn:
            assert has_turn
            1 / 0
    assert line.inside == {}


def test_passwords_are_hashed_one_at_a_time(monkeypatch):
    under_way, most = [], []

    def hashed(self, *args, **kwargs):
        under_way.append(1)
        most.append(len(under_way))
        time.sleep(0.02)
        under_way.pop()
        return "hash"

    monkeypatch.setattr(Argon2PasswordHasher, "encode", hashed)
    threads = [threading.Thread(target=InTurn().encode, args=("word", "salt")) for _i in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 5
