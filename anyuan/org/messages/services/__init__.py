"""Writes of addresses, robots and messages; and the sending itself."""

from __future__ import annotations

import logging
import secrets
import smtplib
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import apprise
import requests
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel import live, secret
from anyuan.kernel.commands import Refused
from anyuan.kernel.matters import Matter, Step
from anyuan.kernel.scoping import SYSTEM, Viewer, acting
from anyuan.org.audit import services as audit
from anyuan.org.people.models import Person
from anyuan.org.units.models import Unit

from .. import queries
from ..forms import RobotForm
from ..models import Address, Channel, InboxEntry, Message, MessageState, Robot
from ..rules import robots, ways

log = logging.getLogger(__name__)

PATIENCE = 10  # seconds for the answer of a group's host


class NotSent(Exception):
    """It did not go out: why, without names, and for how long the other side takes nothing."""

    def __init__(self, words: str, wait: timedelta | None = None) -> None:
        super().__init__(words)
        self.wait = wait


# -- saying ---------------------------------------------------------------------
@transaction.atomic
def tell(
    *,
    unit: Unit,
    persons: Iterable[Person],
    key: str,
    subject: str,
    body: str,
    path: str = "",
    at: datetime,
    until: datetime,
) -> int:
    """Say something to people by every way that leads to each; returns how many of them some way
    leads to.

    The same `key` is said once to a person; after `until` it is not sent any more. `path` is the
    page where they go on.
    """
    people = list(persons)
    leading = queries.channels_to(people)
    text = _with_link(body, path)
    _put_in_inboxes(unit, people, key, subject, body, path, at)
    _keep(
        Message(
            unit=unit,
            person=p,
            channel=channel,
            key=key,
            subject=subject[:80],
            body=text,
            made_at=at,
            until=until,
            next_at=at,
        )
        for p in people
        for channel in leading[p.pk]
    )
    return sum(1 for p in people if leading[p.pk])


@transaction.atomic
def tell_groups(
    *, unit: Unit, key: str, subject: str, body: str, path: str = "", at: datetime, until: datetime
) -> int:
    """Say something once in every group of a unit; returns in how many."""
    groups = queries.robots(unit)
    text = _with_link(body, path)
    _keep(
        Message(
            unit=unit,
            robot=r,
            channel=Channel.ROBOT,
            key=key,
            subject=subject[:80],
            body=text,
            made_at=at,
            until=until,
            next_at=at,
        )
        for r in groups
    )
    return len(groups)


def _keep(messages: Iterable[Message]) -> None:
    """Let messages wait, each once; whoever sends is woken only if there are any."""
    rows = list(messages)
    Message.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        live.notify("messages")


def _put_in_inboxes(
    unit: Unit,
    people: Iterable[Person],
    key: str,
    subject: str,
    body: str,
    page: str,
    at: datetime,
) -> None:
    """Let whoever signs in find it there too, once."""
    entries = [
        InboxEntry(
            unit=unit, person=p, key=key, subject=subject[:80], body=body, page=page, made_at=at
        )
        for p in people
        if p.username
    ]
    InboxEntry.objects.bulk_create(entries, ignore_conflicts=True)


def _with_link(body: str, path: str) -> str:
    return f"{body}\n{settings.ADDRESS}{path}" if path and settings.ADDRESS else body


# -- robots and sending ----------------------------------------------------------
@transaction.atomic
def add_robot(*, unit: Unit, form: RobotForm, by: Viewer, at: datetime) -> Robot:
    """Let messages of a unit go to a group. :raises Refused: not a robot's address."""
    by.require("org.edit", unit.path)
    kept = robots.robot_address(form.address, form.secret)
    if kept is None:
        raise Refused(
            _(
                "Copy the web hook that the group's robot shows: of WeCom, DingTalk or Feishu, and"
                " its signing secret if it has one."
            )
        )
    row, _new = Robot.objects.update_or_create(
        unit=unit,
        name=form.name,
        defaults={
            "kind": robots.kind_of(kept),
            "sealed": secret.seal("robot", kept),
            "added_by": by.name[:40],
            "added_at": at,
        },
    )
    audit.record("robot.added", by=by, at=at, unit_id=unit.pk, subject=form.name, robot=row.pk)
    return row


@transaction.atomic
def try_robot(*, robot_id: int, by: Viewer, at: datetime) -> None:
    """Send a word to a group, to see whether it arrives."""
    row = queries.robot(robot_id)
    by.require("org.edit", row.unit.path)
    Message.objects.create(
        unit=row.unit,
        robot=row,
        channel=Channel.ROBOT,
        key=f"try-{secrets.token_hex(8)}",
        subject="安园",
        body="安园已接入本群：这是一条测试消息。",
        made_at=at,
        until=at + timedelta(minutes=10),
        next_at=at,
    )
    live.notify("messages")


@transaction.atomic
def remove_robot(*, robot_id: int, by: Viewer, at: datetime) -> Unit:
    row = queries.robot(robot_id)
    by.require("org.edit", row.unit.path)
    audit.record("robot.removed", by=by, at=at, unit_id=row.unit_id, subject=row.name, robot=row.pk)
    row.delete()
    return row.unit


