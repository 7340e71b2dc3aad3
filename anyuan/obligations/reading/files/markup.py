"""Reads html, rtf, odt and Markdown: their text, and tables as rows."""

from __future__ import annotations

import io
import re
import zipfile

from lxml import etree, html
from striprtf.striprtf import rtf_to_text

from .lines import Lines
from .word import MAX_PART, TooBig

_BLOCKS = {
    "p",
    "div",
    "br",
    "li",
    "ul",
    "ol",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "section",
    "article",
    "header",
    "footer",
    "blockquote",
    "dt",
    "dd",
    "dl",
    "hr",
    "pre",
    "center",
    "body",
    "table",
    "title",
}
_SILENT = {
    "script",
    "style",
    "head",
    "noscript",
    "template",
    "select",
    "button",
    "iframe",
    "object",
}


def from_html(data: bytes) -> Lines:
    """:raises etree.ParserError: it holds nothing."""
    parser = html.HTMLParser(
        encoding=_encoding(data), remove_comments=True, remove_pis=True, no_network=True
    )
    root = html.fromstring(data, parser=parser)
    lines = Lines()
    _walk(root, lines, [""])
    return lines


def _encoding(data: bytes) -> str:
    declared = re.search(rb"charset\s*=\s*[\"']?([\w-]+)", data[:4096], re.I)
    name = declared.group(1).decode().lower() if declared else ""
    if name in {"gb2312", "gbk", "gb18030"}:
        return "gb18030"
    if name in {"utf-8", "utf8", "big5"}:
        return name
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def _walk(node: html.HtmlElement, lines: Lines, line: list[str]) -> None:
    tag = node.tag if isinstance(node.tag, str) else ""
    if tag in _SILENT or "display:none" in re.sub(r"\s", "", node.get("style", "")).lower():
        line[0] += " ".join((node.tail or "").split()) if node.tail else ""
        return
    if tag == "table":
        _flush(lines, line)
        for row in node.iter("tr"):
            lines.row(["\n".join(cell.itertext()) for cell in row if cell.tag in {"td", "th"}])
    else:
        if tag in _BLOCKS:
            _flush(lines, line)
        line[0] += _squeezed(node.text)
        for child in node:
            _walk(child, lines, line)
        if tag in _BLOCKS:
            _flush(lines, line)
    line[0] += _squeezed(node.tail)


def _squeezed(text: str | None) -> str:
    return re.sub(r"[ \t\r\n]+", " ", text or "")


def _flush(lines: Lines, line: list[str]) -> None:
    if line[0].strip():
        lines.add(line[0].strip())
    line[0] = ""


def _plain_rtf(data: bytes) -> str:
    text: str = rtf_to_text(data.decode("latin-1"), errors="replace")
    return text


def from_rtf(data: bytes) -> Lines:
    """:raises ValueError: it is none."""
    lines = Lines()
    for line in _plain_rtf(data).split("\n"):
        if line.count("|") >= 2:
            lines.row(line.strip().strip("|").split("|"))
        else:
            lines.add(line)
    return lines


def from_markdown(text: str) -> str:
    """Return the text without its marks; rows of tables parted by tabs."""
    out = []
    for line in text.split("\n"):
        if re.fullmatch(r"\s*\|?(?:\s*:?-{2,}:?\s*\|)+\s*:?-*:?\s*", line):
            continue
        line = re.sub(r"(\*\*|__|`)(.+?)\1", r"\2", line)
        if line.strip().startswith("|") and line.count("|") >= 3:
            out.append("\t".join(cell.strip() for cell in line.strip().strip("|").split("|")))
            continue
        out.append(re.sub(r"^\s{0,3}#{1,6}\s+", "", line))
    return "\n".join(out)


_T = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_SKIPPED = {f"{_T}tracked-changes", f"{_OFFICE}annotation", f"{_OFFICE}annotation-end"}
MAX_REPEATED = 60


def from_odt(data: bytes) -> Lines:
    """:raises TooBig, KeyError, etree.XMLSyntaxError, zipfile.BadZipFile:"""
    with zipfile.ZipFile(io.BytesIO(data)).open("content.xml") as part:
        content = part.read(MAX_PART + 1)
    if len(content) > MAX_PART:
        raise TooBig("content.xml")
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    lines = Lines()
    _odt(root, lines)
    return lines


def _odt(node: etree._Element, lines: Lines) -> None:
    if node.tag in _SKIPPED:
        if node.tag == f"{_T}tracked-changes":
            lines.say("文中有修订痕迹，已按全部接受来读：删除的不读，插入的读。")
        return
    if node.tag in {f"{_T}p", f"{_T}h"}:
        lines.add(_odt_words(node).strip("\n"))
    elif node.tag == f"{_TABLE}table-row":
        cells: list[str] = []
        for cell in node:
            if cell.tag not in {f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"}:
                continue
            many = cell.get(f"{_TABLE}number-columns-repeated", "1")
            words = "\n".join(_odt_words(p) for p in cell.iter(f"{_T}p", f"{_T}h"))
            cells += [words] * min(int(many) if many.isdigit() else 1, MAX_REPEATED)
        lines.row(cells)
    else:
        for child in node:
            if isinstance(child.tag, str):
                _odt(child, lines)


def _odt_words(node: etree._Element) -> str:
    out = node.text or ""
    for child in node:
        if isinstance(child.tag, str) and child.tag not in _SKIPPED:
            if child.tag == f"{_T}s":
                out += " "
            elif child.tag == f"{_T}line-break":
                out += "\n"
            else:
                out += _odt_words(child)
        out += child.tail or ""
    return out
