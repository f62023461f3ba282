"""Every refusal is one sentence in Chinese, as a page or as a fragment that replaces nothing typed."""

import pytest

from portal.storage import StorageFull


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/nowhere", 404),
        ("/claims/not-a-uuid", 404),
        ("/claims/9223372036854775808", 404),
        ("/claims/00000000-0000-4000-8000-000000000000", 404),
        ("/admin/claims", 403),
        ("/hr/", 403),
    ],
)
def test_an_error_is_a_page_or_a_fragment_in_its_own_place(sign_in, address, status):
    client = sign_in("陈晓")
    page = client.get(address, status=status)
    assert page.one("//h1").text_content()
    fragment = client.get(address, htmx=True, status=status)
    assert fragment.headers["HX-Retarget"] == "#problems"
    assert not fragment.all("//h1")
    for answer in (page, fragment):
        assert answer.headers["X-Request-ID"] in answer.words
        assert "Traceback" not in answer.text
        assert "HX-Request" in answer.headers["Vary"]


def test_a_wrong_method_names_the_right_ones(sign_in):
    answer = sign_in("陈晓").get("/logout", status=405)
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(("fault", "status"), [(StorageFull(), 507), (RuntimeError("secret detail"), 500)])
def test_a_fault_is_told_without_its_details(app, sign_in, monkeypatch, fault, status):
    client = sign_in("陈晓")

    def broken(*_args, **_kwargs):
        raise fault

    monkeypatch.setitem(app.view_functions, "staff.standing", broken)
    broken.portal_rule = app.view_functions["auth.account"].portal_rule
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = client.get("/standing", status=status)
    assert "secret detail" not in answer.text
    assert answer.headers["X-Request-ID"] in answer.words


def test_a_body_over_the_limit_is_refused(sign_in):
    answer = sign_in("陈晓").post("/claims", data={"title": "x" * (26 * 1024 * 1024)}, strict=False)
    assert answer.status_code == 413


@pytest.mark.parametrize("address", ["/login", "/standing", "/nowhere"])
def test_an_address_with_bytes_that_are_no_text_is_refused(sign_in, address):
    client = sign_in("陈晓")
    answer = client.get(address, environ_overrides={"QUERY_STRING": "year=\xff"}, strict=False)
    assert answer.status_code == 400
    client.get("/claims?q=学时", status=200)  # unescaped, but text


def test_text_no_database_can_keep_is_refused_in_words(client, backend):
    given = {"username": "2012\x000001", "password": "x" * 12, "hat": "person"}
    answer = client.post("/login", data=given)
    assert answer.status_code == (400 if backend == "postgresql" else 422)
