"""Owns the vocabulary: reads the catalogue of activities; no tables, no words outside the YAML."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

FieldType = Literal["text", "long", "int", "number", "bool", "file", "photo", "sign"]


@dataclass(frozen=True)
class Field:
    """One thing an occurrence carries; `slot` tells occurrences of one day apart."""

    name: str
    type: FieldType
    zh: str
    en: str
    required: bool
    slot: bool = False
    personal: bool = False
    min: float | None = None
    max: float | None = None
    hint_zh: str = ""
    hint_en: str = ""


@dataclass(frozen=True)
class Activity:
    code: str
    family: str
    zh: str
    en: str
    about: Literal["campus", "authority", "holder"]
    fields: tuple[Field, ...]
    words: tuple[tuple[str, int], ...]
    level: bool = False
    answers: str | None = None
    narrows: str | None = None
    where: tuple[str, ...] = ()

    def field(self, name: str) -> Field | None:
        return next((f for f in self.fields if f.name == name), None)


_BOTH = re.compile(r"内外|校内|校园?内?(?:及|和|与|、)")


class UnknownActivity(KeyError):
    """A code that is not in the catalogue."""


@cache
def catalogue() -> dict[str, Activity]:
    """Return every activity by its code, in the catalogue's order."""
    raw = yaml.load(
        (Path(__file__).parent / "catalogue.yaml").read_text("utf-8"),
        getattr(yaml, "CSafeLoader", yaml.SafeLoader),
    )
    fields = raw["fields"]
    return {code: _activity(code, entry, fields) for code, entry in raw["activities"].items()}


def get(code: str) -> Activity:
    """:raises UnknownActivity:"""
    try:
        return catalogue()[code]
    except KeyError:
        raise UnknownActivity(code) from None


def narrowed(code: str, phrase: str) -> str:
    """The activity that a phrase speaks of more closely: a round past the school is none in it.

    What is asked both in and around a place stays what it is.
    """
    for finer in catalogue().values():
        if finer.narrows == code and any(word in phrase for word in finer.where):
            return code if _BOTH.search(phrase) else finer.code
    return code


# -- slots --------------------------------------------------------------------
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")}
_NUMBER = re.compile(r"[一二三四五六七八九]?十[一二三四五六七八九]?|[零一二三四五六七八九]|\d+")


def slot_of(activity: Activity, payload: Mapping[str, Any]) -> str:
    """What tells this occurrence from others of its day; one class is one, however it is written:
    三(2)班, 三年级二班 and 3.2班 are 3-2班.
    """
    field = next((f for f in activity.fields if f.slot), None)
    said = unicodedata.normalize("NFKC", str(payload.get(field.name, ""))) if field else ""
    said = "".join(said.split())
    if field is None or field.name != "slot_class":
        return said
    plain = re.sub(r"年级|年|级|[()\[\]【】〔〕.·_\-—]", " ", said)
    parts = [_plain_number(m) for m in re.findall(rf"{_NUMBER.pattern}|[^\s\d]", plain)]
    return re.sub(r"(?<=\d)\|(?=\d)", "-", "|".join(parts)).replace("|", "")


def _plain_number(text: str) -> str:
    if text.isdigit():
        return str(int(text))
    if "十" in text:
        tens, ones = text.split("十")
        return str(_DIGITS.get(tens, 1) * 10 + _DIGITS.get(ones, 0))
    return str(_DIGITS.get(text, text))


@cache
def by_family() -> dict[str, tuple[Activity, ...]]:
    out: dict[str, list[Activity]] = {}
    for activity in catalogue().values():
        out.setdefault(activity.family, []).append(activity)
    return {family: tuple(items) for family, items in out.items()}


def _activity(code: str, entry: dict[str, Any], fields: dict[str, dict[str, Any]]) -> Activity:
    names = [f.rstrip("!") for f in entry["fields"]]
    required = {f.rstrip("!") for f in entry["fields"] if f.endswith("!")}
    return Activity(
        code=code,
        family=entry["family"],
        zh=entry["zh"],
        en=entry["en"],
        about=entry["about"],
        level=entry.get("level", False),
        answers=entry.get("answers"),
        narrows=entry.get("narrows"),
        where=tuple(entry.get("where", ())),
        fields=tuple(Field(name=n, required=n in required, **fields[n]) for n in names),
        words=tuple(_word(w) for w in entry["words"]),
    )


def _word(text: str) -> tuple[str, int]:
    word, _, weight = text.partition("*")
    return word, int(weight or 3)


# -- standards ----------------------------------------------------------------
@dataclass(frozen=True)
class Standard:
    """A duty that a law or standard asks, as it can be offered.

    `certainty` M is unverified and never chosen by itself.
    """

    id: str
    group: str
    source: str
    certainty: str
    holder: str
    activity: str
    text: str
    comparator: str = "exists"
    quantity: Decimal | None = None
    unit: str | None = None
    period: str = "continuous"
    per: str = ""
    due: str = ""
    applies_to: str = "all"

    @property
    def chosen(self) -> bool:
        return self.certainty != "M"


@cache
def standards() -> tuple[Standard, ...]:
    rows = yaml.safe_load((Path(__file__).parent / "standards.yaml").read_text("utf-8"))
    return tuple(
        Standard(
            **{**r, "quantity": None if r.get("quantity") is None else Decimal(str(r["quantity"]))}
        )
        for r in rows
    )


@cache
def personal(code: str) -> frozenset[str]:
    """The fields of an activity that may name or describe people; the reason of a correction is
    one.
    """
    return frozenset(f.name for f in get(code).fields if f.personal) | {"reason"}
