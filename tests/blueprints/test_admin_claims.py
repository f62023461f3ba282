"""The review queue as its people use it: who sees what, opening, deciding, being overtaken."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from campus import NOW, PASSWORD
from forms_sent import TRAINING
from sqlalchemy import select

from portal.database import write_tx
from portal.extensions import db
from portal.models import Certificate, EvidenceFile

CLIPPED = {
    "start_on": date(2025, 7, 2),
    "end_on": date(2025, 7, 4),
    "quarters": 80,
    "title": "重症护理学术年会",
}


def decision(claim) -> str:
    return f"/admin/claims/{claim.uuid}/decision"


def marks(row) -> tuple[str, ...]:
    return tuple(row.get(f"data-{name}") for name in ("status", "version", "credited"))


def listed(answer) -> list[str]:
    return [one.get("data-claim") for one in answer.all("//*[@data-claim]")]


def test_the_queue_is_the_units_own_oldest_first(sign_in, filing):
    young = filing.claim("陈晓", "training", at=NOW - timedelta(days=1))
    old = filing.claim("刘洋", "publication", at=NOW - timedelta(days=3))
    filing.claim("何平", "training")
    filing.claim("陈晓", "achievement", "draft")
    filing.claim("陈晓", "achievement", "approved")
    page = sign_in("李静").get("/admin/claims", status=200)
    assert listed(page) == [str(old.uuid), str(young.uuid)]
    assert "2 项待审核，最早一项已等 3 天" in page.words


def test_a_row_says_what_the_claim_would_count_and_why(sign_in, filing):
    filing.claim("陈晓", "training", "approved")
    claim = filing.claim("陈晓", "training", **CLIPPED)
    page = sign_in("李静").get("/admin/claims")
    row = page.one(f"//*[@data-claim='{claim.uuid}']")
    assert (row.get("data-status"), row.get("data-version"), row.get("data-credited")) == (
        "pending",
        "1",
        "8",
    )
    assert "日上限" in row.text_content()


def test_ones_own_claim_is_shown_but_not_to_be_decided(sign_in, filing):
    claim = filing.claim("李静", "training")
    page = sign_in("李静").get("/admin/claims")
    row = page.one(f"//*[@data-claim='{claim.uuid}']")
    assert "由另一位管理员审核" in row.text_content()
    assert row.get("data-waiting") is None
    opened = sign_in("李静").get(f"/admin/claims/{claim.uuid}")
    assert not opened.all("//form[contains(@class, 'decision')]")


def test_what_a_closed_year_holds_is_told_before_anybody_decides(sign_in, filing):
    claim = filing.claim("陈晓", "training", start_on=date(2023, 3, 6), end_on=date(2023, 3, 8))
    admin = sign_in("李静")
    opened = admin.get(f"/admin/claims/{claim.uuid}")
    assert opened.words.count("2023 年度已于") == 1
    assert not opened.all("//form[contains(@class, 'decision')]")
    refused = admin.post(decision(claim), data={"action": "approve", "version": "1"}, htmx=True, status=422)
    assert refused.words.count("2023 年度已于") == 1
    assert "没有保存" in refused.words


def test_the_only_admins_own_claim_goes_to_hr(sign_in, filing):
    claim = filing.claim("赵磊", "training")
    assert "由人事处审核" in sign_in("赵磊").get("/admin/claims").words
    nobody = filing.claim("欧阳䶮", "training")
    filing.claim("陈晓", "training")
    hr = sign_in("周敏")
    assert listed(hr.get("/admin/claims")) == [str(claim.uuid), str(nobody.uuid)]
    assert len(listed(hr.get("/admin/claims?scope=all"))) == 3


@pytest.mark.parametrize("word", ["欧阳", "ouyang", "OUYANG", "20190007", "延续护理"])
def test_search_knows_name_pinyin_number_and_title(sign_in, filing, word):
    wanted = filing.claim("欧阳䶮", "publication")
    filing.claim("陈晓", "training")
    page = sign_in("周敏").get("/admin/claims", query_string={"q": word, "scope": "all"}, htmx=True)
    assert listed(page) == [str(wanted.uuid)]


def test_filters_narrow_and_an_empty_list_says_what_to_do(sign_in, filing, people):
    training = filing.claim("陈晓", "training")
    paper = filing.claim("陈晓", "publication")
    done = filing.claim("陈晓", "achievement", "approved")
    admin = sign_in("李静")
    assert listed(admin.get("/admin/claims?category=publication")) == [str(paper.uuid)]
    assert listed(admin.get("/admin/claims?status=approved")) == [str(done.uuid)]
    assert "清除筛选" in admin.get("/admin/claims?q=%25%25").words
    hr = sign_in("周敏")
    hr.get(f"/admin/claims?scope=all&unit={uuid4()}", status=200)
    assert str(training.uuid) in listed(hr.get("/admin/claims?scope=all"))


def test_an_empty_queue_says_so_kindly(sign_in):
    assert "都审核完了" in sign_in("李静").get("/admin/claims").words


@pytest.mark.parametrize(
    "query",
    [
        "status=draft",
        "status=x",
        "category=course",
        "after=1-",
        "after=x",
        "after=9999999999999999999-1",
        "after=1-2147483648",
    ],
)
def test_an_address_no_filter_wrote_is_refused_in_words(sign_in, query):
    answer = sign_in("周敏").get(f"/admin/claims?{query}", status=422)
    assert "筛选条件无法识别" in answer.words


@pytest.mark.parametrize("query", ["unit=nonsense", "q=%00", "status=pending&status=approved"])
def test_nonsense_in_the_address_is_refused(sign_in, query):
    sign_in("周敏").get(f"/admin/claims?{query}", status=422)


def test_pages_follow_one_another_without_gap_or_repeat(sign_in, filing):
    expected = [
        str(
            filing.claim(
                "陈晓", "publication", title=f"论文{n}", at=NOW - timedelta(minutes=60 - n // 3)
            ).uuid
        )
        for n in range(60)
    ]
    admin = sign_in("李静")
    found, address = [], "/admin/claims"
    sizes = []
    while address:
        page = admin.get(address)
        found += listed(page)
        sizes.append(len(listed(page)))
        following = page.all("//a[@rel='next']")
        address = following[0].get("href") if following else ""
    assert found == expected
    assert sizes == [25, 25, 10]


def test_decided_claims_come_newest_first(sign_in, filing):
    older = filing.claim("陈晓", "publication", "returned", at=NOW - timedelta(days=2))
    newer = filing.claim("刘洋", "publication", "returned", at=NOW - timedelta(days=1))
    page = sign_in("李静").get("/admin/claims?status=returned")
    assert listed(page) == [str(newer.uuid), str(older.uuid)]


def test_a_row_opens_in_place_with_everything_to_decide_by(sign_in, filing):
    filing.claim("陈晓", "training", "approved", title="省护理质控培训")
    claim = filing.claim("陈晓", "training", **CLIPPED)
    answer = sign_in("李静").get(f"/admin/claims/{claim.uuid}", htmx=True, status=200)
    assert answer.one("//tbody").get("id") == f"claim-{claim.uuid}"
    assert "省护理质控培训" in answer.words
    assert "不超过8学时/天" in answer.words
    assert "24 → 32" in answer.words
    assert answer.all("//img[starts-with(@src, '/evidence/')]")
    assert answer.one("//input[@name='hours']").get("value") == "20"
    assert answer.one("//input[@name='version']").get("value") == "1"
    assert answer.all("//svg[contains(@class, 'window')]")


def test_the_preview_in_the_row_is_what_approving_then_credits(sign_in, filing):
    filing.claim("陈晓", "training", "approved")
    claim = filing.claim("陈晓", "training", **CLIPPED)
    admin = sign_in("李静")
    promised = admin.get("/admin/claims").one(f"//*[@data-claim='{claim.uuid}']").get("data-credited")
    kept = admin.post(decision(claim), data={"action": "approve", "version": "1"}, htmx=True)
    assert kept.one("//tbody").get("data-credited") == promised == "8"


def test_a_pdf_is_shown_in_a_sandboxed_frame(sign_in, filing, app):
    claim = filing.claim("陈晓", "training")
    make_pdf(app, claim)
    answer = sign_in("李静").get(f"/admin/claims/{claim.uuid}")
    frame = answer.one("//iframe")
    assert frame.get("sandbox") == ""
    assert frame.get("src").endswith("/preview")


def test_an_opened_row_closes_again(sign_in, filing):
    claim = filing.claim("陈晓", "training")
    answer = sign_in("李静").get(f"/admin/claims/{claim.uuid}?open=0", htmx=True)
    assert not answer.all("//form")
    assert answer.one("//tbody").get("data-claim") == str(claim.uuid)


def test_typed_by_hand_the_address_is_a_whole_page(sign_in, filing):
    claim = filing.claim("陈晓", "training")
    page = sign_in("李静").get(f"/admin/claims/{claim.uuid}?open=0")
    assert page.one("//h1").text_content() == "学时审核：陈晓"
    assert page.headers["Vary"].startswith("HX-Request")


def test_approving_answers_the_closed_row_and_new_counts(sign_in, filing):
    claim = filing.claim("陈晓", "training")
    filing.claim("刘洋", "training")
    answer = sign_in("李静").post(
        decision(claim), data={"action": "approve", "hours": "24", "version": "1"}, htmx=True, status=200
    )
    row = answer.one("//tbody")
    assert (row.get("data-status"), row.get("data-version"), row.get("data-credited")) == (
        "approved",
        "2",
        "24",
    )
    assert not answer.all("//form[contains(@class, 'decision')]")
    assert "1 项待审核" in answer.one("//p[@hx-swap-oob]").text_content()
    (number,) = answer.all("//span[@hx-swap-oob]")
    assert (number.get("hx-swap-oob"), number.text_content().strip()) == (
        "innerHTML:[data-waits='admin.claims']",
        "1",
    )
    assert "claim-decided" in answer.headers["HX-Trigger"]


def test_the_numbers_of_hrs_menu_follow_a_decision(sign_in, filing):
    """The group's number is that of claims and people together."""
    claims = [filing.claim("赵磊", "training") for _ in range(3)]
    hr = sign_in("周敏")
    page = hr.get("/admin/claims")
    assert {place.text_content() for place in page.all("//*[@data-waits='审核']")} == {"3"}
    answer = hr.post(decision(claims[0]), data={"action": "approve", "version": "1"}, htmx=True, status=200)
    told = {
        place.get("hx-swap-oob"): place.text_content().strip() for place in answer.all("//span[@hx-swap-oob]")
    }
    assert told == {
        "innerHTML:[data-waits='admin.claims']": "2",
        "innerHTML:[data-waits='审核']": "2",
    }


