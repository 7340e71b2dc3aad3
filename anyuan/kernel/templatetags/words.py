"""Words for templates: time as people say it, Chinese or English by the reader's language."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import get_language, gettext

from anyuan.kernel import manifest
from anyuan.kernel.clock import local_day, now

register = template.Library()


@register.filter
def plain(value: Decimal | float | int | None) -> str:
    """A number without needless zeros."""
    if value is None:
        return ""
    number = float(value)
    return str(int(number)) if number == int(number) else f"{number:g}"


@register.filter
def alert_colour(message: Any) -> str:
    """The Bootstrap colour of a message of Django's."""
    return {"error": "danger", "warning": "warning"}.get(message.level_tag, "success")


@register.filter
def spoken(value: object) -> str:
    """`zh` or `en` of a catalogue entry, by the reader's language."""
    return str(getattr(value, "en" if (get_language() or "").startswith("en") else "zh", value))


@register.filter
def in_words(label: str, value: str) -> str:
    """The name of a choice: its Chinese label, or in English the words its value is made of."""
    return (
        str(value).replace("_", " ").capitalize()
        if (get_language() or "").startswith("en")
        else str(label)
    )


@register.filter
def choice(row: Any, name: str) -> str:
    """The name of what a row has chosen in a field."""
    return in_words(getattr(row, f"get_{name}_display")(), getattr(row, name))


@register.filter
def until(day: date) -> str:
    """How long is left to the end of a window: 今天, 还有 3 天, 已超 2 天.

    `day` is the first day after it.
    """
    left = (day - timedelta(days=1) - local_day(now())).days
    if left == 0:
        return gettext("today")
    if left > 0:
        return gettext("%(n)d days left") % {"n": left}
    return gettext("%(n)d days over") % {"n": -left}


@register.filter
def time_left(moment: datetime) -> str:
    """How long is left until a moment, in days."""
    return until(local_day(moment - timedelta(seconds=1)) + timedelta(days=1))


@register.filter
def last_day(day: date) -> date:
    """The last day of a half-open range."""
    return day - timedelta(days=1)


@register.filter
def day(value: date | datetime) -> str:
    """A day as people say it: 今天, 明天, 昨天, 周三 12月3日; another year's is named."""
    value = _day_of(value)
    left = (value - local_day(now())).days
    near = {0: gettext("today"), 1: gettext("tomorrow"), -1: gettext("yesterday")}
    if left in near:
        return near[left]
    return f"{weekday(value.weekday())} {written(value, with_year=abs(left) > 180)}"


def _day_of(value: date | datetime) -> date:
    return local_day(value) if isinstance(value, datetime) else value


@register.filter
def moment(value: datetime | None) -> str:
    """A moment as people say it, with its day: 今天 09:20, 周三 12月3日 09:20; empty for none."""
    from anyuan.kernel.clock import LOCAL

    if value is None:
        return ""
    return f"{day(value)} {value.astimezone(LOCAL):%H:%M}"


@register.filter
def written(value: date | datetime | None, *, with_year: bool = True) -> str:
    """A day in full: 2026年12月3日, 12月3日, Dec 3, 2026; empty where there is none."""
    if value is None:
        return ""
    value = _day_of(value)
    if (get_language() or "").startswith("zh"):
        return f"{value.year}年" * with_year + f"{value.month}月{value.day}日"
    return f"{value:%b} {value.day}" + f", {value.year}" * with_year


@register.filter
def dated(value: date | datetime | None) -> str:
    """A day without its year, where the year is known: 12月3日, Dec 3."""
    return written(value, with_year=False)


@register.filter
def exactly(value: datetime) -> str:
    """A moment in full, to the second, as a log says it: 2026年12月3日 09:20:11."""
    from anyuan.kernel.clock import LOCAL

    return f"{written(value)} {value.astimezone(LOCAL):%H:%M:%S}"


@register.filter
def soon(moment: datetime) -> str:
    """A moment as people say it: 09:20, 明天 07:20, 周三 12月3日 07:20."""
    from anyuan.kernel.clock import LOCAL

    at = moment.astimezone(LOCAL)
    is_today = at.date() == local_day(now())
    return f"{at:%H:%M}" if is_today else f"{day(at.date())} {at:%H:%M}"


@register.filter
def span(minutes: int) -> str:
    """A stretch of time as people say it: 46 minutes, 8 h 16 min."""
    if minutes < 90:
        return gettext("%(n)d minutes") % {"n": minutes}
    return gettext("%(h)d h %(m)d min") % {"h": minutes // 60, "m": minutes % 60}


@register.filter
def hours(row: Any) -> str:
    """From and to of something that runs over moments, such as 07:10–07:50."""
    from anyuan.kernel.clock import LOCAL

    return f"{row.starts_at.astimezone(LOCAL):%H:%M}–{row.ends_at.astimezone(LOCAL):%H:%M}"


@register.filter
def item(mapping: dict[object, object] | None, key: object) -> object:
    return mapping.get(key) if mapping else None


@register.filter
def abs_plain(value: float) -> str:
    return plain(abs(value))


@register.filter
def weekday(number: int) -> str:
    """A day of the week, 0 Monday: 周三, Wed."""
    if (get_language() or "").startswith("zh"):
        return f"周{'一二三四五六日'[number]}"
    return str(WEEKDAYS_ABBR[number])


@register.filter
def corners(way: list[list[float]]) -> str:
    """The corners of a way as SVG writes them."""
    return " ".join(f"{x:.4f},{y:.4f}" for x, y in way)


@register.filter
def words(text: str) -> list[str]:
    return text.split()


@register.simple_tag(takes_context=True)
def querystring_page(context: dict[str, Any], number: int) -> str:
    """The address's own query with another page."""
    query = context["request"].GET.copy()
    query["page"] = str(number)
    return str(query.urlencode())


@register.filter
def label(word: str, kind: str) -> str:
    """The words of a code, such as `no_code` of the kind `doubt`; the apps say them."""
    return manifest.label(kind, word)


@register.filter
def factors(subject: str) -> str:
    """How somebody proved who they are, such as `password+mfa`, in words."""
    return " + ".join(manifest.label("factor", part) for part in subject.split("+"))


@register.filter
def deed(verb: str) -> str:
    """What an event of the audit log says was done, in words."""
    return str(manifest.deeds().get(verb, verb))
