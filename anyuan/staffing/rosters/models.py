"""Rosters and their shifts, leave and substitutes."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.contrib.postgres.fields.ranges import BigIntegerRangeField
from django.db import models
from django.db.models import F, Func, Q, Value

from anyuan.org.people.models import Person
from anyuan.org.units.models import Unit
from anyuan.staffing.stations.models import Station


class RosterState(models.TextChoices):
    ASKED = "asked", "排队中"
    MAKING = "making", "排班中"
    MADE = "made", "待发布"
    FAILED = "failed", "未完成"
    PUBLISHED = "published", "已发布"
    REPLACED = "replaced", "已替换"


class Roster(models.Model):
    """A roster of a unit over [starts, ends).

    `weights` are how much each wish for fairness counts; `progress` is where its making stands.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="rosters")
    title = models.CharField(max_length=60)
    starts = models.DateField()
    ends = models.DateField()
    state = models.CharField(max_length=10, choices=RosterState.choices, default=RosterState.ASKED)
    weights = models.JSONField(default=dict)
    progress = models.JSONField(default=dict)
    conflicts = models.JSONField(default=list)
    stop = models.BooleanField(default=False)
    # A repair: who cannot come on a day, and the rest should move as little as it can.
    away = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    away_on = models.DateField(null=True)
    asked_by = models.CharField(max_length=40)
    asked_at = models.DateTimeField()
    heard_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-starts", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")), name="roster_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(away=None, away_on=None) | Q(away__isnull=False, away_on__isnull=False),
                name="away_on_a_day",
            ),
            # A second click asks for nothing new.
            models.UniqueConstraint(
                fields=["unit", "starts", "ends"],
                condition=Q(state__in=["asked", "making"]),
                name="made_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Shift(models.Model):
    """One person's place on a roster; nobody's while it is empty. `in_force`: its roster is the one
    that counts.

    `came_at` and `left_at` say when somebody signed in there and went; `doubts` what did not fit
    when they came.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    roster = models.ForeignKey(Roster, models.CASCADE, related_name="shifts")
    station = models.ForeignKey(Station, models.PROTECT, related_name="shifts")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="shifts")
    day = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    in_force = models.BooleanField(default=False)
    came_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    doubts = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    changed_at = models.DateTimeField(null=True)
    changed_by = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["starts_at", "station", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="shift_ends_after_it_starts"
            ),
            # Nobody is in two places at once. The embedded database has no btree_gist, so the
            # person is a range of one.
            ExclusionConstraint(
                name="nobody_in_two_places",
                expressions=[
                    (
                        Func(
                            F("person_id"),
                            F("person_id"),
                            Value("[]"),
                            function="int8range",
                            output_field=BigIntegerRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(
                            F("starts_at"),
                            F("ends_at"),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(in_force=True, person__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "day"]),
            models.Index(fields=["person", "starts_at"]),
            models.Index(
                fields=["starts_at"], condition=Q(in_force=True), name="rosters_shift_in_force"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.station_id} {self.person_id}"


class LeaveState(models.TextChoices):
    ASKED = "asked", "待批准"
    APPROVED = "approved", "已批准"
    REFUSED = "refused", "未批准"
    WITHDRAWN = "withdrawn", "已撤回"


class LeaveKind(models.TextChoices):
    ERRAND = "errand", "公差"
    TRAINING = "training", "培训"
    PERSONAL = "personal", "事假"
    SICK = "sick", "病假"
    FAMILY = "family", "婚育丧假"
    OTHER = "other", "其他"


class Leave(models.Model):
    """Somebody asks not to serve over [starts_at, ends_at).

    `reason` is what they want whoever decides to know; nobody else reads it, and an illness is not
    asked for.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="leaves")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=LeaveKind.choices, default=LeaveKind.OTHER)
    reason = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=10, choices=LeaveState.choices, default=LeaveState.ASKED)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="leave_ends_after_it_starts"
            ),
            models.UniqueConstraint(
                fields=["person", "starts_at", "ends_at"],
                condition=Q(state="asked"),
                name="asked_for_leave_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.starts_at:%F}"


class StandInRequest(models.Model):
    """Somebody is asked to stand in for a shift; the first yes takes it."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    shift = models.ForeignKey(Shift, models.CASCADE, related_name="requests")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    asked_by = models.CharField(max_length=40)
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=4, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shift", "person"], name="asked_to_stand_in_once")
        ]
        db_table = "rosters_request"  # its name before

    def __str__(self) -> str:
        return f"{self.shift_id}: {self.person_id}"


class SwapState(models.TextChoices):
    ASKED = "asked", "待对方同意"
    AGREED = "agreed", "待批准"
    APPROVED = "approved", "已换班"
    REFUSED = "refused", "未换班"


class Swap(models.Model):
    """Two people would change places; one approval does it.

    It is void once either shift is somebody else's, or no longer on the roster.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    mine = models.ForeignKey(Shift, models.CASCADE, related_name="+")
    theirs = models.ForeignKey(Shift, models.CASCADE, related_name="+")
    one = models.ForeignKey(Person, models.PROTECT, related_name="+")
    other = models.ForeignKey(Person, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=SwapState.choices, default=SwapState.ASKED)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["mine", "theirs"],
                condition=Q(state__in=["asked", "agreed"]),
                name="asked_to_swap_once",
            ),
            models.CheckConstraint(condition=~Q(mine=F("theirs")), name="swaps_two_shifts"),
        ]

    def __str__(self) -> str:
        return f"{self.mine_id} ↔ {self.theirs_id}"
