"""What the census posts to each route that writes: a form somebody entitled would send, and who sends it.

Words in braces are things of `her_things`, filled in by `body_of`. Without its row here a new route fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any

from campus import PASSWORD, PIXEL
from forms_sent import TRAINING, pdf
from strict import StrictClient

from portal.queries.policy_confirmations import digest
from portal.rules.policy import SHIPPED, shipped

NEW_PASSWORD = "lantern over the sea 7"
Things = dict[str, Any]


@dataclass(frozen=True)
class Deed:
    """A form, the role that sends it, and what the census has to know of the route besides.

    `own` are names among the census's extra fields that this form has itself. `first` is what the browser
    did before. A deed that is not `lasting` leaves no row: it only shows, or writes elsewhere.
    """

    role: str
    body: dict[str, Any] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    first: Callable[[StrictClient, Things], Any] | None = None
    lasting: bool = True


def _d(who: str, /, own: str = "", **rest: Any) -> Deed:
    kept = {name: rest.pop(name) for name in ("first", "lasting") if name in rest}
    return Deed(who, rest, frozenset(own.split()), **kept)


@dataclass(frozen=True)
class File:
    """A file of a form."""

    name: str
    data: bytes

    @classmethod
    def text(cls, name: str, *lines: str) -> File:
        return cls(name, "\n".join(lines).encode())


def _enters(hat: str) -> Callable[[StrictClient, Things], Any]:
    """王芳, whose app is asked for when she puts the unit's hat on, gives her password."""

    def enter(client: StrictClient, things: Things) -> None:
        given = {"username": things["guarded"], "password": PASSWORD, "hat": hat}
        client.post("/login", data=given, status=303)
        if hat == "person":
            client.post("/hat", data={"hat": "unit"}, status=303)

    return enter


def _later(client: StrictClient, things: Things) -> None:
    """A minute goes by."""
    client.application.extensions["portal.clock"].instant += timedelta(minutes=1)


PROOF = {"evidence_hours": File("学时证明.pdf", pdf().getvalue())}
PICTURE = File("印章.png", PIXEL)
REASON = "经查实材料虚假"
READING = next(one for one in shipped().for_year(2025).interpretations if one.id == "output_pool")
CANDIDATE = File("sdsmu_2025.toml", (SHIPPED / "sdsmu_2025.toml").read_bytes())
ROSTER = File.text("名册.csv", "工号,姓名,单位,工作部门", "33,乙,护理学院,办公室")
COURSES = File.text(
    "课程.csv",
    "记录编号,工号,姓名,学习平台,课程名称,科目类型,学时,完成日期",
    "K9,20180006,何平,蟹壳云学,药物警戒,专业科目,2,2025-06-01",
)
PLATFORM = File.text("省平台.csv", "工号,年度,公需学时,专业学时", "20150002,2025,1,2")
NOTICE = {"kind": "notice", "title": "学习安排", "body": "请按时完成。", "first_day": "2025-12-01"}
RECORD = {"name": "刘洋", "unit": "{hers}", "department": "外科", "title": "主管护师"}

