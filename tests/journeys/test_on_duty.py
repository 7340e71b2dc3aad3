"""On duty: a roster made by the worker, a phone that is often offline, and a network that drops,
delays and repeats.
"""

from __future__ import annotations

import io
import os
import random
import shutil
import subprocess
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import FLAGS
from tests.journeys.test_accessible import problems

pytestmark = pytest.mark.browser
WALKS = int(os.environ.get("FAULTS", "12")) // 2 or 6
DIST = Path(__file__).parents[2] / "frontend" / "dist" / "anyuan"


GIVEN = """
from datetime import timedelta
from django.utils.timezone import now
from anyuan.kernel.clock import local_day
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.people.models import Person
from anyuan.staffing.rosters.models import Roster, Shift
from anyuan.staffing.stations.models import Station
day = timedelta(days=1)
with acting(SYSTEM):
    person = Person.objects.get(username="{who}")
    unit = person.unit
    near = Shift.objects.filter(starts_at__lt=now() + day, ends_at__gt=now() - day)
    near.filter(person=person).update(person=None)
    stations = Station.objects.filter(unit=unit, kind="{kind}")
    shift = Shift.objects.create(
        unit=unit,
        roster=Roster.objects.filter(unit=unit).order_by("pk").first(),
        station=stations.order_by("pk").first(),
        person=person,
        day=local_day(now()),
        starts_at=now() + timedelta(minutes={begins}),
        ends_at=now() + timedelta(hours={hours}),
        in_force=True,
    )
    print(unit.pk, shift.pk)
"""


def give_shift(server, who, *, kind="patrol", begins=-10, hours=3):
    """Put somebody on duty now, past the pages: the sample's roster is another every day."""
    script = GIVEN.format(who=who, kind=kind, begins=begins, hours=hours)
    unit, shift = map(int, server.program(script))
    return unit, shift


def codes(server, unit, kind="day"):
    """The letters under the codes of a route's points, in order."""
    out = server.command("place-codes", str(unit)).stdout.split()
    known = {line.split("=")[0]: line.split("=")[1] for line in out}
    points = server.rows(
        "SELECT c.place_id FROM patrols_checkpoint c JOIN patrols_route r ON r.id = c.route_id"
        " WHERE r.unit_id = %s AND r.kind = %s AND c.closed_on IS NULL ORDER BY c.order",
        unit,
        kind,
    )
    return [known[str(p)] for (p,) in points]


def kept(page, files=4):
    """Wait until the service worker is in charge and has the kit's files."""
    for _ in range(60):
        if (
            page.evaluate("navigator.serviceWorker.controller !== null")
            and page.evaluate(
                "caches.keys().then(k => Promise.all(k.map(n => caches.open(n).then(c =>"
                " c.keys())))).then(l => l.flat().length)"
            )
            >= files
        ):
            return
        page.wait_for_timeout(100)
    pytest.fail("the kit was not kept on the phone")


def scan(page, letters, label="扫巡逻点"):
    page.click(f"button:has-text('{label}')")
    page.locator("label:has-text('二维码下方的字母') input").fill(letters)
    page.click("button:has-text('使用')")


