"""One's own certificates: list, issue, print view, PDF."""

from __future__ import annotations

from flask import Response, current_app, flash, make_response, url_for

from portal import hx
from portal.blueprints.certificate_parts import qr_data, verify_url
from portal.blueprints.staff import bp
from portal.blueprints.staff.workspace import OWN, policies
from portal.certificate_desk import keyring, press
from portal.queries import certificates as queries
from portal.rules.certificates import grouped, notes
from portal.rules.refusals import Conflict, NotFound
from portal.security import actor, clock, needs
from portal.services import certificates as services
from portal.services import prints


@bp.get("/certificates")
@needs(*OWN)
def certificates() -> Response:
    """Which years can be printed, and what the others still miss."""
    today = clock().today()
    assessment = queries.assessment_of(actor(), policies(), as_of=today)
    latest: dict[int, queries.Issued] = {}
    history = queries.own(actor())
    for issued in reversed(history):
        latest[issued.row.year] = issued
    current = queries.printed_with(press().recipe, [issued.row.id for issued in latest.values()])
    years = [year for year in range(today.year, today.year - 5, -1) if year in policies().years]
    return hx.render(
        "staff/certificates/list.html",
        years=[
            {
                "year": year,
                "issued": latest.get(year),
                "printed": year in latest and latest[year].row.id in current,
                "missing": services.missing_sentence(assessment, year),
            }
            for year in years
        ],
        history=history,
    )


@bp.post("/certificates/<int:year>")
@needs(*OWN)
def issue_certificate(year: int) -> Response:
    """Issue the certificate of a year and record its print, or renew the print of the valid one."""
    now, ring = clock().now(), keyring()
    made = services.issue(
        actor(),
        year,
        policies=policies(),
        signer=ring,
        school=current_app.extensions["portal.settings"].school,
        now=now,
    )
    prints.make(actor(), made, press=press(), signer=ring, now=now)
    flash(f"{year} 年度证书已生成，可以打印或下载。", "success")
    return hx.go_to("staff.certificate", year=year)


@bp.get("/certificates/<int:year>")
@needs(*OWN)
def certificate(year: int) -> Response:
    """The print view, from the frozen facts."""
    issued = _valid(year)
    address = verify_url(issued.row.code)
    return hx.render(
        "staff/certificates/print.html",
        facts=issued.facts,
        notes=notes(issued.facts),
        code=grouped(issued.row.code),
        verify_url=address,
        qr=qr_data(address),
        pdf_url=url_for("staff.certificate_pdf", year=year),
    )


@bp.get("/certificates/<int:year>.pdf")
@needs(*OWN)
def certificate_pdf(year: int) -> Response:
    """The PDF, from the frozen facts; handed out only when its digest was recorded before."""
    issued = _valid(year)
    printed = press().pull(issued.facts)
    if printed.sha256 not in queries.prints_of(issued.row.id):
        raise Conflict("版式或印章已更新，这张证书的 PDF 需要重新生成。请在“证书”页点击“更新 PDF”。")
    made = make_response(printed.data)
    made.headers["Content-Type"] = "application/pdf"
    made.headers["Content-Disposition"] = f'attachment; filename="certificate-{issued.row.number}.pdf"'
    return made


def _valid(year: int) -> queries.Issued:
    """The valid certificate of a year. Raises Conflict that says what to do when there is none."""
    if year not in policies().years:
        raise NotFound()
    issued = queries.own_of_year(actor(), year)
    if issued is not None and issued.valid:
        if not keyring().holds(issued.row, issued.facts):
            raise Conflict("证书数据校验失败，暂不能打印。请联系人事处核查。")
        return issued
    missing = services.missing_sentence(
        queries.assessment_of(actor(), policies(), as_of=clock().today(), years=(year, year)), year
    )
    if missing:
        raise Conflict(f"{year} 年度尚未达标，不能打印证书：{missing}")
    if issued is not None:
        raise Conflict(
            f"{year} 年度证书已撤销（{issued.row.revoked_reason}）。现已达标，可以在“证书”页重新生成。"
        )
    raise Conflict(f"{year} 年度已达标，还没有生成证书。请在“证书”页点击“生成证书”。")
