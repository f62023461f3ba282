"""What people send: claim forms as a browser would post them, and small real files."""

from __future__ import annotations

import io
from typing import Any

from pypdf import PdfWriter
from sqlalchemy import func, select

from portal.extensions import db

TRAINING = {
    "category": "training",
    "kind": "学术交流",
    "subject": "professional",
    "title": "全国重症护理学术年会",
    "organizer": "中华护理学会",
    "start": "2025-07-02",
    "end": "2025-07-04",
    "hours": "20",
    "approval": "approved",
    "truthful": "y",
}
PAPER = {
    "category": "publication",
    "kind": "学术论文",
    "title": "延续护理研究",
    "date": "2025-05-01",
    "author_name": "陈晓",
    "rank": "第一作者",
    "level": "核心期刊公开发表",
    "owner": "山东第二医科大学",
    "marked": "y",
    "truthful": "y",
}


def pdf(pages: int = 1) -> io.BytesIO:
    """A small real PDF."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(300, 420)
    made = io.BytesIO()
    writer.write(made)
    made.seek(0)
    return made


def proof(field: str = "evidence_hours", name: str = "学时证明.pdf") -> dict[str, Any]:
    """A file of the form."""
    return {field: (pdf(), name)}


def rows(app: Any, model: Any) -> list[Any]:
    """Every row of a table in the order of its key, detached."""
    with app.app_context():
        found = list(db.session.scalars(select(model).order_by(*model.__table__.primary_key.columns)))
        db.session.expunge_all()
        return found


def count(app: Any, model: Any) -> int:
    """How many rows a table has."""
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def send(client: Any, data: dict[str, Any], action: str = "submit", **options: Any) -> Any:
    """Post a new claim."""
    return client.post(
        "/claims", data={**data, "action": action}, content_type="multipart/form-data", **options
    )


def stored(app: Any) -> set[str]:
    """Everything the evidence store holds, half-taken files included."""
    store = app.extensions["portal.store"]
    return {*store.kept(), *(file.name for file in store.stage_dir.iterdir())}
