"""Whatever becomes of a file, it is named; and a file that was changed is never shown."""

from __future__ import annotations

import io
import os
import time
from datetime import timedelta

import pytest
from PIL import Image

from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.record.evidence import queries
from anyuan.record.evidence.models import Attachment
from anyuan.record.evidence.services import erasing, files, recording
from anyuan.record.evidence.services.files import Upload
from conftest import NOON


def photo():
    out = io.BytesIO()
    Image.frombytes("RGB", (8, 8), os.urandom(192)).save(out, "PNG")
    return Upload("x.png", out.getvalue())


@pytest.fixture
def facts(campus):
    """Two records of a school with a photo each, and one without."""
    made = []
    with acting(SYSTEM):
        for uploads in ([photo()], [photo()], []):
            new = recording.NewFact(activity="patrol.online", occurred_at=NOON)
            made.append(
                recording.record(
                    unit=campus.units["实验小学"], fact=new, by=SYSTEM, at=NOON, uploads=uploads
                )
            )
    return made


def said():
    with acting(SYSTEM):
        return sorted((a.seq, a.what) for a in queries.files_amiss())


def path_of(fact):
    return queries.attachment_path(fact.files[0])


def altered(fact, change):
    path = path_of(fact)
    path.write_bytes(change(path.read_bytes()))


def test_files_as_they_were_recorded_are_not_named(facts):
    assert said() == []


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:-1],
        lambda data: data + b"x",
        lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:],
        lambda data: b"",
        lambda data: photo().data,
    ],
)
def test_a_changed_file_is_named_and_not_shown(campus, facts, change):
    altered(facts[0], change)
    assert said() == [(facts[0].seq, "changed")]
    pk = Attachment.objects.get(fact=facts[0]).pk
    answer = campus.client("陈主任").get(f"/attachments/{pk}/")
    assert answer.status_code == 409 and "不予显示" in answer.content.decode()


def test_exchanged_and_missing_files_are_named(facts):
    one, other = path_of(facts[0]), path_of(facts[1])
    a, b = one.read_bytes(), other.read_bytes()
    one.write_bytes(b)
    other.write_bytes(a)
    assert said() == [(facts[0].seq, "changed"), (facts[1].seq, "changed")]
    other.unlink()
    assert (facts[1].seq, "missing") in said()


def test_what_was_erased_is_not_missed(campus, facts):
    zhao = campus.viewer("赵校长")
    with acting(zhao):
        fact = recording.record(
            unit=campus.units["实验小学"],
            fact=recording.NewFact(
                activity="hazard.found", occurred_at=NOON, payload={"subject": "某人"}
            ),
            by=zhao,
            at=NOON,
            uploads=[photo()],
        )
        erasing.erase(fact=fact, why="本人要求删除", by=zhao, at=NOON)
    path_of(fact).unlink(missing_ok=True)
    assert said() == []


def test_words_that_went_after_their_years_take_no_photo_along(campus):
    with acting(SYSTEM):
        new = recording.NewFact(
            activity="hazard.inspection",
            occurred_at=NOON,
            payload={"place": "食堂", "found": 1, "result": "厨师张三未戴帽"},
        )
        fact = recording.record(
            unit=campus.units["实验小学"], fact=new, by=SYSTEM, at=NOON, uploads=[photo()]
        )
        assert erasing.forget_words(NOON + timedelta(days=1), NOON + timedelta(days=2)) == 1
    path_of(fact).unlink()
    assert [what for _seq, what in said()] == ["missing"]


def test_what_was_erased_of_a_record_without_words_is_not_missed(facts):
    with acting(SYSTEM):
        erasing.erase(fact=facts[0], why="当事人要求", by=SYSTEM, at=NOON)
    path_of(facts[0]).unlink(missing_ok=True)
    assert said() == []


def test_what_no_row_names_is_cleared_away_after_a_day(facts, campus):
    with acting(SYSTEM):
        left = files.store(campus.units["实验小学"], photo())
        stray, kept = queries.attachment_path(left.digest), path_of(facts[0])
        assert files.sweep(time.time() + 3600) == 0 and stray.exists()
        assert files.sweep(time.time() + 2 * 86_400) >= 1
    assert kept.exists() and not stray.exists()