def test_without_javascript_the_decision_leads_back_to_the_queue(sign_in, filing):
    claim = filing.claim("陈晓", "training")
    admin = sign_in("李静")
    answer = admin.post(decision(claim), data={"action": "approve", "version": "1"}, status=303)
    assert answer.headers["Location"] == f"/admin/claims?decided={claim.uuid}"
    page = admin.get(answer.headers["Location"])
    assert f"已通过：{claim.title}" in page.words
    assert page.all(f"//form[@action='/admin/claims/{claim.uuid}/undo']")


def test_a_return_takes_a_preset_and_own_words(sign_in, filing):
    claim = filing.claim("陈晓", "training")
    preset = "证明材料不清晰，请重新上传清晰的扫描件或照片。"
    admin = sign_in("李静")
    admin.post(
        decision(claim),
        data={"action": "return", "preset": preset, "reason": "第二页尤其模糊。", "version": "1"},
        htmx=True,
        status=200,
    )
    assert preset + "第二页尤其模糊。" in admin.get(f"/admin/claims/{claim.uuid}").words


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"action": "approve", "hours": "7.3"}, "0.5 的倍数"),
        ({"action": "approve", "hours": "-1"}, "不是学时数"),
        ({"action": "approve", "hours": "１２"}, "不是学时数"),
        ({"action": "approve", "hours": "sNaN"}, "不是学时数"),
        ({"action": "approve", "hours": "1e9"}, "不是学时数"),
        ({"action": "approve", "hours": "0"}, "大于 0"),
        ({"action": "approve", "hours": "999999"}, "不能超过申报"),
        ({"action": "approve", "hours": "16"}, "须说明原因"),
        ({"action": "approve", "subject": "nonsense", "reason": "试"}, "不能计入所选科目"),
        ({"action": "return"}, "退回须说明原因"),
        ({"action": "return", "preset": "自造的原因"}, "请从列表中选择"),
        ({"action": "return", "reason": "字" * 501}, "不超过 500"),
        ({"action": "return", "reason": "a\x00b"}, "控制字符"),
        ({"action": "dance"}, "请选择“通过”或“退回”"),
        ({"action": "approve", "version": "x"}, "缺少版本信息"),
        ({"action": "approve", "version": "9" * 40}, "缺少版本信息"),
    ],
)
def test_a_refused_decision_says_why_and_keeps_what_was_typed(sign_in, filing, given, sentence):
    claim = filing.claim("陈晓", "training")
    admin = sign_in("李静")
    answer = admin.post(decision(claim), data={"version": "1", **given}, htmx=True, status=422)
    assert sentence in answer.words
    assert answer.one("//tbody").get("data-status") == "pending"
    if "hours" in given:
        assert answer.one("//input[@name='hours']").get("value") == given["hours"]
    if given.get("reason") and "\x00" not in given["reason"]:
        assert answer.one("//textarea[@name='reason']").text.strip() == given["reason"]
    page = admin.post(decision(claim), data={"version": "1", **given}, status=422)
    assert sentence in page.words


