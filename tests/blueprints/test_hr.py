"""HR's overview, log and policy page."""


def test_the_overview_counts_met_and_waiting(filing, sign_in):
    filing.met("陈晓")
    filing.claim("刘洋", "training", "pending")
    page = sign_in("周敏").get("/hr/", status=200)
    row = page.one("//tr[th/a[text()='护理学院']]")
    cells = [cell.text_content().strip() for cell in row.iter("td")]
    assert cells[:2] == ["4", "1"]
    assert cells[5] == "1"
    assert "1 项申报待审核" in page.words


def test_another_year_is_a_click_away(filing, sign_in):
    filing.met("陈晓", 2024)
    hr = sign_in("周敏")
    assert "10 人中 1 人" in hr.get("/hr/?year=2024", status=200).words
    assert "10 人中 0 人" in hr.get("/hr/?year=2025", status=200).words
    assert "2025 年度总览" in hr.get("/hr/?year=nonsense", status=200).words


def test_the_log_shows_who_did_what(filing, sign_in):
    filing.claim("陈晓", "training", "returned", reason="学时证明缺少公章")
    for reader in ("周敏", "吴审"):
        page = sign_in(reader).get("/hr/audit", status=200)
        assert "退回申报" in page.words
        assert "学时证明缺少公章" in page.words


def test_the_log_is_searched_and_paged(filing, sign_in):
    for number in range(30):
        filing.claim("陈晓", "training", "approved", title=f"研修{number}")
    auditor = sign_in("吴审")
    first = auditor.get("/hr/audit", status=200)
    assert len(first.all("//tbody/tr")) == 50
    following = first.one("//a[@rel='next']").get("href")
    second = auditor.get(following, status=200)
    assert 0 < len(second.all("//tbody/tr")) < 50
    assert not set(first.all("//tbody/tr/td[1]/text()")) & set(second.all("//tbody/tr/td[1]/text()"))
    assert "没有符合条件的记录" in auditor.get("/hr/audit?q=查无此人", status=200).words


def test_no_search_or_page_mark_breaks_a_list(filing, sign_in):
    filing.claim("陈晓", "training", "approved")
    hr = sign_in("周敏")
    for path in ("/hr/audit", "/hr/certificates"):
        for given in ("before=2147483648", "before=9223372036854775808", "before=-1"):
            hr.get(f"{path}?{given}", status=200)
    for given in ("q=%00", "q=a%00b"):
        hr.get(f"/hr/certificates?{given}", status=200)
        assert "操作日志" in hr.get(f"/hr/audit?{given}", status=422).words


def test_the_policy_page_shows_each_number_beside_its_words(sign_in):
    page = sign_in("周敏").get("/hr/policy", status=200)
    for words, number in [
        ("年度累计应不少于30学时", "30"),
        ("年度累计应不少于60学时", "60"),
        ("不超过8学时/天", "8"),
        ("每年累计不超过40学时", "40"),
        ("折算学时每年累计不超过30学时", "30"),
        ("每项（篇、本）计10学时", "10"),
    ]:
        rows = page.all(
            f"//tr[td[1][contains(., '{words}') and .//mark='{number}']]/td[2][.//mark='{number}']"
        )
        assert rows, words
    assert "待人事处确认" in page.words


def test_certificates_are_found_by_number_name_and_pinyin(filing, sign_in):
    filing.met("陈晓")
    sign_in("陈晓").post("/certificates/2025", status=303)
    hr = sign_in("周敏")
    for search in ("2025-HLXY-000001", "陈晓", "chenxiao", "20120001"):
        assert len(hr.get("/hr/certificates", query_string={"q": search}, status=200).all("//tbody/tr")) == 1
    assert "没有找到" in hr.get("/hr/certificates?q=查无", status=200).words
