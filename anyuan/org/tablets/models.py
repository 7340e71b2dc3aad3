"""Shared tablets, and the PINs by which people unlock them."""

from __future__ import annotations

from django.db import models

from anyuan.org.people.models import Person
from anyuan.org.units.models import Unit


class Tablet(models.Model):
    """A device that several people of a unit share. Only the hash of its token is kept."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    name = models.CharField(max_length=30)
    digest = models.CharField(max_length=64, unique=True)
    added_by = models.CharField(max_length=40)
    added_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"],
                condition=models.Q(closed_at=None),
                name="one_tablet_of_a_name",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Pin(models.Model):
    """Somebody's PIN, hashed as passwords are. `version` ends the passes given by older ones."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.OneToOneField(Person, models.CASCADE, related_name="pin")
    hash = models.CharField(max_length=128)
    version = models.PositiveIntegerField(default=1)
    set_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.person_id}"
