"""Summaries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anyuan.kernel import manifest
from anyuan.kernel.manifest import Entry


class Reports(manifest.App):
    name = "anyuan.front.reports"
    nav = (
        Entry(
            order=80,
            label=_("Summary"),
            page="summary",
            permission="report.see",
            group="results",
            under=("/reports/",),
            help="zongjie",
        ),
    )
