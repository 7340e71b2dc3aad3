"""Pages that were read as pictures stay with their plan, so that people can compare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from anyuan.obligations.reading import document
from anyuan.record.evidence.services import files

from ..models import Page, Plan
from ..rules import reviewing

Span = list[int]


def within(spans: Sequence[tuple[int, int]], offset: int, length: int) -> list[Span]:
    """Spans of a whole document as those of one plan in it, which begins at `offset`."""
    return [
        [start - offset, end - offset]
        for start, end in spans
        if offset <= start and end <= offset + length
    ]


def keep(plan: Plan, pictures: Sequence[document.Picture], offset: int) -> list[Page]:
    """Keep the pages on which the words of a plan stand. :raises Refused: the storage is full."""
    out = []
    for number, picture in enumerate(pictures, 1):
        lines = [
            [line.start - offset, line.end - offset, *(round(x, 4) for x in line.box)]
            for line in picture.lines
            if offset <= line.start and line.end <= offset + len(plan.text)
        ]
        if not lines:
            continue
        name = f"{plan.source_name} {number}.jpg"
        kept = files.keep_picture(unit=plan.unit, upload=files.Upload(name, picture.page.jpeg))
        out.append(
            Page(
                plan=plan,
                unit=plan.unit,
                number=number,
                digest=kept.digest,
                width=kept.width,
                height=kept.height,
                lines=lines,
            )
        )
    return Page.objects.bulk_create(out)


def doubted(
    columns: dict[str, Any], seen: Sequence[Page], unsure: Sequence[Span]
) -> dict[str, Any]:
    """The columns of a duty, in doubt if its number, or a doubtful character, is from a picture."""
    start, end = columns["start"], columns["end"]
    is_seen = any(line[0] < end and start < line[1] for page in seen for line in page.lines)
    is_unsure = any(start <= s < end for s, _ in unsure)
    if is_unsure or (is_seen and not reviewing.is_declared_measure(columns["measure"])):
        columns["doubts"] = [*columns["doubts"], "picture"]
    return columns
