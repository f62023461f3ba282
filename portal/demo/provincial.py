"""What the demo campus typed into the provincial platform, and a comparison that finds each cause."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.demo.people import Staff
from portal.demo.situations import TODAY
from portal.extensions import db
from portal.models import Claim, Person, PersonYear, ProvincialDifference
from portal.queries import provincial_entries as sheets
from portal.queries.provincial_entries import Filters
from portal.queries.provincial_years import Known, years_of
from portal.rules.access import Actor
from portal.rules.policy import PolicySet
from portal.rules.reconciliation import HUNDREDTHS, Cause
from portal.rules.vocabulary import Category, Hat, Subject
from portal.services import provincial_differences, provincial_entries, provincial_imports, revocations
from portal.services.provincial_sheets import show_hundredths
from portal.spreadsheets import Row, Sheet

FILE_NAME = "省平台2025年度学时.xlsx"
_DIGEST = "5e1d" * 16  # of the invented file
_YEAR = TODAY.year
_HEADINGS = ("工号", "姓名", "年度", "公需学时", "专业学时", "区域", "状态")
_PEOPLE = 160  # compared
_SUBJECTS = (Subject.PUBLIC.value, Subject.PROFESSIONAL.value)


def settle(
    people: list[Staff],
    actor: Callable[[Staff, Hat], Actor],
    policies: PolicySet,
    minutes: Callable[[int], datetime],
) -> None:
    """Two of three claims marked, one of them lowered since, and a list compared; `minutes(n)` tells when."""
    hr = actor(next(person for person in people if person.username == "hr"), Hat.HR)
    rows = sheets.every(hr, Filters(_YEAR))
    typed = [row.uuid for number, row in enumerate(rows) if number % 3]
    provincial_entries.enter(hr, typed[: provincial_entries.MOST // 4], _YEAR, now=minutes(290))
    _lower_one(hr, people, policies, minutes(291))
    accounts = {one.id for one in people if one.role is None and one.username.isdigit()}
    sheet = _sheet(accounts)
    provincial_imports.take_in(hr, sheet, FILE_NAME, now=minutes(292))
    rounding = db.session.scalars(
        select(ProvincialDifference.uuid).where(ProvincialDifference.cause == Cause.ROUNDING.value).limit(1)
    ).first()
    db.session.rollback()
    if rounding is not None:
        note = "省平台按 0.1 学时登记，不影响达标。"
        provincial_differences.settle(hr, rounding, note=note, now=minutes(293))


def _lower_one(hr: Actor, people: list[Staff], policies: PolicySet, now: datetime) -> None:
    """A training that was typed in counts less since: nobody's year is met by it, no certificate falls."""
    plain = [one.id for one in people if one.role is None and one.username.isdigit()]
    met = select(PersonYear.person_id).where(PersonYear.met, PersonYear.year == _YEAR)
    entered = sheets.every(hr, Filters(_YEAR, sheets.Show.ENTERED, Category.TRAINING))
    fitting = db.session.execute(
        select(Claim.uuid, Claim.approved_quarters)
        .where(
            Claim.uuid.in_([row.uuid for row in entered if row.counted == row.approved_quarters]),
            Claim.person_id.in_(plain),
            Claim.person_id.not_in(met),
            Claim.approved_quarters >= 16,
        )
        .order_by(Claim.id)
        .limit(1)
    ).first()
    db.session.rollback()
    if fitting is not None:
        revocations.lower(
            hr,
            fitting.uuid,
            quarters=fitting.approved_quarters // 2 - fitting.approved_quarters // 2 % 2,
            reason="学时证明所载学时低于申报",
            policies=policies,
            now=now,
        )


