"""Writes of evidence: one verb, one fact, in the unit's chain; never changed, only corrected."""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _
from PIL import Image

from anyuan.activities import rules as activities
from anyuan.audit import services as audit
from anyuan.kernel import live, scanning, shredding
from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import NotNow, Refused
from anyuan.kernel.scoping import SYSTEM, Invisible, Viewer, acting
from anyuan.units import queries as units
from anyuan.units.models import Unit

from . import queries
from .models import Attachment, Chain, Change, Checkpoint, Command, Fact, How, Key
from .rules import GENESIS, seal, too_far_ahead

log = logging.getLogger(__name__)
MAX_PHOTO = 8 * 1024 * 1024
MAX_FILES = 6
MAX_PIXELS = (
    60_000_000  # a large telephone's photo has 50 million; more only harms whoever looks at it
)
UNIT_QUOTA = 20 * 1024 * 1024 * 1024
TYPES = {
    b"\xff\xd8\xff": ("image/jpeg", ".jpg"),
    b"\x89PNG\r\n\x1a\n": ("image/png", ".png"),
    b"RIFF": ("image/webp", ".webp"),
    b"%PDF": ("application/pdf", ".pdf"),
    b"PK\x03\x04": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ".docx",
    ),
}


@dataclass(frozen=True)
class Upload:
    """A file as it came: its name and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True)
class NewFact:
    """What one fact says, before it has its place in the chain."""

    activity: str
    occurred_at: datetime
    quantity: Decimal = Decimal(1)
    slot: str = ""
    how: str = How.TYPED
    payload: Mapping[str, Any] = field(default_factory=dict)
    corrects_id: int | None = None
    withdrawn: bool = False
    answers_id: int | None = None
    root_id: int | None = None
    obligation_id: int | None = None
    command: UUID | None = None
    files: Sequence[str] = ()


@transaction.atomic
def record(
    *,
    unit: Unit,
    fact: NewFact,
    by: Viewer,
    at: datetime,
    uploads: Sequence[Upload] = (),
    keep: Sequence[Attachment] = (),
) -> Fact:
    """Add one fact to a unit's chain. `at` is the server's time; `keep` are files of the version it corrects.

    :raises Refused: from the future, before the unit existed, for a unit that is not the person's, unknown activity.
    """
    _check(unit, fact, by, at)
    if len(uploads) > MAX_FILES:
        raise Refused(_("At most %(n)d files can be sent with one record.") % {"n": MAX_FILES})
    kept = [
        Attachment(
            unit=unit, digest=a.digest, name=a.name, content_type=a.content_type, size=a.size
        )
        for a in keep
    ]
    stored = [*kept, *(_store(unit, upload) for upload in uploads)]
    sealed = replace(fact, files=[a.digest for a in stored])
    (row,) = _append(unit, [sealed], by=by, at=at)
    row.save(force_insert=True)
    for attachment in stored:
        attachment.fact = row
        attachment.save(force_insert=True)
    Change.objects.create(unit=unit, activity=row.activity, day=row.day)
    if row.corrects is not None and row.corrects.day != row.day:
        Change.objects.create(unit=unit, activity=row.activity, day=row.corrects.day)
    live.notify("facts", unit=unit.pk)
    return row


@transaction.atomic
def record_many(*, unit: Unit, facts: Sequence[NewFact], by: Viewer, at: datetime) -> int:
    """Add many facts of one unit at once by COPY; same rules, same chain. Returns how many."""
    for fact in facts:
        _check(unit, fact, by, at)
    rows = _append(unit, facts, by=by, at=at)
    _copy(rows)
    changes = {(f.activity, f.day) for f in rows}
    Change.objects.bulk_create([Change(unit=unit, activity=a, day=d) for a, d in sorted(changes)])
    live.notify("facts", unit=unit.pk)
    return len(rows)


@transaction.atomic
def correct(*, fact: Fact, change: NewFact, by: Viewer, at: datetime, reason: str) -> Fact:
    """Replace a fact by a new one that names it, or withdraw it. The old one stays.

    :raises Refused: it was corrected already; correct the newest instead.
    """
    by.require("fact.correct", fact.unit.path)
    Chain.objects.select_for_update().filter(unit_id=fact.unit_id).first()
    if Fact.objects.filter(corrects=fact).exists():
        raise Refused(
            _(
                "This record has been corrected already. Open the newest version and correct that one."
            )
        )
    if fact.withdrawn:
        raise Refused(_("This record was withdrawn. Record the event anew if it did happen."))
    new = replace(
        change,
        corrects_id=fact.pk,
        root_id=fact.root_id or fact.pk,
        payload={**change.payload, "reason": reason[:200]},
    )
    row = record(
        unit=fact.unit,
        fact=new,
        by=by,
        at=at,
        keep=[] if change.withdrawn else list(fact.attachments.order_by("pk")),
    )
    audit.record(
        "fact.corrected", by=by, at=at, unit_id=fact.unit_id, subject=str(fact), by_fact=row.pk
    )
    return row


def _check(unit: Unit, fact: NewFact, by: Viewer, at: datetime) -> None:
    try:
        activities.get(fact.activity)
    except activities.UnknownActivity:
        raise Refused(
            _("“%(code)s” is not in the catalogue of activities.") % {"code": fact.activity}
        ) from None
    if not by.may("fact.record", unit.path):
        raise Refused(
            _("You have no duty at %(unit)s, so nothing was recorded there.") % {"unit": unit.name}
        )
    if too_far_ahead(fact.occurred_at, at):
        raise Refused(
            _("The time lies in the future. Please check the clock of the device and send again.")
        )
    if local_day(fact.occurred_at) < unit.opened_on or (
        unit.closed_on and local_day(fact.occurred_at) >= unit.closed_on
    ):
        raise Refused(
            _("%(unit)s did not exist on that day. Please check the date.") % {"unit": unit.name}
        )
    if fact.quantity < 0 or fact.quantity > 10**9:
        raise Refused(_("The quantity is out of bounds."))
    if fact.answers_id is not None:
        _check_answer(unit, fact, fact.answers_id)


def _check_answer(unit: Unit, fact: NewFact, answers_id: int) -> None:
    """An answer names the first version of what it answers: of the same unit, of the kind it answers, and before it."""
    trigger = Fact.objects.filter(pk=answers_id, unit=unit, root_id=None).first()
    if trigger is None or trigger.activity != activities.get(fact.activity).answers:
        raise Refused(
            _(
                "What this answers is not a record of this unit, or not of the kind that this answers."
            )
        )
    if fact.occurred_at < trigger.occurred_at:
        raise Refused(_("An answer cannot lie before what it answers. Please check the time."))


def _append(unit: Unit, facts: Sequence[NewFact], *, by: Viewer, at: datetime) -> list[Fact]:
    head = Chain.objects.select_for_update().filter(unit=unit).first()
    if head is None:
        # Two first facts at once: one makes the chain, both then wait for it.
        Chain.objects.bulk_create([Chain(unit=unit)], ignore_conflicts=True)
        head = Chain.objects.select_for_update().get(unit=unit)
    seq, digest = head.seq, head.hash or GENESIS
    rows, keys = [], []
    for fact in facts:
        seq += 1
        said = {**fact.payload, "on_tablet": by.shared} if by.shared else fact.payload
        payload, key = shredding.lock(said, activities.personal(fact.activity))
        if key is not None:
            keys.append(Key(unit=unit, seq=seq, key=key, made_at=at))
        values: dict[str, Any] = {
            "unit_id": unit.pk,
            "seq": seq,
            "activity": fact.activity,
            "quantity": fact.quantity.quantize(Decimal("0.01")),
            "slot": fact.slot[:40],
            "day": local_day(fact.occurred_at),
            "occurred_at": fact.occurred_at,
            "recorded_at": at,
            "by_id": by.person_id,
            "by_name": by.name[:40],
            "how": str(fact.how),
            "payload": payload,
            "corrects_id": fact.corrects_id,
            "withdrawn": fact.withdrawn,
            "answers_id": fact.answers_id,
            "root_id": fact.root_id,
            "obligation_id": fact.obligation_id,
            "command": fact.command,
            "files": list(fact.files),
        }
        previous, digest = digest, seal(digest, values)
        rows.append(Fact(**values, prev_hash=previous, hash=digest))
    Key.objects.bulk_create(keys, batch_size=2000)
    head.seq, head.hash = seq, digest
    head.save(update_fields=["seq", "hash"])
    return rows


COPIED = (
    "unit_id", "seq", "activity", "quantity", "slot", "day", "occurred_at", "recorded_at", "by_id", "by_name", "how",
    "payload", "corrects_id", "withdrawn", "answers_id", "root_id", "obligation_id", "command", "files", "prev_hash", "hash",
)  # fmt: skip


def _copy(rows: Iterable[Fact]) -> None:
    """COPY cannot write under row-level security, so rows go through a staging table and one INSERT."""
    from psycopg.types.json import Jsonb

    columns = ", ".join(COPIED)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE IF NOT EXISTS incoming_fact ON COMMIT DELETE ROWS AS SELECT {columns} FROM evidence_fact WITH NO DATA"
        )
        with cursor.copy(f"COPY incoming_fact ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(
                    [
                        Jsonb(v) if c in {"payload", "files"} else v
                        for c in COPIED
                        for v in [getattr(row, c)]
                    ]
                )
        cursor.execute(
            f"INSERT INTO evidence_fact ({columns}) SELECT {columns} FROM incoming_fact ORDER BY unit_id, seq"
        )
        cursor.execute("TRUNCATE incoming_fact")


def _store(unit: Unit, upload: Upload) -> Attachment:
    """:raises Refused: too large, of a kind we don't take, or over the unit's quota."""
    if len(upload.data) > MAX_PHOTO:
        raise Refused(
            _("%(name)s is larger than %(mb)d MB. Please send a smaller picture.")
            % {"name": upload.name, "mb": MAX_PHOTO >> 20}
        )
    kind = next((t for magic, t in TYPES.items() if upload.data.startswith(magic)), None)
    if kind is None or not _is_whole(upload.data, kind[0]):
        raise Refused(_("%(name)s is not a picture, PDF or Word document.") % {"name": upload.name})
    scanning.scan(upload.name, upload.data)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(sum(size), 0) FROM evidence_attachment WHERE unit_id = %s", [unit.pk]
        )
        (used,) = cursor.fetchone()
    if used + len(upload.data) > UNIT_QUOTA:
        raise Refused(
            _("The storage of %(unit)s is full. Ask the administrator for more.")
            % {"unit": unit.name}
        )
    digest = hashlib.sha256(upload.data).hexdigest()
    path = attachment_path(digest)
    if not path.exists():
        draft = path.with_suffix(".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(upload.data)
            draft.rename(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
            log.error("a file could not be kept: %s", error.strerror)
            raise NotNow(
                _(
                    "The file could not be kept: the server's storage is full or broken. Nothing was recorded; please tell the administrator and send it again later."
                )
            ) from error
    return Attachment(
        unit=unit,
        digest=digest,
        name=_plain_name(upload.name),
        content_type=kind[0],
        size=len(upload.data),
    )


@dataclass(frozen=True)
class Picture:
    digest: str
    content_type: str
    width: int
    height: int


def keep_picture(*, unit: Unit, upload: Upload) -> Picture:
    """Keep a picture that proves nothing by itself, such as the plan of a campus. :raises Refused:"""
    kept = _store(unit, upload)
    if not kept.content_type.startswith("image/"):
        raise Refused(
            _("%(name)s is not a picture. Please choose a photo or a drawing (JPG or PNG).")
            % {"name": upload.name}
        )
    with Image.open(io.BytesIO(upload.data)) as picture:
        width, height = picture.size
    return Picture(kept.digest, kept.content_type, width, height)


def _plain_name(name: str) -> str:
    """The last part of a name, without what is no letter of any script."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable())[:120] or "file"


