"""A plan becomes obligations, evidence, verdicts and a report, in a real browser."""

from __future__ import annotations

import re
import time
from datetime import date
from io import BytesIO

import pytest
from docx import Document
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
TODAY = date.today()
YEAR = TODAY.year if TODAY.month >= 3 else TODAY.year - 1


def plan_four(seed_text) -> str:
    return seed_text.read_text("utf-8").split("学校护校安园工作方案 篇4")[1]


def test_the_main_job(server, sign_in, seed_text, tmp_path):
    # -- a district office uploads a real plan, corrects and accepts what was read
    office = sign_in("lin")
    office.goto("/plans/")
    file = tmp_path / "方案四.txt"
    file.write_text("学校护校安园工作方案\n" + plan_four(seed_text), "gb18030")
    office.click("summary:has-text('上传方案')")
    office.set_input_files("#file", file)
    office.click("button:has-text('读取方案')")
    expect(office.locator("h1")).to_contain_text("护校安园")
    visits = office.locator(".duty", has_text="每周到校园工作")
    expect(visits).to_contain_text("≥ 2 次")
    visits.click()
    expect(office.locator("#plan-text mark.chosen")).to_contain_text("每周到校园工作不少于2次")
    office.keyboard.press("a")
    expect(visits.locator(".state")).to_contain_text("已接受")
    three_a_term = office.locator(".duty", has_text="≥ 3 次").filter(
        has_text="不少于3次的校园安全督导检查"
    )
    three_a_term.locator("summary").click()
    three_a_term.locator("input[name=quantity]").fill("4")
    three_a_term.locator("button:has-text('保存并接受')").click()
    expect(
        office.locator(".duty", has_text="不少于3次的校园安全督导检查").filter(has_text="≥ 4 次")
    ).to_be_visible()
    office.evaluate("""() => {
        const text = document.getElementById('plan-text');
        const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
        for (let node; (node = walker.nextNode());) {
            const at = node.data.indexOf('密切与学校、幼儿园的沟通联系');
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(node, at);
            range.setEnd(node, at + 14);
            getSelection().removeAllRanges();
            getSelection().addRange(range);
            return;
        }
    }""")
    office.click("button:has-text('把选中的文字加为职责')")
    expect(office.locator(".duty.chosen .duty-line")).to_contain_text(
        "密切与学校、幼儿园的沟通联系"
    )
    added = office.locator(".duty.chosen")
    expect(added).to_contain_text("待定")  # the words don't say who; it is not taken along
    added.locator("summary").click()
    added.locator("input[name=holder]").fill("民警")
    added.locator("button:has-text('保存并接受')").click()
    saved = office.locator(".duty", has_text="密切与学校、幼儿园的沟通联系")
    expect(saved.filter(has_text="民警")).not_to_have_count(0)
    office.click("button:has-text('接受其余')")
    expect(office.locator("#review-left")).to_have_text(re.compile(r"^(\d+)/\1$"))

    # -- its leader adopts it by signature; the masked year is asked for
    leader = sign_in("he")
    leader.goto(office.url.split("#")[0])
    expect(leader.locator("#starts")).to_have_value("")
    leader.fill("#starts", f"{YEAR}-05-01")
    leader.fill("#last", f"{YEAR + 1}-01-31")
    leader.fill("#signature", "何局长")
    leader.click("button:has-text('签名审定执行')")
    expect(leader.locator(".sub").first).to_contain_text("何局长 于")
    plan = int(re.search(r"/plans/(\d+)/", leader.url).group(1))
    assert (
        server.rows(
            "SELECT count(*) FROM plans_binding b JOIN plans_obligation o ON o.id = b.obligation_id"
            " WHERE o.plan_id = %s",
            plan,
        )[0][0]
        > 100
    )

    # -- the district's board stands open while a school records three of its duties
    board = sign_in("lin")
    school = server.rows("SELECT id FROM units_unit WHERE name = '青禾区实验小学'")[0][0]
    duties = _to_declare(server, plan, school, at_least=3)[:3]
    board.goto("/board/")
    expect(board.locator("#live-state")).to_have_attribute("data-state", "on")
    said = board.locator(f"#row-{school} td a[href$='#declared']")
    before = int(said.inner_text().partition("/")[0])
    phone = sign_in("chen", phone=True)
    for more, (obligation, activity, action) in enumerate(duties, 1):
        phone.goto(f"/record/{activity}/?unit={school}&obligation={obligation}")
        expect(phone.locator(".sub")).to_contain_text(action[:12])
        for field in phone.locator("[required]").all():
            kind = field.get_attribute("type")
            if not field.input_value():
                field.fill("3" if kind == "number" else "已落实")
        phone.click("button.big")
        expect(phone.locator(".alert-success")).to_contain_text("已收到")
        # within two seconds, without a reload
        expect(said).to_have_text(re.compile(rf"^\s*{before + more}/"), timeout=2000)
    assert (
        server.rows(
            "SELECT count(*) FROM evidence_fact WHERE obligation_id = ANY(%s) AND unit_id = %s",
            [d[0] for d in duties],
            school,
        )[0][0]
        == 3
    )

    # -- the June summary is downloaded, and its figures are those of the database
    for _ in range(120):  # once the worker has assessed what was recorded
        if not server.rows("SELECT count(*) FROM evidence_change")[0][0]:
            break
        office.wait_for_timeout(500)
    office.goto(f"/reports/summary/?from={YEAR}-01-01&until={YEAR}-07-01")
    with office.expect_download() as download:
        office.click("a:has-text('下载 docx')")
    document = Document(BytesIO(download.value.path().read_bytes()))
    annex = {row.cells[0].text: row.cells[1].text for row in document.tables[0].rows[1:]}
    text = "\n".join(p.text for p in document.paragraphs)
    facts = server.rows(
        "SELECT count(*) FROM evidence_fact WHERE day >= %s AND day < %s",
        f"{YEAR}-01-01",
        f"{YEAR}-07-01",
    )[0][0]
    assert f"共留下工作记录{facts:,}条" in text
    cells = """
        SELECT count(*), count(*) FILTER (WHERE c.value >= c.needed) FROM assessment_cell c
        JOIN plans_binding b
            ON b.unit_id = c.unit_id AND b.obligation_id = c.obligation_id
        JOIN plans_obligation o ON o.id = c.obligation_id
        WHERE c.measure = 'count' AND b.yields_to_id IS NULL
            AND c.starts >= %s AND c.starts < %s AND c.closes_at <= now() AND o.action = %s
    """
    action = "学校应每周对消防设施检查一次"
    closed, met = server.rows(cells, f"{YEAR}-01-01", f"{YEAR}-07-01", action)[0]
    assert closed > 0
    line = next(line for line in text.splitlines() if action in line)
    assert f"应考核{closed:,}项次，达标{met:,}项次" in line
    figures = [f.get_attribute("id") for f in office.locator("a.figure").all()]
    assert set(figures) == set(annex), (len(figures), len(annex))
    office.locator("p", has_text=action).locator("a.figure").first.click()
    expect(office.locator("tbody tr")).to_have_count(min(closed, 1000))
    with office.expect_download() as download:
        office.goto(f"/reports/summary/?from={YEAR}-01-01&until={YEAR}-07-01")
        office.click("a:has-text('下载 PDF')")
    assert download.value.path().read_bytes().startswith(b"%PDF")

    # -- the chain holds, also after the fact from outside the program
    assert server.command("evidence", "verify").returncode == 0
    rebuilt = server.command("assess", "rebuild")
    assert "一致" in rebuilt.stdout and rebuilt.returncode == 0


