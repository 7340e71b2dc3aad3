"""How somebody wants the ledger is kept under a name, for them alone."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Viewer
from anyuan.org.units.models import Unit

from ..forms import LedgerForm
from ..models import SavedView

MOST = 20  # of one person; our own bound


@transaction.atomic
def keep(*, unit: Unit, name: str, form: LedgerForm, by: Viewer) -> SavedView:
    """Keep how the ledger is narrowed; under a name that is there already, instead of what was.

    :raises Refused: there are many.
    """
    mine = SavedView.objects.filter(person_id=by.pk)
    if mine.exclude(name=name).count() >= MOST:
        raise Refused(
            _("At most %(n)d views can be kept. Please take one away first.") % {"n": MOST}
        )
    row, _new = SavedView.objects.update_or_create(
        person_id=by.pk, name=name, defaults={"unit": unit, "query": form.address}
    )
    return row


def remove(*, view_id: int, by: Viewer) -> None:
    """Take away one of one's own; harmless to repeat."""
    SavedView.objects.filter(pk=view_id, person_id=by.pk).delete()
