"""Turns refusals and faults into answers, page or fragment: mapped here once and nowhere else."""

from __future__ import annotations

from flask import Flask, Response, g, make_response, render_template
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException, SecurityError

from portal import problems
from portal.database import kind_of_fault
from portal.extensions import db
from portal.hx import wants_fragment
from portal.intake.scanner import ScannerAway
from portal.rules.refusals import Conflict, NotFound, NotPermitted, Refusal, RuleBroken
from portal.security import show_to_nobody
from portal.storage import StorageFull

_STATUS: dict[type[Refusal], int] = {NotFound: 404, NotPermitted: 403, Conflict: 409, RuleBroken: 422}

# status: (title, why, what next)
_WORDS: dict[int, tuple[str, str, str]] = {
    400: ("请求有误", "浏览器送来的内容无法识别。", "请返回上一页，刷新后重试。"),
    401: ("请先登录", "登录已失效或尚未登录。", "请重新登录后继续。"),
    403: ("没有权限", "当前身份不能进行这项操作。", "如需切换身份，请使用页面右上角的身份菜单。"),
    404: ("没有找到", "页面不存在，或不在您的查看范围内。", "请检查网址，或从菜单重新进入。"),
    405: ("操作方式不对", "这个地址不接受这种操作。", "请从页面上的按钮重新操作。"),
    409: ("现在不能办理", "这项内容刚刚被更新。", "请按上面的说明处理；刷新页面可看到最新情况。"),
    413: (
        "内容过大",
        "一次提交的内容超过 25 MB，或文件、字段太多。",
        "每个文件不超过 10 MB，请压缩或分次上传。",
    ),
    415: ("格式不支持", "送来的内容格式无法处理。", "请从页面上的表单提交。"),
    422: ("未能保存", "有内容需要更正。", "请按提示更正后重新提交。"),
    429: ("操作过于频繁", "短时间内的请求太多。", "请稍等几分钟再试。"),
    500: ("系统出错", "处理时发生意外，内容没有保存。", "请稍后重试；如反复出现，请把请求编号告诉信息中心。"),
    503: ("系统正忙", "此刻写入的人太多，内容没有保存。", "请保留本页，几秒后再次提交。"),
    507: (
        "存储空间不足",
        "服务器的存储空间不足，文件没有保存。",
        "请联系信息中心；已填写的内容可先存为草稿。",
    ),
}
UNSCANNED = "暂时无法检查文件，内容没有保存，请几分钟后重新提交。"
_AWAY = "数据库暂时没有应答，内容没有保存。"


def answer(status: int, message: str = "") -> Response:
    """The error answer for a status: what happened, why, what next."""
    if problems.wanted():
        return problems.of_status(status, message)
    title, why, then = _WORDS.get(status, _WORDS[400 if status < 500 else 500])
    fragment = wants_fragment()
    template = "errors/_fragment.html" if fragment else "errors/page.html"
    page = render_template(
        template,
        status=status,
        title=title,
        why=message or why,
        then=then,
        request_id=g.get("request_id", ""),
    )
    made = make_response(page, status)
    made.vary.add("HX-Request")
    if fragment:  # a refusal that no view worded must not replace the row or form it aimed at
        made.headers["HX-Retarget"] = "#problems"
        made.headers["HX-Reswap"] = "innerHTML"
    return made


def register(app: Flask) -> None:
    """Attach the handlers."""

    @app.errorhandler(Refusal)
    def refused(fault: Refusal) -> Response:
        return answer(_STATUS[type(fault)], fault.message)

    @app.errorhandler(problems.Problem)
    def problem(fault: problems.Problem) -> Response:
        return problems.answer(fault.code, fault.detail, fault.errors)

    @app.errorhandler(SecurityError)
    def foreign_host(fault: SecurityError) -> Response:
        # without a host of ours no address can be built, so no page either
        return make_response("这个网址不属于本平台。", 400, {"Content-Type": "text/plain; charset=utf-8"})

    @app.errorhandler(CSRFError)
    def forged(fault: CSRFError) -> Response:
        return answer(403, "页面已过期：安全校验没有通过，没有保存任何内容。请刷新页面后重新提交。")

    @app.errorhandler(HTTPException)
    def http(fault: HTTPException) -> Response:
        code = fault.code or 500
        if code < 400:
            return make_response(fault.get_response())
        ours = fault.description if code == 422 else ""
        made = answer(code, ours or "")
        if code == 405:
            made.headers["Allow"] = ", ".join(getattr(fault, "valid_methods", None) or [])
        if code in (429, 503):
            made.headers.setdefault("Retry-After", "300" if code == 429 else "2")
        return made

    @app.errorhandler(StorageFull)
    def full(fault: StorageFull) -> Response:
        return answer(507)

    @app.errorhandler(ScannerAway)
    def unscanned(fault: ScannerAway) -> Response:
        app.logger.error("virus scanner: %s", fault)
        made = answer(503, UNSCANNED)
        made.headers["Retry-After"] = "60"
        return made

    @app.errorhandler(OperationalError)
    def busy(fault: OperationalError) -> Response:
        db.session.rollback()
        kind = kind_of_fault(fault)
        app.extensions["portal.meter"].failed(kind)
        app.logger.error("database: %s", kind, exc_info=kind != "busy")
        if kind == "away":
            show_to_nobody()
        made = answer(507 if kind == "full" else 503, _AWAY if kind == "away" else "")
        made.headers["Retry-After"] = "2"
        return made

    @app.errorhandler(DataError)
    def unstorable(fault: DataError) -> Response:
        db.session.rollback()  # PostgreSQL takes no NUL and no number beyond its column, SQLite takes both
        return answer(400, "内容里有不能保存的字符，或超出范围的数字。")

    @app.errorhandler(IntegrityError)
    def refused_by_database(fault: IntegrityError) -> Response:
        db.session.rollback()
        named = getattr(getattr(fault.orig, "diag", None), "constraint_name", "") or type(fault.orig).__name__
        app.logger.error("the database refused a row: %s", named)  # its own words repeat the row
        return answer(500)

    @app.errorhandler(Exception)
    def broken(fault: Exception) -> Response:
        db.session.rollback()
        app.logger.exception("unexpected fault")
        return answer(500)
