"""Serves evidence files to whoever may see their claim, and takes them off one's own claim."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from uuid import UUID

from flask import Response, current_app, flash, make_response, render_template, request, send_file

from portal import hx
from portal.blueprints.staff import bp
from portal.blueprints.staff.workspace import OWN, evidence_list, store
from portal.intake.preview import CannotDraw, page_pictures
from portal.queries import claims as claim_rows
from portal.queries import evidence as evidence_rows
from portal.rules.vocabulary import Hat
from portal.security import actor, clock, needs
from portal.services import evidence as evidence_service

# what a browser may do with bytes that came from outside: nothing
LOCKED = "sandbox; default-src 'none'"
FRAMED = "sandbox; default-src 'none'; img-src data:; frame-ancestors 'self'"
BYTES_FRAMED = f"{LOCKED}; frame-ancestors 'self'"


@bp.get("/evidence/<uuid:uuid>")
@needs(*OWN, Hat.AUDIT)
def evidence(uuid: UUID) -> Response:
    """The bytes: pictures inline, documents as a download unless `?inline` asks otherwise."""
    row = evidence_rows.visible(actor(), uuid)
    with store().open(str(uuid)) as kept:
        content = kept.read()  # at most 10 MB, and the file is closed whoever reads the answer
    download = row.media_type == "application/pdf" and "inline" not in request.args
    answer = send_file(
        BytesIO(content),
        mimetype=row.media_type,
        as_attachment=download,
        download_name=row.name,
        max_age=0,
    )
    return _guarded(answer, BYTES_FRAMED)


@bp.get("/evidence/<uuid:uuid>/preview")
@needs(*OWN, Hat.AUDIT)
def evidence_preview(uuid: UUID) -> Response:
    """A page of pictures for a sandboxed frame: browsers show no PDF there."""
    row = evidence_rows.visible(actor(), uuid)
    path = store().path(str(uuid))
    pictures: list[str] = []
    if row.media_type == "application/pdf":
        try:
            pictures = [f"data:image/jpeg;base64,{picture}" for picture in page_pictures(path)]
        except CannotDraw:
            current_app.logger.warning("evidence could not be drawn: %s", uuid)
    else:
        content = b64encode(path.read_bytes()).decode()
        pictures = [f"data:{row.media_type};base64,{content}"]
    page = render_template("staff/evidence/preview.html", file=row, pictures=pictures)
    return _guarded(make_response(page), FRAMED)


@bp.post("/evidence/<uuid:uuid>/delete")
@needs(*OWN)
def evidence_delete(uuid: UUID) -> Response:
    """Take the file off the claim; the answer is the claim's new list of files."""
    claim = evidence_service.remove(actor(), uuid, store(), now=clock().now())
    if hx.wants_fragment():
        return evidence_list(claim_rows.own(actor(), claim))
    flash("文件已移除。", "success")
    return hx.go_to("staff.claims_edit", claim=claim)


def _guarded(answer: Response, policy: str) -> Response:
    answer.headers["Content-Security-Policy"] = policy
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
