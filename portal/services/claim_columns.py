"""A claim between its form and its row: the entered facts as columns, and back."""

from __future__ import annotations

from typing import Any

from portal.queries.foresight import quarters_of, years_of
from portal.rules.filing import ClaimInput
from portal.rules.policy import PolicySet
from portal.rules.works import title_key, work_key


def input_of(row: Any) -> ClaimInput:
    """A stored claim as it would come from the form."""
    split = {int(year): quarters for year, quarters in row.split.items()} if row.split else None
    return ClaimInput(
        category=row.category,
        kind=row.kind,
        subject=row.subject or "",
        title=row.title,
        organizer=row.organizer,
        start=row.start_on,
        end=row.end_on,
        quarters=row.quarters,
        year=row.study_year,
        on=row.work_on,
        split=split,
        author_name=row.author_name,
        rank=row.rank,
        level=row.level,
        owner=row.owner,
        work_id=row.work_id,
        approval=row.approval,
        approval_no=row.approval_document,
        marked=row.marked,
        truthful=row.truthful,
        keep_zero=row.keep_zero,
    )


def columns_of(given: ClaimInput, policies: PolicySet) -> dict[str, Any]:
    """What the form entered, as the claim's columns, with the keys that tell a repeated work."""
    years = years_of(given)
    return {
        "category": given.category,
        "kind": given.kind,
        "subject": given.subject or None,
        "title": given.title,
        "organizer": given.organizer,
        "start_on": given.start,
        "end_on": given.end,
        "quarters": quarters_of(given, policies),
        "study_year": given.year,
        "work_on": given.on,
        "split": {str(year): quarters for year, quarters in given.split.items()} if given.split else None,
        "year_from": years[0] if years else None,
        "year_to": years[1] if years else None,
        "author_name": given.author_name,
        "rank": given.rank,
        "level": given.level,
        "owner": given.owner,
        "work_id": given.work_id,
        "work_key": work_key(given.kind, given.work_id),
        "title_key": title_key(given.title),
        "approval": given.approval,
        "approval_document": given.approval_no,
        "marked": given.marked,
        "truthful": given.truthful,
        "keep_zero": given.keep_zero,
    }
