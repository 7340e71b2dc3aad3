"""Owns deadlines that begin or end with an event: 事发后2小时, 外出前5个工作日, 开学后14天."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .numerals import NUMERAL as N
from .numerals import parse

DAYS = {"周": 7, "星期": 7, "礼拜": 7}
_UNIT = {
    "个工作日": "工作日",
    "个小时": "小时",
    "钟头": "小时",
    "个月": "个月",
    "月": "个月",
    "日": "天",
}
# An event and what starts the clock after it; the longer words first.
_EVENTS = (
    (re.compile(r"(?:接到?|收到)[一-鿿]{0,3}(?:报警|警情|警报|出警)|接警"), "接警"),
    (re.compile(r"接(?:到)?[一-鿿]{0,6}指令"), "接指令"),
    (re.compile(r"(?:接到?|收到|听到)[^,;。]{0,6}预警|预警(?:信息)?(?:发布|下达)?"), "预警"),
    (re.compile(r"(?:接到?|收到)(?:[一-鿿]{0,4})(?:报告|汇报)|接报"), "接报告"),
    (re.compile(r"(?:接到?|收到)(?:[一-鿿]{0,4})(?:通知)"), "接通知"),
    (re.compile(r"(?:接到?|收到)(?:家长|群众)?(?:投诉|举报)|投诉"), "投诉"),
    (re.compile(r"收到[^,;。]{0,14}?(?P<what>申请|征求意见|回复意见|意见|材料|文件)"), "收到"),
    (re.compile(r"受理"), "受理"),
    (re.compile(r"知悉|获悉|得知"), "知悉"),
    (re.compile(r"(?:作[出成])?(?:决议|决定)"), "决定"),
    (re.compile(r"核准|批准|许可|审议通过"), "批准"),
    (re.compile(r"处理(?P<done>完毕|结束|终结)"), "处理"),
    (re.compile(r"(?:任命|变更)[^,;。]{0,6}"), "变更"),
    (re.compile(r"起火|着火|发生火灾|火灾发生|初起火灾"), "起火"),
    (re.compile(r"(?:公布|发布|印发|下发|公示)"), "发布"),
    (
        re.compile(
            r"(?:事故|事件|案件|案情|险情|灾情|情况|突发|灾害|伤害|疫情|纠纷)[^,;。]{0,6}发生|发生[^,;。]{0,24}"
            r"|突发(?:事件|情况|事故)?|受伤|伤病|滋事|强闯|打架|斗殴|踩踏|溺水|舆情|火情|失踪|走失|事发|案发|事故|事件|紧急情况|重大情况|险情|出现[^,;。]{0,12}"
        ),
        "事发",
    ),
    (re.compile(r"发现|排查出|查出|隐患|违者|查实|认定"), "发现"),
)
_ENTER = re.compile(
    r"(?P<event>入园|入学|入职|上岗|到岗|返校|离校|入住|开学|放假|报到|转入|录用|聘用|离职|活动结束|会议结束|演练结束|检查结束|会后|事后|学期结束|考试结束)(?:之日|之时)?(?:起|后|以后)?$"
)
_LEFT = re.compile(
    r"(?:之日|之时)?(?:起|后|以后|时|,|的|必须|应当|应|要|须|在|于|限|立即|最迟|不得超过|不超过)*$"
)


# 损坏的三日内补齐, 设备故障2小时内报修: what went wrong with a thing starts the clock.
_LOST = re.compile(r"(?P<event>损坏|遗失|丢失|故障)(?:的|后|时|,)*(?:应|须|要|必须)?$")


def after(text: str, start: int, end: int, *, before: str = "") -> str:
    """Return the event that starts the clock of a deadline at [start, end); empty if none is said.

    :param before: the event of the deadline said before in the same sentence, which goes on.
    """
    left = _LEFT.sub("", text[:start])
    phrase = re.split(r"[;。]", left)[-1]
    if entered := _ENTER.search(phrase):
        return entered.group("event")
    near = re.split(r"[,:]", phrase)[-1]
    own = _own(text[:start])
    if own and not _event(own):
        return own
    if re.search(r"结束$|完成$", own):
        return own if not own.startswith("处理") else _event(own) or own
    if lost := _LOST.search(text[:start]):
        return lost.group("event")
    for part in (near, phrase):
        if event := _event(part):
            return event
    if before:
        return before
    return (
        _event(re.split(r"[,;。]", text[end:])[0])
        if re.search(r"隐患|投诉", text[end : end + 12])
        else ""
    )


_OWN = re.compile(
    r"(?P<words>[一-鿿]{2,16})(?:之日|之时)?(?:起|后|以后),?(?:应当?|必须|须|要|立即|最迟|在|的)*$"
)


def _own(before: str) -> str:
    """The event in the text's own words, right before the number (领牌后十五日内)."""
    found = _OWN.search(re.split(r"[,;。:]", before.rstrip(",") + "")[-1])
    if found is None:
        return ""
    words = re.split(r"应当?|必须|须|要|自|于|从|在|由|并", found.group("words"))[-1]
    words = re.sub(r"之日$|之时$|之次日$", "", words)
    return words if 2 <= len(words) <= 8 else ""


