"""Reads scans and photos of plans: pictures of pages become lines, each with its place."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice

from PIL import Image, ImageSequence

from ..errors import Busy
from . import layout, recognition
from .layout import Piece, Told
from .lines import Lines, Page

POINTS = 72  # of an inch
DOTS = 200  # of an inch; what is drawn of a page to be read
MOST_PAGES = 30  # that are read as pictures of one file; our own bound: a minute or two
SURE = 0.9  # of a character; those below are shown as doubtful
LEFT_OUT = (
    0.012  # share of a page's ink outside all words from which it is said; clean pages: 0.000
)

Said = Callable[[str, int, int], None]
Wanted = tuple[int, Callable[[], bytes]]  # the number of a page, and what gives its picture


class Blind(Exception):
    """Nothing is installed that reads pictures."""


class Eyes:
    """Whether and how pictures are read here; `said` hears how far it has come."""

    def __init__(self, said: Said = lambda _what, _done, _of: None) -> None:
        self.said = said
        self.open = recognition.is_available()


def from_picture(data: bytes, eyes: Eyes) -> Lines:
    """Read a photo, or a scan of several pages in one file. :raises Blind:"""
    if not eyes.open:
        raise Blind
    lines = Lines()
    with Image.open(io.BytesIO(data)) as picture:
        if picture.width * picture.height > recognition.MAX_PIXELS:
            raise ValueError("more points than a page has")
        if getattr(picture, "n_frames", 1) == 1:
            seen = look([(0, lambda: data)], eyes, lines)
        else:
            # One more than are read, so that it is said that there are more.
            frames = islice(ImageSequence.Iterator(picture), MOST_PAGES + 1)
            pages = [_frame(frame) for frame in frames]
            seen = look([(i, partial(bytes, page)) for i, page in enumerate(pages)], eyes, lines)
    for number in sorted(seen):
        for told in seen[number]:
            lines.add_told(told, number)
    return lines


def _frame(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    page = picture.convert("RGB")
    page.thumbnail((recognition.MAX_SIDE, recognition.MAX_SIDE))
    page.save(out, "PNG", compress_level=1)
    return out.getvalue()


def look(pages: Iterable[Wanted], eyes: Eyes, lines: Lines) -> dict[int, list[Told]]:
    """Read pages from their pictures, by page number; what could not be read is said.

    :raises Busy: others are being read.
    """
    wanted = list(pages)
    if not wanted:
        return {}
    if not eyes.open:
        lines.say(f"有 {len(wanted)} 页没有文字（可能是扫描页），这里没有装文字识别，没有读。")
        return {}
    if len(wanted) > MOST_PAGES:
        lines.say(f"扫描页太多，只读了前 {MOST_PAGES} 页。请分几份上传。")
    try:
        with recognition.reader() as reader:
            out = _look_with(reader, wanted[:MOST_PAGES], eyes, lines)
    except recognition.Taken as error:
        raise Busy("正在识别别的文件，一次只能识别一份。请几分钟后再上传。") from error
    if out:
        lines.say("这份文件是从图片识别的，请对照原图审阅；没有把握的字已标出。")
    return out


def _look_with(
    reader: recognition.Reader, wanted: Sequence[Wanted], eyes: Eyes, lines: Lines
) -> dict[int, list[Told]]:
    out: dict[int, list[Told]] = {}
    for done, (number, picture) in enumerate(wanted):
        eyes.said("正在识别扫描页", done, len(wanted))
        try:
            seen = reader.see(picture())
        except recognition.Unseen:
            lines.say(f"第 {number + 1} 页的图片没有读出来。")
            return out
        if not seen.words:
            continue
        lines.pages[number] = Page(seen.jpeg, seen.width, seen.height)
        pieces = [_piece(words, seen.height) for words in seen.words if words.text.strip()]
        out[number] = layout.in_order(layout.rows_of(pieces), seen.width)
        if seen.missed > LEFT_OUT:
            lines.say(f"第 {number + 1} 页有些笔迹没有认出（可能漏了字或行），请对照原图。")
    return out


def _piece(words: recognition.Words, height: float) -> Piece:
    unsure = tuple(
        i
        for i, (c, score) in enumerate(zip(words.text, words.scores, strict=True))
        if score < SURE and c.isalnum()
    )
    return Piece(
        words.left, height - words.bottom, words.right, height - words.top, words.text, unsure
    )
