"""A referral to a department as a document (函), in the form of official papers."""

from __future__ import annotations

import io

import segno

from anyuan.kernel.papers import Paper, written_out

from ..models.beyond import Referral

TITLE = "关于商请处理校园周边安全隐患的函"


def referral_docx(referral: Referral, link: str) -> bytes:
    """The referral with what is asked; with the code of its link, for whoever may hand it over, and
    the answer if there is one.
    """
    paper = Paper()
    paper.line(TITLE, "小标宋", 22, at="CENTER")
    paper.line(f"{referral.sender}安函{referral}", at="CENTER")
    paper.line(f"{referral.recipient}：", indent=False)
    paper.line(f"经排查，{referral.place}存在下列影响学生安全的隐患：{referral.subject}。")
    paper.line(f"该隐患不属学校职责范围，现商请贵单位处理：{referral.request}。")
    paper.line(f"请于{written_out(referral.due)}前将处理情况函复我单位。")
    if link:
        paper.line("复函可扫描下方二维码直接填写，无需注册；也可书面函复。")
        picture = io.BytesIO()
        segno.make(link, error="m").save(picture, kind="png", scale=6)
        paper.picture(picture.getvalue(), 3.2)
    paper.line(referral.sender, at="RIGHT")
    paper.line(written_out(referral.sent_at), at="RIGHT")
    if referral.answered_at:
        said = f"（{referral.answered_by}，{written_out(referral.answered_at)}）"
        paper.line(f"复函：{referral.answer}{said}")
    return paper.bytes()
