"""Who came to their place, and the codes of places."""

from __future__ import annotations

from django.db import models

from anyuan.org.people.models import Person
from anyuan.org.units.models import Place, Unit
from anyuan.staffing.rosters.models import Shift


class Presence(models.Model):
    """Somebody came to their place.

    `doubts` are what does not fit, shown as such; `device` is a made-up name of the phone.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    shift = models.OneToOneField(Shift, models.PROTECT, related_name="presence")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    came_at = models.DateTimeField()
    received_at = models.DateTimeField()
    how = models.CharField(max_length=12)
    doubts = models.JSONField(default=list)
    device = models.CharField(max_length=36, blank=True)
    handover = models.CharField(max_length=500, blank=True)
    fact_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["unit", "-came_at"])]

    def __str__(self) -> str:
        return f"{self.shift_id} {self.came_at:%F %T}"


class PlaceCode(models.Model):
    """The code at a place: the version of its printed sheet, and where on earth it hangs, if that
    was said.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    place = models.OneToOneField(Place, models.CASCADE, related_name="code")
    version = models.PositiveIntegerField(default=1)
    issued_at = models.DateTimeField()
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(latitude=None, longitude=None)
                | models.Q(
                    latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180
                ),
                name="places_lie_on_earth",
            )
        ]

    def __str__(self) -> str:
        return f"{self.place_id} v{self.version}"