def test_a_field_sent_twice_is_refused(sign_in, filing):
    claim = filing.claim("陈晓", "training")
    given = {"action": "approve", "hours": ["8", "24"], "version": "1"}
    sign_in("李静").post(decision(claim), data=given, htmx=True, status=422, strict=False)


def test_whoever_is_later_reads_who_and_when_and_loses_no_word(sign_in, filing):
    claim = filing.claim("陈晓", "training")
    late = sign_in("王芳")
    sign_in("李静").post(decision(claim), data={"action": "approve", "version": "1"}, htmx=True, status=200)
    given = {"action": "return", "reason": "日期对不上。", "hours": "16", "version": "1"}
    answer = late.post(decision(claim), data=given, htmx=True, status=409)
    assert "李静 已于 2025-12-01 08:00 通过这项申报" in answer.words
    assert "日期对不上。" in answer.words
    row = answer.one("//tbody")
    assert (row.get("data-status"), row.get("data-version")) == ("approved", "2")
    assert "李静 已于" in late.post(decision(claim), data=given, status=409).words


def test_a_claim_sent_anew_since_it_was_opened_is_looked_at_again(sign_in, filing):
    claim = filing.claim("陈晓", "training", version=3)
    given = {"action": "approve", "hours": "16", "reason": "按证明。", "version": "1"}
    answer = sign_in("李静").post(decision(claim), data=given, htmx=True, status=409)
    assert "申报人已改动并重新提交" in answer.words
    assert answer.one("//input[@name='version']").get("value") == "3"
    assert answer.one("//input[@name='hours']").get("value") == "16"


