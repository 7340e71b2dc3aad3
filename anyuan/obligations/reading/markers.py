"""Owns the numbers of clauses: 一、 (一) 1. ① and what else begins one."""

from __future__ import annotations

import re

CN = "一二三四五六七八九十百〇零"
STYLES = (
    ("chapter", re.compile(rf"第[{CN}\d]+[章节编部](?:分)?[、:. ]?")),
    ("article", re.compile(rf"第[{CN}\d]+条[、:. ]?")),
    ("cn", re.compile(rf"[{CN}]+[、.:](?!\d)")),
    ("(cn)", re.compile(rf"\([{CN}]+\)[、.]?")),
    ("cn)", re.compile(rf"[{CN}]+\)[、.]?")),
    (
        "step",
        re.compile(rf"(?:[{CN}](?:要|是)(?=[^\d,。;]))|第[{CN}][,:、]|(?:首先|其次|再次|最后),"),
    ),
    ("(1)", re.compile(r"\(\d{1,2}\)[、.]?")),
    ("1)", re.compile(r"\d{1,2}\)[、.]?")),
    ("1.", re.compile(r"\d{1,2}(?:[、.]\s?(?!\d)|[.、]\s?(?=\d{4}年|\d{1,2}月)|、(?=\d))")),
    ("1.1", re.compile(r"\d{1,2}(?:\.\d{1,2}){1,3}\.?\s?(?=[^\d%.月日米])")),
    ("1,", re.compile(r"\d{1,2},(?=[一-鿿])")),
    ("nth", re.compile(rf"第[{CN}]+[ \u3000](?=[一-鿿])")),
    ("●", re.compile(r"[●◎◆★■□▲△▪•➢◇※]\s?\d?")),
    ("【】", re.compile(r"【[^】]{1,12}】")),
    ("①", re.compile(r"[①-⑳❶-❿⑴-⒇]")),
)


def marker_of(text: str) -> tuple[str, str]:
    """Return (style, marker) of a line that begins a clause; empty strings if it does not."""
    for style, pattern in STYLES:
        match = pattern.match(text)
        if match:
            return style, match.group()
    return "", ""
