"""A snapshot as it is frozen at issue, and ways to read a PDF back."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader


def _row(label: str, public: str, professional: str, total: str) -> dict[str, str]:
    return {"label": label, "public": public, "professional": professional, "total": total}


@pytest.fixture
def snapshot() -> dict[str, Any]:
    return {
        "number": "2025-HLXY-000001",
        "year": 2025,
        "name": "欧阳䶮",
        "username": "20120088",
        "unit": "护理学院",
        "department": "外科护理教研室",
        "title_series": "高等学校教师",
        "title": "副教授",
        "issued_on": "2025-12-01",
        "subjects": [
            {"label": "公需科目", "need": "30", "have": "30", "met": True},
            {"label": "专业科目", "need": "60", "have": "67.5", "met": True},
        ],
        "categories": [
            _row("平台课程", "30", "0", "30"),
            _row("培训进修", "0", "37.5", "37.5"),
            _row("自学", "0", "10", "10"),
            _row("成果", "0", "10", "10"),
            _row("论文著作", "0", "10", "10"),
        ],
        "total": "97.5",
        "policy": {"id": "sdsmu-2025", "sha256": "4f2a9c1b" * 8},
        "school": "山东第二医科大学",
        "code": "9f3a7c21d04e8b56a1c2e3f405968778",
    }


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed here")
    return found


@pytest.fixture
def pdftotext(tmp_path: Path) -> Callable[[bytes], str]:
    """The text a reader would copy, by poppler."""

    def read(pdf: bytes) -> str:
        command = [_tool("pdftotext"), "-layout", "-", "-"]
        return subprocess.run(command, input=pdf, capture_output=True, check=True).stdout.decode()

    return read


@pytest.fixture
def png(tmp_path: Path) -> Callable[[bytes, int], Path]:
    """The page as poppler paints it, at so many dots per inch."""

    def paint(pdf: bytes, dpi: int) -> Path:
        source = tmp_path / "page.pdf"
        source.write_bytes(pdf)
        command = [
            _tool("pdftoppm"),
            "-r",
            str(dpi),
            "-png",
            "-singlefile",
            str(source),
            str(tmp_path / "page"),
        ]
        subprocess.run(command, check=True)
        return tmp_path / "page.png"

    return paint


@pytest.fixture
def fonts() -> Callable[[bytes], dict[str, bool]]:
    """Every font the file names, and whether its outlines are inside."""

    def read(pdf: bytes) -> dict[str, bool]:
        found = {}
        for page in PdfReader(io.BytesIO(pdf)).pages:
            for font in page["/Resources"]["/Font"].values():
                description = font.get_object().get("/FontDescriptor", {})
                found[font["/BaseFont"]] = "/FontFile2" in description
        return found

    return read
