"""The census of routes: every endpoint by every role, called in every way a browser or a forger may."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from campus import NOW, PIXEL, Filing, People
from flask import Flask
from matrix import FORMS, MACHINE, MATRIX, ROLES, WHO
from sqlalchemy import select, text, update
from strict import StrictClient

from portal.database import write_tx
from portal.extensions import db
from portal.models import (
    Absence,
    Certificate,
    EvidenceFile,
    Login,
    MachineToken,
    Message,
    Obligation,
    Person,
    PersonRequest,
    ProvincialDifference,
    ProvincialEntry,
    ReturnPreset,
    RevocationItem,
    RevocationProposal,
    RoleProposal,
    Unit,
    YearReopening,
)
from portal.rules.access import Actor
from portal.rules.machines import Scope
from portal.rules.policy import shipped
from portal.rules.vocabulary import Evidence, NoticeKind, ObligationKind, Role
from portal.services import (
    absences,
    calendar,
    certificates,
    course_jobs,
    course_previews,
    evidence,
    jobs,
    messages,
    notices,
    obligations,
    provincial_entries,
    provincial_imports,
    requests,
    roles,
    roster,
    signatures,
    tokens,
)
from portal.spreadsheets import Row, Sheet

NONSENSE = (
    "9223372036854775808",
    "0",
    "-1",
    "x",
    "%00",
    "00000000-0000-0000-0000-000000000000",
    "%F0%A0%AE%B7",
)
WAYS: dict[str, dict[str, str]] = {
    "plain": {},
    "fragment": {"HX-Request": "true"},
    "boosted": {
        "HX-Request": "true",
        "HX-Boosted": "true",
        "HX-Target": "main",
        "HX-Current-URL": "http://evil.example/",
    },
}
one_database = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
reads = [key for key in MATRIX if key[1] == "GET"]
writes = [key for key in MATRIX if key[1] != "GET"]
from_pages = [key for key in writes if MATRIX[key] != MACHINE]


@pytest.fixture
def hers(app: Flask, people: People, filing: Filing) -> dict[str, Any]:
    """陈晓's claim, its evidence and her certificate, by the names the addresses use."""
    group = uuid4()
    claim = filing.claim("陈晓", status="pending", title="送审的培训", list_uuid=group)
    filing.met("陈晓")
    signer = signatures.single(b"k" * 32)
    with app.app_context():
        certificate = certificates.issue(
            people.actor("陈晓"), 2025, policies=shipped(), signer=signer, school="校", now=NOW
        )
        file = db.session.scalars(select(EvidenceFile.uuid).where(EvidenceFile.claim_id == claim.id)).one()
        code = db.session.scalars(select(Certificate.code)).one()
        her_unit = db.session.scalars(select(Unit.uuid).where(Unit.name == "护理学院")).one()
        facts = {"name": "陈晓", "department": "内科", "title_series": "", "title": "", "phone": ""}
        requests.ask_change(people.actor("陈晓"), facts, unit=her_unit, now=NOW)
        change = db.session.scalars(select(PersonRequest.uuid)).one()
        newcomer = {**facts, "name": "新来的人"}
        progress = requests.register(
            "20250999", newcomer, unit=her_unit, password="lantern-over-sea", school="校", now=NOW
        )
        people_office = people.actor("孙悦")
        roles.propose(
            people_office, username="20180006", role=Role.AUDITOR, gives=True, now=NOW, today=NOW.date()
        )
        proposal = db.session.scalars(select(RoleProposal.uuid)).one()
        soon = NOW.date() + timedelta(days=7)
        absences.mark(people.actor("李静"), first_day=soon, last_day=soon, note="", now=NOW, today=NOW.date())
        absence = db.session.scalars(select(Absence.uuid)).one()
        device = uuid4()
        with write_tx() as session:
            revocation = uuid4()
            hr = people["孙悦"].id
            order = RevocationProposal(
                uuid=revocation, kind="mistaken", reason="核对有误", proposer_id=hr, proposed_at=NOW
            )
            session.add(order)
            session.flush()
            session.add(RevocationItem(proposal_id=order.id, claim_id=claim.id))
            job = jobs.enqueue(session, people.actor("陈晓"), "test", {}, title="她的任务", now=NOW)
            messages.tell(session, [people["陈晓"].id], "told", title="她的消息", now=NOW)
            message = session.scalars(select(Message.uuid)).one()
        with write_tx() as session:
            session.add(
                Login(
                    uuid=device,
                    token_hash="0" * 64,
                    person_id=people["陈晓"].id,
                    hat="person",
                    created_at=NOW,
                    confirmed_at=NOW,
                    address="",
                    agent="",
                )
            )
        batch = _roster(people)
        course_batch = _courses(app, people)
        token = _token(people)
        preset = db.session.scalars(select(ReturnPreset.uuid)).first()
        reopening, obligation = _year_of_hers(app, people)
        entered = filing.claim("陈晓", "achievement", "approved", title="已录入的成果")
        provincial = _provincial(people, entered.uuid)
        notice = _notice(people.actor("孙悦"), her_unit)
    return {
        "reopening": reopening,
        "preset": preset,
        **provincial,
        "notice": notice,
        "job": job,
        "revocation": revocation,
        "message": message,
        "obligation": obligation,
        "person": people["陈晓"].uuid,
        "batch": batch,
        "course_batch": course_batch,
        "token": token,
        "unit": her_unit,
        "proposal": proposal,
        "absence": absence,
        "device": device,
        "change": change,
        "progress": progress,
        "person_request": change,
        "claim": claim.uuid,
        "group": group,
        "evidence": file,
        "certificate": certificate,
        "year": 2025,
        "code": code,
        "filename": "portal.css",
    }


