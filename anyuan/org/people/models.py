"""People who sign in, and the roles they hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from anyuan.kernel.scoping import signing_in
from anyuan.org.units.models import Place, Unit

from .rules import ROLES, Role


class Person(AbstractBaseUser):
    """Somebody of a unit, with or without an account: without a `username` nobody can sign in as
    them.

    `pinyin` and `initials` are made from the name, to be found by. `number` tells two of one name
    apart.
    """

    # Null and not empty: most people have no account, and an empty name would have to be unique.
    username = models.CharField(max_length=40, unique=True, null=True)  # noqa: DJ001
    name = models.CharField(max_length=40)
    number = models.CharField(max_length=20, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    pinyin = models.CharField(max_length=160, blank=True)
    initials = models.CharField(max_length=40, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="people")
    is_active = models.BooleanField(default=True)
    left_on = models.DateField(null=True)
    demo = models.BooleanField(default=False)

    _set_password: str | None = None  # what `save` will keep

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = BaseUserManager["Person"]()

    class Meta:
        ordering = ["pinyin", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name", "number"],
                condition=Q(left_on=None),
                name="told_apart_by_number",
            ),
            models.UniqueConstraint(
                Lower("username"), name="one_account_of_a_name_however_written"
            ),
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(is_active=False), name="who_left_signs_in_no_more"
            ),
        ]
        indexes = [models.Index(fields=["unit", "pinyin"])]

    @property
    def password(self) -> str:
        """The hash by which somebody signs in, kept apart: see `Password`."""
        if self._set_password is not None:
            return self._set_password
        if not Person.kept_password.is_cached(self):
            with signing_in():
                return self._kept()
        return self._kept()

    @password.setter
    def password(self, encoded: str) -> None:
        self._set_password = encoded

    def _kept(self) -> str:
        try:
            return self.kept_password.encoded
        except Password.DoesNotExist:
            return UNUSABLE_PASSWORD_PREFIX

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **more: Any) -> None:
        fields = None if update_fields is None else set(update_fields) - {"password"}
        super().save(*args, update_fields=fields, **more)
        self.keep_password()

    def keep_password(self) -> None:
        """Keep the password that was set, if one was."""
        if self._set_password is not None:
            with signing_in():
                row, _new = Password.objects.update_or_create(
                    person=self, defaults={"encoded": self._set_password}
                )
            row.person = self  # which then knows it, instead of the one before
            self._set_password = None

    @property
    def titles(self) -> str:
        """The open posts."""
        return "、".join(p.title for p in self.posts.all() if p.until is None)

    def __str__(self) -> str:
        return self.name

    @property
    def told_apart(self) -> str:
        """The name where one of several is chosen: with 工号, else the end of the telephone."""
        mark = self.number or self.phone[-4:]
        return f"{self.name}（{mark}）" if mark else self.name


class Password(models.Model):
    """The hash (argon2id) by which somebody signs in. In a table of its own: the database shows it
    in the moment of signing in alone, whoever else is looking at people.
    """

    person = models.OneToOneField(
        Person, models.CASCADE, primary_key=True, related_name="kept_password"
    )
    encoded = models.CharField(max_length=128)

    def __str__(self) -> str:
        return f"password of {self.person_id}"


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
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("since")), name="until_after_since"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.role} {self.unit}"


class Post(models.Model):
    """What somebody is at a unit over [since, until): principal, safety officer, guard, class
    teacher.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="posts")
    person = models.ForeignKey(Person, models.PROTECT, related_name="posts")
    title = models.CharField(max_length=40)
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        ordering = ["unit", "title", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "unit", "title"],
                condition=Q(until=None),
                name="one_open_post_of_a_title",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="post_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.title}"


class BodyKind(models.TextChoices):
    LEADING_GROUP = "leading_group", "领导小组"
    OFFICE = "office", "办公室"
    PATROL = "patrol", "巡逻队"
    DROP_OFF = "drop_off", "交通疏导/护学岗队"
    BREAK_DUTY = "break_duty", "课间值勤队"
    GUARD = "guard", "护校队"
    VOLUNTEERS = "volunteers", "志愿者/群防队"
    OTHER = "other", "其他"


class Body(models.Model):
    """A working body of a unit: leading group, its office, a team."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="bodies")
    name = models.CharField(max_length=40)
    kind = models.CharField(max_length=20, choices=BodyKind.choices)
    purpose = models.CharField(max_length=200, blank=True)
    closed_on = models.DateField(null=True)

    class Meta:
        ordering = ["unit", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"], condition=Q(closed_on=None), name="one_open_body_of_a_name"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def seats(self) -> list[Membership]:
        """The open ones, heads first."""
        open_ = [m for m in self.memberships.all() if m.until is None]
        return sorted(open_, key=lambda m: (Rank.values.index(m.rank), m.pk))


class Rank(models.TextChoices):
    HEAD = "head", "组长"
    DEPUTY = "deputy", "副组长"
    MEMBER = "member", "成员"


class Membership(models.Model):
    """A person's seat in a body over [since, until). `unit` is the body's."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    body = models.ForeignKey(Body, models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    rank = models.CharField(max_length=10, choices=Rank.choices)
    duty = models.CharField(max_length=80, blank=True)
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        ordering = ["body", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["body", "person"], condition=Q(until=None), name="one_seat_in_a_body"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="seat_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body}: {self.person}"


class Charge(models.Model):
    """What a leader answers for over [since, until) (包保): an area in words, a place, or a school
    below.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="charges")
    person = models.ForeignKey(Person, models.PROTECT, related_name="charges")
    area = models.CharField(max_length=80)
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="charges")
    school = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="charged_to")
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        ordering = ["unit", "area", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "person", "area"], condition=Q(until=None), name="one_open_charge"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")),
                name="charge_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.area}"


class Invitation(models.Model):
    """A one-time code by which somebody sets their own first (or new) password. Only its hash is
    kept.

    `ends_factor`: their second factor is lost too, and ends with it.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, related_name="invitations")
    digest = models.CharField(max_length=64)
    made_by_id = models.BigIntegerField()
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    ends_factor = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(used_at=None), name="one_open_invitation"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} until {self.expires_at:%F}"


class Device(models.Model):
    """A browser in which somebody signed in before: there a password is enough.

    Only a hash of its mark is kept.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, related_name="devices")
    digest = models.CharField(max_length=64)
    since = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "digest"], name="known_once")]

    def __str__(self) -> str:
        return f"{self.person_id} since {self.since:%F}"


class DeviceCode(models.Model):
    """The code that somebody types, after their password, in a browser they never signed in with.

    Only its hash is kept.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.OneToOneField(Person, models.CASCADE, related_name="device_code")
    digest = models.CharField(max_length=64)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.person_id} until {self.until:%F %T}"


class BreakGlass(models.Model):
    """An administrator looks at what their role has no business with: for an hour, with a reason,
    seen by the leaders.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField()

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opened_at")) & ~Q(reason=""),
                name="glass_is_broken_for_a_reason",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.opened_at:%F %T}"