def _is_whole(data: bytes, kind: str) -> bool:
    """Whether a file is what its first bytes say: a picture of a size people can look at, a document without macros."""
    if kind.startswith("image/"):
        try:
            with Image.open(io.BytesIO(data)) as picture:
                width, height = picture.size
                return bool(
                    Image.MIME.get(picture.format or "") == kind and width * height <= MAX_PIXELS
                )
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return False
    if kind == "application/pdf":
        return b"%%EOF" in data[-2048:]
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = packed.namelist()
    except zipfile.BadZipFile:
        return False
    return "word/document.xml" in names and not any("vbaProject" in n for n in names)


def attachment_path(digest: str) -> Path:
    return Path(settings.MEDIA_ROOT) / digest[:2] / digest


def unit_for(unit_id: int) -> Unit:
    """:raises Refused: where the person may not see it; the same answer as if it did not exist."""
    try:
        return units.get(unit_id)
    except Invisible:
        raise Refused(_("This unit is not one of yours, so nothing was recorded.")) from None


def answered(command: UUID, person_id: int, verb: str, digest: str) -> Command | None:
    """Claim a command id; return its stored answer if it was applied before.

    :raises Refused: the id was used for something else.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO evidence_command (id, person_id, verb, digest) VALUES (%s, %s, %s, %s) ON CONFLICT (id) DO NOTHING",
            [command, person_id, verb, digest],
        )
        if cursor.rowcount:
            return None
    known = Command.objects.filter(pk=command).first()
    if known is None or known.person_id != person_id or known.digest != digest:
        raise Refused(
            _("This command id was already used for something else. Nothing was changed.")
        )
    return known


def was_answered(command: UUID) -> bool:
    """Whether a command was applied before; then a repeat needs none of its files."""
    return Command.objects.filter(pk=command, status__isnull=False).exists()


def answer(command: UUID, status: int, body: dict[str, Any]) -> None:
    Command.objects.filter(pk=command).update(status=status, answer=body)


@transaction.atomic
def erase(*, fact: Fact, why: str, by: Viewer, at: datetime) -> int:
    """Erase the words of a record that may name people, and its photos, in every version; what counts and its proof stay.

    Cannot be undone. Returns how many versions had such words. :raises Denied, Refused:
    """
    by.require("personal.erase", fact.unit.path)
    if len(why) < 4:
        raise Refused(_("Please say why."))
    versions = queries.corrections(fact)
    done = Key.objects.filter(
        unit=fact.unit, seq__in=[v.seq for v in versions], erased_at=None
    ).update(key=None, erased_at=at, erased_by=by.name[:40], why=why[:200])
    digests = {a.digest for v in versions for a in queries.attachments(v)}
    shared = set(
        Attachment.objects.filter(digest__in=digests)
        .exclude(fact__in=versions)
        .values_list("digest", flat=True)
    )
    transaction.on_commit(lambda: _unlink(digests - shared))
    audit.record(
        "record.erased",
        by=by,
        at=at,
        unit_id=fact.unit_id,
        subject=why[:80],
        fact=fact.pk,
        versions=done,
        files=len(digests - shared),
    )
    return done


def _unlink(digests: Iterable[str]) -> None:
    for digest in digests:
        attachment_path(digest).unlink(missing_ok=True)


def forget_words(before: datetime, at: datetime) -> int:
    """Erase the words of every record made before a moment; photos stay until somebody erases them."""
    return Key.objects.filter(made_at__lt=before, erased_at=None).update(
        key=None, erased_at=at, erased_by=SYSTEM.name, why="保存期满"
    )


def day_of(moment: datetime) -> date:
    return local_day(moment)


# -- checkpoints ----------------------------------------------------------------
def signing_key() -> Any:
    """The installation's Ed25519 key, made once and kept in the state folder, readable by its owner only."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    path = Path(settings.KEYS) / "checkpoint.key"
    if not path.exists():
        path = Path(settings.HOME) / "checkpoint.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
        ))  # fmt: skip
    return Ed25519PrivateKey.from_private_bytes(path.read_bytes())


