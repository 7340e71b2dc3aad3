"""What an operator sees: metrics for those who may, log lines without people in them, a doctor that
finds what is wrong.
"""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation

from anyuan.kernel.clock import local_day
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.ops import doctor
from anyuan.ops.logs import AsJson, WithRequestId
from anyuan.org.people.models import RoleGrant
from anyuan.record.evidence.services import checkpoints, deposits
from anyuan.record.proof import services as proof
from conftest import NOON


def test_metrics_are_for_this_machine_or_the_token(db, settings):
    near = Client(REMOTE_ADDR="127.0.0.1")
    near.get("/health/")
    body = near.get("/metrics/").content.decode()
    assert 'anyuan_requests_total{method="GET",route="health/",status="200"}' in body
    assert "anyuan_database_up 1.0" in body
    assert Client(REMOTE_ADDR="10.0.0.9").get("/metrics/").status_code == 404
    assert near.get("/metrics/", HTTP_X_FORWARDED_FOR="10.0.0.9").status_code == 404
    settings.METRICS_TOKEN = "s3cret"
    assert near.get("/metrics/").status_code == 404
    assert (
        Client(REMOTE_ADDR="10.0.0.9")
        .get("/metrics/", HTTP_AUTHORIZATION="Bearer s3cret")
        .status_code
        == 200
    )


def test_a_line_has_the_request_and_its_route_and_nobody(campus):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(AsJson())
    handler.addFilter(WithRequestId())
    log = logging.getLogger("anyuan.access")
    log.addHandler(handler)
    log.setLevel("INFO")
    try:
        person = campus.people["李老师"]
        answer = campus.client("陈主任").get(
            f"/organisation/people/{person.pk}/?q=李老师", HTTP_X_REQUEST_ID="abcd-1234-efgh"
        )
    finally:
        log.removeHandler(handler)
        log.setLevel("NOTSET")
    line = json.loads(stream.getvalue())
    assert answer["X-Request-Id"] == line["request_id"] == "abcd-1234-efgh"
    assert line["route"] == "organisation/people/<int:person_id>/"
    assert "李老师" not in stream.getvalue()
    assert str(person.pk) + "/" not in line["message"]


@pytest.mark.parametrize("given", ["x", "a" * 80, "<script>", "a b c d e f g"])
def test_a_strange_request_id_is_replaced(db, given):
    assert Client().get("/health/", HTTP_X_REQUEST_ID=given)["X-Request-Id"] != given


def test_the_doctor_finds_what_is_missing(campus, settings):
    settings.DEMO = False
    settings.MFA_ROLES = frozenset({"principal"})
    with acting(SYSTEM):
        proof.seal_anew(NOON)
    found = {f.what: f for f in doctor.look()}
    assert found["数据表是当前版本"].ok
    assert found["记录、数据行和文件与封存时一致"].ok
    assert found["后台进程在运行"].ok is False
    assert any("重要账号还没有两步验证" in what for what in found)
    assert any("示例账号" in what and not f.ok for what, f in found.items())
    with acting(SYSTEM):
        RoleGrant.objects.all().delete()
    found = {f.what: f for f in doctor.look()}
    assert "重要账号都有两步验证" in found
    # Not only records: a role that went past the program is told too.
    assert found["记录、数据行和文件与封存时一致"].ok is False


def test_a_check_that_breaks_is_a_finding(monkeypatch):
    def broken():
        raise RuntimeError("x")
        yield

    monkeypatch.setattr(doctor, "CHECKS", [broken])
    assert doctor.look()[0].ok is False


def test_the_doctor_before_init_says_that_there_is_nothing_and_makes_nothing(tmp_path):
    home = tmp_path / "none"
    for lang, said in (("zh_CN.UTF-8", "还没有安装"), ("en_GB.UTF-8", "no installation")):
        asked = {"PATH": os.environ["PATH"], "ANYUAN_HOME": str(home), "LANG": lang}
        command = [sys.executable, "-m", "anyuan.ops.cli", "doctor"]
        run = subprocess.run(command, env=asked, capture_output=True, text=True, check=False)
        assert run.returncode == 1 and said in run.stdout, run.stderr
    assert not home.exists()


def test_the_doctor_speaks_english_too(campus, settings):
    with translation.override("en"):
        assert "records, rows and files are as they were sealed" in {f.what for f in doctor.look()}


def _second_place():
    (one,) = doctor.second_place()
    return one.ok


def test_the_doctor_says_whether_checkpoints_reach_a_second_place(
    campus, settings, mailbox, monkeypatch
):
    monkeypatch.setattr("anyuan.kernel.clock.now", lambda: NOON)
    settings.DEMO, settings.CHECKPOINT_MAIL = False, []
    assert _second_place() is None
    settings.CHECKPOINT_MAIL = ["keeper@other.example.cn"]
    checkpoints.sign(day=local_day(NOON), at=NOON)
    assert _second_place() is False
    deposits.send_waiting(NOON)
    assert _second_place() is True
    monkeypatch.setattr("anyuan.kernel.clock.now", lambda: NOON + timedelta(days=4))
    assert _second_place() is False
