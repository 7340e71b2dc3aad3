"""Hazards from the moment they are found until they are closed, step by step, with photos; what
goes beyond the school stands in `beyond`.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from anyuan.org.people.models import Person
from anyuan.org.units.models import Unit
from anyuan.record.evidence.models import Fact

from . import beyond

__all__ = ["beyond"]


class Grade(models.TextChoices):
    GENERAL = "general", "一般"
    MAJOR = "major", "重大"


class Source(models.TextChoices):
    """How it came to be known."""

    PATROL = "patrol", "巡逻"
    INSPECTION = "inspection", "排查"
    STAFF = "staff", "教职工"
    PUBLIC = "public", "扫码报告"
    ABOVE = "above", "上级检查"


class HazardState(models.TextChoices):
    FOUND = "found", "待指派"
    ASSIGNED = "assigned", "整改中"
    FIXED = "fixed", "待复查"
    CLOSED = "closed", "已销号"
    MERGED = "merged", "已合并"
    WITHDRAWN = "withdrawn", "已撤回"


class Hazard(models.Model):
    """One hazard. `fact` is the first record that it was found, `newest` its newest version: the
    words stand there. `rectified` is the record that it was fixed, made when it is closed.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    fact = models.OneToOneField(Fact, models.PROTECT, related_name="hazard")
    newest = models.ForeignKey(Fact, models.PROTECT, related_name="+")
    found_at = models.DateTimeField()
    moved_at = models.DateTimeField()  # since when it stands as it does
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.STAFF)
    state = models.CharField(max_length=10, choices=HazardState.choices, default=HazardState.FOUND)
    grade = models.CharField(max_length=8, choices=Grade.choices, blank=True)
    criterion = models.CharField(max_length=20, blank=True)
    why = models.CharField(max_length=200, blank=True)  # of the grade, in words
    owner = models.ForeignKey(Person, models.PROTECT, null=True, related_name="hazards")
    measure = models.CharField(max_length=200, blank=True)
    deadline = models.DateField(null=True)
    demanded = models.DateField(null=True)  # from above: the deadline lies no later
    temporary = models.CharField(max_length=200, blank=True)
    fixed_at = models.DateTimeField(null=True)
    fixed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    # Names too: a school may not see the row of a person above it.
    fixed_name = models.CharField(max_length=40, blank=True)
    closed_name = models.CharField(max_length=40, blank=True)
    result = models.CharField(max_length=200, blank=True)
    cost = models.PositiveIntegerField(null=True)  # yuan
    contractor = models.CharField(max_length=40, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    rectified = models.ForeignKey(Fact, models.PROTECT, null=True, related_name="+")
    reopened = models.PositiveSmallIntegerField(default=0)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")
    # An extension that is asked for and not decided yet.
    asked_until = models.DateField(null=True)
    asked_why = models.CharField(max_length=200, blank=True)
    asked_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-found_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["assigned", "fixed"])
                | Q(owner__isnull=False, deadline__isnull=False) & ~Q(grade=""),
                name="assigned_to_somebody_until_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state="fixed") | Q(fixed_at__isnull=False, fixed_by__isnull=False),
                name="fixed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(closed_by=None) | Q(fixed_by=None) | ~Q(closed_by=F("fixed_by")),
                name="nobody_closes_what_they_fixed",
            ),
            models.CheckConstraint(
                condition=Q(state="merged", merged_into__isnull=False)
                | ~Q(state="merged") & Q(merged_into=None),
                name="merged_into_another",
            ),
            models.CheckConstraint(
                condition=Q(asked_until=None, asked_by=None)
                | Q(asked_until__isnull=False, asked_by__isnull=False) & ~Q(asked_why=""),
                name="extension_asked_with_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "state", "-found_at"], name="hazards_by_state"),
            models.Index(
                fields=["deadline"], condition=Q(state="assigned"), name="hazards_by_deadline"
            ),
            # What a district counts is read from this alone.
            models.Index(
                fields=["unit", "state", "grade", "deadline", "found_at"],
                condition=Q(state__in=["found", "assigned", "fixed"]),
                name="hazards_open",
            ),
            models.Index(
                fields=["-found_at", "-id"],
                condition=Q(state__in=["found", "assigned", "fixed"]),
                name="hazards_open_newest",
            ),
            models.Index(fields=["-found_at", "-id"], name="hazards_newest"),
            models.Index(
                fields=["found_at"],
                include=["unit", "source", "state", "reopened", "fixed_at", "closed_by"],
                name="hazards_flow",
            ),
            models.Index(
                fields=["moved_at"],
                condition=Q(state__in=["found", "assigned", "fixed"]),
                name="hazards_by_moving",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id}#{self.pk}"


class Deed(models.TextChoices):
    ASSIGNED = "assigned", "指派整改"
    TEMPORARY = "temporary", "临时措施"
    FIXED = "fixed", "整改完成"
    SENT_BACK = "sent_back", "复查未通过"
    CLOSED = "closed", "复查销号"
    REOPENED = "reopened", "重新打开"
    MERGED = "merged", "合并"
    ASKED = "asked", "申请延期"
    EXTENDED = "extended", "同意延期"
    NOT_EXTENDED = "not_extended", "未同意延期"
    HANDED_OVER = "handed_over", "换人整改"
    DISMISSED = "dismissed", "核实不成立"
    WITHDRAWN = "withdrawn", "记录撤回"
    LISTED = "listed", "挂牌督办"
    REACHED = "reached", "督办节点完成"
    CONFIRMED = "confirmed", "联合复查确认"
    SENT_OUT = "sent_out", "函告有关部门"
    ANSWERED = "answered", "收到复函"


class HazardStep(models.Model):
    """One thing that was done about a hazard; rows are only added. `day`: a deadline it set."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    hazard = models.ForeignKey(Hazard, models.PROTECT, related_name="steps")
    at = models.DateTimeField()
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=40)
    what = models.CharField(max_length=12, choices=Deed.choices)
    words = models.CharField(max_length=200, blank=True)
    day = models.DateField(null=True)

    class Meta:
        ordering = ["hazard", "at", "pk"]
        indexes = [models.Index(fields=["at"], name="hazard_steps_by_time")]

    def __str__(self) -> str:
        return f"{self.hazard_id} {self.what}"


class Doubt(models.TextChoices):
    """What is odd about a photo; it is said to whoever verifies, and nothing is refused."""

    USED = "used", "这张照片以前用过"
    OLDER = "older", "拍摄时间早于发现隐患"


class HazardPhoto(models.Model):
    """A photo of a step, kept as a file under its digest."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    step = models.ForeignKey(HazardStep, models.PROTECT, related_name="photos")
    digest = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    doubt = models.CharField(max_length=8, choices=Doubt.choices, blank=True)

    class Meta:
        ordering = ["step", "pk"]
        indexes = [models.Index(fields=["unit", "digest"], name="hazard_photos_by_digest")]

    def __str__(self) -> str:
        return self.name


class Season(models.TextChoices):
    SPRING = "spring", "春季"
    SUMMER = "summer", "夏季"
    AUTUMN = "autumn", "秋季"
    WINTER = "winter", "冬季"


class Checklist(models.Model):
    """A list of an office's own, for it and the schools below; its items are in its versions."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    name = models.CharField(max_length=40)
    kinds = models.JSONField()  # of places
    season = models.CharField(max_length=8, choices=Season.choices, blank=True)
    whole = models.BooleanField(default=False)
    closed_on = models.DateField(null=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"],
                condition=Q(closed_on=None),
                name="one_open_checklist_of_a_name",
            )
        ]

    def __str__(self) -> str:
        return self.name


class ChecklistVersion(models.Model):
    """The items of a list from a moment on; rows are only added."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    checklist = models.ForeignKey(Checklist, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    items = models.JSONField()  # each a text
    made_by = models.CharField(max_length=40)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["checklist", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["checklist", "number"], name="one_checklist_version_of_a_number"
            )
        ]

    def __str__(self) -> str:
        return f"{self.checklist_id} {self.number}"


