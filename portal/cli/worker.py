"""The `worker` command: does the jobs of the table until it is told to stop."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import click


@click.command()
@click.option("--instance", type=click.Path(path_type=Path), help="Folder of the instance.")
@click.option("--once", is_flag=True, help="Do what is due and end.")
@click.option("--parent", type=int, hidden=True, help="End when this process is no longer the parent.")
def worker(instance: Path | None, once: bool, parent: int | None) -> None:
    """Do background jobs: imports, exports, batches of certificates, mail."""
    from portal import config, create_app, daily, jobs, lifecycle, logs, server  # lazy: brings the web in

    try:
        settings = lifecycle.settings_for(instance)
        logs.configure(settings, requests=False)
        app = create_app(settings)
        server.require_ready(app)
    except (config.BadSettings, lifecycle.LifecycleError) as fault:
        raise click.ClickException(str(fault)) from fault
    if once:
        jobs.take_from_the_dead(app)
        daily.queue_due(app)
        click.echo(f"已处理 {jobs.run_all(app)} 项任务。")
        return
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent, stop), daemon=True).start()
    jobs.forever(app, stop)


def _end_with(parent: int, stop: threading.Event) -> None:
    """A runner started by the web server does not outlive it, even if that was killed."""
    while not stop.wait(1):
        if os.getppid() != parent:
            stop.set()
