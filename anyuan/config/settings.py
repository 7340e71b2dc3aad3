"""Every setting, driven by the environment; nothing else reads it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from anyuan.kernel import mail
from anyuan.ops import connections as outward
from anyuan.ops import database, keys

BASE = Path(__file__).resolve().parents[1]
HOME = Path(os.environ.get("ANYUAN_HOME", BASE.parent / "var")).resolve()
# Where the compiled inner loop of rosters is kept: on a server the program may write to nothing but
# its state folder.
os.environ.setdefault("NUMBA_CACHE_DIR", str(HOME / "cache"))
VERSION = "0.1.0"
DEBUG = os.environ.get("ANYUAN_DEBUG") == "1"
DEMO = os.environ.get("ANYUAN_DEMO") == "1"
# By its number, so that whoever watches from this machine is answered whatever the site is called.
ALLOWED_HOSTS = [*os.environ.get("ANYUAN_HOSTS", "localhost,testserver").split(","), "127.0.0.1"]
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("ANYUAN_ORIGINS", "").split(",") if o]


SECRET_KEY, *SECRET_KEY_FALLBACKS = keys.secret_keys(os.environ, HOME)
SECRET_KEYS_RETIRED = keys.retired_keys(os.environ, HOME)
KEYS = keys.folder(os.environ, HOME)
if _in_clear := outward.problems(os.environ):
    raise ImproperlyConfigured("; ".join(_in_clear))
DATABASES: dict[str, Any] = database.settings(os.environ, HOME)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    # Before the library, whose pages it lays out.
    "anyuan.org.accounts",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "anyuan.kernel",
    "anyuan.org.audit",
    "anyuan.org.units",
    "anyuan.org.people",
    "anyuan.org.messages",
    "anyuan.org.tablets",
    "anyuan.org.workbook",
    "anyuan.record.proof",
    "anyuan.record.evidence",
    "anyuan.obligations.plans",
    "anyuan.obligations.duties",
    "anyuan.staffing.stations",
    "anyuan.staffing.rosters",
    "anyuan.field.presence",
    "anyuan.field.hazards",
    "anyuan.field.patrols",
    "anyuan.judging.assessment",
    "anyuan.steering.governance",
    "anyuan.steering.supervision",
    "anyuan.front.reports",
    "anyuan.front.audit_log",
    "anyuan.front.kit",
    "anyuan.front.desk",
]
MIDDLEWARE = [
    "anyuan.ops.metrics.observe",
    "anyuan.config.turns.in_turn",
    "django.middleware.security.SecurityMiddleware",
    "anyuan.config.middleware.in_clear",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "anyuan.config.middleware.content_security",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "anyuan.config.middleware.plain_text",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "anyuan.org.accounts.rate_limits.guard",
    "anyuan.config.middleware.viewer",
    "anyuan.config.middleware.idle",
    "anyuan.config.middleware.second_factor",
]
ROOT_URLCONF = "anyuan.config.urls"
ASGI_APPLICATION = "anyuan.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "anyuan.config.context.everywhere",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "anyuan.kernel.templatetags.words",
            ],
        },
    }
]

AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["anyuan.org.accounts.sign_in.SignIn"]
PASSWORD_HASHERS = [
    "anyuan.org.accounts.hashing.InTurn",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "anyuan.org.accounts.breached.Breached"},
]
# Sorted SHA-1 hashes of passwords from breaches, as "Pwned Passwords" are handed out; the operator
# may lay such a file down.
BREACH_LIST = os.environ.get("ANYUAN_BREACH_LIST", "")
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_FORMS = {"login": "anyuan.org.accounts.forms.SignInForm"}
ACCOUNT_ADAPTER = "anyuan.org.accounts.sign_in.Account"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
# Failed sign-ins are counted by `sign_in.Account`: by name alone anybody could lock anybody out.
ACCOUNT_RATE_LIMITS = {
    # A whole school signs in behind one address; whoever guesses is held by the two below. Browsers
    # that know the account are held by no count of an address (the library's own is off).
    "login": "",
    "unknown_browser": "200/m/ip",
    "login_failed": "12/5m/key",
    # From whatever browsers do not know an account yet, wherever they are.
    "login_failed_anywhere": "100/h/key",
    "welcome": "10/5m/key,100/5m/ip",
    "attend": "10/5m/key",
    "duty_link": "900/5m/ip",
    # A school's visitors share an address; what one school gets a day is bounded besides.
    "public_report": "30/h/ip",
    "public_referral": "120/h/ip",
    "public_receipt": "30/10m/ip",
    "address": "10/5m/key",
    "tablet": "8/10m/key,600/10m/ip",
    "device": "10/10m/key",
}
# How many proxies stand before the program and tell it whom they speak for; one where one ends TLS.
ALLAUTH_TRUSTED_PROXY_COUNT = int(
    os.environ.get("ANYUAN_PROXIES", "1" if os.environ.get("ANYUAN_HTTPS") == "1" else "0")
)
MFA_ADAPTER = "anyuan.org.accounts.sign_in.SecondFactor"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "安园"
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_FORMS = {
    "activate_totp": "anyuan.org.accounts.recovery.ActivateForm",
    "authenticate": "anyuan.org.accounts.recovery.AuthenticateForm",
    "reauthenticate": "anyuan.org.accounts.recovery.ReauthenticateForm",
}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG or DEMO
# Roles that must have a second factor; nobody in the demo, whose passwords are printed on the
# screen.
MFA_ROLES = (
    frozenset()
    if DEMO
    else frozenset(
        os.environ.get(
            "ANYUAN_MFA_ROLES", "district_leader,district_officer,principal,operator"
        ).split(",")
    )
)
# An office's own sign-in (OpenID Connect): who they are is said there, what they may do is said
# here.
OIDC_URL = os.environ.get("ANYUAN_OIDC_URL", "")
OIDC_NAME = os.environ.get("ANYUAN_OIDC_NAME", "统一身份认证")
OIDC_CLAIM = os.environ.get("ANYUAN_OIDC_CLAIM", "preferred_username")
SOCIALACCOUNT_ADAPTER = "anyuan.org.accounts.oidc.OfficeSignIn"
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_OPENID_CONNECT_URL_PREFIX = ""
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": (
            [
                {
                    "provider_id": "office",
                    "name": OIDC_NAME,
                    "client_id": os.environ.get("ANYUAN_OIDC_CLIENT", ""),
                    "secret": os.environ.get("ANYUAN_OIDC_SECRET", ""),
                    "settings": {"server_url": OIDC_URL, "oauth_pkce_enabled": True},
                }
            ]
            if OIDC_URL
            else []
        )
    }
}
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/sign-in/"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [BASE / "config" / "locale"]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# How messages leave: a mail server as smtp://, smtp+tls:// or smtps://user:password@host:port, and
# any text-message gateway
# that Apprise knows, with {phone} where the number goes. Without them nothing leaves.
ADDRESS = os.environ.get(
    "ANYUAN_ADDRESS", CSRF_TRUSTED_ORIGINS[0] if CSRF_TRUSTED_ORIGINS else ""
).rstrip("/")
MAILERS = mail.mailers(os.environ.get("ANYUAN_MAIL", ""))
MAIL_FROM = os.environ.get("ANYUAN_MAIL_FROM", "") if os.environ.get("ANYUAN_MAIL") else ""
# Where each day's checkpoint goes too: mailboxes on other machines, parted by commas.
CHECKPOINT_MAIL = [
    a for a in os.environ.get("ANYUAN_CHECKPOINT_MAIL", "").replace(" ", "").split(",") if a
]
TEXT_GATEWAY = os.environ.get("ANYUAN_TEXT_GATEWAY", "")

STATIC_URL = "/static/"
# Counts of failures, shared by all web processes; read and written by this program alone.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": HOME / "counts",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    }
}
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [p for p in [BASE.parent / "frontend" / "dist"] if p.is_dir()]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG
MEDIA_ROOT = HOME / "attachments"
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024

CLAMD = os.environ.get(
    "ANYUAN_CLAMD", ""
)  # the virus scanner: the path of clamd's socket, or host:port
REQUESTS_A_MINUTE = int(os.environ.get("ANYUAN_REQUESTS", "3000"))  # of one person; 0: no bound
IDLE_HOURS = int(
    os.environ.get("ANYUAN_IDLE_HOURS", "24")
)  # for roles with a second factor; 0: never. Our own value: daily use goes on, a weekend ends it
SESSION_ENGINE = "anyuan.org.accounts.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
# With HTTPS, pages lead on to it; what programs call is refused in clear (`middleware.in_clear`),
# so that none sends so unnoticed.
SECURE_REDIRECT_EXEMPT = [r"^(api|live|metrics|health)/", r"^duty\.ics$"]
if os.environ.get("ANYUAN_HTTPS") == "1":
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    # No other host of the domain can set or read these.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "anyuan.ops.logs.WithRequestId"},
        "address": {"()": "anyuan.ops.logs.WithoutAddress"},
    },
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"},
        "json": {"()": "anyuan.ops.logs.AsJson"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": os.environ.get("ANYUAN_LOG_FORMAT", "line"),
            "filters": ["request_id", "address"],
        }
    },
    "root": {"handlers": ["console"], "level": os.environ.get("ANYUAN_LOG", "WARNING")},
    # Django's own line for a refused page names the address, ids and all; ours names the route.
    # Apprise names addresses, which hold keys and telephone numbers; what became of a message
    # stands with it.
    "loggers": {"django.request": {"level": "ERROR"}, "apprise": {"level": "CRITICAL"}},
}
METRICS_TOKEN = os.environ.get("ANYUAN_METRICS_TOKEN", "")

# Where Typst finds Chinese fonts besides the system's.
FONT_PATHS = [BASE.parent / "frontend" / "node_modules" / "@expo-google-fonts" / "noto-serif-sc"]
