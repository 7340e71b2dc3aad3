"""Words that may name people can be erased for ever; what counts, and its proof, stay."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Denied, acting
from anyuan.kernel.shredding import lock, unlock
from anyuan.record.evidence import queries
from anyuan.record.evidence.models import Fact
from anyuan.record.evidence.services import erasing, files, recording
from conftest import NOON, PIXEL


@given(
    st.dictionaries(
        st.text(min_size=1).filter(lambda k: k != "~"),
        st.one_of(st.text(), st.integers(), st.booleans()),
    ),
    st.frozensets(st.text(min_size=1)),
)
def test_what_is_locked_comes_back_with_its_key_and_not_without(words, names):
    kept, key = lock(words, names)
    assert unlock(kept, key) == words
    assert unlock(kept, None) == {k: v for k, v in words.items() if k not in names}
    assert (key is None) == (not names & set(words))


@pytest.fixture
def record(campus):
    """A hazard found by 陈主任, corrected once, with a photo."""
    chen = campus.viewer("陈主任")
    with acting(chen):
        new = recording.NewFact(
            activity="hazard.inspection",
            occurred_at=NOON,
            payload={"place": "食堂", "found": 1, "result": "厨师张三未戴帽"},
        )
        first = recording.record(
            unit=campus.units["实验小学"],
            fact=new,
            by=chen,
            at=NOON,
            uploads=[files.Upload("a.png", PIXEL)],
        )
        change = recording.NewFact(
            activity="hazard.inspection",
            occurred_at=NOON,
            payload={"place": "食堂", "found": 2, "result": "厨师张三、李四未戴帽"},
        )
        second = recording.correct(fact=first, change=change, by=chen, at=NOON, reason="漏记李四")
    return first, second


def everything():
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(f::text, '') FROM evidence_fact f")
        return cursor.fetchone()[0]


def test_words_are_not_in_the_chain_itself_and_are_gone_with_their_keys(
    campus, record, django_capture_on_commit_callbacks
):
    first, second = record
    assert "张三" not in everything() and "李四" not in everything()
    zhao, chen = campus.viewer("赵校长"), campus.viewer("陈主任")
    photo = queries.attachment_path(first.files[0])
    with acting(chen):
        assert queries.words(second).said["result"] == "厨师张三、李四未戴帽"
        with pytest.raises(Denied):
            erasing.erase(fact=second, why="本人要求删除", by=chen, at=NOON)
    with acting(zhao):
        with pytest.raises(Refused):
            erasing.erase(fact=second, why="", by=zhao, at=NOON)
        assert photo.exists()
        with django_capture_on_commit_callbacks(execute=True):
            assert erasing.erase(fact=first, why="本人要求删除", by=zhao, at=NOON) == 2
            assert erasing.erase(fact=second, why="本人要求删除", by=zhao, at=NOON) == 0
        assert not photo.exists()
        for row in record:
            words = queries.words(Fact.objects.get(pk=row.pk))
            assert not {"result", "place"} & set(words.said)
            assert words.erased.why == "本人要求删除"
        # What counts is as it was, and so is its proof.
        assert list(queries.breaks()) == []
        assert queries.words(second).said["found"] == 2


def test_pages_say_that_it_was_erased(campus, record):
    second = record[1]
    client = campus.client("赵校长")
    page = client.get(f"/facts/{second.pk}/").content.decode()
    assert "李四" in page and "永久删除" in page
    assert "永久删除" not in campus.client("陈主任").get(f"/facts/{second.pk}/").content.decode()
    page = client.post(
        f"/facts/{second.pk}/erase/", {"why": "本人要求删除"}, follow=True
    ).content.decode()
    assert "李四" not in page and "本人要求删除" in page
    # It can still be corrected; the form no longer knows the words.
    assert (
        "李四" not in campus.client("陈主任").get(f"/facts/{second.pk}/correct/").content.decode()
    )


def test_a_photo_that_proves_something_else_too_stays(
    campus, record, django_capture_on_commit_callbacks
):
    chen, zhao = campus.viewer("陈主任"), campus.viewer("赵校长")
    with acting(chen):
        recording.record(
            unit=campus.units["实验小学"],
            fact=recording.NewFact(
                activity="patrol.round", occurred_at=NOON, payload={"place": "东门"}
            ),
            by=chen,
            at=NOON,
            uploads=[files.Upload("b.png", PIXEL)],
        )
    with acting(zhao), django_capture_on_commit_callbacks(execute=True):
        erasing.erase(fact=record[0], why="本人要求删除", by=zhao, at=NOON)
    assert queries.attachment_path(record[0].files[0]).exists()
