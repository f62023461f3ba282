"""The situations the demo accounts find themselves in: exactly those the account list promises."""

from __future__ import annotations

from datetime import date, timedelta

from portal.demo.desk import Desk
from portal.demo.drafts import at
from portal.demo.people import Staff
from portal.demo.units import NURSING, WITH_ONE_ADMIN, WITHOUT_ADMIN
from portal.rules.vocabulary import Role, Status, Subject

TODAY = date(2025, 12, 1)
SYNCED = "护理信息化线上课程"


def accounts(desk: Desk) -> None:
    """What the people one can sign in as have filed."""
    _staff(desk, desk.named("staff"))
    _staff2(desk, desk.named("staff2"))
    for username, title in (("admin", "护理管理干部能力提升班"), ("admin2", "护理教育评价研修班")):
        desk.training(desk.named(username), date(2025, 10, 13), 2, at(_ago(6), 10), title=title)
        _earlier(desk, desk.named(username))
    desk.training(desk.named("hr2"), date(2025, 9, 22), 3, at(_ago(5), 15), title="全省高校人事干部培训班")
    other = desk.named("other-admin")
    desk.work(other, "学术论文", date(2025, 9, 10), at(_ago(8), 11))


def _staff(desk: Desk, chen: Staff) -> None:
    desk.approve(
        desk.training(
            chen, date(2025, 7, 1), 3, at(date(2025, 7, 9)), title="护理学实践教学能力提升研修班",
            organizer="山东省护理学会",
        ),
        at(date(2025, 7, 11), 10),
    )  # fmt: skip
    for title, published in (
        ("情景模拟教学在基础护理学课程中的应用", date(2025, 3, 20)),
        ("护理本科生评判性思维能力现状及影响因素", date(2025, 8, 5)),
    ):
        paper = desk.work(chen, "学术论文", published, at(published + timedelta(days=20)), title=title)
        desk.approve(paper, at(published + timedelta(days=23), 16))
    desk.send_back(
        desk.training(
            chen, date(2025, 9, 20), 2, at(date(2025, 9, 28)), title="循证护理实践工作坊", kind="学术交流"
        ),
        at(date(2025, 9, 30), 11),
        "学时证明上的起止日期与填报不一致，请核对后重新提交。",
    )
    desk.work(
        chen, "课题", date(2025, 11, 3), at(_ago(3), 20), title="社区老年慢病护理服务模式研究",
        status=Status.DRAFT, with_evidence=False,
    )  # fmt: skip
    _earlier(desk, chen)


def _staff2(desk: Desk, liu: Staff) -> None:
    desk.approve(
        desk.training(
            liu, date(2025, 5, 12), 5, at(date(2025, 5, 20)), title="重症护理专科进修", kind="进修",
            organizer="北京协和医院",
        ),
        at(date(2025, 5, 22), 9),
    )  # fmt: skip
    paper = desk.work(
        liu, "学术论文", date(2025, 4, 15), at(date(2025, 4, 30)), title="ICU 护士共情疲劳的干预研究"
    )
    desk.approve(paper, at(date(2025, 5, 6), 14))
    _earlier(desk, liu)


def _earlier(desk: Desk, person: Staff) -> None:
    desk.approve(
        desk.training(person, date(2024, 8, 19), 3, at(date(2024, 8, 27))), at(date(2024, 8, 29), 10)
    )


def queue(desk: Desk) -> None:
    """What waits in 护理学院: every way a cap bites, overlaps, look-alike titles; and what waits for HR."""
    people = [
        one
        for one in desk.people
        if one.unit is NURSING and one.role is None and not one.username.startswith("staff")
    ]
    _day_cap(desk, people[0])
    _output_cap(desk, people[1])
    desk.study(people[2], 2025, 60, at(_ago(19), 9))  # of 60 asked, 40 count
    _overlap(desk, people[3])
    _look_alikes(desk, people[4])
    _across_new_year(desk, people[5])
    _duplicates(desk, people[13:17])
    desk.training(
        people[6], date(2025, 10, 20), 10, at(_ago(12), 14), hours=80, title="新生儿专科护理进修", kind="进修"
    )
    desk.training(
        people[7],
        date(2025, 11, 8),
        2,
        at(_ago(9), 8),
        hours=20,
        title="全国护理教育学术年会",
        kind="学术交流",
    )  # 20 h in two days: 16 count
    desk.work(people[8], "专利", date(2025, 6, 24), at(_ago(7), 10), title="一种可调节护理教学模型")
    desk.training(
        people[9], date(2025, 11, 17), 3, at(_ago(4), 15), hours=24, title="师德师风与课程思政专题培训",
        subject=Subject.PUBLIC,
    )  # fmt: skip
    desk.study(people[10], 2025, 36, at(_ago(3), 11), kind="自学考试")
    desk.work(people[11], "著作", date(2025, 9, 1), at(_ago(2), 16), title="老年护理案例精选")
    desk.training(
        people[12],
        date(2025, 11, 20),
        1,
        at(_ago(1), 9),
        hours=7.5,
        title=SYNCED,
        kind="远程教育",
    )
    _for_hr(desk)