def _to_declare(server, plan, school, at_least):
    """What of the plan is to be declared by the school now, once so much of it is assessed.

    The adoption bound every school of the district: that takes some seconds on a busy machine.
    """
    patience = time.monotonic() + 25
    while True:
        found = server.rows(
            "SELECT o.id, o.activity, o.action FROM assessment_cell c JOIN plans_obligation o"
            " ON o.id = c.obligation_id WHERE o.plan_id = %s AND c.unit_id = %s AND c.facts = 0"
            " AND c.measure = 'declared' AND c.opens_at <= now() AND c.closes_at > now()"
            " ORDER BY o.start",
            plan,
            school,
        )
        if len(found) >= at_least:
            return found
        assert time.monotonic() < patience, f"{len(found)} of {at_least} assessed"
        time.sleep(0.2)


def test_the_second_click_records_once(server, sign_in):
    phone = sign_in("wang", phone=True)
    phone.goto("/record/patrol.round/")
    phone.fill("[name=place]", "二次点击处")
    form = phone.locator("form[enctype]")
    form.evaluate(
        "f => { const send = () => fetch(f.action || location.href, {method: 'POST', body: new"
        " FormData(f)}); window.both = Promise.all([send(), send()]); }"
    )
    phone.evaluate("() => window.both.then(() => 0)")
    assert len(server.places("二次点击处")) == 1


def test_the_evidence_tells_of_a_change_behind_the_programs_back(server, sign_in):
    import psycopg

    principal = sign_in("zhao")
    principal.goto("/evidence/")
    with principal.expect_download() as download:
        principal.click("button:has-text('下载今日存证')")
    saved = download.value.path()
    with psycopg.connect(f"postgresql://postgres@/anyuan?host={server.home / 'pg'}") as link:
        fact, unit, seq = link.execute(
            "SELECT id, unit_id, seq FROM evidence_fact WHERE seq = 7 ORDER BY unit_id LIMIT 1"
        ).fetchone()
        before = link.execute(
            "SELECT quantity FROM evidence_fact WHERE id = %s", [fact]
        ).fetchone()[0]
        link.execute("ALTER TABLE evidence_fact DISABLE TRIGGER append_only")
        link.execute("UPDATE evidence_fact SET quantity = 99 WHERE id = %s", [fact])
        link.commit()
        found = server.command("evidence", "verify")
        assert found.returncode == 1 and f"单位 {unit}: 第 {seq} 条记录 被改动" in found.stdout
        link.execute("UPDATE evidence_fact SET quantity = %s WHERE id = %s", [before, fact])
        link.execute("ALTER TABLE evidence_fact ENABLE TRIGGER append_only")
        link.commit()
    assert server.command("evidence", "verify", "--checkpoint", str(saved)).returncode == 0


