"""Return presets, and the few seconds in which a decision may be undone."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SECONDS = 10
BACK = (
    "(OLD.status = 'approved' AND NEW.status NOT IN ('approved', 'revoked'){unless})"
    " OR (OLD.status = 'revoked' AND NEW.status <> 'revoked')"
)
# the moment of the change is the row's own: the portal's clock decides, not the database's
SOON = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', NEW.updated_at)"
    f" < strftime('%Y-%m-%d %H:%M:%f', OLD.decided_at, '+{SECONDS} seconds')",
    "postgresql": f"NEW.updated_at < OLD.decided_at + interval '{SECONDS} seconds'",
}
UNDONE = (
    " AND NOT (NEW.status = 'pending' AND NEW.version = OLD.version + 1 AND NEW.updated_at >= OLD.decided_at"
    " AND {soon} AND NEW.decided_at IS NULL AND NEW.decider_id IS NULL AND NEW.approved_quarters IS NULL"
    " AND NEW.approved_subject IS NULL AND NEW.approval_number IS NULL AND NEW.credited IS NULL"
    " AND NEW.policy_id IS NULL)"
)
MESSAGE = "a decided claim is never undecided"

_ALWAYS = (
    "证明材料不清晰，请重新上传清晰的扫描件或照片。",
    "证明材料与申报内容不一致，请核对后重新提交。",
    "与已申报的内容重复，请核对。",
)
_MARKS = "证明材料上未明确标出姓名、位次、等级、产权单位，请标注后重新上传。"
SHIPPED = {
    "training": (
        "证明材料不完备，请按形式补齐证明。",
        "证明材料所载日期或学时与申报不符，请更正。",
        "未见学校组织或审批同意的依据，请补充。",
        *_ALWAYS,
    ),
    "self_study": (
        "缺少录取通知书或当年度成绩单，请补齐。",
        "成绩单不是申报年度的，请更换。",
        "未见学校审批同意的依据，请补充。",
        *_ALWAYS,
    ),
    "achievement": (_MARKS, "课题级别低于省级，不在认定范围内。", *_ALWAYS),
    "publication": (_MARKS, "未见公开发表、出版或会议交流的证明，请补充。", *_ALWAYS),
}


def upgrade() -> None:
    """Add the presets as shipped; let a fresh approval become pending again."""
    presets = op.create_table(
        "return_presets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "category IN ('training', 'self_study', 'achievement', 'publication')",
            name="ck_return_presets_category_known",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_return_presets"),
        sa.UniqueConstraint("uuid", name="uq_return_presets_uuid"),
    )
    op.create_index("ix_return_presets_category_place", "return_presets", ["category", "place"])
    now = datetime.now(UTC)
    if op.get_context().dialect.name == "sqlite":
        now = now.replace(tzinfo=None)
    op.bulk_insert(
        presets,
        [
            {
                "uuid": uuid4(),
                "category": category,
                "text": text,
                "place": place,
                "version": 1,
                "retired_at": None,
                "updated_at": now,
            }
            for category, texts in SHIPPED.items()
            for place, text in enumerate(texts, start=1)
        ],
    )
    _guard(UNDONE.format(soon=SOON[op.get_context().dialect.name]))


def downgrade() -> None:
    """Take the presets away; a decision is final at once."""
    _guard("")
    op.drop_table("return_presets")


def _guard(unless: str) -> None:
    when = BACK.format(unless=unless)
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TRIGGER claims_no_return")
        op.execute(
            f"CREATE TRIGGER claims_no_return BEFORE UPDATE ON claims WHEN {when}"
            f" BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        )
    else:
        op.execute(
            "CREATE OR REPLACE FUNCTION claims_no_return() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF {when} THEN RAISE EXCEPTION '{MESSAGE}'"
            " USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
        )
