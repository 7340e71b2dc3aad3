"""The unit's own rules."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Viewer
from anyuan.org.audit import services as audit
from anyuan.org.people import queries as people
from anyuan.org.people.models import Person
from anyuan.org.people.services.leaving import Belonging
from anyuan.org.units.models import Unit

from .. import queries
from ..forms import RuleForm
from ..models import (
    Rule,
    RuleRead,
    RuleVersion,
)
from ..rules import must_read


class Rules:
    def held(self, person: Person) -> list[Belonging]:
        return [
            Belonging("rule", r.pk, r.title)
            for r in person.rules.filter(closed_on=None).order_by("pk")
        ]

    def hand(self, pk: int, to: Person | None, on: date) -> None:
        if to is not None:
            Rule.objects.filter(pk=pk).update(owner=to)


# -- rules --------------------------------------------------------------------
@transaction.atomic
def write(
    *,
    unit: Unit,
    given: RuleForm,
    by: Viewer,
    at: datetime,
) -> Rule:
    """Put a rule in force, or a new version of the one of that title. `base` is the version the
    writer saw, 0 for none.

    :raises Refused: somebody else wrote a version meanwhile.
    """
    by.require("rule.write", unit.path)
    if given.owner.unit_id != unit.pk:
        raise Refused(_("Who keeps a rule belongs to the unit."))
    if given.review_on <= local_day(at):
        raise Refused(_("The day to look at it again lies in the past."))
    titles = [p.title for p in people.posts(unit)]
    if given.readers and not must_read(given.readers, titles):
        raise Refused(
            _("Nobody here holds a post with “%(words)s”. Leave it empty for everybody.")
            % {"words": given.readers}
        )
    found, _new = Rule.objects.select_for_update().get_or_create(
        unit=unit,
        title=given.title,
        closed_on=None,
        defaults={"owner": given.owner, "review_on": given.review_on, "readers": given.readers},
    )
    newest = found.versions.order_by("-number").first()
    number = newest.number if newest else 0
    if number != given.base:
        raise Refused(
            _(
                "Somebody else wrote version %(n)d meanwhile. Nothing was overwritten; please look"
                " at it first."
            )
            % {"n": number}
        )
    Rule.objects.filter(pk=found.pk).update(
        owner=given.owner, review_on=given.review_on, readers=given.readers
    )
    if newest is None or newest.text != given.text:
        RuleVersion.objects.create(
            unit=unit, rule=found, number=number + 1, text=given.text, made_by=by.name, made_at=at
        )
        audit.record(
            "rule.written",
            by=by,
            at=at,
            unit_id=unit.pk,
            subject=given.title,
            rule=found.pk,
            version=number + 1,
        )
    return found


@transaction.atomic
def say_read(*, rule_id: int, number: int, by: Viewer, at: datetime) -> None:
    """Confirm having read a version. :raises Refused: it was replaced while being read."""
    rule = queries.rule(rule_id)
    newest = queries.versions(rule)[0]
    if newest.number != number:
        raise Refused(
            _(
                "This rule was replaced while you read it. Please read version %(n)d; what changed"
                " is marked."
            )
            % {"n": newest.number}
        )
    RuleRead.objects.get_or_create(
        version=newest, person_id=by.pk, defaults={"unit": rule.unit, "at": at}
    )


@transaction.atomic
def close(*, rule_id: int, by: Viewer, at: datetime) -> Rule:
    rule = queries.rule(rule_id)
    by.require("rule.write", rule.unit.path)
    if Rule.objects.filter(pk=rule.pk, closed_on=None).update(closed_on=local_day(at)):
        audit.record(
            "rule.closed", by=by, at=at, unit_id=rule.unit_id, subject=rule.title, rule=rule.pk
        )
    return rule