class Inspection(models.Model):
    """A place was looked at by a list, by somebody who answers for it; rows are only added.

    `answers` are the items as they stood then, each with what was seen and the hazard it led to.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    key = models.UUIDField(unique=True)
    checklist = models.ForeignKey(Checklist, models.PROTECT, null=True, related_name="+")
    code = models.CharField(max_length=20, blank=True)  # of a list that is built in
    name = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    place = models.CharField(max_length=80)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    done_at = models.DateTimeField()
    received_at = models.DateTimeField()
    whole = models.BooleanField()
    answers = models.JSONField()
    fact = models.OneToOneField(Fact, models.PROTECT, related_name="inspection")

    class Meta:
        ordering = ["-done_at", "-pk"]
        indexes = [
            models.Index(fields=["unit", "-done_at"], name="inspections_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.place}"


class ReportCode(models.Model):
    """What stands on the wall of a unit: whoever scans it may tell of a hazard there."""

    unit = models.OneToOneField(Unit, models.PROTECT, related_name="+")
    code = models.CharField(max_length=16, unique=True)
    made_by = models.CharField(max_length=40)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.unit_id}"


class HazardReceipt(models.Model):
    """By a receipt somebody without an account sees what became of what they told; only its digest
    is kept, and nothing of who holds it.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    hazard = models.OneToOneField(Hazard, models.PROTECT, related_name="receipt")
    digest = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return f"{self.hazard_id}"
