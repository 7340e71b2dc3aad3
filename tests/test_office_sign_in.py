"""An office's own sign-in, against a provider that speaks OpenID Connect over HTTP on this machine;
and passwords known from breaches.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from anyuan.kernel.scoping import signing_in
from anyuan.org.accounts.breached import listed

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Provider(BaseHTTPRequestHandler):
    """The whole of what a provider must do: discovery, authorisation with PKCE, token, keys, who it
    is.
    """

    who = {"sub": "s-1", "preferred_username": "u1"}
    issuer = nonce = ""  # what it says instead of the truth
    moved = False  # answers its address with another
    codes: dict = {}

    def log_message(self, *_):
        pass

    @property
    def base(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def say(self, body):
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        path, asked = (
            urlsplit(self.path).path,
            {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()},
        )
        if path == "/.well-known/openid-configuration" and self.moved:
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
        elif path in {"/.well-known/openid-configuration", "/elsewhere"}:
            self.say(
                {
                    "issuer": self.issuer or self.base,
                    "authorization_endpoint": f"{self.base}/authorize",
                    "token_endpoint": f"{self.base}/token",
                    "jwks_uri": f"{self.base}/keys",
                    "userinfo_endpoint": f"{self.base}/who",
                }
            )
        elif path == "/authorize":
            self.codes["c"] = asked
            self.send_response(302)
            self.send_header(
                "Location",
                asked["redirect_uri"] + "?" + urlencode({"code": "c", "state": asked["state"]}),
            )
            self.end_headers()
        elif path == "/who":
            assert self.headers["Authorization"] == "Bearer t"
            self.say(self.who)
        else:
            self.say(
                {
                    "keys": [
                        {
                            **json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key())),
                            "kid": "k",
                            "alg": "RS256",
                            "use": "sig",
                        }
                    ]
                }
            )

    def do_POST(self):
        sent = {
            k: v[0]
            for k, v in parse_qs(
                self.rfile.read(int(self.headers["Content-Length"])).decode()
            ).items()
        }
        asked = self.codes.pop(sent["code"])
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(sent["code_verifier"].encode()).digest())
            .rstrip(b"=")
            .decode()
        )
        assert (sent["client_secret"], challenge) == ("geheim", asked["code_challenge"])
        token = jwt.encode(
            {
                "iss": self.base,
                "aud": "anyuan",
                "sub": self.who["sub"],
                "nonce": self.nonce or asked["nonce"],
                "iat": int(time.time()),
                "exp": int(time.time()) + 60,
            },
            KEY,
            "RS256",
            headers={"kid": "k"},
        )
        self.say({"access_token": "t", "token_type": "Bearer", "id_token": token})


@pytest.fixture
def provider(settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.DEMO = True
    settings.OIDC_URL = f"http://127.0.0.1:{server.server_port}"
    app = {
        "provider_id": "office",
        "name": "教育局",
        "client_id": "anyuan",
        "secret": "geheim",
        "settings": {"server_url": settings.OIDC_URL, "oauth_pkce_enabled": True},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    Provider.issuer, Provider.nonce, Provider.moved = "", "", False
    yield Provider
    server.shutdown()
    server.server_close()


def go(provider, **who):
    """Press the button, come back from the provider as `who`; returns the browser and the last
    answer.
    """
    import urllib.request

    provider.who = who
    client = Client()
    away = client.get("/sign-in/office/go/")
    assert away.status_code == 302, away.content.decode()

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay).open(away["Location"])
    except urllib.error.HTTPError as answer:
        back = urlsplit(answer.headers["Location"])
    return client, client.get(f"{back.path}?{back.query}")


def test_the_user_name_finds_the_account_once_and_then_the_lasting_identity_does(campus, provider):
    li, chen = campus.people["李老师"], campus.people["陈主任"]
    client, back = go(provider, sub="s-1", preferred_username=li.username.upper())
    assert (back.status_code, back["Location"]) == (302, "/")
    assert "李老师" in client.get("/").content.decode()
    with signing_in():
        assert [(a.user_id, a.uid, a.extra_data) for a in SocialAccount.objects.all()] == [
            (li.pk, "s-1", {})
        ]
    # The name there may change; the identity counts.
    client, _ = go(provider, sub="s-1", preferred_username="other")
    assert "李老师" in client.get("/").content.decode()
    # Somebody else who takes the same name there is nobody here.
    client, back = go(provider, sub="s-2", preferred_username=li.username)
    assert back.status_code == 403
    assert client.get("/").status_code == 302
    # Who left signs in no more, by whatever door.
    with signing_in():
        type(chen).objects.filter(pk=chen.pk).update(is_active=False)
    _, back = go(provider, sub="s-3", preferred_username=chen.username)
    assert back.status_code == 403


def test_no_account_is_opened_by_signing_in_there(campus, provider):
    people = type(campus.people["李老师"])
    with signing_in():
        before = people.objects.count()
    _, back = go(provider, sub="s-9", preferred_username="stranger")
    assert back.status_code == 403
    assert "stranger" in back.content.decode()
    with signing_in():
        assert people.objects.count() == before
        assert not SocialAccount.objects.exists()


def test_a_broken_or_forged_return_is_refused_in_words(campus, provider):
    client = Client()
    assert client.get("/sign-in/office/back/?code=c&state=forged").status_code == 403
    away = client.get("/sign-in/office/go/")
    state = parse_qs(urlsplit(away["Location"]).query)["state"][0]
    assert client.get(f"/sign-in/office/back/?error=access_denied&state={state}").status_code == 403
    assert client.get("/").status_code == 302


def test_a_token_made_for_another_sign_in_opens_nothing(campus, provider):
    provider.nonce = "of-somebody-else"
    client, back = go(provider, sub="s-1", preferred_username=campus.people["李老师"].username)
    assert back.status_code == 403
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("wrong", [{"issuer": "http://127.0.0.1:1"}, {"moved": True}])
def test_a_provider_that_is_not_the_one_named_is_not_gone_to(campus, provider, wrong):
    for name, value in wrong.items():
        setattr(provider, name, value)
    refused = Client().get("/sign-in/office/go/")
    assert refused.status_code == 403
    assert "没有成功" in refused.content.decode()


def test_a_provider_that_is_away_is_said_in_words(campus, provider, settings):
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = (
        "http://127.0.0.1:9"
    )
    assert Client().get("/sign-in/office/go/").status_code == 403


def test_without_a_provider_there_is_no_such_door(campus):
    assert Client().get("/sign-in/office/go/").status_code == 404
    assert "/sign-in/office/go/" not in Client().get("/sign-in/").content.decode()


@pytest.mark.parametrize(
    "password",
    [
        "password123456",
        "!!qwertyuiop2026",
        "dragondragon",
        "aaaaaaaaaaaaaa",
        "123123123123123",
        "zhangsan-2026!",
        "anyuan-xuexiao-2026",
        "Admin@School#123",
    ],
)
def test_common_passwords_are_known_in_disguise(password):
    class Owner:
        username, pinyin = "zhangsan", "zhang san"

    with pytest.raises(ValidationError):
        validate_password(password, Owner())
    validate_password("qinghe-river-2026-safe", Owner())


@pytest.mark.parametrize("n", [1, 2, 3, 50, 1001])
def test_a_file_of_breached_hashes_is_searched_by_halving(tmp_path, n):
    words = [f"word-{i}" for i in range(n)]
    lines = sorted(
        hashlib.sha1(w.encode(), usedforsecurity=False).hexdigest().upper() + f":{i * 37}"
        for i, w in enumerate(words)
    )
    for end in ("\n", "\r\n"):
        path = tmp_path / f"list{len(end)}"
        path.write_bytes((end.join(lines) + end).encode())
        assert all(listed(path, w) for w in words)
        assert not any(listed(path, f"other-{i}") for i in range(200))


def test_the_file_is_asked_when_a_password_is_set(tmp_path, settings):
    path = tmp_path / "list"
    path.write_text(
        hashlib.sha1(b"qinghe-river-2026-safe", usedforsecurity=False).hexdigest().upper() + ":3\n"
    )
    validate_password("qinghe-river-2026-safe")
    settings.BREACH_LIST = str(path)
    with pytest.raises(ValidationError):
        validate_password("qinghe-river-2026-safe")
