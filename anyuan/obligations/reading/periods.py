"""Owns in what period something is due: each week, every two hours, on the fifth of a month."""

from __future__ import annotations

import re
from dataclasses import replace

from . import clocks
from .measure import Measure, Period, value
from .numerals import parse
from .passing import Pass, days_of
from .patterns import (
    BEFORE_LESSON,
    COUNT,
    FIRST_DAYS,
    INTERVAL,
    MONTHDAY,
    NTH_WEEK,
    PERIOD,
    SKIPPING,
    SLASH,
    SLASHES,
    UNIT_PERIODS,
    WEEKDAYS,
)

# 周六、周日临时请假:必须…: in which case something is asked, not how often.
_CASE = re.compile(r"[^,;。:]{0,6}(?:请假|外出|就诊|来访|离校)[:,]?(?:必须|须|凭|应|要)")
_IN_HAN = re.compile(r"[一二三四五六七八九十]+(?=[月日])")
_WEEKENDS = re.compile(r"(?:每逢|每个?|逢)周末")
_BEFORE_END = re.compile(r"(?:放学|下班|离校|离园|下课)前")
# A weekday that opens a phrase recurs, unless a date or 本周 says which one it is.
_ALONE = re.compile(r"^(?!.*(?:\d[日号]|本周|上周|下周|当周)).*(?:^|[,;。:】])$")


