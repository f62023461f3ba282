"""The invented campus's units, and what their people work on."""

from __future__ import annotations

from dataclasses import dataclass

TEACHING, CLINICAL, OFFICE = "teaching", "clinical", "office"


@dataclass(frozen=True, slots=True)
class DemoUnit:
    """A unit; `field` is the subject its people write and train in."""

    id: int
    code: str
    name: str
    field: str
    kind: str


_UNITS = (
    ("HLXY", "护理学院", "护理学", TEACHING),
    ("JCYXY", "基础医学院", "基础医学", TEACHING),
    ("LCYXY", "临床医学院", "临床医学", CLINICAL),
    ("GWXY", "公共卫生学院", "公共卫生", TEACHING),
    ("YXY", "药学院", "药学", TEACHING),
    ("KQYXY", "口腔医学院", "口腔医学", CLINICAL),
    ("YXYX", "医学影像学院", "医学影像", CLINICAL),
    ("YXJY", "医学检验学院", "医学检验", TEACHING),
    ("MZXY", "麻醉学院", "麻醉学", CLINICAL),
    ("KFXY", "康复医学院", "康复医学", CLINICAL),
    ("XLXY", "心理学院", "心理健康教育", TEACHING),
    ("SMKX", "生命科学与技术学院", "生命科学", TEACHING),
    ("GLXY", "管理学院", "卫生事业管理", TEACHING),
    ("WGY", "外国语学院", "医学英语", TEACHING),
    ("MKS", "马克思主义学院", "思想政治理论", TEACHING),
    ("JXJY", "继续教育学院", "成人教育", OFFICE),
    ("RSC", "人事处", "高校人事管理", OFFICE),
    ("JWC", "教务处", "教学管理", OFFICE),
    ("KYC", "科研处", "科研管理", OFFICE),
    ("YJSC", "研究生处", "研究生教育", OFFICE),
    ("XSC", "学生工作处", "学生工作", OFFICE),
    ("CWC", "财务处", "高校财务", OFFICE),
    ("SJC", "审计处", "内部审计", OFFICE),
    ("GJC", "国际交流处", "国际教育", OFFICE),
    ("TSG", "图书馆", "医学信息服务", OFFICE),
    ("WLZX", "网络信息中心", "教育信息化", OFFICE),
    ("SYDW", "实验动物中心", "实验动物学", TEACHING),
    ("XBBJ", "学报编辑部", "学术出版", OFFICE),
    ("XYY", "校医院", "社区医学", CLINICAL),
    ("TYB", "公共体育教学部", "体育教学", TEACHING),
)

UNITS = tuple(DemoUnit(number, *row) for number, row in enumerate(_UNITS, start=1))
BY_NAME = {unit.name: unit for unit in UNITS}

NURSING = BY_NAME["护理学院"]
WITHOUT_ADMIN = BY_NAME["学报编辑部"]  # its claims go to HR
WITH_ONE_ADMIN = BY_NAME["公共体育教学部"]  # whose own claim goes to HR
