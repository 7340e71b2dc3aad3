"""Looks into documents for what does something by itself, or carries something else along."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

# -- PDF --------------------------------------------------------------------------
# Keys of a PDF's objects under which something is done or carried, and actions that do more than
# show another page; where a link leads is for whoever follows it.
_DOES = {"/JavaScript", "/JS", "/AA", "/Launch", "/EmbeddedFiles", "/EF", "/RichMedia", "/XFA"}
_HARMLESS = {"/GoTo", "/URI", "/Named"}
_CARRIES = {"/FileAttachment", "/RichMedia", "/Screen", "/Movie", "/Sound", "/3D"}
MOST_PAGES, MOST_OBJECTS = 300, 60_000


def acts(data: bytes) -> bool:
    """Whether a PDF does something by itself or carries another file; one that cannot be read, or
    is too large to be looked through, is taken for such.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted or len(reader.pages) > MOST_PAGES:
            return True
        root: Any = reader.trailer["/Root"].get_object()
        opens = root["/OpenAction"].get_object() if "/OpenAction" in root else None
        if isinstance(opens, dict) and opens.get("/S") not in {None, "/GoTo"}:
            return True
        return any(_does(found) for found in _dictionaries(root))
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return True


def _dictionaries(root: Any) -> Iterator[dict[str, Any]]:
    """Every dictionary that a document can come to, each once. :raises ValueError: too many."""
    waiting, seen = [root], set()
    while waiting:
        found = waiting.pop()
        number = getattr(found, "idnum", None)
        if number is not None:
            if number in seen:
                continue
            seen.add(number)
            if len(seen) > MOST_OBJECTS:
                raise ValueError("too many objects")
            found = found.get_object()
        if isinstance(found, dict):
            yield found
            waiting.extend(dict.values(found))
        elif isinstance(found, list):
            waiting.extend(list.__iter__(found))


def _does(found: dict[str, Any]) -> bool:
    if any(key in found for key in _DOES) or found.get("/Subtype") in _CARRIES:
        return True
    is_action = found.get("/Type") == "/Action" or "/Next" in found
    named = found.get("/S")
    return named in {"/JavaScript", "/Launch"} or (is_action and named not in {None, *_HARMLESS})


# -- Word -------------------------------------------------------------------------
# What a Word document is made of; anything else is carried along.
_PARTS = re.compile(
    r"(?:\[content_types\]\.xml|.*\.(?:xml|rels|png|jpe?g|gif|bmp|tiff?|emf|wmf|svg|webp|odttf|vml|xsl))",
    re.IGNORECASE,
)
_FOLDERS = ("embeddings/", "activex/", "vbaproject", "oleobject", "macros/")
_MACROS = (
    b"macroenabled",
    b"attachedtemplate",
    b"vbaproject",
    b"vbadata",
    b"activex",
    b"oleobject",
)
_OUTSIDE = re.compile(
    rb"<Relationship\b[^>]*TargetMode\s*=\s*[\"']External[\"'][^>]*>", re.IGNORECASE
)
_LARGEST = 20_000_000  # of one part that says what the document is made of


def is_plain_document(data: bytes) -> bool:
    """Whether it is a Word document without macros, other files, or parts from elsewhere."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = packed.namelist()
            if "word/document.xml" not in names or not all(map(_is_a_part, names)):
                return False
            said = (
                i for i in packed.infolist() if i.filename.lower().endswith((".rels", "s].xml"))
            )
            return all(_is_plain(packed, part) for part in said)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError):
        return False


def _is_a_part(name: str) -> bool:
    low = name.lower()
    is_folder = name.endswith("/")
    return not any(f in low for f in _FOLDERS) and (is_folder or bool(_PARTS.fullmatch(name)))


def _is_plain(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether what says of which parts a document is made names no macro, and from outside only
    where links lead.
    """
    if part.file_size > _LARGEST:
        return False
    said = packed.read(part)
    if any(macro in said.lower() for macro in _MACROS):
        return False
    return all(b"/hyperlink" in found.lower() for found in _OUTSIDE.findall(said))
