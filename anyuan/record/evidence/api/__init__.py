"""The command endpoint that every phone uses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status

from anyuan.kernel import manifest, upload_pieces
from anyuan.kernel.clock import now
from anyuan.kernel.commands import Act, NotNow, Refused
from anyuan.kernel.http import viewer_of
from anyuan.kernel.scoping import Denied, Viewer, acting

from ..forms import Invalid, parse_moment
from ..services import commands, files

router = Router(tags=["commands"])
A_CENTURY = 3.2e9  # seconds
# Seconds after which what was done would long be forgotten by the phone.
LONGEST_AGO = 2 * 366 * 86400.0
SKEW = 120.0  # seconds a device's clock may be off before its times are corrected; our own bound


class WholeFile(Schema):
    """What a file is once all of it has come."""

    id: UUID
    size: int
    digest: str  # SHA-256, hexadecimal


class CommandIn(Schema):
    """What a phone sends: its own id, a verb, fields, when it was done and when it is sent by the
    device's clock, files sent before in pieces.

    `ahead`: seconds by which its clock was ahead when it last heard of the server before it was
    done, if it ever had.
    """

    id: UUID
    verb: str
    fields: dict[str, Any]
    at: str = ""
    sent: str = ""
    ahead: float | None = None
    files: list[UUID] = []
    whole: list[WholeFile] = []


class Answer(Schema):
    """One of two truths, received or refused; the third, saved on this phone, is the phone's own.

    `waiting`: a file must come first.
    """

    truth: str
    because: str = ""
    errors: dict[str, str] = {}
    result: dict[str, Any] = {}


@router.post(
    "/commands",
    response={200: Answer, 403: Answer, 409: Answer, 422: Answer, 428: Answer, 503: Answer},
    summary="Send a command once",
)
def command(request: HttpRequest, body: CommandIn) -> Status[dict[str, Any]]:
    """Apply a command exactly once; the same id again gets the stored answer.

    A device whose clock is wrong says when it sends: what it did is placed by the server's clock,
    that much earlier.
    """
    viewer, moment = viewer_of(request), now()
    person_id = viewer.pk
    fields: dict[str, Any] = {k: v for k, v in body.fields.items() if k not in APART}
    try:
        at, skew = _corrected(body.at, body.sent, body.ahead, moment)
    except Invalid as invalid:
        return Status(422, _refused(str(invalid)))
    if len(body.files) > files.MAX_FILES:
        return Status(
            422,
            _refused(
                _("At most %(n)d files can be sent with one record.") % {"n": files.MAX_FILES}
            ),
        )
    if body.files:
        wholes = {w.id: (w.size, w.digest) for w in body.whole}
        found = [upload_pieces.whole(person_id, f, wholes.get(f)) for f in body.files]
        fields["files"] = [str(f) for f in body.files]
        if None in found and not commands.was_answered(body.id):
            return Status(
                428,
                {
                    **_refused(
                        _(
                            "A photo of this record has not arrived. It is kept on this device and"
                            " sent again."
                        )
                    ),
                    "truth": "waiting",
                },
            )
        fields["uploads"] = [
            files.Upload(f"{f.hex[:8]}.jpg", data)
            for f, data in zip(body.files, found, strict=False)
            if data is not None
        ]
    status, answer = apply(viewer, body.id, body.verb, {**fields, "skew": skew}, at, moment)
    if status in FINAL:
        for file_id in body.files:
            upload_pieces.forget(person_id, file_id)
    return Status(status, answer)


FINAL = {200, 403, 409, 422}  # answers after which nobody asks for the command's files again


# What comes with the fields of a command and is not part of what it says.
APART = {"uploads", "skew"}


def _corrected(at: str, sent: str, ahead: float | None, moment: datetime) -> tuple[str, float]:
    """When it was done, by the server's clock, and how many seconds the device's clock was ahead.

    A clock that is wrong when sending was wrong when it was done, as far as anybody can tell. One
    that is right by now may have been put right between:
    then `ahead` says so. Nothing was done later than it arrives, nor years before: then the clock
    was wrong by at least that much.
    """
    if not at or not sent:
        return at, 0.0
    done = _device_time(at)
    skew = (_device_time(sent) - moment).total_seconds()
    if abs(skew) < SKEW:
        skew = (
            ahead
            if ahead is not None
            and SKEW <= abs(ahead) < A_CENTURY
            and (done - moment).total_seconds() - ahead <= SKEW
            else 0.0
        )
    placed = done - timedelta(seconds=skew)
    off = (placed - moment).total_seconds()
    if off > SKEW or off < -LONGEST_AGO:
        placed, skew = moment, skew or off
    return placed.isoformat(), skew


def _device_time(text: str) -> datetime:
    """A moment by a device's clock, however wrong it goes. :raises Invalid: no moment"""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(
            {"at": _("This is not a time. Please use the form 2026-05-20 08:30.")}
        ) from None


