"""The notice as a document in the form that police and education offices use (GB/T 9704-2012)."""

from __future__ import annotations

from anyuan.kernel.papers import Paper, written_out

from .. import queries
from ..models import Notice
from ..rules import CONSEQUENCE

TITLE = "治安隐患限期整改通知书"


def notice_docx(notice: Notice) -> bytes:
    """The notice with its problems, what it rests on, and what became of it so far."""
    paper = Paper()
    paper.line(TITLE, "小标宋", 22, at="CENTER")
    paper.line(str(notice), at="CENTER")
    paper.line(f"{notice.school.name}：", indent=False)
    paper.line(
        f"{written_out(notice.inspected_on)}，{notice.inspectors}对你单位进行了治安检查，"
        "发现存在下列治安隐患："
    )
    for problem in notice.problems.order_by("order"):
        paper.line(f"{problem.order}．{problem.place}：{problem.subject}。")
    paper.line(
        f"根据{notice.basis}，责令你单位于{written_out(notice.deadline)}前整改完毕，"
        "并将整改情况书面回告。" + (f"整改要求：{notice.demand}。" if notice.demand else "")
    )
    paper.line(CONSEQUENCE)
    paper.line(notice.office, at="RIGHT")
    paper.line(written_out(notice.issued_at), at="RIGHT")
    paper.line(_served(notice))
    if notice.answered_at:
        paper.line(
            f"整改回告：{notice.answer}（{notice.answered_by}，{written_out(notice.answered_at)}）"
        )
    if notice.checked_at:
        passed = "合格" if notice.state == queries.NoticeState.CLOSED else "不合格"
        said = f"：{notice.conclusion}" if notice.conclusion else ""
        paper.line(
            f"复查结论：{passed}{said}（{notice.checked_by}，{written_out(notice.checked_at)}）"
        )
    return paper.bytes()


def _served(notice: Notice) -> str:
    if notice.served_at is None:
        return "签收人：　　　　　　　　签收时间：　　　　年　　月　　日"
    return f"签收人：{notice.served_to}　　签收时间：{written_out(notice.served_at)}"