def _event(words: str) -> str:
    found = [
        (m.start(), m.end(), name, m) for pattern, name in _EVENTS for m in pattern.finditer(words)
    ]
    if not found:
        return ""
    _, _, name, match = max(found, key=lambda f: (f[1], -f[0]))
    groups = match.groupdict()
    return name + (groups.get("what") or groups.get("done") or "")


def due(event: str, number: float, unit: str, *, formal: bool = False) -> str:
    """Return the due in words: 事发后30分钟, 发现后14天; weeks count as days.

    :param formal: the law's own 三十日 stays 30日.
    """
    if number == 0.5 and unit.endswith("小时"):
        number, unit = 30, "分钟"
    number = number * DAYS.get(unit, 1)
    unit = "天" if unit in DAYS else "日" if formal and unit == "日" else _UNIT.get(unit, unit)
    said = "工作日" if unit == "工作日" else unit
    many = f"{number:g}" + ("个" if said == "工作日" else "")
    return f"{event}后{many}{said}" if event else f"{many}{said}内"


_AMOUNT = re.compile(rf"(?P<n>{N}|半)(?P<u>个?工作日|个?小时|天|日|个?星期|周|个?月|分钟)")


def amount(words: str) -> str:
    """Return an amount of time in the exchange form: 两周 → 14天; the words if it is none."""
    found = _AMOUNT.search(words)
    number = parse(found.group("n")) if found else None
    if found is None or number is None:
        return words
    unit = found.group("u").removeprefix("个")
    number = number * DAYS.get(unit, 1)
    unit = "天" if unit in DAYS or unit == "日" else unit
    return f"{number:g}{'个' if unit in {'工作日', '月'} else ''}{unit}"


# Before these is a moment of every day, where the text speaks of every day or each time.
_DAILY = re.compile(r"离校|返校|入园|入学|使用|营业|施工|启用|集会|会议|检查|活动|外出")
_EACH_DAY = re.compile(r"每[天日次]|每个?工作日|天天|当[天日]|放学|上学")
_NAMES = (
    r"学期开学|秋季开学|春季开学|开学|节假日|节日|假日|假期|寒暑假|寒假|暑假|小长假|长假|双休日|放寒假|放暑假|放寒暑假|放假"
    r"|国庆节?|元旦|春节|清明节?|五一|端午节?|中秋节?|劳动节|期中考试|期末考试|考试|中考|高考|联考|学期末|期末|学期结束|年终|年底"
    r"|汛期|雨季|夏季|冬季|入冬|供暖|军训|运动会|校运会|比赛|竞赛|外出活动|集体活动|大型活动|活动|外出|春游|秋游|研学|社会实践|实习"
    r"|年度开始|学年开始|招生|演练|集会|家长会|会议|离校|返校|上岗|入职|任职|入园|入学|验收|检查|投入使用|使用|营业|施工|启用|毕业|试行期满|期满|到期"
)
_MANY = r"(?:大型|重大|集体|法定|传统|重要|每逢|每次|每个|各类|各种|各|逢|遇|组织|学生)*"
_AMOUNTS = rf"(?:{N}|半)(?:个?工作日|个?小时|天|日|个?星期|周|个?月)"
_BEFORE = re.compile(
    rf"(?P<every>每个?学[期年](?![初中末])|每(?=学[期年][初中末结]))?(?P<event>(?:{_MANY}(?:{_NAMES})[、和及与])*{_MANY}(?:{_NAMES})"
    rf"(?:放假|来临|到来|开始|举行|开展|离校|返校)?)(?:之前|以前|前夕|前)(?:提前)?(?P<amount>{_AMOUNTS})?"
    r"(?!后|提下|提是|期|言|进(?!行)|往|来|面|方|列|台|夜|线|沿|述|后)"
)
_AFTER = re.compile(
    r"(?P<every>每个?学期)?(?P<event>开学|新学期|放假|寒假|暑假|节|学期结束|考试|入学|入园|返校|报到|入职|任命|聘用|录用)(?:结束|开始)?"
    rf"(?:(?:之后|以后|后)(?:的)?(?P<amount>前?{_AMOUNTS})(?:之内|以内|内)?|(?:后)?(?:的)?第(?P<nth>[一二三四1-4])(?P<u>天|日|周|个?星期|个?月)|(?P<bare>后)(?=[^期续来果面勤台服备者天日周一二两三四五六七八九十半\d前]))"
)
_SEASON = re.compile(
    r"(?P<every>每个?(?:学期|学年)(?![初中末])|每年|每(?=学[期年][初中末]))?(?P<event>学期结束(?=[,时])|学期初|期初|开学初|学年初|年初|学期中|期中|学期末|期末|学年末|年末|年终|岁末)(?!前|考试|复习|成绩|之前|以前|评价|测)"
)
_BOTH = re.compile(rf"(?P<event>{_NAMES})前[、和及]?后(?=分别|各|都)")
_SAID = re.compile(r"[前后初末终中]|结束|第[一二三四1-4]")
_SAME = {"期末": "学期末", "学期结束": "学期末", "期初": "学期初"}


