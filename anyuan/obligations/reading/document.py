"""Owns how a file becomes text: txt (UTF-8, GB18030), docx, pdf with text. Refuses what it cannot read whole."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import EmptyDocument, Encrypted, NotText, ReadingError, TooLarge

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED = 80 * 1024 * 1024
MAX_CHARACTERS = 500_000
MAX_BLOCKS = 20_000
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"RIFF")


@dataclass(frozen=True)
class Document:
    name: str
    text: str
    warnings: tuple[str, ...] = ()


def read(path: Path) -> Document:
    """Read one file. :raises ReadingError: with the place and the remedy."""
    if path.stat().st_size > MAX_BYTES:
        raise TooLarge(_too_large(path.name))
    return from_bytes(path.name, path.read_bytes())


def from_bytes(name: str, data: bytes) -> Document:
    """Read an uploaded file by its content, not by its name. :raises ReadingError:"""
    if len(data) > MAX_BYTES:
        raise TooLarge(_too_large(name))
    if not data.strip():
        raise EmptyDocument(f"{name}: 文件是空的。请选择有文字的工作方案。")
    text, warnings = _decode(name, data)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    if not text.strip():
        raise EmptyDocument(f"{name}: 没有读到文字。若是扫描件，请先做文字识别再上传。")
    if len(text) > MAX_CHARACTERS:
        raise TooLarge(f"{name}: 文字超过 {MAX_CHARACTERS:,} 字。请拆成几份分别上传。")
    return Document(name, text, tuple(warnings))


def _too_large(name: str) -> str:
    return f"{name}: 文件超过 {MAX_BYTES // 1024 // 1024} MB。请去掉其中的图片，或另存为 txt。"


def _decode(name: str, data: bytes) -> tuple[str, list[str]]:
    if data.startswith(b"%PDF"):
        return _pdf(name, data), []
    if data.startswith(b"PK\x03\x04"):
        return _docx(name, data), []
    if data.startswith(OLE_MAGIC):
        raise Encrypted(f"{name}: 这是加密文档或旧版 .doc。请去掉密码，另存为 .docx 后再上传。")
    if data.startswith(PICTURES):
        raise NotText(f"{name}: 这是图片，读不到文字。请先做文字识别，或上传 docx、txt。")
    return _plain(name, data)


def _plain(name: str, data: bytes) -> tuple[str, list[str]]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), []
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding), []
        except UnicodeDecodeError:
            continue
    best = min(("gb18030", "utf-8"), key=lambda e: data.decode(e, "replace").count("�"))
    text = data.decode(best, "replace")
    if text.count("�") * 10 > len(text):
        raise NotText(f"{name}: 这不是文字文件。请上传 docx、txt 或带文字的 pdf。")
    line = text[: text.index("�")].count("\n") + 1
    return text, [f"{name}: 第 {line} 行起有 {text.count('�')} 处乱码，已用 � 标出，请核对原文。"]


def _docx(name: str, data: bytes) -> str:
    from docx import Document as Docx

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(i.file_size for i in archive.infolist()) > MAX_UNPACKED:
                raise TooLarge(f"{name}: 解开后过大，可能是恶意压缩包。请另存为 txt 后上传。")
            if any(i.flag_bits & 1 for i in archive.infolist()):
                raise Encrypted(f"{name}: 文档有密码。请去掉密码后再上传。")
            if "word/document.xml" not in archive.namelist():
                raise NotText(f"{name}: 这不是 Word 文档。请上传 docx、txt 或带文字的 pdf。")
        return "\n".join(_lines(Docx(io.BytesIO(data))))
    except ReadingError:
        raise
    except (
        Exception
    ) as error:  # whatever its parts trip over, a document that does not open is broken
        raise NotText(f"{name}: 文档已损坏，打不开。请用 Word 重新保存后上传。") from error


def _lines(document: Any) -> Iterator[str]:
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    for i, block in enumerate(document.iter_inner_content()):
        if i > MAX_BLOCKS:
            return
        if isinstance(block, Paragraph):
            yield block.text
        elif isinstance(block, Table):
            # Cells as they stand in the file: a merged cell that claims a million columns stays one.
            for row in block._tbl.tr_lst:
                yield "  ".join("".join(p.text for p in cell.p_lst) for cell in row.tc_lst)


def _pdf(name: str, data: bytes) -> str:
    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Encrypted(f"{name}: PDF 有密码。请去掉密码后再上传。")
        text = "\n".join(page.extract_text() for page in reader.pages[:500])
    except ReadingError:
        raise
    except Exception as error:  # the same for a PDF
        raise NotText(f"{name}: PDF 已损坏，打不开。请重新导出后上传。") from error
    return _join_wrapped(text)


def _join_wrapped(text: str) -> str:
    """Join lines that a page break or the line width cut: a full line without closing punctuation goes on."""
    out: list[str] = []
    for line in text.split("\n"):
        line = line.strip()
        if out and line and len(out[-1]) >= 24 and out[-1][-1] not in "。！？；：:;!?":
            out[-1] += line
        else:
            out.append(line)
    return "\n".join(out)
