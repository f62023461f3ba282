"""The `demo` command: a living campus in one command."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--instance",
    type=click.Path(path_type=Path),
    default=Path("instance/demo"),
    show_default=True,
    help="Folder of the demo campus.",
)
@click.option("--reset", is_flag=True, help="Throw the demo campus away and build it anew.")
@click.option("--no-serve", is_flag=True, help="Build only.")
def demo(port: int, instance: Path, reset: bool, no_serve: bool) -> None:
    """Build a demo campus if there is none, say its address and accounts, and serve it."""
    from portal import config, lifecycle, server  # lazy: brings the web and the database in
    from portal.demo import accounts, build

    try:
        settings, seconds = build.ensure(instance.absolute(), port=port, reset=reset)
    except (build.NotADemo, config.BadSettings, lifecycle.LifecycleError) as fault:
        raise click.ClickException(str(fault)) from fault
    click.echo(
        f"演示数据已生成，用时 {seconds:.1f} 秒"
        if seconds is not None
        else "沿用已有的演示数据（--reset 可重新生成）"
    )
    click.echo(f"地址：{settings.base_url}")
    click.echo(f"密码均为 {accounts.PASSWORD}")
    for account in accounts.ACCOUNTS:
        click.echo(f"  {account.username:<12}{account.about}")
    if no_serve:
        return
    try:
        server.run(settings, host="127.0.0.1", port=port, threads=8, processes=None)
    except lifecycle.LifecycleError as fault:
        raise click.ClickException(str(fault)) from fault
