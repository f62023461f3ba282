"""`portal import staff`: a dry run writes nothing, bad rows are told by number, good ones go in."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli import main

SAMPLE = Path(__file__).parents[1] / "data" / "staff.xlsx"


@pytest.fixture
def portal(tmp_path):
    instance = str(tmp_path / "instance")

    def run(*arguments):
        return CliRunner().invoke(main, [*arguments, "--instance", instance])

    assert run("init").exit_code == 0
    return run


def test_the_sample_goes_in_with_600_people(portal):
    tried = portal("import", "staff", str(SAMPLE), "--create-units", "--dry-run")
    assert "试运行，没有写入" in tried.output
    taken = portal("import", "staff", str(SAMPLE), "--create-units")
    assert taken.exit_code == 0, taken.output
    assert "共 600 行：新增 600" in taken.output
    assert "无变化 600" in portal("import", "staff", str(SAMPLE)).output


def test_bad_rows_are_told_and_the_answer_is_2(portal, tmp_path):
    file = tmp_path / "名册.csv"
    file.write_text("工号,姓名,单位,工作部门\n00000050,张三,护理学院,办公室\n7,,护理学院,办公室", "gb18030")
    held = portal("import", "staff", str(file))
    assert held.exit_code == 2
    assert "第 2 行 00000050：单位“护理学院”尚不存在" in held.output
    assert "第 3 行 7：姓名为空" in held.output
    taken = portal("import", "staff", str(file), "--create-units")
    assert taken.exit_code == 2
    assert "新增 1，有问题 1" in taken.output


def test_what_is_no_roster_is_refused_in_a_sentence(portal, tmp_path):
    file = tmp_path / "old.xlsx"
    file.write_bytes(b"\xd0\xcf\x11\xe0" + b"\x00" * 100)
    refused = portal("import", "staff", str(file))
    assert refused.exit_code == 1
    assert "旧版 Excel" in refused.output


def test_courses_go_in_once_and_a_dry_run_writes_nothing(portal, tmp_path):
    roster = tmp_path / "名册.csv"
    roster.write_text("工号,姓名,单位,工作部门\n00000050,张三,护理学院,办公室", "utf-8")
    portal("import", "staff", str(roster), "--create-units")
    file = tmp_path / "课程.csv"
    head = "记录编号,工号,姓名,学习平台,课程名称,科目类型,学时,完成日期"
    file.write_text(f"{head}\nK1,00000050,张三,蟹壳云学,药物警戒,公需,2,2025年6月1日", "gb18030")
    tried = portal("import", "courses", str(file), "--dry-run")
    assert "试运行，没有写入" in tried.output
    taken = portal("import", "courses", str(file))
    assert taken.exit_code == 0, taken.output
    assert "共 1 行：新增 1" in taken.output
    file.write_text(f"{head}\nK1,00000050,张三,蟹壳云学,药物警戒,公需,3,2025-06-01", "utf-8")
    told = portal("import", "courses", str(file))
    assert told.exit_code == 2
    assert "与已有记录不同 1" in told.output
    assert "更新 1" in portal("import", "courses", str(file), "--apply-changes").output
