"""A school with a queue as long as wanted, written by the database itself.

Four in five people are of one unit with two admins, the rest of twenty others; the last unit has no admin, so
what waits there is HR's. Two thirds of the claims are publications, one in `RARE` is an achievement.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import uuid4

from sqlalchemy import insert, select, text

from portal.database import write_tx
from portal.extensions import db
from portal.models import Grant, Person, Unit
from portal.rules.access import Actor
from portal.rules.vocabulary import Hat, Role
from portal.services.names import search_key

NOW, TODAY = datetime(2025, 12, 1, tzinfo=UTC), date(2025, 12, 1)
PEOPLE, UNITS, RARE = 20_000, 21, 4_999
WITH_EVIDENCE = 6_000  # of the oldest claims, so that they can be approved
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN = "晓静芳磊平洋敏悦伟娜强军杰艳勇涛明超秀霞丽华建国志文玉兰桂英海燕红梅春雨晨曦浩然子涵"

_PROOFS = {"publication": "material", "achievement": "material", "training": "hours"}
_SPELLING = {  # what the two databases call the same thing
    "sqlite": {
        "uuid": "lower(hex(randomblob(16)))",
        "now": "'2025-12-01 00:00:00.000000'",
        "sent": "strftime('%Y-%m-%d %H:%M:%S.000000', '2025-12-01', '-' || (n + 1) || ' minutes')",
    },
    "postgresql": {
        "uuid": "gen_random_uuid()",
        "now": "timestamptz '2025-12-01 00:00:00Z'",
        "sent": "timestamptz '2025-12-01 00:00:00Z' - (n + 1) * interval '1 minute'",
    },
}
_FILL = """
INSERT INTO claims (uuid, person_id, unit_id, category, kind, subject, title, organizer, start_on, end_on,
  quarters, work_on, year_from, year_to, author_name, rank, level, owner, work_id, title_key,
  approval, approval_document,
  marked, truthful, keep_zero, status, version, created_at, updated_at, submitted_at, decision_reason,
  revoked_reason)
WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {last}),
sorts AS (
  SELECT n, {base} + (n * CAST(7919 AS BIGINT)) % {people} AS owner,
    CASE WHEN n % {rare} = 0 THEN 'achievement' WHEN n % 3 = 0 THEN 'training' ELSE 'publication' END
      AS category
  FROM numbers)
SELECT {uuid}, p.id, p.unit_id, s.category,
  CASE s.category WHEN 'training' THEN '研修' WHEN 'publication' THEN '学术论文' ELSE '课题' END,
  'professional', '第 ' || s.n || ' 项护理研究', '',
  CASE s.category WHEN 'training' THEN {training_day} END,
  CASE s.category WHEN 'training' THEN {training_day} END,
  CASE s.category WHEN 'training' THEN 16 ELSE 40 END,
  CASE s.category WHEN 'training' THEN NULL ELSE {work_day} END, 2025, 2025, '', '',
  CASE s.category WHEN 'publication' THEN '核心期刊公开发表' WHEN 'achievement' THEN '省级' ELSE '' END,
  '', '', '第' || s.n || '项护理研究', CASE s.category WHEN 'training' THEN 'organised' ELSE '' END, '',
  {true}, {true}, {false}, 'pending', 1, {now}, {now}, {sent}, '', ''
FROM sorts s JOIN people p ON p.id = s.owner
"""
_PROOF = """
INSERT INTO evidence (uuid, claim_id, kind, name, media_type, size, pages, sha256, created_at)
SELECT {uuid}, c.id, CAST(:kind AS VARCHAR(16)), '证明.png', 'image/png', 70, 1, '', {now}
FROM (SELECT id, category FROM claims WHERE status = 'pending' AND unit_id = :unit
  ORDER BY submitted_at, id LIMIT {some}) AS c
WHERE c.category = :category AND NOT EXISTS (
  SELECT 1 FROM evidence e WHERE e.claim_id = c.id AND e.kind = CAST(:kind AS VARCHAR(16)))
"""


@dataclass(frozen=True, slots=True)
class School:
    """Who asks: the admin of the large unit, an officer of the personnel office; the first person's row."""

    admin: Actor
    officer: Actor
    first: int


def settle() -> School:
    """Units, people, admins; nothing waits yet."""
    rng = random.Random(1)
    names = [rng.choice(_SURNAMES) + "".join(rng.choices(_GIVEN, k=2)) for _ in range(PEOPLE)]
    keys = {name: search_key(name) for name in set(names)}
    with write_tx() as session:
        units = [Unit(code=f"B{n:02d}", name=f"测量学院{n}") for n in range(UNITS)]
        session.add_all(units)
        session.flush()
        unit_of = [units[0] if n % 5 else units[1 + n // 5 % (UNITS - 1)] for n in range(PEOPLE)]
        rows = [
            {
                "uuid": uuid4(),
                "username": f"{20_000_000 + n}",
                "name": name,
                "search_key": keys[name],
                "unit_id": unit.id,
                "department": "",
                "created_at": NOW,
            }
            for n, (name, unit) in enumerate(zip(names, unit_of, strict=True))
        ]
        session.execute(insert(Person), rows)
        people = list(session.scalars(select(Person).order_by(Person.id)))
        for unit in units[:-1]:
            for person in [one for one in people if one.unit_id == unit.id][:2]:
                _grant(session, person, Role.UNIT_ADMIN, unit)
        _grant(session, people[-1], Role.HR, None)
        first = next(one for one in people if one.unit_id == units[0].id)
        return School(
            _actor(first, units[0], Hat.UNIT), _actor(people[-1], unit_of[-1], Hat.HR), people[0].id
        )


def fill(school: School, first: int, last: int) -> None:
    """Waiting claims number `first` to `last`, a minute apart, the later numbers the older ones."""
    sqlite = db.engine.dialect.name == "sqlite"
    words = {
        **_SPELLING[db.engine.dialect.name],
        **{"people": PEOPLE, "rare": RARE, "base": school.first, "first": first, "last": last},
        **({"true": "1", "false": "0"} if sqlite else {"true": "true", "false": "false"}),
        "training_day": "'2025-07-01'" if sqlite else "date '2025-07-01'",
        "work_day": "'2025-05-01'" if sqlite else "date '2025-05-01'",
        "some": WITH_EVIDENCE,
    }
    with write_tx() as session:
        session.execute(text(_FILL.format(**words)))
        for category, proof in _PROOFS.items():
            given = {"category": category, "kind": proof, "unit": school.admin.unit_id}
            session.execute(text(_PROOF.format(**words)), given)
    with write_tx() as session:  # what autovacuum would have come to know of a table that grew like this
        session.connection().exec_driver_sql("ANALYZE")


def _grant(session: object, person: Person, role: Role, unit: Unit | None) -> None:
    grant = Grant(person_id=person.id, role=role.value, unit_id=unit.id if unit else None)
    grant.valid_from = date(2024, 1, 1)
    session.add(grant)  # type: ignore[attr-defined]


def _actor(person: Person, unit: Unit, hat: Hat) -> Actor:
    acts = hat is Hat.UNIT
    return Actor(
        person_id=person.id,
        person_uuid=person.uuid,
        username=person.username,
        name=person.name,
        unit_id=unit.id,
        unit_name=unit.name,
        hat=hat,
        hats=(hat,),
        acts_for=unit.id if acts else None,
        acts_for_name=unit.name if acts else "",
        address="",
    )