@dataclass(frozen=True)
class Moment:
    """A deadline or a time said by an event; `due` in the exchange form."""

    start: int
    end: int
    due: str
    period: str  # before_date, once, term, year


def moments(text: str) -> list[Moment]:
    """Return deadlines and times of the school year that are said by events, none overlapping."""
    if not _SAID.search(text):
        return []
    out: list[Moment] = []
    for match in _BOTH.finditer(text):
        event = match.group("event")
        out += [
            Moment(match.start(), match.end(), f"{event}前", "before_date"),
            Moment(match.start(), match.end(), f"{event}后", "once"),
        ]
    for build, pattern in ((_before, _BEFORE), (_after, _AFTER), (_season, _SEASON)):
        for match in pattern.finditer(text):
            if any(m.start < match.end() and match.start() < m.end for m in out):
                continue
            moment = build(text, match)
            if moment is not None:
                out.append(moment)
    return sorted(out, key=lambda m: m.start)


def _before(text: str, match: re.Match[str]) -> Moment | None:
    event = re.sub(r"^(?:每逢|每次|每个|各类|各种|各|逢|遇|组织|学生)+", "", match.group("event"))
    if _DAILY.search(event) and _EACH_DAY.search(text) and not match.group("amount"):
        return None
    every = match.group("every")
    event = _SAME.get(event, event) if every else event
    said = amount(match.group("amount")) if match.group("amount") else ""
    period = ("year" if "年" in every + event else "term") if every else "before_date"
    return Moment(match.start(), match.end(), f"{'@' if every else ''}{event}前{said}", period)


def _after(text: str, match: re.Match[str]) -> Moment | None:
    event = match.group("event")
    period, at = ("term", "@") if match.group("every") else ("before_date", "")
    if nth := match.group("nth"):
        unit = match.group("u").removeprefix("个")
        said = f"{parse(nth):g}{unit}"
        if unit in {"天", "日"}:
            return Moment(match.start(), match.end(), f"{at}{event}后第{said}", period)
        return Moment(match.start(), match.end(), f"{at}{event}第{said}", "term" if at else "once")
    if match.group("bare"):
        if event not in {"寒假", "暑假"}:
            return None
        return Moment(match.start(), match.end(), f"{at}{event}后", "once")
    return Moment(
        match.start(), match.end(), f"{at}{event}后{amount(match.group('amount'))}", period
    )


def _season(text: str, match: re.Match[str]) -> Moment | None:
    event = _SAME.get(match.group("event"), match.group("event"))
    if event in {"年终", "岁末", "年末", "年初"}:
        return Moment(match.start(), match.end(), f"@{event}", "year")
    if match.group("every"):
        return Moment(match.start(), match.end(), f"@{event}", "term" if "期" in event else "year")
    return Moment(match.start(), match.end(), event, "once")


_ASKED = re.compile(rf"(?P<event>(?:大型|重大|集体)?(?:{_NAMES})|请假|出校|出行|调课|调班|施工)")


def ahead(before: str) -> str:
    """Return the event of which something is due so long before (确需外出的,提前5天); 事 if none is
    named.
    """
    found = list(_ASKED.finditer(re.split(r"[;。]", before)[-1]))
    return found[-1].group("event") if found else "事"