def test_a_roster_from_asking_to_in_force_and_a_stand_in(server, sign_in):
    office = sign_in("chen")
    office.goto("/roster/making/")
    monday = date.today() + timedelta(days=35 - date.today().weekday())
    office.fill("[name=starts]", monday.isoformat())
    office.fill("[name=ends]", (monday + timedelta(days=13)).isoformat())
    office.click("button:has-text('开始排班')")
    expect(office.locator("button:has-text('发布')")).to_be_visible(timeout=45_000)
    expect(office.locator("h1")).to_have_text("全部班次已排满")
    expect(office.locator(".roster-table tbody tr")).to_have_count(7)
    office.click("button:has-text('发布')")
    expect(office.locator(".roster-table .who.is-empty")).to_have_count(0)
    office.locator(".roster-table tbody tr").first.locator("td").nth(1).locator("a").first.click()
    expect(office.locator("h2").first).to_have_text("为何是此人")
    office.locator(".due-list li:has(button:has-text('指派'))").first.locator(
        "button:has-text('指派')"
    ).click()
    expect(office.locator("text=由陈主任 调整")).to_be_visible()
    # Dragged onto another's name, the two change places.
    office.goto(f"/roster/?day={monday + timedelta(days=7)}")
    # A gate is manned every day, whatever the school calendar says of that week.
    heads = office.locator(".roster-table thead th").all_inner_texts()
    column = next(i for i, text in enumerate(heads, 1) if text.startswith("东门早班"))
    cells = [
        office.locator(f".roster-table tbody tr:nth-child({row}) td:nth-child({column}) .who")
        for row in (1, 2, 3, 4, 5)
    ]
    names = [c.inner_text() for c in cells]
    other = next(i for i in range(1, 5) if names[i] != names[0])
    cells[other].drag_to(cells[0])
    office.wait_for_load_state()
    after = [
        office.locator(
            f".roster-table tbody tr:nth-child({row}) td:nth-child({column}) .who"
        ).inner_text()
        for row in (1, other + 1)
    ]
    assert (
        after == [names[other], names[0]] or office.locator(".alert-danger").count() == 1
    )  # or it says why not
    for kind in ("xlsx", "docx"):
        office.goto(f"/roster/?day={monday}")
        office.click("summary:has-text('下载')")
        with office.expect_download() as download:
            office.click(f"a:has-text('{kind}') >> nth=0")
        assert Path(download.value.path()).stat().st_size > 4000


def test_a_shift_and_a_round_without_network(server, sign_in):
    unit, shift = give_shift(server, "wang")
    page = sign_in("wang", phone=True, refused="Failed to load resource")
    page.goto("/field/")
    expect(page.locator("h1")).to_contain_text("正在值勤")
    kept(page)
    letters = codes(server, unit)
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("h1")).to_contain_text("正在值勤")
    scan(page, letters[1], "扫码签到")
    expect(page.locator("section .ok")).to_contain_text("已保存在手机上")
    page.click("button:has-text('开始巡逻：校园日巡')")
    for i, code in enumerate(letters):
        scan(page, code)
        if i == 1:
            page.set_input_files(
                "input[type=file]",
                {
                    "name": "x.png",
                    "mimeType": "image/png",
                    "buffer": bytes.fromhex(
                        "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c636800000082008177cd72b60000000049454e44ae426082"
                    ),
                },
            )
            expect(page.locator(".previews img")).to_have_count(1)
            page.locator("label:has-text('说明') input").fill("灭火器压力低")
            page.click("button:has-text('隐患')")
        else:
            page.click("button:has-text('一切正常')")
        if i == 3:
            expect(page.locator("h1")).to_have_text(
                "还差 3 个点"
            )  # it says so only once it is saved
            page.reload()  # killed on the way: nothing is gone
            page.click("button:has-text('继续巡逻')")
    expect(page.locator("h1")).to_have_text("全部巡到")
    expect(page.locator("#strip")).to_contain_text(f"手机上有 {len(letters) + 3} 条未发")
    assert not server.rows("SELECT 1 FROM presence_presence WHERE shift_id = %s", shift)
    page.context.set_offline(False)
    page.click("#strip .state")
    page.click("button:has-text('立即重发')")
    expect(page.locator("#strip")).to_contain_text("已同步", timeout=20_000)
    ((how, doubts),) = server.rows(
        "SELECT how, doubts FROM presence_presence WHERE shift_id = %s", shift
    )
    assert (how, doubts) == ("scanned", [])
    # Nobody walks that fast: it counts once the principal has accepted it.
    ((round_, complete, doubts),) = server.rows(
        "SELECT id, complete, doubts FROM patrols_round WHERE shift_id = %s", shift
    )
    assert (complete, doubts) == (False, ["not_walked"])
    principal = sign_in("zhao")
    principal.goto(f"/rounds/{round_}/")
    expect(principal.locator("h1")).to_contain_text("存疑")
    principal.fill("[name=why]", "测试走查，陪同到点")
    principal.click("button:has-text('认可这一轮')")
    expect(principal.locator("h1")).not_to_contain_text("存疑")
    ((complete, fact),) = server.rows(
        "SELECT complete, fact_id FROM patrols_round WHERE id = %s", round_
    )
    assert complete
    assert server.rows("SELECT quantity, activity FROM evidence_fact WHERE id = %s", fact) == [
        (1, "patrol.round")
    ]
    ((files,),) = server.rows(
        "SELECT jsonb_array_length(files) FROM evidence_fact WHERE activity = 'hazard.found' ORDER"
        " BY id DESC LIMIT 1"
    )
    assert files == 1
    assert "整" in server.command("evidence", "verify").stdout


