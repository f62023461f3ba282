"""Certificate through xhtml2pdf against a reportlab canvas drawing of the same page, in one run.

    python benchmarks/bench_certificate.py [rounds [certificates]]

Both are warm and use the same registered faces, border, QR and words; the canvas version draws at
fixed places, escapes nothing and checks nothing, so it is the practical limit. Prints one JSON line; with a
second number a second line about so many certificates printed by two processes.
"""

from __future__ import annotations

import io
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import segno
from PIL import Image
from reportlab.graphics import renderPDF
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from portal import pdf
from portal.pdf import engine
from portal.pdf.pool import PressRoom
from portal.pdf.press import Press
from portal.services.certificate_bundles import merge

AIM = 3.2
PIECE = 20  # what a batch prints together
URL = "https://hours.example.edu.cn/verify/9f3a7c21d04e8b56a1c2e3f405968778"
MM = 72 / 25.4
BLUE, GOLD, INK, GREY = HexColor("#17335c"), HexColor("#8a6a24"), HexColor("#1d2430"), HexColor("#5b6472")


def snapshot(serial: int) -> dict[str, Any]:
    """A year's facts; the name changes, so that no round can reuse another's page."""
    rows = [("平台课程", 30, 0), ("培训进修", 0, 36), ("自学", 0, 10), ("成果", 0, 10), ("论文著作", 0, 10)]
    return {
        "number": f"2025-HLXY-{serial:06d}",
        "year": 2025,
        "name": "欧阳" + chr(0x4E00 + serial),
        "username": "20120088",
        "unit": "护理学院",
        "department": "外科护理教研室",
        "title_series": "高等学校教师",
        "title": "副教授",
        "issued_on": "2025-12-01",
        "subjects": [
            {"label": "公需科目", "need": "30", "have": "30", "met": True},
            {"label": "专业科目", "need": "60", "have": "66", "met": True},
        ],
        "categories": [
            {"label": label, "public": str(one), "professional": str(two), "total": str(one + two)}
            for label, one, two in rows
        ],
        "total": "96",
        "policy": {"id": "sdsmu-2025", "sha256": "4f2a9c1b" * 8},
        "school": "山东第二医科大学",
        "code": "9f3a7c21d04e8b56a1c2e3f405968778",
    }


def by_hand(facts: dict[str, Any]) -> bytes:
    """The same page drawn at fixed places."""
    out = io.BytesIO()
    width, height = landscape(A4)
    page = Canvas(out, pagesize=(width, height), invariant=1)
    page.setTitle(f"山东省专业技术人员继续教育证书 {facts['number']}")
    page.setAuthor(facts["school"])
    border = engine.parsed_svg(io.BytesIO((engine.ASSETS / "border.svg").read_bytes()))
    renderPDF.draw(border, page, 0, 0)

    def centred(x: float, top: float, text: str, size: float, face: str, colour: HexColor) -> None:
        page.setFont(face, size)
        page.setFillColor(colour)
        page.drawCentredString(x * MM, height - top * MM, text)

    song, bold, kai = "PortalSong", "PortalSongBold", "PortalKai"
    centred(148.5, 34, "山东省专业技术人员继续教育证书", 32, bold, BLUE)
    centred(148.5, 42, f"{facts['year']} 年度 · 校内学时管理平台打印件", 12, song, GOLD)
    centred(148.5, 48, f"证书编号 {facts['number']}", 10, song, GREY)
    centred(148.5, 73, facts["name"], 36, kai, BLUE)
    x = 52 * MM
    keys = ("username", "unit", "department", "title_series", "title")
    for label, key in zip(("工号", "单位", "部门", "职称系列", "职称"), keys, strict=True):
        for text, colour in ((label, GOLD), (facts[key], INK)):
            page.setFont(song, 12)
            page.setFillColor(colour)
            page.drawString(x, height - 82 * MM, text)
            x += page.stringWidth(text, song, 12) + 12
    statement = (
        f"该同志 {facts['year']} 年度继续教育学时经审核认定为："
        "公需科目 30 学时、专业科目 66 学时，合计 96 学时，达到",
        "公需科目不少于 30 学时、专业科目不少于 60 学时的年度要求，特此证明。",
    )
    for line, text in enumerate(statement):
        page.setFont(song, 13)
        page.setFillColor(INK)
        page.drawString((43 - 9 * line) * MM, height - (100 + 8 * line) * MM, text)
    rows = [("学时来源", "公需科目", "专业科目", "合计")]
    rows += [(row["label"], row["public"], row["professional"], row["total"]) for row in facts["categories"]]
    rows += [
        ("学时合计", "30", "66", "96"),
        ("年度最低要求", "30", "60", "—"),
        ("完成情况", "达标", "达标", "达标"),
    ]
    for number, row in enumerate(rows):
        top = 118.5 + 6.4 * number
        for place, text in zip((107, 142, 170, 198), row, strict=True):
            centred(
                place, top, text, 10, bold if number in (0, 6) else song, BLUE if number in (0, 6) else INK
            )
        page.setStrokeColor(BLUE)
        page.setLineWidth(0.25)
        page.line(85.5 * MM, height - (top + 2) * MM, 211.5 * MM, height - (top + 2) * MM)
    code = io.BytesIO()
    segno.make(URL, error="m", micro=False).save(code, kind="png", scale=8, border=2)
    symbol = ImageReader(Image.open(code))
    page.drawImage(symbol, 35 * MM, height - 149 * MM, 30 * MM, 30 * MM)
    centred(50, 153, "扫码或凭码核验", 9, song, BLUE)
    centred(50, 157, "9f3a 7c21 d04e 8b56", 8, song, GREY)
    centred(50, 161, "a1c2 e3f4 0596 8778", 8, song, GREY)
    centred(244.5, 134, facts["school"], 14, song, BLUE)
    centred(244.5, 142, "（盖章）", 10, song, GREY)
    centred(244.5, 150, "2025 年 12 月 1 日", 12, song, INK)
    for line, text in enumerate(
        (
            f"本件由{facts['school']}继续教育学时管理平台依据校内审核通过的学时记录生成，是否有效以核验结果为准。",
            "省级继续教育电子证书由山东省专业技术人员继续教育公共服务平台发放，本件不代替该电子证书。",
            f"学时认定规则 {facts['policy']['id']} {facts['policy']['sha256'][:16]}",
        )
    ):
        centred(148.5, 184 + 4.2 * line, text, 8, song, GREY)
    page.showPage()
    page.save()
    return out.getvalue()


