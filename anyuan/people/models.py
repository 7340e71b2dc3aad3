"""People who sign in, and the roles they hold."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q

from anyuan.units.models import Unit

from .rules import ROLES, Role


class Person(AbstractBaseUser):
    """Somebody with an account. `unit` is where they belong; what they may do is in `RoleGrant`."""

    username = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=40)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="people")
    is_active = models.BooleanField(default=True)
    demo = models.BooleanField(default=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = BaseUserManager["Person"]()

    def __str__(self) -> str:
        return self.name


class RoleGrant(models.Model):
    """A role of a person at a unit, valid for its subtree, over [since, until)."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="grants")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="grants")
    role = models.CharField(max_length=20, choices=[(r.value, ROLES[r].zh) for r in Role])
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "unit", "role", "since"], name="one_grant"),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gt=F("since")), name="until_after_since"),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.role} {self.unit}"
