"""A named cast on a small campus serves every test."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import get_type_hints

import pytest
from aiosmtpd.controller import Controller
from django.test import Client

SEEDS = Path(__file__).parent.parent / "shared" / "seeds"
# The smallest picture there is: one grey pixel.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c636800000082008177cd72b60000000049454e44ae426082"
)
NOON = datetime(2026, 5, 20, 4, 0, tzinfo=UTC)  # a Wednesday, 12:00 in the schools' zone


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker):
    """Tables and the application's role, made by the owner in a process of its own."""
    subprocess.run([sys.executable, "-m", "anyuan.ops.cli", "migrate"], check=True)
    yield
    with django_db_blocker.unblock():
        from django.db import connections

        connections.close_all()


@pytest.fixture(autouse=True)
def _quick_and_closed(settings, monkeypatch):
    """Cheap passwords, plain static addresses, and no socket that leaves this machine."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.REQUESTS_A_MINUTE = 0
    connect = socket.socket.connect

    def only_here(self, address):
        if self.family != socket.AF_UNIX and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test tried to reach {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_here)


def filled(function, values):
    """Put those of many values that belong to the form of a verb into it; the others stay."""
    form = get_type_hints(function).get("given")
    if form is None or "given" in values:
        return values
    names = {f.name for f in fields(form)} & set(values)
    rest = {k: v for k, v in values.items() if k not in names}
    return {**rest, "given": form(**{name: values[name] for name in names})}


@dataclass
class Campus:
    """One district with two towns; 实验小学 and 柳湾中学, each with its people."""

    units: dict = field(default_factory=dict)
    people: dict = field(default_factory=dict)

    def viewer(self, name: str):
        from anyuan.org.people import queries

        return queries.viewer(self.people[name], date(2026, 5, 20))

    def client(self, name: str) -> Client:
        client = Client()
        client.force_login(self.people[name], backend="anyuan.org.accounts.sign_in.SignIn")
        return client


CAST = {
    "王门卫": ("guard", "实验小学"),
    "李老师": ("teacher", "实验小学"),
    "陈主任": ("safety_officer", "实验小学"),
    "赵校长": ("principal", "实验小学"),
    "孙民警": ("police", "城关街道"),
    "周干事": ("town_officer", "城关街道"),
    "林科长": ("district_officer", "青禾区"),
    "何局长": ("district_leader", "青禾区"),
    "管理员": ("operator", "青禾区"),
    "外人": ("principal", "柳湾中学"),
}


@pytest.fixture
def campus(db):
    from django.db import connection

    from anyuan.kernel.scoping import SYSTEM, acting, enter
    from anyuan.org.people.services import accounts
    from anyuan.org.units import services as units

    made = Campus()
    with acting(SYSTEM):
        opened = date(2015, 9, 1)
        root = made.units["青禾区"] = units.create(
            parent=None, kind="district", name="青禾区", opened_on=opened
        )
        for name in ("城关街道", "柳湾镇"):
            made.units[name] = units.create(parent=root, kind="town", name=name, opened_on=opened)
        made.units["实验小学"] = units.create(
            parent=made.units["城关街道"],
            kind="school",
            name="实验小学",
            opened_on=opened,
            stage="primary",
            urban=True,
            boarding=False,
            shifts=2,
            classes=3,
            pupils=900,
        )
        made.units["柳湾中学"] = units.create(
            parent=made.units["柳湾镇"],
            kind="school",
            name="柳湾中学",
            opened_on=opened,
            stage="secondary",
            urban=False,
            boarding=True,
            shifts=None,
            classes=2,
            pupils=400,
        )
        units.set_term(unit=root, name="春季学期", starts=date(2026, 2, 24), ends=date(2026, 7, 4))
        for i, (name, (role, unit)) in enumerate(CAST.items()):
            person = made.people[name] = accounts.create(
                username=f"u{i}",
                name=name,
                unit=made.units[unit],
                password="a-long-password",
                demo=True,
            )
            accounts.grant(person=person, role=role, unit=made.units[unit], since=opened)
    with connection.cursor() as cursor:
        enter(cursor, SYSTEM)
    return made


def put_in_force(campus, text: str, last_month: int = 7):
    """A district plan of this text, accepted as it was read and adopted from March on."""
    from anyuan.kernel.scoping import acting
    from anyuan.obligations.plans.services import adoption, reading, review
    from anyuan.record.evidence.services.files import Upload

    leader = campus.viewer("何局长")
    with acting(leader):
        (plan,) = reading.upload(
            unit=campus.units["青禾区"],
            files=[Upload("方案.txt", text.encode())],
            by=leader,
            at=NOON,
        )
        review.accept_rest(plan_id=plan.pk, by=leader, at=NOON)
        return adoption.adopt(
            plan_id=plan.pk,
            starts=date(2026, 3, 1),
            ends=date(2026, last_month + 1, 1),
            signature="何局长",
            by=leader,
            at=NOON,
        )


@pytest.fixture
def adopted(campus):
    """A district plan of three duties, adopted for the spring."""
    text = """青禾区护校安园工作方案
三、主要措施
1.保安每班校园巡逻不少于2遍,确保校园安全。
2.学校每月开展一次安全隐患排查。
3.城市校园技防达标率要达到90%以上。
4.每个校园至少配备4名专职保安员。
5.请各学校于6月底前将阶段工作总结上报区教育局。
"""
    return put_in_force(campus, text)


@pytest.fixture
def seed_text():
    files = list(SEEDS.glob("*.txt")) if SEEDS.is_dir() else []
    if not files:
        pytest.skip("the real plans are not here")
    return files[0]


class Mailbox:
    """A mail server's inside: keeps what comes, or refuses it."""

    def __init__(self):
        self.mails, self.answer = [], "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.answer.startswith("250"):
            self.mails.append((envelope.rcpt_tos, envelope.content.decode()))
        return self.answer


@pytest.fixture
def mailbox(settings):
    """A mail server on this machine, to which the program's mail goes."""
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=0, ready_timeout=10)
    # Port 0 cannot be probed by the controller, so a free one is found first.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server.port = probe.getsockname()[1]
    server.start()
    from anyuan.kernel.mail import mailers

    settings.MAILERS, settings.MAIL_FROM = (
        mailers(f"smtp://127.0.0.1:{server.port}"),
        "anyuan@example.cn",
    )
    yield box
    server.stop()


RUN = "ANYUAN_TEST_RUN"  # the process that began the tests; its workers inherit it


def pytest_configure(config):
    os.environ.setdefault(RUN, str(os.getpid()))


def pytest_sessionfinish(session):
    """What the workers of this run shared goes when the last of them has ended."""
    if os.environ[RUN] != str(os.getpid()):
        return
    for left in Path(tempfile.gettempdir()).glob(f"anyuan-sample-{os.environ[RUN]}*"):
        shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink()
