"""A refusal tells nothing: what is out of scope answers to the byte as what does not exist."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import pytest
from asking import DENIED, READS, WAYS, WRITES, Census, differences, one_database
from flask import Flask
from matrix import MATRIX, ROLES

# what is planted in 陈晓's things and in the office's; her name stands in every title of hers
NAMES = ("陈晓", "20120001")
MARKS = (
    *("缺少盖章页", "经查实签章系伪造", "重复认定", "住院", "病假半年", "核对有误", "已电话更正"),
    *("证明.png", "病假证明.png", "名单.csv", "名册.xlsx", "课程.xlsx", "省平台.xlsx", "省平台.csv"),
    *("致护理学院", "请护理学院知悉", "新来的人", "20250999", "停用的人"),
)
LAYOUTS = ("plain", "fragment")  # a boosted request gets the page a plain one gets


def _named(app: Flask) -> list[tuple[str, str]]:
    """The routes that name one thing in their address."""
    return [
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
        if "<uuid:" in rule.rule or "<code>" in rule.rule
    ]


@one_database
@pytest.mark.parametrize(("endpoint", "method"), READS + WRITES, ids=lambda value: str(value))
def test_a_refusal_shows_nothing_of_the_thing(census: Census, endpoint: str, method: str) -> None:
    for role, expected in zip(ROLES, MATRIX[endpoint, method].split(), strict=True):
        if expected not in DENIED:
            continue
        client, where = census.client(role), census.where(endpoint, role)
        things = census.things(role)
        own = role in ("owner", "disabled") or role.endswith("-self")
        secret = [*MARKS, things["code"], *(() if own else NAMES)]
        for way in WAYS:
            answer = census.send(client, method, where, endpoint, role, way)
            told = f"{answer.headers}\n{answer.text}"
            shown = [mark for mark in secret if mark in told and mark not in where]
            assert not shown, f"{where} as {role} ({way}, {answer.status}) tells {shown}"
    census.back()


@one_database
@pytest.mark.parametrize(("endpoint", "method"), READS + WRITES, ids=lambda value: str(value))
def test_what_is_out_of_scope_is_as_if_it_did_not_exist(census: Census, endpoint: str, method: str) -> None:
    nowhere = census.nowhere(endpoint)
    if not nowhere:
        return
    for role, expected in zip(ROLES, MATRIX[endpoint, method].split(), strict=True):
        client, where = census.client(role), census.where(endpoint, role)
        for way in LAYOUTS if expected in DENIED and expected != "seen" else ():
            theirs = census.send(client, method, where, endpoint, role, way)
            nobodys = census.send(client, method, nowhere, endpoint, role, way)
            differing = differences(theirs, nobodys)
            assert not differing, f"{where} as {role} ({way}) tells what exists: {differing}"
        if expected in ("ok", "seen", "own"):
            answer = census.send(client, method, nowhere, endpoint, role, "plain")
            assert answer.status_code == 404, f"{nowhere} as {role}: {answer.status} for what does not exist"
    census.back()


@one_database
def test_every_route_with_a_thing_in_its_address_is_compared(census: Census) -> None:
    left_out = [key for key in _named(census.app) if not census.nowhere(key[0])]
    assert not left_out, f"{left_out}: mend Census.nowhere, it must know an address of nothing there"


@one_database
def test_the_marks_are_there_to_be_found(census: Census) -> None:
    """Who may see it all does: a mark nothing was planted for would be kept secret by everybody."""
    shown = ""
    for role in ("owner", "admin", "hr", "audit"):
        client = census.client(role)
        for endpoint, method in READS:
            if dict(zip(ROLES, MATRIX[endpoint, method].split(), strict=True))[role] == "ok":
                answer = client.get(census.where(endpoint, role), strict=False)
                shown += answer.data.decode(errors="replace") + _file_name(answer)
    missing = [mark for mark in (*MARKS, *NAMES) if mark not in shown]
    assert not missing, f"{missing}: on no page that may show it"


def _file_name(answer: Any) -> str:
    found = re.search(r"filename\*=UTF-8''(\S+)", answer.headers.get("Content-Disposition", ""))
    return unquote(found[1]) if found else ""
