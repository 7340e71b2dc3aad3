"""A passkey in a real browser: added once, then signed in with, no password typed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
PASSWORD = "anyuan-demo-2026"


def test_a_passkey_is_added_and_signs_in(server, chromium):
    # A browser gives passkeys to names only, not to numbers.
    base = server.url.replace("127.0.0.1", "localhost")
    context = chromium.new_context(locale="zh-CN")
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    wire.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    page.goto(f"{base}/sign-in/")
    page.fill("#id_login", "zhou")
    page.fill("#id_password", PASSWORD)
    page.click("button.big[type=submit]")
    page.goto(f"{base}/account/second/keys/add/")
    page.fill("input[name=password]", PASSWORD)
    page.click(".account form button[type=submit]")
    page.check("input[name=passwordless]")
    page.click("#mfa_webauthn_add")
    # Ten codes are hashed as passwords are.
    expect(page).to_have_url(f"{base}/account/second/codes/", timeout=20_000)
    context.clear_cookies()
    page.goto(f"{base}/sign-in/")
    page.click("#passkey_login")
    expect(page.locator("h1.first-line")).to_contain_text("学校")
    page.goto(f"{base}/account/")
    expect(page.locator("h1")).to_contain_text("两步验证")
    context.close()
