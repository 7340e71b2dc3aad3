"""Sentences of our own, each with what it asks; and what looks like a duty and is none."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyuan.obligations.reading import document, rules
from anyuan.obligations.reading.errors import EmptyDocument, Encrypted, NotText, TooLarge
from anyuan.obligations.reading.numerals import parse

HEAD = "某校安全工作制度\n一、工作要求\n1."


def asked(sentence):
    (plan,) = rules.read("x", HEAD + sentence + "。")
    return [
        (o.as_row("x")["activity"], o.comparator, o.quantity, o.unit, o.period, o.due)
        for o in plan.obligations
        if o.kind != "standing"
    ]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("保安每班巡逻校园不少于3遍", [("patrol", ">=", 3, "遍", "shift", None)]),
        ("学校每两周召开一次安全例会", [("meeting", "==", 2, "周/次", "week", None)]),
        ("每学期至少组织两次以上消防演练", [("drill", ">=", 2, "次", "term", None)]),
        (
            "值班教师每隔2小时巡查一次宿舍楼",
            [("dormitory_check", "==", 2, "小时/次", "continuous", None)],
        ),
        (
            "严格落实日巡查、周排查、月检查制度",
            [
                ("patrol", "==", 1, "次", "day", None),
                ("hazard_inspection", "==", 1, "次", "week", None),
                ("hazard_inspection", "==", 1, "次", "month", None),
            ],
        ),
        ("每个校门配备保安员2至3名", [("staffing", ">=", 2, "人", "continuous", None)]),
        ("安全知识知晓率达到百分之九十五", [("coverage_rate", ">=", 95, "%", "continuous", None)]),
        ("监控录像保存不少于三十天", [("equipment", ">=", 30, "天", "continuous", None)]),
        ("门卫室二十四小时有人值守", [("duty_post", "==", 24, "小时", "continuous", None)]),
        ("每增加300名学生增配1名保安员", [("staffing", "==", 1, "人", "continuous", None)]),
        ("保安员年龄不超过55周岁", [("staffing", "<=", 55, "岁", "continuous", None)]),
        (
            "校内行车时速不得超过5公里",
            [("vehicle_control", "<=", 5, "公里/小时", "continuous", None)],
        ),
        (
            "各校于11月20日前将总结报送县教育局",
            [("report_submission", "exists", None, None, "before_date", "11-20")],
        ),
        ("每周一召开安全例会", [("meeting", "==", 1, "次", "week", "@周一")]),
        ("每周一小查", [("hazard_inspection", "==", 1, "次", "week", None)]),
        (
            "城区学校每月、村小每季度至少组织一次疏散演练",
            [("drill", ">=", 1, "次", "month", None), ("drill", ">=", 1, "次", "quarter", None)],
        ),
        ("疏散通道净宽不应小于1.5米", [("equipment", ">=", 1.5, "米", "continuous", None)]),
        ("校门两侧80米范围内不得摆摊设点", [("surroundings", "<=", 80, "米", "continuous", None)]),
        ("来访登记本保存不少于一年", [("filing", ">=", 1, "年", "continuous", None)]),
        ("疏散演练中4分钟内全部撤离到操场", [("drill", "<=", 4, "分钟", "continuous", None)]),
        (
            "班主任每次节假日放假前用30分钟开展安全教育",
            [("lesson", "==", 30, "分钟", "before_date", "节假日放假前")],
        ),
        (
            "学校发生事故应当在半小时内报告区教育局",
            [("report_submission", "<=", 30, "分钟", "before_date", "事发后30分钟")],
        ),
        (
            "早上6:30至晚上9:30校门实行双岗值守",
            [("duty_post", "==", 2, "人", "day", "@06:30~21:30")],
        ),
        (
            "上午7:10至7:50、下午16:20至17:00在校门口护学",
            [("duty_post", "exists", None, None, "day", "@07:10~07:50;16:20~17:00")],
        ),
        ("本校下午放学时间为4:20至4:40", []),
        ("晚点15分钟以上的由照管员通知家长", []),
        ("如3人以上出现呕吐症状,立即停止供餐", []),
        ("各校用一年时间全部实行封闭管理", []),
        ("300人以下 不少于2名专职保安员", [("staffing", ">=", 2, "人", "continuous", None)]),
        ("夜班巡逻不少于3圈", [("patrol", ">=", 3, "圈", "shift", "@夜间")]),
        ("每月5日前上报隐患台账", [("report_submission", "==", 1, "次", "month", "@每月5日前")]),
    ],
)
def test_what_a_sentence_asks(sentence, expected):
    assert asked(sentence) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "去年全镇共开展演练128次",
        "学期内脱岗三次的予以辞退",
        "发现一次扣2分",
        "存在问题:部分学校门卫平均年龄超过60岁",
        "落水10分钟内得到处置得5分",
        "我校现有学生1200名、教职工86人",
        "依据《中华人民共和国消防法》第十六条和GB/T 29315-2022执行",
        "取消每周一次的安全报表",
        "造成3人以上死亡的为较大事故",
        "请假3天以内由班主任批准",
        "联系电话0571-88886666",
        "落实一岗双责,做到三防到位",
        "教青安〔2025〕12号",
    ],
)
def test_what_looks_like_a_duty_and_is_none(sentence):
    assert asked(sentence) == []


def test_without_a_measure_in_the_text_nothing_is_invented():
    (plan,) = rules.read("x", HEAD + "学校要加强门卫管理,认真做好来访登记。")
    assert {o.kind for o in plan.obligations} == {"standing"}
    assert all(o.quantity is None and o.comparator == "exists" for o in plan.obligations)


def test_every_duty_keeps_the_words_it_came_from():
    text = HEAD + "保安 每班　巡逻校园不少于`3遍。学校每月开展一次排查。"
    (plan,) = rules.read("x", text)
    quotes = [text[o.start : o.end] for o in plan.obligations]
    assert quotes == ["保安 每班　巡逻校园不少于`3遍", "学校每月开展一次排查"]


def test_sentences_with_a_number_that_gave_nothing_are_listed():
    (plan,) = rules.read("x", HEAD + "做到8个到位的口号上墙。学校每月开展一次排查。")
    assert len(plan.obligations) >= 1
    (other,) = rules.read("x", "通知\n1.宣传横幅长度12米左右。")
    assert [u.text for u in other.unread] == ["宣传横幅长度12米左右"]


def test_phases_with_every_kind_of_dash():
    text = (
        "方案\n四、步骤\n(一)部署阶段(3月1日—3月15日)。开会。\n(二)自查阶段(3.16-4.30)。自查。"
        "\n(三)督查阶段（５月１日 至 ５月31日）。检查。\n(四)总结阶段(6月底前)。总结。"
    )
    (plan,) = rules.read("x", text)
    assert [(p.name, p.start, p.end) for p in plan.phases] == [
        ("部署阶段", "03-01", "03-15"),
        ("自查阶段", "03-16", "04-30"),
        ("督查阶段", "05-01", "05-31"),
        ("总结阶段", None, "06-30"),
    ]


def test_broken_and_repeated_numbering_loses_no_sentence():
    text = (
        "方案\n一、甲\n1、学校每周检查一次。\n1、学校每月检查一次。\n五、"
        "乙\n3）学校每学期检查一次。\n二、丙\n(1)学校每年检查一次。"
    )
    (plan,) = rules.read("x", text)
    assert [o.period for o in plan.obligations] == ["week", "month", "term", "year"]


def test_plans_in_one_file_are_told_apart():
    text = "安全方案 篇1\n学校每周检查一次。\n安全方案 篇2\n学校每月检查一次。"
    one, two = rules.read("集.txt", text)
    assert (one.doc, two.doc) == ("集.txt/1", "集.txt/2")
    assert [o.period for o in one.obligations + two.obligations] == ["week", "month"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("十", 10),
        ("二十一", 21),
        ("一百零五", 105),
        ("两", 2),
        ("叁", 3),
        ("二〇二六", 2026),
        ("1.5", 1.5),
        ("半", 0.5),
        ("卅", 30),
        ("几", None),
        ("", None),
    ],
)
def test_numerals(text, value):
    assert parse(text) == value


@given(
    st.text(
        alphabet="学校每周月日一二两3至不少于次名小时前后，。、：（）()①二是要%年起底\n 　",
        max_size=200,
    )
)
def test_any_text_is_read_without_an_error_and_spans_stay_inside(text):
    for plan in rules.read("x", text):
        for o in plan.obligations:
            assert 0 <= o.start <= o.end <= len(text)


# -- documents ----------------------------------------------------------------
def test_both_encodings_are_read_and_broken_bytes_are_said():
    text = "学校每月开展一次排查。\n" * 5
    assert document.from_bytes("a.txt", text.encode("gb18030")).text == text
    assert document.from_bytes("a.txt", b"\xef\xbb\xbf" + text.encode()).text == text
    broken = text.encode("gb18030")
    found = document.from_bytes("a.txt", broken[:60] + b"\xff\xff" + broken[60:])
    assert "乱码" in found.warnings[0] and "�" in found.text


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (b"", EmptyDocument, "空的"),
        (b" \n ", EmptyDocument, "空的"),
        (b"\xff\xd8\xff\xe0" + b"0" * 99, NotText, "图片"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 99, Encrypted, "加密"),
        (b"x" * (20 << 20), TooLarge, "10 MB"),
        (b"PK\x03\x04" + b"0" * 99, NotText, "损坏"),
        (b"%PDF-1.7 nonsense", NotText, "损坏"),
    ],
)
def test_what_cannot_be_read_says_why_and_what_to_do(data, error, words):
    with pytest.raises(error, match=words) as caught:
        document.from_bytes("方案.docx", data)
    assert str(caught.value).startswith("方案.docx")


def test_a_zip_bomb_is_refused_before_it_is_opened():
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * (90 << 20))
    with pytest.raises(TooLarge, match="压缩包"):
        document.from_bytes("a.docx", bomb.getvalue())


def test_docx_paragraphs_and_tables_are_read():
    from docx import Document

    docx = Document()
    docx.add_paragraph("一、学校每月开展一次排查。")
    table = docx.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "门卫", "每班巡逻2遍"
    out = io.BytesIO()
    docx.save(out)
    text = document.from_bytes("a.docx", out.getvalue()).text
    assert "每月开展一次" in text and "门卫\t每班巡逻2遍" in text


# -- the command and the real plans ---------------------------------------------
def run(*args, stdin=b""):
    return subprocess.run(
        [sys.executable, "-m", "anyuan.ops.cli", "plan", "read", *args],
        input=stdin,
        capture_output=True,
        check=False,
    )


def test_the_command_reads_files_and_standard_input(tmp_path):
    plan = tmp_path / "方案.txt"
    plan.write_text(HEAD + "学校每月开展一次排查。", "utf-8")
    rows = [json.loads(line) for line in run(str(plan), "--format", "jsonl").stdout.splitlines()]
    assert [(r["doc"], r["activity"], r["period"]) for r in rows] == [
        ("方案.txt", "hazard_inspection", "month")
    ]
    assert "每月" in run("-", stdin=plan.read_bytes()).stdout.decode()
    failed = run(str(tmp_path / "没有.txt"), str(plan))
    assert (
        failed.returncode == 1
        and "打不开" in failed.stderr.decode()
        and "每月" in failed.stdout.decode()
    )


def test_the_structure_of_the_real_plans(seed_text):
    gold = seed_text.parents[1] / "plan-reading" / "gold_structure.jsonl"
    wanted = {(g := json.loads(line))["doc"]: g for line in gold.read_text("utf-8").splitlines()}
    for plan in rules.read(seed_text.name, document.read(seed_text).text):
        found, gold_plan = plan.as_structure(), wanted[plan.doc]
        assert found["phases"] == gold_plan["phases"]
        assert found["measures"] == gold_plan["measures"]
        assert found["org_roles"] == gold_plan["org_roles"]
        assert len(found["bodies"]) == len(gold_plan["bodies"])
        assert [r["due"] for r in found["reports"] if r["due"]] == [
            r["due"] for r in gold_plan["reports"] if r["due"]
        ]


def test_the_real_plans_are_read_well(seed_text, tmp_path):
    folder = seed_text.parents[1] / "plan-reading"
    out, scores = tmp_path / "pred.jsonl", tmp_path / "scores.json"
    out.write_bytes(run(str(seed_text), "--format", "jsonl").stdout)
    subprocess.run(
        [
            sys.executable,
            str(folder / "score.py"),
            str(out),
            "--set",
            "seed",
            "--gold",
            str(folder / "gold_seed.jsonl"),
            "--json",
            str(scores),
        ],
        check=True,
        capture_output=True,
        cwd=Path(tmp_path),
    )
    overall = json.loads(scores.read_text("utf-8"))["results"]["overall"]
    assert overall["strict"][2] >= 0.9 and overall["soft"][2] >= 0.9


@pytest.mark.parametrize(
    "named",
    [
        "青禾区护校安园工作方案（修订）",
        "青禾区护校安园工作方案(试行)",
        "青禾区护校安园工作方案（2026年版）",
        "关于开展“护校安园”行动的通知",
        "青禾区护校安园工作方案",
    ],
)
def test_a_plan_is_named_by_its_first_line_and_not_by_a_heading(named):
    (plan,) = rules.read("x", f"{named}\n三、主要措施\n1.保安每班校园巡逻不少于3遍。\n")
    assert plan.title == named.replace("（", "(").replace("）", ")")


def test_what_is_unread_has_every_field_of_the_exchange_form():
    (plan,) = rules.read("x", "河东中学安全方案\n一、宣传\n1.宣传横幅长度12米左右。")
    row = plan.unread[0].as_row("x")
    assert row["kind"] == "unread" and row["duty_holder"] == "待定"
    assert {"applies_to", "due", "period", "unit"} <= row.keys()
