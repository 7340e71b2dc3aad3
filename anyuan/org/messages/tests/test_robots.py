"""Robots of groups, against hosts of this machine that answer as their makers document it: 200, and
yes or no in the body.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from anyuan.kernel import secret
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, acting
from anyuan.org.messages import services
from anyuan.org.messages.forms import RobotForm
from anyuan.org.messages.models import Message, Robot
from anyuan.org.messages.rules import robots
from conftest import NOON

SOON = NOON + timedelta(hours=1)
HOOKS = {
    "wecombot": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7aaa-4bc4-97a0-0ec2sifa5aaa",
    "dingtalk": "https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef0123456789abcdef",
    "feishu": "https://open.feishu.cn/open-apis/bot/v2/hook/0123456789abcdef0123456789abcdef",
}
YES = {
    "wecombot": '{"errcode": 0, "errmsg": "ok"}',
    "dingtalk": '{"errcode": 0, "errmsg": "ok"}',
    "feishu": '{"code": 0, "msg": "success", "data": {}}',
}


@pytest.fixture
def host(settings, monkeypatch):
    """Takes what is sent, and answers `answer`: status and body."""
    settings.DEMO, settings.ADDRESS = False, "https://anyuan.example.cn"
    seen = {"asked": [], "answer": (200, "")}

    class Host(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            seen["asked"].append((self.path, body))
            status, words = seen["answer"]
            self.send_response(status)
            if status == 307:
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(words.encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    here = f"http://127.0.0.1:{server.server_port}"
    for kind, there in robots.HOSTS.items():
        parts = urlsplit(there)
        path = parts.path + ("?" + parts.query if parts.query else "")
        monkeypatch.setitem(robots.HOSTS, kind, here + path)
    yield seen
    server.shutdown()
    server.server_close()


def added(campus, kind, signs=""):
    chen = campus.viewer("陈主任")
    with acting(chen):
        return services.add_robot(
            unit=campus.units["实验小学"],
            form=RobotForm("安全群", HOOKS[kind], signs),
            by=chen,
            at=NOON,
        )


def told(campus, key="empty-1"):
    with acting(SYSTEM):
        services.tell_groups(
            unit=campus.units["实验小学"],
            key=key,
            subject="空岗：东门",
            body="无人签到",
            path="/",
            at=NOON,
            until=SOON,
        )
    services.send_due(NOON)
    with acting(SYSTEM):
        return Message.objects.get(key=key)


@pytest.mark.parametrize("kind", HOOKS)
def test_what_was_taken_is_sent_once(campus, host, kind):
    added(campus, kind)
    host["answer"] = 200, YES[kind]
    assert told(campus).state == told(campus).state == "sent"
    ((_path, body),) = host["asked"]
    assert "空岗：东门" in str(body) and "https://anyuan.example.cn/" in str(body)


@pytest.mark.parametrize(
    ("kind", "status", "answer", "words"),
    [
        ("wecombot", 200, '{"errcode": 93000, "errmsg": "invalid webhook url"}', "93000"),
        ("wecombot", 200, '{"errcode": 40058, "errmsg": "text exceed max length"}', "40058"),
        ("dingtalk", 200, '{"errcode": 310000, "errmsg": "keywords not in content"}', "keywords"),
        ("dingtalk", 200, '{"errcode": 310000, "errmsg": "sign not match"}', "sign not match"),
        ("dingtalk", 200, '{"errcode": 300001, "errmsg": "token is not exist"}', "300001"),
        (
            "feishu",
            200,
            '{"code": 19021, "msg": "sign match fail or timestamp is not within"}',
            "19021",
        ),
        ("feishu", 200, '{"code": 19024, "msg": "Key Words Not Found"}', "19024"),
        ("feishu", 200, '{"StatusCode": 19001, "StatusMessage": "x"}', "19001"),
        ("feishu", 400, '{"code": 9498, "msg": "Bad Request"}', "9498"),
        ("wecombot", 200, "<html>", "是否送达未知"),
        ("dingtalk", 200, "[]", "是否送达未知"),
        ("feishu", 200, '{"code": null}', "是否送达未知"),
        ("wecombot", 502, "", "是否送达未知"),
        ("wecombot", 307, "", "是否送达未知"),
    ],
)
def test_what_was_refused_is_never_called_sent(campus, host, kind, status, answer, words):
    added(campus, kind)
    host["answer"] = status, answer
    message = told(campus)
    assert message.state == "waiting" and words in message.error and message.sent_at is None
    assert len(host["asked"]) == 1


@pytest.mark.parametrize(
    ("kind", "status", "answer"),
    [
        ("wecombot", 200, '{"errcode": 45009, "errmsg": "api freq out of limit"}'),
        ("dingtalk", 200, '{"errcode": 130101, "errmsg": "send too fast"}'),
        ("feishu", 200, '{"code": 11232, "msg": "frequency limited"}'),
        ("feishu", 429, ""),
    ],
)
def test_too_many_at_once_waits_for_as_long_as_the_other_side_is_silent(
    campus, host, kind, status, answer
):
    added(campus, kind)
    host["answer"] = status, answer
    message = told(campus)
    assert message.state == "waiting"
    assert message.next_at == NOON + robots.TOO_MANY[kind][1]
    services.send_due(NOON + timedelta(seconds=30))
    assert len(host["asked"]) == 1


def test_a_robot_that_signs_is_signed_to(campus, host):
    signs = "SECabcdef0123456789"
    added(campus, "dingtalk", signs)
    host["answer"] = 200, YES["dingtalk"]
    told(campus)
    ((path, _body),) = host["asked"]
    asked = parse_qs(urlsplit(path).query)
    at = asked["timestamp"][0]
    made = hmac.new(signs.encode(), f"{at}\n{signs}".encode(), hashlib.sha256).digest()
    assert base64.b64decode(asked["sign"][0]) == made and len(at) == 13


def test_feishu_signs_in_the_body(campus, host):
    signs = "abcdef0123456789"
    added(campus, "feishu", signs)
    host["answer"] = 200, YES["feishu"]
    told(campus)
    ((_path, body),) = host["asked"]
    made = hmac.new(f"{body['timestamp']}\n{signs}".encode(), b"", hashlib.sha256).digest()
    assert base64.b64decode(body["sign"]) == made


def test_only_robots_of_known_hosts_are_taken_and_kept_sealed(campus):
    chen, school = campus.viewer("陈主任"), campus.units["实验小学"]
    with acting(chen):
        for bad in (
            "json://127.0.0.1/",
            "https://example.cn/hook?key=abcdefghijklmnop1234",
            "wecombot://short",
            "https://qyapi.weixin.qq.com.evil.cn/cgi-bin/webhook/send?key=abcdefghijklmnop1234",
        ):
            with pytest.raises(Refused):
                services.add_robot(unit=school, form=RobotForm("x", bad, ""), by=chen, at=NOON)
        with pytest.raises(Refused):
            form = RobotForm("x", HOOKS["dingtalk"], "with spaces and /")
            services.add_robot(unit=school, form=form, by=chen, at=NOON)
    robot = added(campus, "dingtalk", "SECabcdef0123456789")
    assert "SECabcdef" not in Robot.objects.get().sealed
    kept = robots.Hook.read(secret.unseal("robot", robot.sealed))
    assert (kept.kind, kept.secret) == ("dingtalk", "SECabcdef0123456789")
    assert kept.kept == robots.robot_address(HOOKS["dingtalk"], kept.secret)
    with acting(campus.viewer("李老师")), pytest.raises(Denied):
        services.try_robot(robot_id=robot.pk, by=campus.viewer("李老师"), at=NOON)
    for kind, hook in HOOKS.items():
        found = robots.Hook.read(robots.robot_address(hook))
        assert hook == robots.HOSTS[kind] + found.key


def test_a_host_that_is_not_there_is_said(campus, monkeypatch, settings):
    settings.DEMO = False
    added(campus, "feishu")
    monkeypatch.setitem(robots.HOSTS, "feishu", "http://127.0.0.1:9/")
    assert "连不上" in told(campus).error