def public_key() -> str:
    from cryptography.hazmat.primitives import serialization

    raw = (
        signing_key()
        .public_key()
        .public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    )
    return str(raw.hex())


def _statement(body: Mapping[str, Any]) -> bytes:
    import json

    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@transaction.atomic
def checkpoint(*, day: date, at: datetime) -> dict[str, Any]:
    """State and sign where every chain stands; once a day, a repeat returns the first."""
    # The statement is the installation's, whoever asks first.
    with acting(SYSTEM):
        known = Checkpoint.objects.filter(day=day).first()
        if known is None:
            body = {
                "day": day.isoformat(),
                "made_at": at.isoformat(),
                "key": public_key(),
                "heads": queries.heads(),
            }
            known = Checkpoint.objects.create(day=day, made_at=at, body=body, signature=_sign(body))
        return {**known.body, "signature": known.signature}


def checkpoint_of(unit_ids: set[int], *, day: date, at: datetime) -> dict[str, Any]:
    """State and sign where the chains of some units stand now, for those who may see only these; not kept."""
    heads = {unit: head for unit, head in queries.heads().items() if int(unit) in unit_ids}
    body = {"day": day.isoformat(), "made_at": at.isoformat(), "key": public_key(), "heads": heads}
    return {**body, "signature": _sign(body)}


