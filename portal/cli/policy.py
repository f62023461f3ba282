"""`portal policy`: check a policy file against itself and its notice, and show the rules in words."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from portal.cli.policy_compare import compare
from portal.rules import policy_words
from portal.rules.policy import Policy, YearNotCovered, load, shipped
from portal.rules.policy_check import file_faults


@click.group("policy")
def policy_group() -> None:
    """Check and show the rules that turn claims into hours."""


policy_group.add_command(compare)


@policy_group.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--notice", type=click.Path(path_type=Path), help="The notice's text, to compare every quote.")
def check(file: Path, notice: Path | None) -> None:
    """Refuse FILE with every fault and its mend (code 1), or say that it holds."""
    try:
        faults = file_faults(file, notice)
    except OSError as error:
        raise click.ClickException(f"不能读取 {error.filename}：{error.strerror}。") from error
    for fault in faults:
        click.echo(str(fault), err=True)
    if faults:
        click.echo(f"{file.name}：共 {len(faults)} 处须更正。", err=True)
        sys.exit(1)
    policy = load(file)
    compared = "，引文与通知一致" if notice else "（未与通知核对，可加 --notice 通知文本）"
    click.echo(f"{file.name}：{policy.id}，自 {policy.from_year} 年起适用，检查通过{compared}。")
    for reading in policy.interpretations:
        if not reading.confirmed:
            click.echo(f"待人事处确认：{reading.text}")


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
    last = f"至 {policy.to_year} 年" if policy.to_year else "起"
    lines = [f"{policy.title}（{policy.id}）", f"适用年度：{policy.from_year} 年{last}"]
    lines.append(f"依据：《{policy.source.name}》（{policy.source.issued}）")
    for heading, told in (
        ("达标", policy_words.standard_lines(policy)),
        ("认定", policy_words.category_lines(policy)),
        ("上限", policy_words.cap_lines(policy)),
    ):
        lines.append(f"\n{heading}")
        lines.extend(f"  {line.title}：{line.text}  “{line.quote}”" for line in told)
    if policy.interpretations:
        lines.append("\n通知未写明之处的理解")
    for reading in policy.interpretations:
        state = f"已确认：{reading.decided_by}" if reading.confirmed else "待人事处确认"
        lines.append(f"  {reading.text}（{state}）")
    return lines
