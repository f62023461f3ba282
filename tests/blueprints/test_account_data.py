"""Everything held on oneself, and on nobody else, without secrets."""

import json


def test_the_download_holds_ones_own_things_only(filing, people, sign_in):
    filing.claim("陈晓", title="我的培训", status="approved")
    filing.claim("刘洋", title="别人的培训")
    filing.met("陈晓")
    answer = sign_in("陈晓").get("/account/data.json", status=200)
    assert answer.headers["Content-Disposition"] == "attachment; filename=my-data.json"
    held = json.loads(answer.data)
    assert [row["name"] for row in held["record"]] == ["陈晓"]
    assert held["record"][0]["unit"] == "护理学院"
    assert [row["title"] for row in held["claims"]] == ["我的培训"]
    assert len(held["courses"]) == 2
    assert [row["name"] for row in held["evidence"]]
    assert [row["action"] for row in held["deeds"]] == ["claim-submitted", "signed-in"]
    text = answer.data.decode()
    assert "刘洋" not in text
    assert "别人的培训" not in text
    for secret in ("argon2", "password_hash", "token_hash", "code_hash"):
        assert secret not in text


def test_the_page_shows_the_same_and_offers_the_file(filing, sign_in):
    filing.claim("陈晓", title="我的培训")
    desk = sign_in("陈晓")
    page = desk.get("/account/data", status=200)
    assert "我的培训" in page.words
    assert "/account/data.json" in page.text
    assert "/account/data" in desk.get("/account", status=200).text
