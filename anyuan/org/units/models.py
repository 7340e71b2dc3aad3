"""The tree of units and the school calendar."""

from __future__ import annotations

from django.contrib.postgres.indexes import SpGistIndex
from django.db import models
from django.db.models import F, Q


class Kind(models.TextChoices):
    CITY = "city", "市"
    DISTRICT = "district", "区县"
    TOWN = "town", "乡镇/街道"
    SCHOOL = "school", "学校"
    KINDERGARTEN = "kindergarten", "幼儿园"
    POLICE_STATION = "police_station", "派出所"
    POLICE_BUREAU = "police_bureau", "公安局"
    EDUCATION_BUREAU = "education_bureau", "教育局"
    OFFICE = "office", "综治办"
    # Outside any school: training and care, registered or not (mission R-D5).
    INSTITUTION = "institution", "校外培训托管机构"


CAMPUSES = (Kind.SCHOOL, Kind.KINDERGARTEN)
# Where hazards are looked for; what a plan asks of schools binds campuses alone.
INSPECTED = (*CAMPUSES, Kind.INSTITUTION)


class Stage(models.TextChoices):
    KINDERGARTEN = "kindergarten", "幼儿园"
    PRIMARY = "primary", "小学"
    SECONDARY = "secondary", "中学"
    BOTH = "primary_secondary", "九年一贯"
    SPECIAL = "special", "特殊教育"


class Unit(models.Model):
    """A node of the tree.

    `path` holds the ids from the root, `/1/4/9/`; what follows from size is null while unknown.
    """

    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = models.CharField(max_length=60)
    path = models.CharField(max_length=120, unique=True)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)
    stage = models.CharField(max_length=20, choices=Stage.choices, blank=True)
    urban = models.BooleanField(null=True)
    boarding = models.BooleanField(null=True)
    private = models.BooleanField(null=True)
    school_bus = models.BooleanField(null=True)
    high_risk = models.BooleanField(null=True)
    weak_base = models.BooleanField(null=True)
    pupils = models.PositiveIntegerField(null=True)
    classes = models.PositiveIntegerField(null=True)
    buildings = models.PositiveIntegerField(null=True)
    shifts = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["path"]
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="one_name_under_a_parent"),
            models.CheckConstraint(
                condition=Q(path__startswith="/") & Q(path__endswith="/"), name="path_has_slashes"
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gt=F("opened_on")),
                name="closed_after_opened",
            ),
        ]
        # path ^@ prefix and LIKE 'prefix%' both use this one whatever the collation, also for a
        # prefix known only when the query runs
        indexes = [SpGistIndex(fields=["path"], name="units_below")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_campus(self) -> bool:
        return self.kind in CAMPUSES

    @property
    def is_inspected(self) -> bool:
        return self.kind in INSPECTED

    def ancestor_ids(self) -> list[int]:
        """Ids from the root down to this unit."""
        return [int(part) for part in self.path.strip("/").split("/")]


class Term(models.Model):
    """A term of a jurisdiction; its units follow it unless a nearer one sets its own.

    Half-open: [starts, ends).
    """

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="terms")
    name = models.CharField(max_length=40)
    starts = models.DateField()
    ends = models.DateField()

    class Meta:
        ordering = ["starts"]
        constraints = [
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="term_ends_after_start"),
            models.UniqueConstraint(fields=["unit", "starts"], name="one_term_a_start"),
        ]

    def __str__(self) -> str:
        return self.name


class CalendarException(models.Model):
    """A local day that is, or is not, a school day against the national calendar."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="calendar_exceptions")
    day = models.DateField()
    is_school_day = models.BooleanField()
    reason = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "day"], name="one_exception_a_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.reason}"


class PlaceKind(models.TextChoices):
    GATE = "gate", "大门"
    GATEHOUSE = "gatehouse", "门卫室"
    TEACHING = "teaching", "教学楼"
    CLASSROOM = "classroom", "教室"
    LABORATORY = "laboratory", "实验室"
    DORMITORY = "dormitory", "宿舍"
    CANTEEN = "canteen", "食堂"
    STAIRWELL = "stairwell", "楼梯通道"
    PLAYGROUND = "playground", "操场"
    HALL = "hall", "礼堂/体育馆"
    OFFICE = "office", "办公室"
    STORE = "store", "库房/危化品室"
    POWER = "power", "配电/锅炉/水房"
    TOILET = "toilet", "厕所"
    WALL = "wall", "围墙周界"
    CONTROL = "control", "监控室"
    PARKING = "parking", "停车场"
    OUTSIDE = "outside", "校门外"
    OTHER = "other", "其他"


class Place(models.Model):
    """A place on a campus.

    `key_area` marks those that the unit guards and patrols with care (重点部位).
    """

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="places")
    name = models.CharField(max_length=40)
    kind = models.CharField(max_length=20, choices=PlaceKind.choices)
    building = models.CharField(max_length=30, blank=True)
    floor = models.SmallIntegerField(null=True)
    key_area = models.BooleanField(default=False)
    closed_on = models.DateField(null=True)

    class Meta:
        ordering = ["unit", "building", "floor", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"],
                condition=Q(closed_on=None),
                name="one_open_place_of_a_name",
            ),
            models.CheckConstraint(
                condition=Q(floor=None) | Q(floor__gte=-9, floor__lte=120), name="floors_are_few"
            ),
        ]

    def __str__(self) -> str:
        return self.name
