"""Which channels lead to somebody, when a failed message is tried again, which robots are taken.

Pure values.
"""

from __future__ import annotations

import re
from datetime import timedelta

# What a group robot's address may be: the key that its own page shows, for hosts that are fixed by
# the protocol.
ROBOTS = {"wecombot": "企业微信群机器人", "dingtalk": "钉钉群机器人", "feishu": "飞书群机器人"}
_ROBOT = re.compile(
    r"^(?:(wecombot|dingtalk|feishu)://(?:[A-Za-z0-9_-]{8,128}@)?[A-Za-z0-9_-]{16,128}/?)$"
)
_HOOKS = (
    (
        re.compile(
            r"^https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=([A-Za-z0-9_-]{16,128})$"
        ),
        "wecombot",
    ),
    (
        re.compile(
            r"^https://oapi\.dingtalk\.com/robot/send\?access_token=([A-Za-z0-9_-]{16,128})$"
        ),
        "dingtalk",
    ),
    (
        re.compile(r"^https://open\.feishu\.cn/open-apis/bot/v2/hook/([A-Za-z0-9_-]{16,128})$"),
        "feishu",
    ),
)
_MAIL = re.compile(r"^[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}$")
_MOBILE = re.compile(r"^1\d{10}$")

TRIES = 8  # our own bound
CODE_MINUTES = 30
LONGEST_PAUSE = timedelta(minutes=30)


def robot_address(text: str) -> str | None:
    """The address of a group robot as it is kept, from the web hook its page shows or from that
    form itself; None if it is neither.

    Nothing but robots of these three is taken, so that nobody makes this program call an address of
    their choice.
    """
    text = text.strip()
    for pattern, scheme in _HOOKS:
        if found := pattern.match(text):
            return f"{scheme}://{found[1]}"
    return text if _ROBOT.match(text) else None


def kind_of(address: str) -> str:
    return ROBOTS.get(address.split(":", 1)[0], "")


def is_mail(text: str) -> bool:
    return bool(_MAIL.match(text)) and len(text) <= 120


def mobile(phone: str) -> str:
    """The number to which a text message goes; empty for anything but a mobile number of the
    mainland.
    """
    digits = re.sub(r"[ \-()]", "", phone).removeprefix("+86")
    return digits if _MOBILE.match(digits) else ""


def pause(tries: int) -> timedelta:
    """How long to wait before the next try: ten seconds, then twice as long each time, at most half
    an hour.
    """
    return min(LONGEST_PAUSE, timedelta(seconds=10 * 2 ** max(0, tries - 1)))
