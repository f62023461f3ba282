"""Small files of every kind somebody may send: real ones, and such that only look like one."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

from campus import PIXEL
from forms_sent import pdf

import portal

_DATA = Path(__file__).parents[1] / "data"


def _zip(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return made.getvalue()


_ROSTER = "工号,姓名,单位,工作部门\n20260001,新人,护理学院,内科\n"
_COURSES = (
    "记录编号,工号,姓名,学习平台,课程名称,科目类型,学时,完成日期\n"
    "K9,20120001,陈晓,蟹壳云学,药物警戒,专业科目,2,2025-06-01\n"
)
_NONSENSE = (
    "记录编号,工号,姓名,学习平台,课程名称,科目类型,学时,完成日期\n"
    "K9,２０１２,陈晓\x00,蟹壳云学,=1+1,专业科目,sNaN,2025-02-29\n"
    "K9,20120001,𠮷\u202e,,,,1e999,0000-00-00\n,,,,,,,9999-12-31\n"
)
_PROVINCIAL = "工号,年度,公需学时,专业学时\n20120001,2025,1e999,-1\n20120001,9999,Infinity,２\n"

SAMPLES: dict[str, bytes] = {
    "png": PIXEL,
    "pdf": pdf().getvalue(),
    "empty": b"",
    "text": "学时证明".encode(),
    "html": b"<script>alert(1)</script>",
    "gif": b"GIF89a\x01\x00\x01\x00\x00\xff\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x00;",
    "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9",
    "zip": _zip(a=b"\x00" * 100_000),
    "gzip": gzip.compress(b"\x00" * 100_000, mtime=0),
    "staff-xlsx": (_DATA / "staff.xlsx").read_bytes(),
    "courses-xlsx": (_DATA / "courses.xlsx").read_bytes(),
    "courses-gb18030": (_DATA / "courses-gb18030.csv").read_bytes(),
    "hollow-xlsx": _zip(**{"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}),
    "roster-csv": _ROSTER.encode(),
    "courses-csv": _COURSES.encode(),
    "nonsense-csv": _NONSENSE.encode(),
    "provincial-csv": _PROVINCIAL.encode(),
    "utf16-csv": _COURSES.encode("utf-16"),
    "policy": (Path(portal.__file__).parent / "rules/policies/sdsmu_2025.toml").read_bytes(),
    "policy-nonsense": b'id = "x"\nfrom_year = 99999999999999999999\n[units]\nper_hour = nan\n',
}