def _sheet(plain: set[int]) -> Sheet:
    """The list as the platform would print it: most agree, each cause has its case."""
    found = [row for row in db.session.execute(_staff()) if row.id in plain]
    known = years_of(db.session(), [row.id for row in found], {_YEAR})
    db.session.rollback()
    odd = dict(_odd(found, known))
    lines: list[list[str]] = []
    for row in [*(one for one in found if one.id in odd), *(one for one in found if one.id not in odd)]:
        if row.id in odd or len(lines) < _PEOPLE:
            figures = [known.here.get((row.id, _YEAR, subject), 0) * HUNDREDTHS for subject in _SUBJECTS]
            lines += _lines(row, figures, odd.get(row.id))
    lines.append(["20990001", "", str(_YEAR), "30", "60", "省直", ""])
    lines.append([found[0].username, "王小明", str(_YEAR), "30", "60", "省直", ""])
    rows = (
        Row(number, dict(zip(_HEADINGS, line, strict=True))) for number, line in enumerate(lines, start=2)
    )
    return Sheet(_HEADINGS, tuple(rows), _DIGEST)


def _lines(row: Any, figures: list[int], odd: tuple[Cause, int, int] | None) -> Iterator[list[str]]:
    """One line of a person, a second one for hours the platform shows apart."""
    region, apart = "省直", ("", 0, 0)
    if odd is not None:
        cause, place, amount = odd
        figures[place] += amount
        if cause is Cause.REGION:
            region, figures = "潍坊市", [0, 0]
        if cause in (Cause.WAITING, Cause.UNPUSHED):
            apart = ("待审核" if cause is Cause.WAITING else "未推送", place, -amount)
    shown = [show_hundredths(amount) for amount in figures]
    yield [row.username, row.name, str(_YEAR), *shown, region, "已通过"]
    if apart[2]:
        hours = ["0", "0"]
        hours[apart[1]] = show_hundredths(apart[2])
        yield [row.username, row.name, str(_YEAR), *hours, region, apart[0]]


def _odd(found: Sequence[Any], known: Known) -> Iterator[tuple[int, tuple[Cause, int, int]]]:
    """Person, and the cause with the subject's place and what the platform shows more or less."""
    taken: set[int] = set()
    first, second = 0, 1

    def here(row: Any, place: int) -> int:
        return known.here.get((row.id, _YEAR, _SUBJECTS[place]), 0)

    def items(of: Any, row: Any) -> int:
        held = of.get((row.id, _YEAR, _SUBJECTS[second]), ())
        return held[0].quarters * HUNDREDTHS if held else 0

    cases: tuple[tuple[Cause, int, Callable[[Any], int]], ...] = (
        (Cause.TO_CORRECT, second, lambda row: items(known.too_much, row)),
        (Cause.NOT_ENTERED, second, lambda row: -items(known.not_entered, row)),
        (Cause.NOT_ENTERED, second, lambda row: -items(known.not_entered, row)),
        (Cause.NOT_DECIDED, second, lambda row: items(known.pending, row)),
        (Cause.REGION, second, lambda row: -1 if here(row, second) > 80 else 0),
        (Cause.WAITING, second, lambda row: -1000 if here(row, second) > 80 else 0),
        (Cause.UNPUSHED, first, lambda row: -600 if here(row, first) > 40 else 0),
        (Cause.UNPUSHED, first, lambda row: -400 if here(row, first) > 40 else 0),
        (Cause.DOUBLED, first, lambda row: here(row, first) * HUNDREDTHS if here(row, first) > 40 else 0),
        (Cause.ROUNDING, first, lambda row: -30 if here(row, first) > 40 else 0),
        (Cause.ROUNDING, first, lambda row: 20 if here(row, first) > 40 else 0),
        (Cause.UNKNOWN, second, lambda row: 275 if here(row, second) > 80 else 0),
    )
    for cause, place, amount in cases:
        row = next((one for one in found if one.id not in taken and amount(one)), None)
        if row is not None:
            taken.add(row.id)
            yield row.id, (cause, place, amount(row))


def _staff() -> Any:
    return (
        select(Person.id, Person.username, Person.name)
        .where(Person.disabled_at.is_(None))
        .order_by(Person.id)
    )
