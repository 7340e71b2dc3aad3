"""Every address."""

from __future__ import annotations

from allauth.account.views import LoginView, LogoutView
from django.contrib.auth.decorators import login_required
from django.urls import include, path
from django.views.i18n import set_language
from ninja import NinjaAPI
from ninja.security import django_auth

from anyuan.evidence.api import router as commands
from anyuan.kernel.http import public, signs_in

api = NinjaAPI(title="Anyuan", version="1", auth=django_auth, docs_url="/docs", docs_decorator=login_required)
api.add_router("", commands)

urlpatterns = [
    path("", include("anyuan.desk.urls")),
    path("", include("anyuan.people.urls")),
    path("", include("anyuan.intake.urls")),
    path("", include("anyuan.plans.urls")),
    path("", include("anyuan.duties.urls")),
    path("", include("anyuan.evidence.urls")),
    path("", include("anyuan.assessment.urls")),
    path("", include("anyuan.reports.urls")),
    path("api/", api.urls),
    path("sign-in/", signs_in(LoginView.as_view()), name="account_login"),
    path("sign-out/", public(LogoutView.as_view()), name="account_logout"),
    path("language/", public(set_language), name="set_language"),
]
