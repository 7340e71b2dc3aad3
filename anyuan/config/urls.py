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

from anyuan.kernel import manifest
from anyuan.kernel.http import account_page, public, signs_in
from anyuan.ops import probes
from anyuan.ops.metrics import metrics
from anyuan.org.accounts import oidc as office
from anyuan.org.accounts import recovery as recovery_codes
from anyuan.org.accounts.sign_in import new_browser, sign_in
from anyuan.org.tablets.api import TabletPass

handler500 = "anyuan.config.middleware.server_error"
api = NinjaAPI(
    title="Anyuan",
    version="1",
    auth=[TabletPass(), django_auth],
    docs_url="/docs",
    docs_decorator=login_required,
)
for router in manifest.opened("routers"):
    api.add_router("", router)

urlpatterns = [
    *(path("", include(f"{app.name}.urls")) for app in manifest.all_apps() if app.has_pages),
    path("api/", api.urls),
    path("sign-in/", signs_in(sign_in), name="account_login"),
    path("sign-in/second/", signs_in(mfa.authenticate), name="mfa_authenticate"),
    path("sign-in/browser/", signs_in(new_browser), name="new-browser"),
    path("sign-in/passkey/", signs_in(passkeys.login_webauthn), name="mfa_login_webauthn"),
    path(
        "sign-in/<str:provider_id>/go/", signs_in(office.go_to_office), name="openid_connect_login"
    ),
    path(
        "sign-in/<str:provider_id>/back/",
        signs_in(office.come_from_office),
        name="openid_connect_callback",
    ),
    path("sign-out/", public(account.logout), name="account_logout"),
    path("account/again/", account_page(account.reauthenticate), name="account_reauthenticate"),
    path("account/again/second/", account_page(mfa.reauthenticate), name="mfa_reauthenticate"),
    path(
        "account/again/passkey/",
        account_page(passkeys.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path(
        "account/password/", account_page(account.password_change), name="account_change_password"
    ),
    path("account/sessions/", account_page(sessions.list_usersessions), name="usersessions_list"),
    path("account/second/", account_page(mfa.index), name="mfa_index"),
    path("account/second/app/on/", account_page(totp.activate_totp), name="mfa_activate_totp"),
    path("account/second/app/off/", account_page(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path(
        "account/second/codes/",
        account_page(recovery_codes.View.as_view()),
        name="mfa_view_recovery_codes",
    ),
    path(
        "account/second/codes/new/",
        account_page(recovery.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("account/second/keys/", account_page(passkeys.list_webauthn), name="mfa_list_webauthn"),
    path("account/second/keys/add/", account_page(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path(
        "account/second/keys/<int:pk>/remove/",
        account_page(passkeys.remove_webauthn),
        name="mfa_remove_webauthn",
    ),
    path(
        "account/second/keys/<int:pk>/edit/",
        account_page(passkeys.edit_webauthn),
        name="mfa_edit_webauthn",
    ),
    path("metrics/", metrics, name="metrics"),
    path("health/probe/", probes.sender, name="probe-sender"),
    path("live/probe/", probes.stream, name="probe-stream"),
    path("language/", public(set_language), name="set_language"),
]
