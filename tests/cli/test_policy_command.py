"""`portal policy check` refuses a changed policy file with a sentence that names the mend."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli.policy import policy_group
from portal.rules.policy import SHIPPED

NOTICE = Path(__file__).parents[1] / "data" / "notice.txt"
TEXT = (SHIPPED / "sdsmu_2025.toml").read_text("utf-8")
CAP_QUOTE = 'quote = "不超过8学时/天"\n'


def check(folder: Path, text: str, *, notice: Path | None = NOTICE) -> Result:
    file = folder / "policy.toml"
    file.write_text(text, "utf-8")
    options = ["--notice", str(notice)] if notice else []
    return CliRunner().invoke(policy_group, ["check", str(file), *options])


def changed(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new, 1)


def test_the_shipped_policy_holds_with_and_without_its_notice(tmp_path: Path) -> None:
    for notice in (NOTICE, None):
        result = check(tmp_path, TEXT, notice=notice)
        assert result.exit_code == 0, result.output
        assert "检查通过" in result.output
    assert "待人事处确认" in result.output


# what is changed, into what, where the fault is told, and the words of the mend
WITHOUT_NOTICE = {
    "a missing quote": (CAP_QUOTE, "", "cap[day].quote", "请补上"),
    "a changed number": ("max = 8", "max = 9", "cap[day].max", "请改回引文中的数"),
    "a changed standard": ("min = 60", "min = 6", "standard[professional].min", "请改回引文中的数"),
    "a changed item": ("each = 10", "each = 1", "category.achievement.each", "请改回引文中的数"),
    "a negative number": ("max = 8", "max = -8", "cap[day].max", "请填写大于 0"),
    "an absurd number": ("max = 8", "max = 80000", "cap[day].max", "请填写大于 0、不超过 1000"),
    "more than a day has": ("max = 8", "max = 25", "cap[day].max", "不超过 24"),
    "no number at all": ("max = 8", "max = nan", "cap[day].max", "应为有限的数字"),
    "a quarter of an hour": ("max = 8", "max = 8.25", "cap[day].max", "请按半学时填写"),
    "a number as text": ("max = 8", 'max = "8"', "cap[day].max", "请去掉引号"),
    "a year as text": ("from_year = 2021", 'from_year = "2021"', "from_year", "请去掉引号"),
    "an impossible date": ("issued = 2025-11-25", "issued = 2025-02-30", "TOML", "日历上有的日期"),
    "an impossible date as text": (
        "issued = 2025-11-25",
        'issued = "2025-02-30"',
        "source.issued",
        "日历上有的日期",
    ),
    "a duplicate key": ("max = 8", "max = 8\nmax = 8", "TOML", "请删去其中一个"),
    "a misspelt key": ("max = 8", "max = 8\nqoute = 1", "cap[day].qoute", "是否应为“quote”"),
    "a misspelt key at the top": ("over_cap =", "over_cpa =", "over_cpa", "是否应为“over_cap”"),
    "a category missing in its cap": (
        'categories = ["achievement", "publication"]',
        'categories = ["achievement"]',
        "category.publication.caps",
        "cap[output_year].categories 中补上“publication”",
    ),
    "a cap its category does not name": (
        'caps = ["self_study_year"]',
        "caps = []",
        "cap[self_study_year].categories",
        "[category.self_study] 的 caps 中写上“self_study_year”",
    ),
    "an unknown category in a cap": (
        'categories = ["self_study"]',
        'categories = ["self_study", "reading"]',
        "cap[self_study_year].categories",
        "没有类别“reading”",
    ),
    "crossing caps": (
        'categories = ["self_study"]',
        'categories = ["self_study", "publication"]',
        "cap[output_year].categories",
        "互不相交",
    ),
    "an evidence list for an unknown kind": (
        '"进修" = { all_of',
        '"进学" = { all_of',
        "category.training.evidence.进学",
        "kinds 中的类型",
    ),
    "a number its measure does not use": (
        'measure = "per_item"',
        'measure = "hours"',
        "category.achievement.each",
        "改正 measure",
    ),
    "proofs without a kind to claim": (
        'kinds = ["自学考试", "在职学历教育"]\n',
        "",
        "category.self_study.kinds",
        "请写上类型",
    ),
    "an unknown proof": ('"dispatch", ', '"dispach", ', "all_of", "请改为其中之一"),
    "the same cap twice": ('id = "output_year"', 'id = "day"', "cap[day].id", "请删去其中一个"),
    "a subject without a standard": (
        'subjects = ["professional"]',
        'subjects = ["moral"]',
        "category.self_study.subjects",
        "[[standard]]",
    ),
    "years that end before they begin": (
        "from_year = 2021",
        "from_year = 2021\nto_year = 2020",
        "to_year",
        "不早于 from_year",
    ),
    "another grain": ("step = 0.5", "step = 0.25", "units", "只能为 0.5"),
}


@pytest.mark.parametrize("name", WITHOUT_NOTICE)
def test_a_fault_is_told_with_its_mend(tmp_path: Path, name: str) -> None:
    old, new, where, mend = WITHOUT_NOTICE[name]
    result = check(tmp_path, changed(old, new), notice=None)
    assert result.exit_code == 1, result.output
    told = [line for line in result.output.splitlines() if line.startswith("policy.toml：")]
    assert any(where in line and mend in line for line in told), result.output


# these need the notice: the file agrees with itself
WITH_NOTICE = {
    "a number and its quote changed together": (
        'max = 8\ncategories = ["training"]\nquote = "不超过8学时/天"',
        'max = 9\ncategories = ["training"]\nquote = "不超过9学时/天"',
        "通知中没有“不超过9学时/天”",
    ),
    "a quote reworded": (
        'quote = "不超过8学时/天"',
        'quote = "每天不超过8学时"',
        "通知中没有“每天不超过8学时”",
    ),
    "a wrong hash": ('sha256 = "385528', 'sha256 = "485528', "SHA-256"),
    "a clause nobody quotes": (
        'quote = "学时达标后自动生成电子证书"',
        'quote = "后果自负"',
        "“学时达标后自动生成电子证书”没有被引用",
    ),
    "a condition left out": (
        'quote = "没有证明材料或材料不完备的一律退回"',
        'quote = "没有证明材料"',
        "一律退回”没有被引用",
    ),
}


@pytest.mark.parametrize("name", WITH_NOTICE)
def test_a_departure_from_the_notice_is_told(tmp_path: Path, name: str) -> None:
    old, new, words = WITH_NOTICE[name]
    assert check(tmp_path, changed(old, new), notice=None).exit_code == 0
    result = check(tmp_path, changed(old, new))
    assert result.exit_code == 1
    assert words in result.output


def test_another_notice_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "notice.txt"
    other.write_text(NOTICE.read_text("utf-8").replace("不超过8学时", "不超过6学时"), "utf-8")
    result = check(tmp_path, TEXT, notice=other)
    assert result.exit_code == 1
    assert "SHA-256" in result.output
    assert "“不超过6学时/天”没有被引用" in result.output


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    text = changed("max = 8", 'max = "8"').replace("min = 60", "min = 61").replace(CAP_QUOTE, "")
    text = text.replace('"进修" = { all_of', '"进学" = { all_of').replace("over_cap =", "over_cpa =")
    result = check(tmp_path, text)
    for where in (
        "cap[day].max",
        "standard[professional].min",
        "cap[day].quote",
        "evidence.进学",
        "over_cpa",
    ):
        assert where in result.output


@pytest.mark.parametrize(("from_year", "words"), [(2021, "重叠"), (2026, "2025 年没有规则")])
def test_years_that_overlap_or_are_left_out_are_told(tmp_path: Path, from_year: int, words: str) -> None:
    (tmp_path / "earlier.toml").write_text(changed("from_year = 2021", "from_year = 2021\nto_year = 2024"))
    later = TEXT.replace('id = "sdsmu-2025"', 'id = "later"').replace(
        "from_year = 2021", f"from_year = {from_year}"
    )
    result = check(tmp_path, later)
    assert result.exit_code == 1
    assert words in result.output


def test_a_policy_may_extend_another_with_the_changed_keys_only(tmp_path: Path) -> None:
    (tmp_path / "earlier.toml").write_text(TEXT, "utf-8")
    changes = 'id = "later"\nextends = "sdsmu-2025"\nfrom_year = 2027\n[[cap]]\nid = "day"\nmax = 6\n'
    assert "引文“不超过8学时/天”中没有 6 这个数" in check(tmp_path, changes).output
    assert check(tmp_path, changes + 'quote = "不超过6学时/天"\n', notice=None).exit_code == 0
    assert "找不到规则" in check(tmp_path, changes.replace("sdsmu-2025", "nowhere")).output


def test_a_file_that_is_not_there_is_a_plain_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(policy_group, ["check", str(tmp_path / "none.toml")])
    assert result.exit_code == 1
    assert "不能读取" in result.output


def test_show_tells_the_rules_of_a_year_with_their_quotes() -> None:
    result = CliRunner().invoke(policy_group, ["show", "--year", "2025"])
    assert "专业科目：每年不少于 60 学时  “年度累计应不少于60学时”" in result.output
    assert "培训进修：每天不超过 8 学时  “不超过8学时/天”" in result.output
    missing = CliRunner().invoke(policy_group, ["show", "--year", "2020"])
    assert missing.exit_code == 1
    assert "2020 年没有适用" in missing.output
