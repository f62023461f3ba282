"""Lists that must be refused, or taken without doing what they ask for; made on the spot."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEADINGS = (
    *("工号", "姓名", "单位", "工作部门", "记录编号", "学习平台", "课程名称", "科目类型", "学时"),
    *("完成日期", "年度", "公需学时", "专业学时", "区域"),
)


@dataclass(frozen=True)
class Bad:
    """A list, and words of the sentence that refuses it."""

    case: str
    name: str
    made: bytes | Callable[[], bytes]
    words: tuple[str, ...]

    @property
    def data(self) -> bytes:
        """Its bytes; large ones are made when they are needed."""
        return self.made if isinstance(self.made, bytes) else self.made()


def cell(place: str, value: str) -> str:
    """A cell of text."""
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


def row(number: int, *values: str) -> str:
    """A row of texts from column A on."""
    return (
        f'<row r="{number}">{"".join(cell(f"{chr(65 + n)}{number}", v) for n, v in enumerate(values))}</row>'
    )


HEAD = row(1, *HEADINGS)


def workbook(*sheets: str, extra: dict[str, bytes] | None = None, front: str = "", behind: str = "") -> bytes:
    """A minimal .xlsx: each sheet the XML of its rows, `front` before every root, `behind` after the rows."""
    numbers = range(1, len(sheets) + 1)
    listed = "".join(f'<sheet name="表{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    targets = "".join(
        f'<Relationship Id="rId{n}" Type="{LINKS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    whole = f'<Relationship Id="rId1" Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/>'
    parts: dict[str, bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>'.encode(),
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{whole}</Relationships>'.encode(),
        "xl/workbook.xml": (
            f'{front}<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets>{listed}</sheets></workbook>'
        ).encode(),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{PACKAGE}/relationships">{targets}</Relationships>'
        ).encode(),
    }
    for n, rows in enumerate(sheets, 1):
        parts[f"xl/worksheets/sheet{n}.xml"] = (
            f'{front}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{behind}</worksheet>'
        ).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in {**parts, **(extra or {})}.items():
            packed.writestr(name, data)
    return out.getvalue()


def bad_lists() -> Iterator[Bad]:
    """Every one of them."""
    yield from _bombs()
    yield from _odd_workbooks()
    yield from _odd_texts()


def _bombs() -> Iterator[Bad]:
    heavy = ("过大", "复制到新的工作簿")
    filled = HEAD + row(2, "1", "张三")

    def with_parts(**parts: int) -> Callable[[], bytes]:
        """A good list in an archive that also unfolds to these many zeros."""
        return lambda: workbook(filled, extra={f"xl/{name}": bytes(size) for name, size in parts.items()})

    def nested() -> bytes:
        return workbook(filled, extra={"xl/inner.zip": with_parts(a=50_000_000)(), "xl/a": bytes(10**8)})

    def endless() -> bytes:
        return workbook(filled, extra={"xl/worksheets/sheet9.xml": b"<row/>" * 20_000_000})

    yield Bad("20 million rows", "名册.xlsx", endless, heavy)
    yield Bad("zeros beside the sheet", "名册.xlsx", with_parts(a=60_000_000), heavy)
    yield Bad("bomb inside a bomb", "名册.xlsx", nested, heavy)
    yield Bad("300 parts", "名册.xlsx", with_parts(**{f"p{n}": 1 for n in range(300)}), heavy)
    corner = f'<row r="1048576">{cell("XFD1048576", "x")}</row>'
    yield Bad("far corner", "名册.xlsx", workbook(filled + corner), ("复制到新的工作簿",))
    wide = f'<row r="2">{cell("XFD2", "x")}</row>'
    yield Bad("16384 columns", "名册.xlsx", workbook(HEAD + wide), ("16384 列", "上限"))
    lying = _lying(workbook(filled + "<row/>" * 500_000))
    yield Bad("lying size", "名册.xlsx", lying, ("已损坏",))
    noise = Random(7)  # noqa: S311  (bytes that do not pack)
    long = "".join(row(n, noise.randbytes(15_000).hex()) for n in range(2, 60))
    yield Bad("megabytes in cells", "名册.xlsx", workbook(HEAD + long), ("第 2 行第 1 列", "500 个字符"))


def _lying(data: bytes) -> bytes:
    """The same archive whose directory calls its last part small."""
    place = data.rindex(b"PK\x01\x02")
    return data[: place + 24] + (100).to_bytes(4, "little") + data[place + 28 :]


def _odd_workbooks() -> Iterator[Bad]:
    filled = HEAD + row(2, "1", "张三")
    save = ("另存为",)
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)
    yield Bad("old workbook", "名册.xls", ole, ("旧版 Excel",))
    yield Bad("encrypted workbook", "名册.xlsx", ole + "EncryptedPackage".encode("utf-16-le"), ("打开密码",))
    yield Bad("page called workbook", "名册.xls", b"<html><table><tr><td>1</table>", ("不是 Excel 工作簿",))
    yield Bad("two sheets", "名册.xlsx", workbook(filled, filled), ("“表1”、“表2”",))
    title = row(1, "2025 年名册") + row(2, *HEADINGS) + row(3, "1", "张三")
    merged = '<mergeCells count="1"><mergeCell ref="A1:N1"/></mergeCells>'
    yield Bad("merged title", "名册.xlsx", workbook(title, behind=merged), ("列",))
    yield Bad("truncated", "名册.xlsx", workbook(filled)[:-40], save)
    yield Bad("half of it", "名册.xlsx", workbook(filled)[:300], save)
    yield Bad("word document", "名册.xlsx", _zipped({"word/document.xml": b"<w/>"}), ("不是 Excel 工作簿",))
    yield Bad("only a list of parts", "名册.xlsx", _zipped({"xl/workbook.xml": b""}), save)
    yield Bad("names out of the archive", "名册.xlsx", _zipped({"../../etc/cron.d/x": b"x"}), save)
    sums = "".join(f'<row r="{n}"><c r="A{n}"><f>A1</f><v>1</v></c></row>' for n in range(2, 400))
    yield Bad("all formulas", "名册.xlsx", workbook(HEAD + sums), ("公式", "选择性粘贴"))


def _zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, data in parts.items():
            packed.writestr(name, data)
    return out.getvalue()


def _odd_texts() -> Iterator[Bad]:
    line = ",".join(HEADINGS)
    yield Bad("nothing", "名册.csv", b"", ("空文件",))
    yield Bad("only a heading", "名册.csv", line.encode(), ("只有列名",))
    yield Bad("NUL", "名册.csv", f"{line}\n1\0,张三".encode(), ("不是文本表格",))
    yield Bad(
        "two encodings", "名册.csv", f"{line}\n1,张三".encode() + b"\n2," + b"\xd5\xc5\xff\xff", ("编码",)
    )
    yield Bad("UTF-16", "名册.csv", f"{line}\n1,张三".encode("utf-16"), ("编码",))
    yield Bad("open quote", "名册.csv", f'{line}\n1,"张三\n'.encode() + b"2,x\n" * 9, ("引号不成对",))
    yield Bad(
        "quote over everything", "名册.csv", f'{line}\n"'.encode() + b"2,x\n" * 200_000, ("引号不成对",)
    )
    yield Bad("1 MB cell", "名册.csv", f"{line}\n1,{'张' * 350_000}".encode(), ("第 2 行过长",))
    yield Bad("100,000 columns", "名册.csv", b"a," * 100_000 + b"\n1", ("第 1 行过长",))
    yield Bad("2,000 columns", "名册.csv", b"a," * 2_000 + b"\n1", ("列的上限",))
    yield Bad("20 MB without a break", "名册.csv", lambda: b"a," * 10_000_000, ("第 1 行过长",))
    yield Bad("20 million empty lines", "名册.csv", lambda: b"\n" * 20_000_000, ("列的上限", "空行"))
    yield Bad("over the limit", "名册.csv", lambda: line.encode() + b"\n1" * 12_300_000, ("24 MB",))
    yield Bad("a page", "名册.csv", b"<html><script>alert(1)</script>\n</html>", ("列",))
    yield Bad("a program", "名册.csv", b"MZ\x90\0" + bytes(500), ("另存为",))
    yield Bad("same heading twice", "名册.csv", f"{line},工号\n1,张三".encode(), ("出现了两次",))
