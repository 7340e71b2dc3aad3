"""Scans and photos are read on this machine; each line keeps its place on the page."""

from __future__ import annotations

import contextlib
import io
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from pypdf import PdfWriter

from anyuan.obligations.reading import document, rules
from anyuan.obligations.reading.errors import Busy, NotText
from anyuan.obligations.reading.files import pictures, recognition

FONTS = sorted(Path("/usr/share/fonts").glob("**/NotoS*CJK-Regular.ttc"))
pytestmark = pytest.mark.skipif(
    not recognition.is_available() or not FONTS, reason="the extra or a Chinese font is missing"
)
LINES = (
    "青禾区实验小学安全值守方案",
    "一、值班要求",
    "1.值班教师每天7:30到岗，巡查校园不少于3遍。",
    "2.保安每2小时巡逻一次。",
    "二、检查要求",
    "1.总务处每月检查消防器材一次。",
    "2.班主任每周开展安全教育，不少于20分钟。",
)


def page(lines=LINES, side=1) -> Image.Image:
    picture = Image.new("L", (1240 * side, 1000 * side), 255)
    draw, font = ImageDraw.Draw(picture), ImageFont.truetype(str(FONTS[0]), 36 * side, index=2)
    for i, line in enumerate(lines):
        draw.text((90 * side, (80 + 90 * i) * side), line, font=font, fill=20)
    return picture


def saved(picture: Image.Image, kind="PNG", **more) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **more)
    return out.getvalue()


def measured(text: str) -> set[tuple[str, str, float | None]]:
    return {
        (o.duty_holder, o.activity, o.quantity)
        for plan in rules.read("x", text)
        for o in plan.obligations
        if o.kind != "standing"
    }


SAID = measured("\n".join(LINES))


def turned(by):
    return lambda: page().rotate(by, expand=True)


def stamped():
    picture = page().convert("RGB")
    ImageDraw.Draw(picture).ellipse((300, 250, 560, 510), outline=(215, 30, 30), width=9)
    return picture


@pytest.mark.parametrize(
    "made",
    [turned(90), turned(180), turned(270), turned(2), stamped],
    ids=["on its side", "upside down", "on its other side", "askew", "stamped"],
)
def test_a_picture_of_a_page_is_read(made):
    read = document.from_bytes("拍照.png", saved(made()))
    assert measured(read.text) == SAID
    assert any("从图片识别" in words for words in read.warnings)


def test_each_line_keeps_its_place():
    read = document.from_bytes("拍照.png", saved(page()))
    assert measured(read.text) == SAID
    (picture,) = read.pictures
    places = [(read.text[p.start : p.end], p.box) for p in picture.lines]
    assert [words[:5] for words, _ in places] == [line[:5] for line in LINES]
    for i, (_words, (left, top, right, bottom)) in enumerate(places):
        middle = (80 + 90 * i + 26) / 1000
        assert top < middle < bottom and 0 < left < 0.1 and right <= 1


def test_a_scan_in_a_pdf_and_its_text_pages():
    scan = saved(page().convert("RGB"), "PDF", resolution=110.0)
    read = document.from_bytes("扫描.pdf", scan)
    assert measured(read.text) == SAID and len(read.pictures) == 1


def test_several_pages_in_one_picture_file():
    data = saved(page(LINES[:4]), "TIFF", save_all=True, append_images=[page(LINES[4:])])
    read = document.from_bytes("传真.tif", data)
    assert measured(read.text) == SAID
    assert [p.page.width > 0 for p in read.pictures] == [True, True]


def test_photos_of_pages_are_one_document():
    first = document.from_bytes("1.png", saved(page(LINES[:4])))
    second = document.from_bytes("2.png", saved(page(LINES[4:])))
    both = document.together([first, second])
    assert measured(both.text) == SAID
    last = both.pictures[1].lines[-1]
    assert both.text[last.start : last.end].startswith("2.班主任")


def test_what_is_not_sure_is_marked(monkeypatch):
    monkeypatch.setattr(pictures, "SURE", 1.1)
    read = document.from_bytes("拍照.png", saved(page(LINES[:2])))
    marked = "".join(read.text[a:b] for a, b in read.unsure)
    assert marked == "".join(c for line in LINES[:2] for c in line if c.isalnum())


def test_a_line_that_was_lost_is_said(monkeypatch):
    monkeypatch.setattr(recognition, "_missed", lambda *_: 0.5)
    with Image.open(io.BytesIO(saved(page()))) as picture:
        assert picture.size
    lines = pictures.Lines()
    seen = recognition._see(saved(page()))

    class Once:
        def see(self, _picture):
            return seen

    monkeypatch.setattr(pictures.recognition, "reader", lambda: _given(Once()))
    pictures.look([(0, lambda: b"")], pictures.Eyes(), lines)
    assert any("没有认出" in words for words in lines.said)


class _given:
    def __init__(self, value):
        self.value = value

    def __enter__(self):
        return self.value

    def __exit__(self, *_):
        return None


@pytest.mark.parametrize(
    "data",
    [b"\x89PNG\r\n\x1a\n" + b"x" * 200, b"\xff\xd8\xff" + bytes(500), saved(page())[:3000]],
    ids=["no picture", "empty", "cut off"],
)
def test_a_broken_picture_is_refused(data):
    with pytest.raises((NotText, document.EmptyDocument)):
        document.from_bytes("拍照.png", data)


def test_without_the_extra_it_is_said(monkeypatch):
    monkeypatch.setattr(recognition, "is_available", lambda: False)
    with pytest.raises(NotText, match="没有装文字识别"):
        document.from_bytes("拍照.png", saved(page()))
    with pytest.raises(document.EmptyDocument, match="文字识别"):
        document.from_bytes("扫描.pdf", saved(page().convert("RGB"), "PDF"))


def test_a_photo_in_heic_says_what_to_do():
    with pytest.raises(NotText, match="JPG"):
        document.from_bytes("IMG.HEIC", b"\x00\x00\x00\x18ftypheic" + bytes(100))


def peak(data, name):
    """The most memory that reading a file takes in this process, in MB."""
    tracemalloc.start()
    try:
        with contextlib.suppress(document.ReadingError):
            document.from_bytes(name, data)
        return tracemalloc.get_traced_memory()[1] / 1024**2
    finally:
        tracemalloc.stop()


def test_a_page_larger_than_paper_is_bounded():
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(width=14_400, height=14_400)
    writer.write(out)
    assert peak(out.getvalue(), "大.pdf") < 200


def test_a_fax_of_a_thousand_pages_is_bounded():
    frames = [Image.new("1", (400, 500), 1)] * 400
    data = saved(frames[0], "TIFF", save_all=True, append_images=frames[1:], compression="group4")
    assert peak(data, "传真.tif") < 200


def test_a_picture_of_too_many_points_is_refused():
    data = saved(Image.new("1", (12_000, 6_000), 1), "PNG")
    with pytest.raises(NotText):
        document.from_bytes("大.png", data)


def test_one_file_at_a_time(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # other tests read at the same time
    monkeypatch.setattr(recognition, "WAITED", 0.5)
    with recognition.reader(), pytest.raises(Busy, match="几分钟后"):
        document.from_bytes("拍照.png", saved(page()))
    assert measured(document.from_bytes("拍照.png", saved(page())).text) == SAID