def _day_cap(desk: Desk, person: Staff) -> None:
    first = desk.training(person, date(2025, 9, 9), 3, at(date(2025, 9, 15)), title="临床护理师资培训班")
    desk.approve(first, at(date(2025, 9, 17), 10))
    desk.training(
        person, date(2025, 9, 10), 3, at(_ago(25), 9), hours=16, title="护理教学比赛集训", kind="其他"
    )  # two of its three days are taken: 8 of 16 count


def _output_cap(desk: Desk, person: Staff) -> None:
    for month, kind in ((2, "学术论文"), (5, "会议论文"), (8, "成果奖")):
        done = desk.work(person, kind, date(2025, month, 12), at(date(2025, month, 26)))
        desk.approve(done, at(date(2025, month, 28), 9))
    desk.work(person, "学术论文", date(2025, 10, 10), at(_ago(22), 10), keep_zero=True)  # the cap is full


def _overlap(desk: Desk, person: Staff) -> None:
    desk.training(person, date(2025, 8, 4), 3, at(_ago(17), 9), title="急危重症护理培训班")
    desk.training(person, date(2025, 8, 6), 2, at(_ago(17), 10), title="灾害护理应急演练培训")


def _look_alikes(desk: Desk, person: Staff) -> None:
    desk.work(
        person, "学术论文", date(2025, 5, 18), at(_ago(15), 9), title="延续护理对脑卒中患者自我效能的影响"
    )
    desk.work(
        person, "学术论文", date(2025, 6, 2), at(_ago(15), 10), title="延续性护理对脑卒中患者自我效能的影响"
    )


def _duplicates(desk: Desk, people: list[Staff]) -> None:
    """One work of three people, one elsewhere; one file twice; dates drawn out; false material before."""
    first, second, third, fourth = people
    number = "10.3761/j.issn.0254-1769.2025.09.012"
    title = "重症患者早期活动的多中心研究"
    named = {"title": title, "work_id": f"https://doi.org/{number}"}
    paper = desk.work(first, "学术论文", date(2025, 9, 8), at(_ago(21), 9), **named)
    again = {"title": f"《{title}》", "work_id": f"DOI: {number.upper()}"}
    desk.work(second, "学术论文", date(2025, 9, 8), at(_ago(20), 15), **again)
    elsewhere = next(one for one in desk.people if one.unit is not NURSING and one.role is None)
    desk.approve(
        desk.work(elsewhere, "学术论文", date(2025, 9, 8), at(_ago(30), 10), title=title, work_id=number),
        at(_ago(28), 10),
    )
    desk.work(
        first, "会议论文", date(2025, 10, 25), at(_ago(13), 10), title="早期活动对机械通气患者结局的影响",
        proof_of=paper,
    )  # fmt: skip
    desk.training(
        third, date(2025, 8, 11), 12, at(_ago(11), 16), hours=16, title="护理科研方法系列讲座", kind="其他"
    )  # sixteen hours over twelve days
    false = desk.training(fourth, date(2025, 3, 10), 2, at(date(2025, 3, 17)), title="护理质量管理培训班")
    desk.approve(false, at(date(2025, 3, 19), 10))
    desk.revoke(false, at(date(2025, 4, 21), 15))
    desk.training(fourth, date(2025, 10, 30), 2, at(_ago(8), 11), title="护理安全管理专题培训")
    desk.training(
        fourth, date(2025, 10, 31), 2, at(_ago(8), 12), hours=8, title="护理安全案例研讨", kind="学术交流"
    )


def _across_new_year(desk: Desk, person: Staff) -> None:
    desk.training(
        person, date(2024, 12, 28), 8, at(_ago(14), 13), hours=64, title="寒假护理骨干教师集中研修"
    )  # four days in either year


def _for_hr(desk: Desk) -> None:
    alone = next(one for one in desk.people if one.unit is WITH_ONE_ADMIN and one.role is Role.UNIT_ADMIN)
    desk.training(alone, date(2025, 10, 27), 2, at(_ago(10), 10))
    orphans = [one for one in desk.people if one.unit is WITHOUT_ADMIN]
    for number, person in enumerate(orphans[:2]):
        desk.training(person, date(2025, 11, 3 + number), 2, at(_ago(11 - number), 11))


def _ago(days: int) -> date:
    return TODAY - timedelta(days=days)
