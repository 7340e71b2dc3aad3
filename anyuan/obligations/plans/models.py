"""Plans, what was read in them, and what each unit owes by them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from anyuan.org.units.models import Unit

from .rules import due_words


class PlanStatus(models.TextChoices):
    DRAFT = "draft", "待审阅"
    ADOPTED = "adopted", "已审定执行"
    RETIRED = "retired", "已停用"


class Review(models.TextChoices):
    PROPOSED = "proposed", "待审"
    ACCEPTED = "accepted", "已接受"
    DROPPED = "dropped", "已删除"


class Measure(models.TextChoices):
    COUNT = "count", "次数"
    EVERY = "every", "间隔"
    NIGHTLY = "nightly", "夜间间隔"
    PRESENT = "present", "有人在岗"
    LEVEL = "level", "配备"
    SHARE = "share", "比例"
    WITHIN = "within", "时限"
    BY = "by", "到期"
    NEVER = "never", "零发生"
    DECLARED = "declared", "声明"


class Plan(models.Model):
    """A work plan of a unit. Offsets everywhere are characters of `text`."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="plans")
    title = models.CharField(max_length=120)
    text = models.TextField()
    source_name = models.CharField(max_length=120)
    status = models.CharField(max_length=10, choices=PlanStatus.choices, default=PlanStatus.DRAFT)
    structure = models.JSONField(default=dict)
    unread = models.JSONField(default=list)
    # Characters, [start, end), of which what read them from a picture was not sure.
    unsure = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    needs_year = models.BooleanField(default=False)
    starts = models.DateField(null=True)
    ends = models.DateField(null=True)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.CharField(max_length=40)
    version = models.PositiveIntegerField(default=1)
    adopted_at = models.DateTimeField(null=True)
    adopted_by = models.CharField(max_length=40, blank=True)
    adopted_by_id = models.BigIntegerField(null=True)
    signature = models.CharField(max_length=64, blank=True)
    # The plan whose place this one takes at its adoption.
    replaces = models.ForeignKey("self", models.SET_NULL, null=True, related_name="replaced_by")

    class Meta:
        ordering = ["-uploaded_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="draft", adopted_at=None)
                | Q(adopted_at__isnull=False, starts__isnull=False, ends__isnull=False)
                & ~Q(status="draft"),
                name="adopted_plans_are_signed_and_dated",
            ),
            models.CheckConstraint(
                condition=Q(ends=None) | Q(ends__gt=F("starts")), name="plan_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Page(models.Model):
    """A page of a plan that was read as a picture, kept as a file under its digest.

    `lines`: [start, end] in the text, then left, top, right, bottom in shares of the page.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="pages")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    lines = models.JSONField(default=list)

    class Meta:
        ordering = ["plan_id", "number"]
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="one_page_a_number")]

    def __str__(self) -> str:
        return f"{self.plan_id}/{self.number}"


class Correction(models.Model):
    """What an office changed of a duty as it was read; offered again for its next plans.

    `cue`: the activity as it was read, so that only likes are offered it.
    """

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="+")
    field = models.CharField(max_length=20)
    cue = models.CharField(max_length=40)
    before = models.CharField(max_length=60)
    after = models.CharField(max_length=60)
    times = models.PositiveIntegerField(default=1)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "field", "cue", "before"], name="one_correction_of_a_reading"
            )
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.before} → {self.after}"


class Phase(models.Model):
    """A stage of a campaign, [starts, ends).

    `raw` holds its dates as written and the span of the text that speaks of it.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="phases")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    starts = models.DateField(null=True)
    ends = models.DateField(null=True)
    raw = models.JSONField(default=dict)
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["plan_id", "order"]

    def __str__(self) -> str:
        return self.name

    @property
    def as_written(self) -> str:
        """Its dates as the text has them, before adoption says the year."""
        start, end = self.raw.get("start"), self.raw.get("end")
        return due_words.in_words(f"{start}~{end}" if start and end else f"{start or end or '…'}")


class Obligation(models.Model):
    """A checkable duty read from a clause.

    `window` is the kind of window verdicts are about; null start and end: added by hand.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="obligations")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    order = models.PositiveIntegerField()
    section = models.CharField(max_length=60)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    rule = models.CharField(max_length=40)
    holder = models.CharField(max_length=60)
    action = models.CharField(max_length=120)
    activity = models.CharField(max_length=40)
    measure = models.CharField(max_length=10, choices=Measure.choices)
    comparator = models.CharField(max_length=6)
    quantity = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    quantity_max = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    measure_unit = models.CharField(max_length=12, blank=True)
    period = models.CharField(max_length=12)
    per = models.CharField(max_length=40, blank=True)
    due = models.CharField(max_length=60, blank=True)
    due_on = models.DateField(null=True)
    applies_to = models.CharField(max_length=20, default="all")
    kind = models.CharField(max_length=10)
    doubts = models.JSONField(default=list)  # why the reader is not sure, as codes of `reading`
    review = models.CharField(max_length=10, choices=Review.choices, default=Review.PROPOSED)
    edited = models.BooleanField(default=False)
    reviewed_by = models.CharField(max_length=40, blank=True)
    reviewed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["plan_id", "start", "order"]
        constraints = [
            models.CheckConstraint(condition=Q(end__gte=F("start")), name="span_runs_forward"),
            models.CheckConstraint(
                condition=Q(reviewed_at=None, reviewed_by="")
                | Q(reviewed_at__isnull=False) & ~Q(reviewed_by=""),
                name="reviewed_both_or_neither",
            ),
        ]

    def __str__(self) -> str:
        return self.action

    @property
    def due_in_words(self) -> str:
        """When it is due, as people say it."""
        return due_words.in_words(self.due)


class Binding(models.Model):
    """What one unit owes by one obligation; derived at adoption.

    `yields_to` names the stricter one that counts instead.
    """

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="bindings")
    obligation = models.ForeignKey(Obligation, models.CASCADE, related_name="bindings")
    calendar = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    activity = models.CharField(max_length=40)
    trigger = models.CharField(max_length=40, blank=True)
    measure = models.CharField(max_length=10, choices=Measure.choices)
    comparator = models.CharField(max_length=6)
    window = models.CharField(max_length=10)
    needed = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    cap = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    minutes = models.PositiveIntegerField(null=True)
    # Of presence: the kind of station, empty for any. Of the night: its minutes of the day, the end
    # perhaps in the next.
    post = models.CharField(max_length=12, blank=True)
    from_minute = models.PositiveSmallIntegerField(null=True)
    to_minute = models.PositiveSmallIntegerField(null=True)
    applies_to = models.CharField(max_length=20)
    starts = models.DateField()
    ends = models.DateField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    yields_to = models.ForeignKey(Obligation, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "obligation"], name="bound_once"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="bound_for_a_while"),
        ]
        indexes = [models.Index(fields=["obligation"]), models.Index(fields=["activity"])]

    def __str__(self) -> str:
        return f"{self.unit_id} owes {self.obligation_id}"
