"""What every answer keeps, whatever was asked."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass

from matrix import MATRIX
from matrix import ROLES as COLUMNS
from strict import NotStrict, check

from fuzz.calls import Call, as_json, filled
from fuzz.door import Answer
from fuzz.world import ROLES, World

SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
# where a server may say that it cannot, and when
MAY_FAIL = {"health.readyz": (503,)}
TOLD_OUT = (401, 403, 404, 405, 302, 308, 400, 409, 411, 413, 415, 422, 429)
_INSIDES = re.compile(
    rb"Traceback \(most|sqlalchemy|psycopg|sqlite3|IntegrityError|werkzeug\.|jinja2\.|"
    rb"\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM) [a-z_]+[ .(]|File \"/"
)
_WHERE = re.compile(r'File "[^"]*/portal/([^"]+)", line \d+, in (\w+)')


@dataclass(frozen=True, slots=True)
class Fault:
    """A promise broken: which, where, and all that is known. Two with one `sign` are one fault."""

    promise: str
    where: str
    told: str
    call: Call | None = None

    @property
    def sign(self) -> tuple[str, str]:
        """What tells faults apart."""
        return self.promise, self.where

    def __str__(self) -> str:
        sent = f"\n  sent: {as_json(self.call)}" if self.call else ""
        return f"{self.promise} ({self.where}): {self.told}{sent}"


def faults(world: World, answer: Answer) -> Iterator[Fault]:
    """Every promise this answer breaks."""

    def fault(promise: str, told: str, where: str = "") -> Fault:
        return Fault(promise, where or answer.endpoint or "no route", told[:6000], answer.call)

    failed = answer.status >= 500 and answer.status not in MAY_FAIL.get(answer.endpoint, ())
    if failed or answer.status == 0:
        told = "\n".join(map(logging.Formatter().format, answer.logged))
        last = _WHERE.findall(told)
        yield fault(f"status {answer.status}", told, ":".join(last[-1]) if last else "")
    if (found := _INSIDES.search(answer.body)) and answer.endpoint != "static":
        yield fault("tells its insides", found[0].decode("latin-1"))
    if answer.call.method in SAFE and answer.wrote:
        yield fault("reading wrote", answer.wrote[0][:200])
    for told in _headers(answer):
        yield fault("headers", told)
    if told := _let_in(answer):
        yield fault("let in", told)
    if told := _strict(world, answer):
        yield fault("page", told)


def _headers(answer: Answer) -> Iterator[str]:
    for name, value in answer.headers:
        if name.lower() == "x-injected" or re.search(r"[\r\n\x00]", value):
            yield f"{name}: {value!r}"
        if name in ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url", "HX-Replace-Url"):
            own = value.removeprefix("http://localhost")
            if answer.status not in (301, 308) and not re.fullmatch(r"/(?![/\\])[^\x00-\x20\\]*", own):
                yield f"{name}: {value!r} leads away"
    length = answer.headers.get("Content-Length")
    bodiless = answer.call.method == "HEAD" or answer.status in (204, 304)
    if length is not None and not bodiless and int(length) != len(answer.body):
        yield f"Content-Length {length}, but {len(answer.body)} bytes"
    if answer.call.method == "HEAD" and answer.body:
        yield f"{len(answer.body)} bytes after HEAD"


def _let_in(answer: Answer) -> str:
    """What the table of roles forbids was answered as if allowed."""
    row = MATRIX.get((answer.endpoint, answer.call.method), "").split()
    if not row or any(name in ("Cookie", "Authorization") for name, _ in answer.call.headers):
        return ""
    role = answer.call.role
    expected = row[COLUMNS.index(ROLES[role][2])]
    if role == "machine" and answer.endpoint.startswith("api."):
        return ""
    if expected in ("L", "401", "403") and answer.status not in TOLD_OUT and answer.status < 500:
        return f"{answer.status} as {role}, the matrix says {expected}"
    return ""


def _strict(world: World, answer: Answer) -> str:
    if answer.mimetype != "text/html" or not answer.body.strip() or answer.status in (301, 302, 303, 308):
        return ""
    if answer.headers.get("Content-Encoding") or answer.call.method == "HEAD" or answer.status == 206:
        return ""
    asked = {name.lower(): value for name, value in answer.call.headers}
    fragment = asked.get("hx-request") == "true"
    address = filled(answer.call.to, world.names) if answer.endpoint else "/"
    try:
        check(world.app, address, answer.text, fragment=fragment)
    except NotStrict as fault:
        return str(fault)
    return ""
