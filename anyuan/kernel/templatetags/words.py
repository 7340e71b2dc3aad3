"""Words for templates: time as people say it, Chinese or English by the reader's language."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import get_language, gettext

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
    """How long is left to the end of a window: 今天, 还有 3 天, 已超 2 天. `day` is the first day after it."""
    left = (day - timedelta(days=1) - local_day(now())).days
    if left == 0:
        return gettext("today")
    if left > 0:
        return gettext("%(n)d days left") % {"n": left}
    return gettext("%(n)d days over") % {"n": -left}


@register.filter
def last_day(day: date) -> date:
    """The last day of a half-open range."""
    return day - timedelta(days=1)


@register.filter
def clock_time(moment: datetime) -> str:
    from anyuan.kernel.clock import LOCAL

    return moment.astimezone(LOCAL).strftime("%m-%d %H:%M")


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
    from django.utils.dates import WEEKDAYS

    return str(WEEKDAYS[number])


@register.filter
def gender(label: str) -> str:
    return {"女": gettext("women"), "男": gettext("men")}.get(label, label)


@register.filter
def weight(name: str) -> str:
    """What a weight of a roster is about, in words."""
    return {
        "nights": gettext("Nights shared evenly"), "days_off": gettext("Days without school shared evenly"), "holidays": gettext("Public holidays shared evenly"), "all": gettext("Shifts shared evenly"), "wishes": gettext("Wishes"),
        "changes": gettext("Few changes"), "rest_hours": gettext("Hours of rest after a night"), "most_a_day": gettext("Shifts a day at most"), "most_in_a_row": gettext("Days of duty in a row at most"),
    }.get(name, name)  # fmt: skip


def doubts() -> dict[str, str]:
    """Everything that may not fit about a sign-in or a scan, in words."""
    return {
        "no_code": gettext("without scanning"), "other_place": gettext("code of another place"), "old_code": gettext("an old sheet"),
        "stale_code": gettext("the screen's code was old, perhaps a photograph"), "elsewhere": gettext("the phone was elsewhere"),
        "clock": gettext("the phone's clock was wrong"), "shared_phone": gettext("one phone for two people"), "other_phone": gettext("not their usual phone"), "was_away": gettext("left and came back"),
        "too_quick": gettext("sooner than one can walk"), "sent_later": gettext("sent later, from offline"),
    }  # fmt: skip


@register.filter
def doubt(word: str) -> str:
    return doubts().get(word, word)


@register.filter
def in_the_way(word: str) -> str:
    """What is in somebody's way, in words."""
    return {
        "leave": gettext("on leave then"), "lesson": gettext("has a lesson then"), "certificate": gettext("lacks the certificate, or it has ended"), "gender": gettext("this station asks for another gender"),
        "on duty": gettext("on duty elsewhere then"), "not serving": gettext("does not serve there any more"), "rest": gettext("too short a rest after the night"), "too many a week": gettext("has enough shifts that week"), "too many in a row": gettext("would have no day off for too long"),
        "too many a day": gettext("one shift a day is the most"), "able": gettext("too few people may serve there"), "cover": gettext("every station must be manned"), "two at once": gettext("hours overlap"),
    }.get(word, word)  # fmt: skip


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


@register.simple_tag
def windows_on(items: list[Any], day: date) -> list[Any]:
    """The windows of a row that begin on a day, for a calendar's cell."""
    return [i for i in items if i.starts == day]


@register.simple_tag
def square(squares: dict[int, Any], obligation: Any) -> Any:
    return squares.get(obligation.pk)


@register.filter
def way_in(subject: str) -> str:
    """How somebody proved who they are, in words; anything else as it stands."""
    words = {
        "password": gettext("password"),
        "mfa": gettext("second factor"),
        "socialaccount": gettext("the office's own sign-in"),
        "totp": gettext("authenticator app"),
        "webauthn": gettext("passkey"),
        "recovery_codes": gettext("recovery codes"),
        "code": gettext("code for another browser"),
    }
    return " + ".join(words.get(part, part) for part in subject.split("+"))