DEEDS: dict[str, Deed] = {
    # signing in and one's own account
    "auth.login": _d("anon", username="{stranger}", password=PASSWORD, hat="person"),
    "auth.logout": _d("owner"),
    "auth.hat": _d("admin", hat="person"),
    "auth.password": _d("owner", current=PASSWORD, new=NEW_PASSWORD, again=NEW_PASSWORD),
    "auth.confirm": _d("owner", password=PASSWORD, first=_later),
    "auth.address": _d("owner", email="chen@example.org"),
    "auth.code": _d("anon", username="{forgetful}", code="{one_time}", new=NEW_PASSWORD, again=NEW_PASSWORD),
    "auth.dismiss_notice": _d("peer"),
    "auth.end_session": _d("owner"),
    "auth.end_other_sessions": _d("owner"),
    "second_factor.login": _d("anon", code="{login_code}", first=_enters("unit")),
    "second_factor.hat": _d("anon", code="{login_code}", first=_enters("person")),
    "second_factor.begin": _d("admin"),
    "second_factor.confirm": _d("owner", code="{fresh_code}"),
    "second_factor.remove": _d("peer", code="{factor_code}"),
    "second_factor.reset": _d("hr"),
    "messages.read_all": _d("owner"),
    "messages.follow": _d("owner"),
    "notices.board_read": _d("owner"),
    "jobs.cancel": _d("owner"),
    "record.ask": Deed("peer", RECORD),
    "record.withdraw": _d("owner"),
    "register.send": Deed(
        "anon",
        {**RECORD, "username": "20259001", "password": NEW_PASSWORD, "again": NEW_PASSWORD},
    ),
    "register.withdraw": _d("anon"),
    "verify.file": _d("anon", file=File("证书.pdf", pdf().getvalue()), lasting=False),
    # one's own claims
    "staff.claims_create": Deed("owner", {**TRAINING, "action": "submit", **PROOF}, frozenset({"version"})),
    "staff.claims_edit": Deed(
        "owner", {**TRAINING, "title": "改过的培训", "action": "save"}, frozenset({"version"})
    ),
    "staff.claims_submit": _d("owner", own="version"),
    "staff.claims_withdraw": _d("owner", own="version"),
    "staff.claims_delete": _d("owner"),
    "staff.evidence_delete": _d("owner"),
    "staff.issue_certificate": _d("admin"),
    # review
    "admin.decide": _d("admin", action="approve", version="1"),
    "admin.undo": _d("admin", version="{decided_version}"),
    "admin.decide_many": _d("admin", own="status unit", action="return", reason="材料不完备", all="1"),
    "admin.standing_remind": _d("admin", own="unit", whom="all", year="2025"),
    "admin.filing_create": Deed(
        "admin", {**TRAINING, "title": "代为申报的培训", "action": "submit", **PROOF}, frozenset({"version"})
    ),
    "admin.group_preview": Deed("admin", {**TRAINING, "numbers": "{colleague}"}, lasting=False),
    "admin.group_create": Deed(
        "admin",
        {
            **TRAINING,
            "title": "名单申报的培训",
            "numbers": "{colleague}",
            "person": "{colleague_uuid}",
            "shown": "{colleague_uuid}",
            "action": "submit",
            **PROOF,
        },
        frozenset({"version"}),
    ),
    "admin.issue_code": _d("admin"),
    "admin.people_decide": _d("admin", action="approve", version="1"),
    "admin.exports_hand_out": _d(
        "admin", own="status unit", what="claims", year="2025", span="1", form="csv"
    ),
    "admin.absence_mark": _d("admin", first_day="2025-12-02", last_day="2025-12-03"),
    "admin.absence_end": _d("admin"),
    "admin.provincial_sheet": _d("admin", own="year unit", form="csv"),
    "admin.provincial_enter": _d("admin", own="unit", year="2025", all="1"),
    "admin.provincial_unmark": _d("admin", own="year unit", reason="录错"),
    "admin.provincial_correct": _d("admin", own="year unit"),
    # the personnel office
    "hr.disable_person": _d("hr", reason="账号异常"),
    "hr.enable_person": _d("hr"),
    "hr.imports_upload": _d("hr", file=ROSTER),
    "hr.imports_commit": _d("hr"),
    "hr.imports_undo": _d("hr"),
    "hr.course_imports_upload": _d("hr", file=COURSES, year="2025"),
    "hr.course_imports_commit": _d("hr", apply_all="yes"),
    "hr.course_imports_resume": _d("hr"),
    "hr.course_imports_held": _d("hr", action="confirm"),
    "hr.course_imports_undo": _d("hr"),
    "hr.policy_reading": _d(
        "hr", own="year", reading=READING.id, seen=digest(READING), action="propose", note="与通知一致"
    ),
    "hr.policy_compare_start": _d("hr", file=CANDIDATE, year="2025"),
    "hr.revoke_certificate": _d("hr", reason="打印有误"),
    "hr.certificate_batches_start": _d("hr", year="2025", unit="", form="zip"),
    "hr.seal": _d("hr", seal=PICTURE, lasting=False),
    "hr.revoke_claim": _d("hr", reason=REASON, kind="false"),
    "hr.lower_claim": _d("hr", hours="8", seen="8", reason="核定有误"),
    "hr.claim_finding_lift": _d("hr", reason="复核后材料属实"),
    "hr.revocations_effect": Deed("hr", {"pick-{approved}": "y"}, lasting=False),
    "hr.revocations_revoke": Deed("hr", {"pick-{lowered}": "y", "reason": REASON}),
    "hr.revocations_decide": _d("hr", action="confirm"),
    "hr.notices_add": Deed("hr", {**NOTICE, "version": "0", "units": "{hers}"}),
    "hr.notices_save": Deed("hr", {**NOTICE, "version": "2", "units": "{hers}"}),
    "hr.notices_preview": _d("hr", title="学习安排", body="请按时完成。", lasting=False),
    "hr.notices_decide": _d("hr", action="withdraw", version="2"),
    "hr.audit_export": _d("hr", action="claim-approved"),
    "hr.units_add": _d("hr", name="药学院", code="YXY"),
    "hr.units_deadline": _d("hr", own="year", due_on="2025-12-05"),
    "hr.units_rename": _d("hr", name="护理与健康学院"),
    "hr.units_close": _d("hr"),
    "hr.units_reopen": _d("hr"),
    "hr.units_appoint": _d("hr", username="{candidate}", desk_phone="0536-8462001", since="2025-12-01"),
    "hr.units_end": _d("hr", person="{admin_uuid}"),
    "hr.units_phone": _d("hr", person="{admin_uuid}", desk_phone="0536-8462002"),
    "hr.units_paper": _d("hr", own="year", action="receive", received_on="2025-11-27"),
    "hr.roles_propose": _d("hr", username="{candidate}", role="auditor", change="give"),
    "hr.roles_decide": _d("hr", action="confirm"),
    "hr.presets_add": _d("hr", category="training", text="日期有误。"),
    "hr.presets_change": _d("hr", action="retire", version="1"),
    "hr.years_set": _d(
        "hr",
        open_until="2025-12-31",
        grace_until="2026-12-31",
        review_until="2027-03-31",
        reason="通知各单位",
    ),
    "hr.years_reopen": _d(
        "hr",
        username="{candidate}",
        files_until="2027-01-31",
        review_until="2027-02-28",
        reason="住院",
    ),
    "hr.years_end_reopening": _d("hr"),
    "hr.obligations_set": _d(
        "hr", year="2025", kind="leave", public="15", professional="20", reason="病假半年"
    ),
    "hr.obligations_end": _d("hr", year="2025", reason="已返岗"),
    "hr.exports_hand_out": _d("hr", what="units", year="2025", form="csv"),
    "hr.provincial_import": _d("hr", file=PLATFORM),
    "hr.provincial_resume": _d("hr"),
    "hr.provincial_settle": _d("hr", own="unit", note="已更正"),
    "hr.provincial_reopen": _d("hr", own="unit"),
    "hr.provincial_export": _d("hr", own="unit", form="csv"),
    "hr.tokens_create": _d("hr", own="unit", name="学习平台", write="y", expires_on="2026-01-31"),
    "hr.tokens_revoke": _d("hr"),
}


def body_of(deed: Deed, things: Things) -> dict[str, Any]:
    """The form as the test client sends it."""
    return {
        _filled(name, things): _filled(value, things) if isinstance(value, str) else _opened(value)
        for name, value in deed.body.items()
    }


def _filled(text: str, things: Things) -> str:
    return text.format_map(things) if "{" in text else text


def _opened(file: File) -> Any:
    return BytesIO(file.data), file.name
