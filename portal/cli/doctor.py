"""The `doctor` command: examines an instance and says, row by row, what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command()
@click.option("--instance", type=click.Path(path_type=Path), help="Folder of the instance.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--quick", is_flag=True, help="Compare sizes only; do not read every evidence file.")
@click.option("--sweep", is_flag=True, help="Also clear away files that no record names.")
def doctor(instance: Path | None, as_json: bool, quick: bool, sweep: bool) -> None:
    """Compare rows, files, hashes, hours, certificates and the event log; exit 1 when something is wrong."""
    from portal import config, create_app, lifecycle  # lazy: brings the database in
    from portal.doctor import Patient, clear_away, examine
    from portal.extensions import db

    try:
        settings = lifecycle.settings_for(instance)
        app = create_app(settings)
    except config.BadSettings as fault:
        raise click.ClickException(str(fault)) from fault
    with app.app_context():
        if lifecycle.revision() is None:
            raise click.ClickException("这个实例还没有数据库。请先运行 portal init。")
        patient = Patient(
            settings,
            app.extensions["portal.policies"],
            app.extensions["portal.store"],
            app.extensions["portal.clock"].now(),
            quick=quick,
        )
        report = examine(patient)
        db.session.remove()
        gone = clear_away(patient) if sweep and report.ok else None
        db.session.remove()
        db.engine.dispose()
    if as_json:
        click.echo(json.dumps({**report.as_json(), "swept": gone}, ensure_ascii=False, indent=1))
    else:
        for found in report.checks.values():
            sign = "✗" if found.problems else "!" if found.warnings else "✓"
            click.echo(f"{sign} {found.label}（{found.looked_at}）")
            for sentence in (*found.problems, *found.warnings):
                click.echo(f"    {sentence}")
        if gone is not None:
            click.echo(f"已清理 {gone} 个文件。")
        elif sweep:
            click.echo("存在问题，没有清理任何文件。")
    if not report.ok:
        raise SystemExit(1)
