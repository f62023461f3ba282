"""The words everything else uses: closed sets of values and their one Chinese label each."""

from __future__ import annotations

from enum import StrEnum


class Word(StrEnum):
    """A closed word list; the member's value is stored, `.label` is shown."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Word:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


class Subject(Word):
    """The two subjects a year is measured in (notice, part two)."""

    PUBLIC = "public", "公需科目"
    PROFESSIONAL = "professional", "专业科目"


class Category(Word):
    """The ways hours come about (notice, part three)."""

    COURSE = "course", "平台课程"
    TRAINING = "training", "培训进修"
    SELF_STUDY = "self_study", "自学"
    ACHIEVEMENT = "achievement", "成果"
    PUBLICATION = "publication", "论文著作"


class Status(Word):
    """Where a claim stands; `workflow.py` holds the legal moves between them."""

    DRAFT = "draft", "草稿"
    PENDING = "pending", "待审核"
    RETURNED = "returned", "已退回"
    APPROVED = "approved", "已通过"
    WITHDRAWN = "withdrawn", "已撤回"
    REVOKED = "revoked", "已撤销"


class RevocationKind(Word):
    """What HR found when it took approved hours back (notice, part five: 经查实上传虚假材料的，后果自负)."""

    FALSE = "false", "虚假材料"
    MISTAKEN = "mistaken", "认定有误"


class RequestKind(Word):
    """What people ask for about themselves (notice, part three: 注册信息、变更信息审核)."""

    REGISTRATION = "registration", "注册"
    CHANGE = "change", "信息变更"
    TRANSFER = "transfer", "单位调动"


class Hat(Word):
    """The capacity somebody acts in, chosen at sign-in among the granted ones."""

    PERSON = "person", "个人"
    UNIT = "unit", "用人单位"
    HR = "hr", "人事处"
    AUDIT = "audit", "审计"


class Role(Word):
    """A granted role. Every person may wear the person hat; a role adds another one."""

    UNIT_ADMIN = "unit_admin", "平台管理员"
    HR = "hr", "人事处"
    AUDITOR = "auditor", "审计员"


class Departure(Word):
    """How somebody left the school; their records stay, the obligation ends."""

    RETIRED = "retired", "退休"
    LEFT = "left", "离职"


class ObligationKind(Word):
    """Why somebody owes other hours than the notice's in a year."""

    NEW_HIRE = "new_hire", "新入职"
    LEAVE = "leave", "产假、病假等"
    RETIRED = "retired", "退休"
    OTHER = "other", "其他"
    ENDED = "ended", "恢复通知规定"


class JobState(Word):
    """How far a job in the background is."""

    QUEUED = "queued", "排队中"
    RUNNING = "running", "进行中"
    DONE = "done", "已完成"
    FAILED = "failed", "未完成"
    CANCELLED = "cancelled", "已取消"


UNDER_WAY = (JobState.QUEUED.value, JobState.RUNNING.value)  # a job that waits or runs


class NoticeKind(Word):
    """What a notice is: something to know, or where to learn."""

    NOTICE = "notice", "通知"
    PLAN = "plan", "学习方案"


class NoticeState(Word):
    """Whether people see a notice."""

    DRAFT = "draft", "草稿"
    PUBLISHED = "published", "已发布"
    WITHDRAWN = "withdrawn", "已撤回"


class Approval(Word):
    """How the school stood behind a training or self-study (notice: 经学校组织或审批同意)."""

    ORGANISED = "organised", "学校组织"
    APPROVED = "approved", "学校审批同意"


class Evidence(Word):
    """The kinds of proof the notice names, as stored with a file."""

    DISPATCH = "dispatch", "单位派出证明"
    ASSESSMENT = "assessment", "进修单位考核证明"
    HOURS = "hours", "学时证明"
    ADMISSION = "admission", "录取通知书"
    TRANSCRIPT = "transcript", "当年度成绩单"
    MATERIAL = "material", "证明材料"

    @property
    def field(self) -> str:
        """The form field that carries files of this kind."""
        return f"evidence_{self.value}"


CLAIMABLE = (Category.TRAINING, Category.SELF_STUDY, Category.ACHIEVEMENT, Category.PUBLICATION)
ITEM_CATEGORIES = frozenset({Category.ACHIEVEMENT, Category.PUBLICATION})