def test_a_withdrawn_claim_leaves_a_word_in_its_row(sign_in, filing):
    claim = filing.claim("陈晓", "training", "withdrawn")
    given = {"action": "approve", "version": str(claim.version)}
    answer = sign_in("李静").post(decision(claim), data=given, htmx=True, status=409)
    assert answer.one("//tbody").get("id") == f"claim-{claim.uuid}"
    assert "已撤回" in answer.words


@pytest.mark.parametrize(
    ("name", "hat", "status"),
    [
        ("李静", "unit", 403),
        ("王芳", "unit", 200),
        ("赵磊", "unit", 404),
        ("周敏", "hr", 200),
        ("吴审", "audit", 403),
    ],
)
@pytest.mark.parametrize("htmx", [True, False])
def test_who_may_decide_an_admins_claim(sign_in, filing, name, hat, status, htmx):
    claim = filing.claim("李静", "training")
    client = sign_in(name, hat)
    answer = client.post(decision(claim), data={"action": "approve", "version": "1"}, htmx=htmx)
    assert answer.status_code == (303 if status == 200 and not htmx else status)
    garbled = client.post(decision(filing.claim("李静", "publication")), data={}, htmx=htmx)
    assert garbled.status_code == (422 if status == 200 else status)


@pytest.mark.parametrize(
    ("name", "hat", "status"),
    [
        ("李静", "unit", 200),
        ("赵磊", "unit", 404),
        ("周敏", "hr", 200),
        ("吴审", "audit", 403),
        ("陈晓", "person", 403),
    ],
)
@pytest.mark.parametrize("htmx", [True, False])
def test_who_may_look_at_a_claim(sign_in, filing, name, hat, status, htmx):
    claim = filing.claim("陈晓", "training")
    sign_in(name, hat).get(f"/admin/claims/{claim.uuid}", htmx=htmx, status=status)


