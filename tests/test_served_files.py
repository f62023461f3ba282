"""The census of files: what leaves as a file, under which name, and what a browser may do with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import pytest
from asking import READS, Census, one_database
from matrix import MACHINE, MATRIX, ROLES
from posted import DEEDS
from werkzeug.http import parse_options_header

PAGES = ("text/html", "application/problem+json")


@dataclass(frozen=True)
class Served:
    """A route that hands out a file: who asks, what the file is called ("" where it is shown in place).

    `alien` bytes came from outside, so a browser may do nothing with them; `shared` ones are everybody's.
    """

    role: str
    kind: str
    name: str = ""
    alien: bool = False
    shared: bool = False


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEXT, CSV, PDF = "text/plain", "text/csv", "application/pdf"
SERVED: dict[str, Served] = {
    "static": Served("anon", "text/css", shared=True),
    "health.healthz": Served("anon", TEXT),
    "health.readyz": Served("anon", TEXT),
    "health.metrics": Served("anon", TEXT),
    "api.openapi": Served("anon", "application/json"),
    "account_data.download": Served("owner", "application/json", "my-data.json"),
    "staff.evidence": Served("admin", "image/png", "证明.png", alien=True),
    "staff.evidence_preview": Served("admin", "text/html", alien=True),
    "staff.certificate_pdf": Served("owner", PDF, "certificate-{number}.pdf"),
    "hr.obligations_file": Served("hr", "image/png", "病假证明.png", alien=True),
    "hr.units_annex": Served("hr", PDF, "annex-2-HLXY.pdf"),
    "hr.units_annexes": Served("hr", PDF, "annex-2.pdf"),
    "hr.course_imports_template": Served("hr", XLSX, "courses-template.xlsx"),
    "hr.course_imports_faults": Served("hr", CSV, "courses-faults.csv"),
    "hr.audit_export": Served("hr", CSV, "events-2025-12-01.csv"),
    "hr.exports_hand_out": Served("hr", CSV, "单位2025.csv"),
    "admin.exports_hand_out": Served("admin", CSV, "学时申报2025.csv"),
    "admin.provincial_sheet": Served("admin", CSV, "provincial-entry-2025.csv"),
    "hr.provincial_export": Served("hr", CSV, "provincial-differences-2025-12-01.csv"),
    "jobs.result": Served("owner", CSV, "陈晓的名单.csv", alien=True),
}
# routes nobody is answered with 200 or 303 in the census, and why
SILENT = {
    "hr.policy_compare_show": "the job in the address is no trial of a policy",
}


def _answer(census: Census, endpoint: str, method: str, role: str) -> Any:
    census.back()
    if method == "GET":
        return census.client(role).get(census.where(endpoint, role), strict=False)
    deed = DEEDS[endpoint]
    client = census.client(role)
    if deed.first:
        deed.first(client, census.things(role))
    return client.post(census.where(endpoint, role), data=census.body(endpoint, role), strict=False)


def _entitled(endpoint: str, method: str) -> str:
    if method != "GET":
        return DEEDS[endpoint].role
    row = dict(zip(ROLES, MATRIX[endpoint, method].split(), strict=True))
    return next(role for role in ("owner", "admin", "hr", "audit") if row[role] == "ok")


@one_database
def test_every_route_that_hands_out_a_file_is_in_the_list(census: Census) -> None:
    """Whatever is no page is a file; each route is seen to answer somebody, so none hides in a refusal."""
    found, silent = set(), []
    for (endpoint, method), row in MATRIX.items():
        if row == MACHINE or endpoint in SILENT:
            continue
        answer = _answer(census, endpoint, method, _entitled(endpoint, method))
        if answer.status_code not in (200, 303, 302):
            silent.append(f"{method} {endpoint}: {answer.status}")
        alien = "sandbox" in answer.headers.get("Content-Security-Policy", "")
        if answer.status_code == 200 and (answer.mimetype not in PAGES or alien):
            found.add(endpoint)
    assert not silent, f"{silent}: mend tests/her_things.py or tests/posted.py, somebody entitled is refused"
    assert found == set(SERVED), (
        f"files nobody listed: {sorted(found - set(SERVED))}; listed and no file: "
        f"{sorted(set(SERVED) - found)}\n  mend: say in tests/test_served_files.py what it is"
    )


@one_database
@pytest.mark.parametrize("endpoint", SERVED)
def test_a_file_goes_out_guarded_and_under_its_own_name(census: Census, endpoint: str) -> None:
    served = SERVED[endpoint]
    method = "GET" if (endpoint, "GET") in READS else "POST"
    answer = _answer(census, endpoint, method, served.role)
    headers = answer.headers
    assert answer.status_code == 200, answer.text[:300]
    assert answer.mimetype == served.kind
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Set-Cookie" not in headers or not served.shared
    cached = headers["Cache-Control"]
    assert ("no-store" in cached) != served.shared, f"{endpoint}: Cache-Control: {cached}"
    if served.alien:
        assert "private" in cached, f"{endpoint}: bytes of one person's: {cached}"
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("sandbox; default-src 'none'"), f"{endpoint}: {policy}"
        assert "allow-" not in policy, f"{endpoint}: {policy} gives the sandbox away"
    else:
        assert "default-src 'none'" in headers["Content-Security-Policy"]
    if served.name:
        number = census.things(served.role)["number"]
        assert _name(headers["Content-Disposition"]) == served.name.replace("{number}", number)
        headers["Content-Disposition"].encode("ascii")  # a header is bytes, whatever the name


@one_database
@pytest.mark.parametrize("endpoint", [name for name, served in SERVED.items() if served.name])
def test_what_is_kept_for_oneself_is_saved_and_not_opened(census: Census, endpoint: str) -> None:
    """Only a picture is shown in place, and that in a sandbox."""
    served = SERVED[endpoint]
    method = "GET" if (endpoint, "GET") in READS else "POST"
    headers = _answer(census, endpoint, method, served.role).headers
    kind, _ = parse_options_header(headers["Content-Disposition"])
    shown = endpoint == "staff.evidence"
    assert kind == ("inline" if shown else "attachment"), f"{endpoint}: {headers['Content-Disposition']}"


def _name(disposition: str) -> str:
    """The name a browser saves the file under: the extended one where there are two (RFC 6266)."""
    for part in disposition.split(";")[1:]:
        name, _, value = part.strip().partition("=")
        if name == "filename*":
            charset, _, text = value.partition("''")
            assert charset.upper() == "UTF-8", disposition
            return unquote(text, errors="strict")
    return parse_options_header(disposition)[1]["filename"]
