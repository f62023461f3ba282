"""`portal policy`: check a policy file against itself and its notice, and show the rules in words."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from portal.rules.amounts import show_hours
from portal.rules.policy import Policy, PolicyError, YearNotCovered, load, neighbour_faults, read_raw, shipped
from portal.rules.policy_faults import Fault
from portal.rules.policy_models import Cap, Category
from portal.rules.policy_notice import notice_faults

_PER = {"day": "每天", "year": "每年", "claim": "每项"}


@click.group("policy")
def policy_group() -> None:
    """Check and show the rules that turn claims into hours."""


@policy_group.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--notice", type=click.Path(path_type=Path), help="The notice's text, to compare every quote.")
def check(file: Path, notice: Path | None) -> None:
    """Refuse FILE with every fault and its mend (code 1), or say that it holds."""
    try:
        faults = _faults(file, notice)
    except OSError as error:
        raise click.ClickException(f"不能读取 {error.filename}：{error.strerror}。") from error
    for fault in faults:
        click.echo(str(fault), err=True)
    if faults:
        click.echo(f"{file.name}：共 {len(faults)} 处须更正。", err=True)
        sys.exit(1)
    policy = load(file)
    compared = "，引文与通知一致" if notice else "（未与通知核对，可加 --notice 通知文本）"
    click.echo(f"{file.name}：{policy.id}，自{policy.from_year}年起适用，检查通过{compared}。")
    for reading in policy.interpretations:
        if not reading.confirmed:
            click.echo(f"待人事处确认：{reading.text}")


def _faults(file: Path, notice: Path | None) -> list[Fault]:
    words = notice.read_bytes() if notice else None
    faults: list[Fault] = []
    try:
        policy = load(file)
    except PolicyError as error:
        faults.extend(error.faults)
    else:
        faults.extend(neighbour_faults(policy, file))
    if words is not None:
        try:
            raw, _ = read_raw(file)
        except PolicyError:
            return faults  # already told: the file cannot be read at all
        faults.extend(notice_faults(raw, file.name, words))
    return faults


@policy_group.command("show")
@click.option("--year", type=int, help="The year whose rules to show; without it every policy is shown.")
def show(year: int | None) -> None:
    """Show the rules in words, each with the notice's own."""
    policies = shipped()
    try:
        chosen = policies.policies if year is None else (policies.for_year(year),)
    except YearNotCovered as error:
        raise click.ClickException(str(error)) from error
    for policy in chosen:
        click.echo("\n".join(_described(policy)))


def _described(policy: Policy) -> list[str]:
    last = f"至{policy.to_year}年" if policy.to_year else "起"
    lines = [f"{policy.title}（{policy.id}）", f"适用年度：{policy.from_year}年{last}"]
    lines.append(f"依据：《{policy.source.name}》（{policy.source.issued}）")
    lines.append("\n达标")
    for standard in policy.standards:
        need = f"{standard.label}：每年不少于{show_hours(standard.quarters)}学时"
        lines.append(f"  {need}  “{standard.quote}”")
    lines.append("\n认定")
    lines.extend(f"  {each.label}{_measured(each)}  “{each.quote}”" for each in policy.categories.values())
    lines.append("\n上限")
    lines.extend(f"  {_limit(policy, cap)}  “{cap.quote}”" for cap in policy.caps)
    if policy.interpretations:
        lines.append("\n通知未写明之处的理解")
    for reading in policy.interpretations:
        state = f"已确认：{reading.decided_by}" if reading.confirmed else "待人事处确认"
        lines.append(f"  {reading.text}（{state}）")
    return lines


def _measured(category: Category) -> str:
    each = show_hours(category.each or 0)
    return {
        "hours": "：按学时",
        "per_item": f"：每项计{each}学时",
        "per_day": f"：每天计{each}学时",
        "per_kind": "：按类型计",
        "table": "：按等级与位次计",
    }[category.measure]


def _limit(policy: Policy, cap: Cap) -> str:
    labels = "、".join(policy.category(name).label for name in cap.categories)
    return f"{labels}：{_PER[cap.per]}不超过{show_hours(cap.quarters)}学时"
