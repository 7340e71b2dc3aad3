"""What a file gives: its lines of text, and what of it was left out or changed."""

from __future__ import annotations

from dataclasses import dataclass, field

from .layout import Told


@dataclass(frozen=True)
class Page:
    """A page that was read as a picture: upright and straight, as JPEG; its size in pixels."""

    jpeg: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Spot:
    """Where a line of the text stands on a page: left, top, right, bottom in shares of the page.

    `unsure`: characters of the line of which what read them is not sure.
    """

    line: int
    page: int
    box: tuple[float, float, float, float]
    unsure: tuple[int, ...]


@dataclass
class Lines:
    """The text of a file line by line; cells of a table row are parted by tabs.

    `said`: what the reader of the plan must know of the file, in words. `pages` and `spots`: what
    was read as a picture, and where its lines stand.
    """

    text: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    pages: dict[int, Page] = field(default_factory=dict)
    spots: list[Spot] = field(default_factory=list)

    def add_told(self, told: Told, page: int) -> None:
        """A line of a page, with its place if the page was read as a picture."""
        if page in self.pages:
            self.spots.append(_spot(told, len(self.text), page, self.pages[page]))
        self.text.append(told.text)

    def add(self, line: str) -> None:
        self.text.append(line)

    def row(self, cells: list[str]) -> None:
        """A row of a table; an empty row gives nothing."""
        if any(cell.strip() for cell in cells):
            self.text.append("\t".join(_one_line(cell) for cell in cells))

    def say(self, words: str) -> None:
        if words not in self.said:
            self.said.append(words)


def _spot(told: Told, line: int, number: int, page: Page) -> Spot:
    row = told.row
    box = (
        min(p.left for p in row) / page.width,
        1 - max(p.top for p in row) / page.height,
        max(p.right for p in row) / page.width,
        1 - min(p.bottom for p in row) / page.height,
    )
    return Spot(line, number, box, told.unsure)


def _one_line(cell: str) -> str:
    parts = [part.strip() for part in cell.replace("\t", " ").split("\n") if part.strip()]
    out = ""
    for part in parts:
        ended = not out or out[-1] in "。；;，,、：:！？"
        # Short pieces of a narrow cell were broken by its width; longer ones are sentences.
        out += part if ended or (len(part) < 8 and len(out) < 12) else "；" + part
    return out
