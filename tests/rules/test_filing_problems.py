"""Everything the notice demands before a claim may be sent, each refused with its field and quote."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from portal.rules.filing import ClaimInput, Problem, submission_problems
from portal.rules.policy import shipped
from portal.rules.vocabulary import Evidence

NOTICE = (Path(__file__).parents[1] / "data" / "notice.txt").read_text("utf-8")
TODAY = date(2025, 12, 1)
STUDY_AWAY = ClaimInput(
    category="training",
    kind="进修",
    subject="professional",
    title="护理管理进修",
    start=date(2025, 7, 1),
    end=date(2025, 7, 3),
    quarters=96,
    approval="approved",
    truthful=True,
)
SELF_STUDY = ClaimInput(
    category="self_study",
    kind="自学考试",
    subject="professional",
    title="护理学",
    year=2025,
    quarters=120,
    approval="organised",
    truthful=True,
)
PROJECT = ClaimInput(
    category="achievement",
    kind="课题",
    subject="professional",
    title="慢病管理研究",
    on=date(2025, 5, 1),
    author_name="王芳",
    rank="1",
    level="省级",
    owner="护理学院",
    marked=True,
    truthful=True,
)
PAPER = replace(PROJECT, category="publication", kind="学术论文", level="核心期刊公开发表")
FILES = {
    "training": [Evidence.DISPATCH, Evidence.ASSESSMENT],
    "self_study": [Evidence.ADMISSION, Evidence.TRANSCRIPT],
    "achievement": [Evidence.MATERIAL],
    "publication": [Evidence.MATERIAL],
}


def problems(given: ClaimInput, files: list[Evidence] | None = None) -> list[Problem]:
    present = FILES.get(given.category, []) if files is None else files
    return submission_problems(shipped().for_year(2025), given, present, TODAY)


@pytest.mark.parametrize("given", [STUDY_AWAY, SELF_STUDY, PROJECT, PAPER], ids=lambda given: given.kind)
def test_a_complete_claim_may_be_sent(given: ClaimInput) -> None:
    assert problems(given) == []


@pytest.mark.parametrize(
    ("given", "missing", "quote"),
    [
        (STUDY_AWAY, Evidence.DISPATCH, "进修学习需要提供单位派出证明、进修单位考核证明"),
        (STUDY_AWAY, Evidence.ASSESSMENT, "进修学习需要提供单位派出证明、进修单位考核证明"),
        (replace(STUDY_AWAY, kind="研修"), Evidence.HOURS, "其他交流学习需提供学时证明等"),
        (SELF_STUDY, Evidence.ADMISSION, "需提供录取通知书和当年度成绩单"),
        (SELF_STUDY, Evidence.TRANSCRIPT, "需提供录取通知书和当年度成绩单"),
        (PROJECT, Evidence.MATERIAL, "提交证明材料，认定学时"),
    ],
)
def test_each_missing_proof_is_named(given: ClaimInput, missing: Evidence, quote: str) -> None:
    there = [proof for proof in (*FILES[given.category], Evidence.HOURS) if proof is not missing]
    (problem,) = problems(given, there)
    assert problem.field == missing.field
    assert missing.label in problem.text
    assert problem.quote == quote


@pytest.mark.parametrize(
    ("given", "changes", "field"),
    [
        (STUDY_AWAY, {"category": "course"}, "category"),
        (STUDY_AWAY, {"category": "sports"}, "category"),
        (STUDY_AWAY, {"kind": "自学考试"}, "kind"),
        (STUDY_AWAY, {"subject": ""}, "subject"),
        (SELF_STUDY, {"subject": "public"}, "subject"),
        (STUDY_AWAY, {"title": "  "}, "title"),
        (STUDY_AWAY, {"start": None}, "start"),
        (STUDY_AWAY, {"end": None}, "end"),
        (STUDY_AWAY, {"end": date(2025, 6, 30)}, "end"),
        (STUDY_AWAY, {"end": date(2025, 12, 2)}, "end"),
        (STUDY_AWAY, {"start": date(1925, 7, 1)}, "start"),
        (STUDY_AWAY, {"quarters": None}, "hours"),
        (STUDY_AWAY, {"quarters": 0}, "hours"),
        (STUDY_AWAY, {"quarters": 1}, "hours"),
        (STUDY_AWAY, {"approval": ""}, "approval"),
        (STUDY_AWAY, {"approval": "perhaps"}, "approval"),
        (STUDY_AWAY, {"truthful": False}, "truthful"),
        (STUDY_AWAY, {"split": {2024: 96}}, "split"),
        (STUDY_AWAY, {"split": {2025: 48}}, "split"),
        (SELF_STUDY, {"year": None}, "year"),
        (SELF_STUDY, {"year": 2026}, "year"),
        (SELF_STUDY, {"year": 2020}, "year"),
        (SELF_STUDY, {"approval": ""}, "approval"),
        (PROJECT, {"on": None}, "date"),
        (PROJECT, {"on": date(2025, 12, 2)}, "date"),
        (PROJECT, {"on": date(1925, 12, 2)}, "date"),
        (PROJECT, {"author_name": ""}, "author_name"),
        (PROJECT, {"rank": " "}, "rank"),
        (PROJECT, {"level": ""}, "level"),
        (PROJECT, {"level": "市厅级"}, "level"),
        (PROJECT, {"level": "世界级"}, "level"),
        (PROJECT, {"owner": ""}, "owner"),
        (PROJECT, {"marked": False}, "marked"),
        (PAPER, {"level": "未公开发表"}, "level"),
    ],
)
def test_each_fault_names_its_field(given: ClaimInput, changes: dict[str, Any], field: str) -> None:
    found = problems(replace(given, **changes))
    assert {problem.field for problem in found} == {field}
    assert all(problem.quote in NOTICE for problem in found)


def test_the_last_day_must_be_over() -> None:
    assert problems(replace(STUDY_AWAY, end=TODAY)) == []


def test_a_project_below_the_province_is_refused_with_the_words_of_the_notice() -> None:
    (problem,) = problems(replace(PROJECT, level="市厅级"))
    assert problem.quote == "省级及以上课题"
    assert "国家级、省部级、省级" in problem.text


def test_a_prize_counts_at_any_level() -> None:
    assert problems(replace(PROJECT, kind="成果奖", level="市厅级")) == []


def test_a_split_by_hand_stays_within_the_days_of_each_year() -> None:
    across = replace(STUDY_AWAY, start=date(2024, 12, 31), end=date(2025, 1, 2), quarters=80)
    assert problems(replace(across, split={2024: 32, 2025: 48})) == []
    (problem,) = problems(replace(across, split={2024: 34, 2025: 46}))
    assert problem == Problem(
        "split", "2024 年有 1 天，每天最多 8 学时，该年度最多填写 8 学时。", "不超过8学时/天"
    )


def test_an_empty_form_names_everything_that_is_missing() -> None:
    found = problems(ClaimInput(category="training", kind="进修"), [])
    assert [problem.field for problem in found] == [
        "subject",
        "title",
        "start",
        "end",
        "hours",
        "approval",
        "evidence_dispatch",
        "evidence_assessment",
        "truthful",
    ]