def test_nobody_signed_in_is_sent_to_sign_in(client, filing):
    claim = filing.claim("陈晓", "training")
    assert client.get(f"/admin/claims/{claim.uuid}").headers["Location"] == "/login"
    answer = client.get(f"/admin/claims/{claim.uuid}", htmx=True, status=401)
    assert (answer.headers["HX-Redirect"], answer.data) == ("/login", b"")


def test_extra_fields_change_nothing(sign_in, filing):
    claim = filing.claim("陈晓", "training")
    given = {
        "action": "return",
        "reason": "不清晰。",
        "version": "1",
        "status": "approved",
        "approved_quarters": "400",
        "unit_id": "2",
    }
    answer = sign_in("李静").post(decision(claim), data=given, htmx=True, status=200)
    assert answer.one("//tbody").get("data-status") == "returned"


def test_another_persons_same_work_is_shown_to_the_reviewer(sign_in, filing):
    filing.claim("何平", "publication", "approved", work_id="10.1000/xyz", evidence=True)
    claim = filing.claim("陈晓", "publication", work_id="10.1000/xyz")
    answer = sign_in("李静").get(f"/admin/claims/{claim.uuid}", htmx=True)
    assert "其他单位人员" in answer.words
    assert "何平" not in answer.words
    assert "成果编号相同" in answer.words
    assert "何平" in sign_in("周敏").get(f"/admin/claims/{claim.uuid}", htmx=True).words


def test_a_claim_todays_rules_cannot_read_does_not_take_the_queue_along(sign_in, filing):
    claim = filing.claim("陈晓", "self_study", work_on=date(2025, 5, 1))
    admin = sign_in("李静")
    assert "内容须核对" in admin.get("/admin/claims", status=200).words
    admin.get(f"/admin/claims/{claim.uuid}", status=200)
    answer = admin.post(decision(claim), data={"action": "approve", "version": "1"}, htmx=True, status=422)
    assert "请退回更正" in answer.words


def test_approving_stays_within_its_statements(sign_in, filing, queries_of):
    admin = sign_in("李静")
    claim = filing.claim("陈晓", "training")
    given = {"action": "approve", "version": "1"}
    sent = queries_of(lambda: admin.post(decision(claim), data=given, htmx=True, status=200))
    assert len(sent) <= 9, sent  # the ninth leaves the claimant's message


