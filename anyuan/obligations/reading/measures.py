"""Owns the grammar of measures: how often, how many, how long, how much, by when; one sentence at a time."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

from . import clocks, traps
from .measure import Measure, Period, comparator, value
from .numerals import NUMERAL as N
from .numerals import parse
from .patterns import (
    ACT,
    AHEAD,
    ALL_DAY,
    AT_LEAST,
    AT_MOST,
    BARE_RATIO,
    COUNT,
    CUE,
    DOING,
    DURATION,
    FORMULA,
    HOLIDAY_MINUTES,
    INTERVAL,
    KEEP,
    MONTHDAY,
    OFFSET_ANCHOR,
    PEOPLE,
    PERIOD,
    RATE,
    SIZE,
    SKIPPING,
    SLASH,
    SLASHES,
    STEP,
    TERSE,
    TERSE_PERIODS,
    THINGS,
    UNIT_PERIODS,
    VERBED,
    WEEKDAYS,
)


class Grammar:
    """One pass over a sentence; each rule takes the stretch it read, so that no number is read twice."""

    def __init__(self, text: str) -> None:
        self.said, self.text = text, traps.blank(text)
        self.open = traps.blank_local(self.text)
        self.measures: list[Measure] = []
        self.periods: list[Period] = []
        self._used_periods: set[int] = set()

    def take(self, start: int, end: int) -> None:
        self.open = self.open[:start] + "\u25a0" * (end - start) + self.open[end:]

    def read(self) -> list[Measure]:
        self._formulas()
        self._steps()
        self._around_the_clock()
        self._intervals()
        self._periods()
        self._rates()
        self._terse()
        self._verbed()
        self._counts()
        self._people()
        self._durations()
        self._join_windows()
        self._sizes()
        self._things()
        self._bare_periods()
        self.measures += clocks.find(self.said, self.measures, self.periods)
        return sorted(self.measures, key=lambda m: m.start)

    def _formulas(self) -> None:
        for m in FORMULA.finditer(self.open):
            if not re.search(r"提醒|教育|安全|放学|机制|制度|模式|警示", self.open):
                continue
            for quantity, period, due in (
                (1, "day", "@放学前"),
                (5, "week", "@周末放学前"),
                (30, "before_date", "节假日前"),
            ):
                self.measures.append(
                    Measure(
                        m.start(),
                        m.end(),
                        "lesson formula",
                        "==",
                        quantity,
                        None,
                        "分钟",
                        period,
                        None,
                        due,
                    )
                )
            self.take(*m.span())
        for m in HOLIDAY_MINUTES.finditer(self.open):
            self.measures.append(
                Measure(
                    m.start(),
                    m.end(),
                    "lesson formula",
                    "==",
                    value(m),
                    None,
                    "分钟",
                    "before_date",
                    None,
                    "节假日前",
                )
            )
            self.take(*m.span())

    def _steps(self) -> None:
        for m in STEP.finditer(self.open):
            words = self.open[m.start() : m.end()]
            per = re.match(
                rf"每\D{{0,4}}{N}(?:名|人|个|位|张)?(?:寄宿|住宿|住校|在校)?(?:学生|师生|生|幼儿|床位|学员)?",
                words,
            )
            self.measures.append(
                Measure(
                    m.start(),
                    m.end(),
                    "people per step",
                    ">=" if re.search("不少于|至少|不低于", words) else "==",
                    value(m),
                    None,
                    "人",
                    "continuous",
                    per.group() if per else None,
                )
            )
            self.take(*m.span())
        for m in BARE_RATIO.finditer(self.open):
            if re.search(
                r"比例|配备|配比|师生比|按", self.open[max(0, m.start() - 14) : m.start()]
            ):
                self.measures.append(
                    Measure(
                        m.start(),
                        m.end(),
                        "people by ratio",
                        comparator(self.open, m.start(), m.end()),
                        value(m, "a"),
                        None,
                        "人",
                        "continuous",
                        f"每{m.group('b')}人",
                    )
                )
                self.take(*m.span())

    def _around_the_clock(self) -> None:
        for m in ALL_DAY.finditer(self.open):
            near = self.open[max(0, m.start() - 12) : m.end() + 8]
            if re.search("保存|留存|留样|存储|冷藏", near) and not re.search(r"值|守", near):
                continue
            self.measures.append(
                Measure(
                    m.start(), m.end(), "around the clock", "==", 24, None, "小时", "continuous"
                )
            )
            self.take(*m.span())

    def _intervals(self) -> None:
        for m in INTERVAL.finditer(self.open):
            quantity, unit = value(m), m.group("u")
            if quantity is None:
                continue
            unit = "月" if unit == "个月" else unit
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
                self.periods.append(
                    Period(
                        m.start(),
                        m.end(),
                        "year",
                        "@" + words,
                        words + ("" if len(months) == 1 else "2"),
                    )
                )
            else:
                period = (
                    "term"
                    if m.group("w3")
                    else "quarter"
                    if (m.group("w") or "").startswith("每季度")
                    else "month"
                )
                self.periods.append(Period(m.start(), m.end(), period, "@" + words, words))
            self.take(*m.span())
        for m in WEEKDAYS.finditer(self.open):
            words = m.group()
            if (
                not m.group("b")
                and len(m.group("a")) == 1
                and re.match(r"[查检小大排抽清次遍巡报结评会练训例调汇通]", self.open[m.end("a") :])
                and m.group("a") == "一"
                and words.startswith("每")
            ):
                continue
            returning = re.match(r"返校|当晚|晚|下午|放学", self.open[m.end("a") :])
            if (
                not words.startswith(("每", "逢"))
                and not m.group("b")
                and not returning
                and len(m.group("a").replace("、", "")) < 2
                and not m.group("before")
                and not m.group("t")
            ):
                continue
            days = m.group("a").replace("、", "")
            period = "day" if m.group("b") else "week"
            due = (
                f"@周{m.group('a')}~周{m.group('b')}"
                if m.group("b")
                else "@周" + m.group("a") + (m.group("t") or "").strip()
            )
            self.periods.append(Period(m.start(), m.end(), period, due, days))
            self.take(*m.span())
        for m in PERIOD.finditer(self.open):
            if m.group().startswith("一") and (
                re.search(
                    r"(?:不少于|至少|保存|不低于|不得少于|存|留|期限为?)$", self.open[: m.start()]
                )
                or self.open[m.end() :].startswith(("以上", "及以上"))
            ):
                continue
            self.periods.append(Period(m.start(), m.end(), m.lastgroup or "", words=m.group()))
        for m in SLASH.finditer(self.open):
            name = m.group("p").lstrip("人")
            if name in SLASHES:
                self.periods.append(Period(m.start(), m.end(), SLASHES[name], words="/" + name))
        self.periods.sort(key=lambda p: p.start)

    def period_for(self, start: int, end: int) -> Period | None:
        """Return the period that governs a quantity: the nearest before it, else one right after."""
        before = [p for p in self.periods if p.end <= start and not p.words.startswith("/")]
        after = [
            p for p in self.periods if end - 3 <= p.start <= end + 6 and p.words.startswith("/")
        ]
        if after:
            return after[0]
        if before:
            near = before[-1]
            if (
                near.period == "shift"
                and len(before) > 1
                and before[-2].period != "shift"
                and near.start - before[-2].end < 3
            ):
                near = before[-2]
            return near
        later = [p for p in self.periods if end <= p.start <= end + 3]
        if later:
            return later[0]
        if shift := re.search(r"白班|夜班|早班|中班|晚班", self.open[:start]):
            return Period(shift.start(), shift.end(), "shift")
        daily = re.search(
            r"夜间|夜巡|晚间|白天|日间|课间|夜里|凌晨|次日早|晚\d|晚自习|熄灯|就寝|午休|早晚|上、?下午|放学后",
            self.open[:start],
        )
        return Period(daily.start(), daily.end(), "day") if daily else None

    def _use(self, period: Period) -> None:
        if period in self.periods:
            self._used_periods.add(self.periods.index(period))

    def _rates(self) -> None:
        for m in RATE.finditer(self.open):
            unit, upper = "%", None
            if m.group("all"):
                quantity: float | None = 100
            elif m.group("fb"):
                top, bottom = parse(m.group("fa")), parse(m.group("fb"))
                quantity = round(100 * top / bottom, 2) if top and bottom else None
            elif m.group("k"):
                quantity, unit = parse(m.group("k")), "‰"
            elif m.group("c"):
                quantity = parse(m.group("c"))
            else:
                quantity, unit = parse(m.group("p")), "‰" if m.group("s") == "‰" else "%"
                upper = value(m, "p2")
            if (
                quantity is None
                or m.group("s") == "个百分点"
                or self._no_rate(m)
                or re.match(r"的权重|权重|计入|分值", self.open[m.end() :])
            ):
                continue
            found = comparator(self.open, m.start(), m.end(), "==" if quantity == 100 else ">=")
            if unit == "‰":
                self.measures.append(
                    Measure(m.start(), m.end(), "people per thousand", found, quantity, upper, "‰")
                )
            else:
                for _ in range(self._rate_names(m.start())):
                    self.measures.append(
                        Measure(m.start(), m.end(), "rate", found, quantity, upper, "%")
                    )
            self.take(*m.span())
        for m in re.finditer(r"(?:零发生|“?零事故|零死亡|零容忍)", self.open):
            if m.group() == "零发生":
                self.measures.append(Measure(m.start(), m.end(), "zero", "==", 0, None, "次"))
                self.take(*m.span())

    def _no_rate(self, m: re.Match[str]) -> bool:
        """A percentage that is a weight, a deduction or a statistic; a fraction that is no share of people or things."""
        before = self.open[max(0, m.start() - 12) : m.start()]
        if re.search(
            r"占[^,]{0,8}$|扣|绩效|赔偿|核定|同比|环比|增长|下降|上浮|提高了|权重|折|补贴|按[^,]{0,4}$",
            before,
        ):
            return True
        if re.match(r"(?:以上|以下)的[,;。]?", self.open[m.end() :]):
            return True
        return bool(m.group("fb")) and not re.search(
            r"率|不少于|至少|不低于|达|以上|覆盖|抽查|参|比例",
            self.open[max(0, m.start() - 10) : m.end() + 6],
        )

    def _rate_names(self, start: int) -> int:
        """达标率、联网率要达到90%以上 speaks of two rates."""
        phrase = re.split(r"[,;。:]", self.open[:start])[-1]
        return max(1, len(re.findall(r"[一-鿿]{2,}率(?=[、和与及要应均达不须必])", phrase + "达")))

    def _terse(self) -> None:
        for m in TERSE.finditer(self.open):
            self.measures.append(
                Measure(
                    m.start(),
                    m.end(),
                    "terse periodic",
                    "==",
                    1,
                    None,
                    "次",
                    TERSE_PERIODS[m.group("p")],
                    verb=m.group("v"),
                )
            )
            self.take(*m.span())

    def _verbed(self) -> None:
        for m in VERBED.finditer(self.open):
            period = next(
                (
                    p
                    for p in self.periods
                    if p.start <= m.start() < m.end("n") and p.end >= m.start("n") - 1
                ),
                None,
            )
            if period is None:
                head = re.search(
                    r"一?(日|天|周|月|季|季度|学期|年|半年)$", self.open[: m.start("n")]
                )
                if not head or not re.match(r"一", head.group()):
                    continue
                self.measures.append(
                    Measure(
                        m.start(),
                        m.end(),
                        "count by verb",
                        "==",
                        value(m),
                        None,
                        "次",
                        TERSE_PERIODS.get(head.group(1), "day"),
                        verb=m.group("u"),
                    )
                )
            else:
                self._use(period)
                self.measures.append(
                    Measure(
                        period.start,
                        m.end(),
                        "count by verb",
                        "==",
                        value(m),
                        None,
                        "次",
                        period.period,
                        due=period.due,
                        verb=m.group("u"),
                    )
                )
            self.take(m.start("n"), m.end())

    def _counts(self) -> None:
        for m in COUNT.finditer(self.open):
            quantity, upper = value(m), value(m, "m")
            unit = m.group("u")
            start, end = m.span()
            if (
                quantity is None
                or quantity > 400
                or unit == "人次"
                or (
                    self.open[start - 1 : start] in {"上", "下"}
                    and unit in {"次", "轮", "期", "回"}
                )
            ):
                continue
            found = comparator(self.open, start, end)
            period = self.period_for(start, end)
            if upper is not None:
                found = ">="
            elif (
                period is not None
                and unit == "次"
                and m.group("n")
                in (
                    {"23", "34", "45"}
                    if period.period in {"day", "shift"}
                    else {"12", "23", "34", "45"}
                )
                and period.period in {"day", "shift", "week", "month", "term"}
            ):
                quantity, upper, found = float(m.group("n")[0]), float(m.group("n")[1]), ">="
            if period is None:
                listed = (
                    len([c for c in COUNT.finditer(self.text) if c.group("n") == "一"]) >= 2
                    and self.text[start - 1 : start] in ":、,和及"
                )
                if (
                    not listed
                    and not re.search(
                        r"开展|组织|进行|召开|举办|举行|完成|集中|上|出|发|刊|办|印|写|搞|对|撰写|接受|参加|安排",
                        self.open[max(0, start - 14) : start],
                    )
                    and found == "=="
                ):
                    continue
                self.measures.append(
                    Measure(start, end, "count once", found, quantity, upper, unit, "once")
                )
            else:
                if not self._own_phrases(period, start, end):
                    self._use(period)
                self.measures.append(
                    Measure(
                        start,
                        end,
                        "count",
                        found,
                        quantity,
                        upper,
                        unit,
                        period.period,
                        self._per(start, period),
                        period.due,
                    )
                )
            self.take(start, end)

    def _own_phrases(self, period: Period, start: int, end: int) -> bool:
        """每日进行防火巡查,夜间防火巡查不少于两次: period and count each have a phrase that says what is done."""
        left = max(self.open.rfind(c, 0, start) for c in ",;。:") + 1
        if period.end > left:
            return False
        return bool(DOING.search(self.text[period.end : left])) and bool(
            DOING.search(self.text[left : self._phrase_end(end)])
        )

    def _per(self, start: int, period: Period) -> str | None:
        if period.period == "shift":
            return "班"
        words = self.open[max(0, start - 24) : start]
        found = re.search(
            r"每(?:个|所|名|辆|栋|层|支|座)?(班级|班|学校|校区|校园|校|园|校车|车|楼层|层|楼|派出所|镇|乡镇|单位|人|名教师|教师)(?!周|次)",
            words,
        )
        return found.group(1) if found else None

    def _people(self) -> None:
        for m in re.finditer(r"双人(?=值班|值守|在岗|巡逻|上岗|双岗)", self.open):
            self.measures.append(Measure(m.start(), m.end(), "people", "==", 2, None, "人"))
        for m in PEOPLE.finditer(self.open):
            quantity, upper = value(m), value(m, "m")
            start, end = m.span()
            phrase_start = max(self.open.rfind(c, 0, start) for c in ",;。:") + 1
            phrase = self.open[phrase_start : self._phrase_end(end)]
            found = comparator(self.open, start, end)
            if self.open[start - 1 : start] == "(" and self.open[end : end + 1] == ")":
                continue
            if re.search(r"值守|值班|护学|站岗|定点", self.open[:start]):
                phrase = self.open
            if (
                quantity is None
                or quantity > (5000 if found in {">=", "<="} else 200)
                or not self._asks_people(phrase, found, start - phrase_start)
            ):
                continue
            if re.match(
                r"(?:以上|及以上|以下|以内|左右)?的(?:学校|校园|幼儿园|单位|班|寄宿|中小学)|(?:以上|以下)(?:学校|校园|幼儿园)|(?:及以上|以上|以下|以内)?(?:寄宿|住宿)?(?:学生|师生|幼儿)(?!安全)",
                self.open[end:],
            ):
                continue
            per = re.search(
                r"每(?:个|所|名|辆|栋|层|处|道|岗|楼)?(班次|班|学校|校区|校园|校|园|校车|车|楼层|层|楼|派出所|岗|大门|单位|门|口|宿舍楼|组|点|路段|时段|天|次)",
                self.open[max(0, start - 22) : start],
            ) or re.search(
                r"(各)(?:镇街|学校|校|单位)?[^,;]{0,14}$", self.open[max(0, start - 16) : start]
            )
            word = per.group(1) if per else None
            self.measures.append(
                Measure(
                    start,
                    end,
                    "people",
                    found if upper is None else ">=",
                    quantity,
                    upper,
                    "人",
                    "continuous",
                    "单位" if word == "各" else word,
                )
            )
            self.take(start, end)
            for p in self.periods:
                if phrase_start <= p.end <= start and not re.search(
                    r"[,;。]", self.open[p.end : start]
                ):
                    self._use(p)

    def _phrase_end(self, end: int) -> int:
        stops = [i for i in (self.open.find(c, end) for c in ",;。:") if i >= 0]
        return min(stops) if stops else len(self.open)

    @staticmethod
    def _asks_people(phrase: str, found: str, at: int) -> bool:
        if re.search(
            r"配备|配齐|配足|配置|配强|配专|配有|配设|各配|其中|签字|安排|聘|增配|增设|设(?:立|置)?|组成|确定|明确|选派|指派|派出|派驻|抽调|落实|值班|值守|执勤|值勤|在岗|上岗|巡逻|巡查|护学|把守|站岗|带班|同行|带队|保证|确保|必须有|须有|应有|要有|要求|不得单独|以上在|同时|选聘|指定|轮流|负责|配$",
            phrase,
        ):
            return True
        return (
            found in {">=", "<="}
            and at > 0
            and not re.search(r"发生|涉及|造成|聚集|集会|感染|发热", phrase)
        )

    def _join_windows(self) -> None:
        """上学前30分钟至上课后15分钟 is one window with two sides."""
        offsets = [m for m in self.measures if m.rule == "offset"]
        for one, other in itertools.pairwise(offsets):
            if re.fullmatch(r"(?:至|到|-|~)[^,;。]{0,8}", self.text[one.end : other.start]):
                self.measures.remove(other)

    def _durations(self) -> None:
        for m in DURATION.finditer(self.open):
            quantity, upper, unit = value(m), value(m, "m"), m.group("u")
            if quantity is None:
                continue
            unit = {
                "个小时": "小时",
                "秒钟": "秒",
                "个月": "月",
                "个工作日": "工作日",
                "个星期": "周",
                "星期": "周",
                "分": "分钟",
            }.get(unit, unit)
            if unit == "刻钟":
                unit, quantity = "分钟", quantity * 15
            measure = self._duration(m, quantity, upper, unit)
            if measure:
                self.measures.append(measure)
                self.take(*m.span())

    def _duration(
        self, m: re.Match[str], quantity: float, upper: float | None, unit: str
    ) -> Measure | None:
        start, end = m.span()
        before, after = self.open[:start], self.open[end:]
        phrase_start = max(before.rfind(c) for c in ",;。:") + 1
        phrase = self.open[phrase_start : self._phrase_end(end)]
        ahead = AHEAD.search(before)
        anchor = OFFSET_ANCHOR.search(re.sub(rf"(?:{AT_LEAST}|{AT_MOST})$", "", before))
        if ahead or (
            anchor
            and not re.match(
                r"(?:以内|之内|内)[^,;。]{0,3}(?:通知|报告|联系|上报|到达|赶到|反馈|告知)", after
            )
            and unit in {"分钟", "小时"}
            and not re.match(r"[^,;]{0,3}以?内?[^,;]{0,6}报告", after)
        ):
            period = self.period_for(start, end)
            if ahead and unit not in {"分钟", "小时"}:
                return Measure(
                    start,
                    end,
                    "ahead of time",
                    comparator(self.open, start, end),
                    quantity,
                    upper,
                    unit,
                    "before_date",
                    None,
                    self._words(before, after),
                )
            if period:
                self._use(period)
            return Measure(
                start,
                end,
                "offset",
                comparator(self.open, ahead.start() if ahead else start, end)
                if not ahead
                else comparator(self.open, start, end),
                quantity,
                upper,
                unit,
                period.period if period and period.period in {"day", "shift", "week"} else "day",
                None,
                "@" + (ahead.group() if ahead else anchor.group() if anchor else "") + m.group(),
            )
        if re.search(r"(?:开学|放假|学期结束|期末|入学|假期结束)后$", before):
            return None
        if re.search(r"有效期|任期|聘期|期限自|为期|届满|近$|最近$", phrase) or re.match(
            r"[^,;。]{0,6}(?:出现|发生|可能|累计|连续|再次|不得|取消|未|仍)", after
        ):
            return None
        acting = bool(ACT.search(phrase) or ACT.search(after[:24]))
        inside = re.match(r"(?:钟|时间)?(?:以内|之内|内(?!部|容|设|控|保|勤)|前|完成)", after)
        most = comparator(self.open, start, end, "") == "<=" or bool(
            re.match(r"(?:响应|到场|到达|处置|集结|自救|互救|增援|先期处置|反应|出警)", after)
        )
        if (
            (inside or (most and acting))
            and acting
            and not re.search(r"(?:近|最近|过去|前)$", before)
            and not re.search(r"请假|会期|时长|单程|会议|用时|耗时", phrase)
        ):
            tail = inside.group() if inside else ""
            if re.search(r"演练|撤离时间|疏散时间|撤离到|疏散到|撤离完毕|疏散完毕", phrase):
                return Measure(start, end + len(tail), "duration", "<=", quantity, upper, unit)
            return Measure(
                start,
                end + len(tail),
                "within",
                "<=",
                quantity,
                upper,
                unit,
                "once",
                None,
                self._words(before, m.group() + tail),
            )
        if KEEP.search(phrase):
            found = comparator(self.open, start, end, ">=" if re.match(r"以上", after) else "==")
            return Measure(start, end, "retention", found, quantity, upper, unit)
        found = comparator(self.open, start, end, "")
        if not found:
            if (
                unit in {"分钟", "小时"}
                and (period := self.period_for(start, end))
                and re.search(r"训练|锻炼|教育|培训|学习|提醒|活动|上课|时间|通风|课", phrase)
            ):
                self._use(period)
                return Measure(
                    start,
                    end,
                    "duration",
                    "==",
                    quantity,
                    upper,
                    unit,
                    period.period,
                    None,
                    period.due,
                )
            return None
        if unit in {"年", "天", "周", "月", "日", "学期"} and not re.search(
            r"培训|训练|学习|时间|间隔|任期|期|驻|蹲点|实习|工龄|驾龄|驾驶|经验|从事|经历|时长|公示",
            phrase,
        ):
            return None
        period = self.period_for(start, end)
        if period and not re.search(r"每次|每场|每节|每堂", self.open[phrase_start:start]):
            self._use(period)
            return Measure(
                start,
                end,
                "duration",
                found,
                quantity,
                upper,
                unit,
                period.period,
                None,
                period.due,
            )
        return Measure(start, end, "duration", found, quantity, upper, unit)

    @staticmethod
    def _words(before: str, words: str) -> str:
        trigger = re.search(r"[一-鿿]{0,6}(?:后|之日起|起)[^,;。]{0,3}$", before)
        return (trigger.group() if trigger else "") + words

    def _sizes(self) -> None:
        for m in SIZE.finditer(self.open):
            quantity, upper, unit = value(m), value(m, "m"), m.group("u")
            start, end = m.span()
            found = comparator(self.open, start, end, "")
            near = self.open[max(0, start - 16) : end + 10]
            if quantity is None or (
                not found and not re.search(r"时速|限速|高|宽|距离|年龄|留样|厚|范围", near)
            ):
                continue
            if unit == "度" or (unit in {"平方米", "平米"} and not found):
                continue
            unit = {"m": "米", "平米": "平方米", "千米": "公里", "g": "克"}.get(unit, unit)
            if unit == "公里" and re.search(r"时速|限速|车速|速度", near):
                unit = "公里/小时"
            if upper is not None and unit in {"岁", "周岁"}:
                found = ">="
            if unit in {"米", "公里"} and re.match(
                r"(?:的)?(?:范围)?(?:以内|之内|内(?!部|容)|范围)", self.open[end:]
            ):
                found = "<="
            if unit == "公里/小时" and not found:
                found = "<="
            if unit == "周岁":
                unit = "岁"
            if unit == "岁" and re.match(
                r"(?:以下|以内|以上)?的?(?:儿童|学生|未成年|幼儿)", self.open[end:]
            ):
                continue
            self.measures.append(Measure(start, end, "size", found or "==", quantity, upper, unit))
            self.take(start, end)

    def _things(self) -> None:
        for m in THINGS.finditer(self.open):
            start, end = m.span()
            phrase_start = max(self.open.rfind(c, 0, start) for c in ";。") + 1
            quantity = value(m)
            if quantity is None or quantity > 500:
                continue
            found = comparator(self.open, start, end)
            if not re.search(
                r"配备|配置|配齐|安装|设置|设立|配有|备有|装备|购置|储备|增设|配|放置|建立|建有|不少于|至少|划定|竖立|配救|悬挂|设(?!施|备|计)",
                self.open[phrase_start:start],
            ):
                continue
            if re.match(r"(?:工作|措施|制度|规定|责任|意见|领导)", self.open[end:]):
                continue
            self.measures.append(Measure(start, end, "things", found, quantity, None, m.group("u")))
            self.take(start, end)

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
            if p.words.startswith("逐") and re.match(r"安排|分解|推进|落实|细化", rest):
                continue
            if p.words.startswith("全") and not re.search(r"开展|组织|召开|不少于", rest[:12]):
                continue
            if (
                re.match(
                    r"[的末底初]|级|第|都有|有\d|以来|因|来|发生|约|约有|因为|度(?!开)|内(?!完|开|组|至|召)",
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
            ):
                continue
            if any(
                p.end <= m.start <= self._phrase_end(p.end) and m.rule in {"interval"}
                for m in self.measures
            ):
                continue
            self.measures.append(
                Measure(p.start, p.end, "periodic", "==", 1, None, "次", p.period, None, p.due)
            )


def read(text: str) -> list[Measure]:
    """Return the measures of one sentence in reading order; empty for a sentence without a cue."""
    if not CUE.search(text):
        return []
    if traps.is_no_duty(text):
        return []
    found = Grammar(text).read()
    ended = traps.ended(text)
    if ended is not None:
        found = [m for m in found if m.start >= ended]
    gone = traps.abolished(text)
    if gone is None:
        return found
    back = re.search(r"改为|改成|调整为|统一为|合并为|压缩为|只需|仅需", text[gone:])
    cut = gone + back.start() if back else len(text)
    return [m for m in found if m.end <= gone or m.start >= cut]


def with_due(measure: Measure, due: str, *, before: bool) -> Measure:
    """Return the measure bound to a date of its sentence or phase."""
    return replace(measure, due=due, period="before_date" if before else "once")