@register.filter
def deed(verb: str) -> str:
    """What an event of the audit log says was done, in words."""
    return {
        "account.factor": gettext("second factor changed"),
        "account.failed": gettext("sign-in failed"),
        "account.device_code": gettext("code for another browser made"),
        "account.devices_forgotten": gettext("known browsers forgotten"),
        "account.new_device": gettext("signed in in a browser for the first time"),
        "account.invited": gettext("sign-in slip made"),
        "account.pin": gettext("PIN changed"),
        "account.sessions_ended": gettext("signed out everywhere by the office"),
        "account.idle": gettext("signed out after a time without use"),
        "request.refused": gettext("access refused"),
        "tablet.added": gettext("tablet added"),
        "tablet.removed": gettext("tablet taken away"),
        "account.password": gettext("password changed"),
        "account.signed_in": gettext("signed in to the program"),
        "account.signed_out": gettext("signed out of the program"),
        "audit.exported": gettext("audit log exported"),
        "body.closed": gettext("body closed"),
        "body.formed": gettext("body formed"),
        "body.seat": gettext("seat given"),
        "body.unseated": gettext("seat ended"),
        "calendar.exception": gettext("calendar exception"),
        "calendar.exception.dropped": gettext("calendar exception removed"),
        "calendar.term": gettext("term set"),
        "calendar.term.dropped": gettext("term removed"),
        "campus.picture": gettext("picture of the campus changed"),
        "card.feed": gettext("calendar link renewed"),
        "lessons.set": gettext("timetable entered"),
        "card.set": gettext("duty card changed"),
        "chain.verified": gettext("evidence verified"),
        "charge.ended": gettext("charge ended"),
        "charge.given": gettext("charge given"),
        "checkpoint.exported": gettext("checkpoint exported"),
        "code.issued": gettext("code of a place renewed"),
        "code.located": gettext("position of a place set"),
        "decision.done": gettext("decision done"),
        "duty.answered": gettext("responsibility named"),
        "exemption.asked": gettext("exemption asked"),
        "exemption.ended": gettext("exemption ended"),
        "exemption.granted": gettext("exemption granted"),
        "exemption.refused": gettext("exemption refused"),
        "exemption.withdrawn": gettext("exemption taken back"),
        "fact.corrected": gettext("record corrected"),
        "glass.broken": gettext("looked in an emergency"),
        "leave.approved": gettext("leave approved"),
        "leave.asked": gettext("leave asked"),
        "leave.refused": gettext("leave refused"),
        "leave.withdrawn": gettext("leave taken back"),
        "letter.issued": gettext("letters written"),
        "letter.signed": gettext("letter signed"),
        "meeting.called": gettext("meeting called"),
        "meeting.cancelled": gettext("meeting cancelled"),
        "meeting.held": gettext("meeting held"),
        "organisation.exported": gettext("organisation exported"),
        "person.back": gettext("person back"),
        "person.changed": gettext("person changed"),
        "person.entered": gettext("person entered"),
        "person.left": gettext("person left"),
        "person.moved": gettext("person moved"),
        "plan.adopted": gettext("plan adopted"),
        "plan.offered": gettext("standards chosen"),
        "plan.retired": gettext("plan ended"),
        "plan.uploaded": gettext("plan uploaded"),
        "post.given": gettext("post given"),
        "record.erased": gettext("words of a record erased"),
        "retention.forgotten": gettext("forgotten after its time"),
        "robot.added": gettext("group added"),
        "robot.removed": gettext("group removed"),
        "role.ended": gettext("role ended"),
        "role.given": gettext("role given"),
        "roster.asked": gettext("roster asked for"),
        "roster.discarded": gettext("roster thrown away"),
        "roster.published": gettext("roster put in force"),
        "roster.repaired": gettext("roster repaired"),
        "route.closed": gettext("route closed"),
        "route.points": gettext("points of a route set"),
        "route.set": gettext("route set"),
        "rule.closed": gettext("rule closed"),
        "rule.written": gettext("rule written"),
        "shift.asked": gettext("asked to stand in"),
        "shift.exchanged": gettext("shifts exchanged"),
        "shift.given": gettext("shift given"),
        "station.closed": gettext("station closed"),
        "station.serving": gettext("who serves changed"),
        "station.set": gettext("station set"),
        "swap.decided": gettext("swap decided"),
        "zone.dropped": gettext("waiting zone removed"),
        "zone.set": gettext("waiting zone set"),
        "unit.described": gettext("unit described"),
        "workbook.taken": gettext("workbook taken"),
    }.get(verb, verb)