def test_the_wrong_person_finds_nothing(server, sign_in, chromium):
    stranger = chromium.new_context(base_url=server.url).new_page()
    stranger.goto("/board/")
    expect(stranger).to_have_url(re.compile("/sign-in/"))
    outsider = chromium.new_context(base_url=server.url, locale="zh-CN").new_page()
    outsider.goto("/sign-in/")
    outsider.fill("#id_login", "wai")
    outsider.fill("#id_password", "anyuan-demo-2026")
    outsider.click("button.big")
    fact = server.rows(
        "SELECT f.id FROM evidence_fact f JOIN units_unit u ON u.id = f.unit_id WHERE u.name ="
        " '青禾区实验小学' LIMIT 1"
    )[0][0]
    assert outsider.goto(f"/facts/{fact}/").status == 404
    expect(outsider.locator("h1")).to_contain_text("这里没有内容")


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("user", ["wang", "chen", "zhao", "sun", "zhou", "lin", "he", "op"])
def test_every_page_fits_and_speaks_chinese(server, sign_in, user, phone):
    page = sign_in(user, phone=phone)
    for link in {a.get_attribute("href") for a in page.locator("nav a").all()}:
        response = page.goto(link)
        assert response.status == 200, link
        assert page.locator("h1, article").first.inner_text()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"), (
            f"{link} is wider than the screen"
        )
        assert not re.search(
            r"\b(Today|Record|Plans|Nothing|Unit)\b", page.locator("main").inner_text()
        ), link


def test_english_too(server, sign_in):
    page = sign_in("lin")
    page.locator(".side button:has-text('English')").click()
    expect(page.locator("h1")).to_contain_text("need")


def test_a_photo_travels_with_its_record(server, sign_in, tmp_path):
    from PIL import Image

    picture = tmp_path / "东门.jpg"
    Image.effect_noise((3000, 2000), 90).convert("RGB").save(picture, quality=95)
    phone = sign_in("wang", phone=True)
    phone.goto("/record/patrol.round/")
    phone.set_input_files("#files", picture)
    expect(phone.locator("#files-preview img")).to_have_count(1)
    phone.fill("[name=place]", "东门")
    phone.click("button.big")
    expect(phone.locator(".previews img")).to_be_visible()
    assert phone.locator(".previews img").evaluate("i => i.complete && i.naturalWidth") == 1600
    size, kind = server.rows(
        "SELECT size, content_type FROM evidence_attachment ORDER BY id DESC LIMIT 1"
    )[0]
    assert size < picture.stat().st_size and kind == "image/jpeg"


SEND = """([command, fields]) => {
    const token = document.querySelector('meta[name=csrf-token]').content;
    const body = JSON.stringify({id: command, verb: 'fact.correct', fields, at: ''});
    const headers = {'X-CSRFToken': token, 'Content-Type': 'application/json'};
    const answer = fetch('/api/commands', {method: 'POST', headers, body});
    window.sent = answer.then(r => r.status);
}"""


def test_two_people_correct_at_once(server, sign_in):
    fact = server.rows(
        "SELECT f.id FROM evidence_fact f JOIN units_unit u ON u.id = f.unit_id WHERE u.name ="
        " '青禾区实验小学' AND f.activity = 'patrol.round' AND NOT EXISTS (SELECT FROM"
        " evidence_fact n WHERE n.corrects_id = f.id) ORDER BY f.id DESC LIMIT 1"
    )[0][0]
    officer, principal = sign_in("chen"), sign_in("zhao")
    for page, number in ((officer, 1), (principal, 2)):
        page.evaluate(
            SEND,
            [
                f"00000000-0000-4000-8000-00000000000{number}",
                {"fact": fact, "reason": f"更正{number}", "place": "东门", "slot_shift": "白班"},
            ],
        )
    assert sorted(page.evaluate("() => window.sent") for page in (officer, principal)) == [200, 409]
    assert server.rows("SELECT count(*) FROM evidence_fact WHERE corrects_id = %s", fact)[0][0] == 1
    assert server.command("evidence", "verify").returncode == 0


def test_streams_do_not_keep_the_database(server, sign_in):
    """Thirty open boards hold no thirty connections."""
    page = sign_in("lin")
    before = server.rows("SELECT count(*) FROM pg_stat_activity WHERE datname = 'anyuan'")[0][0]
    page.evaluate(
        "() => { window.streams = Array.from({length: 30}, () => fetch('/live/')); return new"
        " Promise(done => setTimeout(done, 1500)); }"
    )
    after = server.rows("SELECT count(*) FROM pg_stat_activity WHERE datname = 'anyuan'")[0][0]
    assert after - before < 10
