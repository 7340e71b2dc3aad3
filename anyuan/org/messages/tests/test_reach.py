"""Messages leave by a real mail server and a real gateway on this machine; what was not taken is
never called sent.
"""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.cache import cache

from anyuan.kernel.commands import Refused
from anyuan.kernel.mail import mailers
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.messages import services
from anyuan.org.messages.models import Address, Channel, Message, Robot
from anyuan.org.messages.rules import ways
from anyuan.org.messages.services import addresses
from anyuan.org.people.models import Person
from conftest import NOON

SOON = NOON + timedelta(hours=1)


@pytest.fixture
def gateway(settings):
    taken, status = [], [200]

    class Gateway(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if status[0] == 200:
                taken.append(body)
            self.send_response(status[0])
            if status[0] == 307:
                self.send_header("Location", "/elsewhere")
                status[0] = 200  # whoever followed would be taken there
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.TEXT_GATEWAY = f"json://127.0.0.1:{server.server_port}/?:phone={{phone}}"
    settings.ADDRESS = "https://anyuan.example.cn"
    yield taken, status
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _in_earnest(settings):
    settings.DEMO = False


def said(campus, *names, key="k", path="/"):
    with acting(SYSTEM):
        return services.tell(
            unit=campus.units["实验小学"],
            persons=[campus.people[n] for n in names],
            key=key,
            subject="请替班",
            body="东门需要人",
            path=path,
            at=NOON,
            until=SOON,
        )


def test_an_address_counts_only_once_its_code_came_back(campus, mailbox):
    li = campus.viewer("李老师")
    with acting(li):
        with pytest.raises(Refused):
            addresses.enter(mail="not an address", by=li, at=NOON)
        addresses.enter(mail="li@example.cn", by=li, at=NOON)
    assert said(campus, "李老师") == 0
    services.send_due(NOON)
    ((to, text),) = mailbox.mails
    assert to == ["li@example.cn"]
    import email

    body = email.message_from_string(text).get_payload(decode=True).decode()
    code = next(w for w in body.split() if w.isdigit() and len(w) == 6)
    with acting(li):
        for wrong, at in (
            ("000000" if code != "000000" else "111111", NOON),
            (code, NOON + timedelta(minutes=31)),
        ):
            with pytest.raises(Refused):
                addresses.confirm(code=wrong, by=li, at=at)
        addresses.confirm(code=code, by=li, at=NOON)
    assert said(campus, "李老师") == 1
    services.send_due(NOON)
    assert len(mailbox.mails) == 2
    with acting(li):
        addresses.drop(by=li)
    assert said(campus, "李老师", key="k2") == 0


def confirmed(campus, name, mail):
    with acting(SYSTEM):
        Address.objects.create(
            unit=campus.people[name].unit, person=campus.people[name], mail=mail, confirmed_at=NOON
        )


def test_what_the_server_refuses_is_tried_again_and_then_given_up_never_called_sent(
    campus, mailbox
):
    confirmed(campus, "李老师", "li@example.cn")
    said(campus, "李老师")
    mailbox.answer = "451 busy"
    at = NOON
    services.send_due(at)
    with acting(SYSTEM):
        row = Message.objects.get()
        assert (row.state, row.tries, bool(row.error), "li@" in row.error) == (
            "waiting",
            1,
            True,
            False,
        )
    assert services.send_due(at) == 0  # not before its pause is over
    mailbox.answer = "250 OK"
    services.send_due(at + ways.pause(1))
    with acting(SYSTEM):
        row = Message.objects.get()
        assert (row.state, row.tries, row.error, len(mailbox.mails)) == ("sent", 2, "", 1)
    said(campus, "李老师", key="late")
    mailbox.answer = "451 busy"
    services.send_due(NOON)
    services.send_due(SOON)
    with acting(SYSTEM):
        assert Message.objects.get(key="late").state == "given_up"
    assert len(mailbox.mails) == 1


def test_a_server_that_is_not_there_is_tried_eight_times(campus, settings):
    settings.MAILERS, settings.MAIL_FROM = mailers("smtp://127.0.0.1:9"), "anyuan@example.cn"
    confirmed(campus, "李老师", "li@example.cn")
    with acting(SYSTEM):
        services.tell(
            unit=campus.units["实验小学"],
            persons=[campus.people["李老师"]],
            key="k",
            subject="s",
            body="b",
            at=NOON,
            until=NOON + timedelta(days=9),
        )
    at = NOON
    for _i in range(12):
        services.send_due(at)
        at += timedelta(hours=1)
    with acting(SYSTEM):
        row = Message.objects.get()
    assert (row.state, row.tries, row.sent_at) == ("given_up", ways.TRIES, None)


def test_a_message_that_breaks_its_sender_does_not_hold_up_the_rest(
    campus, mailbox, monkeypatch, caplog
):
    confirmed(campus, "李老师", "li@example.cn")
    said(campus, "李老师", key="first")
    said(campus, "李老师", key="second")
    broken = []

    def breaks(message):
        if not broken:
            broken.append(message.key)
            raise RuntimeError("li@example.cn")
        send(message)

    send = services._send_mail
    monkeypatch.setattr(services, "_send_mail", breaks)
    assert services.send_due(NOON) == 2
    assert len(mailbox.mails) == 1
    with acting(SYSTEM):
        assert {m.key: m.state for m in Message.objects.all()} == {
            "first": "waiting",
            "second": "sent",
        }
        assert "li@" not in Message.objects.get(key="first").error


def test_a_name_with_line_ends_forges_no_header(campus, mailbox):
    confirmed(campus, "李老师", "li@example.cn")
    with acting(SYSTEM):
        services.tell(
            unit=campus.units["实验小学"],
            persons=[campus.people["李老师"]],
            key="k",
            subject="空岗\r\nBcc: x@example.cn",
            body="b",
            at=NOON,
            until=SOON,
        )
    services.send_due(NOON)
    assert [to for to, _ in mailbox.mails] == [["li@example.cn"]]


def test_text_messages_go_to_mobile_numbers_with_the_page_to_go_on(campus, gateway):
    taken, status = gateway
    with acting(SYSTEM):
        Person.objects.filter(pk=campus.people["李老师"].pk).update(phone="+86 139-0000-0001")
        Person.objects.filter(pk=campus.people["王门卫"].pk).update(phone="0551-3333333")
        for name in ("李老师", "王门卫"):
            campus.people[name].refresh_from_db()
    assert said(campus, "李老师", "王门卫") == 1
    assert said(campus, "李老师", "王门卫") == 1  # said once, however often
    assert services.send_due(NOON) == 1
    assert [(t["phone"], t["title"], t["message"]) for t in taken] == [
        ("13900000001", "请替班", "东门需要人\nhttps://anyuan.example.cn/")
    ]
    status[0] = 500
    said(campus, "李老师", key="k2")
    services.send_due(NOON)
    with acting(SYSTEM):
        assert Message.objects.get(key="k2").state == "waiting"


def test_a_gateway_that_leads_elsewhere_is_not_followed(campus, gateway):
    taken, status = gateway
    status[0] = 307
    with acting(SYSTEM):
        Person.objects.filter(pk=campus.people["李老师"].pk).update(phone="13800138000")
        campus.people["李老师"].refresh_from_db()
    said(campus, "李老师")
    services.send_due(NOON)
    assert not taken
    with acting(SYSTEM):
        message = Message.objects.get(channel="text")
    assert (message.state, message.error) == ("waiting", "对方没有收下，或连不上")


def test_pages(campus, mailbox, settings):
    settings.DEMO = True
    cache.clear()
    client = campus.client("陈主任")
    page = client.post(
        "/organisation/messages/robots/add/",
        {"name": "安全群", "address": "dingtalk://0123456789abcdef0123456789abcdef"},
        follow=True,
    )
    assert "安全群" in page.content.decode()
    assert "0123456789abcdef" not in page.content.decode()
    robot = Robot.objects.get()
    assert (
        "在途"
        in client.post(
            f"/organisation/messages/robots/{robot.pk}/", {"do": "try"}, follow=True
        ).content.decode()
    )
    assert (
        "安全群"
        not in client.post(
            f"/organisation/messages/robots/{robot.pk}/", {"do": "remove"}, follow=True
        )
        .content.decode()
        .split("<table")[0]
        .split("due-list")[1]
    )
    assert campus.client("李老师").get("/organisation/messages/").status_code == 403
    teacher = campus.client("李老师")
    assert (
        "li@example.cn"
        in teacher.post(
            "/account/address/", {"mail": "li@example.cn"}, follow=True
        ).content.decode()
    )
    for _i in range(12):
        last = teacher.post("/account/address/", {"do": "confirm", "code": "000000"})
    assert last.status_code == 429


def test_a_demo_sends_nowhere(campus, settings):
    settings.DEMO = True
    with pytest.raises(services.NotSent):
        services._send(Message(channel=Channel.MAIL, key="x"))
