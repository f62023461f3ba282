"""Who may do what: the one place that answers, from the actor and the claim's own facts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from portal.rules.refusals import NotPermitted
from portal.rules.vocabulary import Hat


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody acting in one capacity, as the login session and today's grants say."""

    person_id: int
    person_uuid: UUID
    username: str
    name: str
    unit_id: int  # where the person belongs
    unit_name: str
    hat: Hat
    hats: tuple[Hat, ...]
    acts_for: int | None = None  # the unit a unit admin acts for
    acts_for_name: str = ""
    address: str = ""

    @property
    def reviews(self) -> bool:
        """Whether this hat reviews claims at all."""
        return self.hat in (Hat.UNIT, Hat.HR)


OWN_CLAIM = "这是您本人的申报，须由本单位另一位平台管理员或人事处审核。"
OWN_FILING = "这项申报由您代为提交，须由本单位另一位平台管理员或人事处审核。"


def may_decide(actor: Actor, *, claimant_id: int, unit_id: int, filer_id: int | None = None) -> bool:
    """Whether the actor may decide a claim of that person held by that unit.

    Notice, part five: 平台管理员应公平、公正开展学时审核工作 — nobody decides their own claim, nor one they
    filed for somebody else (`filer_id`).
    """
    if actor.person_id in (claimant_id, filer_id):
        return False
    return actor.hat is Hat.HR or (actor.hat is Hat.UNIT and actor.acts_for == unit_id)


def require_decider(actor: Actor, *, claimant_id: int, unit_id: int, filer_id: int | None = None) -> None:
    """Raises NotPermitted with the reason when `may_decide` says no."""
    if claimant_id == actor.person_id:
        raise NotPermitted(OWN_CLAIM)
    if filer_id == actor.person_id:
        raise NotPermitted(OWN_FILING)
    if not may_decide(actor, claimant_id=claimant_id, unit_id=unit_id):
        raise NotPermitted("当前身份不能审核这项申报。")


def may_revoke(actor: Actor, *, claimant_id: int) -> bool:
    """Only HR takes back approved hours, and never their own (经查实上传虚假材料的，后果自负)."""
    return actor.hat is Hat.HR and claimant_id != actor.person_id
