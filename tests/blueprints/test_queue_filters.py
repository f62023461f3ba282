"""What the address of the queue can say: how long claims have waited, the order, and pages of both."""

from __future__ import annotations

from datetime import timedelta

import pytest
from campus import NOW

from portal.queries import review_queue


def titles(page) -> list[str]:
    return [link.text_content() for link in page.all("//a[@data-open]")]


@pytest.fixture
def waiting(filing):
    """Claims that have waited 0, 3, 4, 8 and 40 days."""
    for days in (0, 3, 4, 8, 40):
        filing.claim("陈晓", title=f"等了{days}天", at=NOW - timedelta(days=days))


@pytest.mark.usefixtures("waiting")
def test_only_what_has_waited_longer_than_so_many_days(sign_in):
    admin = sign_in("李静")
    page = admin.get("/admin/claims?waited=3", status=200)
    assert titles(page) == ["等了40天", "等了8天", "等了4天"]
    assert "等待超过 3 天" in page.one("//title").text_content()
    assert titles(admin.get("/admin/claims?waited=7&sort=newest", status=200)) == ["等了8天", "等了40天"]
    admin.get("/admin/claims?waited=0", status=422)


@pytest.mark.usefixtures("waiting")
def test_all_of_it_means_what_the_filter_left(sign_in):
    page = sign_in("李静").get("/admin/claims?waited=7", status=200)
    assert "本筛选全部 2 条" in page.words
    assert [one.get("value") for one in page.all("//form[@id='bulk']//input[@name='waited']")] == ["7"]


@pytest.mark.parametrize("sort", ["oldest", "newest"])
def test_pages_follow_each_other_without_gap_or_repeat(sign_in, filing, monkeypatch, sort):
    monkeypatch.setattr(review_queue, "PAGE", 2)
    for number in range(5):  # two were sent at the very same moment
        filing.claim("陈晓", title=f"第{number}项", at=NOW - timedelta(days=9, minutes=number // 2))
    admin, seen, address = sign_in("李静"), [], f"/admin/claims?sort={sort}&waited=7"
    while address:
        page = admin.get(address, status=200)
        seen += titles(page)
        assert "本筛选全部 5 条" in page.words
        more = page.all("//nav[contains(@class, 'pager')]//a[contains(., '下一页')]")
        address = more[0].get("href") if more else ""
        assert not address or ("waited=7" in address and f"sort={sort}" in address)
    wanted = ["第4项", "第2项", "第3项", "第0项", "第1项"]
    assert seen == (wanted if sort == "oldest" else wanted[::-1])
