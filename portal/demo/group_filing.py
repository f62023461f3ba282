"""A list and a single claim that the admin of 护理学院 filed for others, waiting for her colleague."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO

from portal.demo import accounts, evidence
from portal.demo.people import Staff
from portal.demo.situations import TODAY
from portal.rules.access import Actor
from portal.rules.filing import ClaimInput
from portal.rules.policy import PolicySet
from portal.rules.vocabulary import Approval, Category, Evidence, Hat, Subject
from portal.services import group_filing
from portal.services.evidence import Upload, taken_in
from portal.services.filing import Form
from portal.storage import LocalStore

_FILER = "李静"
_MANY = 8
_TITLE = "护理学院课程思政与教学能力提升研修班"


def settle(
    people: list[Staff],
    actor: Callable[[Staff, Hat], Actor],
    store: LocalStore,
    policies: PolicySet,
    minutes: Callable[[int], datetime],
) -> None:
    """Write them through the services, after everything else; `minutes(n)` tells when."""
    filer = next(person for person in people if person.name == _FILER)
    named = {account.username for account in accounts.ACCOUNTS}
    others = [one for one in people if one.unit == filer.unit and one.username not in named]
    admin = actor(filer, Hat.UNIT)
    first, last = date(TODAY.year, 11, 8), date(TODAY.year, 11, 9)
    listed = others[:_MANY]
    with taken_in([_proof("学时证明（全体学员）.pdf", first, last)], store) as intake:
        group_filing.submit_list(
            admin,
            [one.uuid for one in listed],
            Form(_training("研修", _TITLE, first, last, 16), intake),
            store,
            policies,
            now=minutes(420),
            today=TODAY,
        )
    first, last = date(TODAY.year, 10, 18), date(TODAY.year, 10, 19)
    with taken_in([_proof("学时证明.pdf", first, last)], store) as intake:
        group_filing.submit_for(
            admin,
            others[_MANY].uuid,
            Form(_training("学术交流", "山东省护理教育学术交流会", first, last, 12), intake),
            policies,
            now=minutes(430),
            today=TODAY,
        )


def _training(kind: str, title: str, first: date, last: date, hours: int) -> ClaimInput:
    return ClaimInput(
        category=Category.TRAINING.value,
        kind=kind,
        subject=Subject.PROFESSIONAL.value,
        title=title,
        organizer="山东省护理学会",
        start=first,
        end=last,
        quarters=hours * 4,
        approval=Approval.ORGANISED.value,
        truthful=True,
    )


def _proof(name: str, first: date, last: date) -> Upload:
    lines = [
        f"兹证明名单所列人员于 {first} 至 {last} 参加培训，",
        "考勤合格，学时如申报所列。",
        "主办单位：山东省护理学会",
    ]
    return Upload(Evidence.HOURS, name, BytesIO(evidence.sheet(Evidence.HOURS.label, lines, evidence.NOTE)))
