"""The command `portal export standings`."""

from __future__ import annotations

from pathlib import Path

import click


@click.group("export")
def export_group() -> None:
    """Lists for other systems, the same as on the page of exports."""


@export_group.command("standings")
@click.option("--year", type=int, required=True, help="The year, the last one of several.")
@click.option("--years", type=click.IntRange(1, 5), default=1, show_default=True, help="How many years.")
@click.option("--unit", default="", help="Name or code of one unit; the whole school without it.")
@click.option("--phone", is_flag=True, help="Add telephone numbers.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="FILE.xlsx or FILE.csv."
)
@click.option("--instance", type=click.Path(path_type=Path), help="Folder of the instance.")
def standings(year: int, years: int, unit: str, phone: bool, out: Path, instance: Path | None) -> None:
    """Standings of everybody in service, in the columns a title review asks for."""
    from portal import create_app, lifecycle  # lazy: brings the database in
    from portal.config import BadSettings
    from portal.queries import exports as queries
    from portal.rules.refusals import NotFound
    from portal.services import exports as services

    form = out.suffix[1:].lower()
    if form not in ("xlsx", "csv"):
        raise click.ClickException("文件名须以 .xlsx 或 .csv 结尾。")
    try:
        app = create_app(lifecycle.settings_for(instance))
    except BadSettings as fault:
        raise click.ClickException(str(fault)) from fault
    with app.app_context():
        if not lifecycle.ready():
            raise click.ClickException("数据库不是当前版本，请先运行 portal init 或 portal upgrade。")
        known = app.extensions["portal.policies"].years
        span = tuple(one for one in range(year - years + 1, year + 1) if one in known)
        if year not in span:
            raise click.ClickException(f"没有 {year} 年度的认定规则。")
        try:
            chosen = str(queries.unit_by(unit)) if unit else ""
        except NotFound:
            raise click.ClickException(f"没有名为“{unit}”的单位。") from None
        wanted = queries.Wanted(queries.STANDINGS, span, chosen, phone=phone)
        part = out.with_name(f".{out.name}~")
        count = services.write_to(
            part,
            wanted,
            "xlsx" if form == "xlsx" else "csv",
            now=app.extensions["portal.clock"].now(),
            progress=lambda _done: None,
        )
        part.replace(out)
    click.echo(f"已导出 {count} 人：{out}")