class Periods(Pass):
    """In what period something is due: each week, every two hours, on the fifth of a month."""

    def _before_lessons(self) -> None:
        """课前一分钟: a minute with each lesson."""
        for m in BEFORE_LESSON.finditer(self.open):
            self.measures.append(
                Measure(
                    m.start(), m.end(), "lesson formula", "==", value(m), None, "分钟", per="课"
                )
            )
            self.take(*m.span())

    def _intervals(self) -> None:
        for m in INTERVAL.finditer(self.open):
            quantity, unit = value(m), m.group("u")
            if quantity is None:
                continue
            unit = "月" if unit == "个月" else unit
            if m.group("n") == "半" and unit in {"小时", "钟头"}:
                quantity, unit = 30, "分钟"
            if (m.group("n") == "半" and unit == "年") or (
                quantity == 1
                and not m.group().startswith(("每隔", "间隔", "每间隔", "每满"))
                and unit not in {"小时", "分钟", "钟头"}
            ):
                continue
            tail = COUNT.match(self.open, m.end()) or re.match(
                r"[^,;。]{0,12}?"
                + COUNT.pattern.replace("(?<![第再又这首上下前同每某有无数此初\\d])", ""),
                self.open[m.end() :],
            )
            times = parse(tail.groupdict().get("n") or "") if tail else None
            end = (
                m.end() + tail.end()
                if tail and tail.re is not COUNT
                else tail.end()
                if tail
                else m.end()
            )
            if re.match(r"[前后内]", self.open[m.end() :]):
                continue
            if times and times > 1:
                self.periods.append(Period(m.start(), m.end(), UNIT_PERIODS[unit], words=m.group()))
                continue
            upper = value(m, "m")
            self.measures.append(
                Measure(
                    m.start(),
                    end,
                    "interval",
                    "==" if not re.search("不超过|最多|不大于", m.group()) else "<=",
                    quantity,
                    upper,
                    f"{unit}/次",
                    UNIT_PERIODS[unit],
                )
            )
            self.take(m.start(), end)
        for m in SKIPPING.finditer(self.open):
            unit = m.group("u")
            self.measures.append(
                Measure(
                    m.start(), m.end(), "interval", "==", 2, None, f"{unit}/次", UNIT_PERIODS[unit]
                )
            )
            self.take(*m.span())

    def _periods(self) -> None:
        for m in MONTHDAY.finditer(self.open):
            words = m.group()
            if m.group("w4"):
                months = [x for x in (m.group("m4"), m.group("m5")) if x]
                if re.match(r"[至到-]", self.open[m.end() :]):
                    continue
                due = _IN_HAN.sub(lambda n: f"{parse(n.group()) or 0:g}", words)
                self.periods.append(
                    Period(
                        m.start(),
                        m.end(),
                        "year",
                        "@" + due,
                        words + ("" if len(months) == 1 else "2"),
                    )
                )
            else:
                period = "quarter" if (m.group("w") or "").startswith("每季度") else "month"
                self.periods.append(Period(m.start(), m.end(), period, _monthly(m), words))
            self.take(*m.span())
        for m in NTH_WEEK.finditer(self.open):
            nth = m.group("n")
            numbers = "、".join(f"{parse(c):g}" for c in re.findall(r"[一二三四五1-5]", nth or ""))
            at = "最后一周" if not numbers else f"第{numbers}周"
            day = "周" + m.group("d") if m.group("d") else ""
            self.periods.append(Period(m.start(), m.end(), "month", f"@{at}{day}", m.group()))
            self.take(*m.span())
        for m in _WEEKENDS.finditer(self.open):
            self.periods.append(Period(m.start(), m.end(), "week", "@周末", m.group()))
            self.take(*m.span())
        for m in FIRST_DAYS.finditer(self.open):
            due = f"@每月前{parse(m.group('n')):g}个工作日"
            self.periods.append(Period(m.start(), m.end(), "month", due, m.group()))
            self.take(*m.span())
        for m in WEEKDAYS.finditer(self.said):
            words = m.group()
            if self.open[m.start("a") : m.end("a")] != m.group("a"):
                continue
            if (
                not m.group("b")
                and len(m.group("a")) == 1
                and re.match(r"[查检小大排抽清次遍巡报结评会练训例调汇通]", self.open[m.end("a") :])
                and m.group("a") == "一"
                and words.startswith("每")
            ):
                continue
            returning = re.match(r"返校|当晚|晚|下午|放学", self.open[m.end("a") :])
            others = len(re.findall(r"(?:周|星期)[一二三四五六日天]", self.open)) > 1
            told = others and re.match(
                r"[^,;。]{0,4}(?:汇总|上交|交|报|总结|反馈|讲评|小结|召开|检查|公布)",
                self.open[m.end() :],
            )
            alone = _ALONE.search(self.open[: m.start()]) and not re.match(
                r"[是为的和]", self.open[m.end() :]
            )
            if (
                not told
                and not alone
                and not words.startswith(("每", "逢"))
                and not m.group("b")
                and not returning
                and len(m.group("a").replace("、", "")) < 2
                and not m.group("before")
                and not m.group("t")
            ):
                continue
            if _CASE.match(self.open[m.end() :]):
                continue
            days = re.sub(r"[^一二三四五六日天]", "", m.group("a"))
            period = "day" if m.group("b") else "week"
            due = (
                f"@周{m.group('a')}~周{m.group('b')}"
                if m.group("b")
                else "@" + clocks.of_weekday("周" + m.group("a") + (m.group("t") or "").strip())
            )
            end = m.end()
            if tail := _BEFORE_END.match(self.open, end):
                due, end = due + tail.group(), tail.end()
            self.periods.append(Period(m.start(), end, period, due, days))
            self.take(m.start(), end)
        for m in PERIOD.finditer(self.open):
            if m.group().startswith("一") and (
                re.search(
                    r"(?:不少于|至少|保存|不低于|不得少于|存|留|期限为?)$", self.open[: m.start()]
                )
                or self.open[m.end() :].startswith(("以上", "及以上"))
            ):
                continue
            odd = m.group() if m.group()[0] in "单双" else None
            self.periods.append(
                Period(m.start(), m.end(), m.lastgroup or "", odd and f"@{odd}", m.group())
            )
        for m in SLASH.finditer(self.open):
            name = m.group("p").lstrip("人")
            if name in SLASHES:
                self.periods.append(Period(m.start(), m.end(), SLASHES[name], words="/" + name))
        self.periods.sort(key=lambda p: p.start)

    def _shared(self, p: Period, follow: Period | None) -> Measure | None:
        """中学每月、小学每两月至少一次: a count said once for several periods."""
        if follow is None or not re.fullmatch(r"、[^,;。]{0,8}", self.open[p.end : follow.start]):
            return None
        said = next(
            (
                m
                for m in self.measures
                if m.rule == "count"
                and m.period == follow.period
                and follow.end <= m.start
                and not re.search(r"[,;。]", self.open[follow.end : m.start])
            ),
            None,
        )
        return replace(said, start=p.start, end=p.end, period=p.period) if said else None

    def _bare_periods(self) -> None:
        for i, p in enumerate(self.periods):
            if i in self._used_periods or p.words.startswith("/"):
                continue
            follow = self.periods[i + 1] if i + 1 < len(self.periods) else None
            if follow is not None and follow.start - p.end <= 2:
                continue
            rest = self.open[p.end : follow.start if follow else len(self.open)]
            if (
                p.period == "shift"
                and re.match(r"每班", p.words)
                and (not re.search(r"巡|值|岗|交接", self.open) or rest.startswith("轮"))
            ):
                continue
            if shared := self._shared(p, follow):
                self.measures.append(shared)
                continue
            if re.search(r"(?:严禁|不得|禁止|不许)[^,;。]{0,8}[“\"]?$", self.open[: p.start]):
                continue
            own = self.said[p.end : self._phrase_end(p.end)]
            if re.fullmatch(
                r"(?:晚上?|早上?|下午)?\d{1,2}(?:[:点时]\d{0,2}分?)?(?:开始|起|后)", own
            ):
                continue
            if p.words.startswith("逐") and re.match(r"安排|分解|推进|落实|细化", rest):
                continue
            if p.words.startswith("全") and not re.search(r"开展|组织|召开|不少于", rest[:12]):
                continue
            if (
                re.match(
                    r"[的末底初]|级|第|为限|为原则|都有|有\d|以来|因|来|发生|约|约有|因为|度(?!开)|内(?!完|开|组|至|召)",
                    rest,
                )
                and not p.due
            ):
                continue
            if any(
                m.start >= p.start
                and m.start <= p.end + len(rest)
                and m.rule in {"people", "offset", "around the clock"}
                for m in self.measures
            ) and not _OWN_DEED.search(self.text[p.end : self._phrase_end(p.end)]):
                continue
            if any(
                p.end <= m.start <= self._phrase_end(p.end) and m.rule in {"interval"}
                for m in self.measures
            ):
                continue
            self.measures.append(
                Measure(
                    p.start, p.end, "periodic", "==", days_of(p), None, "次", p.period, None, p.due
                )
            )


# What is done each day in a phrase of its own, though people are counted in the next.
_OWN_DEED = re.compile(r"[关锁]|检查|巡[查视]|清[扫洗理点]|消毒|通风|记录|登记|点名|晨检|打扫|擦拭")


def _monthly(m: re.Match[str]) -> str:
    """每月5日, 次月5日前, 季末月25日前, 每月底前: the due of a month's day in the exchange form."""
    if m.group("w2"):
        return f"@每月{m.group('e')}{'前' if m.group('b2') else ''}"
    month = m.group("w")
    month = "每月" if month in {"当月", "每个月"} else month.replace("下月", "次月")
    month = month.replace("每季度末月", "季末月").replace("每季度末", "季末月")
    other = f"、{parse(m.group('d2')):g}日" if m.group("d2") else ""
    return f"@{month}{parse(m.group('d')):g}日{other}{'前' if m.group('b') else ''}"