class Weather:
    """A network that, by chance, drops a request before it arrives, loses its answer, delays it, or
    sends it twice.
    """

    def __init__(self, context, rng):
        self.rng, self.bad = rng, True
        context.route("**/api/**", self.handle)

    def handle(self, route):
        fate = self.rng.random() if self.bad else 1.0
        if fate < 0.2:
            route.abort()
        elif fate < 0.4:
            route.fetch()  # it arrived, and the answer was lost
            route.abort()
        elif fate < 0.55:
            route.fetch()
            route.fulfill(response=route.fetch())  # it arrived twice
        elif fate < 0.65:
            route.fulfill(status=502, content_type="text/html", body="<h1>bad gateway</h1>")
        else:
            route.continue_()


def test_random_walks_through_bad_weather_lose_and_double_nothing(server, chromium):
    """Each walk records some things while the network is cut, lossy or the page is killed;
    afterwards each is there once.
    """
    rng = random.Random(20260520)
    context = chromium.new_context(
        locale="zh-CN",
        viewport={"width": 390, "height": 844},
        base_url=server.url,
        service_workers="block",
    )
    page = context.new_page()
    page.goto("/sign-in/")
    page.fill("#id_login", "li")
    page.fill("#id_password", "anyuan-demo-2026")
    page.click("button.big")
    page.wait_for_url(server.url + "/")
    page.goto("/field/")
    expect(page.locator("button:has-text('记录其他事项')")).to_be_visible()
    weather = Weather(context, rng)
    wanted = []
    for walk in range(WALKS):
        weather.bad = rng.random() < 0.8
        for step in range(rng.randint(1, 4)):
            name = f"walk-{walk}-{step}"
            page.click("button:has-text('记录其他事项')")
            page.fill("input[type=search]", "网上巡查")
            page.click(".choose button:has-text('网上巡查') >> nth=-1")
            page.locator("label:has-text('地点') input").fill(name)
            page.click("button:has-text('保存')")
            expect(page.locator("button:has-text('记录其他事项')")).to_be_visible()
            wanted.append(name)
            if rng.random() < 0.3:
                page.wait_for_timeout(rng.randint(0, 150))
                weather_was, weather.bad = weather.bad, False
                page.goto("/field/")  # killed and opened again
                weather.bad = weather_was
                expect(page.locator("button:has-text('记录其他事项')")).to_be_visible()
    weather.bad = False
    page.click("#strip .state")
    expect(page.locator("h1")).to_have_text("本机记录")
    for _ in range(20):
        page.click("button:has-text('立即重发')")
        page.wait_for_timeout(500)
        if "已同步" in page.locator("#strip").inner_text():
            break
    expect(page.locator("#strip")).to_contain_text("已同步")
    assert page.locator(".sent .received").count() == len(wanted)
    context.close()
    found = server.places("walk-")
    assert [place for _by, place in found] == wanted  # none lost, none doubled, in order


def test_a_tap_is_not_lost_when_something_is_sent_under_the_finger(server, sign_in):
    page = sign_in("wang", phone=True)
    page.goto("/field/")
    expect(page.locator("#strip")).to_contain_text("已同步")  # what is still drawn has no place yet
    page.locator("button:has-text('记录其他事项')").hover(position={"x": 20, "y": 20})
    page.mouse.down()
    page.evaluate(
        "window.dispatchEvent(new Event('focus'))"
    )  # something is sent, and the screen would be drawn anew
    page.wait_for_timeout(700)
    page.mouse.up()
    expect(page.locator("input[type=search]")).to_be_visible()


