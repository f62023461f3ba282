"""Serves the web: gunicorn with processes where it is installed, waitress with threads elsewhere."""

from __future__ import annotations

import gc
import os
import socket
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from typing import Any

from flask import Flask

from portal import create_app, lifecycle, logs, metrics
from portal.config import Settings
from portal.extensions import db
from portal.pdf import register_fonts

RESPAWN = 2.0  # seconds before a runner that ended is started again
LEAST_THREADS = 4  # a web process: a writer that waits for the lock must not keep readers waiting
MAX_BODY = 26 * 1024 * 1024  # a little above Flask's own limit, whose answer is the better one


def run(
    settings: Settings, *, host: str, port: int, threads: int, processes: int | None, jobs: bool = True
) -> None:
    """Serve until stopped, with a runner of jobs beside it or without.

    Raises LifecycleError when it cannot: what is in the way, and what to do.
    """
    # of a demo the accounts just printed should stay in sight
    logs.configure(settings, requests=bool(settings.log_file) or not settings.demo)
    _require_free(host, port)
    app = create_app(settings)
    require_ready(app)
    register_fonts()  # once, before workers are forked
    if jobs:
        threading.Thread(target=_run_jobs, args=(settings,), daemon=True).start()
    if processes != 1 and sys.platform != "win32" and find_spec("gunicorn"):
        prepare(app)
        count = processes or min(4, max(2, os.cpu_count() or 2))
        meter = metrics.share(app, settings.instance / metrics.FOLDER, range(1, count + 2))
        _gunicorn(app, meter, f"{host}:{port}", count, max(LEAST_THREADS, threads // count))
    else:
        _waitress(app, host, port, threads)


def prepare(app: Flask) -> None:
    """Do once, before web processes are forked, what each would do slowly on its first requests.

    They come and go all day: without this whoever meets a new one waits until its templates are compiled.
    """
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)
    gc.collect()
    gc.freeze()  # a collection in a child touches, and so copies, what it could go on sharing


def _run_jobs(settings: Settings) -> None:
    """Keep one process beside the web that does the jobs; a killed one is followed by another."""
    environment = {f"PORTAL_{name.upper()}": _as_text(value) for name, value in settings}
    command = [sys.executable, "-m", "portal.cli", "worker", "--parent", str(os.getpid())]
    while True:
        child = subprocess.Popen(command, env={**os.environ, **environment})  # noqa: S603  (our own command)
        child.wait()
        time.sleep(RESPAWN)


def _as_text(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "" if value is None else str(value)


def _require_free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise lifecycle.LifecycleError(
                f"不能使用 {host}:{port}（{fault.strerror}）。请先停止占用它的程序，或用 --port 换一个端口。"
            ) from fault


def require_ready(app: Flask) -> None:
    """Raises LifecycleError, naming the command to run, unless the tables are of this version."""
    with app.app_context():
        found = lifecycle.revision()
        db.engine.dispose()  # no connection may be carried into a forked process
    if found is None:
        raise lifecycle.LifecycleError("这个实例还没有数据库。请先运行 portal init，或用 portal demo 试用。")
    if found != lifecycle.head():
        raise lifecycle.LifecycleError("数据库版本与程序不一致。请先运行 portal upgrade。")


def _waitress(app: Flask, host: str, port: int, threads: int) -> None:
    from waitress import serve  # lazy: only one of the two servers is needed

    serve(app, host=host, port=port, threads=threads, max_request_body_size=MAX_BODY, ident=None)


def _gunicorn(app: Flask, meter: metrics.Meter, address: str, processes: int, threads: int) -> None:
    from gunicorn.app.base import BaseApplication  # lazy: only there with the workers extra

    class Served(BaseApplication):
        def load_config(self) -> None:
            for name, value in _options(address, processes, threads).items():
                self.cfg.set(name, value)
            slots = Slots(meter)
            self.cfg.set("pre_fork", slots.give)
            self.cfg.set("child_exit", slots.take_back)

        def load(self) -> Flask:
            return app

    Served().run()


class Slots:
    """Numbers for web processes, of which no two alive have the same; each counts under its own."""

    def __init__(self, meter: metrics.Meter) -> None:
        self._meter = meter
        self._taken: dict[int, Any] = {}

    def give(self, _server: Any, worker: Any) -> None:
        """Before a fork: the lowest number that is free, which the child inherits."""
        slot = next(number for number in range(1, len(self._taken) + 2) if number not in self._taken)
        self._taken[slot] = worker
        self._meter.slot = slot

    def take_back(self, _server: Any, worker: Any) -> None:
        """After a process ended, however it did."""
        self._taken = {slot: one for slot, one in self._taken.items() if one is not worker}


def _options(address: str, processes: int, threads: int) -> dict[str, Any]:
    return {
        "bind": address,
        "workers": processes,
        # a sync worker waits a minute on a connection the browser opened to have it ready
        "worker_class": "gthread",
        "threads": threads,
        "timeout": 60,
        "limit_request_line": 4094,
        "max_requests": 2000,
        "max_requests_jitter": 200,
        "control_socket_disable": True,
        "proc_name": "portal",
    }
