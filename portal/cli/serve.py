"""The `serve` command: web processes where they can be had, one process with threads elsewhere."""

from __future__ import annotations

import click


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 64))
@click.option("--processes", type=click.IntRange(1, 64), help="Web processes, with the workers extra.")
@click.option("--jobs/--no-jobs", default=True, help="Keep a runner of background jobs beside the web.")
def serve(host: str, port: int, threads: int, processes: int | None, jobs: bool) -> None:
    """Serve the instance the settings name."""
    from portal import config, lifecycle, server  # lazy: brings the web in

    try:
        settings = config.load_settings()
        server.run(settings, host=host, port=port, threads=threads, processes=processes, jobs=jobs)
    except (config.BadSettings, lifecycle.LifecycleError) as fault:
        raise click.ClickException(str(fault)) from fault
