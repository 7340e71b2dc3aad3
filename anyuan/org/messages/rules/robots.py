"""How the robots of groups are spoken to: of WeCom, DingTalk and Feishu. All three answer 200 and
say no in the body, so that their own code decides.

Codes and signatures as the makers document them; how long DingTalk is silent after too many
messages as others measured it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote_plus

# Where each is; the hosts are fixed, so that nobody makes this program call another.
HOSTS = {
    "wecombot": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=",
    "dingtalk": "https://oapi.dingtalk.com/robot/send?access_token=",
    "feishu": "https://open.feishu.cn/open-apis/bot/v2/hook/",
}
# What each says when it was sent too much in a short time, and how long it then takes nothing.
TOO_MANY = {
    "wecombot": ({45009}, timedelta(minutes=1)),
    "dingtalk": ({130101, 410100}, timedelta(minutes=10)),
    "feishu": ({9499, 11232, 99991400}, timedelta(minutes=1)),
}


class NotTaken(Exception):
    """The group did not get it: what the other side said, and how long to wait, if it said so."""

    def __init__(self, words: str, wait: timedelta | None = None) -> None:
        super().__init__(words)
        self.wait = wait


@dataclass(frozen=True)
class Hook:
    """A robot's address: its kind, its key, and the secret it signs with, if it asks for one."""

    kind: str
    key: str
    secret: str = ""

    @classmethod
    def read(cls, address: str) -> Hook:
        """The address as it is kept, e.g. `dingtalk://SECxyz@token`."""
        kind, _, rest = address.partition("://")
        secret, _, key = rest.rstrip("/").rpartition("@")
        return cls(kind, key, secret)

    @property
    def kept(self) -> str:
        return f"{self.kind}://{self.secret}{'@' * bool(self.secret)}{self.key}"


@dataclass(frozen=True)
class Question:
    """What is posted to a robot."""

    address: str
    body: dict[str, object]


def ask(hook: Hook, text: str, seconds: int) -> Question:
    """A text for a group; `seconds` is the moment, since 1970."""
    return Question(*_ASK[hook.kind](hook, text, seconds))


def judge(kind: str, status: int, answer: str) -> None:
    """What the other side's own code says. :raises NotTaken: no, or nothing that is understood."""
    codes, pause = TOO_MANY[kind]
    if status == 429:
        raise NotTaken("对方说发得太快（HTTP 429）", pause)
    try:
        said = json.loads(answer)
        code = int(next(said[name] for name in ("errcode", "code", "StatusCode") if name in said))
    except (ValueError, TypeError, StopIteration) as error:
        raise NotTaken(f"对方的回答看不懂（HTTP {status}），是否送达未知") from error
    if code in codes:
        raise NotTaken(f"对方说发得太快（{code}）", pause)
    if code or status != 200:
        words = str(said.get("errmsg") or said.get("msg") or "")[:100]
        raise NotTaken(f"对方拒绝（{code} {words}）")


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
_SECRET = re.compile(r"^[A-Za-z0-9_-]{8,128}$")


def robot_address(text: str, secret: str = "") -> str | None:
    """The address of a group robot as it is kept, from the web hook its page shows or from that
    form itself; None if it is neither.

    Nothing but robots of these three is taken, so that nobody makes this program call an address of
    their choice. `secret` is what it signs with; WeCom's robots have none.
    """
    text, secret = text.strip(), secret.strip()
    if secret and not _SECRET.match(secret):
        return None
    for pattern, scheme in _HOOKS:
        if found := pattern.match(text):
            signs = secret and scheme != "wecombot"
            return f"{scheme}://{secret}@{found[1]}" if signs else f"{scheme}://{found[1]}"
    return text if _ROBOT.match(text) else None


def kind_of(address: str) -> str:
    return ROBOTS.get(address.split(":", 1)[0], "")


def _wecom(hook: Hook, text: str, seconds: int) -> tuple[str, dict[str, object]]:
    return HOSTS[hook.kind] + hook.key, {"msgtype": "text", "text": {"content": text}}


def _dingtalk(hook: Hook, text: str, seconds: int) -> tuple[str, dict[str, object]]:
    body: dict[str, object] = {"msgtype": "text", "text": {"content": text}}
    if not hook.secret:
        return HOSTS[hook.kind] + hook.key, body
    at = seconds * 1000
    sign = _signed(hook.secret.encode(), f"{at}\n{hook.secret}".encode())
    return f"{HOSTS[hook.kind]}{hook.key}&timestamp={at}&sign={quote_plus(sign)}", body


def _feishu(hook: Hook, text: str, seconds: int) -> tuple[str, dict[str, object]]:
    body: dict[str, object] = {"msg_type": "text", "content": {"text": text}}
    if hook.secret:
        sign = _signed(f"{seconds}\n{hook.secret}".encode(), b"")
        body |= {"timestamp": str(seconds), "sign": sign}
    return HOSTS[hook.kind] + hook.key, body


def _signed(key: bytes, words: bytes) -> str:
    return base64.b64encode(hmac.new(key, words, hashlib.sha256).digest()).decode()


_ASK: dict[str, Callable[[Hook, str, int], tuple[str, dict[str, object]]]] = {
    "wecombot": _wecom,
    "dingtalk": _dingtalk,
    "feishu": _feishu,
}
