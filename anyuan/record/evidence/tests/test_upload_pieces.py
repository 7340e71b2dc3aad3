"""What phones send: files in pieces, clocks that are wrong."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image

from anyuan.kernel import upload_pieces
from anyuan.kernel.clock import now
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.record.evidence.models import Fact
from conftest import PIXEL


def send(client, **more):
    body = {"id": str(uuid4()), "verb": "fact.record", "at": "", **more}
    return client.post("/api/commands", json.dumps(body), content_type="application/json")


def fields(campus, **more):
    return {
        "unit": campus.units["实验小学"].pk,
        "activity": "patrol.round",
        "place": "东门",
        **more,
    }


def test_a_file_comes_in_pieces_and_goes_on_where_it_was_cut(settings, tmp_path):
    settings.HOME = tmp_path
    name = uuid4()
    assert upload_pieces.received(1, name) == 0
    assert upload_pieces.add(1, name, 0, b"abc") == 3
    assert upload_pieces.add(1, name, 0, b"abc") == 3  # sent twice
    assert upload_pieces.add(1, name, 5, b"x") == 3  # would leave a hole: go on from 3
    assert upload_pieces.add(1, name, 2, b"cdef") == 6  # overlaps what is here
    assert upload_pieces.read(1, name) == b"abcdef"
    assert upload_pieces.read(2, name) is None  # somebody else's
    with pytest.raises(Refused):
        upload_pieces.add(1, name, upload_pieces.LARGEST, b"x")
    upload_pieces.forget(1, name)
    assert upload_pieces.read(1, name) is None


def test_a_command_takes_its_photo_from_the_pieces(campus):
    client, photo = campus.client("王门卫"), uuid4()
    assert (
        client.put(
            f"/api/files/{photo}?offset=0", PIXEL[:40], content_type="application/octet-stream"
        ).json()["received"]
        == 40
    )
    assert client.get(f"/api/files/{photo}").json()["received"] == 40
    client.put(f"/api/files/{photo}?offset=40", PIXEL[40:], content_type="application/octet-stream")
    command = str(uuid4())
    answers = [
        send(client, id=command, fields=fields(campus), files=[str(photo)]) for _ in range(2)
    ]
    assert next(a.status_code for a in answers) == 200
    with acting(SYSTEM):
        fact = Fact.objects.get()
        assert (fact.how, len(fact.files)) == ("photographed", 1)
    assert (
        client.get(f"/api/files/{photo}").json()["received"] == 0
    )  # kept with the record, not twice


def test_a_repeat_after_the_photo_was_taken_gets_the_stored_answer(campus):
    client, photo, command = campus.client("王门卫"), uuid4(), str(uuid4())
    client.put(f"/api/files/{photo}?offset=0", PIXEL, content_type="application/octet-stream")
    first = send(client, id=command, fields=fields(campus), files=[str(photo)])
    again = send(client, id=command, fields=fields(campus), files=[str(photo)])
    assert first.json() == again.json()
    with acting(SYSTEM):
        assert Fact.objects.count() == 1


def test_a_photo_that_is_not_here_is_asked_for_again_and_nothing_is_recorded(campus):
    answer = send(campus.client("王门卫"), fields=fields(campus), files=[str(uuid4())])
    assert answer.status_code == 428
    with acting(SYSTEM):
        assert not Fact.objects.exists()


@pytest.mark.parametrize("wrong", [timedelta(hours=3), timedelta(hours=-3), timedelta(days=-400)])
def test_a_wrong_clock_is_corrected_by_when_it_says_it_sends(campus, wrong):
    moment = now()
    done, sent = moment - timedelta(minutes=20) + wrong, moment + wrong
    assert (
        send(
            campus.client("王门卫"),
            fields=fields(campus),
            at=done.isoformat(),
            sent=sent.isoformat(),
        ).status_code
        == 200
    )
    with acting(SYSTEM):
        fact = Fact.objects.get()
        assert abs(fact.occurred_at - (moment - timedelta(minutes=20))) < timedelta(seconds=20)
        assert fact.payload["clock_ahead"] == wrong / timedelta(minutes=1)
    page = campus.client("陈主任").get(f"/facts/{fact.pk}/").content.decode()
    assert (
        f"{'快' if wrong > timedelta(0) else '慢'} {abs(wrong) // timedelta(minutes=1)} 分钟"
        in page
    )


def test_a_right_clock_is_left_alone(campus):
    moment = now()
    send(
        campus.client("王门卫"),
        fields=fields(campus),
        at=(moment - timedelta(minutes=20)).isoformat(),
        sent=(moment - timedelta(seconds=60)).isoformat(),
    )
    with acting(SYSTEM):
        fact = Fact.objects.get()
        assert fact.occurred_at == moment - timedelta(minutes=20)
        assert "clock_ahead" not in fact.payload


@pytest.mark.parametrize(
    ("wrong", "ahead", "sent_wrong", "placed", "clock"),
    [
        (
            timedelta(hours=3),
            3 * 3600,
            timedelta(0),
            -20,
            180,
        ),  # wrong while it was done, put right before sending
        (timedelta(hours=-3), -3 * 3600, timedelta(0), -20, -180),
        (
            timedelta(hours=-1),
            0,
            timedelta(hours=-1),
            -20,
            -60,
            # set back since the last contact, and still: no sign-in at seven by a clock set to
            # seven
        ),
        (
            timedelta(days=-56 * 365),
            0,
            timedelta(0),
            0,
            -56 * 365 * 1440,
        ),  # lost its battery, and was put right before sending
        (timedelta(hours=3), None, timedelta(0), 0, 160),  # nobody knew: not later than it came
        (timedelta(hours=3), 0, timedelta(0), 0, 160),
        (
            timedelta(days=-56 * 365),
            0,
            timedelta(days=-56 * 365),
            -20,
            -56 * 365 * 1440,
        ),  # a clock that lost its battery
    ],
)
def test_a_clock_put_right_meanwhile_misplaces_nothing(
    campus, wrong, ahead, sent_wrong, placed, clock
):
    moment = now()
    done = moment - timedelta(minutes=20) + wrong
    answer = send(
        campus.client("王门卫"),
        fields=fields(campus),
        at=done.isoformat(),
        sent=(moment + sent_wrong).isoformat(),
        ahead=ahead,
    )
    assert answer.status_code == 200, answer.content
    with acting(SYSTEM):
        fact = Fact.objects.get()
        assert abs(fact.occurred_at - (moment + timedelta(minutes=placed))) < timedelta(seconds=20)
        assert fact.payload.get("clock_ahead") == (
            None if clock is None else pytest.approx(clock, abs=21)
        )


def another_pixel():
    """A picture that was never kept before."""
    out = io.BytesIO()
    Image.new("RGB", (2, 2), tuple(uuid4().bytes[:3])).save(out, "PNG")
    return out.getvalue()


def whole(photo, data):
    return {"id": str(photo), "size": len(data), "digest": hashlib.sha256(data).hexdigest()}


def test_half_a_file_waits_and_another_than_was_said_is_sent_anew(campus):
    client, photo, command = campus.client("王门卫"), uuid4(), str(uuid4())
    data = another_pixel()

    def put(body, offset=0):
        address = f"/api/files/{photo}?offset={offset}"
        return client.put(address, body, content_type="application/octet-stream")

    def ask():
        said = {"files": [str(photo)], "whole": [whole(photo, data)]}
        return send(client, id=command, fields=fields(campus), **said)

    put(data[:20])
    assert (ask().status_code, ask().json()["truth"]) == (428, "waiting")
    put(b"x" * (len(data) - 20), 20)
    assert ask().status_code == 428
    assert client.get(f"/api/files/{photo}").json()["received"] == 0
    put(data)
    assert ask().status_code == 200
    assert client.get(f"/api/files/{photo}").json()["received"] == 0


def test_more_photos_than_are_kept_are_refused_and_a_refused_command_frees_its_files(campus):
    client, photos = campus.client("王门卫"), [uuid4() for _i in range(7)]
    for photo in photos:
        client.put(f"/api/files/{photo}?offset=0", PIXEL, content_type="application/octet-stream")
    many = send(client, id=str(uuid4()), fields=fields(campus), files=[str(p) for p in photos])
    assert (many.status_code, many.json()["truth"]) == (422, "refused")
    wrong = {**fields(campus), "activity": "no.such"}
    refused = send(client, id=str(uuid4()), fields=wrong, files=[str(photos[0])])
    assert refused.status_code in {403, 409, 422}
    assert client.get(f"/api/files/{photos[0]}").json()["received"] == 0


def test_no_room_on_the_server_is_no_answer_and_the_same_command_does_it_later(campus, monkeypatch):
    client, photo, command = campus.client("王门卫"), uuid4(), str(uuid4())
    client.put(
        f"/api/files/{photo}?offset=0",
        another_pixel(),
        content_type="application/octet-stream",
    )
    with monkeypatch.context() as full:
        full.setattr(Path, "write_bytes", lambda *_: (_ for _ in ()).throw(OSError(28, "no space")))
        assert (
            send(client, id=command, fields=fields(campus), files=[str(photo)]).status_code == 503
        )
    answer = send(client, id=command, fields=fields(campus), files=[str(photo)])
    assert (answer.status_code, answer.json()["truth"]) == (200, "received")


def test_what_a_phone_takes_along_is_its_persons_alone(campus):
    found = campus.client("王门卫").get("/api/field").json()
    assert (found["name"], [u["name"] for u in found["units"]]) == ("王门卫", ["实验小学"])
    assert campus.client("王门卫").get("/api/field/me").json()["name"] == "王门卫"
    assert campus.client("管理员").get("/api/field").status_code == 403