def test_many_at_once_begin_one_round_and_reach_one_point(server, sign_in):
    """Eight commands of their own, all at the same moment: one round, one scan, one sign-in, and no
    error.
    """
    import json
    import urllib.request
    from concurrent.futures import ThreadPoolExecutor
    from uuid import uuid4

    unit, shift = give_shift(server, "wang")
    page = sign_in("wang")
    cookies = {c["name"]: c["value"] for c in page.context.cookies()}
    headers = {
        "Content-Type": "application/json",
        "Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items()),
        "X-CSRFToken": cookies["csrftoken"],
        "Origin": server.url,
    }
    ((route, point),) = server.rows(
        "SELECT r.id, c.id FROM patrols_route r JOIN patrols_checkpoint c ON c.route_id = r.id"
        " WHERE r.unit_id = %s AND r.kind = 'day' ORDER BY c.order LIMIT 1",
        unit,
    )
    key = str(uuid4())

    def send(verb, **fields):
        body = json.dumps({"id": str(uuid4()), "verb": verb, "fields": fields}).encode()
        with urllib.request.urlopen(
            urllib.request.Request(f"{server.url}/api/commands", body, headers), timeout=30
        ) as answer:
            return answer.status

    with ThreadPoolExecutor(8) as pool:
        for verb, fields in (
            ("round.start", {"round": key, "route": route}),
            ("round.scan", {"round": key, "checkpoint": point}),
            ("shift.sign_in", {"shift": shift}),
            ("round.end", {"round": key}),  # nobody after this is in the middle of a round
        ):
            assert set(pool.map(lambda _, v=verb, f=fields: send(v, **f), range(8))) == {200}
    assert server.rows("SELECT count(*) FROM patrols_round WHERE key = %s", key) == [(1,)]
    assert server.rows(
        "SELECT count(*) FROM patrols_scan s JOIN patrols_round r ON r.id = s.round_id WHERE r.key"
        " = %s",
        key,
    ) == [(1,)]
    assert server.rows(
        "SELECT count(*) FROM evidence_fact f JOIN presence_presence p ON p.fact_id = f.id WHERE"
        " p.shift_id = %s",
        shift,
    ) == [(1,)]


QUEUE = """async (count) => {
    const open = indexedDB.open('anyuan-field', 1);
    const db = await new Promise((ok) => (open.onsuccess = () => ok(open.result)));
    const ask = (r) => new Promise((ok, no) => {
        r.onsuccess = () => ok(r.result);
        r.onerror = () => no(r.error);
    });
    const key = await ask(db.transaction('keys').objectStore('keys').get('key'));
    const taken = await ask(db.transaction('kept').objectStore('kept').get('taken'));
    const how = {name: 'AES-GCM', iv: taken.iv};
    const opened = await crypto.subtle.decrypt(how, key, taken.data);
    const person = JSON.parse(new TextDecoder().decode(opened));
    for (let i = 0; i < count; i++) {
        const iv = crypto.getRandomValues(new Uint8Array(12));
        const unit = person.units[0].id;
        const fields = {activity: 'patrol.online', unit, place: `queue-${i}`, occurred_at: ''};
        const at = new Date().toISOString();
        const rest = {at, label: 'x', files: [], because: '', doubts: []};
        const said = new TextEncoder().encode(
            JSON.stringify({verb: 'fact.record', fields, ...rest})
        );
        const data = await crypto.subtle.encrypt({name: 'AES-GCM', iv}, key, said);
        const row = {id: crypto.randomUUID(), person: person.person, state: 'saved', done: 0};
        const outbox = db.transaction('outbox', 'readwrite').objectStore('outbox');
        await ask(outbox.add({...row, box: {iv, data}}));
    }
}"""


def test_a_long_queue_is_sent_in_order(server, sign_in):
    """After a week without network; two thousand with FAULTS."""
    count = 2000 if os.environ.get("FAULTS") else 150
    page = sign_in("li", phone=True, refused="Failed to load resource")
    page.goto("/field/")
    kept(page)
    page.context.set_offline(True)
    page.evaluate(QUEUE, count)
    page.reload()
    expect(page.locator("#strip")).to_contain_text(f"手机上有 {count} 条未发")
    page.context.set_offline(False)
    page.click("#strip .state")
    page.click("button:has-text('立即重发')")
    expect(page.locator("#strip")).to_contain_text("已同步", timeout=240_000)
    found = server.places("queue-")
    assert [place for _by, place in found] == [f"queue-{i}" for i in range(count)]


