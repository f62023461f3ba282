"""The `create-hr` command: there is no default account, so the first officer comes from here."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("create-hr")
@click.argument("username")
@click.option("--name", default="", help="Name, for somebody not in the portal yet.")
@click.option("--unit", default="", help="Name or code of the unit, for somebody not in the portal yet.")
@click.option("--instance", type=click.Path(path_type=Path), help="Folder of the instance.")
def create_hr(username: str, name: str, unit: str, instance: Path | None) -> None:
    """Give somebody HR's role and print a one-time code with which they set a password."""
    from portal import create_app, lifecycle  # lazy: brings the web in
    from portal.rules.refusals import RuleBroken
    from portal.services import officers

    app = create_app(lifecycle.settings_for(instance))
    clock = app.extensions["portal.clock"]
    with app.app_context():
        if not lifecycle.ready():
            raise click.ClickException("数据库还没有建立或版本不符。请先运行 portal init 或 portal upgrade。")
        try:
            made = officers.create(username, name=name, unit=unit, now=clock.now(), today=clock.today())
        except RuleBroken as refused:
            told = [refused.message, *(text for texts in refused.fields.values() for text in texts)]
            raise click.ClickException("".join(told)) from refused
    click.echo(f"{made.name}（{username}，{made.unit}）{'已成为' if made.granted else '已是'}人事处人员。")
    click.echo(f"一次性代码：{made.code}")
    click.echo("30 分钟内有效，只能使用一次。请本人在登录页点“设置密码”，用工号和代码设置密码。")
