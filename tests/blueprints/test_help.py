"""The help: everybody finds the page of their role, and every link of it leads somewhere."""

from __future__ import annotations

import pytest

from portal.blueprints.help import PAGES


@pytest.mark.parametrize("role", PAGES)
def test_every_role_has_its_page_with_links_that_lead_somewhere(client, role):
    page = client.get(f"/help?role={role}", status=200)  # the client follows every link to its route
    assert page.all("//article//h2")
    assert page.all("//article//a")


@pytest.mark.parametrize(
    ("name", "words"), [("陈晓", "怎样申报"), ("李静", "审核学时"), ("周敏", "每年的工作")]
)
def test_the_page_of_ones_own_role_comes_first(sign_in, name, words):
    assert words in sign_in(name).get("/help", status=200).words


def test_visitors_learn_how_to_verify_and_register(client):
    page = client.get("/help?role=nonsense", status=200)
    assert "验证证书" in page.words
    assert client.get("/login", status=200).all("//footer//a[@href='/help']")


def test_the_account_menu_leads_to_it(sign_in):
    assert sign_in("陈晓").get("/standing", status=200).all("//*[@id='account']//a[@href='/help']")