def by_portal(facts: dict[str, Any]) -> bytes:
    return pdf.certificate(facts, verify_url=URL, seal=None)


def milliseconds(draw: Callable[[dict[str, Any]], bytes], serial: int) -> float:
    facts = snapshot(serial)
    began = time.perf_counter()
    draw(facts)
    return (time.perf_counter() - began) * 1000


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    began = time.perf_counter()
    pdf.register_fonts()
    opened = (time.perf_counter() - began) * 1000
    for draw in (by_hand, by_portal):
        milliseconds(draw, 0)
    times = [(milliseconds(by_hand, n), milliseconds(by_portal, n)) for n in range(1, rounds + 1)]
    hand, portal = (statistics.median(column) for column in zip(*times, strict=True))
    result = {
        "benchmark": "certificate",
        "rounds": rounds,
        "open_engine_ms": round(opened, 1),
        "canvas_ms": round(hand, 1),
        "portal_ms": round(portal, 1),
        "ratio": round(portal / hand, 2),
        "aim": AIM,
        "kilobytes": round(len(by_portal(snapshot(1))) / 1000),
    }
    print(json.dumps(result))
    if len(sys.argv) > 2:
        many(int(sys.argv[2]), hand)


def many(count: int, hand_ms: float) -> None:
    """So many certificates by two processes, and what merging 200 of them holds in memory."""
    press = Press("https://hours.example.edu.cn/verify/")
    with tempfile.TemporaryDirectory() as place:
        pages = []
        began = time.perf_counter()
        with PressRoom(press, processes=2, expected=count) as room:
            for start in range(0, count, PIECE):
                serials = range(start, min(start + PIECE, count))
                for serial, printed in zip(serials, room.pull([snapshot(n) for n in serials]), strict=True):
                    assert not isinstance(printed, str), printed
                    pages.append(Path(place) / f"{serial}.pdf")
                    pages[-1].write_bytes(printed.data)
        seconds = time.perf_counter() - began
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.perf_counter()
        merged = merge(pages[:200])
        result = {
            "benchmark": "certificates",
            "count": count,
            "processes": 2,
            "seconds": round(seconds, 1),
            "ratio_to_canvas": round(seconds * 1000 / count / hand_ms, 2),
            "merge_pages": len(pages[:200]),
            "merge_seconds": round(time.perf_counter() - began, 1),
            "merge_megabytes": round(len(merged) / 1e6, 1),
            "merge_memory_mb": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024),
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
