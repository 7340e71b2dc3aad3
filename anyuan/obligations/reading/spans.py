"""Owns how long, how far and by when."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

from . import slots, triggers
from .measure import Measure, comparator, value
from .numerals import NUMERAL as N
from .passing import Pass
from .patterns import (
    ACT,
    AHEAD,
    ALL_DAY,
    AT_LEAST,
    AT_MOST,
    DAYS_BEFORE,
    DURATION,
    KEEP,
    OFFSET_ANCHOR,
    SIZE,
)

_CONDITION = re.compile(r"(?<!不得)(?<!不)(?:超过|大于|低于|高于|不足|凡)[^,;。]{0,4}$")
# 至迟不得超过24小时: until when, whatever is done.
_LATEST = re.compile(r"(?:最迟|至迟|最晚|最慢|迟)(?:不得?|不能|不应)?(?:超过|迟于|晚于|逾)?$")
_BARRED = re.compile(r"[^,;。]{0,8}(?:不得|严禁|禁止)")
_AND_A_HALF = re.compile(rf"(?<![第\d])(?P<n>{N})分(?:钟)?(?:半钟?|(?P<s>{N})秒)(?P<u>)")
_MENDED = re.compile(r"隐患|整改|销号|办结")
_SHORT = {"秒", "分钟", "小时", "天", "工作日"}  # within these something is done at once


class Spans(Pass):
    """How long, how far and by when."""

    def _around_the_clock(self) -> None:
        for m in ALL_DAY.finditer(self.open):
            near = self.open[max(0, m.start() - 12) : m.end() + 8]
            if re.search("保存|留存|留样|存储|冷藏", near) and not re.search(r"值|守", near):
                continue
            if _LATEST.search(self.open[: m.start()]):
                continue
            self.measures.append(
                Measure(
                    m.start(), m.end(), "around the clock", "==", 24, None, "小时", "continuous"
                )
            )
            self.take(*m.span())

    def _join_windows(self) -> None:
        """上学前30分钟至上课后15分钟 is one window with two sides."""
        offsets = [m for m in self.measures if m.rule == "offset"]
        for one, other in itertools.pairwise(offsets):
            if re.fullmatch(r"(?:至|到|-|~)[^,;。]{0,8}", self.text[one.end : other.start]):
                self.measures.remove(other)
                if one.due and other.due:
                    joined = replace(one, due=f"{one.due}~{other.due.removeprefix('@')}")
                    self.measures[self.measures.index(one)] = joined

    def _days_before(self) -> None:
        for m in DAYS_BEFORE.finditer(self.open):
            unit = {"日": "天", "个月": "月", "个工作日": "工作日"}.get(m.group("u"), m.group("u"))
            event = m.group("event") or triggers.ahead(self.open[: m.start()])
            words = f"{event}前{value(m):g}{unit}"
            rule = "ahead of time"
            self.measures.append(
                Measure(*m.span(), rule, "==", value(m), None, unit, "before_date", due=words)
            )
            self.take(*m.span())

    def _durations(self) -> None:
        self._days_before()
        for m in _AND_A_HALF.finditer(self.open):
            self._half(m)
        for m in DURATION.finditer(self.open):
            quantity, upper, unit = value(m), value(m, "m"), m.group("u")
            if quantity is None or self.is_tail(m):
                continue
            unit = {
                "个小时": "小时",
                "秒钟": "秒",
                "个月": "月",
                "个工作日": "工作日",
                "个星期": "周",
                "星期": "周",
                "日": "天",
                "分": "分钟",
            }.get(unit, unit)
            if unit == "刻钟":
                unit, quantity = "分钟", quantity * 15
            if unit == "小时" and quantity == 0.5 and upper is None:
                unit, quantity = "分钟", 30
            measure = self._duration(m, quantity, upper, unit)
            if measure:
                self.measures.append(measure)
                self.take(*m.span())

    def _closes(self, most: bool, start: int, unit: str) -> bool:
        """一般隐患3日内销号,需要施工的不得超过20天: the second is a deadline too."""
        said = re.split(r"[;。]", self.open[:start])[-1]
        return most and unit in {"天", "工作日"} and bool(_MENDED.search(said))

    def _half(self, m: re.Match[str]) -> None:
        """两分半, 3分30秒: minutes with a part."""
        seconds = value(m, "s")
        part = 0.5 if seconds is None else round(seconds / 60, 2)
        measure = self._duration(m, (value(m) or 0) + part, None, "分钟")
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
        if anchor and not anchor.group("side") and not re.match(r"之?[前后]|左右", after):
            anchor = None
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
                event = triggers.ahead(before)
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
                    f"{event}前{triggers.amount(m.group())}",
                )
            if period:
                self._use(period)
            each = period.period if period and period.period in {"day", "shift", "week"} else "day"
            if re.search(r"接班|交班", phrase):
                each = "shift"
            return Measure(
                start,
                end,
                "offset",
                comparator(self.open, start, end),
                quantity,
                upper,
                unit,
                each,
                None,
                slots.offset(self.text, start, end, quantity, unit, (period and period.due) or ""),
            )
        if re.search(r"(?:开学|放假|学期结束|期末|入学|假期结束)后$", before):
            return None
        if re.search(r"有效期|任期|聘期|期限自|为期|届满|近$|最近$", phrase) or re.match(
            r"[^,;。]{0,6}(?:出现|发生|可能|累计|连续|再次|不得|取消|未|仍)", after
        ):
            return None
        acting = bool(ACT.search(phrase) or ACT.search(after[:24]))
        acting = acting or bool(_LATEST.search(before))
        acting = acting or bool(
            unit in _SHORT and re.match(r"(?:钟)?(?:以内|之内|内)(?![的不])[一-鿿]{2}", after)
        )
        inside = re.match(
            rf"(?:(?:、|,)[一-鿿]{{1,6}}{N}{m.group('u')})*(?:钟|时间)?(?:以内|之内|内(?!部|容|设|控|保|勤)|前|完成)",
            after,
        )
        most = (
            comparator(self.open, start, end, "") == "<="
            or bool(_LATEST.search(before))
            or bool(
                re.match(r"(?:响应|到场|到达|处置|集结|自救|互救|增援|先期处置|反应|出警)", after)
            )
        )
        if (
            (inside or (most and acting) or self._closes(most, start, unit))
            and (acting or self._closes(most, start, unit))
            and not re.search(r"(?:近|最近|过去|前)$", before)
            and not re.search(r"请假|会期|时长|单程|会议|用时|耗时", phrase)
        ):
            tail = inside.group() if inside else ""
            if re.search(r"演练|撤离时间|疏散时间|撤离到|疏散到|撤离完毕|疏散完毕", phrase):
                return Measure(start, end + len(tail), "duration", "<=", quantity, upper, unit)
            self._event = triggers.after(self.text, start, end, before=self._event) or (
                "发现" if re.search(r"整改|清除|消除|销号|清理|拆除|修复|维修", phrase) else ""
            )
            return Measure(
                start,
                end + len(tail),
                "within",
                "<=",
                quantity,
                upper,
                unit,
                "before_date",
                None,
                triggers.due(
                    self._event,
                    upper or quantity,
                    unit if m.group("n") == "半" else m.group("u"),
                    formal=not m.group("n").isdigit(),
                ),
            )
        if KEEP.search(phrase):
            found = comparator(self.open, start, end, ">=" if re.match(r"以上", after) else "==")
            return Measure(start, end, "retention", found, quantity, upper, unit)
        found = comparator(self.open, start, end, "")
        if re.search(r"连续[值上]?[班夜]?$", before) and re.search(r"不得|不能|严禁", before):
            return Measure(start, end, "stretch", "<=", quantity, upper, unit)
        if not found:
            if re.match(r"[前后]", after) and unit not in {"分钟", "小时"}:
                return None
            if (
                unit in {"分钟", "小时", "天"}
                and (period := self.period_for(start, end))
                and re.search(
                    r"训练|轮训|集训|实训|讲|晨会|班会|叮嘱|播|坐诊|锻炼|教育|培训|学习|提醒|活动|上课|时间|通风|课",
                    phrase,
                )
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
        often = self.period_for(start, end)
        if unit == "天" and often and phrase_start <= often.start and start - often.end < 14:
            self._use(often)
            return Measure(
                start, end, "duration", found, quantity, upper, unit, often.period, None, often.due
            )
        if unit in {"年", "天", "周", "月", "日", "学期"} and not re.search(
            r"培训|训练|学习|时间|间隔|任期|期|驻|蹲点|实习|工龄|驾龄|驾驶|经验|从事|经历|时长|公示|到岗|在岗|值班|带班|连续",
            phrase,
        ):
            return None
        period = self.period_for(start, end)
        if period and not re.search(r"每[次场节堂期巡]|用时|耗时", self.open[phrase_start:start]):
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

    def _sizes(self) -> None:
        for m in SIZE.finditer(self.open):
            quantity, upper, unit = value(m), value(m, "m"), m.group("u")
            start, end = m.span()
            found = comparator(self.open, start, end, "")
            near = self.open[max(0, start - 16) : end + 10]
            if _CONDITION.search(self.open[:start]) and re.match(
                r"(?:以上|以下)?的", self.open[end:]
            ):
                continue
            if quantity is None or (
                not found
                and not re.search(r"摄氏|时速|限速|高|宽|距离|年龄|留样|厚|范围|未满|年满", near)
            ):
                continue
            if unit in {"岁", "周岁"} and re.search(r"(?:未满|不满|未年满)$", self.open[:start]):
                if not re.search(r"严禁|不得|禁止", self.open[:start]) and not _BARRED.match(
                    self.open[end:]
                ):
                    continue
                found = ">="
            if unit in {"岁", "周岁"} and self.open[:start].endswith("年满"):
                found = ">="
            if unit == "度" and self.open[:start].endswith("摄氏"):
                unit = "℃"
                found = comparator(self.open, start, end)
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
            young = re.search(r"(?:未满|不满|未年满)$", self.open[:start])
            if (
                unit == "岁"
                and not young
                and re.match(r"(?:以下|以内|以上)?的?(?:儿童|学生|未成年|幼儿)", self.open[end:])
            ):
                continue
            self.measures.append(Measure(start, end, "size", found or "==", quantity, upper, unit))
            self.take(start, end)
