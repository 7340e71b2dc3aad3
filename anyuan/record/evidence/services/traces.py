"""Takes from a photo what tells more than it shows: where it was taken, by which device, its serial
number, whose it is. The picture itself stays as it is, bit by bit, and so does which side is up.
"""

from __future__ import annotations

import contextlib
import io
import struct
import zipfile
from collections.abc import Iterator
from datetime import datetime

from PIL import Image

from anyuan.kernel.clock import LOCAL

ORIENTATION = 0x0112
EXIF_IFD, TAKEN = 0x8769, 0x9003  # where a camera says when it took the picture
# Segments of a JPEG that describe the picture: JFIF, colours (ICC), Adobe's way of storing them.
_JFIF, _ICC, _ADOBE = 0xE0, 0xE2, 0xEE
_START_OF_SCAN, _COMMENT, _END = 0xDA, 0xFE, 0xD9
_IN_POINTS = {0x00, 0xFF, *range(0xD0, 0xD8)}  # a stuffed byte, fill, and restarts
_PNG_KEPT = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT"),
    *(b"pHYs", b"acTL", b"fcTL", b"fdAT", b"bKGD"),
}
_WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"ICCP"}
_WEBP_TELLS = 0x08 | 0x04  # in the flags of VP8X: has EXIF, has XMP


def without_traces(data: bytes, kind: str) -> bytes:
    """The same picture without what was written beside it; other files as they are.

    :raises ValueError: it is no whole picture of this kind.
    """
    if kind == "image/jpeg":
        return _jpeg(data)
    if kind == "image/png":
        return _png(data)
    if kind == "image/webp":
        return _webp(data)
    return _docx(data) if data[:2] == b"PK" else data


def _docx(data: bytes) -> bytes:
    """A Word document, its photos without their traces; one without photos stays bit by bit."""
    out, changed = io.BytesIO(), False
    with zipfile.ZipFile(io.BytesIO(data)) as packed, zipfile.ZipFile(out, "w") as written:
        for part in packed.infolist():
            body = packed.read(part)
            kind = _PHOTOS.get(part.filename.lower().rsplit(".", 1)[-1])
            if kind and part.filename.startswith("word/media/"):
                with contextlib.suppress(ValueError, OSError):
                    plain = without_traces(body, kind)
                    body, changed = plain, changed or plain != body
            written.writestr(part, body, zipfile.ZIP_DEFLATED)
    return out.getvalue() if changed else data


_PHOTOS = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}


def _turned(data: bytes) -> int:
    """Which side is up, 1 to 8; 1 where nothing says so."""
    with Image.open(io.BytesIO(data)) as picture:
        said = picture.getexif().get(ORIENTATION, 1)
    return said if isinstance(said, int) and 1 <= said <= 8 else 1


def _exif(orientation: int) -> bytes:
    """The smallest description that says which side is up."""
    entry = struct.pack(">HHIHH", ORIENTATION, 3, 1, orientation, 0)
    return b"MM\x00*\x00\x00\x00\x08\x00\x01" + entry + b"\x00\x00\x00\x00"


def _jpeg(data: bytes) -> bytes:
    kept = [b"\xff\xd8"]
    turned = _turned(data)
    if turned != 1:
        body = b"Exif\x00\x00" + _exif(turned)
        kept.append(b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body)
    for marker, segment in _segments(data):
        described = 0xE0 <= marker <= 0xEF or marker == _COMMENT
        if not described or _says_only_how(marker, segment):
            kept.append(segment)
    return b"".join(kept)


def _says_only_how(marker: int, segment: bytes) -> bool:
    """Whether a segment says how the points are to be shown, and is of the size of that alone."""
    said = segment[4:]
    if marker == _JFIF:
        return said.startswith(b"JFIF\x00") and len(said) == 14
    if marker == _ADOBE:
        return said.startswith(b"Adobe") and len(said) == 12
    return marker == _ICC and said.startswith(b"ICC_PROFILE\x00")


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The segments after the first mark, each scan with its points, to the end of the picture: what
    hangs behind it, such as a second picture, is none of it.
    """
    at, scanned = 2, False
    while at + 2 <= len(data):
        if data[at] != 0xFF:
            raise ValueError("a segment does not begin where the one before ends")
        marker = data[at + 1]
        if marker == _END:
            yield marker, data[at : at + 2]
            return
        if at + 4 > len(data):
            break
        (length,) = struct.unpack_from(">H", data, at + 2)
        if length < 2:
            raise ValueError("a segment of no length")
        end = at + 2 + length
        if marker == _START_OF_SCAN:
            scanned = True
            end = _after_points(data, end)
        yield marker, data[at:end]
        at = end
    if not scanned:
        raise ValueError("there is no picture in it")


def _after_points(data: bytes, at: int) -> int:
    """Where the points of a scan end: at the first mark that is none of theirs."""
    while (at := data.find(b"\xff", at)) >= 0:
        following = data[at + 1 : at + 2]
        if following and following[0] not in _IN_POINTS:
            return at
        at += 2 if following != b"\xff" else 1
    return len(data)


def _png(data: bytes) -> bytes:
    kept, at = [data[:8]], 8
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind in _PNG_KEPT:
            kept.append(data[at : at + 12 + length])
        at += 12 + length
        if kind == b"IEND":
            return b"".join(kept)
    raise ValueError("the picture has no end")


def _webp(data: bytes) -> bytes:
    kept, at = [], 12
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        chunk = data[at : at + 8 + length + length % 2]
        if kind == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~_WEBP_TELLS]) + chunk[9:]
        if kind in _WEBP_KEPT:
            kept.append(chunk)
        at += 8 + length + length % 2
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def taken_at(data: bytes) -> datetime | None:
    """When a photo says that it was taken, by its camera's clock and in local time; None: it does
    not say, as most that came through a browser.
    """
    try:
        with Image.open(io.BytesIO(data)) as picture:
            said = picture.getexif().get_ifd(EXIF_IFD).get(TAKEN, "")
        return datetime.strptime(str(said), "%Y:%m:%d %H:%M:%S").replace(tzinfo=LOCAL)
    except Exception:  # whatever is odd about what stands beside a picture: it does not say
        return None
