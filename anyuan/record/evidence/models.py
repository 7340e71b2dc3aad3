"""Facts with their proof, in one hash chain per unit; commands applied once; daily checkpoints."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from anyuan.org.units.models import Unit


class How(models.TextChoices):
    SCANNED = "scanned", "扫码"
    TAPPED = "tapped", "点选"
    PHOTOGRAPHED = "photographed", "拍照"
    DEVICE = "device", "设备"
    TYPED = "typed", "手填"
    IMPORTED = "imported", "导入"


class Key(models.Model):
    """Opens the words of one fact that may name people.

    Thrown away, the fact and its proof stay and those words are gone.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    seq = models.BigIntegerField()
    key = models.BinaryField(null=True)
    made_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)
    erased_by = models.CharField(max_length=40, blank=True)
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "seq"], name="one_key_of_a_fact"),
            models.CheckConstraint(
                condition=Q(key__isnull=False, erased_at=None)
                | Q(key=None, erased_at__isnull=False) & ~Q(why=""),
                name="erased_at_a_time_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["made_at"], condition=Q(erased_at=None), name="keys_by_age")
        ]

    def __str__(self) -> str:
        return f"{self.unit_id}#{self.seq}"


class Chain(models.Model):
    """The head of a unit's chain; locked while a fact is added, so that its order is one."""

    unit = models.OneToOneField(Unit, models.PROTECT, primary_key=True, related_name="chain")
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return f"{self.unit_id}@{self.seq}"


class Fact(models.Model):
    """Something that happened. Append-only: a correction is a new fact that names the old one.

    `day` is the unit's local date of `occurred_at`; `slot` tells apart shifts, classes, buildings
    of a day;
    `withdrawn` marks a correction that says it never happened; `answers` names the fact whose clock
    it stops.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="facts")
    seq = models.BigIntegerField()
    activity = models.CharField(max_length=40)
    quantity = models.DecimalField(max_digits=12, decimal_places=2, default=1)
    slot = models.CharField(max_length=40, blank=True)
    day = models.DateField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=40)
    how = models.CharField(max_length=12, choices=How.choices)
    payload = models.JSONField(default=dict)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, related_name="corrections")
    withdrawn = models.BooleanField(default=False)
    answers = models.ForeignKey("self", models.PROTECT, null=True, related_name="answered_by")
    # The first version of a corrected fact; null: this is the first. Answers name first versions.
    root_id = models.BigIntegerField(null=True)
    obligation_id = models.BigIntegerField(null=True)
    command = models.UUIDField(null=True)
    files = models.JSONField(default=list)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["unit_id", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "seq"], name="one_place_in_the_chain"),
            models.UniqueConstraint(fields=["corrects"], name="corrected_once"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="quantity_not_negative"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="chain_starts_at_one"),
            # A device clock may be a little ahead; five minutes is what the command endpoint
            # allows.
            models.CheckConstraint(
                condition=Q(
                    occurred_at__lte=F("recorded_at")
                    + models.Value("5 minutes", output_field=models.DurationField())
                ),
                name="not_from_the_future",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "activity", "day"]),
            models.Index(fields=["activity", "day"]),
            models.Index(fields=["-occurred_at", "-id"], name="evidence_fact_newest"),
            models.Index(
                fields=["answers"], condition=Q(answers__isnull=False), name="evidence_fact_answers"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id}#{self.seq} {self.activity}"

    @property
    def late(self) -> bool:
        """Recorded on a later day than it happened; says so for ever."""
        from anyuan.kernel.clock import local_day

        return local_day(self.recorded_at) > self.day


class Attachment(models.Model):
    """A file that proves a fact, stored under its digest; the fact's hash covers the digest."""

    fact = models.ForeignKey(Fact, models.PROTECT, related_name="attachments")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class Command(models.Model):
    """What a phone or page sent, by its own id, with the answer it got; a repeat gets the same
    answer.
    """

    id = models.UUIDField(primary_key=True)
    person_id = models.BigIntegerField()
    verb = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    received_at = models.DateTimeField(db_default=Now())
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"{self.id} {self.verb}"


class Change(models.Model):
    """Outbox: which (unit, activity, day) has new facts that assessment has not seen yet.

    An empty activity says that what the unit owes has changed, for everything below it.
    """

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="+")
    activity = models.CharField(max_length=40)
    day = models.DateField()

    def __str__(self) -> str:
        return f"{self.unit_id} {self.activity} {self.day}"


class Checkpoint(models.Model):
    """A signed statement of where every chain stood on a day."""

    day = models.DateField(unique=True)
    made_at = models.DateTimeField()
    body = models.JSONField()
    signature = models.CharField(max_length=128)

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day}"


class Deposit(models.Model):
    """A checkpoint on its way to a second place, by mail: when the mail server took it, or why it
    did not. Whether anybody reads it is not known.
    """

    checkpoint = models.OneToOneField(Checkpoint, models.CASCADE, related_name="deposit")
    address = models.CharField(max_length=200)
    tried_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.checkpoint_id} {self.address}"


class SavedView(models.Model):
    """How somebody often wants the ledger: narrowed so, under a name of their own."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="+")
    name = models.CharField(max_length=20)
    query = models.CharField(max_length=600, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["person", "name"], name="one_view_of_a_name")
        ]

    def __str__(self) -> str:
        return self.name
