"""Stations, who may serve there, and when not."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from anyuan.org.people.models import Person
from anyuan.org.units.models import Place, Unit


class StationKind(models.TextChoices):
    LEADER = "leader", "带班领导"
    GATE = "gate", "门卫"
    PATROL = "patrol", "巡逻"
    DROP_OFF = "drop_off", "护学岗"
    BREAK_DUTY = "break_duty", "课间值勤"
    NIGHT = "night", "夜间值守"
    DORMITORY = "dormitory", "宿舍值守"
    OTHER = "other", "其他"


class When(models.TextChoices):
    SCHOOL_DAYS = "school_days", "上学日"
    DAYS_OFF = "days_off", "非上学日"
    EVERY_DAY = "every_day", "每天"
    SCHOOL_NIGHTS = "school_nights", "次日上学的夜晚"
    HOLIDAYS = "holidays", "法定节假日"
    VACATION = "vacation", "寒暑假"


class Gender(models.TextChoices):
    FEMALE = "f", "女"
    MALE = "m", "男"


class Station(models.Model):
    """A place and a role on the roster (岗位): when it is manned, by how many, and what that asks
    of them. Ends at or before its start: the next day.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    name = models.CharField(max_length=30)
    kind = models.CharField(max_length=12, choices=StationKind.choices)
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="stations")
    activity = models.CharField(max_length=40, default="duty.post")
    starts = models.TimeField()
    ends = models.TimeField()
    when = models.CharField(max_length=14, choices=When.choices)
    people = models.PositiveSmallIntegerField(default=1)
    certificate = models.CharField(max_length=30, blank=True)
    gender = models.CharField(max_length=1, choices=Gender.choices, blank=True)
    closed_on = models.DateField(null=True)

    class Meta:
        ordering = ["starts", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"],
                condition=Q(closed_on=None),
                name="one_open_station_of_a_name",
            ),
            models.CheckConstraint(
                condition=Q(people__gte=1, people__lte=50), name="stations_are_manned_by_some"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def people_here(self) -> list[Person]:
        """Who may serve here."""
        return [s.person for s in self.serving.all() if s.person.left_on is None]


class Serving(models.Model):
    """Somebody may serve at a station."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    station = models.ForeignKey(Station, models.CASCADE, related_name="serving")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["station", "person"], name="serves_once")]

    def __str__(self) -> str:
        return f"{self.station_id}: {self.person_id}"


class DutyCard(models.Model):
    """What the roster must know of somebody who serves: limits, and what a station asks for.

    Gender only where a dormitory needs it.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.OneToOneField(Person, models.PROTECT, related_name="duty_card")
    gender = models.CharField(max_length=1, choices=Gender.choices, blank=True)
    certificate = models.CharField(max_length=30, blank=True)
    certificate_until = models.DateField(null=True)
    most_a_week = models.PositiveSmallIntegerField(null=True)
    feed = models.CharField(max_length=32, unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(most_a_week=None) | Q(most_a_week__lte=14), name="a_week_has_few_shifts"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id}"


class BusyKind(models.TextChoices):
    LESSON = "lesson", "有课"
    RATHER_NOT = "rather_not", "希望不排"
    GLADLY = "gladly", "希望排"


class Busy(models.Model):
    """When somebody has lessons, or wishes for or against duty: on a weekday (0 Monday) or over
    [starts, ends); between two times, or all day.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, related_name="busy")
    kind = models.CharField(max_length=12, choices=BusyKind.choices)
    weekday = models.PositiveSmallIntegerField(null=True)
    starts = models.DateField(null=True)
    ends = models.DateField(null=True)
    from_time = models.TimeField(null=True)
    to_time = models.TimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__lte=6)
                | Q(weekday=None, starts__isnull=False, ends__gt=F("starts")),
                name="busy_on_some_day",
            ),
            models.CheckConstraint(
                condition=Q(from_time=None, to_time=None) | Q(to_time__gt=F("from_time")),
                name="busy_for_some_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind}"


class WaitingZone(models.Model):
    """Where parents wait for which classes at pick-up, and when these come out: so that not all
    stand at one gate at once.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    name = models.CharField(max_length=30)
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+")
    comes_out = models.TimeField()
    classes = models.JSONField(default=list)

    class Meta:
        ordering = ["comes_out", "name", "pk"]
        constraints = [models.UniqueConstraint(fields=["unit", "name"], name="one_zone_of_a_name")]

    def __str__(self) -> str:
        return self.name
