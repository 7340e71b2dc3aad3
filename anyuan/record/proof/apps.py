"""The chain of rows."""

from __future__ import annotations

from anyuan.kernel import manifest


class Proof(manifest.App):
    name = "anyuan.record.proof"
    append_only = ("proof_link",)
    before_commit = "services.seal_touched"
