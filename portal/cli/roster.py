"""The command `portal import staff FILE`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("staff")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--create-units", is_flag=True, help="Also add the units the roster names and nobody knows.")
@click.option("--instance", type=click.Path(path_type=Path), help="Folder of the instance.")
def staff(file: Path, dry_run: bool, create_units: bool, instance: Path | None) -> None:
    """Take in a roster (.xlsx or .csv): people by 工号; passwords and roles are never touched."""
    from portal import create_app, lifecycle, spreadsheets  # lazy: brings the database in
    from portal.config import BadSettings
    from portal.queries import imports
    from portal.rules.refusals import Refusal
    from portal.services import roster

    try:
        app = create_app(lifecycle.settings_for(instance))
    except BadSettings as fault:
        raise click.ClickException(str(fault)) from fault
    clock = app.extensions["portal.clock"]
    now, today = clock.now(), clock.today()
    with app.app_context():
        if not lifecycle.ready():
            raise click.ClickException("数据库不是当前版本，请先运行 portal init 或 portal upgrade。")
        try:
            batch = roster.preview(None, spreadsheets.read(file, file.name), file.name, now=now, today=today)
            if not dry_run:
                roster.commit(None, batch, create_units=create_units, now=now, today=today)
        except Refusal as refused:
            raise click.ClickException(refused.message) from refused
        report = imports.report(batch)
    counts = report.summary["counts"]
    click.echo("试运行，没有写入。" if dry_run else "导入完成。")
    click.echo(
        f"共 {report.summary['rows']} 行："
        + "，".join(f"{label} {counts[name]}" for name, label in roster.OUTCOMES.items() if counts.get(name))
    )
    for name in report.summary.get("units_added", []):
        click.echo(f"  新增单位：{name}")
    for row in report.faults:
        click.echo(f"  第 {row.number} 行 {row.facts.get('username', '')}：{''.join(row.problems)}")
    if counts.get("held"):
        click.echo("单位尚不存在的行没有写入；要一并新增这些单位，请加 --create-units。")
    if counts.get("bad") or counts.get("held"):
        raise SystemExit(2)