def _year_of_hers(app: Flask, people: People) -> tuple[UUID, UUID]:
    """A reopening for her, and an obligation with its proof in the store."""
    hr = people.actor("孙悦")
    last = date(2027, 1, 10)
    calendar.reopen(
        hr,
        2025,
        people["陈晓"].username,
        files_until=last,
        review_until=last,
        reason="住院",
        now=NOW,
        today=NOW.date(),
    )
    store = app.extensions["portal.store"]
    with evidence.taken_in([evidence.Upload(Evidence.MATERIAL, "证明.png", BytesIO(PIXEL))], store) as intake:
        obligations.set_figures(
            hr,
            people["陈晓"].uuid,
            2025,
            kind=ObligationKind.LEAVE,
            public=60,
            professional=120,
            reason="病假",
            intake=intake,
            policies=shipped(),
            now=NOW,
        )
    return db.session.scalars(select(YearReopening.uuid)).one(), db.session.scalars(
        select(Obligation.uuid)
    ).one()


def _notice(hr: Actor, unit: UUID) -> UUID:
    """A notice to her unit."""
    words = {"subject": "", "title": "致护理学院", "body": "请知悉。"}
    draft = notices.Draft(NoticeKind.NOTICE, first_day=NOW.date(), last_day=None, units=(unit,), **words)
    made = notices.add(hr, draft, now=NOW)
    notices.publish(hr, made, version=1, tell=False, now=NOW)
    return made


def _token(people: People) -> UUID:
    """A program's token."""
    when = {"now": NOW, "today": NOW.date()}
    last = NOW.date() + timedelta(days=30)
    tokens.create(people.actor("周敏"), "学习平台", {Scope.WRITE}, expires_on=last, **when)
    return db.session.scalars(select(MachineToken.uuid)).one()


def _provincial(people: People, claim: UUID) -> dict[str, UUID]:
    """Her claim marked as typed into the provincial platform, and a difference found there."""
    hr = people.actor("孙悦")
    provincial_entries.enter(people.actor("李静"), [claim], 2025, now=NOW)
    cells = {"工号": people["陈晓"].username, "年度": "2025", "公需学时": "1", "专业学时": "2"}
    sheet = Sheet(tuple(cells), (Row(2, cells),), "0" * 64)
    comparison = provincial_imports.take_in(hr, sheet, "省平台.xlsx", now=NOW)
    found = select(ProvincialDifference.uuid).order_by(ProvincialDifference.id).limit(1)
    return {
        "entry": db.session.scalars(select(ProvincialEntry.uuid)).one(),
        "comparison": comparison,
        "difference": db.session.scalars(found).one(),
    }


def _roster(people: People) -> UUID:
    """A batch HR took in: everybody may see its report who may see any."""
    cells = {"工号": "31", "姓名": "甲", "单位": "护理学院", "工作部门": "办公室"}
    sheet = Sheet(tuple(cells), (Row(2, cells),), "0" * 64)
    when = {"now": NOW, "today": NOW.date()}
    batch = roster.preview(people.actor("周敏"), sheet, "名册.xlsx", **when)
    roster.commit(people.actor("周敏"), batch, create_units=False, **when)
    return batch


