"""A full disk, a clock set back, a database away: each says what it is and loses nothing."""

from __future__ import annotations

import errno
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.record.evidence import queries
from anyuan.record.evidence.models import Attachment, Fact
from anyuan.record.evidence.services import files, recording
from conftest import NOON, PIXEL


def record(campus, at, uploads=()):
    viewer = campus.viewer("王门卫")
    with acting(viewer):
        return recording.record(
            unit=campus.units["实验小学"],
            fact=recording.NewFact(activity="patrol.round", occurred_at=at),
            by=viewer,
            at=at,
            uploads=uploads,
        )


def test_a_full_disk_refuses_the_photo_and_keeps_no_half_of_it(
    campus, monkeypatch, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path

    def full(self, data):
        self.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(Refused, match="存储已满"):
            record(campus, NOON, [files.Upload("a.png", PIXEL)])
    assert not Fact.objects.exists()
    assert not Attachment.objects.exists()
    record(campus, NOON, [files.Upload("a.png", PIXEL)])
    assert Attachment.objects.count() == 1


def test_a_clock_set_back_an_hour_leaves_the_chain_whole_and_in_the_order_of_recording(campus):
    first = record(campus, NOON)
    second = record(campus, NOON - timedelta(hours=1))
    third = record(campus, NOON + timedelta(minutes=1))
    assert [first.seq, second.seq, third.seq] == [1, 2, 3]
    with acting(SYSTEM):
        assert not list(queries.breaks())


def test_while_the_database_is_away_pages_say_so_and_phones_try_again(campus, monkeypatch):
    from anyuan.org.units import queries as units

    def away(*_args, **_kwargs):
        raise OperationalError("server closed the connection")

    client = campus.client("赵校长")
    client.raise_request_exception = False
    monkeypatch.setattr(units, "held_by", away)
    answer = client.get("/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "服务暂时连不上" in answer.content.decode()


def test_what_two_did_at_once_is_kept_once_and_said(campus, monkeypatch):
    """Past the check in code, the database's own constraint decides; the second hears so instead of
    an error.
    """
    from anyuan.org.people.models import Person

    li = campus.people["李老师"]
    from anyuan.org.people.services import persons

    monkeypatch.setattr(
        persons,
        "enter",
        lambda **_: Person.objects.create(unit=li.unit, name=li.name, number=li.number),
    )
    answer = campus.client("陈主任").post(
        "/organisation/people/enter/",
        {"name": "李老师"},
        HTTP_REFERER="http://testserver/organisation/people/",
        follow=True,
    )
    assert answer.redirect_chain[0][0] == "/organisation/people/"
    assert "没有重复办理" in answer.content.decode()
    assert Person.objects.filter(name="李老师").count() == 1


def test_a_parked_file_is_swept_after_an_hour(settings, tmp_path):
    import os
    import time

    from anyuan.kernel import pending_files

    settings.HOME = tmp_path
    old, fresh = pending_files.park(b"old", 1), pending_files.park(b"fresh", 1)
    (waiting,) = [p for p in (tmp_path / "parked").iterdir() if p.read_bytes() == b"old"]
    os.utime(waiting, (time.time() - 3700,) * 2)
    pending_files.sweep()
    assert (
        pending_files.fetch(old, 1),
        pending_files.fetch(fresh, 1),
        pending_files.fetch(fresh, 2),
        pending_files.fetch("x", 1),
    ) == (None, b"fresh", None, None)


def test_an_unexpected_error_is_a_page_too(campus, monkeypatch):
    from anyuan.org.units import queries as units

    monkeypatch.setattr(units, "held_by", lambda *_: 1 / 0)
    client = campus.client("赵校长")
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert "没有保存" in answer.content.decode()
