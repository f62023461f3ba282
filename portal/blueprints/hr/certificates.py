"""HR's list of certificates, revocation, and the university's seal."""

from __future__ import annotations

import os
from uuid import UUID

from flask import Response, current_app, flash, request

from portal import hx
from portal.blueprints.hr import bp
from portal.blueprints.hr.paging import asked
from portal.certificate_desk import seal_path
from portal.forms.certificates import RevokeCertificateForm
from portal.intake import check_upload
from portal.queries import certificates as queries
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Hat
from portal.security import actor, clock, needs
from portal.services import certificates as services


@bp.get("/certificates")
@needs(Hat.HR)
def certificates() -> Response:
    """Every certificate, newest first, found by number, 工号 or name."""
    return _list(RevokeCertificateForm())


@bp.post("/certificates/<uuid:uuid>/revoke")
@needs(Hat.HR, recent=True)
def revoke_certificate(uuid: UUID) -> Response:
    """Take a certificate back; the verify page says so at once."""
    form = RevokeCertificateForm(request.form)
    if not form.validate():
        raise RuleBroken(form.reason.errors[0])
    services.revoke(actor(), uuid, reason=form.reason.data or "", now=clock().now())
    flash("证书已撤销，验证页面即时生效。", "success")
    return hx.go_to("hr.certificates")


@bp.post("/certificates/seal")
@needs(Hat.HR, recent=True)
def seal() -> Response:
    """Keep the university's own seal; certificates rendered from now on carry it."""
    file = request.files.get("seal")
    if file is None or not file.filename:
        raise RuleBroken("请选择印章图片（PNG，背景透明）。")
    store = current_app.extensions["portal.store"]
    checked = check_upload(file.stream, file.filename, store.stage_dir, store.terms.clamd)
    if checked.media_type != "image/png":
        checked.path.unlink(missing_ok=True)
        raise RuleBroken("印章须为 PNG 图片，背景透明，边长 600 像素左右。")
    fresh = seal_path().with_suffix(".new")
    fresh.write_bytes(checked.path.read_bytes())  # the store may be another disk: copy, then swap in place
    checked.path.unlink()
    os.replace(fresh, seal_path())
    flash("印章已更新，此后生成的 PDF 都带有印章；已生成的可在“证书”页更新。", "success")
    return hx.go_to("hr.certificates")


def _list(form: RevokeCertificateForm) -> Response:
    search, before = asked()
    rows = queries.page_for_hr(actor(), search=search, before=before)
    more = len(rows) > queries.PAGE
    return hx.render(
        "hr/certificates.html",
        rows=rows[: queries.PAGE],
        more=more,
        search=search,
        form=form,
        has_seal=seal_path().is_file(),
    )
