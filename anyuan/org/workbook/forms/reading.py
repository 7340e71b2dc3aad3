"""A workbook is read, each problem said by its cell."""

from __future__ import annotations

import io
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from anyuan.kernel import progress
from anyuan.kernel.commands import Refused
from anyuan.kernel.exports import as_typed
from anyuan.kernel.text import is_plain

from .sheets import SHEETS, Column, read_date, read_whole, tidy_name

MAX_FILE = 10 * 1024 * 1024


MAX_UNPACKED = 60 * 1024 * 1024


MAX_ROWS = 20_000  # in one sheet


MAX_ERRORS = 200


MAX_STYLES = 2 * 1024 * 1024  # what styles read to takes many times that of memory


MAX_PARTS = 5000  # of one file, pictures included


MOST_ABOVE = 6  # rows within which the heads stand


PLAIN = (str, bool, int, float, date, datetime, time)


# What a cell holds whose formula failed (ECMA-376 part 1, 18.17.3, and what came later).
ERRORS = frozenset(
    [
        "#N/A",
        "#REF!",
        "#VALUE!",
        "#NAME?",
        "#DIV/0!",
        "#NUM!",
        "#NULL!",
        "#SPILL!",
        "#CALC!",
        "#GETTING_DATA",
        "#FIELD!",
        "#BLOCKED!",
        "#CONNECT!",
        "#BUSY!",
        "#UNKNOWN!",
    ]
)


@dataclass(frozen=True)
class Row:
    """One filled row: its sheet, its number as the spreadsheet shows it, and its values by key."""

    sheet: str
    number: int
    values: dict[str, Any]

    def cell(self, key: str) -> str:
        """The address of one of its cells, e.g. 人员!C5."""
        at = next((i for i, c in enumerate(SHEETS[self.sheet], 1) if c.key == key), 1)
        return f"{self.sheet}!{get_column_letter(at)}{self.number}"


@dataclass(frozen=True)
class Problem:
    """What is wrong with one cell, and what to do."""

    cell: str
    message: str


