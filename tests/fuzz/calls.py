"""A request as a plain value: sent to the application as a server would hand it over, and kept as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from io import BytesIO, StringIO
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from fuzz.samples import SAMPLES

Pairs = tuple[tuple[str, str], ...]
BOUNDARY = "a-boundary-of-the-fuzzer"
AGENT = "fuzzer"  # an officer's session is bound to the browser's name
_NAME = re.compile(r"\{([a-z][a-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class File:
    """A file of a form: one of the samples, cut after so many bytes or with one byte spoilt."""

    field: str
    name: str
    sample: str = "png"
    kind: str = "application/octet-stream"
    cut: int | None = None
    spoilt: int | None = None

    def data(self) -> bytes:
        """The bytes that are sent."""
        made = bytearray(SAMPLES[self.sample])
        if self.spoilt is not None and made:
            made[self.spoilt % len(made)] ^= 0xFF
        return bytes(made if self.cut is None else made[: self.cut])


@dataclass(frozen=True, slots=True)
class Form:
    """A body as a browser makes it; texts may hold lone surrogates, which are sent as they are."""

    fields: Pairs = ()
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Raw:
    """A body of just these bytes, called by a content type that need not be true."""

    data: bytes = b""
    kind: str = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks what. `{names}` in address, fields and headers stand for things of the world.

    `token` sends the form's token along; `length` announces so many bytes whatever comes, "chunked" none.
    """

    role: str = "anon"
    method: str = "GET"
    to: str = "/healthz"
    query: Pairs = ()
    body: Form | Raw | None = None
    headers: Pairs = ()
    token: bool = True
    length: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a role shows with every request: its cookie, its form's token, a program's bearer token."""

    cookie: str = ""
    token: str = ""
    bearer: str = ""


def as_json(call: Call) -> str:
    """The call on one line; bytes that are no text as hexadecimal digits."""
    told = {name: value for name, value in asdict(call).items() if value != getattr(Call(), name)}
    if isinstance(call.body, Raw):
        told["body"] = {"kind": call.body.kind, **_bytes_told(call.body.data)}
    return json.dumps(told)


def from_json(line: str | dict[str, Any]) -> Call:
    """The call that `as_json` wrote; other keys (`why`) are of people."""
    told = json.loads(line) if isinstance(line, str) else line
    body: Form | Raw | None = None
    given = told.get("body")
    if given is not None and "kind" in given:
        data = bytes.fromhex(given["hex"]) if "hex" in given else given["text"].encode()
        body = Raw(data * given.get("times", 1), given["kind"])
    elif given is not None:
        body = Form(_pairs(given["fields"]), tuple(File(**file) for file in given.get("files", ())))
    plain = {name: told[name] for name in ("role", "method", "to", "token", "length") if name in told}
    return Call(
        **plain, query=_pairs(told.get("query", ())), headers=_pairs(told.get("headers", ())), body=body
    )


def _bytes_told(data: bytes) -> dict[str, str]:
    try:
        return {"text": data.decode("ascii")}
    except UnicodeDecodeError:
        return {"hex": data.hex()}


def _pairs(given: Any) -> Pairs:
    return tuple((name, value) for name, value in given)


def environ_of(call: Call, names: Mapping[str, str], standing: Standing) -> dict[str, Any]:
    """What a server would hand to the application for this call."""
    path, _, asked = filled(call.to, names).partition("?")
    query = "&".join(filter(None, (asked, _urlencoded(call.query, names))))
    body, kind = _body(call.body, names)
    made: dict[str, Any] = {
        "REQUEST_METHOD": call.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": _wsgi(query),
        "REQUEST_URI": path + ("?" + query if query else ""),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "HTTP_USER_AGENT": AGENT,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if kind:
        made["CONTENT_TYPE"] = _wsgi(kind)
    if call.length == "chunked":
        made["wsgi.input_terminated"] = True
    elif call.body is not None or call.length:
        made["CONTENT_LENGTH"] = call.length or str(len(body))
    if standing.cookie:
        made["HTTP_COOKIE"] = standing.cookie
    if standing.bearer:
        made["HTTP_AUTHORIZATION"] = f"Bearer {standing.bearer}"
    if call.token and standing.token:
        made["HTTP_X_CSRF_TOKEN"] = standing.token
    for name, value in call.headers:
        key = name.upper().replace("-", "_")
        made[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = _wsgi(
            filled(value, names)
        )
    return made


def _body(body: Form | Raw | None, names: Mapping[str, str]) -> tuple[bytes, str]:
    if body is None:
        return b"", ""
    if isinstance(body, Raw):
        return body.data, body.kind
    if not body.files:
        return _urlencoded(body.fields, names).encode("ascii"), "application/x-www-form-urlencoded"
    lines: list[bytes] = []
    for name, value in body.fields:
        lines += [_part(name), b"", _bytes(filled(value, names))]
    for file in body.files:
        told = _part(file.field) + b'; filename="' + _quoted(file.name) + b'"'
        lines += [told + b"\r\nContent-Type: " + _bytes(file.kind), b"", file.data()]
    return b"\r\n".join(
        [*lines, f"--{BOUNDARY}--".encode(), b""]
    ), f"multipart/form-data; boundary={BOUNDARY}"


def _part(name: str) -> bytes:
    return f"--{BOUNDARY}\r\n".encode() + b'Content-Disposition: form-data; name="' + _quoted(name) + b'"'


def _quoted(text: str) -> bytes:
    """As browsers quote: line breaks and quotation marks percent-encoded."""
    for sign, told in (("\r", "%0D"), ("\n", "%0A"), ('"', "%22")):
        text = text.replace(sign, told)
    return _bytes(text)


def _urlencoded(pairs: Pairs, names: Mapping[str, str]) -> str:
    return "&".join(
        quote_from_bytes(_bytes(name), safe="")
        + "="
        + quote_from_bytes(_bytes(filled(value, names)), safe="")
        for name, value in pairs
    )


def filled(text: str, names: Mapping[str, str]) -> str:
    """The text with things of the world in place of their names."""
    return _NAME.sub(lambda found: names.get(found[1], found[0]), text)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _wsgi(text: str) -> str:
    """Bytes as WSGI carries them; what would end a header line cannot arrive in one."""
    return re.sub(rb"[\r\n\x00]", b"", _bytes(text)).decode("latin-1")
