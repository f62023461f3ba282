"""The printed certificate: what it says, that it can be checked, and that it stays one good page."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat
from pypdf import PdfReader

from portal import pdf

VERIFY_URL = "https://hours.example.edu.cn/verify/9f3a7c21d04e8b56a1c2e3f405968778"
GOLDEN = Path(__file__).parent / "certificate.png"
Text = Callable[[bytes], str]
Paint = Callable[[bytes, int], Path]


def issue(snapshot: dict[str, Any], seal: bytes | None = None, **changes: Any) -> bytes:
    return pdf.certificate({**snapshot, **changes}, verify_url=VERIFY_URL, seal=seal)


def seal() -> bytes:
    image = Image.new("RGBA", (420, 420), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((10, 10, 410, 410), outline=(200, 30, 30, 255), width=12)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_says_who_what_and_how_much(snapshot: dict[str, Any], pdftotext: Text) -> None:
    text = pdftotext(issue(snapshot))
    for words in (
        "山东省专业技术人员继续教育证书",
        "校内学时管理平台打印件",
        "2025-HLXY-000001",
        "欧阳䶮",
        "20120088",
        "护理学院",
        "工作部门",
        "外科护理教研室",
        "副教授",
        "67.5",
        "97.5",
        "2025 年 12 月 1 日",
        "9f3a 7c21 d04e 8b56",
        "sdsmu-2025",
        "（盖章）",
        "不代替该电子证书",
    ):
        assert words in text


def test_one_landscape_page_with_title_and_author(snapshot: dict[str, Any]) -> None:
    reader = PdfReader(io.BytesIO(issue(snapshot)))
    (page,) = reader.pages
    assert [round(float(side)) for side in page.mediabox[2:]] == [842, 595]
    assert reader.metadata is not None
    assert reader.metadata.title == "山东省专业技术人员继续教育证书 2025-HLXY-000001"
    assert reader.metadata.author == "山东第二医科大学"


def test_every_font_is_embedded(snapshot: dict[str, Any], fonts: Callable[[bytes], dict[str, bool]]) -> None:
    found = fonts(issue(snapshot, name="𠮷田𣇉"))
    assert found
    assert all(found.values()), found
    assert {name.partition("+")[2].partition("-")[0] for name in found} == {
        "PortalSong",
        "PortalKai",
        "PortalRare",
    }


def test_same_facts_same_bytes(snapshot: dict[str, Any]) -> None:
    assert issue(snapshot) == issue(dict(snapshot))
    assert issue(snapshot) != issue(snapshot, name="欧阳炎")


def test_qr_leads_to_the_given_address(snapshot: dict[str, Any], png: Paint) -> None:
    zbarimg = shutil.which("zbarimg")
    if zbarimg is None:
        pytest.skip("zbarimg is not installed here")
    page = png(issue(snapshot), 100)
    found = subprocess.run([zbarimg, "-q", "--raw", str(page)], capture_output=True, check=True)
    assert found.stdout.decode().strip() == VERIFY_URL


def test_qr_symbol_is_at_least_25_mm(snapshot: dict[str, Any], png: Paint) -> None:
    with Image.open(png(issue(snapshot), 254)) as page:  # ten dots a millimetre
        corner = page.convert("L").crop((250, 1190, 750, 1500)).point(lambda grey: 255 if grey < 40 else 0)
    left, top, right, bottom = corner.getbbox() or (0, 0, 0, 0)
    assert right - left >= 250
    assert bottom - top >= 250


@pytest.mark.parametrize(
    "name",
    [
        "买买提·阿不都热合曼",
        "𠮷田",
        "㛃喆堃",
        "龑",
        "𬭎頔",
        "𣇉玥珺",
        "阿卜杜热合曼·阿卜杜热依木·买买提吐尔逊·艾合买提江",
    ],
)
def test_hard_names_print_and_can_be_found(snapshot: dict[str, Any], pdftotext: Text, name: str) -> None:
    text = pdftotext(issue(snapshot, name=name))
    assert name in text


def test_long_particulars_stay_whole_on_one_page(snapshot: dict[str, Any], pdftotext: Text) -> None:
    unit = "附属医院第一临床医学院护理与康复学院健康管理研究中心联合党委"
    department = "科研处（学科建设与发展规划办公室、研究生工作部、实验动物中心）综合管理科"
    printed = issue(snapshot, name="艾" * 30, unit=unit, department=department)
    assert len(PdfReader(io.BytesIO(printed)).pages) == 1
    text = pdftotext(printed)
    assert unit in text
    assert department in text
    assert "艾" * 30 in text


def test_table_takes_up_to_nine_sources(snapshot: dict[str, Any], pdftotext: Text) -> None:
    rows = [{"label": f"来源{n}", "public": "1", "professional": "2", "total": "3"} for n in range(9)]
    text = pdftotext(issue(snapshot, categories=rows))
    assert all(row["label"] in text for row in rows)
    with pytest.raises(pdf.PdfFailed):
        issue(snapshot, categories=[*rows, rows[0]])


def test_markup_in_a_name_is_only_text(snapshot: dict[str, Any], pdftotext: Text) -> None:
    text = pdftotext(issue(snapshot, unit='<img src="/etc/passwd">&amp;'))
    assert '<img src="/etc/passwd">&amp;' in text


@pytest.mark.parametrize("field", ["name", "unit", "department", "title", "school"])
def test_a_character_without_glyph_is_refused_by_name(snapshot: dict[str, Any], field: str) -> None:
    with pytest.raises(pdf.Unprintable, match="U\\+1F600") as refused:
        issue(snapshot, **{field: "张😀"})
    assert refused.value.characters == ("😀",)
    assert "“😀”" in refused.value.message


def test_what_does_not_fit_is_refused_not_cut(snapshot: dict[str, Any]) -> None:
    with pytest.raises(pdf.Unprintable, match="姓名"):
        issue(snapshot, name="艾" * 60)
    with pytest.raises(pdf.Unprintable, match="部门"):
        issue(snapshot, department="科" * 120)


def test_a_year_that_is_not_met_is_not_printed(snapshot: dict[str, Any]) -> None:
    unmet = [snapshot["subjects"][0], {**snapshot["subjects"][1], "have": "59.5", "met": False}]
    with pytest.raises(pdf.PdfFailed):
        issue(snapshot, subjects=unmet)


def test_red_only_where_a_seal_was_uploaded(snapshot: dict[str, Any], png: Paint, pdftotext: Text) -> None:
    def reddish(printed: bytes) -> bool:
        with Image.open(png(printed, 40)) as page:
            red, green, _ = page.convert("RGB").split()
        return ImageChops.subtract(red, green).getextrema()[1] > 100

    sealed = issue(snapshot, seal())
    assert reddish(sealed)
    assert not reddish(issue(snapshot))
    assert "（盖章）" not in pdftotext(sealed)


@pytest.mark.parametrize("broken", [b"", b"%PDF-1.4", b"GIF89a" + bytes(40)])
def test_a_seal_that_is_no_png_is_refused(snapshot: dict[str, Any], broken: bytes) -> None:
    with pytest.raises(pdf.PdfFailed):
        issue(snapshot, broken)


def test_looks_as_it_did(snapshot: dict[str, Any], png: Paint) -> None:
    """Against the stored picture; replace it with `page` after a deliberate change of layout."""
    with Image.open(png(issue(snapshot), 60)) as page, Image.open(GOLDEN) as golden:
        assert page.size == golden.size
        difference = ImageChops.difference(page.convert("L"), golden.convert("L"))
    (mean,) = ImageStat.Stat(difference).mean
    changed = sum(difference.histogram()[96:]) / (difference.width * difference.height)
    assert mean < 1.0
    assert changed < 0.002
