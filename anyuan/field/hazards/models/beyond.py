"""What of a hazard goes beyond the school: listed for supervision, handed to a department."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from anyuan.org.people.models import Person
from anyuan.org.units.models import Unit


class Listing(models.Model):
    """挂牌督办: a major hazard that an office watches until two offices have verified it."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    hazard = models.ForeignKey("hazards.Hazard", models.PROTECT, related_name="listings")
    office = models.CharField(max_length=60)
    # An id and a name: a school does not see the row of a person above it.
    sponsor_id = models.BigIntegerField()
    sponsor_name = models.CharField(max_length=40)
    demand = models.CharField(max_length=200)
    until = models.DateField()
    listed_at = models.DateTimeField()
    listed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    listed_name = models.CharField(max_length=40)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-listed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["hazard"], condition=Q(lifted_at=None), name="listed_once_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.hazard_id} {self.office}"


class Milestone(models.Model):
    """What is to be reached on the way, until which day, and when it was."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="milestones")
    order = models.PositiveSmallIntegerField()
    what = models.CharField(max_length=80)
    until = models.DateField()
    reached_at = models.DateTimeField(null=True)
    reached_name = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["listing", "order"]

    def __str__(self) -> str:
        return self.what


class Confirmation(models.Model):
    """Somebody of one office saw that a listed hazard is fixed; rows are only added."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="confirmations")
    at = models.DateTimeField()
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=40)
    office = models.CharField(max_length=60)
    words = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["listing", "at", "pk"]

    def __str__(self) -> str:
        return f"{self.listing_id} {self.office}"


class Department(models.TextChoices):
    POLICE = "police", "公安机关"
    TRAFFIC = "traffic", "公安交管部门"
    MARKET = "market", "市场监管部门"
    URBAN = "urban", "城市管理部门"
    HEALTH = "health", "卫生健康部门"
    CULTURE = "culture", "文化执法部门"
    HOUSING = "housing", "住房城乡建设部门"
    WATER = "water", "水利部门"
    FIRE = "fire", "消防救援机构"
    TOWN = "town", "乡镇（街道）"
    OTHER = "other", "其他部门"


class Referral(models.Model):
    """A hazard that the school cannot cure, handed to the department that can, which answers by a
    link or on paper.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    hazard = models.ForeignKey("hazards.Hazard", models.PROTECT, related_name="referrals")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    sender = models.CharField(max_length=60)  # 落款
    department = models.CharField(max_length=10, choices=Department.choices)
    recipient = models.CharField(max_length=60)
    # As it was sent, whatever becomes of the record.
    place = models.CharField(max_length=80)
    subject = models.CharField(max_length=160)
    request = models.CharField(max_length=200)
    due = models.DateField()
    command = models.UUIDField(unique=True)
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    sent_name = models.CharField(max_length=40)
    opened_at = models.DateTimeField(null=True)  # by whoever holds the link
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=40, blank=True)
    answer = models.CharField(max_length=400, blank=True)
    on_paper = models.BooleanField(default=False)  # the school wrote down what a paper says

    class Meta:
        ordering = ["-sent_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "year", "number"], name="one_referral_of_a_number"
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None) | ~Q(answer="") & ~Q(answered_by=""),
                name="referrals_answered_in_words",
            ),
        ]
        indexes = [
            models.Index(
                fields=["unit", "due"], condition=Q(answered_at=None), name="referrals_unanswered"
            )
        ]

    def __str__(self) -> str:
        return f"〔{self.year}〕{self.number}号"
