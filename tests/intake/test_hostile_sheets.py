"""Hostile lists at the three doors for lists: a sentence, no growth, nothing left, others served."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from corpus_growth import growth
from corpus_sheets import HEAD, HEADINGS, Bad, bad_lists, row, workbook
from forms_sent import stored
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

DOORS = ("/hr/imports", "/hr/imports/courses", "/hr/provincial/imports")
BAD = list(bad_lists())
BOUND = 100  # MB
ONE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
XXE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
LAUGHS = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "哈哈">' + "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
)


def hand_in(client: Any, door: str, data: bytes, name: str) -> Any:
    """The answer to a list; the request is made in memory."""
    boundary, body = encode_multipart({"file": FileStorage(io.BytesIO(data), name)})
    return client.post(door, data=body, content_type=f"multipart/form-data; boundary={boundary}")


@ONE
@pytest.mark.parametrize(("turn", "bad"), list(enumerate(BAD)), ids=[bad.case for bad in BAD])
def test_a_bad_list_is_refused_in_words(app: Any, sign_in: Any, turn: int, bad: Bad) -> None:
    client, before = sign_in("周敏"), stored(app)
    hand_in(client, DOORS[0], b"", "x.csv")  # what answering at all needs is loaded by now
    data = bad.data

    with growth() as grown:
        answer = hand_in(client, DOORS[turn % 3], data, bad.name)

    assert answer.status_code == 422
    assert [word for word in bad.words if word not in answer.words] == []
    assert "Traceback" not in answer.text
    assert stored(app) == before
    copies = 4 * len(data) / 2**20  # the client here builds the request in the same process
    assert grown.megabytes < BOUND + copies


@ONE
@pytest.mark.parametrize("door", DOORS)
def test_every_door_knows_bombs_and_takes_one_file(app: Any, sign_in: Any, door: str) -> None:
    client, before = sign_in("周敏"), stored(app)
    bomb = workbook(HEAD, extra={"xl/a.bin": bytes(60_000_000)})
    assert "过大" in hand_in(client, door, bomb, "名册.xlsx").words
    assert "请选择" in client.post(door, data={}, status=422).words
    assert "请选择" in hand_in(client, door, b"x", "").words
    two = {"file": [(io.BytesIO(b"a"), "a.csv"), (io.BytesIO(b"b"), "b.csv")]}
    assert "一次只能上传一个文件" in client.post(door, data=two, status=422).words
    assert stored(app) == before


@ONE
@pytest.mark.parametrize(
    ("front", "value"), [(XXE, "&a;"), (LAUGHS + "]>", "&a9;")], ids=["outside entity", "billion laughs"]
)
def test_entities_are_not_followed(sign_in: Any, front: str, value: str) -> None:
    client = sign_in("周敏")
    values = [value if heading == "姓名" else "甲" for heading in HEADINGS]

    answer = hand_in(client, DOORS[0], workbook(HEAD + row(2, *values), front=front), "名册.xlsx")
    page = answer if answer.status_code == 422 else client.get(answer.location, status=200)

    assert "root:" not in page.text
    assert "哈哈哈" not in page.text


@ONE
@pytest.mark.parametrize(
    "formula",
    ["cmd|'/c calc'!A0", "HYPERLINK(A1,1)", "[1]Sheet1!A1", "WEBSERVICE(A1)"],
)
def test_a_formula_is_a_fault_of_its_row(sign_in: Any, formula: str) -> None:
    client = sign_in("周敏")
    odd = f'<row r="2"><c r="A2"><v>31</v></c><c r="B2" t="str"><f>{formula}</f><v>甲</v></c></row>'
    outside = {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}

    answer = hand_in(client, DOORS[0], workbook(HEAD + odd, extra=outside), "名册.xlsx")

    assert "公式" in client.get(answer.location, status=200).words


@ONE
def test_twenty_bombs_at_once_leave_the_others_served(app: Any, sign_in: Any) -> None:
    bomb = workbook(HEAD, extra={"xl/a.bin": bytes(60_000_000)})
    senders, other, before = [sign_in("周敏") for _ in range(5)], sign_in("陈晓"), stored(app)
    with ThreadPoolExecutor(20) as crowd:
        bombs = [crowd.submit(hand_in, senders[n % 5], DOORS[n % 3], bomb, "名册.xlsx") for n in range(20)]
        served = [other.get("/standing").status_code for _ in range(5)]
        answers = [one.result().status_code for one in bombs]
    assert served == [200] * 5
    assert set(answers) == {422}
    assert stored(app) == before
