"""Files go by the operator's virus scanner, which here speaks clamd's protocol and knows one thing
that is evil.
"""

from __future__ import annotations

import json
import socketserver
import threading
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from anyuan.kernel import scanning
from anyuan.kernel.commands import Refused, TryLater
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.record.evidence.models import Fact
from conftest import PIXEL

EVIL = b"this is what the scanner was told to find"


class Clamd(socketserver.StreamRequestHandler):
    """INSTREAM and PING, as clamd(8) describes them."""

    def handle(self):
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1)
        if command == b"zPING\0":
            self.wfile.write(b"PONG\0")
            return
        assert command == b"zINSTREAM\0"
        data = b""
        while length := int.from_bytes(self.rfile.read(4), "big"):
            data += self.rfile.read(length)
        if len(data) > 1_000_000:
            self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
        else:
            self.wfile.write(b"stream: Test.Evil FOUND\0" if EVIL in data else b"stream: OK\0")


@pytest.fixture
def scanner(settings, tmp_path):
    server = socketserver.ThreadingUnixStreamServer(str(tmp_path / "clamd"), Clamd)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.CLAMD = str(tmp_path / "clamd")
    yield server
    server.shutdown()
    server.server_close()


def test_what_it_finds_is_refused_and_what_it_does_not_say_is_tried_later(
    scanner, settings, tmp_path
):
    assert scanning.answers()
    scanning.scan("a.jpg", b"x" * 200_000)
    with pytest.raises(Refused, match=r"a\.jpg 未通过"):
        scanning.scan("a.jpg", b"x" * 70_000 + EVIL)
    with pytest.raises(TryLater, match="size limit"):
        scanning.scan("a.jpg", b"x" * 1_000_001)
    settings.CLAMD = str(tmp_path / "nobody")
    assert not scanning.answers()
    with pytest.raises(TryLater):
        scanning.scan("a.jpg", b"x")
    settings.CLAMD = "127.0.0.1:1"
    assert not scanning.answers()
    settings.CLAMD = ""
    scanning.scan("a.jpg", EVIL)


def send(client, data):
    photo = uuid4()
    client.put(f"/api/files/{photo}?offset=0", data, content_type="application/octet-stream")
    body = {
        "id": str(uuid4()),
        "verb": "fact.record",
        "fields": {"unit": client.unit, "activity": "patrol.round", "place": "东门"},
        "files": [str(photo)],
    }
    return client.post("/api/commands", json.dumps(body), content_type="application/json")


@pytest.fixture
def phone(campus):
    client = campus.client("王门卫")
    client.raise_request_exception = False
    client.unit = campus.units["实验小学"].pk
    return client


def test_a_photo_a_plan_and_a_workbook_go_by_it(campus, phone, scanner):
    assert send(phone, PIXEL).json()["truth"] == "received"
    refused = send(phone, PIXEL + EVIL)
    assert (refused.status_code, refused.json()["truth"]) == (409, "refused")
    office: Client = campus.client("林科长")
    said = office.post(
        "/plans/upload/",
        {
            "unit": campus.units["青禾区"].pk,
            "file": SimpleUploadedFile("plan.txt", "第一条".encode() + EVIL),
        },
        follow=True,
    )
    assert "plan.txt 未通过病毒扫描" in said.content.decode()
    book = campus.client("陈主任").post(
        "/organisation/import/",
        {"file": SimpleUploadedFile("book.xlsx", b"PK" + EVIL)},
        follow=True,
    )
    assert "book.xlsx 未通过病毒扫描" in book.content.decode()
    with acting(SYSTEM):
        assert Fact.objects.count() == 1


def test_while_it_is_away_a_phone_keeps_its_photo_and_tries_again(
    campus, phone, settings, tmp_path
):
    settings.CLAMD = str(tmp_path / "nobody")
    answer = send(phone, PIXEL)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    with acting(SYSTEM):
        assert not Fact.objects.exists()
    settings.CLAMD = ""
    assert send(phone, PIXEL).json()["truth"] == "received"
