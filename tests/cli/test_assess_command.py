"""`portal assess`: the batch contract, its refusals, and the order of answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from portal.cli.assess import assess_command

TRAINING = {
    "id": "c1",
    "category": "training",
    "kind": "进修",
    "subject": "professional",
    "start": "2025-07-01",
    "end": "2025-07-03",
    "hours": 24,
}
AGAIN = {**TRAINING, "id": "c8", "hours": 16, "start": "2025-07-02"}
STUDY = {"id": "c2", "category": "self_study", "subject": "professional", "year": 2025, "hours": 60}
PAPER = {"id": "c3", "category": "publication", "subject": "professional", "date": "2025-05-01"}
COURSE = {"id": "c4", "category": "course", "subject": "public", "year": 2025, "hours": 30}


def run(text: str | bytes) -> Result:
    return CliRunner().invoke(assess_command, ["-"], input=text)


def assessed(*claims: dict[str, Any], **more: Any) -> Any:
    result = run(json.dumps({"claims": list(claims), **more}))
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_answer_has_the_form_of_the_contract() -> None:
    found = assessed(TRAINING, AGAIN, COURSE, policy="sdsmu-2025", as_of="2026-01-31")
    assert found["claims"]["c1"] == {
        "credited": "24",
        "by_year": {"2025": "24"},
        "status": "credited",
        "findings": [],
    }
    (finding,) = found["claims"]["c8"]["findings"]
    assert finding["rule"] == "day"
    assert (finding["limit"], finding["taken"], finding["left"]) == ("24", "24", "0")
    assert finding["taken_by"] == ["c1"]
    assert finding["window"] == ["2025-07-01", "2025-07-03"]
    assert finding["text"] == (
        "申报 16 学时，计入 0 学时：7月1日至7月3日共 3 天，每天最多 8 学时，合计 24 学时；"
        "已计入“c1”24 学时。依据：“不超过8学时/天”"
    )
    assert found["years"] == {
        "2025": {
            "categories": {"training": "24", "course": "30"},
            "subjects": {"public": "30", "professional": "24"},
            "total": "54",
            "standards": [
                {"subject": "public", "need": "30", "have": "30", "met": True},
                {"subject": "professional", "need": "60", "have": "24", "met": False},
            ],
            "met": False,
        }
    }
    assert "projection" not in found
    assert "revoke" not in found


def test_pending_claims_and_a_revocation_are_answered_when_asked() -> None:
    pending = {**PAPER, "id": "c9"}
    found = assessed(TRAINING, AGAIN, pending=[pending], revoke="c1")
    assert found["projection"]["total_now"] == "24"
    assert found["projection"]["total_if_all"] == "34"
    assert found["projection"]["claims"] == {"c9": {"at_most": "10", "at_least": "10"}}
    assert found["projection"]["years"]["2025"]["subjects"]["professional"] == {
        "now": "24",
        "at_least": "34",
        "at_most": "34",
        "met": "no",
    }
    assert found["revoke"] == {"gains": {"c8": "16"}, "total_before": "24", "total_after": "16"}


def test_hours_may_be_written_with_a_fraction_and_a_split_by_hand() -> None:
    across = {**TRAINING, "start": "2025-12-30", "end": "2026-01-01", "hours": 20.5}
    by_days = assessed(across)["claims"]["c1"]
    assert by_days["by_year"] == {"2025": "13.5", "2026": "7"}
    by_hand = assessed({**across, "split": {"2025": 16, "2026": 4.5}})["claims"]["c1"]
    assert by_hand["by_year"] == {"2025": "16", "2026": "4.5"}


def test_without_a_date_nothing_is_too_early() -> None:
    assert assessed(TRAINING)["claims"]["c1"]["status"] == "credited"
    early = assessed(TRAINING, as_of="2025-07-02")
    assert early["claims"]["c1"] == {"credited": "0", "by_year": {}, "status": "not_finished", "findings": []}
    assert early["years"] == {}
    assert assessed(TRAINING, as_of="2025-07-03")["claims"]["c1"]["credited"] == "24"


def test_one_person_a_line_is_answered_in_the_same_order(tmp_path: Path) -> None:
    people = [{"person": str(n), "claims": [{**COURSE, "hours": n / 2}]} for n in range(50)]
    file = tmp_path / "people.jsonl"
    file.write_text("\n".join(json.dumps(person) for person in people) + "\n\n", "utf-8")
    result = CliRunner().invoke(assess_command, [str(file)])
    totals = [json.loads(line)["claims"]["c4"]["credited"] for line in result.stdout.splitlines()]
    assert totals == [f"{n / 2:g}" for n in range(50)]


def test_an_object_may_span_lines_and_begin_with_a_mark() -> None:
    text = "\ufeff\n" + json.dumps({"claims": [COURSE]}, indent=1)
    assert json.loads(run(text).stdout)["years"]["2025"]["total"] == "30"


def without(claim: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in claim.items() if name != key}


BAD_CLAIMS: dict[str, tuple[dict[str, Any], str]] = {
    "not half an hour": ({**TRAINING, "hours": 7.3}, "hours"),
    "a quarter of an hour": ({**TRAINING, "hours": 7.25}, "hours"),
    "negative": ({**TRAINING, "hours": -1}, "hours"),
    "hours as text": ({**TRAINING, "hours": "24"}, "hours"),
    "a truth for hours": ({**TRAINING, "hours": True}, "hours"),
    "no hours": (without(TRAINING, "hours"), "hours"),
    "far too many": ({**TRAINING, "hours": 1e9}, "hours"),
    "endless": ({**TRAINING, "hours": 1e308}, "hours"),
    "unknown category": ({**TRAINING, "category": "sports"}, "category"),
    "no category": (without(TRAINING, "category"), "category"),
    "unknown subject": ({**TRAINING, "subject": "art"}, "subject"),
    "no subject": (without(TRAINING, "subject"), "subject"),
    "no start": (without(TRAINING, "start"), "start"),
    "no end": (without(TRAINING, "end"), "end"),
    "end before start": ({**TRAINING, "end": "2025-06-30"}, "end"),
    "31 February": ({**TRAINING, "start": "2025-02-31"}, "start"),
    "a week for a date": ({**TRAINING, "start": "2025-W27-2"}, "start"),
    "a number for a date": ({**TRAINING, "start": 20250701}, "start"),
    "years before the rules": ({**TRAINING, "start": "1925-07-01", "end": "1925-07-03"}, "start"),
    "no year": (without(STUDY, "year"), "year"),
    "a year as text": ({**STUDY, "year": "2025"}, "year"),
    "a year before the rules": ({**STUDY, "year": 2020}, "year"),
    "a work without date": (without(PAPER, "date"), "date"),
    "date and year disagree": ({**PAPER, "year": 2024}, "year"),
    "no items": ({**PAPER, "items": 0}, "items"),
    "a split of another year": ({**TRAINING, "split": {"2026": 24}}, "split"),
    "a split that does not add up": ({**TRAINING, "split": {"2025": 16}}, "split"),
    "a split of work": ({**PAPER, "split": {"2025": 0}}, "split"),
    "a misspelt field": ({**TRAINING, "hour": 24}, "hour"),
    "a kind that is no text": ({**TRAINING, "kind": 3}, "kind"),
}


@pytest.mark.parametrize("name", BAD_CLAIMS)
def test_a_bad_claim_is_named_with_person_and_field(name: str) -> None:
    claim, field = BAD_CLAIMS[name]
    good = json.dumps({"claims": [COURSE]})
    bad = json.dumps({"person": "张三", "claims": [COURSE, claim]}, ensure_ascii=False)
    result = run(f"{good}\n{bad}\n{good}\n")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"第 2 行（张三）：申报 {claim['id']}：{field}：")


BAD_PEOPLE: dict[str, tuple[str | bytes, str]] = {
    "not a number": ('{"claims": [{"id": "a", "hours": NaN}]}', "JSON"),
    "broken": ('{"claims": [', "JSON"),
    "a list": ("[1]", "JSON"),
    "nothing": ("  \n", "JSON"),
    "no text": (b'{"claims": "\xff"}', "JSON"),
    "too deep": ("[" * 200_000, "JSON"),
    "no claims": ("{}", "claims"),
    "claims that are no list": ('{"claims": {}}', "claims"),
    "a claim that is no object": ('{"claims": [1]}', "claims[0]"),
    "a claim without id": ('{"claims": [{}]}', "id"),
    "an unknown policy": ('{"policy": "x", "claims": []}', "policy"),
    "a policy that is no text": ('{"policy": [], "claims": []}', "policy"),
    "an impossible day": ('{"as_of": "2025-02-30", "claims": []}', "as_of"),
    "a misspelt key": ('{"as_off": "2025-02-20", "claims": []}', "as_off"),
    "a revocation of nothing": ('{"claims": [], "revoke": "c7"}', "revoke"),
    "the same id twice": (json.dumps({"claims": [COURSE, COURSE]}), "c4：id"),
    "a pending id twice": (json.dumps({"claims": [COURSE], "pending": [COURSE]}), "c4：id"),
}


@pytest.mark.parametrize("name", BAD_PEOPLE)
def test_bad_input_ends_with_one_line_and_code_2(name: str) -> None:
    text, words = BAD_PEOPLE[name]
    result = run(text)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert words in line


def test_a_line_break_in_a_name_stays_on_one_line() -> None:
    result = run(json.dumps({"person": "张\n三", "claims": [{**COURSE, "id": "a\u2028b", "hours": -1}]}))
    assert len(result.stderr.splitlines()) == 1


def test_a_file_that_is_not_there_ends_with_code_2() -> None:
    result = CliRunner().invoke(assess_command, ["/no/such/file"])
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_the_command_needs_neither_flask_nor_sqlalchemy() -> None:
    script = (
        "import sys, portal.cli.assess, portal.cli.policy\n"
        "sys.exit(bool({'flask', 'sqlalchemy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], env=dict(os.environ), check=False).returncode == 0


ODD_NAMES = ["甲", 'a"b', "back\\slash", "tab\t", "\u2028", "\ud800"]


def made_people() -> list[dict[str, Any]]:
    """Every category in every form that may be written in one step, clipped, early, across New Year."""
    works = [{**PAPER, "kind": "著作", "title": None}, {**without(PAPER, "date"), "year": 2025}]
    forms = [TRAINING, {**AGAIN, "title": "培训“乙”"}, {**AGAIN, "hours": 7.5}, STUDY, COURSE, *works, *works]
    across = {**TRAINING, "start": "2025-12-30", "end": "2026-01-02", "hours": 80}
    late: list[dict[str, Any]] = [{**PAPER, "date": "2025-12-01"}, {**COURSE, "year": 2026}]
    leap = {**TRAINING, "start": "2024-02-28", "end": "2024-03-01", "hours": 24, "title": "闰日"}
    claims = [
        {**claim, "id": f"{name}{n}"}
        for name in ODD_NAMES
        for n, claim in enumerate([*forms, *late, across, leap])
    ]
    pending = [{**claim, "id": f"p{n}"} for n, claim in enumerate([*forms, across])]
    return [
        {"claims": claims},
        {"claims": claims, "as_of": "2025-07-03", "pending": pending},
        {"claims": claims, "as_of": "2026-01-01", "revoke": claims[0]["id"]},
        {"claims": [leap, {**leap, "id": "c9"}], "as_of": "2024-02-29", "pending": [], "revoke": "c9"},
    ]


@pytest.mark.parametrize("person", made_people(), ids=["all", "pending", "revoke", "early"])
def test_a_claim_read_in_one_step_counts_as_one_read_with_care(person: dict[str, Any]) -> None:
    noted = {
        key: [{**claim, "note": "x"} for claim in value] if isinstance(value, list) else value
        for key, value in person.items()
    }
    plain, careful = run(json.dumps(person)), run(json.dumps(noted))
    assert plain.exit_code == 0, plain.output
    assert plain.stdout_bytes == careful.stdout_bytes


@pytest.mark.parametrize("person", made_people(), ids=["all", "pending", "revoke", "early"])
def test_an_answer_is_json_as_the_library_writes_it(person: dict[str, Any]) -> None:
    line = run(json.dumps(person)).stdout_bytes.decode()
    again = json.dumps(json.loads(line), ensure_ascii=False) + "\n"
    assert line == again.encode("utf-8", "backslashreplace").decode()
    assert list(json.loads(line)["claims"]) == [claim["id"] for claim in person["claims"]]
