"""The claim form with its live feedback beside it: built once, for first paint, swaps and refusals alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, Any, BinaryIO, cast
from uuid import UUID, uuid4

from flask import Response, current_app, request, url_for

from portal import hx
from portal.forms.claims import ClaimForm
from portal.queries import claims as claim_rows
from portal.queries.evidence import files_of
from portal.queries.foresight import Foresight, foresee
from portal.rules.amounts import show_hours
from portal.rules.filing import ClaimInput
from portal.rules.findings import Finding
from portal.rules.policy import Policy, PolicySet
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import CLAIMABLE, Category, Evidence, Hat
from portal.security import actor, clock
from portal.services.claim_columns import input_of
from portal.services.evidence import MOST, Upload
from portal.storage import LocalStore

TORN = "证明材料没有完整送达，什么也没有保存。请重新选择文件后提交。"
BEHALF_TRUTHFUL = "本单位确认所提交材料真实有效，并已告知本人"
OWN = (Hat.PERSON, Hat.UNIT, Hat.HR)
FILES = frozenset(kind.field for kind in Evidence)


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose claim is on the table, and the addresses its form talks to: one's own, or somebody else's."""

    person_id: int
    unit_id: int
    unit_name: str
    form_address: tuple[str, dict[str, Any]]
    preview: str
    target: str
    behalf: str = ""  # the name of the person filed for

    def form(self, **values: Any) -> str:
        """Address of the form with these fields filled."""
        endpoint, given = self.form_address
        return url_for(endpoint, **given, **values)


def own_desk(row: Any = None) -> Desk:
    """The desk of somebody filing for themselves: a new claim, or the stored `row`."""
    who, preview = actor(), url_for("staff.claims_preview")
    if row is None:
        place: tuple[str, dict[str, Any]] = ("staff.claims_new", {})
        return Desk(who.person_id, who.unit_id, who.unit_name, place, preview, url_for("staff.claims_create"))
    place = ("staff.claims_edit", {"claim": row.uuid})
    return Desk(who.person_id, who.unit_id, who.unit_name, place, preview, url_for(place[0], **place[1]))


def policies() -> PolicySet:
    """The policies of this app."""
    return current_app.extensions["portal.policies"]


def policy() -> Policy:
    """The policy that holds today."""
    return policies().for_year(clock().today().year)


def store() -> LocalStore:
    """Where evidence bytes lie."""
    return current_app.extensions["portal.store"]


