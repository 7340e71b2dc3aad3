"""Reads and writes the organisation as a workbook (xlsx); parsing only. The sheets are Chinese, as offices fill them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from anyuan.kernel import progress
from anyuan.kernel.commands import Refused
from anyuan.kernel.text import cleaned, is_plain
from anyuan.people.models import BodyKind, Rank
from anyuan.units.models import Kind, PlaceKind, Stage

MAX_FILE = 10 * 1024 * 1024
MAX_UNPACKED = 60 * 1024 * 1024
MAX_ROWS = 20_000  # in one sheet
MAX_ERRORS = 200
_DATE = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")


@dataclass(frozen=True)
class Column:
    """One column: `kind` is text, whole, date, yes, or one of `choices` (label → value)."""

    label: str
    key: str
    required: bool = False
    kind: str = "text"
    most: int = 60
    choices: Mapping[str, Any] = field(default_factory=dict)
    hint: str = ""


def _labels(choices: type[Any]) -> dict[str, str]:
    return {label: value for value, label in choices.choices}


UNIT, NAME, NUMBER = (
    Column("单位", "unit", True),
    Column("姓名", "name", True, most=40),
    Column("工号", "number", most=20, hint="同一单位有重名时填写"),
)
SINCE = Column("起始日期", "since", kind="date", hint="不填为今天")
SHEETS: dict[str, tuple[Column, ...]] = {
    "单位": (
        Column("名称", "name", True), Column("上级", "parent", hint="不填为导出时所选的单位"),
        Column("类别", "kind", True, "choice", choices=_labels(Kind)), Column("学段", "stage", kind="choice", choices=_labels(Stage)),
        Column("城乡", "urban", kind="choice", choices={"城市": True, "农村": False}), Column("寄宿", "boarding", kind="yes"), Column("民办", "private", kind="yes"),
        Column("校车", "school_bus", kind="yes"), Column("重点地区", "high_risk", kind="yes"), Column("基础薄弱", "weak_base", kind="yes"),
        Column("学生数", "pupils", kind="whole", most=100_000), Column("班级数", "classes", kind="whole", most=1000),
        Column("楼栋数", "buildings", kind="whole", most=500), Column("每日班次", "shifts", kind="whole", most=24), Column("成立日期", "opened_on", kind="date"),
    ),
    "地点": (UNIT, Column("名称", "name", True, most=40), Column("类别", "kind", True, "choice", choices=_labels(PlaceKind)),
           Column("楼栋", "building", most=30), Column("楼层", "floor", kind="whole", most=120), Column("重点部位", "key_area", kind="yes")),
    "人员": (UNIT, NAME, NUMBER, Column("电话", "phone", most=20), Column("账号", "username", most=40, hint="不登录的人不填"),
           Column("系统角色", "roles", most=120, hint="多个用、隔开")),
    "岗位": (UNIT, NAME, NUMBER, Column("岗位", "title", True, most=40, hint="如 校长、安全办主任、保安员、班主任"), SINCE),
    "机构": (UNIT, Column("机构", "name", True, most=40), Column("类别", "kind", True, "choice", choices=_labels(BodyKind)), Column("职责", "purpose", most=200)),
    "成员": (UNIT, Column("机构", "body", True, most=40), NAME, NUMBER, Column("职务", "rank", True, "choice", choices=_labels(Rank)),
           Column("分工", "duty", most=80), SINCE),
    "包保": (UNIT, NAME, NUMBER, Column("包保范围", "area", True, most=80), Column("地点", "place", most=40), Column("包保学校", "school"), SINCE),
}  # fmt: skip


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
    """What a workbook holds, sheet by sheet, and what is wrong with it."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in SHEETS})
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, cell: str, message: str) -> None:
        if len(self.problems) < MAX_ERRORS:
            self.problems.append(Problem(cell, message))

    @property
    def size(self) -> int:
        return sum(len(rows) for rows in self.rows.values())


def parse_workbook(name: str, data: bytes, said: progress.Said = progress.silent) -> Organisation:
    """Read the sheets, saying how far it is. Cells that cannot be read become problems. :raises Refused: the file as a whole cannot be taken."""
    _check_file(name, data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True)
    except Exception as error:
        raise Refused(
            _(
                "%(name)s cannot be opened as an xlsx workbook. Save it anew as .xlsx and upload it again."
            )
            % {"name": name}
        ) from error
    try:
        return _sheets(name, book, said)
    except Refused:
        raise
    except Exception as error:
        # Whatever a broken sheet makes the library say, the person hears one thing.
        raise Refused(
            _(
                "%(name)s cannot be opened as an xlsx workbook. Save it anew as .xlsx and upload it again."
            )
            % {"name": name}
        ) from error
    finally:
        book.close()


