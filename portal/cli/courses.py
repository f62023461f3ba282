"""The command `portal import courses FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask


@click.command("courses")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--year", type=int, help="Take this year's records only; others are faults.")
@click.option("--apply-changes", is_flag=True, help="Also change records that are there with other content.")
@click.option("--instance", type=click.Path(path_type=Path), help="Folder of the instance.")
def courses(file: Path, dry_run: bool, year: int | None, apply_changes: bool, instance: Path | None) -> None:
    """Take in course records (.xlsx or .csv) of a learning platform, each once by its record id.

    A killed import goes on where it stood when the same file is given again.
    """
    from portal import create_app, lifecycle  # lazy: brings the database in
    from portal.config import BadSettings
    from portal.queries import course_imports as queries
    from portal.rules.refusals import Refusal

    try:
        app = create_app(lifecycle.settings_for(instance))
    except BadSettings as fault:
        raise click.ClickException(str(fault)) from fault
    with app.app_context():
        if not lifecycle.ready():
            raise click.ClickException("数据库不是当前版本，请先运行 portal init 或 portal upgrade。")
        try:
            batch = _taken(app, file, dry_run=dry_run, year=year, apply_changes=apply_changes)
        except Refusal as refused:
            raise click.ClickException(refused.message) from refused
        report = queries.report(batch)
        faults = list(queries.faults(report.id))
    click.echo("试运行，没有写入。" if dry_run else "导入完成。")
    _tell(report, faults, queries.OUTCOMES)
    if report.counts["bad"] or report.counts["changed"]:
        raise SystemExit(2)


def _taken(app: Flask, file: Path, *, dry_run: bool, year: int | None, apply_changes: bool) -> UUID:
    from portal import spreadsheets  # lazy: brings the database in
    from portal.database import write_tx
    from portal.services import course_imports, course_previews

    clock, policies = app.extensions["portal.clock"], app.extensions["portal.policies"]
    folder = Path(app.instance_path) / "imports"
    sheet = spreadsheets.read(file, file.name)
    batch = None if dry_run else course_imports.unfinished(sheet.sha256)
    if batch is None:
        batch = course_previews.preview(
            None,
            sheet,
            file.name,
            year=year,
            policies=policies,
            folder=folder,
            now=clock.now(),
            today=clock.today(),
        )
        if dry_run:
            return batch
        with write_tx() as session:
            course_imports.agree(None, session, batch, chosen=None if apply_changes else (), now=clock.now())
    else:
        click.echo("上次导入这个文件时中断，从中断处继续。")
    with click.progressbar(length=100, label="导入") as bar:

        def advance(_session: Any, done: int, total: int) -> None:
            bar.update(100 * done // total - bar.pos)

        course_imports.write(None, batch, policies=policies, folder=folder, clock=clock.now, advance=advance)
    return batch


def _tell(report: Any, faults: list[Any], outcomes: dict[str, str]) -> None:
    """Print the counts and every row that was left out."""
    counts = report.counts
    counted = "，".join(f"{label} {counts[name]}" for name, label in outcomes.items() if counts[name])
    click.echo(f"共 {report.rows} 行：{counted}")
    for row in faults:
        click.echo(f"  第 {row.number} 行 {row.facts.get('username', '')}：{''.join(row.problems)}")
    if counts["changed"]:
        click.echo("与已有记录不同的行没有写入；要以文件为准，请加 --apply-changes。")
