"""Owns what looks like a measure and is none: numbers of laws and papers, past totals, points, populations, thresholds."""

from __future__ import annotations

import re
from functools import lru_cache

from .numerals import NUMERAL as N

# Several rules ask the same of one sentence; a few are remembered.
SENTENCES = 64
_BLANKED = re.compile(
    r"《[^》]{0,60}》"
    r"|[〔\[【(]20\d\d[〕\]】)]第?\d+号?"
    r"|(?:GB|GA|DB|JGJ|JY|WS)\s?(?:/\s?T)?\s?[\d.]+(?:-\d+)?"
    rf"|第{N}(?:条|款|项|章|节|届|次|页|号|期|批|\d*(?:-\d+)?条)"
    r"|共\s?\d+\s?页|-\s?\d+\s?-"
    r"|(?:电话|手机|传真|联系方式|邮编|邮箱|QQ|微信号|热线)[:号]?[\w@.\-、/ ]{3,40}"
    r"|(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|\d{3,4}-\d{7,8}|\d{7,})(?!\d)"
    r"|https?://\S+|\S+@\S+\.\S+"
    rf"|一(?:人|校|生|事|车|岗|班|园|患|案|院|店|户|项|物|企|表|灯|楼|台|室|品)一(?!次|遍)\S|一(?:岗|职|案|岗位)双\S|一票否决|“?一键式?”?|一盔一带|一对一|一把手|一体化|一线|第一|统一|一律|一旦|一经|进一步|一定|一致|一系列|一般|同一|一切|之一|万无一失|唯一|一并|一起|一方面|一些|一如既往|逐一|一一|单一|专一|一环|一贯|一向|一时|一同|一样|一直|一律|一天天"
    rf"|[“\"]?{N}(?:大|项|类|道|条(?!件)|股|层次|化|定|率|落实|不放过|到位|必|统一|结合|同时|防|无|失|有|心|线|级|体|严)[”\"]?(?!次|人|名)"
    rf"|[“\"]{N}个?[一不\w]{{1,3}}[”\"](?!制|次)"
    rf"|{N}个(?:方面|重点|阶段|环节|层面|原则|工作(?!日)|结合|确保|坚持|百分|[一-十]|不|必须|到位|时段|时间段|领域|关键|小组|责任|体系|专项|清单|办法)"
    r"|(?<!每)(?:半年|全年|年度|学年|上半年|下半年)(?:工作)?(?:总结|小结)|课间(?:十|10)分钟|每周(?:带量)?(?:食谱|菜谱)|由原[^,;。]{1,10}(?=延长|提高|增加|调整|缩短|改为)|[“\"]?\d个100%[”\"]?(?=建设|成果|目标)"
    rf"|(?:如|若|凡|对)[^,;。]{{0,10}}{N}(?:%|人|次|名|起|例)(?:及)?以上|晚点{N}分钟以上|{N}(?:分钟|小时)以上的|内(?:被[^,;。]{{0,6}})?(?:累计|投诉){N}次"
    rf"|(?:用|利用){N}年(?:左右)?(?:的)?时间|每年另行|从年底[^,;。]{{0,8}}看"
    rf"|(?<!增加)(?<!每增){N}(?:名|人)?(?:学生|师生|幼儿)?(?:以下|以上|以内)(?:的)?[ \u3000\t,:、]*(?=(?:学校|幼儿园|校园)?[^,;。0-9]{{0,8}}(?:不少于|至少|配|增配|每增加))"
    r"|全国文明\S+|百日|百分百安全|千家万户|两会|五一|十一|六一|七一|八一|双十一|三八"
    r"|(?:下午|上午|早上|晚上|中午|凌晨|早|晚)?\d{1,2}[:.]\d{2}(?:分)?"
)
_PAST = re.compile(
    r"(?:截至|截止到?(?!\d{1,2}月\d{1,2}日[^,]{0,6}(?:报|交|完成))|累计|先后|共计|总计|至今|目前(?:已|全)|近年来|去年|上学期|上年度|上半年(?:共|,)|同比|环比|上一?(?:学?年|学期|季度)|本?年度?(?:以来|共)|以来|过去)"
    rf"|(?:已(?:经)?|共|曾|均已|先后)[^,;]{{0,12}}{N}(?:余|多)?(?:次|名|人|场|所|起|处|个|期|份|万|条|件|家|遍)"
    rf"|{N}(?:余|多)(?:次|名|人|场|所|起|处|个|期|份|条|件|家)"
    r"|(?:荣获|获得|被评为|授予)"
)
# News and statistics ask for nothing, whatever words of duty they use.
_NEWS = re.compile(
    r"据统计|通知如下|现就(?:做好|加强|进一步)|存在(?:的)?问题:|未做到|平均年龄|日均(?!不)|人均[^,;。]{0,6}约|从未|被[^,;。]{0,6}转发|平均每校|个别学校|监测,|调查显示|曾有|^【通报】|[一-鿿]{2,8}(?<!各)(?<!本)(?<!我)(?<!全)(?<!所有)(?<!寄宿制)(?<!寄宿)(?:小学|中学|幼儿园)(?:坚持|不足|仅|食堂留样不足)"
)
_NOT_PAST = re.compile(
    r"(?:以来[^。]{0,6}应|累计(?:不|达|时|培训|学时|请假|三|两|二|\d)|共(?:同|享|治|建|管|青)|至今未|全年(?:累计)?不)"
)
_ENDED = re.compile(
    r"停止(?:执行|报送|上报|填报|使用)|即行停止|予以取消|一律取消|同时废止|不再执行"
)
_ABOLISHED = re.compile(
    r"(?:取消|由每|每[^,;。]{1,8}(?=改为|调整为)|停止(?:执行|报送|上报|填报)|不再(?:执行|要求|实行|组织|开展|上报|报送|统一)|废止|终止|撤销|不再|原每|原[“\"]每|无需|不必|不用|无须|不要求|免于|不得要求|不再|原(?:定|来|规定|要求)(?:的)?|此前|过去(?:的)?|以往|一改)"
)
_PRAISED = re.compile(
    r"(?:做法|经验|该校|某校|表扬|肯定|受到|值得|亮点|典型|学习借鉴|好评|评为|这一做法|坚持了|成效)"
)
_PENALTY = re.compile(
    rf"[^,;。:]*得{N}分(?!钟)|(?:扣|加|记|得|计|满分|折合|奖励?)\s?{N}(?:\.\d+)?\s?分|{N}分(?!钟|之|别|类|管|批|级|组|工|布|局|片|包|发|析|散|班|段|析)|罚款|处罚金|罚\s?{N}|{N}(?:余|多)?万?元|警告|记过|处分"
)
_CONDITION = re.compile(
    rf"(?:发现|发生|出现|迟到|早退|旷课|缺勤|脱岗|离岗|空岗|违反|违规|漏报|瞒报|迟报|不合格|未\S{{1,6}}|缺席|无故|累计|连续|(?<!不)(?<!不得)超过|(?<!要)(?<!应)达到?|被通报|受到|擅自\S{{1,4}}|查实|投诉|逾期)[^,;。]{{0,8}}?{N}(?:次|起|例|人次|天|日|名|人|遍)(?:以上|及以上|或|者|的|,|\(含\))|(?:未|没有)[^,;。]{{0,8}}{N}次[^,;。]{{0,8}}的|[一两二三四五]次(?=罚款|停业|吊销|警告|通报批评|取消)|(?:脱岗|离岗|迟到|早退|空岗)[^,;。]{{0,4}}{N}(?:分钟|小时)[^,;。]*"
)
_THRESHOLD = re.compile(
    rf"(?:死亡|受伤|重伤|轻伤|中毒|伤亡|遇难|失踪|直接(?:经济)?损失|伤)[^,;。]{{0,6}}{N}|{N}(?:人|名|例|起)(?:\([^)]*\))?(?:以上|以下|及以上)?(?:\([^)]*\))?(?:死亡|受伤|重伤|轻伤|中毒|伤亡|急性)|(?:特别重大|重大|较大|一般)(?:事故|突发|事件)[^。]{{0,4}}(?:是指|指|:)"
)
_POPULATION = re.compile(
    rf"(?:现有|共有|拥有|设有|占地|建筑面积|在校(?:学)?生|在籍|学生|师生|教职工|教职员工|在编|服务半径|辖区(?:内)?(?:共)?有|覆盖|涉及|班级|教学班|寄宿生|住校生|幼儿)(?:人数|数|总数|规模|共|约|为|达|有)*(?:约|近)?{N}(?:余|多)?(?:名|人|个|所|平方|亩|万|位|家|辆|间)"
)
# What happens to whom if something was done or left undone: the phrase before 的/者 names a condition, not a duty.
_CONSEQUENCE = re.compile(
    r"[^,;。:]*(?:的|者)(?=,?[^,;。]{0,12}(?:予以|取消|视为|扣|罚|辞退|吊销|收回|停业|通报批评|问责|追究|追责|约谈|处分|一票否决|不得评|不得提拔|赔偿|奖励?\d|加\d|减\d|降|撤职|开除|解聘|给予|责令|记过|属|为(?:较大|重大|特大|一般)|认定为))"
)
_MONEY = re.compile(
    rf"[^,;。:]*{N}(?:多|余)?(?:万|百|千)?(?:元|角)[^,;。:]*|[^,;。:]*满分[^,;。:]*"
)
_AUTHORITY = re.compile(
    rf"(?:请假|离岗|外出|请(?:病|事)假|(?<![寒暑])假期(?=[\d一二三半])|准假)[^。;]{{0,14}}{N}?(?:半)?(?:天|日|小时|节课|课时|周)[^。;]{{0,10}}(?:批准|审批|批|同意|报|签字|由)|(?:半天|{N}天)(?:以内|以上|以下|内)?(?:的)?[^。;]{{0,3}}(?:由|向|报|须经|经)[^。;]{{1,10}}(?:批准|审批|批|同意|请假)"
)
_EVENTS = re.compile(
    r"(?:有限公司|简介|版权|浏览|阅读次数|点击|来源:|责任编辑|上一篇|下一篇|发布时间|发布日期|字体:|打印本页)"
)


