"""HR's pages for course records: upload, look, agree, watch, download, take back."""

from io import BytesIO

import pytest
from sqlalchemy import func, select

from portal import jobs, spreadsheets
from portal.extensions import db
from portal.models import CourseRecord

LIST = """流水号,工号,姓名,平台,课程名称,科目类型,学时,完成时间
K1,20120001,陈晓,蟹壳云学,药物警戒,公需科目,7.5,2025年6月1日
K2,20120001,=cmd,蟹壳云学,药物警戒,专业科目,四,2025-06-01
"""
PLACE = "/hr/imports/courses"


@pytest.fixture
def hr(sign_in):
    return sign_in("周敏")


def upload(client, text=LIST, name="课程.csv", encoding="gb18030", **fields):
    data = {"file": (BytesIO(text if isinstance(text, bytes) else text.encode(encoding)), name), **fields}
    return client.post(PLACE, data=data, content_type="multipart/form-data")


def count(app):
    with app.app_context():
        return db.session.scalar(select(func.count(CourseRecord.id)))


def test_a_list_is_looked_at_agreed_to_written_and_taken_back(app, hr, sign_in):
    batch = upload(hr).headers["Location"]
    page = hr.get(batch, status=200)
    assert "课程导入预览" in page.words
    assert "新增 1 行" in page.words
    assert "“完成时间”" not in page.words
    assert count(app) == 0
    hr.post(f"{batch}/commit", status=303)
    assert "正在写入" in hr.get(batch, status=200).words
    moving = hr.get(f"{batch}/progress", htmx=True, status=200)
    assert "已完成 0 行，共 1 行" in moving.words
    jobs.run_all(app)
    assert hr.get(f"{batch}/progress", htmx=True).headers["HX-Redirect"] == batch
    assert "新增 1 行" in hr.get(batch, status=200).words
    assert "7.5" in sign_in("陈晓").get("/standing", status=200).words
    hr.post(f"{batch}/undo", status=303)
    assert "正在撤销" in hr.get(batch, status=200).words
    jobs.run_all(app)
    assert "撤销 1 行，保留 0 行" in hr.get(batch, status=200).words
    assert count(app) == 0
    assert "已撤销" in hr.get(PLACE, status=200).words


def test_the_rows_left_out_come_as_a_file_no_spreadsheet_takes_for_formulas(hr):
    batch = upload(hr).headers["Location"]
    told = hr.get(f"{batch}/faults.csv", strict=False)
    text = told.data.decode("utf-8-sig")
    assert text.splitlines()[0] == "行,记录编号,工号,姓名,学习平台,课程名称,原因"
    assert "3,K2,20120001,'=cmd,蟹壳云学,药物警戒,“姓名”是公式" in text


def test_only_ticked_changes_are_written(app, hr):
    hr.post(f"{upload(hr).headers['Location']}/commit", status=303)
    jobs.run_all(app)
    other = LIST.replace("7.5", "8").replace("K1", "K1", 1)
    batch = upload(hr, other).headers["Location"]
    page = hr.get(batch, status=200)
    assert "学时：7.5 → 8" in page.words
    hr.post(f"{batch}/commit", data={"apply": "2"}, status=303)
    jobs.run_all(app)
    assert "已更新" in hr.get(batch, status=200).words
    with app.app_context():
        assert db.session.scalars(select(CourseRecord.quarters)).all() == [32]


def test_the_importers_own_rows_are_shown_to_a_colleague_who_confirms(app, hr, sign_in):
    own = LIST.replace("20120001,=cmd", "20050008,周敏").replace("四", "6")
    colleague = sign_in("孙悦")
    assert "课程导入" not in colleague.get("/hr/", status=200).one("//main").text_content()
    batch = upload(hr, own).headers["Location"]
    assert "其中 1 行是您本人的学时" in hr.get(batch, status=200).words
    hr.post(f"{batch}/commit", status=303)
    jobs.run_all(app)
    assert count(app) == 1
    mine, hers = hr.get(batch, status=200), colleague.get(batch, status=200)
    assert "须由人事处另一位同事确认" in mine.words
    assert not mine.all("//section[@id='held']//button")
    assert "药物警戒 蟹壳云学 专业科目 6 2025-06-01 新增" in hers.words
    assert "1 次课程导入含有导入人本人的学时" in colleague.get("/hr/", status=200).words
    assert "导入人本人 1 行待确认" in colleague.get(PLACE, status=200).words
    hr.post(f"{batch}/held", data={"action": "confirm"}, status=403)
    colleague.post(f"{batch}/held", data={"action": "agree"}, status=422)
    colleague.post(f"{batch}/held", data={"action": "confirm"}, status=303)
    assert count(app) == 2
    assert "孙悦于 2025-12-01 08:00 确认导入人本人的 1 行" in hr.get(batch, status=200).words
    assert "另一位同事撤销" in hr.get(batch, status=200).words
    hr.post(f"{batch}/undo", status=403)
    assert "确认导入人本人的课程学时" in hr.get("/hr/audit", status=200).words
    assert "课程导入含有" not in colleague.get("/hr/", status=200).words


def test_a_list_without_anything_to_write_is_not_offered(app, hr):
    faulty = upload(hr, LIST.replace("7.5", "0")).headers["Location"]
    page = hr.get(faulty, status=200)
    assert "没有可以导入的行" in page.words
    assert not page.all("//button[.='导入']")
    hr.post(f"{faulty}/commit", status=409)
    hr.post(f"{upload(hr).headers['Location']}/commit", status=303)
    jobs.run_all(app)
    again = hr.get(upload(hr).headers["Location"], status=200)
    assert "都已导入过" in again.words
    assert not again.all("//button[.='导入']")


def test_another_year_than_the_chosen_is_told(hr):
    batch = upload(hr, year="2024").headers["Location"]
    assert "完成日期 2025-06-01 不在 2024 年度" in hr.get(batch, status=200).words


@pytest.mark.parametrize(
    ("text", "name", "why"),
    [
        (b"", "空.csv", "空文件"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "旧.xlsx", "旧版 Excel"),
        (
            "工号,姓名\n1,甲\n".encode(),
            "少列.csv",
            "缺少列：记录编号、学习平台、课程名称",
        ),
        (b"PK\x03\x04" + bytes(100), "坏.xlsx", "已损坏或不完整"),
    ],
)
def test_what_is_no_list_is_refused_in_a_sentence(hr, text, name, why):
    answer = upload(hr, text, name)
    assert answer.status_code == 422
    assert why in answer.words


def test_the_template_is_a_workbook_the_import_reads(hr, tmp_path):
    answer = hr.get(f"{PLACE}/template.xlsx", strict=False)
    file = tmp_path / "template.xlsx"
    file.write_bytes(answer.data)
    with pytest.raises(spreadsheets.RuleBroken, match="只有列名，没有数据"):
        spreadsheets.read(file, "template.xlsx")
