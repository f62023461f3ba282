"""`portal audit`: check the event log, and keep its head outside the database."""

from __future__ import annotations

import sys

import click

SHOWN = 100


@click.group("audit")
def audit() -> None:
    """Check the event log; keep its daily head."""


@audit.command("verify")
def verify() -> None:
    """Name every changed, removed or inserted event and a log cut off at its end (code 1)."""
    from portal import create_app  # lazy: brings the web and the database in
    from portal.queries import event_chain  # lazy: brings the web and the database in
    from portal.services import audit_heads  # lazy: brings the web and the database in

    app = create_app()
    file = app.extensions["portal.settings"].heads_file
    try:
        written = [head for _, head in audit_heads.lines(file)] if file.is_file() else []
    except (audit_heads.BadHeads, OSError, UnicodeDecodeError) as fault:
        raise click.ClickException(str(fault)) from fault
    with app.app_context():
        count = 0
        for count, sentence in enumerate(event_chain.faults(written), 1):
            if count <= SHOWN:
                click.echo(sentence, err=True)
        if count:
            more = f"，只列出前 {SHOWN} 处" if count > SHOWN else ""
            click.echo(f"操作日志有 {count} 处不符{more}。", err=True)
            sys.exit(1)
        number = event_chain.head().number
    compared = f"，与另存的 {len(written)} 个每日校验值一致" if written else "，没有另存的每日校验值可比对"
    click.echo(f"操作日志共 {number} 条，前后相连，没有改动{compared}。")


@audit.command("head")
def head() -> None:
    """Append today's head to the file named by PORTAL_AUDIT_HEADS, once a day; print it."""
    from portal import create_app  # lazy: brings the web and the database in
    from portal.queries import event_chain  # lazy: brings the web and the database in
    from portal.services import audit_heads  # lazy: brings the web and the database in

    app = create_app()
    file = app.extensions["portal.settings"].heads_file
    with app.app_context():
        try:
            written = audit_heads.append(file, now=app.extensions["portal.clock"].now())
        except (audit_heads.BadHeads, OSError) as fault:
            raise click.ClickException(str(fault)) from fault
        found = written or event_chain.head()
    click.echo(f"{found.number} {found.digest}")
    click.echo(f"{'已写入' if written else '今天的已在'} {file}", err=True)
