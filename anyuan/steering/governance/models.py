"""Meetings, the unit's rules, letters of responsibility."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from anyuan.org.people.models import Person
from anyuan.org.units.models import Unit


class MeetingKind(models.TextChoices):
    MONTHLY = "monthly", "安全例会"
    JOINT = "joint", "联席会议"
    SPECIAL = "special", "专题会议"


class MeetingState(models.TextChoices):
    CALLED = "called", "已通知"
    HELD = "held", "已召开"
    CANCELLED = "cancelled", "已取消"


class Meeting(models.Model):
    """A meeting of a unit.

    `code` stands on the wall while it runs; `fact_id` is the record that it was held.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=MeetingKind.choices)
    title = models.CharField(max_length=80)
    starts_at = models.DateTimeField()
    place = models.CharField(max_length=40)
    chair = models.ForeignKey(Person, models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=10, choices=MeetingState.choices, default=MeetingState.CALLED
    )
    code = models.CharField(max_length=6)
    minutes = models.TextField(blank=True)
    called_by = models.CharField(max_length=40)
    held_at = models.DateTimeField(null=True)
    fact_id = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            # Two clicks at once are one meeting.
            models.UniqueConstraint(
                fields=["unit", "title", "starts_at"],
                condition=Q(state="called"),
                name="called_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="held") | Q(held_at__isnull=False, fact_id__isnull=False),
                name="held_meetings_are_recorded",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class AgendaItem(models.Model):
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="agenda")
    order = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=200)

    class Meta:
        ordering = ["meeting", "order", "pk"]

    def __str__(self) -> str:
        return self.text


class Attendance(models.Model):
    """Somebody was there: by the code on the wall, or marked by whoever keeps the minutes."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="attendance")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    by_code = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meeting", "person"], name="there_once")]

    def __str__(self) -> str:
        return f"{self.meeting_id}: {self.person_id}"


class Decision(models.Model):
    """What a meeting decided, who does it, until when, and that it was done."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="decisions")
    text = models.CharField(max_length=200)
    person = models.ForeignKey(Person, models.PROTECT, related_name="decisions")
    due = models.DateField()
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=40, blank=True)
    result = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["due", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "text", "person"], name="decided_once"),
            models.CheckConstraint(
                condition=Q(done_at=None, done_by="") | Q(done_at__isnull=False) & ~Q(done_by=""),
                name="done_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class Rule(models.Model):
    """A rule of the unit's own (制度); its words are in its versions."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    title = models.CharField(max_length=80)
    owner = models.ForeignKey(Person, models.PROTECT, related_name="rules")
    review_on = models.DateField()
    readers = models.CharField(
        max_length=40,
        blank=True,
        help_text="a word of the posts that must read it; empty: everybody",
    )
    closed_on = models.DateField(null=True)

    class Meta:
        ordering = ["title", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "title"],
                condition=Q(closed_on=None),
                name="one_open_rule_of_a_title",
            )
        ]

    def __str__(self) -> str:
        return self.title


class RuleVersion(models.Model):
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    rule = models.ForeignKey(Rule, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    made_by = models.CharField(max_length=40)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["rule", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="one_version_of_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.number}"


class RuleRead(models.Model):
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    version = models.ForeignKey(RuleVersion, models.CASCADE, related_name="reads")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "person"], name="read_once")]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.person_id}"


class Letter(models.Model):
    """A letter of responsibility (责任书) of one year; its lines are what the person answered for
    when it was issued.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="letters")
    year = models.PositiveSmallIntegerField()
    lines = models.JSONField()
    issued_by = models.CharField(max_length=40)
    issued_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    signature = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-year", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "person", "year"], name="one_letter_a_year"),
            models.CheckConstraint(
                condition=Q(signed_at=None, signature="")
                | Q(signed_at__gte=F("issued_at")) & ~Q(signature=""),
                name="letters_are_signed_by_name",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.year}"
