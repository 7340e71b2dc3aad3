"""Rectification notices, draws and visits. `unit` is the office; `school` is whom it is about."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from anyuan.field.hazards.models import Hazard
from anyuan.org.people.models import Person
from anyuan.org.units.models import Unit
from anyuan.record.evidence.models import Fact


class NoticeState(models.TextChoices):
    ISSUED = "issued", "待签收"
    SERVED = "served", "整改中"
    ANSWERED = "answered", "待复查"
    CLOSED = "closed", "已复查合格"


class Notice(models.Model):
    """治安隐患限期整改通知书. Its problems are hazards of the school."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    # Names, as a school may not see the row of an office beside it, nor an inspector that of a
    # school elsewhere.
    office = models.CharField(max_length=60)
    word = models.CharField(max_length=20)  # 机关代字
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    inspected_on = models.DateField()
    inspectors = models.CharField(max_length=80)
    basis = models.CharField(max_length=200)
    demand = models.CharField(max_length=200, blank=True)
    deadline = models.DateField()
    state = models.CharField(max_length=10, choices=NoticeState.choices, default=NoticeState.ISSUED)
    command = models.UUIDField(unique=True)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    served_at = models.DateTimeField(null=True)
    served_to = models.CharField(max_length=40, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=40, blank=True)
    answer = models.CharField(max_length=400, blank=True)
    checked_at = models.DateTimeField(null=True)
    checked_by = models.CharField(max_length=40, blank=True)
    conclusion = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-issued_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "office", "year", "number"], name="one_notice_of_a_number"
            ),
            models.CheckConstraint(
                condition=Q(state="issued") | Q(served_at__isnull=False) & ~Q(served_to=""),
                name="served_to_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["answered", "closed"])
                | Q(answered_at__isnull=False) & ~Q(answer=""),
                name="answered_in_words",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | Q(checked_at__isnull=False) & ~Q(checked_by=""),
                name="closed_by_a_check",
            ),
        ]
        indexes = [models.Index(fields=["school", "state"], name="notices_of_a_school")]

    def __str__(self) -> str:
        return f"{self.word}〔{self.year}〕{self.number}号"


class NoticeProblem(models.Model):
    """One thing that a notice demands to be fixed."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="problems")
    hazard = models.OneToOneField(Hazard, models.PROTECT, related_name="problem")
    order = models.PositiveSmallIntegerField()
    # As it was served, whatever becomes of the record.
    place = models.CharField(max_length=80)
    subject = models.CharField(max_length=80)

    class Meta:
        ordering = ["notice", "order"]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.order}"


class Draw(models.Model):
    """Who visits whom, drawn from a seed; never changed. `schools` and `inspectors` are the whole
    pools, so that anybody makes the same draw.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    name = models.CharField(max_length=40)
    seed = models.CharField(max_length=32)
    count = models.PositiveSmallIntegerField()
    each = models.PositiveSmallIntegerField()
    joint = models.BooleanField(default=False)  # police and an education office go together
    schools = models.JSONField()  # [id, name, weight, why]
    inspectors = models.JSONField()  # [id, name, path of the home, whether of the police]
    command = models.UUIDField(unique=True)
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    drawn_name = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-drawn_at", "-pk"]

    def __str__(self) -> str:
        return self.name


class DrawPublished(models.Model):
    """All visits of a draw are over: every school below may make it again from now on."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    draw = models.OneToOneField(Draw, models.PROTECT, related_name="published")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.draw_id}"


class VisitState(models.TextChoices):
    PLANNED = "planned", "未到校"
    ARRIVED = "arrived", "检查中"
    DONE = "done", "已完成"
    CANCELLED = "cancelled", "已取消"


class Visit(models.Model):
    """A visit from above. Until somebody arrives the database shows no row of it to the school."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    school_name = models.CharField(max_length=60)
    draw = models.ForeignKey(Draw, models.PROTECT, null=True, related_name="visits")
    first_day = models.DateField()
    last_day = models.DateField()
    persons = models.JSONField()  # ids of whoever goes
    names = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=VisitState.choices, default=VisitState.PLANNED)
    why_not = models.CharField(max_length=200, blank=True)  # it was taken off
    arrived_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    seen = models.CharField(max_length=400, blank=True)
    signed = models.CharField(max_length=40, blank=True)  # by whom of the school
    hazards = models.JSONField(default=list)  # ids of what was found
    fact = models.OneToOneField(Fact, models.PROTECT, null=True, related_name="visit")

    class Meta:
        ordering = ["first_day", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["planned", "cancelled"]) | Q(arrived_at__isnull=False),
                name="arrived_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="done")
                | Q(done_at__isnull=False, fact__isnull=False) & ~Q(signed=""),
                name="done_visits_are_signed_and_recorded",
            ),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | ~Q(why_not=""),
                name="taken_off_with_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["school", "state"], name="visits_of_a_school")]

    def __str__(self) -> str:
        return f"{self.school_id} {self.first_day}"
