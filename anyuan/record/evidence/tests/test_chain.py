"""The chain tells who touched what; commands are applied once."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, acting, enter
from anyuan.record.evidence import api, queries
from anyuan.record.evidence.models import Chain, Fact
from anyuan.record.evidence.rules import GENESIS, SEALED, first_break, seal
from anyuan.record.evidence.services import checkpoints, files, recording
from conftest import NOON, PIXEL


def patrol(at=NOON, **more):
    return recording.NewFact(
        activity="patrol.round", occurred_at=at, payload={"place": "东门"}, slot="白班", **more
    )


@pytest.fixture
def three(campus):
    viewer = campus.viewer("王门卫")
    with acting(viewer):
        for i in range(3):
            recording.record(
                unit=campus.units["实验小学"],
                fact=patrol(NOON - timedelta(hours=i)),
                by=viewer,
                at=NOON,
            )
    with connection.cursor() as cursor:
        enter(cursor, SYSTEM)
    return list(
        Fact.objects.filter(unit=campus.units["实验小学"])
        .order_by("seq")
        .values(*SEALED, "prev_hash", "hash")
    )


def walk(facts, head=None):
    return first_break(
        facts[0]["unit_id"], facts, head or (3, facts[-1]["hash"] if len(facts) > 2 else "x")
    )


def test_a_whole_chain_has_no_break(three):
    assert walk(three) is None
    assert list(queries.breaks()) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", Decimal(9)),
        ("payload", {"place": "西门"}),
        ("day", date(2026, 5, 19)),
        ("by_name", "别人"),
        ("occurred_at", NOON - timedelta(days=1)),
        ("how", "scanned"),
        ("files", ["0" * 64]),
        ("withdrawn", True),
    ],
)
def test_any_altered_field_is_named(three, field, value):
    head = (3, three[-1]["hash"])
    three[1] = {**three[1], field: value}
    found = walk(three, head)
    assert (found.seq, found.what) == (2, "altered")


def test_a_removed_fact_is_named(three):
    head = (3, three[-1]["hash"])
    assert walk([three[0], three[2]], head).what == "removed"
    assert walk(three[:2], head).what == "removed"


def test_a_resealed_insertion_and_a_swap_are_named(three):
    head = (3, three[-1]["hash"])
    forged = {**three[1], "seq": 2, "quantity": Decimal(5)}
    forged["hash"] = seal(forged["prev_hash"], forged)
    assert walk([three[0], forged, three[2]], head).what == "reordered"
    swapped = [three[0], {**three[2], "seq": 2}, {**three[1], "seq": 3}]
    assert walk(swapped, head) is not None


def test_a_rewrite_of_the_whole_chain_shows_against_a_checkpoint(three, campus):
    exported = checkpoints.sign(day=date(2026, 5, 20), at=NOON)
    assert checkpoints.check_checkpoint(exported) == []
    unit = str(campus.units["实验小学"].pk)
    rewritten = {**exported, "heads": {**exported["heads"], unit: [3, "f" * 64]}}
    assert "签名" in checkpoints.check_checkpoint(rewritten)[0]
    resigned = {k: v for k, v in rewritten.items() if k != "signature"}
    resigned["signature"] = checkpoints.signing_key().sign(checkpoints._statement(resigned)).hex()
    assert unit in checkpoints.check_checkpoint(resigned)[0]


def test_the_database_itself_refuses_to_change_a_fact(three):
    for statement in (
        "UPDATE evidence_fact SET quantity = 7",
        "DELETE FROM evidence_fact",
        "TRUNCATE evidence_fact",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_bulk_and_single_recording_make_the_same_chain(campus):
    viewer = campus.viewer("王门卫")
    with acting(viewer):
        unit = campus.units["实验小学"]
        recording.record(unit=unit, fact=patrol(), by=viewer, at=NOON)
        assert (
            recording.record_many(
                unit=unit, facts=[patrol(), patrol(NOON - timedelta(days=1))], by=viewer, at=NOON
            )
            == 2
        )
        recording.record(unit=unit, fact=patrol(), by=viewer, at=NOON)
        assert Chain.objects.get(unit=unit).seq == 4
        assert list(queries.breaks()) == []


FIELDS = {"activity": "patrol.round", "place": "东门", "slot_shift": "白班"}


def send(
    campus, who="王门卫", unit="实验小学", command=None, moment=NOON, verb="fact.record", **fields
):
    return api.apply(
        campus.viewer(who),
        command or uuid4(),
        verb,
        {**FIELDS, "unit": campus.units[unit].pk if unit in campus.units else unit, **fields},
        "",
        moment,
    )


def count():
    with acting(SYSTEM):
        return Fact.objects.count()


def test_a_command_sent_twice_records_once_and_gets_the_same_answer(campus):
    command = uuid4()
    first = send(campus, command=command)
    assert first[0] == 200 and send(campus, command=command) == first
    assert count() == 1


def test_a_command_id_used_for_something_else_is_refused(campus):
    command = uuid4()
    send(campus, command=command)
    assert send(campus, command=command, place="西门")[0] == 409
    assert send(campus, who="李老师", command=command)[0] == 409
    assert count() == 1


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"occurred_at": "2026-05-21T09:00"}, 409, "将来"),
        ({"occurred_at": "2009-05-21T09:00"}, 409, "还没有成立"),
        ({"unit": 10**9}, 409, "不是您的单位"),
        ({"unit": "x"}, 422, "数字"),
        ({"activity": "no.such"}, 409, "no.such"),
        ({"place": ""}, 422, "填写"),
        ({"place": "长" * 200}, 422, "80"),
        ({"occurred_at": "昨天"}, 422, "时间"),
    ],
)
def test_bad_records_are_refused_with_a_remedy_and_nothing_is_kept(campus, change, status, words):
    got, answer = send(campus, **change)
    assert (got, answer["truth"]) == (status, "refused")
    assert words in answer["because"]
    assert count() == 0


def test_another_units_record_is_refused_as_if_the_unit_did_not_exist(campus):
    assert send(campus, who="外人", unit="实验小学") == send(
        campus, who="外人", unit="实验小学", place="西门"
    )
    assert count() == 0


def test_a_late_record_says_so_for_ever(campus):
    _, answer = send(campus, occurred_at="2026-05-18T09:00")
    assert answer["result"]["late"]


def test_a_correction_names_what_it_corrects_and_only_once(campus):
    _, answer = send(campus)
    fact = answer["result"]["fact"]
    change = {"fact": fact, "reason": "地点写错", "place": "西门", "slot_shift": "白班"}
    first = api.apply(campus.viewer("陈主任"), uuid4(), "fact.correct", change, "", NOON)
    assert first[0] == 200
    again = api.apply(campus.viewer("陈主任"), uuid4(), "fact.correct", change, "", NOON)
    assert again[0] == 409 and "已经更正" in again[1]["because"]
    guard = api.apply(campus.viewer("王门卫"), uuid4(), "fact.correct", change, "", NOON)
    assert guard[0] == 403


def test_uploads_are_judged_by_their_bytes(campus):
    viewer = campus.viewer("王门卫")
    unit = campus.units["实验小学"]
    with acting(viewer):
        for data, words in (
            (b"<svg onload=alert(1)>", "不是图片"),
            (b"\xff\xd8\xff" + b"0" * (9 << 20), "8 MB"),
        ):
            with pytest.raises(Refused, match=words):
                recording.record(
                    unit=unit,
                    fact=patrol(),
                    by=viewer,
                    at=NOON,
                    uploads=[files.Upload("a.jpg", data)],
                )
        row = recording.record(
            unit=unit,
            fact=patrol(),
            by=viewer,
            at=NOON,
            uploads=[files.Upload("../../a.png", PIXEL)],
        )
        (kept,) = queries.attachments(row)
        assert kept.name == "a.png" and row.files == [kept.digest]
        assert queries.attachment_path(kept.digest).read_bytes() == PIXEL


def test_the_seal_covers_every_field_that_says_something():
    fact = dict.fromkeys(SEALED) | {
        "quantity": Decimal(1),
        "occurred_at": datetime(2026, 1, 1, tzinfo=UTC),
        "recorded_at": datetime(2026, 1, 1, tzinfo=UTC),
        "payload": {},
        "files": [],
    }
    whole = seal(GENESIS, fact)
    assert whole != seal("1" * 64, fact)
    named = {f.name for f in Fact._meta.concrete_fields} | {
        f.attname for f in Fact._meta.concrete_fields
    }
    assert set(SEALED) <= named
    unsealed = {f.attname for f in Fact._meta.concrete_fields} - set(SEALED)
    assert unsealed == {"id", "prev_hash", "hash"}
    assert replace(patrol(), slot="夜班").slot == "夜班"
