"""Owns how a file becomes text: txt in any encoding, docx, doc, wps, odt, rtf, html, Markdown,
xlsx, PDF, and pictures of pages.

What a file really is decides, not its name. What can't be read whole says so and why.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import EmptyDocument, Encrypted, NotText, ReadingError, TooLarge
from .files import markup, old_word, pictures, portable, sheets, word
from .files.lines import Lines, Page

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED = 80 * 1024 * 1024
MAX_CHARACTERS = 500_000
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEIC = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc")
PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"RIFF")


@dataclass(frozen=True)
class Placed:
    """A line of the text, [start, end), and where it stands: left, top, right, bottom in shares of
    its page.
    """

    start: int
    end: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class Picture:
    """A page that was read as a picture, with its lines."""

    page: Page
    lines: tuple[Placed, ...]


@dataclass(frozen=True)
class Document:
    """`unsure`: characters of the text, [start, end), of which what read them was not sure."""

    name: str
    text: str
    warnings: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    unsure: tuple[tuple[int, int], ...] = ()


def read(path: Path) -> Document:
    """Read one file. :raises ReadingError: with the place and the remedy."""
    if path.stat().st_size > MAX_BYTES:
        raise TooLarge(_too_large(path.name))
    return from_bytes(path.name, path.read_bytes())


def from_bytes(name: str, data: bytes, said: pictures.Said | None = None) -> Document:
    """Read an uploaded file by its content, not by its name.

    :param said: hears how far the reading of pictures has come.
    :raises ReadingError:
    """
    if len(data) > MAX_BYTES:
        raise TooLarge(_too_large(name))
    if not data.strip():
        raise EmptyDocument(f"{name}: 文件是空的。请选择有文字的工作方案。")
    lines = _lines_of(name, data, pictures.Eyes(said) if said else pictures.Eyes())
    text = "\n".join(lines.text).replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    if not text.strip():
        why = "".join(lines.said) or "若是扫描件，请先做文字识别再上传。"
        raise EmptyDocument(f"{name}: 没有读到文字。{why}")
    if len(text) > MAX_CHARACTERS:
        raise TooLarge(f"{name}: 文字超过 {MAX_CHARACTERS:,} 字。请拆成几份分别上传。")
    _refuse_other_scripts(name, text)
    seen, unsure = _places(lines)
    return Document(name, text, tuple(f"{name}: {words}" for words in lines.said), seen, unsure)


def together(documents: Sequence[Document]) -> Document:
    """Several files as one: a plan and its annexes, or the photos of its pages, in this order."""
    first = documents[0]
    if len(documents) == 1:
        return first
    text, at = "", 0
    seen: list[Picture] = []
    unsure: list[tuple[int, int]] = []
    for document in documents:
        at = len(text)
        text += document.text.rstrip() + "\n"
        unsure += [(a + at, b + at) for a, b in document.unsure]
        seen += [
            Picture(p.page, tuple(Placed(x.start + at, x.end + at, x.box) for x in p.lines))
            for p in document.pictures
        ]
    if len(text) > MAX_CHARACTERS:
        raise TooLarge(f"这些文件合起来超过 {MAX_CHARACTERS:,} 字。请分几份上传。")
    said = tuple(words for document in documents for words in document.warnings)
    return Document(first.name, text, said, tuple(seen), tuple(unsure))


def _places(lines: Lines) -> tuple[tuple[Picture, ...], tuple[tuple[int, int], ...]]:
    """The pages that were read as pictures, and the doubtful characters, by places in the text."""
    starts = [0]
    for line in lines.text:
        starts.append(starts[-1] + len(line) + 1)
    seen = tuple(
        Picture(
            page,
            tuple(
                Placed(starts[s.line], starts[s.line + 1] - 1, s.box)
                for s in lines.spots
                if s.page == number
            ),
        )
        for number, page in sorted(lines.pages.items())
    )
    unsure = [(starts[s.line] + i, starts[s.line] + i + 1) for s in lines.spots for i in s.unsure]
    return seen, tuple(unsure)


def _too_large(name: str) -> str:
    return f"{name}: 文件超过 {MAX_BYTES // 1024 // 1024} MB。请去掉其中的图片，或另存为 txt。"


def _lines_of(name: str, data: bytes, eyes: pictures.Eyes) -> Lines:
    head = data[:1024].lstrip().lower()
    if data.startswith(b"%PDF"):
        return _pdf(name, data, eyes)
    if data.startswith(b"PK\x03\x04"):
        return _archive(name, data)
    if data.startswith(OLE_MAGIC):
        return _old_word(name, data)
    if data.startswith(PICTURES):
        return _picture(name, data, eyes)
    if data[4:12] in HEIC:
        raise NotText(f"{name}: 这是 HEIC 照片，读不了。请在手机上另存为 JPG，或截屏后上传。")
    if head.startswith(b"{\\rtf"):
        return _told(name, "RTF", lambda: markup.from_rtf(data))
    if _is_html(data, head):
        return _told(name, "网页", lambda: markup.from_html(data))
    lines = _plain(name, data)
    if name.lower().endswith((".md", ".markdown")):
        lines.text = [markup.from_markdown("\n".join(lines.text))]
    return lines


def _picture(name: str, data: bytes, eyes: pictures.Eyes) -> Lines:
    try:
        return _told(name, "图片", lambda: pictures.from_picture(data, eyes))
    except pictures.Blind as error:
        raise NotText(
            f"{name}: 这是图片，这台服务器没有装文字识别，读不到文字。"
            "请上传 docx、txt，或请管理员安装文字识别。"
        ) from error


def _is_html(data: bytes, head: bytes) -> bool:
    if re.match(
        rb"(?:\xef\xbb\xbf)?<(?:!doctype html|html|\?xml|head|body|div|table|meta|p\b|!--)", head
    ):
        return True
    return bool(re.search(rb"<(?:html|body)[\s>]", data[:4096], re.I))


def _told(name: str, kind: str, read_it: Callable[[], Lines]) -> Lines:
    """The lines of a file; whatever its parts trip over, a file that does not open is broken."""
    try:
        return read_it()
    except (ReadingError, pictures.Blind):
        raise
    except word.TooBig as error:
        raise TooLarge(f"{name}: 解开后过大，可能是恶意压缩包。请另存为 txt 后上传。") from error
    except Exception as error:
        raise NotText(f"{name}: {kind}已损坏，打不开。请重新保存后上传。") from error


# -- archives: docx, odt, xlsx ------------------------------------------------
def _archive(name: str, data: bytes) -> Lines:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            unpacked = sum(
                i.file_size for i in archive.infolist() if i.filename.endswith((".xml", ".rels"))
            )
            locked = any(i.flag_bits & 1 for i in archive.infolist())
    except zipfile.BadZipFile as error:
        raise NotText(f"{name}: 文档已损坏，打不开。请用 Word 重新保存后上传。") from error
    if unpacked > MAX_UNPACKED:
        raise TooLarge(f"{name}: 解开后过大，可能是恶意压缩包。请另存为 txt 后上传。")
    if locked:
        raise Encrypted(f"{name}: 文档有密码。请去掉密码后再上传。")
    if "word/document.xml" in names:
        return _told(name, "文档", lambda: word.WordFile(data).read())
    if "xl/workbook.xml" in names:
        return _told(name, "表格", lambda: sheets.from_workbook(data))
    if "content.xml" in names:
        return _told(name, "文档", lambda: markup.from_odt(data))
    raise NotText(f"{name}: 这不是 Word 文档。请上传 docx、txt 或带文字的 pdf。")


def _old_word(name: str, data: bytes) -> Lines:
    try:
        return old_word.from_old_word(data)
    except old_word.Locked as error:
        raise Encrypted(f"{name}: 文档有密码，是加密文档。请去掉密码后再上传。") from error
    except Exception as error:  # whatever its parts trip over
        raise Encrypted(
            f"{name}: 这是加密文档或读不出的旧版文档。请去掉密码，另存为 .docx 后再上传。"
        ) from error


def _pdf(name: str, data: bytes, eyes: pictures.Eyes) -> Lines:
    try:
        return portable.from_pdf(data, eyes)
    except portable.Locked as error:
        raise Encrypted(f"{name}: PDF 有密码。请去掉密码后再上传。") from error
    except portable.Broken as error:
        raise NotText(f"{name}: PDF 已损坏，打不开。请重新导出后上传。") from error


# -- plain text ---------------------------------------------------------------
# The commonest characters of school papers, simplified and traditional: the right encoding of a
# text is the one that gives the most of them.
_COMMON = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
    "校安全师值班日月每次查检保巡防护门岗教育组织领导责任制度落实情况應學師為個時來們產種門國長動與對過會發經"
)


def _plain(name: str, data: bytes) -> Lines:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Lines([data.decode("utf-16", "replace")])
    try:
        return Lines([data.decode("utf-8-sig")])
    except UnicodeDecodeError:
        pass
    found = [
        text
        for encoding in ("gb18030", "big5", "utf-16-le", "utf-16-be")
        if (text := _strict(data, encoding))
    ]
    best = max(found, key=_commonness, default="")
    if best and _commonness(best) > 0:
        return Lines([best])
    encoding = min(("gb18030", "utf-8"), key=lambda e: data.decode(e, "replace").count("�"))
    text = data.decode(encoding, "replace")
    if text.count("�") * 10 > len(text) or "\x00" in text[:2000]:
        raise NotText(f"{name}: 这不是文字文件。请上传 docx、txt 或带文字的 pdf。")
    if "�" not in text:
        return Lines([text])
    line = text[: text.index("�")].count("\n") + 1
    said = f"第 {line} 行起有 {text.count('�')} 处乱码，已用 � 标出，请核对原文。"
    return Lines([text], [said])


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return ""


def _commonness(text: str) -> float:
    sample = text[:4000]
    return sum(c in _COMMON for c in sample) / max(1, len(sample))


_OTHER = (
    ("维吾尔文等阿拉伯字母文字", re.compile(r"[؀-ۿݐ-ݿࢠ-ࣿ]")),
    ("藏文", re.compile(r"[ༀ-࿿]")),
    ("蒙古文", re.compile(r"[᠀-᢯]")),
    ("彝文", re.compile(r"[ꀀ-꓏]")),
)


def _refuse_other_scripts(name: str, text: str) -> None:
    """A plan in a script that is not understood is never guessed at."""
    sample = text[:20_000]
    han = len(re.findall(r"[㐀-鿿]", sample))
    for words, pattern in _OTHER:
        if len(pattern.findall(sample)) > max(20, 0.5 * han):
            raise NotText(f"{name}: 这份文件主要是{words}，目前读不了。请上传汉文本。")
