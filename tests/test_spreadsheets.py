"""Lists from .xlsx and .csv: read as a person reads them, or refused with what to do."""

import zipfile
from pathlib import Path

import pytest

from portal import spreadsheets
from portal.rules.refusals import RuleBroken

SHARED = Path(__file__).parent / "data" / "staff.xlsx"
NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def workbook(path, *sheets, extra=()):
    """A minimal .xlsx; each sheet is the XML of its rows."""
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    listed = "".join(f'<sheet name="表{n}" sheetId="{n}" r:id="rId{n}"/>' for n in range(1, len(sheets) + 1))
    targets = "".join(
        f'<Relationship Id="rId{n}" Type="{links}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{links}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {NS} xmlns:r="{links}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{package}/relationships">{targets}</Relationships>'
        ),
    }
    for number, rows in enumerate(sheets, 1):
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f"<worksheet {NS}><sheetData>{rows}</sheetData></worksheet>"
        )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in [*parts.items(), *extra]:
            packed.writestr(name, text)
    return path


def text(cell, value):
    return f'<c r="{cell}" t="inlineStr"><is><t>{value}</t></is></c>'


def row(number, *cells):
    return f'<row r="{number}">{"".join(cells)}</row>'


HEAD = row(1, text("A1", "工号"), text("B1", "姓名"))


def refused(path, name=None):
    with pytest.raises(RuleBroken) as told:
        spreadsheets.read(path, name or path.name)
    return told.value.message


def test_numbers_lose_their_point_and_text_keeps_its_zeros(tmp_path):
    file = workbook(
        tmp_path / "a.xlsx",
        HEAD
        + row(2, '<c r="A2"><v>20060001</v></c>', text("B2", "邱伟志"))
        + row(4, text("A4", "00000050"), text("B4", " 𠮷田 ")),
    )
    sheet = spreadsheets.read(file, "a.xlsx")
    assert sheet.headings == ("工号", "姓名")
    assert [(one.number, one.cells["工号"], one.cells["姓名"]) for one in sheet.rows] == [
        (2, "20060001", "邱伟志"),
        (4, "00000050", "𠮷田"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_a_csv_is_read_in_every_usual_encoding(tmp_path, encoding, separator):
    file = tmp_path / "a.csv"
    lines = ["工号,姓名", "00000050,欧阳䶮", '"=""00000051""",𠮷田', "", "52,买买提·阿不都热合曼"]
    file.write_bytes("\r\n".join(lines).replace(",", separator).encode(encoding))
    sheet = spreadsheets.read(file, "a.csv")
    assert [list(one.cells.values()) for one in sheet.rows] == [
        ["00000050", "欧阳䶮"],
        ["00000051", "𠮷田"],
        ["52", "买买提·阿不都热合曼"],
    ]
    assert [one.number for one in sheet.rows] == [2, 3, 5]


def test_a_formula_is_named_by_its_row_and_column(tmp_path):
    formula = '<c r="B2" t="str"><f>VLOOKUP(A2,X:Y,2)</f><v>张三</v></c>'
    file = workbook(tmp_path / "a.xlsx", HEAD + row(2, '<c r="A2"><v>1</v></c>', formula))
    assert spreadsheets.read(file, "a.xlsx").rows[0].formulas == ("姓名",)
    written = tmp_path / "a.csv"
    written.write_text("工号,姓名\n1,=CONCAT(A1)", "utf-8")
    assert spreadsheets.read(written, "a.csv").rows[0].formulas == ("姓名",)


def test_an_old_workbook_with_a_new_name_is_told_apart(tmp_path):
    file = tmp_path / "名册.xlsx"
    file.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600)
    assert "旧版 Excel（.xls）" in refused(file)
    assert "另存为" in refused(file)


def test_text_called_a_workbook_and_a_plain_archive_are_refused(tmp_path):
    file = tmp_path / "a.xlsx"
    file.write_text("工号,姓名\n1,张三", "utf-8")
    assert "不是 Excel 工作簿" in refused(file)
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("a.txt", "x")
    assert "不是 Excel 工作簿" in refused(file)
    file.write_bytes(b"PK\x03\x04 but nothing more")
    assert "已损坏" in refused(file)


def test_two_filled_sheets_are_refused_by_name_and_an_empty_one_is_passed_over(tmp_path):
    filled = HEAD + row(2, text("A2", "1"), text("B2", "张三"))
    message = refused(workbook(tmp_path / "two.xlsx", filled, filled))
    assert "“表1”、“表2”" in message
    assert len(spreadsheets.read(workbook(tmp_path / "one.xlsx", "", filled), "one.xlsx").rows) == 1


def test_a_million_empty_rows_are_passed_over_or_refused_soon(tmp_path):
    empty = "".join(f'<row r="{number}"/>' for number in range(3, 1_000_003))
    filled = HEAD + row(2, text("A2", "1"), text("B2", "张三"))
    file = workbook(tmp_path / "a.xlsx", filled + empty)
    assert len(spreadsheets.read(file, "a.xlsx").rows) == 1
    last = row(1_048_576, text("A1048576", " x"))
    message = refused(workbook(tmp_path / "b.xlsx", filled + last))
    assert "1048576 行" in message
    assert "空行" in message


def test_a_far_corner_and_a_bomb_are_refused(tmp_path):
    filled = HEAD + row(2, text("A2", "1"), text("B2", "张三"))
    far = workbook(tmp_path / "far.xlsx", filled + row(1_048_576, text("XFD1048576", "x")))
    assert "复制到新的工作簿" in refused(far)
    bomb = workbook(tmp_path / "bomb.xlsx", filled, extra=[("xl/media/a.bin", b"\x00" * 60_000_000)])
    assert "过大" in refused(bomb)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "空文件"),
        (b"\xff\xfe\x00\x00\x81", "编码无法识别"),
        (b"a\x00b,c\n1,2", "不是文本表格"),
        ("工号,姓名".encode(), "只有列名"),
        (b"\n\n , \n", "没有内容"),
        ("工号,工号\n1,2".encode(), "出现了两次"),
        ('工号,姓名\n1,"张三'.encode(), "引号不成对"),
        (f"工号,姓名\n1,{'张' * 501}".encode(), "第 2 行第 2 列"),
        (("a," * 65 + "\n" + "1," * 65).encode(), "列的上限"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(tmp_path, content, sentence):
    file = tmp_path / "a.csv"
    file.write_bytes(content)
    assert sentence in refused(file)


def test_the_whole_staff_list_is_read_without_a_lost_zero():
    sheet = spreadsheets.read(SHARED, "staff.xlsx")
    numbers = [one.cells["工号"] for one in sheet.rows]
    assert len(set(numbers)) == 600
    assert {len(number) for number in numbers} == {8}
    assert sum(number.startswith("0") for number in numbers) == 12
