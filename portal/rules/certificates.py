"""What a certificate states: the facts of one met year, in one canonical form, and how they are shown.

Notice, annex 1: 当完成公需课学时和完成专业课学时均显示达标时，可打印证书.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from portal.rules.amounts import show_hours
from portal.rules.facts import ClaimFacts
from portal.rules.standing import Assessment
from portal.rules.vocabulary import Category, Subject

_CODE = re.compile(r"[A-Z2-7]{26}")
_MISREAD = str.maketrans("018", "OIB")


def canonical(facts: Mapping[str, Any]) -> str:
    """The one text form of the facts: what is stored, signed and printed from."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def hours_facts(assessment: Assessment, approved: Sequence[ClaimFacts], year: int) -> dict[str, Any]:
    """Subjects, categories and total of a year as texts in hours, ready to be frozen."""
    cells: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys((s.value for s in Subject), 0))
    for claim in approved:
        counted = assessment.claims[claim.id].by_year.get(year, 0)
        if counted:
            cells[claim.category][claim.subject] += counted
    standing = assessment.years[year]
    return {
        "subjects": [
            {
                "label": Subject(standard.subject).label,
                "need": show_hours(standard.need),
                "have": show_hours(standard.have),
                "met": standard.met,
            }
            for standard in standing.standards
        ],
        "categories": [
            {
                "label": category.label,
                **{subject: show_hours(quarters) for subject, quarters in cells[category.value].items()},
                "total": show_hours(sum(cells[category.value].values())),
            }
            for category in Category
            if category.value in cells
        ],
        "total": show_hours(standing.total),
    }


def masked(name: str) -> str:
    """A name as the public sees it: the first character and a star for each other one."""
    return name[:1] + "*" * (len(name) - 1)


def clean_code(typed: str) -> str | None:
    """The code for what somebody typed or scanned; None when it cannot be one.

    Digits that codes never hold stand for the letters they are misread from: 0 O, 1 I, 8 B.
    """
    code = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed)).upper().translate(_MISREAD)
    return code if _CODE.fullmatch(code) else None


def grouped(code: str) -> str:
    """The code in groups of four, as printed."""
    return " ".join(re.findall(r".{1,4}", code))


def notes(facts: Mapping[str, Any]) -> list[str]:
    """The small print below every certificate: what it rests on, and what it does not replace."""
    policy = facts["policy"]
    why, _, _ = facts.get("obligation", "").partition("：")  # the line has no room for the whole reason
    owed = f"　年度最低要求由人事处单独核定（{why}）" if why else ""
    return [
        f"本件由{facts['school']}继续教育学时管理平台依据校内审核通过的学时记录生成，是否有效以核验结果为准。",
        "省级继续教育电子证书由山东省专业技术人员继续教育公共服务平台发放，本件不代替该电子证书。",
        f"学时认定规则　{policy['id']}　{policy['sha256'][:16]}{owed}",
    ]
