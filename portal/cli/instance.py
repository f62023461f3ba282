"""Commands that make an instance and bring it up to date: `init` and `upgrade`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--instance", type=click.Path(path_type=Path), help="Folder of the instance.")
def init(instance: Path | None) -> None:
    """Make an empty instance: folder, keys and database tables."""
    from portal import config, lifecycle  # lazy: brings the database in

    try:
        made = lifecycle.create(instance)
    except (config.BadSettings, lifecycle.LifecycleError) as fault:
        raise click.ClickException(str(fault)) from fault
    click.echo(f"实例已就绪：{made.instance}")


@click.command()
@click.option("--instance", type=click.Path(path_type=Path), help="Folder of the instance.")
@click.option("--no-backup", is_flag=True, help="Change the tables without taking a backup first.")
def upgrade(instance: Path | None, no_backup: bool) -> None:
    """Bring the database to this version; a backup is taken first."""
    from portal import config, lifecycle  # lazy: brings the database in

    try:
        done = lifecycle.upgrade(instance, backup=not no_backup)
    except (config.BadSettings, lifecycle.LifecycleError) as fault:
        raise click.ClickException(str(fault)) from fault
    if done.backup:
        click.echo(f"升级前备份：{done.backup}")
    click.echo(
        f"数据库版本：{done.before or '空'} → {done.after}" if done.changed else f"已是最新版本：{done.after}"
    )
