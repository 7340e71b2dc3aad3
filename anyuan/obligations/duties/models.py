"""Who answers for what a unit owes, and what it is exempt from."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from anyuan.obligations.plans.models import Obligation
from anyuan.org.people.models import Person
from anyuan.org.units.models import Unit


class Responsible(models.Model):
    """Who answers for one obligation at one unit over [since, until)."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="+")
    obligation = models.ForeignKey(Obligation, models.CASCADE, related_name="responsible")
    person = models.ForeignKey(Person, models.PROTECT, related_name="duties")
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "obligation"], condition=Q(until=None), name="one_answers"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="answers_until_after_since"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.obligation}"


class State(models.TextChoices):
    ASKED = "asked", "待批"
    GRANTED = "granted", "已批准"
    REFUSED = "refused", "未批准"
    WITHDRAWN = "withdrawn", "已撤回"
    ENDED = "ended", "已终止"


class Exemption(models.Model):
    """A unit asks not to be held to an obligation over [starts, ends); the unit whose plan it is
    decides.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    obligation = models.ForeignKey(Obligation, models.CASCADE, related_name="exemptions")
    starts = models.DateField()
    ends = models.DateField()
    reason = models.CharField(max_length=300)
    asked_by = models.CharField(max_length=40)
    asked_by_id = models.BigIntegerField()
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    decided_by = models.CharField(max_length=40, blank=True)
    decided_by_id = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="exempt_for_a_while"),
            models.UniqueConstraint(
                fields=["unit", "obligation"],
                condition=Q(state="asked"),
                name="asked_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "withdrawn"])
                | Q(decided_at__isnull=False, decided_by_id__isnull=False) & ~Q(decided_by=""),
                name="exemptions_are_decided_by_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["unit", "obligation"],
                condition=Q(state="granted"),
                name="granted_exemptions",
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit_id}/{self.obligation_id} {self.state}"
