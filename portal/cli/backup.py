"""Commands that copy an instance while people work and put a copy back: `backup` and `restore`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click


@click.command()
@click.argument("dest", type=click.Path(file_okay=False, path_type=Path))
@click.option("--instance", type=click.Path(path_type=Path), help="Folder of the instance.")
@click.option("--keep", type=click.IntRange(1), help="Keep this many of the newest backups there.")
def backup(dest: Path, instance: Path | None, keep: int | None) -> None:
    """Copy database, evidence, keys and settings into a new folder below DEST."""
    from portal import backups, config, lifecycle  # lazy: brings the database in

    try:
        made = backups.make(lifecycle.settings_for(instance), dest, now=datetime.now(UTC), keep=keep)
    except (config.BadSettings, backups.BackupError) as fault:
        raise click.ClickException(str(fault)) from fault
    click.echo(f"备份完成：{made.folder}（{made.files} 个文件，{made.size / 1e6:.1f} MB）")
    for folder in made.dropped:
        click.echo(f"已删除旧备份：{folder}")


@click.command()
@click.argument("src", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--instance", type=click.Path(path_type=Path), help="Folder of the empty instance.")
@click.option("--check", "only_check", is_flag=True, help="Only compare the files with the manifest.")
def restore(src: Path, instance: Path | None, only_check: bool) -> None:
    """Put the backup SRC into an empty instance."""
    from portal import backups, config, lifecycle  # lazy: brings the database in

    try:
        if only_check:
            manifest = backups.check(src)
            click.echo(f"备份完好：{len(manifest['files'])} 个文件，备份时间 {manifest['made_at']}")
            return
        settings = lifecycle.settings_for(instance)
        manifest = backups.restore(src, settings)
    except (config.BadSettings, backups.BackupError) as fault:
        raise click.ClickException(str(fault)) from fault
    click.echo(f"已恢复到 {settings.instance}，备份时间 {manifest['made_at']}。请接着运行 portal doctor。")
