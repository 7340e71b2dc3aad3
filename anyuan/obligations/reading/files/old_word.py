"""Reads .doc and .wps: by LibreOffice where it is installed, else the bare text by their piece
table.
"""

from __future__ import annotations

import io
import re
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

import olefile

from .lines import Lines
from .word import WordFile

SECONDS = 60  # that one conversion may take
ENCRYPTED = 0x0100
SECOND_TABLE = 0x0200
COMPRESSED = 0x40000000
MAX_PIECES = 200_000


class Locked(Exception):
    """The document has a password."""


class NoWord(Exception):
    """It is no document of Word or WPS."""


def from_old_word(data: bytes) -> Lines:
    """:raises Locked, NoWord:"""
    if not olefile.isOleFile(io.BytesIO(data)):
        raise NoWord
    with olefile.OleFileIO(io.BytesIO(data)) as ole:
        if not ole.exists("WordDocument"):
            raise Locked if ole.exists("EncryptedPackage") else NoWord
        stream = ole.openstream("WordDocument").read()
        if len(stream) < 0x1AA:
            raise NoWord
        flags = struct.unpack_from("<H", stream, 10)[0]
        if flags & ENCRYPTED:
            raise Locked
        table = "1Table" if flags & SECOND_TABLE else "0Table"
        pieces = ole.openstream(table).read() if ole.exists(table) else b""
    converted = _converted(data)
    if converted is not None:
        return converted
    lines = Lines()
    for line in _text(stream, pieces).split("\n"):
        if line.count("\x07") >= 2:
            lines.row(line.strip("\x07").split("\x07"))
        else:
            lines.add(line.replace("\x07", ""))
    lines.say("这是旧版文档，自动编号没有读出；请另存为 .docx 再上传，编号才会完整。")
    return lines


def _converted(data: bytes) -> Lines | None:
    """The document as LibreOffice turns it into docx; None where it is not installed or fails."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "plan.doc"
        source.write_bytes(data)
        command = [
            program,
            f"-env:UserInstallation=file://{folder}/profile",
            "--headless",
            "--convert-to",
            "docx",
            "--outdir",
            folder,
            str(source),
        ]
        try:
            subprocess.run(command, capture_output=True, timeout=SECONDS, check=True)
            return WordFile((Path(folder) / "plan.docx").read_bytes()).read()
        except (subprocess.SubprocessError, OSError, KeyError, ValueError):
            return None


def _text(stream: bytes, table: bytes) -> str:
    """The main text by the piece table (MS-DOC 2.8.35). :raises NoWord: it is damaged."""
    try:
        at, many = struct.unpack_from("<II", stream, 0x1A2)
        clx, i = table[at : at + many], 0
        while clx[i] == 1:
            i += 3 + struct.unpack_from("<H", clx, i + 1)[0]
        size = struct.unpack_from("<I", clx, i + 1)[0]
        plc = clx[i + 5 : i + 5 + size]
        count = (size - 4) // 12
        if not 0 < count < MAX_PIECES:
            raise NoWord
        places = struct.unpack_from(f"<{count + 1}I", plc)
        out = [_piece(stream, plc, count, j, places) for j in range(count)]
        length = struct.unpack_from("<I", stream, 0x4C)[0]
    except (struct.error, IndexError) as error:
        raise NoWord from error
    text = "".join(out)[:length]
    text = re.sub("\x13[^\x14\x15]*\x14", "", text).replace("\x15", "")
    text = text.replace("\x07\x07", "\x07\n").replace("\r\x07", "\x07")
    text = text.replace("\r", "\n").replace("\x0b", "\n").replace("\x0c", "\n")
    return re.sub("[\x00-\x06\x08\x0e-\x1f]", "", text)


def _piece(stream: bytes, plc: bytes, count: int, j: int, places: tuple[int, ...]) -> str:
    begin = struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * j + 2)[0]
    length = places[j + 1] - places[j]
    if begin & COMPRESSED:
        begin = (begin & ~COMPRESSED) // 2
        return stream[begin : begin + length].decode("cp1252", "replace")
    return stream[begin : begin + 2 * length].decode("utf-16-le", "replace")