def _sign(body: Mapping[str, Any]) -> str:
    return str(signing_key().sign(_statement(body)).hex())


def check_checkpoint(
    exported: Mapping[str, Any], key: str | None = None, *, units: set[int] | None = None
) -> list[str]:
    """Compare an exported checkpoint with the database; return what does not agree, empty if all does.

    `units`: only these, for somebody who may not see the others.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    body = {k: v for k, v in exported.items() if k != "signature"}
    try:
        signer = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key or public_key()))
        signer.verify(bytes.fromhex(str(exported.get("signature", ""))), _statement(body))
    except (InvalidSignature, ValueError):
        return [
            _(
                "The signature of the checkpoint does not hold: the file was changed, or another key signed it."
            )
        ]
    return [
        _("Unit %(unit)s: the chain was rewritten at or before record %(seq)d.")
        % {"unit": unit_id, "seq": seq}
        for unit_id, (seq, digest) in exported["heads"].items()
        if seq
        and (units is None or int(unit_id) in units)
        and queries.hash_at(int(unit_id), seq) != digest
    ]


def owed_changed(unit: Unit) -> None:
    """Say that what the units under this one owe has changed, so that assessment looks at them again."""
    Change.objects.create(unit=unit, activity="", day=unit.opened_on)
    live.notify("facts", unit=unit.pk)


def look_again(*, unit_id: int, activity: str, since: date) -> None:
    """Say that what a unit did of an activity is to be judged again from a day on, though no fact is new."""
    Change.objects.create(unit_id=unit_id, activity=activity, day=since)
    live.notify("facts", unit=unit_id)