def test_what_the_server_refuses_is_said_and_one_persons_work_waits_for_them(server, sign_in):
    _unit, shift = give_shift(server, "wang", begins=-5)
    page = sign_in("wang", phone=True, refused="Failed to load resource")

    def now_it_is(who):
        """Sign out with things unsent, and somebody else in."""
        page.goto("/")
        page.locator("form[action='/sign-out/'] button").first.click()
        page.wait_for_url("**/sign-in/**")
        page.fill("#id_login", who)
        page.fill("#id_password", "anyuan-demo-2026")
        page.click("button.big")
        page.wait_for_url(server.url + "/")
        page.goto("/field/")

    page.goto("/field/")
    kept(page)
    page.context.set_offline(True)
    page.click("button:has-text('不扫码签到')")
    expect(page.locator("section .ok")).to_contain_text("已保存在手机上")
    # Meanwhile the office gives the shift to somebody else, and another person signs in on this
    # phone.
    server.program(
        "from anyuan.kernel.scoping import SYSTEM, acting\n"
        "from anyuan.org.people.models import Person\n"
        "from anyuan.staffing.rosters.models import Shift\n"
        "with acting(SYSTEM):\n"
        "    zhao = Person.objects.get(username='zhao')\n"
        f"    given = Shift.objects.get(pk={shift})\n"
        "    Shift.objects.filter(person=zhao, starts_at__lt=given.ends_at,\n"
        "        ends_at__gt=given.starts_at).update(person=None)\n"
        f"    Shift.objects.filter(pk={shift}).update(person=zhao)"
    )
    page.goto("about:blank")
    page.context.set_offline(False)
    now_it_is("li")
    expect(page.locator("#strip")).to_contain_text("另有他人 1 条")
    page.goto("about:blank")
    now_it_is("wang")
    expect(page.locator("#strip")).to_contain_text("未接受 1", timeout=15_000)
    page.click("#strip .state")
    expect(page.locator(".refused")).to_contain_text("此班次现为赵校长")
    page.click("button:has-text('从手机上删除')")
    expect(page.locator(".refused")).to_have_count(0)


def test_one_tap_can_be_undone_and_else_goes_by_itself(server, sign_in):
    _unit, shift = give_shift(server, "wang", begins=-5)
    page = sign_in("wang", phone=True)
    page.goto("/field/")
    kept(page)
    page.click("button:has-text('不扫码签到')")
    page.click("button:has-text('撤销')")
    expect(page.locator("button:has-text('不扫码签到')")).to_be_visible()
    expect(page.locator("#strip")).to_contain_text("已同步")
    page.click("button:has-text('不扫码签到')")
    expect(page.locator("button:has-text('撤销')")).to_be_visible()
    expect(page.locator("section .ok")).to_contain_text("已收到", timeout=20_000)
    expect(page.locator("button:has-text('撤销')")).to_have_count(0)
    ((came,),) = server.rows("SELECT came_at IS NOT NULL FROM rosters_shift WHERE id = %s", shift)
    assert came


def choose_pin(page, pin):
    page.goto("/account/pin/")
    page.fill("[name=pin]", pin)
    page.fill("[name=again]", pin)
    page.click("button:has-text('保存')")
    expect(page.locator("main")).to_contain_text("PIN 已设置")


def type_pin(page, name, pin):
    page.click(f"button:has-text('{name}')")
    for digit in pin:
        page.locator(f".pin-pad button:text-is('{digit}')").click()


def record_unsafe(page, what):
    page.click("button:has-text('记录其他事项')")
    page.locator("input[type=search]").fill("网上巡查")
    page.click(".choose button:has-text('网上巡查')")
    page.locator("label:has-text('地点') input").fill(what)
    page.click("button:has-text('保存')")


