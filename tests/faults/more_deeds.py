"""Deeds that bring something into being: a claim with its file, records of a list, a certificate."""

from __future__ import annotations

from collections import Counter, deque
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from forms_sent import TRAINING
from sqlalchemy import func, select

from faults.client import Answer
from faults.deeds import Deed, Seat
from faults.school import FIRST_DAY, School, picture
from portal.models import Certificate, Claim, CourseRecord, EvidenceFile, ImportBatch, Sending

STAFF = tuple((f"教师{number:02d}", "person") for number in range(6))


class Submit(Deed):
    """People send claims with a picture as proof; the form's key makes sending twice harmless."""

    name = "submit"
    people = STAFF

    def __init__(self, school: School) -> None:
        super().__init__(school)
        self.numbers = count()
        self.keys: set[str] = set()
        self.ordered: set[str] = set()

    def next(self, seat: Seat) -> Any:
        key = uuid4().hex
        self.ordered.add(key)
        return key, (FIRST_DAY + timedelta(days=next(self.numbers) % 365)).isoformat()

    def send(self, seat: Seat, order: Any) -> Answer:
        key, day = order
        facts = {"title": f"重症护理学术会议{key[:12]}", "start": day, "end": day, "hours": "4"}
        data = {**TRAINING, **facts, "idempotency_key": key, "action": "submit"}
        proof = ("证明.png", picture(key), "image/png")
        return seat.browser.post("/claims", data, {"evidence_hours": proof})

    def done(self, seat: Seat, order: Any) -> None:
        self.keys.add(order[0])

    def faults(self, *, final: bool) -> list[str]:
        sendings = self.ask(select(Sending.key, Sending.claim_uuid))
        claims = dict(self.ask(select(Claim.uuid, Claim.status)))
        files = Counter(
            uuid
            for (uuid,) in self.ask(select(Claim.uuid).join(EvidenceFile, EvidenceFile.claim_id == Claim.id))
        )
        ours = {key: uuid for key, uuid in sendings if key in self.ordered}
        wrong = [f"submit: the sending {key} left nothing" for key in self.keys - set(ours)]
        wrong += [
            f"submit: {uuid} is {claims.get(uuid)} with {files[uuid]} files"
            for uuid in ours.values()
            if claims.get(uuid) != "pending" or files[uuid] != 1
        ]
        titled = self.ask(select(Claim.title, func.count()).group_by(Claim.title))
        twice = [title for title, number in titled if title.startswith("重症护理学术会议") and number > 1]
        return wrong + [f"submit: {title} was filed twice" for title in twice]


class Import(Deed):
    """HR takes in lists of course records, which the background writes in chunks."""

    name = "import"
    people = (("周敏", "hr"), ("孙悦", "hr"))
    size = 300

    def __init__(self, school: School) -> None:
        super().__init__(school)
        self.promised: set[str] = set()
        self.batches: dict[str, str] = {}

    def next(self, seat: Seat) -> Any:
        return uuid4().hex[:12]

    def send(self, seat: Seat, order: Any) -> Answer:
        seat.confirm()
        if order not in self.batches:
            seat.again = False  # looking at a list writes nobody's hours: only the agreement counts
            proof = ("课程.csv", self._list(order).encode("gb18030"), "text/csv")
            answer = seat.browser.post("/hr/imports/courses", {}, {"file": proof})
            if answer.status != 303:
                return answer
            self.batches[order] = answer.headers["Location"]
        seat.again = True
        return seat.browser.post(f"{self.batches[order]}/commit", {"apply_all": "yes"})

    def _list(self, order: str) -> str:
        head = "流水号,工号,姓名,平台,课程名称,科目类型,学时,完成时间"
        rows = [head]
        for number in range(self.size):
            who = self.school.staff[number % len(self.school.staff)]
            subject = "公需科目" if number % 2 else "专业科目"
            rows.append(
                f"{order}-{number},{who.username},{who.name},蟹壳云学,课程{number},{subject},1,2025-06-01"
            )
        return "\n".join(rows) + "\n"

    def done(self, seat: Seat, order: Any) -> None:
        self.promised.add(order)

    def faults(self, *, final: bool) -> list[str]:
        if not final:
            return []
        rows = Counter(record.split("-")[0] for (record,) in self.ask(select(CourseRecord.record_id)))
        states = {str(uuid): state for uuid, state in self.ask(select(ImportBatch.uuid, ImportBatch.state))}
        wrong = [
            f"import: the list {order} left {rows[order]} of {self.size} records"
            for order in self.promised
            if rows[order] != self.size
        ]
        for order in self.promised:
            state = states.get(self.batches[order].rsplit("/", 1)[1])
            if state != "committed":
                wrong.append(f"import: the list {order} is {state}")
        return wrong


class Certify(Deed):
    """People have their certificate made; HR takes it back, so that it can be made again."""

    name = "certificate"
    people = (*STAFF, ("周敏", "hr"))
    year = 2025

    def __init__(self, school: School) -> None:
        super().__init__(school)
        self.valid: dict[str, bool] = {name: False for name, _ in STAFF}
        self.made: Counter[str] = Counter()
        self.revoked: set[UUID] = set()
        self.back: deque[tuple[str, UUID]] = deque()
        for name, _ in STAFF:
            school.filing.met(name, self.year)

    def next(self, seat: Seat) -> Any:
        if seat.name in self.valid:
            return None if self.valid[seat.name] else seat.name
        return self.back.popleft() if self.back else None

    def send(self, seat: Seat, order: Any) -> Answer:
        if isinstance(order, str):
            return seat.browser.post(f"/certificates/{self.year}", {})
        seat.confirm()
        return seat.browser.post(f"/hr/certificates/{order[1]}/revoke", {"reason": "打印有误"})

    def done(self, seat: Seat, order: Any) -> None:
        if not isinstance(order, str):
            self.revoked.add(order[1])
            self.valid[order[0]] = False
            return
        self.made[order] += 1
        self.valid[order] = True
        person = self.school.people[order].id
        query = select(Certificate.uuid).where(
            Certificate.person_id == person, Certificate.year == self.year, Certificate.revoked_at.is_(None)
        )
        found = self.ask(query)
        if len(found) == 1:
            self.back.append((order, found[0][0]))
        else:
            self.wrong.append(f"certificate: {order} was promised one, has {len(found)} valid")

    def faults(self, *, final: bool) -> list[str]:
        rows = self.ask(select(Certificate.uuid, Certificate.person_id, Certificate.revoked_at))
        had = Counter(person for _, person, _ in rows)
        revoked = {uuid for uuid, _, at in rows if at is not None}
        wrong = [f"certificate: {uuid} was taken back and is valid" for uuid in self.revoked - revoked]
        for name, number in self.made.items():
            more = had[self.school.people[name].id] - number
            if more not in ((0,) if final else (0, 1)):  # one whose answer was lost may be there already
                wrong.append(f"certificate: {name} was promised {number}, has {number + more}")
        return wrong
