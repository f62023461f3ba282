"""The command `portal policy compare FILE --year Y`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click


@click.command("compare")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--year", type=int, required=True, help="The past year to try the file on.")
@click.option("--notice", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Its notice.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Also write an .xlsx there.")
@click.option("--instance", type=click.Path(path_type=Path), help="Folder of the instance.")
def compare(file: Path, year: int, notice: Path | None, out: Path | None, instance: Path | None) -> None:
    """Say whose hours or 达标 of a past year would differ under FILE. Nothing is written to the database.

    Code 0 when nobody's would, 2 when somebody's would, 1 when the file or the year cannot be used.
    """
    from portal import create_app, lifecycle  # lazy: brings the database in
    from portal.config import BadSettings
    from portal.rules.refusals import RuleBroken
    from portal.services import policy_comparisons as services

    try:
        app = create_app(lifecycle.settings_for(instance))
    except BadSettings as fault:
        raise click.ClickException(str(fault)) from fault
    with app.app_context():
        if not lifecycle.ready():
            raise click.ClickException("数据库不是当前版本，请先运行 portal init 或 portal upgrade。")
        clock, policies = app.extensions["portal.clock"], app.extensions["portal.policies"]
        try:
            made = services.laid_out(file, notice, year, policies=policies, today=clock.today())
        except services.Faulty as faulty:
            click.echo("\n".join(faulty.faults), err=True)
            raise click.ClickException(faulty.message) from faulty
        except RuleBroken as refused:
            raise click.ClickException(refused.message) from refused
        with click.progressbar(length=services.queries.people(), label="试算", file=sys.stderr) as bar:
            shown = 0

            def told(done: int) -> None:
                nonlocal shown
                bar.update(done - shown)
                shown = done

            rows, summary = services.everybody(made, told)
        if out is not None:
            services.workbook(out, made, rows, summary, who="命令行", now=clock.now())
    for note in summary["notes"]:
        click.echo(note)
    for row in rows:
        click.echo(_line(row, summary))
    click.echo(services.sentence(summary))
    if rows:
        raise SystemExit(2)


def _line(row: dict[str, Any], summary: dict[str, Any]) -> str:
    from portal.rules.amounts import show_hours  # lazy: as above

    told = [
        f"{one['label']} {show_hours(pair[0])} → {show_hours(pair[1])}"
        for one in summary["subjects"]
        if (pair := row["hours"][one["subject"]])[0] != pair[1]
    ]
    if row["met"] and row["met"][0] != row["met"][1]:
        told.append("达标 → 未达标" if row["met"][0] else "未达标 → 达标")
    if row["left_out"]:
        told.append(f"{row['left_out']} 项不能计算")
    return f"{row['username']} {row['name']} {row['unit']}：{'；'.join(told)}"
