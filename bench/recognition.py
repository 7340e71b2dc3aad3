"""How well and how fast pages are read as pictures: clean, askew and in gray, faxed.

    python -m bench.recognition

Pages are drawn from our own sample plan; drawn pages flatter, real scans and handwriting were not
tried. The share of wrong characters is the edit distance by the length of the text. The baseline
of the time is the drawing of the page.
"""

from __future__ import annotations

import io
import time
from pathlib import Path

import numpy
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from anyuan.obligations.reading import document
from anyuan.obligations.reading.files import recognition
from anyuan.ops import demo

SAMPLES = Path(demo.__file__).parent / "samples"
COLUMNS, LINES = 28, 22  # of an official page (GB/T 9704)
SIZE, WIDTH, HEIGHT = 44, 1654, 2339  # 16 points and A4 at 200 dots an inch


def page(text: str, font: ImageFont.FreeTypeFont) -> Image.Image:
    picture = Image.new("L", (WIDTH, HEIGHT), 255)
    draw = ImageDraw.Draw(picture)
    for i in range(LINES):
        line = text[i * COLUMNS : (i + 1) * COLUMNS]
        draw.text((220, 290 + 80 * i), line, font=font, fill=20)
    return picture


def askew(picture: Image.Image) -> Image.Image:
    """Turned by two thirds of a degree, blurred, on gray paper, as JPEG."""
    turned = picture.rotate(0.7, Image.Resampling.BICUBIC, fillcolor=255)
    blurred = turned.filter(ImageFilter.GaussianBlur(0.8))
    noise = numpy.random.default_rng(1).normal(0, 10, (HEIGHT, WIDTH))
    gray = numpy.clip(numpy.asarray(blurred) * 0.85 + 25 + noise, 0, 255).astype("uint8")
    out = io.BytesIO()
    Image.fromarray(gray).save(out, "JPEG", quality=50)
    return Image.open(io.BytesIO(out.getvalue()))


def faxed(picture: Image.Image) -> Image.Image:
    """Turned by two degrees, black and white alone, with specks."""
    turned = picture.rotate(-2, Image.Resampling.BICUBIC, fillcolor=255)
    noise = numpy.random.default_rng(1).normal(0, 45, (HEIGHT, WIDTH))
    return Image.fromarray(((numpy.asarray(turned) + noise > 150) * 255).astype("uint8"))


def wrong(read: str, said: str) -> int:
    """The edit distance of two texts."""
    row = list(range(len(said) + 1))
    for i, a in enumerate(read, 1):
        left = row[0]
        row[0] = i
        for j, b in enumerate(said, 1):
            left, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, left + (a != b))
    return row[-1]


def plain(text: str) -> str:
    """The characters that matter: half and full forms of stops are the same."""
    return "".join(text.split()).translate(str.maketrans("，：；（）", ",:;()"))


def main() -> None:
    fonts = sorted(Path("/usr/share/fonts").glob("**/NotoS*CJK-Regular.ttc"))
    if not recognition.is_available() or not fonts:
        print("recognition: the extra (make ocr) or a Chinese font is missing")
        return
    font = ImageFont.truetype(str(fonts[-1]), SIZE, index=2)
    text = plain(next(SAMPLES.glob("*.txt")).read_text("utf-8"))[: COLUMNS * LINES]
    for name, made in (("clean", lambda p: p), ("askew", askew), ("faxed", faxed)):
        began = time.perf_counter()
        picture = made(page(text, font))
        drawn = time.perf_counter() - began
        out = io.BytesIO()
        picture.save(out, "PNG")
        began = time.perf_counter()
        read = document.from_bytes("page.png", out.getvalue())
        took = time.perf_counter() - began
        share = wrong(plain(read.text), text) / len(text)
        print(
            f"recognition, {name:<6} {took:4.1f} s a page ({took / drawn:,.0f} times its drawing),"
            f" {share:.2%} of characters wrong"
        )


if __name__ == "__main__":
    main()
