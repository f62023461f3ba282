"""A long list is looked at in the background: its officer watches, comes back, and nothing is half seen."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from killed_worker import work
from sqlalchemy import func, select

from portal import jobs
from portal.extensions import db
from portal.models import CourseRecord, ImportRow, Job
from portal.services import course_jobs, course_previews

PLACE = "/hr/imports/courses"
HEADING = "记录编号,工号,姓名,学习平台,课程名称,科目类型,学时,完成日期\n"


def rows(count: int) -> str:
    """Every third one tells a day there is none of."""
    days = ("10", "10", "31")
    return HEADING + "".join(
        f"L{number},20120001,陈晓,蟹壳云学,药物警戒 {number},公需科目,1,2025-06-{days[number % 3]}\n"
        for number in range(count)
    )


@pytest.fixture
def hr(sign_in: Any) -> Any:
    return sign_in("周敏")


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists count as long from four rows on, and are looked at two rows at a time."""
    monkeypatch.setattr(course_jobs, "AT_ONCE", 3)
    monkeypatch.setattr(course_previews, "_LOOKED_AT_ONCE", 2)


def upload(client: Any, text: str, status: int = 303) -> Any:
    data = {"file": (BytesIO(text.encode()), "课程.csv")}
    return client.post(PLACE, data=data, content_type="multipart/form-data", status=status)


def count(app: Flask, what: Any) -> int:
    with app.app_context():
        found = db.session.scalar(select(func.count()).select_from(what))
        db.session.remove()
        return int(found or 0)


def kept_lists(settings: Any) -> list[str]:
    return [file.name for file in (settings.instance / course_jobs.FOLDER).glob("*")]


def test_a_long_list_is_read_in_the_background_and_then_agreed_to(app, settings, hr, sign_in, short):
    batch = upload(hr, rows(9)).headers["Location"]
    page = hr.get(batch, status=200)
    assert "正在读取" in page.words
    assert "已检查 0 行，共 9 行" in page.words
    assert "撤销这次导入" not in page.words
    assert "进度停止不动" not in page.words
    assert "课程.csv" in hr.get(PLACE, status=200).words
    hr.post(f"{batch}/commit", status=409)
    assert hr.get(f"{batch}/progress", htmx=True, status=200).words.startswith("正在读取")
    assert sign_in("孙悦").get(batch, strict=False).status_code == 404
    jobs.run_all(app)
    assert hr.get(f"{batch}/progress", htmx=True).headers["HX-Redirect"] == batch
    page = hr.get(batch, status=200)
    assert "新增 6 行" in page.words
    assert "有问题 3 行" in page.words
    assert "待确认" in hr.get(PLACE, status=200).words
    assert count(app, CourseRecord) == 0
    hr.post(f"{batch}/commit", status=303)
    jobs.run_all(app)
    assert count(app, CourseRecord) == 6
    assert kept_lists(settings) == []


def test_a_short_list_is_read_at_once(hr, short):
    page = hr.get(upload(hr, rows(3)).headers["Location"], status=200)
    assert "新增 2 行" in page.words


def test_a_long_list_of_another_kind_is_refused_before_anything_is_kept(app, settings, hr, short):
    answer = upload(hr, rows(9).replace("学时,", "分数,", 1), status=422)
    assert "缺少列：学时" in answer.words
    assert kept_lists(settings) == []
    assert jobs.run_all(app) == 0


def test_another_upload_takes_its_place_while_it_waits(app, settings, hr, short):
    first = upload(hr, rows(9)).headers["Location"]
    second = upload(hr, rows(5)).headers["Location"]
    jobs.run_all(app)
    assert hr.get(first, strict=False).status_code == 404
    assert "新增 4 行" in hr.get(second, status=200).words
    assert count(app, ImportRow) == 1
    assert [name.partition(".")[2] for name in kept_lists(settings)] == ["ndjson"]


def test_one_that_was_stopped_says_so(app, hr, short):
    batch = upload(hr, rows(9)).headers["Location"]
    with app.app_context():
        uuid = db.session.scalar(select(Job.uuid))
        db.session.remove()
    hr.post(f"/jobs/{uuid}/cancel", status=303)
    jobs.run_all(app)
    page = hr.get(batch, status=200)
    assert "这个文件没有读完，请重新上传。" in page.words
    assert "正在读取" not in page.words


def test_a_worker_killed_while_reading_leaves_it_to_the_next(app, settings, hr, monkeypatch):
    monkeypatch.setattr(course_jobs, "AT_ONCE", 3)
    batch = upload(hr, rows(4001)).headers["Location"]
    work(settings, "portal.services.course_previews:_keep", killed_at=2)
    assert count(app, ImportRow) > 0
    assert "正在读取" in hr.get(batch, status=200).words
    work(settings, "portal.services.course_previews:_keep", killed_at=0)
    page = hr.get(batch, status=200)
    assert "新增 2668 行" in page.words
    assert "有问题 1333 行" in page.words
    assert count(app, ImportRow) == 1333
