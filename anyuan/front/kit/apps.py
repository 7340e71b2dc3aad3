"""The phone's shell and what it takes along."""

from __future__ import annotations

from anyuan.kernel import manifest


class Kit(manifest.App):
    name = "anyuan.front.kit"
    routers = ("api.router",)
