"""Lines of a page in reading order, from words and their places: two columns one after the other,
rows of tables by their cells, without what stands on every page.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Piece:
    """Words that stand together on a line; y grows upwards, in points. `unsure`: characters of
    which what read them is not sure.
    """

    left: float
    bottom: float
    right: float
    top: float
    text: str
    unsure: tuple[int, ...] = ()

    @property
    def height(self) -> float:
        return self.top - self.bottom


Row = list[Piece]


@dataclass(frozen=True)
class Told:
    """A line as it is read; the cells of a table row are parted by tabs."""

    row: Row

    @property
    def text(self) -> str:
        return "\t".join(piece.text for piece in self.row)

    @property
    def unsure(self) -> tuple[int, ...]:
        """Characters of `text` of which what read them is not sure."""
        out: list[int] = []
        at = 0
        for piece in self.row:
            out += [at + i for i in piece.unsure]
            at += len(piece.text) + 1
        return tuple(out)


def rows_of(pieces: list[Piece]) -> list[Row]:
    """Pieces by lines from top to bottom; those of one cell or phrase joined."""
    rows: list[Row] = []
    for piece in sorted(pieces, key=lambda p: (-p.top, p.left)):
        middle = (piece.top + piece.bottom) / 2
        home = next((r for r in reversed(rows[-4:]) if r[0].bottom <= middle <= r[0].top), None)
        if home is None:
            rows.append([piece])
        else:
            home.append(piece)
    return [_joined(sorted(row, key=lambda p: p.left)) for row in rows]


def _joined(row: Row) -> Row:
    out = [row[0]]
    for piece in row[1:]:
        last = out[-1]
        gap = piece.left - last.right
        if gap < -0.5 * last.height and piece.text == last.text:
            continue  # shadowed or bold by printing twice
        if gap < 0.9 * max(last.height, piece.height):
            blank = (
                " "
                if re.search(r"[A-Za-z0-9]$", last.text) and re.match(r"[A-Za-z]", piece.text)
                else ""
            )
            out[-1] = _together(last, piece, blank)
        else:
            out.append(piece)
    return out


def _together(one: Piece, other: Piece, between: str) -> Piece:
    shift = len(one.text) + len(between)
    return Piece(
        min(one.left, other.left),
        min(one.bottom, other.bottom),
        max(one.right, other.right),
        max(one.top, other.top),
        one.text + between + other.text,
        (*one.unsure, *(shift + i for i in other.unsure)),
    )


def in_order(rows: list[Row], width: float) -> list[Told]:
    """Rows of a page in the order in which they are read: column by column."""
    middle = _gutter(rows, width)
    if middle is None:
        return _lines(rows)
    left = [[p for p in row if p.left < middle] for row in rows]
    right = [[p for p in row if p.left >= middle] for row in rows]
    across = [row for row in rows if any(p.left < middle - 5 and p.right > middle + 5 for p in row)]
    # A title over both columns stands before them.
    head = [row for row in across if row[0].bottom > max((r[0].top for r in right if r), default=0)]
    body = [r for r, row in zip(left, rows, strict=True) if r and row not in head]
    return _lines(head) + _lines(body) + _lines([r for r in right if r])


def _gutter(rows: list[Row], width: float) -> float | None:
    """Where two columns part; None for a page of one column or of a table."""
    if len(rows) < 6:
        return None
    for share in (0.5, 0.48, 0.52, 0.46, 0.54):
        at = width * share
        crossing = sum(1 for row in rows if any(p.left < at < p.right for p in row))
        both = [row for row in rows if row[0].right < at and row[-1].left > at]
        if crossing > 0.15 * len(rows) or len(both) < 0.4 * len(rows):
            continue
        wide = [p for row in both for p in row]
        if all(len(row) == 2 for row in both) and sum(len(p.text) for p in wide) / len(wide) >= 11:
            return at
    return None


def _lines(rows: list[Row]) -> list[Told]:
    """Each line as text, or as the cells of a table row; a cell that goes on below is joined."""
    out: list[Told] = []
    table: list[Row] = []
    for row in rows:
        if len(row) > 1 or (table and _goes_on(table[-1], row)):
            if table and _goes_on(table[-1], row):
                table[-1] = _merged(table[-1], row)
            else:
                table.append(row)
            continue
        out += _told(table)
        table = []
        out.append(Told(row))
    return out + _told(table)


def _told(table: list[Row]) -> list[Told]:
    return [Told(row) for row in table]


def _goes_on(above: Row, row: Row) -> bool:
    """Whether a line holds only the next words of cells of the row above: fewer cells, each below
    one of them, and close.
    """
    if len(row) >= len(above) or above[0].bottom - row[0].top > 0.9 * row[0].height:
        return False
    if abs(row[0].left - above[0].left) < row[0].height:
        return False
    return all(any(_below(cell, p) for cell in above) for p in row)


def _below(cell: Piece, piece: Piece) -> bool:
    return piece.left > cell.left - piece.height and piece.left < max(
        cell.right, cell.left + 4 * piece.height
    )


def _merged(above: Row, row: Row) -> Row:
    out = list(above)
    for piece in row:
        at = next(i for i, cell in enumerate(out) if _below(cell, piece))
        cell = out[at]
        out[at] = _together(cell, piece, "")
    bottom = min(p.bottom for p in row)
    return [replace(p, bottom=min(p.bottom, bottom)) for p in out]


_PAGE_NUMBER = re.compile(
    r"[-—－\s·]*(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[/，,]?\s*(?:共\s*)?\d{1,4}(?:\s*页)?)?[-—－\s·]*"
)


def without_furniture(pages: list[list[Told]]) -> list[list[Told]]:
    """Pages without their numbers and without what stands at the edge of most of them."""
    edges = Counter(
        _shape(text)
        for lines in pages
        for text in {line.text for line in [*lines[:2], *lines[-2:]]}
        if len(lines) > 3
    )
    common = {shape for shape, n in edges.items() if n >= 3 and n >= 0.5 * len(pages)}
    everywhere = Counter(text for lines in pages for text in {line.text for line in lines})
    marks = {line for line, n in everywhere.items() if n >= 3 and n >= 0.8 * len(pages)}
    out = []
    for lines in pages:
        last = len(lines) - 1
        out.append(
            [
                line
                for i, line in enumerate(lines)
                if not (
                    i in {0, 1, last - 1, last} and _is_furniture(line.text, common, i in {0, last})
                )
                and line.text not in marks
            ]
        )
    return out


def _is_furniture(line: str, common: set[str], outermost: bool) -> bool:
    return _shape(line) in common or (outermost and bool(_PAGE_NUMBER.fullmatch(line)))


def _shape(line: str) -> str:
    return re.sub(r"\d+", "0", line)
