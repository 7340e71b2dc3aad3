"""Photos and files of facts."""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from PIL import Image

from anyuan.kernel import scanning
from anyuan.kernel.commands import NotNow, Refused
from anyuan.org.units.models import Unit

from ..models import Attachment
from ..queries import attachment_path
from ..rules import kind_of
from .traces import without_traces

MAX_PHOTO = 8 * 1024 * 1024


MAX_FILES = 6


MAX_PIXELS = (
    60_000_000  # a large telephone's photo has 50 million; more only harms whoever looks at it
)


HEIC = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc", b"ftypheim", b"ftypmsf1")


AROUND = 0.01  # of a picture, that is shown around a part of it


UNIT_QUOTA = 20 * 1024 * 1024 * 1024


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
    try:
        data = without_traces(upload.data, kind)
    except ValueError:
        raise Refused(
            _("%(name)s is not a picture, PDF or Word document.") % {"name": upload.name}
        ) from None
    digest = hashlib.sha256(data).hexdigest()
    path = attachment_path(digest)
    if not path.exists():
        draft = path.with_suffix(".part")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
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
        name=_plain_name(upload.name),
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


def cut(path: Path, box: tuple[float, float, float, float]) -> bytes:
    """A part of a kept picture as JPEG, with a little around it.

    :param box: left, top, right, bottom in shares of the picture.
    """
    with Image.open(path) as picture:
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


def _plain_name(name: str) -> str:
    """The last part of a name, without what is no letter of any script."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable())[:120] or "file"


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
        return b"%%EOF" in data[-2048:] and not _acts(data)
    return _is_plain_document(data)


# In a PDF, what does something when it is opened, or carries another file along.
_ACTS = ("/JavaScript", "/EmbeddedFiles", "/AA")
_MOST_PAGES = 300


def _acts(data: bytes) -> bool:
    """Whether a PDF does something by itself; one that cannot be read is taken for such."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted or len(reader.pages) > _MOST_PAGES:
            return True
        root: Any = reader.trailer["/Root"].get_object()
        names = root["/Names"].get_object() if "/Names" in root else {}
        form = root["/AcroForm"].get_object() if "/AcroForm" in root else {}
        if "/XFA" in form or any(name in root or name in names for name in _ACTS):
            return True
        if _starts(root.get("/OpenAction")):
            return True
        return any(_page_acts(page) for page in reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return True


def _starts(action: Any) -> bool:
    """Whether an action is more than going to a page of the document."""
    found = action.get_object() if action is not None else None
    return isinstance(found, dict) and found.get("/S") not in {None, "/GoTo", "/URI"}


def _page_acts(page: Any) -> bool:
    marks = [mark.get_object() for mark in page.get("/Annots", ())]
    return "/AA" in page or any("/AA" in mark or _starts(mark.get("/A")) for mark in marks)


def _is_plain_document(data: bytes) -> bool:
    """Whether it is a Word document without macros, other files or a template from elsewhere."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = packed.namelist()
            settings_ = "word/_rels/settings.xml.rels"
            outside = packed.read(settings_)[:100_000] if settings_ in names else b""
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError):
        return False
    carried = ("vbaProject", "embeddings/", "activeX/", "oleObject", ".exe", ".js", ".vbs", ".bat")
    if any(part in name for name in names for part in carried):
        return False
    return "word/document.xml" in names and b"attachedTemplate" not in outside


def unlink(digests: Iterable[str]) -> None:
    for digest in digests:
        attachment_path(digest).unlink(missing_ok=True)


log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Upload:
    """A file as it came: its name and its bytes."""

    name: str
    data: bytes
