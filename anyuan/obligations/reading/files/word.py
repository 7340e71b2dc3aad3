"""Reads docx by its XML: numbers as Word prints them, tables, text boxes, controls, footnotes;
tracked changes as accepted; no comments and no hidden text.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from lxml import etree

from .lines import Lines
from .numbering import Numbering

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
MAX_PART = 60 * 1024 * 1024  # bytes of one unpacked part
MAX_DEPTH = 60
MAX_SPAN = 60  # columns that one merged cell may cover; our own bound, beyond any printed table
_GONE = {
    f"{W}del",
    f"{W}moveFrom",
    f"{W}instrText",
    f"{W}delText",
    f"{W}pPr",
    f"{W}rPr",
    f"{MC}Fallback",
}


class TooBig(Exception):
    """A part unpacks to more than is read."""


class WordFile:
    """One docx. :raises TooBig, KeyError, etree.XMLSyntaxError, zipfile.BadZipFile:"""

    def __init__(self, data: bytes) -> None:
        self.archive = zipfile.ZipFile(io.BytesIO(data))
        self.names = set(self.archive.namelist())
        self.lines = Lines()
        self.numbering = Numbering(self._part("word/numbering.xml"), self._part("word/styles.xml"))
        self._notes: dict[str, str] = {}
        self._boxes: list[etree._Element] = []
        self._pictures = 0

    def read(self) -> Lines:
        document = self._part("word/document.xml")
        body = None if document is None else document.find(f"{W}body")
        if body is None:
            raise KeyError("word/document.xml holds no body")
        notes = self._part("word/footnotes.xml")
        if notes is not None:
            for note in notes.iter(f"{W}footnote"):
                self._notes[note.get(f"{W}id", "")] = "".join(self._words(note, 0))
        for node in body:
            self._blocks(node, 0)
        self._margins()
        if self._pictures:
            self.lines.say(f"文中有 {self._pictures} 张图片，其中的文字没有读。")
        return self.lines

    def _part(self, name: str) -> etree._Element | None:
        if name not in self.names:
            return None
        with self.archive.open(name) as part:
            data = part.read(MAX_PART + 1)
        if len(data) > MAX_PART:
            raise TooBig(name)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        return etree.fromstring(data, parser)

    def _margins(self) -> None:
        """Headers and footers, once each; page numbers alone are left out."""
        seen: set[str] = set()
        for name in sorted(self.names):
            if not name.startswith(("word/header", "word/footer")):
                continue
            part = self._part(name)
            words = "" if part is None else "".join(self._words(part, 0)).strip()
            if len(words) > 8 and words not in seen:
                seen.add(words)
                self.lines.say(f"页眉页脚没有作为正文读：{words[:30]}")

    # -- blocks -----------------------------------------------------------
    def _blocks(self, node: etree._Element, depth: int) -> None:
        """Paragraphs and tables in the order of the document, whatever they stand in."""
        if depth > MAX_DEPTH or node.tag in _GONE:
            if node.tag in {f"{W}del", f"{W}moveFrom"}:
                self._tracked()
            return
        if node.tag == f"{W}p":
            self._paragraph(node)
        elif node.tag == f"{W}tbl":
            self._table(node, depth)
        else:
            for child in node:
                if isinstance(child.tag, str):
                    self._blocks(child, depth + 1)

    def _paragraph(self, node: etree._Element) -> None:
        for line in self._paragraph_text(node).split("\n"):
            self.lines.add(line)
        boxes, self._boxes = self._boxes, []
        for box in boxes:
            self._blocks(box, 1)

    def _paragraph_text(self, node: etree._Element) -> str:
        words = "".join(self._words(node, 0))
        if _is_deleted(node) and not words.strip():
            return ""
        return self.numbering.label(node) + words

    def _words(self, node: etree._Element, depth: int) -> Iterator[str]:
        """The text within a paragraph, run by run."""
        if depth > MAX_DEPTH:
            return
        for child in node:
            tag = child.tag
            if not isinstance(tag, str):
                continue
            if tag == f"{W}t":
                yield child.text or ""
            elif tag in _GONE:
                if tag in {f"{W}del", f"{W}moveFrom"}:
                    self._tracked()
            elif tag == f"{W}tab":
                yield "  "
            elif tag in {f"{W}br", f"{W}cr"}:
                yield "\n"
            elif tag == f"{W}noBreakHyphen":
                yield "-"
            elif tag == f"{W}footnoteReference":
                note = self._notes.get(child.get(f"{W}id", ""), "").strip()
                yield f"（注：{note}）" if note else ""
            elif tag == f"{W}txbxContent" or tag in {f"{W}tbl"}:
                self._boxes.append(child)
            elif tag == f"{W}r" and _is_hidden(child):
                self.lines.say("隐藏文字没有读。")
            else:
                if tag.endswith(("}blip", "}imagedata")):
                    self._pictures += 1
                if tag in {f"{W}ins", f"{W}moveTo"}:
                    self._tracked()
                yield from self._words(child, depth + 1)

    def _tracked(self) -> None:
        self.lines.say("文中有修订痕迹，已按全部接受来读：删除的不读，插入的读。")

    # -- tables -----------------------------------------------------------
    def _table(self, node: etree._Element, depth: int) -> None:
        above: dict[int, str] = {}
        for row in _rows(node):
            cells: list[str] = []
            inner: list[etree._Element] = []
            for cell in _cells(row):
                text = self._cell(cell, inner)
                span, merged = _merge(cell)
                column = len(cells)
                if merged == "continue":
                    text = above.get(column, "")
                elif merged == "restart":
                    above[column] = text
                else:
                    above.pop(column, None)
                cells.append(text)
                cells += [""] * (span - 1)
            self.lines.row(cells)
            for table in inner:
                self._table(table, depth + 1) if depth < MAX_DEPTH else None

    def _cell(self, cell: etree._Element, inner: list[etree._Element]) -> str:
        words: list[str] = []
        for node in cell.iter(f"{W}p", f"{W}tbl"):
            owner = next((a for a in node.iterancestors(f"{W}tc")), None)
            if owner is not cell:
                continue
            if node.tag == f"{W}tbl":
                inner.append(node)
            else:
                words.append(self._paragraph_text(node))
        for box in self._boxes:
            words += ["".join(self._words(p, 0)) for p in box.iter(f"{W}p")]
        self._boxes = []
        return "\n".join(words)


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for row in table.iter(f"{W}tr"):
        if next(row.iterancestors(f"{W}tbl"), None) is not table:
            continue
        if row.find(f"{W}trPr/{W}del") is None:
            yield row


def _cells(row: etree._Element) -> Iterator[etree._Element]:
    for cell in row.iter(f"{W}tc"):
        if next(cell.iterancestors(f"{W}tr"), None) is row:
            yield cell


def _merge(cell: etree._Element) -> tuple[int, str]:
    """How many columns a cell covers, and whether it begins or goes on downwards."""
    span = cell.find(f"{W}tcPr/{W}gridSpan")
    down = cell.find(f"{W}tcPr/{W}vMerge")
    many = span.get(f"{W}val", "1") if span is not None else "1"
    across = min(int(many), MAX_SPAN) if many.isdigit() and int(many) > 0 else 1
    if down is None:
        return across, ""
    return across, "restart" if down.get(f"{W}val") == "restart" else "continue"


def _is_hidden(run: etree._Element) -> bool:
    vanish = run.find(f"{W}rPr/{W}vanish")
    return vanish is not None and vanish.get(f"{W}val", "1") not in {"0", "false", "off"}


def _is_deleted(paragraph: etree._Element) -> bool:
    return paragraph.find(f"{W}pPr/{W}rPr/{W}del") is not None
