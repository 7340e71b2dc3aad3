"""Windows of time and cells; derived, can be thrown away and rebuilt from facts and bindings."""

from __future__ import annotations

from django.db import models

from anyuan.obligations.plans.models import Obligation
from anyuan.org.units.models import Unit


class Window(models.Model):
    """A stretch of time of a calendar, local dates [starts, ends), and the UTC moments they are."""

    calendar = models.ForeignKey(Unit, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10)
    starts = models.DateField()
    ends = models.DateField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    filled = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["calendar", "kind", "starts"], name="one_window")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.starts}"


class Cell(models.Model):
    """What counts toward one obligation of one unit in one window. The verdict is computed from it
    and now.

    `value` in the obligation's own measure (times, people, percent, minutes); `facts` how many
    facts stand behind it;
    `last_at` the last of them; `known` for shares: units below that have any fact; `slot` the
    triggering fact of a deadline.
    """

    # Without constraints of the database: cells are derived by joins from these very tables, and
    # checking each again at commit takes as long as making it.
    unit = models.ForeignKey(
        Unit, models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    obligation = models.ForeignKey(
        Obligation, models.CASCADE, related_name="+", db_constraint=False
    )
    measure = models.CharField(max_length=10)
    comparator = models.CharField(max_length=6)
    starts = models.DateField()
    ends = models.DateField()
    slot = models.BigIntegerField(default=0)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    needed = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    value = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    possible = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    facts = models.IntegerField()
    last_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "obligation", "starts", "slot"], name="one_cell"
            )
        ]
        # By unit and end: what is open or just over is found without walking the years before it.
        indexes = [
            models.Index(fields=["unit", "ends"]),
            models.Index(fields=["starts", "ends"]),
            models.Index(fields=["obligation", "starts"]),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id}/{self.obligation_id} {self.starts}"


class Week(models.Model):
    """How many obligations of a unit stand where over the seven days that end on `last`, by
    verdict.

    Counted ahead so that a board over thousands of units need not look at every cell. True from
    `since` until `until`, when some verdict may
    change by the clock alone; whoever makes a unit's cells anew throws its row away.
    """

    unit = models.OneToOneField(
        Unit, models.CASCADE, primary_key=True, related_name="+", db_constraint=False
    )
    last = models.DateField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    counts = models.JSONField()

    def __str__(self) -> str:
        return f"{self.unit_id} {self.last}"
