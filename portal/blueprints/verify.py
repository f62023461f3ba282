"""The public page that tells whether a printed certificate still holds."""

from __future__ import annotations

from flask import Blueprint, Response, request

from portal import hx
from portal.blueprints.certificate_parts import signer
from portal.extensions import limiter
from portal.queries import certificates as queries
from portal.rules.certificates import clean_code, grouped, masked
from portal.security import public

bp = Blueprint("verify", __name__)

LIMIT = "30 per minute"


@bp.get("/verify")
@public
@limiter.limit(LIMIT)
def entry() -> Response:
    """Type the code by hand; a typed code leads to its page."""
    typed = request.args.get("code", "").strip()
    if typed:
        return _page(typed)
    return _noindex(hx.render("verify/entry.html", typed="", unknown=False))


@bp.get("/verify/<code>")
@public
@limiter.limit(LIMIT)
def certificate(code: str) -> Response:
    """The printed facts with the name masked, and whether they still hold."""
    return _page(code)


def _page(typed: str) -> Response:
    """Unknown and malformed codes get the same answer to the byte."""
    code = clean_code(typed)
    issued = queries.by_code(code) if code else None
    if issued is None:
        return _noindex(hx.render("verify/entry.html", status=404, unknown=True))
    sound = signer().holds(issued.row, issued.facts)
    return _noindex(
        hx.render(
            "verify/certificate.html",
            issued=issued,
            facts=issued.facts if sound else {},
            sound=sound,
            name=masked(issued.facts.get("name", "")) if sound else "",
            code=grouped(issued.row.code),
        )
    )


def _noindex(answer: Response) -> Response:
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer
