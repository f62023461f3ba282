"""The guards in the database: what was recorded, decided or issued is never rewritten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from campus import NOW, Filing
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from portal.database import write_tx
from portal.models import Certificate


@pytest.fixture
def write(app: Flask) -> Iterator[object]:
    def run(statement: str, **values: object) -> int:
        with app.app_context(), write_tx() as session:
            return session.execute(text(statement), values).rowcount

    return run


def test_events_are_neither_changed_nor_deleted(write, filing: Filing) -> None:
    filing.claim("陈晓", status="pending")
    with pytest.raises(IntegrityError, match="append-only"):
        write("UPDATE events SET reason = 'x'")
    with pytest.raises(IntegrityError, match="append-only"):
        write("DELETE FROM events")


@pytest.mark.parametrize("status", ["approved", "revoked"])
@pytest.mark.parametrize(
    "change",
    [
        "person_id = person_id + 1",
        "category = 'self_study'",
        "kind = '进修'",
        "subject = 'public'",
        "title = '别的培训'",
        "start_on = '2025-06-30'",
        "end_on = '2025-07-04'",
        "quarters = 100",
        "year_from = 2024",
        "approved_quarters = approved_quarters + 1",
        "approved_subject = 'public'",
        "approval_number = 9",
        "policy_sha256 = 'other'",
    ],
)
def test_facts_of_a_decided_claim_stay(write, filing: Filing, status: str, change: str) -> None:
    filing.claim("陈晓", status=status)
    with pytest.raises(IntegrityError, match="immutable"):
        write(f"UPDATE claims SET {change}")  # noqa: S608


def test_the_hand_split_of_a_decided_claim_stays(write, filing: Filing) -> None:
    filing.claim("陈晓", status="approved")
    with pytest.raises(IntegrityError, match="immutable"):
        write("""UPDATE claims SET split = '{"2025": 4}'""")


def test_what_counts_may_change_when_an_earlier_claim_falls(write, filing: Filing) -> None:
    filing.claim("陈晓", status="approved")
    assert write("""UPDATE claims SET credited = '{"2025": 8}', version = version + 1""") == 1


def test_a_pending_claim_may_still_change(write, filing: Filing) -> None:
    filing.claim("陈晓", status="pending")
    assert write("UPDATE claims SET title = '改过的题目'") == 1


def test_a_decision_is_not_undone_and_the_claim_not_deleted(write, filing: Filing) -> None:
    filing.claim("陈晓", status="approved", evidence=False)
    with pytest.raises(IntegrityError, match="never undecided"):
        write("UPDATE claims SET status = 'returned'")
    with pytest.raises(IntegrityError, match="never deleted"):
        write("DELETE FROM claims")


def test_evidence_of_a_decided_claim_stays(write, filing: Filing) -> None:
    filing.claim("陈晓", status="approved")
    with pytest.raises(IntegrityError, match="immutable"):
        write("DELETE FROM evidence")
    with pytest.raises(IntegrityError, match="immutable"):
        write("UPDATE evidence SET sha256 = 'other'")


def test_evidence_of_a_draft_may_go(write, filing: Filing) -> None:
    filing.claim("陈晓", status="draft")
    assert write("DELETE FROM evidence") == 1


@pytest.fixture
def certificate(app: Flask, filing: Filing) -> None:
    who = filing.people["陈晓"]
    with app.app_context(), write_tx() as session:
        session.add(
            Certificate(
                person_id=who.id,
                unit_id=who.unit_id,
                year=2025,
                serial=1,
                number="2025-HLXY-000001",
                code="A" * 26,
                facts="{}",
                key_id="0" * 8,
                signature="0" * 64,
                issued_at=NOW,
            )
        )


@pytest.mark.usefixtures("certificate")
def test_an_issued_certificate_is_only_ever_revoked(write) -> None:
    with pytest.raises(IntegrityError, match="immutable"):
        write('UPDATE certificates SET facts = \'{"total": "99"}\'')
    with pytest.raises(IntegrityError, match="never deleted"):
        write("DELETE FROM certificates")
    at = datetime(2025, 12, 2, tzinfo=UTC).isoformat(" ")
    assert write("UPDATE certificates SET revoked_at = :at, revoked_reason = '学时变动'", at=at[:19]) == 1
    with pytest.raises(IntegrityError, match="final"):
        write("UPDATE certificates SET revoked_at = NULL, revoked_reason = ''")


def test_approved_hours_may_fall_until_the_claim_is_revoked(write, filing: Filing) -> None:
    filing.claim("陈晓", status="approved")
    assert write("UPDATE claims SET approved_quarters = 4") == 1
    filing.claim("刘洋", status="revoked")
    with pytest.raises(IntegrityError, match="immutable"):
        write("UPDATE claims SET approved_quarters = 2")
