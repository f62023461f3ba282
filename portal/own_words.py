"""Tells what is held on a person in Chinese: field names, words, times in Shanghai, hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from portal.presentation import stamp
from portal.rules.amounts import show_hours
from portal.rules.reconciliation import Cause
from portal.rules.vocabulary import (
    Approval,
    Category,
    Departure,
    Evidence,
    Hat,
    JobState,
    RequestKind,
    Role,
    Status,
    Subject,
    Word,
)

LABELS = {
    "uuid": "记录标识",
    "list_uuid": "所属名单",
    "file_uuid": "证明文件标识",
    "file_name": "证明文件",
    "file_type": "文件类型",
    "file_size": "大小（字节）",
    "file_sha256": "文件摘要",
    "set_at": "设定时间",
    "replaced_at": "被替换时间",
    "files_until": "可申报至",
    "review_until": "可审核至",
    "body": "内容",
    "link": "链接",
    "about": "所涉记录",
    "visible_at": "送达时间",
    "read_at": "阅读时间",
    "mailed_at": "邮件发出时间",
    "key": "提交编号",
    "edition": "版次",
    "claim_uuid": "申报标识",
    "gives": "授予（否则为结束）",
    "state": "状态",
    "proposed_at": "提议时间",
    "entered_at": "登记时间",
    "ended_why": "结束原因",
    "waiting": "审核中（公需、专业）",
    "unpushed": "未推送（公需、专业）",
    "region": "所属地区",
    "here": "本平台计入",
    "there": "省平台所示",
    "cause": "可能原因",
    "certain": "原因已确定",
    "claims": "相关申报",
    "found_at": "发现时间",
    "settled_at": "处理时间",
    "problem": "未完成原因",
    "owner_hat": "身份",
    "owner_unit": "用人单位",
    "done": "已完成",
    "total": "总数",
    "started_at": "开始时间",
    "finished_at": "完成时间",
    "username": "工号",
    "name": "姓名",
    "unit": "用人单位",
    "from_unit": "原单位",
    "department": "工作部门",
    "title_series": "职称系列",
    "title": "名称",
    "phone": "联系电话",
    "email": "邮箱",
    "disabled_at": "停用时间",
    "departure": "离退情况",
    "created_at": "建立时间",
    "updated_at": "更新时间",
    "role": "角色",
    "desk_phone": "座机号",
    "valid_from": "开始日期",
    "valid_until": "结束日期",
    "first_day": "第一天",
    "last_day": "最后一天",
    "note": "说明",
    "ended_at": "结束时间",
    "category": "类别",
    "kind": "种类",
    "subject": "科目",
    "organizer": "主办单位",
    "start_on": "开始日期",
    "end_on": "结束日期",
    "quarters": "学时",
    "study_year": "自学年度",
    "work_on": "成果日期",
    "split": "跨年度学时",
    "year_from": "起始年度",
    "year_to": "截止年度",
    "author_name": "署名",
    "rank": "位次",
    "level": "等级",
    "owner": "产权单位",
    "approval": "审批情况",
    "approval_document": "审批文号",
    "marked": "已标记本人姓名",
    "truthful": "已承诺真实有效",
    "keep_zero": "计入为零仍提交",
    "status": "状态",
    "version": "版本",
    "submitted_at": "提交时间",
    "decided_at": "审核时间",
    "decision_reason": "审核意见",
    "approved_quarters": "核定学时",
    "approved_subject": "核定科目",
    "approval_number": "审核序号",
    "credited": "计入学时",
    "policy_sha256": "依据的政策文件摘要",
    "revoked_at": "撤销时间",
    "revoked_reason": "撤销原因",
    "revoked_kind": "撤销类别",
    "fell_with": "随之失效的申报",
    "media_type": "文件类型",
    "size": "大小（字节）",
    "pages": "页数",
    "sha256": "文件摘要",
    "platform": "平台",
    "year": "年度",
    "completed_on": "完成日期",
    "public": "公需科目",
    "professional": "专业科目",
    "categories": "各类别学时",
    "met": "是否达标",
    "serial": "流水号",
    "number": "证书编号",
    "code": "验证码",
    "facts": "证书内容（签名原文）",
    "signature": "签名",
    "issued_at": "发放时间",
    "before": "变更前",
    "after": "变更后",
    "reason": "原因",
    "hat": "身份",
    "confirmed_at": "最近确认密码时间",
    "address": "网络地址",
    "agent": "浏览器",
    "tries": "已试次数",
    "expires_at": "失效时间",
    "redeemed_at": "使用时间",
    "seen_at": "本人知悉时间",
    "at": "时间",
    "actor_hat": "身份",
    "action": "操作",
    "object_type": "对象类型",
    "object_uuid": "对象标识",
    "details": "详情",
}
# names that mean something else in one section
_IN_SECTION = {
    ("record", "title"): "职称",
    ("evidence", "name"): "文件名",
    ("evidence", "kind"): "材料种类",
    ("requests", "kind"): "申请种类",
    ("codes", "ended_at"): "作废时间",
    ("provincial_figures", "public"): "公需科目",
    ("provincial_figures", "professional"): "专业科目",
    ("provincial_differences", "note"): "处理说明",
}
_WORDS: dict[str, type[Word]] = {
    "departure": Departure,
    "role": Role,
    "category": Category,
    "subject": Subject,
    "approved_subject": Subject,
    "approval": Approval,
    "status": Status,
    "hat": Hat,
    "actor_hat": Hat,
    "owner_hat": Hat,
    "cause": Cause,
}
_KINDS: dict[str, type[Word]] = {"evidence": Evidence, "requests": RequestKind}
_STATES = {
    **{one.value: one.label for one in JobState},
    **{"pending": "待确认", "confirmed": "已确认", "refused": "未同意", "withdrawn": "已撤回"},
    **{"open": "待处理", "settled": "已处理", "agreed": "已一致"},
    **{"unmarked": "取消登记", "corrected": "已在省平台更正"},
}
_HOURS = frozenset({"quarters", "approved_quarters", "public", "professional", "here"})
# the provincial platform's own unit: hundredths of an hour
_HUNDREDTHS = frozenset(
    {
        *(("provincial_figures", name) for name in ("public", "professional", "waiting", "unpushed")),
        ("provincial_differences", "there"),
    }
)
_HOURS_BY = frozenset({"split", "credited", "categories"})
_OBJECTS = {
    "claim": "申报",
    "person": "人员",
    "unit": "单位",
    "session": "登录",
    "certificate": "证书",
    "absence": "请假",
    "request": "申请",
    "grant": "任职",
    "token": "接口令牌",
}

Line = tuple[str, str]


def told(
    held: Mapping[str, Sequence[Mapping[str, Any]]], deeds: Mapping[str, str]
) -> dict[str, list[list[Line]]]:
    """Section -> records -> (label, text) for every value that is not empty; `deeds` names the actions."""
    return {
        section: [
            [
                (label(section, name), _text(section, name, value, deeds))
                for name, value in row.items()
                if value not in (None, "", {}, [])
            ]
            for row in rows
        ]
        for section, rows in held.items()
    }


def label(section: str, name: str) -> str:
    """The Chinese name of one field of a section of own data."""
    return _IN_SECTION.get((section, name)) or LABELS[name]


def _text(section: str, name: str, value: Any, deeds: Mapping[str, str]) -> str:
    if isinstance(value, Mapping):
        return "；".join(_pair(name, key, one) for key, one in value.items())
    if isinstance(value, bool):
        return "是" if value else "否"
    if (section, name) in _HUNDREDTHS:
        return "、".join(f"{one / 100:g} 学时" for one in (value if isinstance(value, list) else [value]))
    if isinstance(value, list):
        return "、".join(map(str, value))
    if name in ("state", "ended_why"):
        return _STATES.get(value, str(value))
    if name in _HOURS:
        return f"{show_hours(value)} 学时"
    if name == "at" or name.endswith("_at"):
        return stamp(datetime.fromisoformat(value))
    if name == "action":
        return deeds.get(value, str(value))
    if name == "object_type":
        return _OBJECTS.get(value, str(value))
    words = _KINDS.get(section) if name == "kind" else _WORDS.get(name)
    return _word(words, value) if words else str(value)


def _pair(name: str, key: str, value: Any) -> str:
    if name in _HOURS_BY:
        what = _word(Category, key) if name == "categories" else f"{key} 年"
        return f"{what} {show_hours(value)} 学时"
    shown = "、".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"{LABELS.get(key, key)}：{shown if value not in (None, '') else '空'}"


def _word(words: type[Word], value: Any) -> str:
    """The label; a value from before the word list changed is shown as it is."""
    return words(value).label if value in {one.value for one in words} else str(value)