def form_of(
    row: Any = None,
    formdata: Any = None,
    *,
    category: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> ClaimForm:
    """The form, filled from what was sent, else from `data`, else from the stored claim."""
    given = data if data is not None else (typed(input_of(row)) if row is not None else {})
    chosen = category or (formdata.get("category") if formdata else None) or given.get("category")
    years = (policies().years.start, clock().today().year + 1)  # next year's training may be planned
    return ClaimForm.for_category(policy(), years, formdata, category=chosen, data=given)


def typed(given: ClaimInput) -> dict[str, Any]:
    """A stored claim as somebody would type it."""
    text = {name: getattr(given, name) for name in _SAME}
    return {
        **text,
        "start": given.start.isoformat() if given.start else "",
        "end": given.end.isoformat() if given.end else "",
        "date": given.on.isoformat() if given.on else "",
        "year": str(given.year) if given.year else "",
        "hours": show_hours(given.quarters) if given.quarters else "",
        "splits": {year: show_hours(quarters) for year, quarters in (given.split or {}).items()},
    }


_SAME = (
    "category",
    "kind",
    "subject",
    "title",
    "organizer",
    "author_name",
    "rank",
    "level",
    "owner",
    "work_id",
    "approval",
    "approval_no",
    "marked",
    "truthful",
    "keep_zero",
)


def uploads() -> list[Upload]:
    """The files that came with the request, in the order of the checklist.

    Raises RuleBroken for a file that came as text: its bytes would be lost without a word.
    """
    torn = {kind.field: [TORN] for kind in Evidence if any(request.form.getlist(kind.field))}
    if torn:
        raise RuleBroken(TORN, torn)
    return [
        Upload(kind, file.filename or "", cast("BinaryIO", file.stream))
        for kind in Evidence
        for file in request.files.getlist(kind.field)
        if file.filename or _holds_bytes(file.stream)
    ]


def _holds_bytes(stream: IO[bytes]) -> bool:
    """Whether there is anything in it: a file field left alone comes as an empty file without a name."""
    found = bool(stream.read(1))
    stream.seek(0)
    return found


def named_files() -> set[Evidence]:
    """Kinds of evidence chosen in the browser but not sent: a preview only names them."""
    return {kind for kind in Evidence if any(request.values.getlist(kind.field))}


def look_ahead(given: ClaimInput, claim: UUID | None, person_id: int) -> Foresight:
    """What the person's claim would count with its stored evidence and that chosen in the browser.

    Raises NotFound when `claim` is somebody else's.
    """
    return foresee(person_id, given, named_files(), policies(), today=clock().today(), claim=claim)


def show(
    form: ClaimForm,
    given: ClaimInput,
    row: Any = None,
    *,
    status: int = 200,
    message: str = "",
    kept: bool = False,
    desk: Desk | None = None,
) -> Response:
    """The workspace as page or fragment; `message` says why a form was refused, `kept` that it was saved."""
    files = files_of(row.id) if row is not None else ()
    desk = desk or own_desk(row)
    if desk.behalf:
        form.truthful.label.text = BEHALF_TRUTHFUL
    answer = hx.render(
        "admin/filing/form.html" if desk.behalf else "staff/claims/form.html",
        "staff/claims/_workspace.html",
        status=status,
        desk=desk,
        form=form,
        claim=row,
        message=message,
        kept=kept,
        moved=status == 409,
        key=str(uuid4()),
        version=_shown_version(form, row, kept),
        tabs=tabs(form),
        holders=claim_rows.reviewers(
            desk.unit_id, desk.person_id, clock().today(), filer_id=actor().person_id
        ),
        **evidence_context(form, files),
        **feedback_context(given, look_ahead(given, row.uuid if row is not None else None, desk.person_id)),
    )
    if kept and row is not None:
        hx.now_at(answer, "staff.claims_edit", claim=row.uuid)
    return answer


def evidence_list(row: Any) -> Response:
    """The evidence part of the form alone, after a file was removed, for the kind the form shows now."""
    form = form_of(row, request.form if "kind" in request.form else None)
    return hx.render(
        "staff/claims/form.html",
        "staff/claims/_evidence.html",
        claim=row,
        form=form,
        kept=False,
        **evidence_context(form, files_of(row.id)),
    )


def evidence_context(form: ClaimForm, files: Collection[Any]) -> dict[str, Any]:
    """The checklist of the chosen kind with what is there; files of other kinds apart."""
    rules = policy().category(form.category.data)
    kind = form.kind.value
    wanted: tuple[Evidence, ...] = ()
    quote = ""
    if kind:
        chosen = rules.kind(kind)
        wanted, quote = chosen.evidence, chosen.evidence_quote
    there: dict[str, list[Any]] = {}
    for file in files:
        there.setdefault(file.kind, []).append(file)
    return {
        "checklist": [(word, there.pop(word.value, [])) for word in wanted],
        "other_files": [file for rest in there.values() for file in rest],
        "evidence_quote": quote,
        "most_files": MOST,
    }


def feedback_context(given: ClaimInput, seen: Foresight) -> dict[str, Any]:
    """What the feedback panel needs. What is only missing is not wrong yet, except the evidence list."""
    lacking = [problem for problem in seen.problems if problem.field in FILES]
    return {
        "given": given,
        "seen": seen,
        "strip": day_strip,
        "policy": policies().for_year(seen.years[0]) if seen.years else policy(),
        "missing": [problem.text for problem in lacking] if given.kind else [],
        "objections": [problem for problem in seen.problems if _entered(given, problem.field)],
    }


def day_strip(finding: Finding, given: ClaimInput) -> list[tuple[str, bool]]:
    """Each day of a finding's window with whether the claim lies on it."""
    if finding.window is None or given.start is None or given.end is None:
        return []
    first, last = finding.window
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [(f"{day.month}/{day.day}", given.start <= day <= given.end) for day in days]


def _entered(given: ClaimInput, field: str) -> bool:
    name = {"date": "on", "hours": "quarters"}.get(field, field)
    return field not in FILES and bool(getattr(given, name, None))


def _shown_version(form: ClaimForm, row: Any, kept: bool) -> int | None:
    """The version the page speaks of: a form shown again keeps its own, so that a stale one stays stale."""
    if row is None:
        return None
    return row.version if kept or form.seen_version is None else form.seen_version


def tabs(form: ClaimForm) -> list[tuple[Category, bool]]:
    """The categories that can be claimed, and which one the form shows."""
    return [(category, category.value == form.category.data) for category in CLAIMABLE]
