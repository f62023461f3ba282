"""The numbers beside the menu: what waits for this actor, never their own."""


def count(page, label):
    entry = f"//nav[@class='menu']//a[starts-with(normalize-space(), '{label}')]"
    found = page.all(f"{entry}//span[@class='dot']")
    return int(found[0].text_content()) if found else 0


def test_the_menu_says_how_many_claims_wait(filing, sign_in):
    filing.claim("陈晓", "training")
    filing.claim("刘洋", "publication")
    filing.claim("李静", "publication")
    filing.claim("何平", "training")
    filing.claim("欧阳䶮", "training")
    assert count(sign_in("李静").get("/admin/standing", status=200), "学时审核") == 2
    assert count(sign_in("王芳").get("/admin/standing", status=200), "学时审核") == 3
    assert count(sign_in("赵磊").get("/admin/standing", status=200), "学时审核") == 1
    assert count(sign_in("周敏").get("/hr/", status=200), "学时审核") == 1  # only what no unit can decide
    assert not sign_in("陈晓").get("/standing", status=200).all("//span[@class='dot']")