def _courses(app: Flask, people: People) -> UUID:
    """A batch of course records that was agreed to; nobody has written it yet."""
    cells = {"记录编号": "K1", "工号": people["何平"].username, "姓名": "何平", "学习平台": "蟹壳云学"}
    cells |= {"课程名称": "药物警戒", "科目类型": "专业科目", "学时": "2", "完成日期": "2025-06-01"}
    batch = course_previews.preview(
        people.actor("周敏"),
        Sheet(tuple(cells), (Row(2, cells),), "0" * 64),
        "课程.xlsx",
        year=2025,
        policies=shipped(),
        folder=Path(app.instance_path) / "imports",
        now=NOW,
        today=NOW.date(),
    )
    course_jobs.start(people.actor("周敏"), batch, chosen=(), now=NOW)
    return batch


def address(app: Flask, endpoint: str, things: dict[str, Any]) -> str:
    """The endpoint's address with her things in it."""
    rule = next(app.url_map.iter_rules(endpoint))
    named = {
        **things,
        "batch": things["course_batch" if "course" in endpoint else "batch"],
        "uuid": things["certificate" if "certificate" in endpoint else "evidence"],
        "code": things["progress" if endpoint.startswith("register.") else "code"],
    }
    with app.test_request_context():
        return app.url_for(endpoint, **{name: named[name] for name in rule.arguments})


@pytest.fixture
def as_role(
    app: Flask, people: People, client: StrictClient, sign_in: Callable[..., StrictClient]
) -> Callable[[str], StrictClient]:
    """A client signed in as somebody of that role."""

    def enter(role: str) -> StrictClient:
        if role == "anon":
            return client
        entered = sign_in(*WHO[role])
        if role == "disabled":
            with app.app_context(), write_tx() as session:
                session.execute(update(Person).where(Person.id == people["陈晓"].id).values(disabled_at=NOW))
        return entered

    return enter


@pytest.fixture(autouse=True)
def _enabled_again(app: Flask, people: People) -> Any:
    yield
    with app.app_context(), write_tx() as session:
        session.execute(update(Person).values(disabled_at=None))


def content(app: Flask) -> dict[str, str]:
    """A digest of every table, so that any change shows."""
    found = {}
    with app.app_context(), db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            rows = sorted(map(repr, connection.execute(table.select())))
            found[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def test_every_route_is_in_the_matrix_and_nothing_else(app: Flask) -> None:
    served = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served == set(MATRIX), (
        f"routes without a row: {sorted(served - set(MATRIX))}; rows without a route: "
        f"{sorted(set(MATRIX) - served)}\n  mend: say in tests/matrix.py what each role gets"
    )


def test_every_view_says_who_may_call_it(app: Flask) -> None:
    silent = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if endpoint != "static" and getattr(view, "portal_rule", None) is None
    ]
    assert not silent, f"{silent}: mark each view with @needs(...) or @public"


def test_addresses_carry_uuids_years_and_codes_only(app: Flask) -> None:
    odd = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and "<" in rule.rule
        and not any(part in rule.rule for part in ("<uuid:", "<int:year>", "<code>"))
    ]  # fmt: skip
    assert not odd, f"{odd}: use <uuid:...>; an int of 2^63 is a server error"


@one_database
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("endpoint", "method"), reads, ids=lambda value: str(value))
def test_reading_as_every_role_in_every_way(
    app: Flask, hers: dict[str, Any], as_role: Any, endpoint: str, method: str, role: str
) -> None:
    expected = MATRIX[endpoint, method].split()[ROLES.index(role)]
    client, where = as_role(role), address(app, endpoint, hers)
    before = content(app)
    for way, headers in WAYS.items():
        answer = client.get(where, headers=headers, strict=False)
        _judge(answer, expected, where, role, way)
    answer = client.head(where, strict=False)
    _judge(answer, expected, where, role, "HEAD")
    assert answer.data == b""
    assert content(app) == before, f"{where}: a GET wrote"


