"""Small real files as proof: a PDF for what offices issue, a picture for what people photograph."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from portal.demo.drafts import SCHOOL, Draft, identities
from portal.rules.amounts import show_hours
from portal.rules.policy import PolicySet
from portal.rules.vocabulary import ITEM_CATEGORIES, Evidence, Status
from portal.storage import LocalStore

FONT = Path(__file__).parents[1] / "fonts" / "PortalSong-Regular.ttf"
FACE = "DemoSong"
NOTE = "本文件为演示数据，内容纯属虚构。"
WIDTH, HEIGHT = 744, 1052


def attach(
    drafts: Sequence[Draft], ids: dict[Any, int], store: LocalStore, policies: PolicySet, rng: Random
) -> Iterator[dict[str, Any]]:
    """Write every file into the store; yields the rows of `evidence`."""
    uuids = identities(rng)
    for draft in drafts:
        if not draft.with_evidence:
            continue
        category = policies.for_year(draft.years[0]).category(draft.category.value)
        for kind in category.kind(draft.kind).evidence:
            picture = _photographed(draft)
            shown = draft.proof_of or draft
            data = _picture(shown, kind) if picture else _document(shown, kind)
            uuid = next(uuids)
            target = store.path(str(uuid))
            target.parent.mkdir(mode=0o700, exist_ok=True)
            target.write_bytes(data)  # the whole campus is moved into place at the end, so no fsync each
            target.chmod(0o600)
            yield {
                "uuid": uuid,
                "claim_id": ids[draft.uuid],
                "kind": kind.value,
                "name": f"{kind.label}.png" if picture else f"{kind.label}.pdf",
                "media_type": "image/png" if picture else "application/pdf",
                "size": len(data),
                "pages": 1,
                "sha256": hashlib.sha256(data).hexdigest(),
                "created_at": draft.made,
            }


def _photographed(draft: Draft) -> bool:
    """Certificates of works waiting for review were photographed; the rest came as PDF."""
    return draft.category in ITEM_CATEGORIES and draft.status in (Status.PENDING, Status.RETURNED)


def _lines(draft: Draft, kind: Evidence) -> list[str]:
    who = f"{draft.person.name}（{SCHOOL}{draft.person.unit.name}）"
    if draft.category in ITEM_CATEGORIES:
        return [
            f"名称：{draft.title}",
            f"类别：{draft.kind}　　等级：{draft.level}",
            f"姓名：{who}",
            f"位次：第一作者　　产权单位：{SCHOOL}",
            f"日期：{draft.on}",
        ]
    if draft.start and draft.end:
        when = f"{draft.start} 至 {draft.end}"
        hours = show_hours(draft.quarters)
        words = {
            Evidence.DISPATCH: ("经学校研究，同意派出", "参加", ""),
            Evidence.ASSESSMENT: ("兹证明", "在我单位进修", f"考核合格，计 {hours} 学时。"),
        }
        opening, deed, closing = words.get(kind, ("兹证明", "参加", f"共 {hours} 学时。"))
        lines = [f"{opening} {who}", f"于 {when} {deed}", f"“{draft.title}”。", closing]
        return [*filter(None, lines), f"主办单位：{draft.organizer}"]
    return [f"{who}　{draft.title}", f"学年：{draft.year}　　学时：{show_hours(draft.quarters)}", "成绩合格"]


def _wrapped(lines: Sequence[str], most: int) -> Iterator[str]:
    for line in lines:
        for start in range(0, len(line), most):
            yield line[start : start + most]


def _document(draft: Draft, kind: Evidence) -> bytes:
    return sheet(kind.label, _lines(draft, kind), f"{NOTE}编号 {draft.uuid.hex[:12]}")


def sheet(title: str, lines: Sequence[str], foot: str) -> bytes:
    """One page of paper as a PDF."""
    _register()
    out = BytesIO()
    page = Canvas(out, pagesize=A4, invariant=1)
    page.setTitle(title)
    page.setFont(FACE, 26)
    page.drawCentredString(A4[0] / 2, 720, title)
    page.setFont(FACE, 13)
    for number, line in enumerate(_wrapped(lines, 32)):
        page.drawString(85, 650 - 30 * number, line)
    page.setFont(FACE, 9)
    page.drawCentredString(A4[0] / 2, 60, foot)
    page.save()
    return out.getvalue()


def _picture(draft: Draft, kind: Evidence) -> bytes:
    image = Image.new("P", (WIDTH, HEIGHT), 0)
    image.putpalette([252, 250, 244, 32, 38, 52, 150, 30, 30])
    pen = ImageDraw.Draw(image)
    pen.rectangle((30, 30, WIDTH - 30, HEIGHT - 30), outline=2, width=4)
    pen.text((WIDTH / 2, 140), draft.kind, font=_face(54), fill=1, anchor="mm")
    for number, line in enumerate(_wrapped(_lines(draft, kind), 26)):
        pen.text((70, 260 + 52 * number), line, font=_face(24), fill=1)
    pen.text(
        (WIDTH / 2, HEIGHT - 80), f"{NOTE}编号 {draft.uuid.hex[:12]}", font=_face(16), fill=1, anchor="mm"
    )
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@cache
def _face(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), size)


@cache
def _register() -> None:
    font = TTFont(FACE, str(FONT))
    # each sheet's subset asks for the same ten tables, and cuts megabytes out of the file for it
    font.face.get_table = cache(font.face.get_table)
    pdfmetrics.registerFont(font)
