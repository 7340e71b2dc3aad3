"""Addresses, group robots, and the messages that wait to be sent."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from anyuan.org.people.models import Person
from anyuan.org.units.models import Unit


class Address(models.Model):
    """A person's own mail address.

    Nothing but its confirmation is sent there until they gave back the code.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.OneToOneField(Person, models.CASCADE, related_name="address")
    mail = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, blank=True)
    code_until = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.person_id}"


class Robot(models.Model):
    """A group's robot.

    Its address is a key by which anybody could write to the group, so it is kept encrypted.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    name = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    sealed = models.TextField()
    added_by = models.CharField(max_length=40)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "name"], name="one_robot_of_a_name")]

    def __str__(self) -> str:
        return self.name


class Channel(models.TextChoices):
    MAIL = "mail", "邮件"
    TEXT = "text", "短信"
    ROBOT = "robot", "群机器人"


class MessageState(models.TextChoices):
    WAITING = "waiting", "待发送"
    SENT = "sent", "已发送"
    GIVEN_UP = "given_up", "未能送出"


class Message(models.Model):
    """One message by one way to one person or group.

    `key` says what it is about: the same is said once by each channel.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="+")
    robot = models.ForeignKey(Robot, models.CASCADE, null=True, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    key = models.CharField(max_length=80)
    subject = models.CharField(max_length=80)
    body = models.TextField()
    made_at = models.DateTimeField()
    until = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=MessageState.choices, default=MessageState.WAITING
    )
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["key", "channel", "person"],
                condition=Q(robot=None),
                name="said_once_to_a_person",
            ),
            models.UniqueConstraint(
                fields=["key", "robot"], condition=Q(person=None), name="said_once_to_a_group"
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | Q(sent_at=None) & ~Q(state="sent"),
                name="sent_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state="waiting"), name="waiting_messages")
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.key}"


class InboxEntry(models.Model):
    """What was said to somebody, as they find it inside the program, whatever else led to them."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    subject = models.CharField(max_length=80)
    body = models.TextField()
    page = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["person", "key"], name="once_in_an_inbox"),
        ]
        indexes = [
            models.Index(fields=["person"], condition=Q(seen_at=None), name="unseen_in_an_inbox")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.key}"
