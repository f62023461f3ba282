"""The demo accounts: who can sign in, and with what."""

from __future__ import annotations

from dataclasses import dataclass

from portal.demo.units import BY_NAME, DemoUnit
from portal.rules.vocabulary import Role

PASSWORD = "portal-demo"  # noqa: S105  (printed at every start; demo instances only)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody one can sign in as."""

    username: str
    name: str
    unit: DemoUnit
    about: str
    title: str
    role: Role | None = None


_NURSING, _HR = BY_NAME["护理学院"], BY_NAME["人事处"]

ACCOUNTS = (
    Account(
        "staff", "陈晓", _NURSING, "护理学院教师：试填一项 7 月 2 日至 4 日的培训，看学时如何被限", "讲师"
    ),
    Account("staff2", "刘洋", _NURSING, "护理学院教师：两个科目均已达标，可以打印证书", "副教授"),
    Account("admin", "李静", _NURSING, "护理学院平台管理员：有申报待审核", "副教授", Role.UNIT_ADMIN),
    Account("admin2", "王芳", _NURSING, "护理学院另一位平台管理员", "讲师", Role.UNIT_ADMIN),
    Account("other-admin", "赵磊", BY_NAME["基础医学院"], "基础医学院平台管理员", "教授", Role.UNIT_ADMIN),
    Account("hr", "周敏", _HR, "人事处", "副研究员", Role.HR),
    Account("hr2", "孙悦", _HR, "人事处另一位工作人员", "助理研究员", Role.HR),
    Account("auditor", "吴慎之", BY_NAME["审计处"], "审计员：只读操作日志", "审计师", Role.AUDITOR),
)
