"""Reads PDF: its text where it has any, else what its pages look like."""

from __future__ import annotations

import io
from functools import partial

import pypdfium2

from . import layout, pictures, recognition
from .layout import Piece
from .lines import Lines

MAX_PAGES = 500
MAX_PIECES = 5000  # of one page; our own bound


class Locked(Exception):
    """The document has a password."""


class Broken(Exception):
    """It does not open."""


def from_pdf(data: bytes, eyes: pictures.Eyes) -> Lines:
    """:raises Locked, Broken, pictures.Blind:"""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise (Locked if "assword" in str(error) else Broken) from error
    lines = Lines()
    pages: list[list[layout.Told]] = []
    empty: list[int] = []
    try:
        for index in range(min(len(document), MAX_PAGES)):
            page = document[index]
            rows = layout.rows_of(_pieces(page))
            if not rows:
                empty.append(index)
            pages.append(layout.in_order(rows, page.get_width()))
            page.close()
        if len(document) > MAX_PAGES:
            lines.say(f"只读了前 {MAX_PAGES} 页。")
        seen = pictures.look(((i, partial(_picture, document, i)) for i in empty), eyes, lines)
    except pypdfium2.PdfiumError as error:
        raise Broken from error
    finally:
        document.close()
    for index, told in seen.items():
        pages[index] = told
    for number, page_lines in enumerate(layout.without_furniture(pages)):
        for line in page_lines:
            lines.add_told(line, number)
    return lines


def _picture(document: pypdfium2.PdfDocument, index: int) -> bytes:
    """A page as it looks: 200 dots an inch, or fewer where the page is larger than paper."""
    page = document[index]
    scale = min(pictures.DOTS / pictures.POINTS, recognition.MAX_SIDE / max(page.get_size()))
    out = io.BytesIO()
    page.render(scale=scale).to_pil().save(out, "PNG", compress_level=1)
    return out.getvalue()


def _pieces(page: pypdfium2.PdfPage) -> list[Piece]:
    text = page.get_textpage()
    out = []
    for i in range(min(text.count_rects(), MAX_PIECES)):
        left, bottom, right, top = text.get_rect(i)
        words = text.get_text_bounded(left, bottom, right, top).replace("\r", "").replace("\n", "")
        words = words.replace("\ufffe", "").replace("\u0002", "")
        if words.strip() and top > bottom:
            out.append(Piece(left, bottom, right, top, words.strip()))
    text.close()
    return out
