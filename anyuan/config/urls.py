"""Every address."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from allauth.usersessions import views as sessions
from django.contrib.auth.decorators import login_required
from django.urls import include, path
from django.views.i18n import set_language
from ninja import NinjaAPI
from ninja.security import django_auth

from anyuan.config import office
from anyuan.config import recovery as recovery_codes
from anyuan.config.observing import metrics
from anyuan.config.sign_in import new_browser
from anyuan.desk.api import router as field
from anyuan.evidence.api import router as commands
from anyuan.kernel.http import own, public, signs_in
from anyuan.patrols import api as patrol_verbs
from anyuan.presence import api as presence_verbs
from anyuan.tablets.api import TabletPass
from anyuan.tablets.api import router as tablets

handler500 = "anyuan.config.middleware.server_error"
api = NinjaAPI(
    title="Anyuan",
    version="1",
    auth=[TabletPass(), django_auth],
    docs_url="/docs",
    docs_decorator=login_required,
)
api.add_router("", commands)
api.add_router("", field)
api.add_router("", tablets)

# Imported for the verbs they register.
VERBS = (presence_verbs, patrol_verbs)

urlpatterns = [
    path("", include("anyuan.desk.urls")),
    path("", include("anyuan.people.urls")),
    path("", include("anyuan.reach.urls")),
    path("", include("anyuan.tablets.urls")),
    path("", include("anyuan.intake.urls")),
    path("", include("anyuan.plans.urls")),
    path("", include("anyuan.duties.urls")),
    path("", include("anyuan.stations.urls")),
    path("", include("anyuan.rosters.urls")),
    path("", include("anyuan.presence.urls")),
    path("", include("anyuan.patrols.urls")),
    path("", include("anyuan.evidence.urls")),
    path("", include("anyuan.assessment.urls")),
    path("", include("anyuan.governance.urls")),
    path("", include("anyuan.reports.urls")),
    path("api/", api.urls),
    path("sign-in/", signs_in(account.login), name="account_login"),
    path("sign-in/second/", signs_in(mfa.authenticate), name="mfa_authenticate"),
    path("sign-in/browser/", signs_in(new_browser), name="new-browser"),
    path("sign-in/passkey/", signs_in(passkeys.login_webauthn), name="mfa_login_webauthn"),
    path("sign-in/<str:provider_id>/go/", signs_in(office.go), name="openid_connect_login"),
    path("sign-in/<str:provider_id>/back/", signs_in(office.back), name="openid_connect_callback"),
    path("sign-out/", public(account.logout), name="account_logout"),
    path("account/again/", own(account.reauthenticate), name="account_reauthenticate"),
    path("account/again/second/", own(mfa.reauthenticate), name="mfa_reauthenticate"),
    path(
        "account/again/passkey/",
        own(passkeys.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path("account/password/", own(account.password_change), name="account_change_password"),
    path("account/sessions/", own(sessions.list_usersessions), name="usersessions_list"),
    path("account/second/", own(mfa.index), name="mfa_index"),
    path("account/second/app/on/", own(totp.activate_totp), name="mfa_activate_totp"),
    path("account/second/app/off/", own(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path(
        "account/second/codes/", own(recovery_codes.View.as_view()), name="mfa_view_recovery_codes"
    ),
    path(
        "account/second/codes/new/",
        own(recovery.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("account/second/keys/", own(passkeys.list_webauthn), name="mfa_list_webauthn"),
    path("account/second/keys/add/", own(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path(
        "account/second/keys/<int:pk>/remove/",
        own(passkeys.remove_webauthn),
        name="mfa_remove_webauthn",
    ),
    path(
        "account/second/keys/<int:pk>/edit/", own(passkeys.edit_webauthn), name="mfa_edit_webauthn"
    ),
    path("metrics/", metrics, name="metrics"),
    path("language/", public(set_language), name="set_language"),
]
