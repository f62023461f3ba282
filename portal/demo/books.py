"""Numbers the approvals and computes what counts, with the rules themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import Any

from portal.demo.drafts import Draft
from portal.rules.facts import ClaimFacts
from portal.rules.policy import PolicySet
from portal.rules.standing import Assessment, assess
from portal.rules.vocabulary import Category, Status, Subject


def number_approvals(drafts: Sequence[Draft]) -> None:
    """Allot each person's approval numbers in the order of the decisions."""
    numbers: dict[int, count[int]] = defaultdict(lambda: count(1))
    approved = [one for one in drafts if one.decided and one.status is not Status.RETURNED]
    for draft in sorted(approved, key=lambda one: (one.decided, one.uuid)):
        draft.number = next(numbers[draft.person.id])


def settle(
    drafts: Sequence[Draft], courses: Sequence[dict[str, Any]], policies: PolicySet, *, now: datetime
) -> list[dict[str, Any]]:
    """Write what counts into each approved draft; returns the rows of `person_years`."""
    books: dict[int, list[ClaimFacts]] = defaultdict(list)
    for facts_of_person, facts in _course_facts(courses):
        books[facts_of_person].append(facts)
    approved = [one for one in drafts if one.status is Status.APPROVED]
    for draft in sorted(approved, key=lambda one: (one.person.id, one.number)):
        books[draft.person.id].append(draft.facts())
    rows: list[dict[str, Any]] = []
    assessments = {person: assess(policies, book, as_of=None) for person, book in books.items()}
    for draft in approved:
        found = assessments[draft.person.id].claims[str(draft.uuid)]
        draft.credited = {str(year): quarters for year, quarters in found.by_year.items()}
    for person, assessment in assessments.items():
        rows.extend(_year_rows(person, assessment, now))
    return rows


def _course_facts(courses: Sequence[dict[str, Any]]) -> list[tuple[int, ClaimFacts]]:
    sums: dict[tuple[int, int, str], int] = defaultdict(int)
    for row in courses:
        sums[row["person_id"], row["year"], row["subject"]] += row["quarters"]
    return [
        (
            person,
            ClaimFacts(
                id=f"course-{year}-{subject}",
                category=Category.COURSE.value,
                subject=subject,
                quarters=quarters,
                year=year,
            ),
        )
        for (person, year, subject), quarters in sums.items()
    ]


def _year_rows(person: int, assessment: Assessment, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "person_id": person,
            "year": year,
            "public": standing.subjects.get(Subject.PUBLIC.value, 0),
            "professional": standing.subjects.get(Subject.PROFESSIONAL.value, 0),
            "categories": dict(standing.categories),
            "met": standing.met,
            "updated_at": now,
        }
        for year, standing in sorted(assessment.years.items())
    ]
