"""Photos and files of facts."""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from PIL import Image

from anyuan.kernel import manifest, scanning
from anyuan.kernel.commands import NotNow, Refused
from anyuan.org.units.models import Unit

from ..models import Attachment
from ..queries import attachment_path
from ..rules import kind_of
from . import contents
from .traces import without_traces

MAX_PHOTO = 8 * 1024 * 1024


MAX_FILES = 6


MAX_PIXELS = (
    60_000_000  # a large telephone's photo has 50 million; more only harms whoever looks at it
)


HEIC = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc", b"ftypheim", b"ftypmsf1")


AROUND = 0.01  # of a picture, that is shown around a part of it


UNIT_QUOTA = 20 * 1024 * 1024 * 1024


# Every table that keeps files of a unit with their size.
_SIZED = (
    "SELECT table_name FROM information_schema.columns WHERE table_schema = current_schema()"
    " AND table_name = ANY(%s) AND column_name IN ('unit_id', 'size')"
    " GROUP BY table_name HAVING count(*) = 2 ORDER BY table_name"
)


def _used(unit: Unit) -> int:
    """How many bytes a unit's files have, whichever room keeps them."""
    with connection.cursor() as cursor:
        cursor.execute(_SIZED, [[table for table, _column in manifest.files()]])
        tables = [table for (table,) in cursor.fetchall()]
        sums = " + ".join(
            f"(SELECT COALESCE(sum(size), 0) FROM {table} WHERE unit_id = %s)" for table in tables
        )
        cursor.execute(f"SELECT {sums}", [unit.pk] * len(tables))
        (used,) = cursor.fetchone()
    return int(used)


def store(unit: Unit, upload: Upload) -> Attachment:
    """:raises Refused: too large, of a kind we don't take, or over the unit's quota."""
    if len(upload.data) > MAX_PHOTO:
        raise Refused(
            _("%(name)s is larger than %(mb)d MB. Please send a smaller picture.")
            % {
                "name": upload.name,
                "mb": MAX_PHOTO >> 20,
            }
        )
    if upload.data[4:12] in HEIC:
        raise Refused(
            _(
                "%(name)s is a HEIC photo, which is not taken. Please send it as JPG: in the"
                " telephone's camera choose “most compatible”, or send a screenshot of it."
            )
            % {"name": upload.name}
        )
    kind = kind_of(upload.data)
    if kind is None or not _is_whole(upload.data, kind):
        raise Refused(_("%(name)s is not a picture, PDF or Word document.") % {"name": upload.name})
    scanning.scan(upload.name, upload.data)
    if _used(unit) + len(upload.data) > UNIT_QUOTA:
        raise Refused(
            _("The storage of %(unit)s is full. Ask the administrator for more.")
            % {"unit": unit.name}
        )
    try:
        data = without_traces(upload.data, kind)
    except ValueError:
        raise Refused(
            _("%(name)s is not a picture, PDF or Word document.") % {"name": upload.name}
        ) from None
    digest = hashlib.sha256(data).hexdigest()
    path = attachment_path(digest)
    if path.exists():
        # Wanted again: whoever clears away what nobody names looks at when it was touched.
        path.touch()
    else:
        draft = path.with_suffix(".part")
        try:
            path.parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            draft.touch(mode=0o600)
            draft.write_bytes(data)
            draft.rename(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
            log.error("a file could not be kept: %s", error.strerror)
            raise NotNow(
                _(
                    "The file could not be kept: the server's storage is full or broken. Nothing"
                    " was recorded; please tell the administrator and send it again later."
                )
            ) from error
    return Attachment(
        unit=unit,
        digest=digest,
        name=_plain_name(upload.name, kind),
        content_type=kind,
        size=len(data),
    )


@dataclass(frozen=True)
class Picture:
    digest: str
    content_type: str
    width: int
    height: int


def keep_picture(*, unit: Unit, upload: Upload) -> Picture:
    """Keep a picture that proves nothing by itself, such as the plan of a campus.

    :raises Refused:
    """
    kept = store(unit, upload)
    if not kept.content_type.startswith("image/"):
        raise Refused(
            _("%(name)s is not a picture. Please choose a photo or a drawing (JPG or PNG).")
            % {"name": upload.name}
        )
    with Image.open(io.BytesIO(upload.data)) as picture:
        width, height = picture.size
    return Picture(kept.digest, kept.content_type, width, height)


def cut(data: bytes, box: tuple[float, float, float, float]) -> bytes:
    """A part of a kept picture as JPEG, with a little around it.

    :param box: left, top, right, bottom in shares of the picture.
    """
    with Image.open(io.BytesIO(data)) as picture:
        width, height = picture.size
        left, top, right, bottom = box
        x, y = int(max(0.0, left - AROUND) * width), int(max(0.0, top - AROUND) * height)
        part = picture.crop(
            (
                x,
                y,
                max(x + 1, int(min(1.0, right + AROUND) * width)),
                max(y + 1, int(min(1.0, bottom + AROUND) * height)),
            )
        )
        out = io.BytesIO()
        part.convert("RGB").save(out, "JPEG", quality=70)
    return out.getvalue()


_ENDINGS = {
    "image/jpeg": (".jpg", ".jpeg", ".mpo", ".jfif"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
}


def _plain_name(name: str, kind: str) -> str:
    """The last part of a name, without what is no letter of any script; it ends as what it is."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(c for c in last if c.isprintable())[:110] or "file"
    endings = _ENDINGS.get(kind, (".docx",))
    return plain if plain.lower().endswith(endings) else plain + endings[0]


def _is_whole(data: bytes, kind: str) -> bool:
    """Whether a file is what its first bytes say: a picture of a size people can look at, a
    document without macros.
    """
    if kind.startswith("image/"):
        try:
            with Image.open(io.BytesIO(data)) as picture:
                width, height = picture.size
                # Some telephones put a second picture behind a JPEG; the first is what is meant.
                format_ = "JPEG" if picture.format == "MPO" else picture.format or ""
                return Image.MIME.get(format_) == kind and width * height <= MAX_PIXELS
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return False
    if kind == "application/pdf":
        return b"%%EOF" in data[-2048:] and not contents.acts(data)
    return contents.is_plain_document(data)


KEPT_UNNAMED = 86_400.0  # seconds that a file may lie here before a record names it


def sweep(moment: float) -> int:
    """Clear away files that no row names and that nobody touched for a day: what a refused act had
    brought. Returns how many. As the program itself, who sees every row.

    :param moment: seconds since 1970.
    """
    named: set[str] = set()
    for table, column in manifest.files():
        rows = manifest.model_of(table)._default_manager.order_by()
        named.update(rows.values_list(column, flat=True))
    gone = 0
    for path in Path(settings.MEDIA_ROOT).glob("??/*"):
        if path.name not in named and path.stat().st_mtime < moment - KEPT_UNNAMED:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def unlink(digests: Iterable[str]) -> None:
    for digest in digests:
        attachment_path(digest).unlink(missing_ok=True)


log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Upload:
    """A file as it came: its name and its bytes."""

    name: str
    data: bytes
