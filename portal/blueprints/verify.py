"""The public pages that tell whether a printed certificate still holds: by QR, by typed code, by its file."""

from __future__ import annotations

import hashlib
from contextlib import closing
from typing import IO

from flask import Blueprint, Response, request

from portal import hx
from portal.certificate_desk import keyring
from portal.extensions import limiter
from portal.queries import certificates as queries
from portal.rules.certificates import clean_code, grouped, masked
from portal.rules.refusals import RuleBroken
from portal.security import public

bp = Blueprint("verify", __name__)

LIMIT = "30 per minute"
LARGEST = 2 * 1024 * 1024  # bytes; a signed certificate takes a twentieth
CHUNK = 64 * 1024
shared = limiter.shared_limit(LIMIT, scope="verify")


@bp.get("/verify")
@public
@shared
def entry() -> Response:
    """Type the code by hand; a typed code leads to its page."""
    typed = request.args.get("code", "").strip()
    if typed:
        return _page(typed)
    return _noindex(hx.render("verify/entry.html", typed="", unknown=False))


@bp.get("/verify/<code>")
@public
@shared
def certificate(code: str) -> Response:
    """The printed facts with the name masked, and whether they still hold."""
    return _page(code)


@bp.post("/verify/file")
@public
@shared
def file() -> Response:
    """Whether a PDF is, byte for byte, one that was handed out. Nothing in the file is looked at."""
    given = request.files.get("file")
    if given is None or not given.filename:
        raise RuleBroken("请选择要核验的证书 PDF 文件。")
    with closing(given):
        digest = _digest(given.stream)
    found = queries.by_print(digest)
    if found is None:
        return _noindex(hx.render("verify/differs.html"))
    return _answer(found, by_file=True)


def _digest(stream: IO[bytes]) -> str:
    """SHA-256 (hex) of the upload, read in pieces. Raises RuleBroken past the limit."""
    digest, size = hashlib.sha256(), 0
    while piece := stream.read(CHUNK):
        size += len(piece)
        if size > LARGEST:
            raise RuleBroken("文件超过 2 MB，不是本平台签发的证书。请选择下载的证书 PDF 原文件。")
        digest.update(piece)
    return digest.hexdigest()


def _page(typed: str) -> Response:
    """Unknown and malformed codes get the same answer to the byte."""
    code = clean_code(typed)
    issued = queries.by_code(code) if code else None
    if issued is None:
        return _noindex(hx.render("verify/entry.html", status=404, unknown=True))
    return _answer(issued)


def _answer(issued: queries.Issued, *, by_file: bool = False) -> Response:
    sound = keyring().holds(issued.row, issued.facts)
    return _noindex(
        hx.render(
            "verify/certificate.html",
            issued=issued,
            facts=issued.facts if sound else {},
            sound=sound,
            by_file=by_file,
            name=masked(issued.facts.get("name", "")) if sound else "",
            code=grouped(issued.row.code),
        )
    )


def _noindex(answer: Response) -> Response:
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Cache-Control"] = "no-store"
    return answer