def test_a_shared_tablet_keeps_several_people_apart_also_without_network(server, sign_in, chromium):
    for who, pin in (("wang", "280517"), ("li", "944630")):
        choose_pin(sign_in(who), pin)
    office = sign_in("chen")
    office.goto("/roster/tablets/")
    office.fill("[name=name]", "门卫平板")
    office.click("button:has-text('添加')")
    link = office.locator("code").inner_text()
    assert office.locator("img[alt]").first.is_visible()
    context = chromium.new_context(
        locale="zh-CN", viewport={"width": 820, "height": 1180}, base_url=server.url
    )
    page = context.new_page()
    page.goto(link)
    expect(page.locator("h1")).to_have_text("谁在岗？")
    assert "tablet=" not in page.url  # the token does not stay in sight
    kept(page)
    type_pin(page, "王门卫", "280518")
    expect(page.locator("[role=alert]")).to_contain_text("PIN 不对")
    for digit in "280517":
        page.locator(f".pin-pad button:text-is('{digit}')").click()
    expect(page.locator("main")).to_contain_text("王门卫")
    record_unsafe(page, "tablet-王-1")
    expect(page.locator("#strip")).to_contain_text("已同步", timeout=15_000)
    page.click("button:has-text('锁定，换人')")
    type_pin(page, "李老师", "944630")
    expect(page.locator("button:has-text('记录其他事项')")).to_be_visible()
    page.click("button:has-text('锁定，换人')")
    # Without network: both are known here, each by their own PIN, and the tablet survives being
    # killed.
    context.set_offline(True)
    page.reload()
    expect(page.locator("h1")).to_have_text("谁在岗？")
    type_pin(page, "李老师", "280517")
    expect(page.locator("[role=alert]")).to_contain_text("PIN 不对")
    page.click("button:has-text('返回')")
    for name, pin, what in (
        ("李老师", "944630", "tablet-李-1"),
        ("王门卫", "280517", "tablet-王-2"),
    ):
        type_pin(page, name, pin)
        record_unsafe(page, what)
        page.click("#strip .state")
        expect(page.locator(".sent li")).to_have_count(
            1 if name == "李老师" else 2
        )  # one's own alone
        page.click("button:has-text('返回')")
        page.click("button:has-text('锁定，换人')")
    expect(page.locator("#strip")).to_contain_text("手机上有 2 条未发")
    context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#strip")).to_contain_text("已同步", timeout=20_000)
    found = sorted(server.places("tablet-"), key=lambda f: f[1])
    assert found == sorted(
        [("李老师", "tablet-李-1"), ("王门卫", "tablet-王-1"), ("王门卫", "tablet-王-2")],
        key=lambda f: f[1],
    )
    # Lost: nothing more is taken from it, and what is still on it waits.
    office.goto("/roster/tablets/")
    office.click("button:has-text('丢失或不再共用')")
    context.set_offline(True)
    type_pin(page, "王门卫", "280517")
    record_unsafe(page, "tablet-王-3")
    context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#strip")).to_contain_text("请再次解锁", timeout=20_000)
    assert not server.places("tablet-王-3")
    context.close()


@pytest.fixture
def small_phone(server, chromium):
    """A browser whose profile lies on a disk of its own, which can be made full and roomy again;
    where the machine lets one be made.
    """
    disk = Path(tempfile.mkdtemp(prefix="anyuan-phone-"))
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3g", "tmpfs", str(disk)], capture_output=True
    ).returncode:
        disk.rmdir()
        pytest.skip("no disk can be made here")

    def resize(spare=None):
        used = int(
            subprocess.run(
                ["df", "--output=used", "-k", str(disk)], capture_output=True, text=True, check=True
            ).stdout.split()[-1]
        )
        subprocess.run(
            [
                "mount",
                "-o",
                f"remount,size={f'{used + spare}k' if spare is not None else '3g'}",
                str(disk),
            ],
            check=True,
        )

    context = chromium.browser_type.launch_persistent_context(
        str(disk / "profile"),
        executable_path=shutil.which("chromium"),
        args=FLAGS,
        locale="zh-CN",
        base_url=server.url,
        viewport={"width": 390, "height": 844},
    )
    yield context, resize
    resize()
    context.close()
    subprocess.run(["umount", "-l", str(disk)], check=False)
    shutil.rmtree(disk, ignore_errors=True)