def test_hr_revokes_from_the_row_after_giving_the_password(sign_in, filing, clock):
    claim = filing.claim("陈晓", "training", "approved")
    address = f"/hr/claims/{claim.uuid}/revoke"
    hr = sign_in("周敏")
    assert hr.get(f"/admin/claims/{claim.uuid}").all(f"//a[@href='{address}']")
    assert hr.get(address, status=200).all(f"//form[@action='{address}']")
    assert "须说明查实" in hr.post(address, data={"reason": " "}, htmx=True, status=422).words
    answer = hr.post(address, data={"reason": "经查实虚假。"}, htmx=True, status=200)
    assert answer.one("//tbody").get("data-status") == "revoked"
    assert answer.one("//tbody").get("data-credited") == "0"
    assert "经查实虚假。" in answer.words
    hr.post(address, data={"reason": "再来一次。"}, htmx=True, status=409)
    other = filing.claim("刘洋", "training", "approved")
    clock.move_to("2025-12-01T08:06")
    late = hr.post(f"/hr/claims/{other.uuid}/revoke", data={"reason": "虚假。"}, htmx=True, status=403)
    assert "确认" in late.words
    hr.post("/account/confirm", data={"password": PASSWORD})
    plain = hr.post(f"/hr/claims/{other.uuid}/revoke", data={"reason": "虚假。"}, status=303)
    assert plain.headers["Location"] == f"/admin/claims/{other.uuid}"


@pytest.mark.parametrize(("name", "status"), [("李静", 403), ("吴审", 403), ("周敏", 403), ("孙悦", 200)])
def test_who_may_revoke_an_hr_officers_claim(sign_in, filing, name, status):
    claim = filing.claim("周敏", "training", "approved")
    sign_in(name).post(f"/hr/claims/{claim.uuid}/revoke", data={"reason": "虚假。"}, htmx=True, status=status)


def make_pdf(app, claim) -> None:
    """Turn the claim's proof into a PDF, as far as its row tells."""
    with app.app_context(), write_tx() as session:
        session.query(EvidenceFile).filter_by(claim_id=claim.id).update({"media_type": "application/pdf"})


def test_an_hr_officers_own_claim_names_who_decides_it(sign_in, filing):
    claim = filing.claim("周敏", "training")
    assert "由人事处另一位人员审核" in sign_in("周敏").get(f"/admin/claims/{claim.uuid}").words
    assert str(claim.uuid) in listed(sign_in("孙悦").get("/admin/claims"))


def test_a_certificate_falls_with_the_hours_it_stood_on(sign_in, filing, app):
    filing.course("刘洋", subject="public", quarters=30 * 4)
    filing.course("刘洋", subject="professional", quarters=40 * 4)
    claim = filing.claim("刘洋", "training", "approved")
    sign_in("刘洋").post("/certificates/2025", status=303)
    assert fallen(app) == [None]
    sign_in("周敏").post(
        f"/hr/claims/{claim.uuid}/revoke", data={"reason": "经查实虚假。"}, htmx=True, status=200
    )
    assert fallen(app) == [NOW]


def fallen(app) -> list[datetime | None]:
    """When each certificate was revoked."""
    with app.app_context():
        return list(db.session.scalars(select(Certificate.revoked_at)))


@pytest.mark.parametrize(
    "blank",
    [{"start": ""}, {"hours": ""}, {"kind": ""}, {"subject": ""}, {"start": "", "end": "", "hours": ""}],
)
def test_a_returned_claim_its_author_has_emptied_takes_no_page_down(filing, sign_in, blank):
    claim = filing.claim("陈晓", status="returned")
    whole = filing.claim("刘洋", status="returned")
    given = {**TRAINING, **blank, "version": str(claim.version)}
    sign_in("陈晓").post(f"/claims/{claim.uuid}/edit", data={**given, "action": "save"}, status=303)
    reviewer = sign_in("李静")
    listed = reviewer.get("/admin/claims?status=returned", status=200)
    assert [row.get("data-claim") for row in listed.all("//*[@data-claim]")] == [str(whole.uuid)]
    reviewer.get(f"/admin/claims/{claim.uuid}", status=404)
