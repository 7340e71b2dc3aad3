"""What every page knows."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest


def everywhere(request: HttpRequest) -> dict[str, Any]:
    return {
        "viewer": getattr(request, "viewer", None),
        "demo": settings.DEMO,
        "new_command": uuid4,
        "began": f"{getattr(request, 'began', 0):.3f}",
        "office_sign_in": settings.OIDC_NAME if settings.OIDC_URL else "",
    }
