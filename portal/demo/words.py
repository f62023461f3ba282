"""What the invented people file: titles, organisers, reasons."""

from __future__ import annotations

from random import Random

from portal.demo.units import DemoUnit

_TRAININGS = (
    "{f}教学能力提升研修班",
    "全国{f}学术年会",
    "{f}新进展学习班",
    "{f}课程思政教学设计研修",
    "人工智能赋能{f}专题培训",
    "山东省{f}骨干人才培训",
    "{f}一流课程建设工作坊",
    "{f}青年教师教学竞赛集训",
    "{f}科研方法与论文写作培训",
    "{f}实践教学基地建设交流会",
)
_PAPERS = (
    "基于案例的{f}教学改革与实践",
    "{f}人才培养质量评价体系构建",
    "新医科背景下{f}课程建设路径研究",
    "{f}领域近五年研究热点的可视化分析",
    "混合式教学在{f}课程中的应用效果",
    "{f}从业人员职业认同现状及影响因素",
    "数字化转型中的{f}工作模式探讨",
    "{f}实践教学质量保障机制研究",
)
_BOOKS = ("{f}导论", "{f}案例精选", "实用{f}手册")
_PROJECTS = ("{f}数字化教学资源建设研究", "基于大数据的{f}服务模式研究", "{f}虚拟仿真实验教学研究")
_AWARDS = ("{f}教学成果奖", "{f}优秀教学案例奖")
_PATENTS = ("一种{f}用辅助装置", "一种便携式{f}教学模型")
_STUDIES = ("在职攻读{f}博士学位", "在职攻读{f}硕士学位", "{f}专业自学考试")
_ORGANISERS = (
    "山东省{f}学会",
    "教育部高校教师网络培训中心",
    "山东省教育厅",
    "中国高等教育学会",
    "山东大学",
    "潍坊市卫生健康委员会",
)

COURSES = {
    "public": (
        "习近平新时代中国特色社会主义思想专题",
        "数字经济与人工智能基础",
        "科研诚信与学术规范",
        "山东省公需科目课程",
    ),
    "professional": ("专业技术人员能力建设", "高等教育教学方法", "医学人文与职业素养", "科研项目申报与管理"),
}
PLATFORMS = ("山东开放大学", "蟹壳云学")

RETURNS = (
    "学时证明未加盖主办单位公章，请补充后重新提交。",
    "证明材料不完备，缺少考核证明。",
    "证明材料上未标明位次，请标注后重新提交。",
    "培训起止日期与证明材料不一致，请核对。",
    "材料模糊不清，请重新扫描上传。",
)
LOWER = ("证明材料载明的学时少于申报学时，按证明材料核定。", "含半天报到，按实际授课学时核定。")
REVOKED = "经抽查，主办单位未出具过该证明，材料不实。"


def training(rng: Random, unit: DemoUnit) -> str:
    """A training's title."""
    return rng.choice(_TRAININGS).format(f=unit.field)


def organiser(rng: Random, unit: DemoUnit) -> str:
    """Who held it."""
    return rng.choice(_ORGANISERS).format(f=unit.field)


def work(rng: Random, unit: DemoUnit, kind: str) -> str:
    """The title of an achievement or publication of that kind."""
    pool = {"课题": _PROJECTS, "成果奖": _AWARDS, "专利": _PATENTS, "著作": _BOOKS, "译著": _BOOKS}
    return rng.choice(pool.get(kind, _PAPERS)).format(f=unit.field)


def study(rng: Random, unit: DemoUnit, kind: str) -> str:
    """What is studied beside the work."""
    fits = [title for title in _STUDIES if ("自学考试" in title) == (kind == "自学考试")]
    return rng.choice(fits).format(f=unit.field)
