"""What is manned, and who may serve."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anyuan.kernel import manifest
from anyuan.kernel.manifest import Term


class Stations(manifest.App):
    name = "anyuan.staffing.stations"
    proved = ("stations_station", "stations_serving", "stations_dutycard", "stations_waitingzone")
    retention = (
        Term("stations.Busy", "services.busy.forget_over"),
        Term("stations.DutyCard", "services.serving.forget_who_left"),
    )
    bound = ("queries.manned",)
    keepers = {"serving": "services.serving.Serves"}
    labels = {
        "gender": {
            "女": _("women"),
            "男": _("men"),
        },
    }
    deeds = {
        "card.feed": _("calendar link renewed"),
        "card.set": _("duty card changed"),
        "lessons.set": _("timetable entered"),
        "station.closed": _("station closed"),
        "station.serving": _("who serves changed"),
        "station.set": _("station set"),
        "zone.dropped": _("waiting zone removed"),
        "zone.set": _("waiting zone set"),
    }
