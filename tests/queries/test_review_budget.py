"""What a page of the review costs: the same few statements however many claims there are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from campus import NOW

from portal.queries.review_filters import SEARCHED


@pytest.mark.parametrize(("name", "most"), [("李静", 5), ("周敏", 6)])
def test_the_queue_costs_the_same_at_a_hundred_and_at_ten_thousand(sign_in, fill, queries_of, name, most):
    client = sign_in(name)
    sent = []
    addresses = ("/admin/claims?scope=all", "/admin/claims?scope=all&q=lunwen", "/admin/claims")
    for count in (100, 9_900):
        fill(count)
        sent += [len(queries_of(lambda one=one: client.get(one, status=200))) for one in addresses]
    assert max(sent) <= most
    assert sent[:3] == sent[3:]


def test_an_opened_row_costs_six(sign_in, filing, queries_of):
    filing.claim("陈晓", "training", "approved")
    claim = filing.claim("陈晓", "training", work_id="X-1")
    client = sign_in("李静")
    assert len(queries_of(lambda: client.get(f"/admin/claims/{claim.uuid}", htmx=True, status=200))) <= 6


def test_a_long_queue_is_counted_no_further_than_a_thousand(sign_in, fill):
    fill(1_100)
    page = sign_in("李静").get("/admin/claims", status=200)
    assert page.one("//p[@id='waiting']").text_content().startswith("1000+ 项待审核，最早一项")
    entry = "//nav[@class='menu']//a[starts-with(normalize-space(), '学时审核')]"
    assert "1000+" in page.one(entry).text_content()
    assert "本筛选最早的 500 条" in page.words


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_search_of_a_long_queue_says_what_it_did_not_look_at(sign_in, filing, fill):
    fill(SEARCHED + 1)
    filing.claim("王芳", "publication", title="排在最后的著作", at=NOW + timedelta(minutes=1))
    admin = sign_in("李静")
    beyond = admin.get("/admin/claims?q=排在最后", status=200)
    assert not beyond.all("//a[@data-open]")
    assert "最早的 10000 项" in beyond.one("//*[@data-partly]").text_content()
    for text in ("王芳", "wangfang", "20090004"):
        found = admin.get(f"/admin/claims?q={text}", status=200)
        assert [link.text_content() for link in found.all("//a[@data-open]")] == ["排在最后的著作"]
    newest = admin.get("/admin/claims?q=排在最后&sort=newest", status=200)
    assert len(newest.all("//a[@data-open]")) == 1
