"""The plan of a campus as a picture: shown as it was kept, or not at all."""

from __future__ import annotations

import io

from PIL import Image

from anyuan.field.patrols.models import CampusPicture
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.record.evidence import queries
from anyuan.record.evidence.services import files
from conftest import NOON


def test_a_picture_that_was_changed_is_named_and_not_shown(campus):
    school, out = campus.units["实验小学"], io.BytesIO()
    Image.effect_noise((40, 30), 60).save(out, "PNG")
    with acting(SYSTEM):
        picture = files.keep_picture(unit=school, upload=files.Upload("a.png", out.getvalue()))
        CampusPicture.objects.create(
            unit=school,
            digest=picture.digest,
            content_type=picture.content_type,
            width=picture.width,
            height=picture.height,
            placed_at=NOON,
        )
        assert list(queries.files_amiss()) == []
    page = f"/patrols/picture/{school.pk}/"
    assert campus.client("赵校长").get(page).status_code == 200
    path = queries.attachment_path(picture.digest)
    path.write_bytes(path.read_bytes() + b"x")
    with acting(SYSTEM):
        assert [f.what for f in queries.files_amiss()] == ["changed"]
    assert campus.client("赵校长").get(page).status_code == 404
