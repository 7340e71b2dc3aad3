"""Reads words off pictures, on this machine and without network, in a process of its own: it yields
to everybody else, and what goes wrong there ends there.

RapidOCR with the models of its package; an optional extra (`requirements/ocr.txt`).
"""

from __future__ import annotations

import fcntl
import importlib.util
import io
import math
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

from PIL import Image, ImageFilter, ImageOps

MAX_SIDE = 2400  # pixels; 200 dots an inch of A4, more reads no better
MAX_PIXELS = 60_000_000
PATIENCE = 60  # seconds for one page
WAITED = 60  # seconds for one's turn
SMALLEST = 24  # pixels; less holds no words
UPRIGHT = 0.85  # mean score of lines that stand upright; turned ones stay below 0.8
SKEWED = 0.2  # degrees
PAPER = 20  # pixels around a point that tell how light its paper is, also in a shadow
INK = 50  # how much darker than its paper a point of a letter is, of 255
QUALITY = 60  # of the page that people look at


@dataclass(frozen=True)
class Words:
    """Words on a line with their place in pixels, y downwards, and how sure each character is."""

    left: float
    top: float
    right: float
    bottom: float
    text: str
    scores: tuple[float, ...]


@dataclass(frozen=True)
class Seen:
    """A page as it was read: upright and straight, as JPEG, with its words.

    `missed`: the share of its ink that no word covers.
    """

    jpeg: bytes
    width: int
    height: int
    words: tuple[Words, ...]
    missed: float


class Unseen(Exception):
    """A page could not be read: it took too long, or broke what reads."""


def is_available() -> bool:
    """Whether the extra is installed."""
    return all(importlib.util.find_spec(name) for name in ("rapidocr", "onnxruntime"))


class Taken(Exception):
    """Others are being read, longer than one waits."""


@contextmanager
def _turn() -> Iterator[None]:
    """One at a time on a machine: each takes up to a gigabyte of memory. :raises Taken:"""
    path = Path(tempfile.gettempdir(), f"anyuan-recognition-{os.getuid()}.lock")
    deadline = time.monotonic() + WAITED
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if time.monotonic() > deadline:
                    raise Taken from error
                time.sleep(0.2)
        yield


