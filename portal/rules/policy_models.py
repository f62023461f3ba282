"""The shape of a policy file: frozen models whose amounts are quarter-hours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt

from portal.rules.amounts import PER_HOUR, STEP
from portal.rules.vocabulary import Evidence

ANY = "*"  # in evidence lists and tables: every kind, level or rank without a line of its own
MOST_HOURS = 1000


def _quarters(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("应为数字，不能是文字；请去掉引号，写成如 8 或 7.5")
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError("应为有限的数字；请写成如 8 或 7.5")
    if not 0 < value <= MOST_HOURS:
        raise ValueError(f"{value} 超出合理范围；请填写大于 0、不超过 {MOST_HOURS} 的学时数")
    quarters = value * PER_HOUR
    if quarters % STEP:
        raise ValueError(f"{value} 不是 0.5 的倍数；请按半学时填写")
    return int(quarters)


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("不能为空；请填写通知原文或说明")
    return text


Hours = Annotated[int, BeforeValidator(_quarters)]
Text = Annotated[str, AfterValidator(_not_blank)]
Year = Annotated[StrictInt, Field(ge=1990, le=2200)]


class Shape(BaseModel):
    """Settings shared by every part: nothing unknown, nothing changed afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Units(Shape):
    """The grain of an amount; the code counts in quarters and half-hour steps and knows no other."""

    per_hour: Literal[4]
    step: Decimal

    def model_post_init(self, context: Any, /) -> None:
        if self.step * PER_HOUR != STEP:
            raise ValueError("step 只能为 0.5；系统按半学时计算")


class Source(Shape):
    """The notice a policy quotes; `sha256` is that of its file."""

    name: Text
    issued: date
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Standard(Shape):
    """How much of a subject a year needs, in quarters."""

    subject: Text
    label: Text
    quarters: Hours = Field(alias="min")
    quote: Text


class EvidenceList(Shape):
    """The proofs a kind of claim must carry, all of them."""

    all_of: tuple[Evidence, ...] = Field(min_length=1)
    quote: Text


class Levels(Shape):
    """The levels (等级) a kind may state: those that count and those the notice leaves out."""

    counted: tuple[Text, ...] = Field(min_length=1)
    refused: tuple[Text, ...] = ()
    quote: Text


class Ranks(Shape):
    """The author ranks (位次) that count; every other rank is worth nothing."""

    counted: tuple[Text, ...] = Field(min_length=1)
    quote: Text


class Row(Shape):
    """One line of a level × rank table, in quarters; "*" stands for any."""

    level: Text = ANY
    rank: Text = ANY
    quarters: Hours = Field(alias="hours")
    quote: Text


class KindHours(Shape):
    """A kind with a fixed amount of its own, such as one named course."""

    quarters: Hours = Field(alias="hours")
    quote: Text


class Kind(BaseModel):
    """One kind of a category as forms need it: what proves it, which levels it may state."""

    model_config = ConfigDict(frozen=True)

    name: str
    evidence: tuple[Evidence, ...]
    evidence_quote: str
    levels: Levels | None


class Category(Shape):
    """One way hours come about: how it is measured, which year it falls in, what proves it."""

    label: Text
    measure: Literal["hours", "per_item", "per_day", "per_kind", "table"]
    each: Hours | None = None
    subjects: tuple[Text, ...] = Field(min_length=1)
    year_rule: Literal["days", "stated", "date"]
    kinds: tuple[Text, ...] = ()
    caps: tuple[Text, ...]
    conditions: tuple[Text, ...] = ()
    evidence: Mapping[str, EvidenceList] = Field(default_factory=dict)
    levels_by_kind: Mapping[str, Levels] = Field(default_factory=dict, alias="levels")
    hours_by_kind: Mapping[str, KindHours] = Field(default_factory=dict, alias="kind_hours")
    table: tuple[Row, ...] = ()
    ranks: Ranks | None = None
    claimable: StrictBool = True
    quote: Text

    def kind(self, name: str) -> Kind:
        """The kind of that name; KeyError when the category has no such kind."""
        if name not in self.kinds:
            raise KeyError(name)
        proof = self.evidence.get(name) or self.evidence.get(ANY)
        return Kind(
            name=name,
            evidence=proof.all_of if proof else (),
            evidence_quote=proof.quote if proof else "",
            levels=self.levels_by_kind.get(name) or self.levels_by_kind.get(ANY),
        )

    def levels(self, kind: str) -> tuple[str, ...]:
        """Every level a claim of that kind may state, best first; () when none is asked."""
        listed = self.kind(kind).levels
        return listed.counted + listed.refused if listed else ()


class Cap(Shape):
    """A ceiling over categories per day, per year or per claim, in quarters."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    per: Literal["day", "year", "claim"]
    quarters: Hours = Field(alias="max")
    categories: tuple[Text, ...] = Field(min_length=1)
    quote: Text


class Condition(Shape):
    """A requirement on sending a claim that no number expresses."""

    id: Literal["complete", "organised", "marked", "truthful"]
    text: Text
    quote: Text


class Certificate(Shape):
    """When a certificate may be printed and what it is called."""

    title: Text
    requires: Literal["all_standards"]
    quote: Text


class Interpretation(Shape):
    """A reading the notice leaves open; an empty `decided_by` means it awaits confirmation.

    `about` names the rules it is behind: `cap.ID`, `category.NAME` or `standard.SUBJECT`.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    text: Text
    reason: Text
    decided_by: str = ""
    about: tuple[Text, ...] = ()

    @property
    def confirmed(self) -> bool:
        return bool(self.decided_by.strip())


class NotModelled(Shape):
    """A clause of the notice left out on purpose, with the reason."""

    quote: Text
    reason: Text


class Policy(Shape):
    """The rules of the years `from_year`…`to_year` as data; `sha256` is the hash of the file itself."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    title: Text
    from_year: Year
    to_year: Year | None = None
    review_by: date
    over_cap: Literal["clip", "refuse"] = "clip"
    units: Units
    source: Source
    standards: tuple[Standard, ...] = Field(alias="standard", min_length=1)
    categories: Mapping[str, Category] = Field(alias="category", min_length=1)
    caps: tuple[Cap, ...] = Field(default=(), alias="cap")
    conditions: tuple[Condition, ...] = Field(default=(), alias="condition")
    certificate: Certificate
    interpretations: tuple[Interpretation, ...] = Field(default=(), alias="interpretation")
    not_modelled: tuple[NotModelled, ...] = ()
    sha256: str = ""

    def category(self, name: str) -> Category:
        """The category of that code name; KeyError when the policy has none."""
        return self.categories[name]

    def standard(self, subject: str) -> Standard:
        """The standard of a subject; KeyError when the policy sets none."""
        for standard in self.standards:
            if standard.subject == subject:
                return standard
        raise KeyError(subject)

    def cap(self, cap_id: str) -> Cap:
        """The cap of that id; KeyError when the policy has none."""
        for cap in self.caps:
            if cap.id == cap_id:
                return cap
        raise KeyError(cap_id)

    def condition(self, condition_id: str) -> Condition | None:
        """The condition of that id, or None when the policy does not set it."""
        return next((condition for condition in self.conditions if condition.id == condition_id), None)

    def subject_label(self, subject: str) -> str:
        """The Chinese name of a subject."""
        return self.standard(subject).label
