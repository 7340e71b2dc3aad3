"""What a photo tells beside what it shows does not come in."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image, PngImagePlugin
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.record.evidence.queries import attachment_path
from anyuan.record.evidence.services import files
from anyuan.record.evidence.services.traces import without_traces


def picture(kind, **how):
    image = Image.effect_noise((64, 48), 60).convert("RGB")
    exif = image.getexif()
    exif[0x010F] = "MakerCorp"
    exif[0x0112] = how.pop("turned", 6)
    exif[0xA431] = "SerialNo12345"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[29] = "30.59"
    out = io.BytesIO()
    image.save(out, kind, exif=exif, **how)
    return image, out.getvalue()


@pytest.mark.parametrize(
    ("kind", "type_"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
)
def test_position_maker_and_serial_are_taken_out_and_the_picture_stays(kind, type_):
    _, data = picture(kind)
    assert b"MakerCorp" in data and b"SerialNo12345" in data
    clean = without_traces(data, type_)
    assert not any(t in clean for t in (b"MakerCorp", b"SerialNo12345", b"30.59"))
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(clean)) as after:
        after.load()
        assert before.tobytes() == after.tobytes()
        exif = after.getexif()
        assert set(exif) <= {0x0112}
        if kind == "JPEG":
            assert exif[0x0112] == 6  # the same side is up
    assert without_traces(clean, type_) == clean


def test_what_hangs_behind_a_photo_or_in_its_comments_is_taken_out_too():
    _, data = picture("JPEG", comment=b"MakerCorp was here", turned=1)
    clean = without_traces(data + b"PK\x03\x04 another file", "image/jpeg")
    assert b"was here" not in clean and b"another file" not in clean
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "MakerCorp")
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "PNG", pnginfo=info)
    assert b"MakerCorp" not in without_traces(out.getvalue() + b"behind", "image/png")


def test_what_is_kept_and_sealed_is_the_picture_without_them(campus, db):
    _, data = picture("JPEG")
    kept = files.store(campus.units["实验小学"], files.Upload("x.jpg", data))
    path = attachment_path(kept.digest)
    assert b"MakerCorp" not in path.read_bytes() and kept.size == path.stat().st_size
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("cut", [2, 20, 200])
def test_half_a_picture_is_none(campus, cut):
    _, data = picture("JPEG")
    with pytest.raises(Refused):
        files.store(campus.units["实验小学"], files.Upload("x.jpg", data[:cut]))


def runs(writer):
    """Let a script run when the document is opened."""
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("x")}
    )


def pdf(change):
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _made(said):
    """An object of a PDF of plain values; what begins with / is a name."""
    if isinstance(said, dict):
        return DictionaryObject({NameObject(k): _made(v) for k, v in said.items()})
    if isinstance(said, list):
        return ArrayObject(map(_made, said))
    return NameObject(said) if said.startswith("/") else TextStringObject(said)


def opens(writer, action):
    writer._root_object[NameObject("/OpenAction")] = _made({"/Type": "/Action", **action})


def marked(writer, mark):
    writer.pages[0][NameObject("/Annots")] = _made([{"/Type": "/Annot", **mark}])


@pytest.mark.parametrize(
    ("change", "taken"),
    [
        (lambda w: None, True),
        (lambda w: runs(w), False),
        (lambda w: w.add_attachment("evil.exe", b"MZ"), False),
        (lambda w: w.encrypt("x"), False),
        (lambda w: opens(w, {"/S": "/URI", "/URI": "http://x"}), False),
        (lambda w: opens(w, {"/S": "/GoTo", "/Next": {"/S": "/JavaScript", "/JS": "x"}}), False),
        (lambda w: marked(w, {"/Subtype": "/FileAttachment"}), False),
        (lambda w: marked(w, {"/Subtype": "/Link", "/A": {"/S": "/Launch", "/F": "x"}}), False),
        (lambda w: marked(w, {"/Subtype": "/Link", "/A": {"/S": "/URI", "/URI": "x"}}), True),
    ],
)
def test_a_pdf_that_does_something_or_carries_something_is_refused(campus, change, taken):
    upload = files.Upload("x.pdf", pdf(change))
    if taken:
        assert files.store(campus.units["实验小学"], upload).content_type == "application/pdf"
    else:
        with pytest.raises(Refused):
            files.store(campus.units["实验小学"], upload)


@pytest.mark.parametrize(
    ("name", "body", "taken"),
    [
        ("word/media/image1.png", b"x", True),
        ("word/vbaProject.bin", b"x", False),
        ("word/embeddings/oleObject1.bin", b"x", False),
        ("word/activeX/activeX1.xml", b"x", False),
        ("word/Embeddings/sheet1.xlsx", b"x", False),
        ("word/part1.bin", b"x", False),
        ("payload.ps1", b"x", False),
        ("word/inner.zip", b"x", False),
        ("[Content_Types].xml", b'<Override ContentType="x.macroEnabled.main+xml"/>', False),
        (
            "word/_rels/document.xml.rels",
            b'<Relationship Type="x/image" TargetMode="External"/>',
            False,
        ),
        (
            "word/_rels/document.xml.rels",
            b'<Relationship Type="x/hyperlink" Target="http://x" TargetMode="External"/>',
            True,
        ),
        (
            "word/_rels/settings.xml.rels",
            b'<Relationship Type="x/attachedTemplate" Target="http://x/t.dotm"/>',
            False,
        ),
    ],
)
def test_a_document_that_carries_programs_is_refused(campus, name, body, taken):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("word/document.xml", "<w:document/>")
        packed.writestr(name, body)
    upload = files.Upload("x.docx", out.getvalue())
    if taken:
        assert files.store(campus.units["实验小学"], upload)
    else:
        with pytest.raises(Refused):
            files.store(campus.units["实验小学"], upload)


def test_a_second_picture_behind_a_photo_goes_with_its_traces(campus):
    """MPO, as some telephones save: two pictures in one file, each with a position."""
    exif = Image.Exif()
    exif[0x010E] = "who was here"
    exif.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    first, second = (Image.new("RGB", (40, 30), c) for c in ("white", "red"))
    first.save(out, "MPO", save_all=True, append_images=[second], exif=exif)
    kept = files.without_traces(out.getvalue(), "image/jpeg")
    assert b"who was here" not in kept and b"Exif" not in kept
    with Image.open(io.BytesIO(kept)) as picture:
        assert picture.size == (40, 30) and getattr(picture, "n_frames", 1) == 1
    assert files._is_whole(out.getvalue(), "image/jpeg")


def test_a_heic_photo_is_refused_with_a_remedy(campus):
    with acting(SYSTEM), pytest.raises(Refused, match="HEIC"):
        files.store(
            campus.units["实验小学"],
            files.Upload("IMG_1.HEIC", b"\x00\x00\x00\x18ftypheic" + bytes(64)),
        )


@pytest.mark.parametrize("how", [{"progressive": True}, {"restart_marker_blocks": 2}, {}])
def test_points_stay_as_they_are(how):
    _image, data = picture("JPEG", turned=1, quality=80, **how)
    kept = without_traces(data + data, "image/jpeg")
    assert kept.count(b"SerialNo") == 0
    with Image.open(io.BytesIO(kept)) as one, Image.open(io.BytesIO(data)) as other:
        assert one.tobytes() == other.convert(one.mode).tobytes()


def test_a_segment_that_says_more_than_how_to_show_is_taken_out():
    _image, data = picture("JPEG", turned=1)
    said = b"JFIF\x00" + bytes(9) + b"SerialNo12345"
    told = b"\xff\xe0" + (len(said) + 2).to_bytes(2, "big") + said
    adobe = b"Adobe" + bytes(7) + b"SerialNo12345"
    told += b"\xff\xee" + (len(adobe) + 2).to_bytes(2, "big") + adobe
    kept = without_traces(data[:2] + told + data[2:], "image/jpeg")
    assert b"SerialNo" not in kept
    _image, data = picture("WEBP")
    body = data[8:] + b"NOTE" + (8).to_bytes(4, "little") + b"SerialNo"
    kept = without_traces(b"RIFF" + len(body).to_bytes(4, "little") + body, "image/webp")
    assert b"SerialNo" not in kept


def test_a_photo_in_a_document_loses_its_traces_too(campus):
    _image, photo = picture("JPEG")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("word/document.xml", "<w:document/>")
        packed.writestr("word/media/image1.jpeg", photo)
    kept = files.store(campus.units["实验小学"], files.Upload("x.docm", out.getvalue()))
    assert kept.name == "x.docm.docx"
    with zipfile.ZipFile(attachment_path(kept.digest)) as packed:
        assert b"SerialNo" not in packed.read("word/media/image1.jpeg")
        assert packed.read("word/document.xml") == b"<w:document/>"
