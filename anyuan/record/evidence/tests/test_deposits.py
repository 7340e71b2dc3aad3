"""Checkpoints go to a second place, and what the mail server said of them is told."""

from __future__ import annotations

import email
import json
from datetime import timedelta

import pytest
from django.apps import apps

from anyuan.kernel.clock import local_day
from anyuan.record.evidence import jobs, queries
from anyuan.record.evidence.services import checkpoints, deposits
from conftest import NOON

KEEPER = "keeper@other.example.cn"


@pytest.fixture
def signed(campus, settings):
    settings.DEMO, settings.CHECKPOINT_MAIL = False, [KEEPER]
    return checkpoints.sign(day=local_day(NOON), at=NOON)


def test_a_checkpoint_goes_to_its_second_place_once(signed, mailbox, campus, settings):
    assert deposits.send_waiting(NOON) == 1
    assert deposits.send_waiting(NOON + timedelta(hours=3)) == 0
    ((to, content),) = mailbox.mails
    (kept,) = _files(content)
    assert to == [KEEPER] and json.loads(kept) == signed
    assert checkpoints.check_checkpoint(json.loads(kept)) == []
    assert queries.last_checkpoint().taken_at == NOON
    assert "异地邮件服务器已于" in page(campus, settings)


def page(campus, settings):
    settings.DEMO = True  # whose accounts sign in
    return campus.client("何局长").get("/evidence/").content.decode()


def _files(content):
    parts = email.message_from_string(content).walk()
    return [p.get_payload(decode=True) for p in parts if p.get_filename()]


def test_what_the_mail_server_refused_is_said_and_tried_again(signed, mailbox, campus, settings):
    mailbox.answer = "554 no"
    assert deposits.send_waiting(NOON) == 0
    last = queries.last_checkpoint()
    assert last.taken_at is None and "554" in last.problem
    assert "554" in page(campus, settings)
    settings.DEMO = False
    mailbox.answer = "250 OK"
    assert deposits.send_waiting(NOON + timedelta(minutes=30)) == 0  # not in every half minute
    assert deposits.send_waiting(NOON + timedelta(minutes=90)) == 1
    assert queries.last_checkpoint().problem == ""


@pytest.mark.parametrize(("demo", "place"), [(True, [KEEPER]), (False, [])])
def test_nothing_goes_where_nothing_is_set_and_from_no_demo(signed, mailbox, settings, demo, place):
    settings.DEMO, settings.CHECKPOINT_MAIL = demo, place
    assert deposits.send_waiting(NOON) == 0 and mailbox.mails == []


def test_the_worker_sends_them_as_a_job_of_its_own():
    evidence = apps.get_app_config("evidence")
    assert [evidence.open(job.follow) for job in evidence.jobs] == [jobs.follow]