# -- sending ------------------------------------------------------------------------
def send_due(at: datetime) -> int:
    """Send what is due, one message after the other; returns how many were tried.

    Each is taken for itself and noted at once. Whoever is killed between the answer of the other
    side and that note says it twice;
    nothing is ever noted as sent that was not taken by the other side.
    """
    tried = 0
    while (message := _take(at)) is not None:
        tried += 1
        try:
            _send(message)
        except NotSent as problem:
            _note(message, at, str(problem), problem.wait)
        except Exception as problem:
            # One message that nothing was prepared for must not keep the others from going.
            log.exception("a message could not be sent")
            _note(message, at, f"程序出错（{type(problem).__name__}）")
        else:
            _note(message, at, "")
    return tried


def _take(at: datetime) -> Message | None:
    """The next message to try; it is put off first, so that a message that kills its sender does
    not hold up the rest.
    """
    with acting(SYSTEM):
        Message.objects.filter(state=MessageState.WAITING, until__lte=at).update(
            state=MessageState.GIVEN_UP, error="已过时"
        )
        waiting = Message.objects.filter(
            state=MessageState.WAITING, next_at__lte=at
        ).select_for_update(skip_locked=True, of=("self",))
        found = waiting.select_related("person", "robot", "unit").order_by("next_at", "pk").first()
        if found is not None:
            found.tries += 1
            Message.objects.filter(pk=found.pk).update(
                tries=found.tries, next_at=at + ways.pause(found.tries)
            )
        return found


def _note(message: Message, at: datetime, problem: str, wait: timedelta | None = None) -> None:
    with acting(SYSTEM):
        row = Message.objects.filter(pk=message.pk)
        if not problem:
            row.update(state=MessageState.SENT, sent_at=at, error="")
        elif message.tries >= ways.TRIES:
            row.update(state=MessageState.GIVEN_UP, error=problem[:200])
        elif wait:
            row.update(error=problem[:200], next_at=at + wait)
        else:
            row.update(error=problem[:200])


def _send(message: Message) -> None:
    """:raises NotSent:"""
    if settings.DEMO:
        # Nobody of the sample is somebody; what is tried in it reaches nobody.
        raise NotSent("示例不向外发送")
    if message.channel == Channel.MAIL:
        _send_mail(message)
    elif message.channel == Channel.TEXT and message.person is not None:
        number = ways.mobile(message.person.phone)
        if not number or not settings.TEXT_GATEWAY:
            raise NotSent("没有可发短信的手机号或短信网关")
        _send_by_apprise(settings.TEXT_GATEWAY.replace("{phone}", number), message)
    elif message.robot is not None:
        _send_to_group(secret.unseal("robot", message.robot.sealed), message)


def _send_mail(message: Message) -> None:
    with acting(SYSTEM):
        to = Address.objects.filter(person_id=message.person_id or 0).first()
    if to is None or not (to.confirmed_at or message.key.startswith("confirm-")):
        raise NotSent("没有已确认的邮箱")
    try:
        EmailMessage(
            " ".join(message.subject.split()), message.body, settings.MAIL_FROM, [to.mail]
        ).send(using="default")
    except (OSError, smtplib.SMTPException) as error:
        # The server's own words may hold the address.
        answer = f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()
        raise NotSent(f"邮件服务器没有收下（{answer}）") from error


def _send_to_group(address: str, message: Message) -> None:
    hook = robots.Hook.read(address)
    asked = robots.ask(hook, f"{message.subject}\n{message.body}", int(time.time()))
    try:
        # Whoever answers with another address is not followed.
        answer = requests.post(
            asked.address, json=asked.body, timeout=PATIENCE, allow_redirects=False
        )
        robots.judge(hook.kind, answer.status_code, answer.text)
    except requests.RequestException as error:
        raise NotSent(f"连不上（{type(error).__name__}）") from error
    except robots.NotTaken as refused:
        raise NotSent(str(refused), refused.wait) from refused


def _send_by_apprise(address: str, message: Message) -> None:
    # Whoever answers with another address is not followed.
    sender = apprise.Apprise(asset=apprise.AppriseAsset(http_redirects=False))
    if not sender.add(address):
        raise NotSent("地址无法识别")
    if not sender.notify(body=message.body, title=message.subject):
        raise NotSent("对方没有收下，或连不上")


def forget_messages(at: datetime) -> int:
    """Messages a month after they were made."""
    return Message.objects.filter(made_at__lt=at - timedelta(days=31)).delete()[0]


# -- matters ------------------------------------------------------------------------
def tell_matters(matters: Iterable[Matter], at: datetime) -> int:
    """Send what is due of these matters' steps, each once to each person and group.

    Returns how many steps were due and had not been said. Queries grow with those alone.
    """
    due = [
        (m, step)
        for m in matters
        for step in m.steps
        if at >= (m.since or at) + step.after and (m.until is None or at < m.until)
    ]
    said = queries.already_sent([_step_key(m, step) for m, step in due])
    fresh = [(m, step) for m, step in due if _step_key(m, step) not in said]
    for matter, step in fresh:
        _tell_step(matter, step, at)
    return len(fresh)


@transaction.atomic
def _tell_step(matter: Matter, step: Step, at: datetime) -> None:
    unit = Unit.objects.get(pk=matter.unit_id)
    until = matter.until or at + timedelta(days=1)
    how: dict[str, Any] = {
        "unit": unit,
        "key": _step_key(matter, step),
        "subject": step.subject,
        "body": step.body,
        "path": step.path,
        "at": at,
        "until": until,
    }
    persons = Person.objects.filter(pk__in=step.persons, left_on=None).order_by("pk")
    tell(persons=persons, **how)
    if step.groups:
        tell_groups(**how)


def _step_key(matter: Matter, step: Step) -> str:
    return f"{matter.key}-{step.name}" if step.name else matter.key
