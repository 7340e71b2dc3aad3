"""Routes, their checkpoints, rounds and scans."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from anyuan.org.people.models import Person
from anyuan.org.units.models import Place, Unit
from anyuan.staffing.rosters.models import Shift


class RouteKind(models.TextChoices):
    DAY = "day", "日间巡逻"
    NIGHT = "night", "夜间巡逻"
    DORMITORY = "dormitory", "宿舍查夜"
    FIRE = "fire", "防火巡查"
    OUTSIDE = "outside", "周边巡逻"


class CampusPicture(models.Model):
    """The plan of a campus as a picture, on which points are placed.

    Kept as a file under its digest.
    """

    unit = models.OneToOneField(Unit, models.PROTECT, related_name="campus_picture")
    digest = models.CharField(max_length=64)
    content_type = models.CharField(max_length=40)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    placed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.unit_id}"


class Route(models.Model):
    """A route of checkpoints.

    `rounds` are wanted in each shift, at least `apart` minutes between their starts. `points_at`:
    when its points were last chosen.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    name = models.CharField(max_length=30)
    kind = models.CharField(max_length=10, choices=RouteKind.choices)
    rounds = models.PositiveSmallIntegerField(default=2)
    apart = models.PositiveSmallIntegerField(default=30)
    head_count = models.BooleanField(default=False)
    points_at = models.DateTimeField(null=True)
    closed_on = models.DateField(null=True)

    class Meta:
        ordering = ["kind", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"],
                condition=Q(closed_on=None),
                name="one_open_route_of_a_name",
            ),
            models.CheckConstraint(
                condition=Q(rounds__gte=1, rounds__lte=24, apart__lte=720), name="rounds_are_few"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def points(self) -> list[PatrolPoint]:
        """The open ones, in order."""
        open_ = [c for c in self.checkpoints.all() if c.closed_on is None]
        return sorted(open_, key=lambda c: (c.order, c.pk))


class PatrolPoint(models.Model):
    """A place on a route. `x` and `y` are where it lies on the campus picture, from 0 to 1;
    `stairs` say that one climbs to it.

    `bends` are the corners [x, y] of the leg to it from the point before it in the route's order.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    route = models.ForeignKey(Route, models.CASCADE, related_name="checkpoints")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    order = models.PositiveSmallIntegerField()
    x = models.FloatField(null=True)
    y = models.FloatField(null=True)
    stairs = models.BooleanField(default=False)
    bends = models.JSONField(default=list)
    expected = models.PositiveSmallIntegerField(null=True)
    closed_on = models.DateField(null=True)

    class Meta:
        db_table = "patrols_checkpoint"  # its name before
        ordering = ["route", "order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["route", "place"],
                condition=Q(closed_on=None),
                name="one_open_point_at_a_place",
            ),
            models.CheckConstraint(
                condition=Q(x=None, y=None) | Q(x__gte=0, x__lte=1, y__gte=0, y__lte=1),
                name="points_lie_on_the_picture",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.route_id}: {self.place_id}"


class Round(models.Model):
    """One walk along a route, named by the phone that began it. `points` are those that were open
    then; `complete`: none was missed, and heads were counted where that is asked.

    `timed_out`: the clock ended it, as nothing came for an hour; what the phone did meanwhile still
    belongs to it. A round in doubt is not complete until a leader accepts it and says why.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    route = models.ForeignKey(Route, models.PROTECT, related_name="walks")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    shift = models.ForeignKey(Shift, models.PROTECT, null=True, related_name="walks")
    key = models.UUIDField(unique=True)
    points = models.JSONField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField()
    complete = models.BooleanField(null=True)
    timed_out = models.BooleanField(default=False, db_default=False)
    fact_id = models.BigIntegerField(null=True)
    doubts = models.JSONField(default=list)  # codes of `rules.round_doubts`
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.CharField(max_length=40, blank=True)
    accepted_why = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None, complete=None, fact_id=None)
                | Q(ended_at__gte=F("started_at"), complete__isnull=False, fact_id__isnull=False),
                name="ended_rounds_are_recorded",
            )
        ]
        indexes = [models.Index(fields=["unit", "-started_at"])]

    def __str__(self) -> str:
        return f"{self.route_id} {self.started_at:%F %T}"

    @property
    def is_doubtful(self) -> bool:
        return bool(self.doubts) and self.accepted_at is None


class Seen(models.TextChoices):
    FINE = "fine", "一切正常"
    ORDER = "order", "秩序问题"
    HAZARD = "hazard", "安全隐患"
    STRANGER = "stranger", "可疑情况"


class Scan(models.Model):
    """A point was reached. `people` is a head count where the route asks for one; `facts` are the
    records of what was seen there.

    `seen` and `note` sum up what was reported, however often.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    round = models.ForeignKey(Round, models.CASCADE, related_name="scans")
    checkpoint = models.ForeignKey(PatrolPoint, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    doubts = models.JSONField(default=list)
    seen = models.CharField(max_length=10, choices=Seen.choices, default=Seen.FINE)
    note = models.CharField(max_length=200, blank=True)
    people = models.PositiveSmallIntegerField(null=True)
    facts = models.JSONField(default=list)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["round", "checkpoint"], name="scanned_once_a_round")
        ]

    def __str__(self) -> str:
        return f"{self.round_id}: {self.checkpoint_id}"

    @property
    def is_scanned(self) -> bool:
        """Whether the code that hangs there was read."""
        return "no_code" not in self.doubts
