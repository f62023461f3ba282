"""退回原因: HR keeps the reasons, reviewers pick them, decisions keep their words."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from campus import NOW
from sqlalchemy import func, select

from portal.extensions import db
from portal.models import Claim, Event, ReturnPreset
from portal.rules.refusals import Conflict
from portal.services import return_presets as services


def offered(app, category="training") -> list[str]:
    with app.app_context():
        query = select(ReturnPreset.text).where(
            ReturnPreset.category == category, ReturnPreset.retired_at.is_(None)
        )
        return list(db.session.scalars(query.order_by(ReturnPreset.place)))


def found(app, text, category="training"):
    with app.app_context():
        return db.session.execute(
            select(ReturnPreset.uuid, ReturnPreset.version).where(
                ReturnPreset.category == category, ReturnPreset.text == text
            )
        ).one()


def choices(page, name="preset") -> list[str]:
    return [one.text_content() for one in page.all(f"//select[@name='{name}']/option")][1:]


def change(client, preset, action, status=303, **fields):
    given = {"action": action, "version": str(preset.version), **fields}
    return client.post(f"/hr/presets/{preset.uuid}", data=given, status=status)


def test_reviewers_are_offered_what_hr_wrote_in_its_order(app, sign_in, filing):
    training, paper = filing.claim("陈晓"), filing.claim("刘洋", "publication")
    hr, admin = sign_in("周敏"), sign_in("李静")
    new = "培训通知未盖章，请补盖后上传。"
    hr.post("/hr/presets", data={"category": "training", "text": f" {new} "}, status=303)
    before = offered(app)
    assert before[-1] == new
    change(hr, found(app, new), "up")
    change(hr, found(app, before[0]), "retire")
    page = admin.get(f"/admin/claims/{training.uuid}", status=200)
    assert choices(page) == offered(app) == [*before[1:-2], new, before[-2]]
    assert new not in choices(admin.get(f"/admin/claims/{paper.uuid}", status=200))
    assert choices(admin.get("/admin/claims?category=training", status=200)) == offered(app)
    assert new not in choices(admin.get("/admin/claims", status=200)), "only what fits every category"
    change(hr, found(app, before[0]), "restore")
    assert offered(app)[-1] == before[0]


def test_rewording_leaves_what_was_decided(app, sign_in, filing):
    claim, late = filing.claim("陈晓"), filing.claim("刘洋")
    hr, admin, old = sign_in("周敏"), sign_in("李静"), offered(app)[0]
    given = {"action": "return", "preset": old, "reason": "另附说明。", "version": "1"}
    admin.post(f"/admin/claims/{claim.uuid}/decision", data=given, htmx=True, status=200)
    change(hr, found(app, old), "reword", text="请补齐证明材料。")
    with app.app_context():
        reason = db.session.scalar(select(Claim.decision_reason).where(Claim.uuid == claim.uuid))
    assert reason == old + "另附说明。"
    refused = admin.post(f"/admin/claims/{late.uuid}/decision", data=given, htmx=True, status=422)
    assert "请从列表中选择" in refused.words
    assert "请补齐证明材料。" in choices(refused)


def test_many_are_returned_with_a_preset_and_own_words(app, sign_in, filing):
    claims = [filing.claim("陈晓", title=f"研修第{n}期") for n in range(2)]
    admin, preset = sign_in("李静"), offered(app)[0]
    given = {
        "ids": [str(one.uuid) for one in claims],
        **{f"version_{one.uuid}": "1" for one in claims},
        "action": "return",
        "preset": preset,
        "reason": "第二页。",
    }
    admin.post("/admin/claims/decisions", data={**given, "preset": "自造的"}, status=422)
    admin.post("/admin/claims/decisions", data=given, status=200)
    with app.app_context():
        assert set(db.session.scalars(select(Claim.decision_reason))) == {preset + "第二页。"}


@pytest.mark.parametrize("text", ["", "字" * 201, "两行\n文字", "与已申报的内容重复，请核对。"])
def test_no_empty_long_broken_or_repeated_reason(app, sign_in, text):
    before = offered(app)
    sign_in("周敏").post("/hr/presets", data={"category": "training", "text": text}, status=422)
    assert offered(app) == before


def test_of_two_officers_one_changes_a_reason_and_the_other_is_told(app, people, sign_in):
    text = offered(app)[0]
    preset, gate = found(app, text), Barrier(2)

    def reword(name):
        gate.wait()
        with app.app_context():
            try:
                words = f"{name}的说法。"
                services.reword(people.actor(name), preset.uuid, words, version=preset.version, now=NOW)
            except Conflict:
                return "late"
            finally:
                db.session.remove()
            return "won"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(reword, ("周敏", "孙悦"))) == ["late", "won"]
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Event.action == "preset-reworded")) == 1
    assert "已有变化" in change(sign_in("周敏"), preset, "retire", status=409).words
