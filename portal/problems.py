"""Refusals of the machine interface: problem+json (RFC 9457), Chinese for people and a code for programs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable

from flask import Response, current_app, g, make_response, request

from portal.extensions import limiter

MEDIA_TYPE = "application/problem+json"
PREFIX = "/api/"

# code: (status, title)
CODES: dict[str, tuple[int, str]] = {
    "bad_request": (400, "请求有误"),
    "bad_json": (400, "JSON 无法读取"),
    "token_missing": (401, "没有令牌"),
    "token_unknown": (401, "令牌无效"),
    "token_revoked": (401, "令牌已停用"),
    "token_expired": (401, "令牌已过期"),
    "scope_missing": (403, "令牌没有权限"),
    "not_found": (404, "没有找到"),
    "method_not_allowed": (405, "操作方式不对"),
    "conflict": (409, "状态已变化"),
    "too_large": (413, "内容过大"),
    "unsupported_media_type": (415, "格式不支持"),
    "invalid": (422, "内容需要更正"),
    "year_not_covered": (422, "年度没有规则"),
    "too_many_requests": (429, "请求过于频繁"),
    "internal": (500, "系统出错"),
    "busy": (503, "系统正忙"),
}
_OF_STATUS = {
    **{status: code for code, (status, _) in reversed(CODES.items())},
    401: "token_missing",
    403: "scope_missing",
    422: "invalid",
}
_WORDS = {
    "bad_request": "请求无法识别。",
    "not_found": "没有这个地址，或不在令牌的范围内。",
    "method_not_allowed": "这个地址不接受这种方法，允许的方法见 Allow。",
    "too_large": "请求体超过 8 MB，请分批报送。",
    "too_many_requests": "请求太多，请在 Retry-After 所示的秒数以后重试。",
    "internal": "处理时发生意外，没有写入任何内容。请稍后重试；反复出现时请提供 request_id。",
    "busy": "此刻写入的人太多，没有写入任何内容。请在 Retry-After 所示的秒数以后原样重发。",
}


class Problem(Exception):
    """A request of a program is refused; nothing was written. `errors` are (field, reason)."""

    def __init__(self, code: str, detail: str = "", errors: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)


def wanted() -> bool:
    """Whether a program asked, so that the answer is no page."""
    return request.path.startswith(PREFIX)


def answer(code: str, detail: str = "", errors: Iterable[tuple[str, str]] = ()) -> Response:
    """The problem as an answer, with what its status asks for in the headers."""
    status, title = CODES[code]
    told = {
        "type": f"/api/v1/docs#{code}",
        "title": title,
        "status": status,
        "detail": detail or _WORDS.get(code, title + "。"),
        "code": code,
        "errors": [{"field": field, "reason": reason} for field, reason in errors],
        "request_id": g.get("request_id", ""),
    }
    made = make_response(json.dumps(told), status)
    made.headers["Content-Type"] = MEDIA_TYPE
    if status == 401:
        error = "" if code == "token_missing" else ', error="invalid_token"'
        made.headers["WWW-Authenticate"] = f'Bearer realm="portal"{error}'
    elif status == 429:
        made.headers["Retry-After"] = str(_seconds())
    elif status == 503:
        made.headers["Retry-After"] = "2"
    return made


def of_status(status: int, detail: str = "") -> Response:
    """The problem that a status of ours means."""
    code = _OF_STATUS.get(status, "bad_request" if status < 500 else "internal")
    return answer(code, detail)


def _seconds() -> int:
    """Until the limit that was passed allows another request."""
    passed = limiter.current_limit
    if passed is None:
        current_app.logger.warning("a limit was passed without a name")
        return 60
    return max(1, int(passed.reset_at - time.time()) + 1)
