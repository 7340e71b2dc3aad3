"""The JSON interface attacked from its own description; hostile files; ids of other units at every
address.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib

import pytest
import schemathesis
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from PIL import Image

from anyuan.config.urls import api
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, acting, enter
from anyuan.record.evidence.models import Attachment, Fact
from anyuan.record.evidence.services import files, recording
from conftest import CAST, NOON, PIXEL

SCHEMA = schemathesis.openapi.from_dict(api.get_openapi_schema())
TRUTHS = {200: "received", 403: "refused", 409: "refused", 422: "refused", 428: "waiting"}


@pytest.mark.parametrize("name", [*CAST, None])
def test_whatever_is_sent_gets_a_documented_answer_and_leaves_no_trace_of_others(campus, name):
    client = campus.client(name) if name else Client()
    before = Fact.objects.exclude(unit=campus.units["实验小学"]).count()

    @settings(
        max_examples=30, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=SCHEMA["/api/commands"]["POST"].as_strategy())
    def attack(case):
        body = (
            case.body
            if isinstance(case.body, (dict, list, str, int, float, bool, type(None)))
            else {}
        )
        answer = client.post(
            "/api/commands", json.dumps(body, default=str), content_type="application/json"
        )
        assert answer.status_code in {401, *TRUTHS}, (answer.status_code, body)
        if answer.status_code in TRUTHS and "truth" in answer.json():
            assert answer.json()["truth"] == TRUTHS[answer.status_code]

    attack()
    with connection.cursor() as cursor:
        enter(cursor, SYSTEM)
    assert Fact.objects.exclude(unit=campus.units["实验小学"]).count() == before


@pytest.mark.parametrize("name", [*CAST])
def test_a_command_reaches_only_ones_own_units_whatever_the_fields_say(campus, name):
    client = campus.client(name)
    reach = campus.viewer(name).scopes
    for other, unit in campus.units.items():
        fields = {"unit": unit.pk, "activity": "patrol.round", "place": "东门"}
        status = client.post(
            "/api/commands",
            json.dumps(
                {
                    "id": f"00000000-0000-4000-8000-{unit.pk:012d}",
                    "verb": "fact.record",
                    "fields": fields,
                }
            ),
            content_type="application/json",
        ).status_code
        within = any(unit.path.startswith(s) for s in reach)
        assert (status == 200) <= within, (name, other, status)
        with connection.cursor() as cursor:
            enter(cursor, SYSTEM)


# -- files ------------------------------------------------------------------------
def bomb():
    """A valid PNG that says it is 40,000 × 40,000 pixels."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def packed(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        for name, data in files.items():
            zipped.writestr(name, data)
    return out.getvalue()


def gif():
    out = io.BytesIO()
    Image.new("L", (2, 2)).save(out, "GIF")
    return out.getvalue()


HOSTILE = {
    "svg with script": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": b"<!DOCTYPE html><script>alert(1)</script>",
    "pixel bomb": bomb(),
    "first bytes of a picture and then a page": b"\xff\xd8\xff<script>alert(1)</script>",
    "sound that calls itself a picture": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "gif, which we don't take": gif(),
    "zip that is no document": packed(**{"a.txt": b"x"}),
    "document with macros": packed(**{"word/document.xml": b"<w/>", "word/vbaProject.bin": b"x"}),
    "program": b"MZ\x90\x00",
    "cut picture": PIXEL[:20],
    "nothing": b"",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_and_nothing_is_recorded(campus, what):
    viewer = campus.viewer("王门卫")
    with acting(viewer), pytest.raises(Refused):
        recording.record(
            unit=campus.units["实验小学"],
            fact=recording.NewFact(activity="patrol.round", occurred_at=NOON),
            by=viewer,
            at=NOON,
            uploads=[files.Upload("photo.png", HOSTILE[what])],
        )
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..\\..\\boot.ini",
        "/etc/passwd",
        "a\x00.png",
        "x" * 5000 + ".png",
        '"><img src=x>.png',
        "a\r\nSet-Cookie: x=1.png",
    ],
)
def test_a_name_with_tricks_stays_a_name(campus, name):
    viewer, school = campus.viewer("王门卫"), campus.units["实验小学"]
    with acting(viewer):
        try:
            fact = recording.record(
                unit=school,
                fact=recording.NewFact(activity="patrol.round", occurred_at=NOON),
                by=viewer,
                at=NOON,
                uploads=[files.Upload(name, PIXEL)],
            )
        except Refused:
            return
        row = fact.attachments.get()
    assert "/" not in row.name
    assert len(row.name) <= 120
    answer = campus.client("王门卫").get(f"/attachments/{row.pk}/")
    assert answer.content == PIXEL
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert "Set-Cookie" not in answer.headers
    assert "sandbox" in answer["Content-Security-Policy"]
