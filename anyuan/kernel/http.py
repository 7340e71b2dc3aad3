"""Owns the marks on views: who may call them, and whether they read or write.

A GET runs in a READ ONLY transaction; a POST is one transaction. Invisible is 404, visible but not
allowed 403.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from .commands import Refused
from .scoping import Denied, Invisible, Viewer, acting, signing_in

View = Callable[..., HttpResponseBase]


def viewer_of(request: HttpRequest) -> Viewer:
    """Who asks; the middleware, or a tablet's pass, has said so."""
    viewer: Viewer = vars(request)["viewer"]
    return viewer


def set_viewer(request: HttpRequest, viewer: Viewer | SimpleLazyObject[Viewer]) -> None:
    vars(request)["viewer"] = viewer


def _marked(permission: str | None, methods: tuple[str, ...]) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            viewer = viewer_of(request)
            if viewer.person_id is None:
                return redirect_to_login(_way_back(request), settings.LOGIN_URL)
            if request.method not in methods:
                if request.method in ("GET", "HEAD"):
                    # Where a form was sent to is no page of its own, e.g. after signing in again.
                    messages.error(
                        request,
                        _(
                            "That page was the end of a form. Nothing was changed; please open the"
                            " form again."
                        ),
                    )
                    return redirect(settings.LOGIN_REDIRECT_URL)
                return HttpResponseNotAllowed(methods)
            if permission and not viewer.may(permission):
                raise Denied(permission)
            try:
                with acting(viewer, read_only=request.method in ("GET", "HEAD")):
                    return view(request, *args, **kwargs)
            except IntegrityError:
                # Two did the same at the same moment, or one person twice: the database kept the
                # first and nothing of the second.
                messages.error(
                    request,
                    _(
                        "This was done a moment ago, by a second click or by somebody else. Nothing"
                        " was done twice; please look at the page."
                    ),
                )
                return redirect(
                    _way_back(request) if request.method == "POST" else settings.LOGIN_REDIRECT_URL
                )

        vars(wrapped).update(permission=permission, methods=methods)
        return wrapped

    return decorate


def _way_back(request: HttpRequest) -> str:
    """Where to go after signing in: the page itself, or the one whose form was sent."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    came = urlsplit(request.headers.get("Referer", ""))
    return (
        came.path + (f"?{came.query}" if came.query else "")
        if came.netloc == request.get_host()
        else settings.LOGIN_REDIRECT_URL
    )


def reads(permission: str | None) -> Callable[[View], View]:
    """A page that only reads; rendered inside its READ ONLY transaction."""
    return _marked(permission, ("GET", "HEAD"))


def writes(permission: str | None) -> Callable[[View], View]:
    """A POST that changes something, whole or not at all."""
    return _marked(permission, ("POST",))


def reads_and_writes(permission: str | None) -> Callable[[View], View]:
    """A form on its own address: GET shows it, POST takes it."""
    return _marked(permission, ("GET", "HEAD", "POST"))


def public[V: Callable[..., Any]](view: V) -> V:
    """A page for people who are not signed in."""
    vars(view)["permission"] = "public"
    return view


def signs_in(view: View) -> View:
    """The sign-in page: reads and writes an account not known yet, in one transaction."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with signing_in():
            response = view(request, *args, **kwargs)
            return response.render() if hasattr(response, "render") else response

    return public(wrapped)


def account_page(view: View) -> View:
    """A page about one's own account, by a library that reads and writes as it likes: signed in,
    one transaction.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        viewer = viewer_of(request)
        if viewer.person_id is None:
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        with acting(viewer):
            response = view(request, *args, **kwargs)
            return response.render() if hasattr(response, "render") else response

    vars(wrapped)["permission"] = None
    return wrapped


def act_and_return(
    request: HttpRequest,
    act: Callable[[], Any],
    to: str,
    done: Callable[[Any], str] | None = None,
) -> HttpResponse:
    """Do one thing; on the page it leads back to stands what it did, or what it refused. `done`
    makes the words from what came of it.
    """
    try:
        came_of_it = act()
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        if done is not None:
            messages.success(request, done(came_of_it))
    return redirect(to)


def number(text: str) -> int:
    """Read an id from an address. :raises Invisible: it is none."""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Invisible
    return int(text)


def asked_unit(request: HttpRequest) -> str | None:
    """The unit that an address or a form names, if it names one."""
    return request.GET.get("unit") or request.POST.get("unit")


def command_id(request: HttpRequest) -> UUID | None:
    """The id that a page's form carries, so that a second click is the same command."""
    try:
        return UUID(request.POST.get("command", ""))
    except ValueError:
        return None
