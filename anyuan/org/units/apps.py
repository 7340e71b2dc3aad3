"""Units, places, terms."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anyuan.kernel import manifest


class Units(manifest.App):
    name = "anyuan.org.units"
    proved = ("units_unit", "units_term", "units_calendarexception", "units_place")
    deeds = {
        "unit.described": _("unit described"),
    }