@one_database
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("endpoint", "method"), writes, ids=lambda value: str(value))
def test_writing_as_every_role_in_every_way(
    app: Flask, hers: dict[str, Any], as_role: Any, endpoint: str, method: str, role: str
) -> None:
    expected = MATRIX[endpoint, method].split()[ROLES.index(role)]
    where = address(app, endpoint, hers)
    for way, headers in WAYS.items():
        client = as_role(role)
        before = content(app)
        form = FORMS.get(endpoint, {})
        answer = client.post(where, data=form, headers=headers, strict=False)
        _judge(answer, expected, where, role, way, written=True)
        if expected in ("L", "401", "403", "404"):
            assert content(app) == before, f"{where}: refused as {role}, and yet something was written"
        if role == "disabled":
            break  # nobody signs in once disabled


def _judge(answer: Any, expected: str, where: str, role: str, way: str, *, written: bool = False) -> None:
    body = answer.data[:500].decode(errors="replace")
    told = f"{where} as {role} ({way}): {answer.status}, the matrix says {expected}\n{body}"
    if expected == "L":
        if way in ("plain", "HEAD"):
            assert answer.status_code == 302, told
            assert answer.headers["Location"] == "/login", told
        else:
            assert answer.status_code == 401, told
            assert answer.headers["HX-Redirect"] == "/login", told
            assert answer.data == b"", told
        return
    allowed = {
        "ok": {200, 303, 409, 422},
        "own": {200, 303, 404, 409, 422},
        "401": {401},
        "403": {403},
        "404": {404},
    }[expected]
    assert answer.status_code in allowed, told
    assert written or answer.status_code != 303 or way == "plain" or "Location" in answer.headers, told


@pytest.mark.parametrize(("endpoint", "method"), from_pages, ids=lambda value: str(value))
def test_nothing_is_written_without_a_token(
    app: Flask, hers: dict[str, Any], as_role: Any, endpoint: str, method: str
) -> None:
    row = MATRIX[endpoint, method].split()
    role = next(
        role for role in reversed(ROLES) if row[ROLES.index(role)] in ("ok", "own") and role != "disabled"
    )
    client, where = as_role(role), address(app, endpoint, hers)
    before = content(app)
    for given in ({}, {"csrf_token": "forged"}):
        answer = client.post(where, data={**FORMS.get(endpoint, {}), **given}, token=False, strict=False)
        assert answer.status_code == 403, f"{where}: {answer.status} without a valid token"
    foreign = client.post(
        where, data=FORMS.get(endpoint, {}), headers={"Origin": "http://evil.example"}, strict=False
    )
    assert foreign.status_code == 403, f"{where}: {foreign.status} from a foreign origin"
    crossed = client.post(
        where, data=FORMS.get(endpoint, {}), headers={"Sec-Fetch-Site": "cross-site"}, strict=False
    )
    assert crossed.status_code == 403
    assert content(app) == before, f"{where}: written without a token"


@one_database
def test_nonsense_in_an_address_is_not_found(app: Flask, as_role: Any) -> None:
    client = as_role("hr")
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or not rule.arguments:
            continue
        for word in NONSENSE:
            where = re.sub("<[^>]+>", word, rule.rule)
            method = "POST" if "POST" in (rule.methods or ()) and "GET" not in (rule.methods or ()) else "GET"
            answer = client.open(where, method=method, data=FORMS.get(rule.endpoint), strict=False)
            assert answer.status_code in (403, 404, 405), f"{method} {where}: {answer.status}"


@one_database
def test_every_page_a_menu_offers_is_whole(app: Flask, hers: dict[str, Any], as_role: Any) -> None:
    for role in ("owner", "admin", "hr", "audit"):
        client = as_role(role)
        home = client.get("/", status=303)
        page = client.get(home.headers["Location"], status=200)
        for link in page.all("//nav//a/@href"):
            client.get(link, status=200)


@one_database
def test_nobody_decides_their_own_claim(
    app: Flask, filing: Filing, sign_in: Callable[..., StrictClient]
) -> None:
    for name, hat in (("李静", "unit"), ("周敏", "hr")):
        own = filing.claim(name, status="pending")
        answer = sign_in(name, hat).post(
            f"/admin/claims/{own.uuid}/decision",
            data={"action": "approve", "version": str(own.version)},
            strict=False,
        )
        assert answer.status_code == 403
        with app.app_context():
            status = db.session.execute(
                text("SELECT status FROM claims WHERE id = :id"), {"id": own.id}
            ).scalar()
        assert status == "pending"
