"""A photo that was used before or is too old is said to whoever verifies; what came before too."""

from __future__ import annotations

import io
import struct
from datetime import timedelta

import pytest
from PIL import Image

from anyuan.field.hazards import queries
from anyuan.field.hazards.models import Hazard, HazardPhoto
from anyuan.field.hazards.queries import pages
from anyuan.kernel.clock import LOCAL
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.record.evidence.services.files import Upload
from anyuan.record.evidence.services.traces import EXIF_IFD, TAKEN, taken_at
from conftest import NOON

from .stage_hazards import TODAY, assign, closed, fix, found, hazard


def photo(colour, taken=None):
    out = io.BytesIO()
    picture = Image.new("RGB", (8, 8), colour)
    exif = picture.getexif()
    if taken is not None:
        exif.get_ifd(EXIF_IFD)[TAKEN] = f"{taken.astimezone(LOCAL):%Y:%m:%d %H:%M:%S}"
    picture.save(out, "JPEG", exif=exif)
    return Upload("a.jpg", out.getvalue())


def doubts(campus, upload, **more):
    row = hazard(campus, **more)
    assign(campus, row)
    fix(campus, row, uploads=[upload])
    with acting(SYSTEM):
        return HazardPhoto.objects.order_by("-pk").first().doubt


def test_a_new_photo_is_not_doubted(campus):
    assert doubts(campus, photo("red", NOON)) == ""
    assert doubts(campus, photo("blue")) == ""


def test_one_of_another_hazard_is_noticed(campus):
    doubts(campus, photo("red"))
    assert doubts(campus, photo("red")) == "used"


def test_the_photo_of_how_it_was_found_is_noticed(campus):
    from anyuan.record.evidence.models import Attachment
    from anyuan.record.evidence.services import files

    row = hazard(campus)
    with acting(SYSTEM):
        kept = files.store(row.unit, photo("green"))
        Attachment.objects.create(
            fact_id=row.fact_id,
            unit=row.unit,
            digest=kept.digest,
            name=kept.name,
            content_type=kept.content_type,
            size=kept.size,
        )
    assign(campus, row)
    fix(campus, row, uploads=[photo("green")])
    with acting(SYSTEM):
        assert HazardPhoto.objects.get().doubt == "used"
    page = campus.client("赵校长").get(f"/hazards/{row.pk}/").content.decode()
    assert "这张照片以前用过" in page


def test_one_that_is_older_than_the_hazard_is_noticed(campus):
    assert doubts(campus, photo("red", NOON - timedelta(days=4)), days=3) == "older"
    assert doubts(campus, photo("blue", NOON - timedelta(days=2)), days=3) == ""


def test_the_same_photo_twice_at_once_was_not_used_before(campus):
    row = hazard(campus)
    assign(campus, row)
    fix(campus, row, uploads=[photo("red"), photo("red")])
    with acting(SYSTEM):
        assert [p.doubt for p in HazardPhoto.objects.all()] == ["", ""]


def test_whatever_stands_beside_a_picture_its_moment_is_read_or_not():
    """A place for the camera's words that lies beyond all memory (type 16, a huge offset)."""
    tags = struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", 1)
    tags += struct.pack("<HHIQ", EXIF_IFD, 16, 1, 2**63 + 5)[:12] + bytes(8)
    body = b"Exif\x00\x00" + tags
    data = photo("red").data
    odd = data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:]
    assert taken_at(odd) is None
    assert taken_at(b"") is None


def test_what_comes_again_at_the_same_place_is_shown(campus):
    old = closed(campus, days=30)
    closed(campus, days=20, place="西门")
    with acting(SYSTEM):
        Hazard.objects.update(closed_at=NOON - timedelta(days=10))
    new = hazard(campus)
    page = campus.client("陈主任").get(f"/hazards/{new.pk}/").content.decode()
    assert f"/hazards/{old.pk}/" in page and "一年内同一地点已销号 1 条" in page


def test_a_deadline_is_proposed_from_how_long_fixing_takes_here(campus):
    viewer = campus.viewer("陈主任")
    row = hazard(campus, days=0)
    for days in (4, 5, 9):
        assert _page(viewer, row).proposed_until is None
        closed(campus, days=days)
    page = _page(viewer, row)
    assert (page.usual_days, page.proposed_until) == (5, TODAY + timedelta(days=5))


def _page(viewer, row):
    with acting(viewer):
        return pages.hazard_page(viewer, queries.get(row.pk), NOON)


def test_photos_of_hazards_count_for_the_space_of_a_school(campus, monkeypatch):
    upload = photo("red")
    doubts(campus, upload)
    monkeypatch.setattr(
        "anyuan.record.evidence.services.files.UNIT_QUOTA", len(upload.data) * 3 // 2
    )
    with pytest.raises(Refused):
        doubts(campus, photo("blue"))
    found(campus, school="柳湾中学")
