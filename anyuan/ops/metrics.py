"""What an operator sees of the running program: a line a request with its id, and metrics.

No names, no addresses with ids.
"""

from __future__ import annotations

import hmac
import ipaddress
import logging
import re
import time
from collections.abc import Callable
from uuid import uuid4

from django.conf import settings
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from anyuan.kernel.http import public
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.ops.logs import request_id

log = logging.getLogger("anyuan.access")
REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "anyuan_requests_total",
    "Requests by page and outcome",
    ["route", "method", "status"],
    registry=REGISTRY,
)
REQUEST_SECONDS = Histogram(
    "anyuan_request_seconds",
    "How long requests took",
    ["route"],
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10),
    registry=REGISTRY,
)
DATABASE = Gauge("anyuan_database_up", "Whether the database answers", registry=REGISTRY)
BACKLOG = Gauge(
    "anyuan_unassessed_changes", "Changes the worker has not assessed yet", registry=REGISTRY
)
FACTS = Gauge("anyuan_facts", "Records kept", registry=REGISTRY)
WORKERS = Gauge("anyuan_workers", "Workers connected to the database", registry=REGISTRY)
METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"}
_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


def observe(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Give every request an id, which its answer and its log lines carry; count and time it by its
    route, not its address.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-Id", "")
        token = request_id.set(given if _ID.fullmatch(given) else uuid4().hex[:16])
        begin = time.perf_counter()
        request.began = time.time()  # type: ignore[attr-defined]
        try:
            response = get_response(request)
        finally:
            taken = time.perf_counter() - begin
        route = request.resolver_match.route if request.resolver_match else "unknown"
        REQUESTS.labels(
            route,
            request.method if request.method in METHODS else "other",
            str(response.status_code),
        ).inc()
        REQUEST_SECONDS.labels(route).observe(taken)
        response.headers["X-Request-Id"] = request_id.get()
        log.info(
            "%s %s %s %d ms",
            request.method,
            route,
            response.status_code,
            taken * 1000,
            extra={"route": route, "status": response.status_code, "ms": round(taken * 1000)},
        )
        request_id.reset(token)
        return response

    return middleware


def is_near(request: HttpRequest) -> bool:
    """Whether a request comes from this machine itself, and not through a proxy that says so."""
    near = request.META.get("REMOTE_ADDR", "")
    try:
        return ipaddress.ip_address(near).is_loopback and "HTTP_X_FORWARDED_FOR" not in request.META
    except ValueError:
        return False


def _may_see_metrics(request: HttpRequest) -> bool:
    """With the operator's token; without one only from this machine itself, and not where a proxy
    stands before it.
    """
    if settings.METRICS_TOKEN:
        return hmac.compare_digest(
            request.headers.get("Authorization", "").encode(),
            f"Bearer {settings.METRICS_TOKEN}".encode(),
        )
    return not settings.ALLAUTH_TRUSTED_PROXY_COUNT and is_near(request)


@public
def metrics(request: HttpRequest) -> HttpResponse:
    """Numbers for the operator's own monitoring (Prometheus)."""
    if not _may_see_metrics(request):
        return HttpResponse(status=404)
    try:
        with acting(SYSTEM, read_only=True), connection.cursor() as cursor:
            cursor.execute(
                "SELECT (SELECT count(*) FROM evidence_change), (SELECT COALESCE(sum(seq), 0) FROM"
                " evidence_chain), (SELECT count(*) FROM pg_stat_activity WHERE application_name ="
                " 'anyuan-worker')"
            )
            changes, facts, workers = cursor.fetchone()
        DATABASE.set(1)
        BACKLOG.set(changes)
        FACTS.set(facts)
        WORKERS.set(workers)
    except OperationalError:
        DATABASE.set(0)
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
