"""Owns how often something is done, how many things there are, and at what rate."""

from __future__ import annotations

import re
from dataclasses import replace

from .measure import Measure, Period, comparator, value
from .numerals import parse
from .passing import Pass, days_of
from .patterns import (
    COUNT,
    DOING,
    FORMULA,
    HOLIDAY_MINUTES,
    RATE,
    TERSE,
    TERSE_PERIODS,
    THINGS,
    VERBED,
)

# 钢叉2把、盾牌2面: one of several things that are counted.
_LISTED = re.compile(
    r"(?:\d|[一二两三四五六七八九十]|■)(?:把|面|件|套|具|支|根|条|部|台|只|顶|副|块|盏|瓶|双|个|■)[、,][一-鿿]{2,10}$"
)
# 橡胶警棍 4根: a line that only counts things.
_AND_BEFORE = re.compile(
    r"[及和、与](?:在)?(?:重大|重要|法定)*(?P<due>(?:节假日|节日|寒暑假|长假|假期|开学|放假|重大活动)前)"
)
_ONLY = re.compile(
    r"[一-鿿]{2,10}\s\d{1,3}(?:把|面|件|套|具|支|根|条|部|台|只|顶|副|块|盏|瓶|双|个)(?:\s.*)?[;。]?"
)


class Counts(Pass):
    """How often something is done, how many things there are, and at what rate."""

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
                    re.sub(r"来临|到来|离校", "", m.group("event")) + "前",
                )
            )
            self.take(*m.span())

    def _rates(self) -> None:
        for m in RATE.finditer(self.open):
            unit, upper = "%", None
            if m.group("all"):
                quantity: float | None = 100
            elif m.group("fb"):
                top, bottom = parse(m.group("fa")), parse(m.group("fb"))
                quantity = round(100 * top / bottom, 2) if top and bottom else None
            elif m.group("tenth"):
                half = 5 if m.group("half") else 0
                quantity = (parse(m.group("tenth")) or 0) * 10 + half
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
        """A percentage that is a weight, a deduction or a statistic; a fraction that is no share of
        people or things.
        """
        before = self.open[max(0, m.start() - 12) : m.start()]
        if re.search(
            r"占[^,]{0,8}$|扣|绩效|赔偿|(?<!超过)核定(?!人数)|同比|环比|增长|下降|上浮|提高了|权重|折|补贴|按[^,]{0,4}$",
            before,
        ):
            return True
        if re.match(r"(?:以上|以下)的[,;。]?", self.open[m.end() :]):
            return True
        return bool(m.group("fb") or m.group("tenth")) and not re.search(
            r"率|不少于|至少|不低于|不得低于|不得少于|不超过|不得超过|达|以上|覆盖|抽查|参|比例",
            self.open[max(0, m.start() - 16) : m.end() + 6],
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
                or self.is_tail(m)
                or quantity > 400
                or unit == "人次"
                or (
                    quantity == 1
                    and self.open[start - 1 : start] in {"上", "下"}
                    and self.open[start - 2 : start] not in {"晚上", "早上"}
                    and unit in {"次", "轮", "期", "回"}
                )
            ):
                continue
            found = comparator(self.open, start, end)
            period = self.period_for(start, end)
            if upper is not None and upper <= quantity:
                quantity, upper, start = upper, None, m.start("m")
            unit = "时段" if unit == "时间段" else unit
            if many := self._parts(start) or (days_of(period) if self._shares(start) else 0):
                quantity *= many
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
                opens = bool(re.match(r"[一-鿿“\"]{2,10}[:。]", self.text[end:])) and start == 0
                listed = opens or (
                    len([c for c in COUNT.finditer(self.text) if c.group("n") == "一"]) >= 2
                    and self.text[start - 1 : start] in ":、,和及"
                )
                if (
                    not listed
                    and not re.search(
                        r"开展|组织|进行|召开|举办|举行|完成|集中|做|查|检|测|补|修|训|练|清|排|上|出|发|刊|办|印|写|搞|对|撰写|接受|参加|安排",
                        self.open[max(0, start - 14) : start],
                    )
                    and found == "=="
                ):
                    continue
                self.measures.append(
                    Measure(
                        start,
                        end,
                        "count once",
                        found,
                        quantity,
                        upper,
                        unit,
                        "once",
                        per=self._per_class(start),
                    )
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
                        period_at=period.start,
                    )
                )
                self._also_before(period, self.measures[-1])
            self.take(start, end)

    def _also_before(self, period: Period, counted: Measure) -> None:
        """每月及节假日前检查一次: the same is asked before each of the days named."""
        named = _AND_BEFORE.match(self.open, period.end)
        if named and named.end() <= counted.start:
            due = named.group("due")
            self.measures.append(replace(counted, due=due, period="before_date", period_at=-1))

    def _parts(self, start: int) -> int:
        """上、下午各一次 is twice a day, 早中晚各一次 three times; 0 where nothing is said so."""
        left = max(self.open.rfind(c, 0, start) for c in ",;。:") + 1
        words = self.open[left:start]
        if not re.search(r"各(?!班|校|楼|处|年级|部门|类|项|个|位)[^,;。]{0,8}$", words):
            return 0
        for pattern, many in (
            (r"早、?中、?晚", 3),
            (r"上、?下午|上午[、和及]下午|早、?晚|早[、和及]晚|中午[、和及]晚", 2),
        ):
            if re.search(pattern, words):
                return many
        return 0

    def _shares(self, start: int) -> bool:
        """每周三、周五各一次: said once for several days."""
        return bool(re.search(r"各[^,;。]{0,8}$", self.open[:start]))

    def _own_phrases(self, period: Period, start: int, end: int) -> bool:
        """每日进行防火巡查,夜间防火巡查不少于两次: period and count each have a phrase that says
        what is done.
        """
        left = max(self.open.rfind(c, 0, start) for c in ",;。:") + 1
        if period.end > left:
            return False
        return bool(DOING.search(self.text[period.end : left])) and bool(
            DOING.search(self.text[left : self._phrase_end(end)])
        )

    def _per(self, start: int, period: Period | None) -> str | None:
        if period is not None and period.period == "shift":
            return "班"
        words = self.open[max(0, start - 24) : start]
        found = re.search(
            r"(?:每(?:个|所|名|辆|栋|层|支|座)?|各(?=班))(班级|班(?!主任|次|组)|学校|校区|校园|校|园|校车|车|楼层|层|楼|派出所|镇|乡镇|单位|人|名教师|教师)(?!周|次)",
            words,
        )
        return found.group(1) if found else None

    def _per_class(self, start: int) -> str | None:
        """各班召开一次 is asked of each class, though no period is said."""
        per = self._per(start, None)
        return "班" if per in {"班", "班级"} else None

    def _things(self) -> None:
        for m in THINGS.finditer(self.open):
            start, end = m.span()
            phrase_start = max(self.open.rfind(c, 0, start) for c in ";。") + 1
            quantity = value(m)
            if quantity is None or quantity > 500 or self.is_tail(m):
                continue
            found = comparator(self.open, start, end)
            per = re.search(
                r"每(?:个|隔)?(?P<per>[一-鿿\d]{1,5}?(?:米)?)$", self.open[phrase_start:start]
            )
            placed = per and re.search(
                r"灭火|消火|器|灯|摄像|栓|毯|锤", self.open[phrase_start:start]
            )
            listed = _LISTED.search(self.open[phrase_start:start]) or _ONLY.fullmatch(self.open)
            if not (placed or listed) and not re.search(
                r"配备|配置|配齐|安装|设置|设立|配有|备有|装备|购置|储备|增设|另设|配|放置|放|建立|建有|不少于|不得少于|不低于|至少|划定|竖立|配救|悬挂|备足|备好|常备|储存|(?:每岗|每班|每车|每名|室|处|岗)备?[一-鿿]{2,8}$|设(?!施|备|计)|应有|须有|要有|必须有",
                self.open[phrase_start:start],
            ):
                continue
            if re.match(r"(?:工作|措施|制度|规定|责任|意见|领导)", self.open[end:]):
                continue
            self.measures.append(
                Measure(
                    start,
                    end,
                    "things",
                    found,
                    quantity,
                    None,
                    m.group("u"),
                    per="每" + per.group("per") if per else None,
                )
            )
            self.take(start, end)