class Received(Schema):
    """How many bytes of a file are here."""

    received: int
    because: str = ""


@router.get("/files/{file_id}", response=Received, summary="How much of a file is here")
def file_state(request: HttpRequest, file_id: UUID) -> dict[str, Any]:
    """Where a phone goes on sending after it was cut off."""
    return {"received": upload_pieces.received(viewer_of(request).pk, file_id)}


@router.put(
    "/files/{file_id}",
    response={200: Received, 409: Received, 503: Received},
    summary="Send a piece of a file",
)
def file_piece(request: HttpRequest, file_id: UUID, offset: int = 0) -> Status[dict[str, Any]]:
    """Add a piece at its offset; one that is here already changes nothing."""
    viewer = viewer_of(request)
    if not viewer.may("fact.record") or not 0 <= offset <= upload_pieces.LARGEST:
        return Status(409, {"received": 0, "because": _("Your role does not include this.")})
    try:
        return Status(
            200, {"received": upload_pieces.add(viewer.pk, file_id, offset, request.body)}
        )
    except NotNow as later:
        return Status(
            503,
            {"received": upload_pieces.received(viewer.pk, file_id), "because": str(later)},
        )
    except Refused as refused:
        return Status(
            409,
            {
                "received": upload_pieces.received(viewer.pk, file_id),
                "because": str(refused),
            },
        )


def apply(
    viewer: Viewer,
    command_id: UUID,
    verb: str,
    fields: Mapping[str, Any],
    device_time: str,
    moment: datetime,
) -> tuple[int, dict[str, Any]]:
    """Return (status, answer) of a command; whatever happens, the same id gets the same answer."""
    if viewer.person_id is None:
        return 403, _refused(_("Please sign in again; nothing is lost on this device."))
    plain = {k: v for k, v in fields.items() if k not in APART}
    if not _keepable(verb, plain):
        return 422, _refused(
            _("The text holds characters that cannot be kept. Please type it again.")
        )
    digest = hashlib.sha256(
        json.dumps([verb, plain], sort_keys=True, default=str).encode()
    ).hexdigest()
    with acting(viewer):
        try:
            known = commands.answered(command_id, viewer.person_id, verb, digest)
        except Refused as error:
            return 409, _refused(str(error))
        if known is not None and known.status is not None:
            return known.status, known.answer or {}
        status, body = _act(viewer, command_id, verb, fields, device_time, moment)
        if status != 503:
            commands.answer(command_id, status, body)
        return status, body


def _verb(name: str) -> tuple[manifest.Verb, Act]:
    """:raises Refused: no app declares it."""
    try:
        return manifest.verbs()[name]
    except KeyError:
        raise Refused(f"unknown verb: {name}") from None


def _act(
    viewer: Viewer,
    command_id: UUID,
    verb: str,
    fields: Mapping[str, Any],
    device_time: str,
    moment: datetime,
    *,
    again: bool = True,
) -> tuple[int, dict[str, Any]]:
    try:
        with transaction.atomic():
            found, act = _verb(verb)
            viewer.require(found.permission)
            at = parse_moment(device_time, moment)
            result = act(fields, by=viewer, at=at, now=moment, command=command_id)
            return 200, {"truth": "received", "because": "", "errors": {}, "result": result}
    except IntegrityError:
        # Two commands said the same at the same moment; the other one is done now, and an act finds
        # what is done.
        if again:
            return _act(viewer, command_id, verb, fields, device_time, moment, again=False)
        return 409, _refused(
            _(
                "This was done a moment ago, by a second click or by somebody else. Nothing was"
                " done twice; please look at the page."
            )
        )
    except Invalid as error:
        return 422, {**_refused(str(error)), "errors": error.errors}
    except Denied:
        return 403, _refused(_("Your role does not include this."))
    except NotNow as error:
        return 503, {**_refused(str(error)), "truth": "waiting"}
    except Refused as error:
        return 409, _refused(str(error))


def _keepable(verb: str, fields: Mapping[str, Any]) -> bool:
    """Whether the database can hold what was sent: no NUL, no broken characters, no long name."""
    try:
        text = json.dumps([verb, fields], default=str, ensure_ascii=False)
        text.encode()
    except (UnicodeEncodeError, ValueError, RecursionError):
        return False
    return "\\u0000" not in text and "\x00" not in text and len(verb) <= 40 and len(text) <= 100_000


def _refused(because: str) -> dict[str, Any]:
    return {"truth": "refused", "because": because, "errors": {}, "result": {}}