@dataclass
class Organisation:
    """What a workbook holds, sheet by sheet, what is wrong with it, and what of it was left out."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in SHEETS})
    problems: list[Problem] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def wrong(self, cell: str, message: str) -> None:
        if len(self.problems) < MAX_ERRORS:
            self.problems.append(Problem(cell, message))

    @property
    def size(self) -> int:
        return sum(len(rows) for rows in self.rows.values())


def parse_workbook(name: str, data: bytes, said: progress.Said = progress.silent) -> Organisation:
    """Read the sheets, saying how far it is.

    Cells that cannot be read become problems. :raises Refused: the file as a whole cannot be taken.
    """
    return _read(name, data, lambda book: _sheets(name, book, said))


def first_column(name: str, data: bytes, most: int) -> list[str]:
    """What stands in the first column of the first sheet, without empty cells; of at most so many
    rows. :raises Refused: the file cannot be taken, or has more.
    """
    return _read(name, data, lambda book: _first_column(name, book, most))


def _first_column(name: str, book: Any, most: int) -> list[str]:
    sheet = book[book.sheetnames[0]]
    found = []
    for row in sheet.iter_rows(max_col=1, max_row=MAX_ROWS, values_only=True):
        text = as_typed(str(row[0]).strip()) if row and row[0] is not None else ""
        if text:
            found.append(text)
        if len(found) > most:
            raise Refused(
                _("%(name)s has more than %(n)d lines in its first column.")
                % {"name": name, "n": most}
            )
    return found


def _read[T](name: str, data: bytes, read: Callable[[Any], T]) -> T:
    """Open a workbook and read something of it. :raises Refused: it cannot be opened or read."""
    _check_file(name, data)
    book = None
    try:
        with warnings.catch_warnings():
            # What the library remarks of styles and of extensions concerns no value.
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(data), read_only=True)
            return read(book)
    except Refused:
        raise
    except Exception as error:
        # Whatever a broken sheet makes the library say, the person hears one thing.
        raise Refused(
            _(
                "%(name)s cannot be opened as an xlsx workbook. Save it anew as .xlsx and upload it"
                " again."
            )
            % {"name": name}
        ) from error
    finally:
        if book is not None:
            book.close()


def _sheets(name: str, book: Any, said: progress.Said) -> Organisation:
    organisation = Organisation()
    read: set[str] = set()
    # A sheet of the right name goes before one whose name is nearly right, such as its copy.
    for title in sorted(book.sheetnames, key=lambda t: t not in SHEETS):
        known = _known_sheet(title)
        if not known or known in read:
            organisation.left_out.append(_("the sheet “%(sheet)s”") % {"sheet": title[:30]})
            continue
        read.add(known)
        _sheet(organisation, known, book[title], said)
    if not read:
        raise Refused(
            _("%(name)s holds none of the sheets %(sheets)s. Download the template and fill it in.")
            % {"name": name, "sheets": "、".join(SHEETS)}
        )
    return organisation


def _known_sheet(title: str) -> str:
    """The sheet that a title means: spaces, a counter or 副本 beside it do not matter."""
    plain = re.sub(
        r"[\s\u200b]+|\(\d+\)|副本|表$|^\d+[.、]?", "", unicodedata.normalize("NFKC", title)
    )
    return plain if plain in SHEETS else ""


def _check_file(name: str, data: bytes) -> None:
    if len(data) > MAX_FILE:
        raise Refused(
            _("%(name)s is larger than %(mb)d MB.") % {"name": name, "mb": MAX_FILE // 1024**2}
        )
    try:
        packed = zipfile.ZipFile(io.BytesIO(data))
        infos = packed.infolist()
    except zipfile.BadZipFile as error:
        raise Refused(
            _(
                "%(name)s cannot be opened as an xlsx workbook. Save it anew as .xlsx and upload it"
                " again."
            )
            % {"name": name}
        ) from error
    opened = [i for i in infos if _OPENED.match(i.filename)]
    if (
        sum(i.file_size for i in opened) > MAX_UNPACKED
        or len(infos) > MAX_PARTS
        or any(i.file_size > _most(i.filename) for i in opened)
    ):
        raise Refused(
            _(
                "%(name)s unpacks to more than a workbook needs, so it was not opened. Copy the"
                " rows into the template and upload that."
            )
            % {"name": name}
        )
    if any("vbaProject" in i.filename for i in infos):
        raise Refused(
            _("%(name)s holds macros. Save it as .xlsx without macros and upload it again.")
            % {"name": name}
        )


# The parts that are opened; pictures, drawings and printer settings stay packed.
_OPENED = re.compile(
    r"\[Content_Types\]|_rels/|docProps/|xl/(?:_rels/|worksheets/|sharedStrings"
    r"|styles|workbook|theme/)"
)


def _most(part: str) -> int:
    """Bytes that one part of a workbook may unpack to: rows need room, styles some."""
    if part.startswith(("xl/worksheets/", "xl/sharedStrings")):
        return MAX_UNPACKED
    return MAX_STYLES if part.startswith("xl/styles") else 1024 * 1024


def _sheet(found: Organisation, title: str, sheet: Any, said: progress.Said) -> None:
    columns = SHEETS[title]
    # A sheet whose stated size is wrong must still be read whole.
    sheet.reset_dimensions()
    lines = enumerate(sheet.iter_rows(values_only=True, max_col=40), 1)
    at = _heads(found, title, lines)
    missing = [c.label for c in columns if c.required and c.key not in at]
    if missing:
        found.wrong(
            f"{title}!A1", _("The first row lacks %(columns)s.") % {"columns": "、".join(missing)}
        )
        return
    for number, line in progress.each(lines, _("reading %(sheet)s") % {"sheet": title}, 0, said):
        if all(v is None or (isinstance(v, str) and not v.strip()) for v in line):
            continue
        if len(found.rows[title]) == MAX_ROWS:
            found.wrong(
                f"{title}!A{number}",
                _(
                    "More than %(n)d rows in one sheet. Split the workbook and upload the parts one"
                    " after another."
                )
                % {"n": MAX_ROWS},
            )
            return
        found.rows[title].append(_row(found, title, number, line, at))


def _heads(
    found: Organisation, title: str, lines: Iterator[tuple[int, Sequence[Any]]]
) -> dict[str, int]:
    """Where each known column stands. The heads may stand below a title of the sheet; a head that
    is not known is said to be left out.
    """
    columns = SHEETS[title]
    labels = {c.label: c.key for c in columns}
    for number, line in lines:
        heads = [_head(v) for v in line]
        known = {labels[h]: i for i, h in reversed(list(enumerate(heads))) if h in labels}
        if len(known) >= 2 or number >= MOST_ABOVE:
            for i, head in enumerate(heads):
                if head and labels.get(head) not in known:
                    found.left_out.append(
                        _("the column “%(column)s” of %(sheet)s")
                        % {"column": str(line[i])[:30].strip(), "sheet": title}
                    )
            return known
    return {}


def _head(value: Any) -> str:
    """A head as it is compared: without spaces, marks of what is required, and remarks."""
    text = unicodedata.normalize("NFKC", str(value or ""))
    return re.sub(r"[\s\u200b*:]+|\([^()]*\)", "", text)


def _row(
    found: Organisation, title: str, number: int, line: Sequence[Any], at: Mapping[str, int]
) -> Row:
    row = Row(title, number, {})
    for column in SHEETS[title]:
        raw = line[at[column.key]] if column.key in at and at[column.key] < len(line) else None
        try:
            row.values[column.key] = _value(column, raw)
        except ValueError as error:
            found.wrong(row.cell(column.key), str(error))
            row.values[column.key] = None
    return row


def _value(column: Column, raw: Any) -> Any:
    """:raises ValueError: with what to do about it."""
    value = raw.strip() if isinstance(raw, str) else raw
    if value is None or value == "":
        return _nothing(column)
    if not isinstance(value, PLAIN) or (isinstance(value, str) and value.startswith("=")):
        raise ValueError(_("This is a formula. Please paste its value."))
    if isinstance(value, str) and value.upper() in ERRORS:
        raise ValueError(
            _("Excel could not work this out (%(error)s). Please enter the value.")
            % {"error": value}
        )
    match column.kind:
        case "date":
            return read_date(value)
        case "whole":
            return read_whole(value, column)
        case "yes":
            return _yes_or_no(value)
        case "choice":
            return _choice(column, str(value))
    return _words(column, value)


def _nothing(column: Column) -> str | None:
    if column.required:
        raise ValueError(
            _(
                "“%(column)s” is empty. Of merged cells only the first is filled: please"
                " unmerge them."
            )
            % {"column": column.label}
        )
    return "" if column.kind == "text" else None


def _yes_or_no(value: Any) -> bool:
    if value in {"是", True, "有"}:
        return True
    if value in {"否", False, "无"}:
        return False
    raise ValueError(_("Please write 是 or 否."))


def _choice(column: Column, text: str) -> Any:
    if text not in column.choices:
        raise ValueError(
            _("“%(text)s” is not among: %(choices)s.")
            % {"text": text[:30], "choices": "、".join(column.choices)}
        )
    return column.choices[text]


def _words(column: Column, value: Any) -> str:
    # A number typed into a text column comes as 1001.0.
    whole = isinstance(value, float) and value == int(value)
    text = str(int(value)) if whole else as_typed(str(value))
    if column.key in {"name", "unit", "parent", "school", "body"}:
        text = tidy_name(text)
    if not is_plain(text):
        raise ValueError(_("The text holds characters that cannot be kept. Please type it again."))
    if len(text) > column.most:
        raise ValueError(_("Please use at most %(max)d characters.") % {"max": column.most})
    return text