class Reader:
    """Reads one page after the other."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def see(self, picture: bytes) -> Seen:
        """Read one page from the bytes of a picture. :raises Unseen:"""
        try:
            return self._pool.submit(_see, picture).result(timeout=PATIENCE)
        except (TimeoutError, BrokenProcessPool, OSError, ValueError) as error:
            raise Unseen from error


@contextmanager
def reader() -> Iterator[Reader]:
    """What reads pages; ended with all that it still does. :raises Taken:"""
    context = multiprocessing.get_context("spawn")
    with _turn():
        pool = ProcessPoolExecutor(1, mp_context=context, initializer=_be_quiet)
        try:
            yield Reader(pool)
        finally:
            processes = list((pool._processes or {}).values())
            pool.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.kill()


# -- in the process that reads ---------------------------------------------------
def _be_quiet() -> None:
    os.nice(19)


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": 2,
        }
    )


def _see(picture: bytes) -> Seen:
    page = _prepared(picture)
    page, found = _upright(page)
    angle = _skew(found)
    if abs(angle) > SKEWED:
        page = page.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)
        found = [_straightened(f, angle, page.size) for f in found]
    words = tuple(_words(f) for f in found)
    out = io.BytesIO()
    page.save(out, "JPEG", quality=QUALITY, optimize=True)
    return Seen(out.getvalue(), page.width, page.height, words, _missed(page, words))


def _prepared(picture: bytes) -> Image.Image:
    """Gray, without red stamps and without the specks of a fax; no larger than reads well."""
    with Image.open(io.BytesIO(picture)) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            raise ValueError("too many pixels")
        page: Image.Image = ImageOps.exif_transpose(opened) or opened
        page.load()
    if page.mode not in {"L", "1"}:
        # Red ink is as light as paper in the red channel.
        page = page.convert("RGB").split()[0]
    page = page.convert("L")
    if min(page.size) < SMALLEST:
        raise ValueError("too small")
    shrink = MAX_SIDE / max(page.size)
    if shrink < 1:
        page = page.resize((round(page.width * shrink), round(page.height * shrink)))
    return page.filter(ImageFilter.MedianFilter(3)) if _is_fax(page) else page


def _is_fax(page: Image.Image) -> bool:
    """Whether there is nothing between black and white."""
    counts = page.histogram()
    return sum(counts[16:240]) < 0.01 * sum(counts)


Found = tuple[list[tuple[float, float]], list[str], list[float]]


def _upright(page: Image.Image) -> tuple[Image.Image, list[Found]]:
    """The page turned so that its lines read best, with what was found on it."""
    found = _recognised(page)
    if not found:
        return page, found
    # Words that stand on their side are turned one by one by what reads them; their order is lost.
    tall = median(_height(f) / max(1, _width(f)) for f in found) > 1
    if not tall and _sureness(found) >= UPRIGHT:
        return page, found
    tried = [] if tall else [(page, found)]
    for turn in (90, 270) if tall else (180,):
        turned = page.rotate(turn, expand=True)
        tried.append((turned, _recognised(turned)))
    return max(tried, key=lambda one: _sureness(one[1]) * sum(len(f[1]) for f in one[1]))


def _recognised(page: Image.Image) -> list[Found]:
    import numpy

    said = _engine()(
        numpy.asarray(page), use_cls=False, return_word_box=True, return_single_char_box=True
    )
    if said.boxes is None or said.txts is None:
        return []
    return [
        (
            [(float(x), float(y)) for x, y in box],
            [character for character, _score, _box in each],
            [float(score) for _character, score, _box in each],
        )
        for box, each in zip(said.boxes, said.word_results, strict=True)
        if each
    ]


def _sureness(found: Sequence[Found]) -> float:
    scores = [s for _box, _text, each in found for s in each]
    return sum(scores) / len(scores) if scores else 0.0


def _width(found: Found) -> float:
    return max(x for x, _ in found[0]) - min(x for x, _ in found[0])


def _height(found: Found) -> float:
    return max(y for _, y in found[0]) - min(y for _, y in found[0])


def _skew(found: Sequence[Found]) -> float:
    """By how many degrees long lines rise to the left; 0 where there is none."""
    slopes = [
        math.degrees(math.atan2(box[1][1] - box[0][1], box[1][0] - box[0][0]))
        for box, text, _ in found
        if len(text) >= 8
    ]
    return median(slopes) if slopes else 0.0


def _straightened(found: Found, angle: float, size: tuple[int, int]) -> Found:
    """The same words where they lie once the page is turned by `angle` about its middle."""
    box, text, scores = found
    cx, cy = size[0] / 2, size[1] / 2
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    turned = [
        (cx + (x - cx) * cos + (y - cy) * sin, cy - (x - cx) * sin + (y - cy) * cos) for x, y in box
    ]
    return turned, text, scores


def _words(found: Found) -> Words:
    box, text, scores = found
    xs, ys = [x for x, _ in box], [y for _, y in box]
    spread = [s for characters, s in zip(text, scores, strict=True) for _ in characters]
    return Words(min(xs), min(ys), max(xs), max(ys), "".join(text), tuple(spread))


def _missed(page: Image.Image, words: Sequence[Words]) -> float:
    """The share of dark points outside all words: a line that was lost shows in no score."""
    import numpy

    clean = page.filter(ImageFilter.MedianFilter(5))
    paper = numpy.asarray(clean.filter(ImageFilter.BoxBlur(PAPER))).astype(int)
    dark = paper - numpy.asarray(clean) > INK
    outside = dark.copy()
    for w in words:
        left, top = max(0, int(w.left) - 4), max(0, int(w.top) - 4)
        outside[top : int(w.bottom) + 4, left : int(w.right) + 4] = False
    return float(outside.sum()) / max(1, int(dark.sum()))