@lru_cache(maxsize=SENTENCES)
def blank(text: str) -> str:
    """Return the text with the numbers that measure nothing blanked out, same length."""
    return _BLANKED.sub(lambda m: "\u25a1" * len(m.group()), text)


@lru_cache(maxsize=SENTENCES)
def blank_local(text: str) -> str:
    """Blank conditions, thresholds, populations, points and rights to approve, same length."""
    for pattern in (
        _CONSEQUENCE,
        _MONEY,
        _THRESHOLD,
        _PENALTY,
        _CONDITION,
        _POPULATION,
        _AUTHORITY,
    ):
        text = pattern.sub(lambda m: "\u25a1" * len(m.group()), text)
    return text


@lru_cache(maxsize=SENTENCES)
def is_no_duty(text: str) -> bool:
    """Return whether a sentence tells of the past, praises, abolishes or is page furniture."""
    if _EVENTS.search(text) or _NEWS.search(text):
        return True
    past = _PAST.search(text)
    if (
        past
        and not _NOT_PAST.search(text)
        and not re.search(r"(?:要|应|须|必须|确保|不得)", text[past.end() :])
    ):
        return True
    return bool(_PRAISED.search(text) and not re.search(r"(?:要|应|须|必须|不少于|至少)", text))


def abolished(text: str) -> int | None:
    """Return where in the sentence an abolition begins, None if it abolishes nothing."""
    match = _ABOLISHED.search(text)
    return match.start() if match else None


def ended(text: str) -> int | None:
    """Return up to where a sentence tells of what is ended (原每周五报送的…停止报送)."""
    match = _ENDED.search(text)
    if match is None or match.start() - max(text.rfind(c, 0, match.start()) for c in ",;。:") < 5:
        return None
    return match.end()
