"""Links the figures of a docx: each number leads to its row of the annex."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

# Around a figure while the template is filled in: its key, then its value.
_FIGURE = re.compile("\ue000(.*?)\ue001(.*?)\ue002")
_KEY = re.compile(r"F\d{2,4}")


def marked(key: str, value: str) -> str:
    return f"\ue000{key}\ue001{value}\ue002"


def link(document: Any) -> None:
    """Turn what was marked in a document into links, and name the rows that they lead to."""
    for paragraph in document.paragraphs:
        for run in list(paragraph.runs):
            if "\ue000" in run.text:
                _split(run)
    number = 0
    for table in document.tables:
        for row in table.rows:
            paragraph = row.cells[0].paragraphs[0]
            if _KEY.fullmatch(paragraph.text):
                number += 1
                _name(paragraph, number)


def _split(run: Any) -> None:
    """One run of text and figures becomes several, each as it was formatted."""
    pieces = _FIGURE.split(run.text)
    out = []
    for i in range(0, len(pieces), 3):
        out.append(_copy(run, pieces[i]))
        if i + 2 < len(pieces):
            anchor = OxmlElement("w:hyperlink")
            anchor.set(qn("w:anchor"), pieces[i + 1])
            anchor.append(_copy(run, pieces[i + 2]))
            out.append(anchor)
    element = run._element
    for new in out:
        element.addprevious(new)
    element.getparent().remove(element)


def _copy(run: Any, text: str) -> Any:
    new = deepcopy(run._element)
    for child in list(new):
        if child.tag != qn("w:rPr"):
            new.remove(child)
    words = OxmlElement("w:t")
    words.set(qn("xml:space"), "preserve")
    words.text = text
    new.append(words)
    return new


def _name(paragraph: Any, number: int) -> None:
    begin, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for element in (begin, end):
        element.set(qn("w:id"), str(number))
    begin.set(qn("w:name"), paragraph.text)
    first = paragraph.runs[0]._element
    first.addprevious(begin)
    paragraph.runs[-1]._element.addnext(end)
