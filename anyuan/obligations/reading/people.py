"""Owns how many people are asked for."""

from __future__ import annotations

import re

from .measure import Measure, comparator, value
from .numerals import NUMERAL as N
from .passing import Pass
from .patterns import (
    BARE_RATIO,
    PEOPLE,
    STEP,
)

# 民警1人,辅警2人: a list of who is there.
_LISTED = re.compile(
    r"(?!.*(?:学生|师生|教职工|幼儿|班级))[一-鿿()]{2,10}:?"
    r"各?(?:\d{1,2}(?:[-~至]\d{1,2})?|[一二两三四五六七八九十])[人名位■](?:以上)?"
)


class People(Pass):
    """How many people are asked for."""

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
                r"比例|配备|配比|[师生幼]比|之比|比不|按",
                self.open[max(0, m.start() - 14) : m.start()],
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

    def _people(self) -> None:
        for m in re.finditer(
            r"双人(?=值班|值守|在岗|巡逻|上岗)|(?P<many>[双单])岗(?!位|双责|多责)", self.open
        ):
            many = 1 if m.group("many") == "单" else 2
            self.measures.append(Measure(m.start(), m.end(), "posted", "==", many, None, "人"))
        for m in PEOPLE.finditer(self.open):
            quantity, upper = value(m), value(m, "m")
            start, end = m.span()
            phrase_start = max(self.open.rfind(c, 0, start) for c in ",;。:") + 1
            phrase = self.open[phrase_start : self._phrase_end(end)]
            found = comparator(self.open, start, end)
            if re.match(rf"共{N}人", self.open[end:]):
                continue
            if self.open[start - 1 : start] == "(" and self.open[end : end + 1] == ")":
                continue
            if m.group("u") == "人次" and not re.search(r"安排|派|轮流", phrase):
                continue
            if re.search(r"值守|值班|护学|站岗|定点|人员安排|检查人员", self.open[:start]):
                phrase = self.open
            whole = all(
                _LISTED.fullmatch(part) for part in re.split("[、和]", phrase.replace("■", "1"))
            )
            if whole:
                phrase = "配备" + phrase
            if (
                quantity is None
                or self.is_tail(m)
                or quantity > (5000 if found in {">=", "<="} else 200)
                or not self._asks_people(phrase, found, start - phrase_start)
            ):
                continue
            if re.match(r"(?:以上|及以上|以下)的(?=[,;。]|$)", self.open[end:]):
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
                    self._people_period(phrase_start, start),
                    "单位" if word == "各" else word,
                )
            )
            self.take(start, end)

    def _people_period(self, left: int, start: int) -> str:
        """每天两人 is asked each day, 每班两人 each shift; otherwise people are there for good."""
        # 每岗: the post is where they stand, not when.
        near = [p for p in self.periods if left <= p.end <= start and p.words != "每岗"]
        for p in near:
            self._use(p)
        return next((p.period for p in near if p.period in {"day", "shift"}), "continuous")

    @staticmethod
    def _asks_people(phrase: str, found: str, at: int) -> bool:
        if re.search(
            r"人员安排|检查人员|值班人员:|站■|站[一两二三四\d]|排[一两二三四\d]|置(?![于换信])|复核|陪同|随行|在场|到场|常备|常设|配备|配齐|配足|配置|配强|配专|配有|配设|各配|其中|签字|安排|聘|增配|增设|设(?:立|置)?|组成|确定|明确|选派|指派|派出|派驻|派(?=■)|轮值|派[一二两三四五\d]|抽调|落实|值班|值守|执勤|值勤|在岗|上岗|巡逻|巡查|护学|把守|站岗|带班|同行|带队|保证|确保|必须有|须有|应有|要有|要求|不得单独|以上在|同时|护送|护导|就位|陪护|同岗|看护|举旗|每层|每岗|每批|每处|每桌|每组|楼梯口|路口|选聘|指定|轮流|负责|配$",
            phrase,
        ):
            return True
        return (
            found in {">=", "<="}
            and at > 0
            and not re.search(r"发生|涉及|造成|聚集|集会|感染|发热", phrase)
        )
