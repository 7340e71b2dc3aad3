"""Where every chain stands is signed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.record.proof import queries as proof

from .. import queries
from ..models import Checkpoint


# -- checkpoints ----------------------------------------------------------------
def signing_key() -> Any:
    """The installation's Ed25519 key, made once and kept in the state folder, readable by its owner
    only.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    path = Path(settings.KEYS) / "checkpoint.key"
    if not path.exists():
        path = Path(settings.HOME) / "checkpoint.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(
            Ed25519PrivateKey.generate().private_bytes(
                serialization.Encoding.Raw,
                serialization.PrivateFormat.Raw,
                serialization.NoEncryption(),
            )
        )
    return Ed25519PrivateKey.from_private_bytes(path.read_bytes())


def public_key() -> str:
    from cryptography.hazmat.primitives import serialization

    raw = (
        signing_key()
        .public_key()
        .public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    )
    return str(raw.hex())


def _statement(body: Mapping[str, Any]) -> bytes:
    import json

    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@transaction.atomic
def sign(*, day: date, at: datetime) -> dict[str, Any]:
    """State and sign where every chain stands now. The day's first statement is kept; a later one
    of the same day is made and given out, and not kept.
    """
    # The statement is the installation's, whoever asks first.
    with acting(SYSTEM):
        body = {
            "day": day.isoformat(),
            "made_at": at.isoformat(),
            "key": public_key(),
            "heads": queries.heads(),
            "rows": list(proof.head()),
        }
        signature = _sign(body)
        if not Checkpoint.objects.filter(day=day).exists():
            Checkpoint.objects.create(day=day, made_at=at, body=body, signature=signature)
        return {**body, "signature": signature}


def checkpoint_of(unit_ids: set[int], *, day: date, at: datetime) -> dict[str, Any]:
    """State and sign where the chains of some units stand now, for those who may see only these;
    not kept.
    """
    heads = {unit: head for unit, head in queries.heads().items() if int(unit) in unit_ids}
    body = {
        "day": day.isoformat(),
        "made_at": at.isoformat(),
        "key": public_key(),
        "heads": heads,
        "rows": list(proof.head()),
    }
    return {**body, "signature": _sign(body)}


def _sign(body: Mapping[str, Any]) -> str:
    return str(signing_key().sign(_statement(body)).hex())


def check_checkpoint(
    exported: Mapping[str, Any], key: str | None = None, *, units: set[int] | None = None
) -> list[str]:
    """Compare an exported checkpoint with the database; return what does not agree, empty if all
    does.

    `units`: only these, for somebody who may not see the others.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    body = {k: v for k, v in exported.items() if k != "signature"}
    try:
        signer = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key or public_key()))
        signer.verify(bytes.fromhex(str(exported.get("signature", ""))), _statement(body))
    except (InvalidSignature, ValueError):
        return [
            _(
                "The signature of the checkpoint does not hold: the file was changed, or another"
                " key signed it."
            )
        ]
    rewritten = [
        _("Unit %(unit)s: the chain was rewritten at or before record %(seq)d.")
        % {"unit": unit_id, "seq": seq}
        for unit_id, (seq, digest) in exported["heads"].items()
        if seq
        and (units is None or int(unit_id) in units)
        and queries.hash_at(int(unit_id), seq) != digest
    ]
    n, mark = exported.get("rows", (0, ""))
    if n and proof.mark_at(n) != mark:
        rewritten.append(_("The chain of rows was rewritten at or before link %(n)d.") % {"n": n})
    return rewritten
