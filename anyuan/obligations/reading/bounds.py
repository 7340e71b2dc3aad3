"""Owns bounds whose unit no other rule knows: 不高于20瓦, 控制在50升以内, 不少于3家."""

from __future__ import annotations

import re

from .measure import Measure, value
from .numerals import NUMERAL as N
from .passing import Pass

_LEAST = r"不少于|不低于|不得少于|不得低于|不能少于|不能低于|不应少于|不应低于|不小于|不短于|至少"
_MOST = (
    r"不超过|不得超过|不能超过|不应超过|不得逾|不逾|不多于|不得多于|不高于|不得高于|不大于|不得大于"
    r"|最多|控制在"
)
# Of things that come in a period where one is said: 每周抽查不少于3家.
_PIECES = r"家|条|项|块|张|个|页|件|处|面"
_BOUND = re.compile(
    rf"(?:(?P<least>{_LEAST})|(?P<most>{_MOST}))(?:出厂|使用)?\s?(?P<n>-?{N})\s?"
    rf"(?P<u>瓦|千瓦|毫升|升|伏|安|分贝|万元|元|倍|路|{_PIECES}|年(?=[,;。]|$))"
    r"(?![月级次人名半])"
)


class Bounds(Pass):
    """Bounds on what no other rule counts."""

    def _bounds(self) -> None:
        for m in _BOUND.finditer(self.open):
            start, end = m.start("n"), m.end()
            quantity = value(m)
            if quantity is None:
                continue
            found = ">=" if m.group("least") else "<="
            pieces = re.fullmatch(_PIECES, m.group("u"))
            period = self.period_for(start, end) if pieces else None
            if period and period.end < self.open.rfind(";", 0, start):
                period = None
            if period:
                self._use(period)
            self.measures.append(
                Measure(
                    start,
                    end,
                    "count" if period else "size",
                    found,
                    quantity,
                    None,
                    m.group("u"),
                    period.period if period else "continuous",
                    due=period.due if period else None,
                )
            )
            self.take(start, end)
