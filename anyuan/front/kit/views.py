from __future__ import annotations

import hashlib
import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from anyuan.kernel import manifest
from anyuan.kernel.http import public

from . import rules

# Scripts and a camera, and WebAssembly for phones whose browser reads no codes by itself.
FIELD_CSP = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self';"
    " script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; frame-ancestors 'none'; form-action"
    " 'self'; base-uri 'none'; object-src 'none'"
)


@public
def shell(request: HttpRequest) -> HttpResponse:
    """The shell of the field kit: the same for everybody, without a name in it, so that it can be
    kept on the phone.
    """
    response = render(
        request,
        "kit/shell.html",
        {"words": _words()},
    )
    response["Content-Security-Policy"] = FIELD_CSP
    return response


@public
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, with the addresses of this version's files in it: another version is
    another worker.
    """
    files = [static(f"anyuan/{name}") for name in ("field.js", "field.css", "icon-192.png")]
    shell = reverse("field")
    version = hashlib.sha256(
        "|".join([*files, settings.VERSION, get_language() or ""]).encode()
    ).hexdigest()[:12]
    response = render(
        request,
        "kit/worker.js",
        {"files": json.dumps([shell, *files]), "shell": json.dumps(shell), "version": version},
        content_type="text/javascript",
    )
    response["Cache-Control"] = "no-cache"
    return response


@public
def app_manifest(request: HttpRequest) -> JsonResponse:
    icons = [
        {
            "src": static(f"anyuan/icon-{n}.png"),
            "sizes": f"{n}x{n}",
            "type": "image/png",
            "purpose": "any maskable",
        }
        for n in (192, 512)
    ]
    found = {
        "name": _("Anyuan in the field"),
        "short_name": _("Anyuan"),
        "start_url": reverse("field"),
        "scope": reverse("field"),
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0b5f63",
        "icons": icons,
    }
    return JsonResponse(found, content_type="application/manifest+json")


def _words() -> dict[str, str]:
    """The words of the kit, with those of every doubt that a sign-in or a scan may bear."""
    doubts = {f"doubt_{code}": str(said) for code, said in manifest.labels("doubt").items()}
    return rules.words(_) | doubts
