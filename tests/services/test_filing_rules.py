"""What sending refuses beyond the form: the policy's own choice at a cap, transfers, and stale states."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from forms_sent import count, rows
from sqlalchemy import update

from portal.database import write_tx
from portal.models import Claim, Person
from portal.rules.filing import ClaimInput
from portal.rules.policy import PolicySet, shipped
from portal.rules.refusals import NotFound, RuleBroken
from portal.services import filing
from portal.services.evidence import Intake

PAPER = ClaimInput(
    category="publication",
    kind="学术论文",
    subject="professional",
    title="延续护理研究",
    on=date(2025, 5, 1),
    author_name="陈晓",
    rank="第一作者",
    level="核心期刊公开发表",
    owner="山东第二医科大学",
    marked=True,
    truthful=True,
)
STUDY = ClaimInput(
    category="self_study",
    kind="自学考试",
    subject="professional",
    title="护理学",
    quarters=60 * 4,
    year=2025,
    approval="approved",
    truthful=True,
)


def strict_policies() -> PolicySet:
    """The shipped rules, but nothing over a cap is taken in."""
    return PolicySet([shipped().for_year(2025).model_copy(update={"over_cap": "refuse"})])


@pytest.fixture
def draft(filing: Any) -> Any:
    """A self-study with its two proofs, ready to be edited."""
    return filing.claim("陈晓", "self_study", "draft")


def submit(app: Any, people: Any, clock: Any, draft: Any, given: ClaimInput, policies: PolicySet) -> None:
    """Send the edited draft."""
    form = filing.Form(given, Intake(), claim=draft.uuid)
    with app.app_context():
        filing.submit(people.actor("陈晓"), form, policies, now=clock.now(), today=clock.today())


def test_a_policy_may_refuse_what_it_would_otherwise_clip(
    app: Any, people: Any, clock: Any, draft: Any
) -> None:
    with pytest.raises(RuleBroken) as refused:
        submit(app, people, clock, draft, STUDY, strict_policies())
    assert "超过上限" in refused.value.fields["hours"][0]
    assert rows(app, Claim)[0].status == "draft"
    submit(app, people, clock, draft, STUDY, shipped())
    (claim,) = rows(app, Claim)
    assert (claim.status, claim.quarters) == ("pending", 240)


def test_a_claim_goes_to_the_unit_the_person_belongs_to_when_it_is_sent(
    app: Any, people: Any, clock: Any, draft: Any
) -> None:
    elsewhere = people["何平"].unit_id
    with app.app_context(), write_tx() as session:
        session.execute(update(Person).where(Person.id == people["陈晓"].id).values(unit_id=elsewhere))
    try:
        submit(app, people, clock, draft, STUDY, shipped())
        assert rows(app, Claim)[0].unit_id == elsewhere
    finally:
        with app.app_context(), write_tx() as session:
            home = people["陈晓"].unit_id
            session.execute(update(Person).where(Person.id == people["陈晓"].id).values(unit_id=home))


def test_without_evidence_nothing_is_written(app: Any, people: Any, clock: Any) -> None:
    form = filing.Form(PAPER, Intake())
    with app.app_context(), pytest.raises(RuleBroken) as refused:
        filing.submit(people.actor("陈晓"), form, shipped(), now=clock.now(), today=clock.today())
    assert "evidence_material" in refused.value.fields
    assert count(app, Claim) == 0


def test_another_persons_draft_does_not_exist(app: Any, people: Any, clock: Any, draft: Any) -> None:
    form = filing.Form(STUDY, Intake(), claim=draft.uuid)
    with app.app_context(), pytest.raises(NotFound):
        filing.save(people.actor("刘洋"), form, shipped(), now=clock.now())
    assert rows(app, Claim)[0].version == draft.version