def large_photo():
    """Twelve megapixels of noise, as a phone's camera makes them."""
    from PIL import Image

    noise = Image.effect_noise((1000, 750), 90).resize((4000, 3000)).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=92)
    return out.getvalue()


COUNT = (
    "new Promise(r => { const a = indexedDB.open('anyuan-field', 1); a.onsuccess = () => { const t"
    " = a.result.transaction(['outbox', 'files']); const n = t.objectStore('outbox').count(), m ="
    " t.objectStore('files').count(); t.oncomplete = () => r([n.result, m.result]); } })"
)


def test_a_phone_that_is_full_says_so_and_saves_nothing_by_half(server, small_phone):
    context, resize = small_phone
    page = context.pages[0]
    page.goto("/sign-in/")
    page.fill("#id_login", "wang")
    page.fill("#id_password", "anyuan-demo-2026")
    page.click("button.big")
    page.wait_for_url(server.url + "/")
    page.goto("/field/")
    kept(page)
    context.set_offline(True)
    page.click("button:has-text('记录其他事项')")
    page.locator("input[type=search]").fill("隐患车辆")
    page.click(".choose button:has-text('隐患车辆')")
    page.locator("label:has-text('车牌') input").fill("皖A12345")
    page.locator("label:has-text('对象') input").fill("三无车")
    page.set_input_files(
        "input[type=file]", {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": large_photo()}
    )
    expect(page.locator(".previews img")).to_have_count(1, timeout=15_000)
    resize(spare=20)
    page.click("button:has-text('保存')")
    expect(page.locator("#strip")).to_contain_text("手机已满", timeout=15_000)
    assert page.evaluate(COUNT) == [0, 0]
    expect(page.locator("label:has-text('对象') input")).to_have_value(
        "三无车"
    )  # what was typed is still there
    # Room again: the same button works, and all of it arrives.
    resize()
    page.wait_for_timeout(800)  # a second click within a moment is the same click
    page.click("button:has-text('保存')")
    expect(page.locator("#strip")).to_contain_text("手机上有 1 条未发", timeout=15_000)
    assert page.evaluate(COUNT) == [1, 1]
    context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#strip")).to_contain_text("已同步", timeout=30_000)
    ((files,),) = server.rows(
        "SELECT jsonb_array_length(files) FROM evidence_fact WHERE activity = 'vehicle.unsafe'"
        " ORDER BY id DESC LIMIT 1"
    )
    assert files == 1


def test_the_kit_is_small_and_opens_offline_at_once_on_a_slow_phone(server, sign_in):
    import gzip

    size = sum(len(gzip.compress((DIST / name).read_bytes())) for name in ("field.js", "field.css"))
    assert size < 200_000
    page = sign_in("wang", phone=True, refused="Failed to load resource")
    page.goto("/field/")
    kept(page)
    page.context.set_offline(True)
    link = page.context.new_cdp_session(page)
    link.send("Emulation.setCPUThrottlingRate", {"rate": 6})
    begin = time.perf_counter()
    page.goto("/field/", wait_until="commit")
    expect(page.locator("h1")).to_be_visible()
    print(
        "opened without network at a sixth of this machine's speed in"
        f" {time.perf_counter() - begin:.2f} s"
    )


@pytest.mark.parametrize(
    ("who", "pages", "phone"),
    [
        (
            "chen",
            (
                "/roster/",
                "/roster/mine/",
                "/roster/stations/",
                "/roster/people/",
                "/roster/making/",
                "/roster/leaves/",
                "/roster/zones/",
                "/roster/tablets/",
                "/patrols/",
                "/patrols/routes/",
                "/codes/",
                "/shifts/1/",
            ),
            False,
        ),
        (
            "wang",
            (
                "/roster/",
                "/roster/mine/",
                "/roster/zones/",
                "/account/pin/",
                "/account/address/",
                "/patrols/",
                "/field/",
            ),
            True,
        ),
    ],
)
def test_nothing_serious_on_the_pages_of_duty(server, sign_in, who, pages, phone):
    page = sign_in(who, phone=phone)
    found = [p for path in pages for p in problems(page, path)]
    assert not found, "\n".join(map(str, found))