def _sheets(name: str, book: Any, said: progress.Said) -> Organisation:
    found = Organisation()
    known = [title for title in book.sheetnames if title in SHEETS]
    if not known:
        raise Refused(
            _("%(name)s holds none of the sheets %(sheets)s. Download the template and fill it in.")
            % {"name": name, "sheets": "、".join(SHEETS)}
        )
    for title in known:
        _sheet(found, title, book[title], said)
    return found


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
                "%(name)s cannot be opened as an xlsx workbook. Save it anew as .xlsx and upload it again."
            )
            % {"name": name}
        ) from error
    if (
        sum(i.file_size for i in infos) > MAX_UNPACKED
        or len(infos) > 500
        or any(i.file_size > _most(i.filename) for i in infos)
    ):
        raise Refused(
            _("%(name)s unpacks to more than a workbook needs, so it was not opened.")
            % {"name": name}
        )
    if any("vbaProject" in i.filename for i in infos):
        raise Refused(
            _("%(name)s holds macros. Save it as .xlsx without macros and upload it again.")
            % {"name": name}
        )


def _most(part: str) -> int:
    """Bytes that one part of a workbook may unpack to: rows need room, styles and the rest don't."""
    return MAX_UNPACKED if part.startswith(("xl/worksheets/", "xl/sharedStrings")) else 1024 * 1024


def _sheet(found: Organisation, title: str, sheet: Any, said: progress.Said) -> None:
    columns = SHEETS[title]
    # A sheet whose stated size is wrong must still be read whole.
    sheet.reset_dimensions()
    lines = sheet.iter_rows(values_only=True, max_col=40)
    head = [str(v or "").strip().rstrip("*") for v in next(lines, ())]
    at = {c.key: head.index(c.label) for c in columns if c.label in head}
    missing = [c.label for c in columns if c.required and c.key not in at]
    if missing:
        found.wrong(
            f"{title}!A1", _("The first row lacks %(columns)s.") % {"columns": "、".join(missing)}
        )
        return
    for number, line in enumerate(
        progress.each(lines, _("reading %(sheet)s") % {"sheet": title}, 0, said), 2
    ):
        if number > MAX_ROWS + 1:
            found.wrong(
                f"{title}!A{number}",
                _(
                    "More than %(n)d rows in one sheet. Split the workbook and upload the parts one after another."
                )
                % {"n": MAX_ROWS},
            )
            return
        if all(v is None or (isinstance(v, str) and not v.strip()) for v in line):
            continue
        found.rows[title].append(_row(found, title, number, line, at))


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
    text = raw.strip() if isinstance(raw, str) else raw
    if text is None or text == "":
        if column.required:
            raise ValueError(
                _(
                    "“%(column)s” is empty. Of merged cells only the first is filled: please unmerge them."
                )
                % {"column": column.label}
            )
        return None if column.kind != "text" else ""
    if isinstance(text, str) and text.startswith("="):
        raise ValueError(_("This is a formula. Please paste its value."))
    match column.kind:
        case "date":
            return _date(text)
        case "whole":
            return _whole(text, column)
        case "yes":
            if text in {"是", True, "有"}:
                return True
            if text in {"否", False, "无"}:
                return False
            raise ValueError(_("Please write 是 or 否."))
        case "choice":
            if str(text) not in column.choices:
                raise ValueError(
                    _("“%(text)s” is not among: %(choices)s.")
                    % {"text": str(text)[:30], "choices": "、".join(column.choices)}
                )
            return column.choices[str(text)]
    # A number typed into a text column comes as 1001.0.
    text = str(int(text)) if isinstance(text, float) and text == int(text) else str(text)
    if not is_plain(text):
        raise ValueError(_("The text holds characters that cannot be kept. Please type it again."))
    if len(text) > column.most:
        raise ValueError(_("Please use at most %(max)d characters.") % {"max": column.most})
    return text


def _whole(value: Any, column: Column) -> int:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(_("Please enter a whole number.")) from None
    if (
        not (-9 <= number <= column.most)
        or number != int(number)
        or (number < 0 and column.key != "floor")
    ):
        raise ValueError(
            _("Please enter a number from %(min)g to %(max)g.") % {"min": 0, "max": column.most}
        )
    return int(number)


def _date(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    found = _DATE.match(str(value))
    try:
        if not found:
            raise ValueError
        return date(*(int(g) for g in found.groups()))
    except ValueError:
        raise ValueError(_("This is not a date. Please write it like 2026-09-01.")) from None


def write_workbook(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """Make the workbook of an organisation; of an empty one, the template. What it writes can be read back."""
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for title, columns in SHEETS.items():
        sheet: Any = book.create_sheet(title)
        sheet.append([c.label + ("*" if c.required else "") for c in columns])
        sheet.freeze_panes = "A2"
        for i, column in enumerate(columns, 1):
            letter, cell = get_column_letter(i), sheet.cell(1, i)
            cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E4F0F0")
            sheet.column_dimensions[letter].width = (
                28 if column.most > 40 and column.kind == "text" else 14
            )
            options = list(column.choices) or (["是", "否"] if column.kind == "yes" else [])
            if options:
                check = DataValidation(
                    type="list", formula1=f'"{",".join(options)}"', allow_blank=True
                )
                check.add(f"{letter}2:{letter}{MAX_ROWS}")
                sheet.add_data_validation(check)
            if column.hint:
                cell.comment = Comment(column.hint, "安园")
        for row in sheets.get(title, ()):
            sheet.append([_safe(v) for v in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _safe(value: object) -> object:
    """A text that begins like a formula stays a text for whoever opens the file."""
    if not isinstance(value, str):
        return value
    return cleaned(f"'{value}" if value.startswith("=") else value)
