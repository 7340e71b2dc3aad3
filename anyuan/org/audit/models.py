"""Append-only events: who did what to what, when.

No foreign keys, so that history outlives its objects.
"""

from django.db import models


class Event(models.Model):
    at = models.DateTimeField()
    person_id = models.BigIntegerField(null=True)
    person_name = models.CharField(max_length=40)
    verb = models.CharField(max_length=40)
    unit_id = models.BigIntegerField(null=True)
    subject = models.CharField(max_length=120)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["unit_id", "-at"])]
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.person_name} {self.verb} {self.subject}"
