"""What the pages of the provincial platform share: the kind of file asked for, and handing it out."""

from __future__ import annotations

from flask import Response, request

from portal.workbooks import TYPES, Form


def form_asked() -> Form:
    """xlsx unless csv was asked for."""
    return "csv" if request.form.get("form") == "csv" else "xlsx"


def download(data: bytes, form: Form, name: str) -> Response:
    """The file as an attachment."""
    answer = Response(data, mimetype=TYPES[form].partition(";")[0])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer
