"""Builds the demo campus beside its place and moves it there whole, so that a killed build leaves nothing."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from portal import create_app, lifecycle
from portal.clock import start_demo_clock
from portal.config import Settings, load_settings
from portal.demo import fill
from portal.extensions import db

MARK = "demo = true"


class NotADemo(Exception):
    """The place holds something that is not a demo campus; it was not touched."""


def ensure(instance: Path, *, port: int, reset: bool = False) -> tuple[Settings, float | None]:
    """The demo's settings, building it first when it is missing or a reset is asked.

    Returns them with the seconds the building took (None: it was there). Raises NotADemo.
    """
    address = f"http://127.0.0.1:{port}"
    _refuse_others(instance)
    seconds = None
    if reset or not (instance / "portal.toml").is_file():
        started = time.monotonic()
        _build_aside(instance)
        seconds = time.monotonic() - started
    _write_settings(instance, address)
    return load_settings({"instance": instance, "demo": True, "base_url": address}), seconds


def _refuse_others(instance: Path) -> None:
    if not instance.exists():
        return
    if not instance.is_dir():
        raise NotADemo(f"{instance} 不是文件夹。请用 --instance 指定另一个位置。")
    file = instance / "portal.toml"
    marked = file.is_file() and MARK in file.read_text("utf-8").splitlines()
    if not marked and any(instance.iterdir()):
        raise NotADemo(
            f"{instance} 不是演示环境，没有改动其中的任何内容。请用 --instance 指定另一个空文件夹。"
        )


def _build_aside(instance: Path) -> None:
    """Build in a neighbouring folder and put it in place in one step."""
    aside = instance.with_name(instance.name + ".building")
    if aside.exists():  # an earlier build was killed
        shutil.rmtree(aside)
    aside.mkdir(mode=0o700, parents=True)
    settings = load_settings({"instance": aside, "demo": True})
    app = create_app(settings)
    with app.app_context():
        if settings.database_url:
            try:
                _empty_database(settings, instance)
            except NotADemo:
                shutil.rmtree(aside)
                raise
        lifecycle.migrate_now()
        fill.campus(app, settings)
        db.session.remove()
        db.engine.dispose()
    start_demo_clock(settings)
    (aside / "portal.toml").write_text(MARK + "\n", "utf-8")
    if instance.exists():
        gone = instance.with_name(instance.name + ".gone")
        shutil.rmtree(gone, ignore_errors=True)
        os.rename(instance, gone)
        os.rename(aside, instance)
        shutil.rmtree(gone)
    else:
        os.rename(aside, instance)


def _empty_database(settings: Settings, instance: Path) -> None:
    """A database named by the settings is emptied only when the demo in place is known to be its own."""
    if lifecycle.revision() is None:
        return
    if not (instance / "portal.toml").is_file():
        raise NotADemo("PORTAL_DATABASE_URL 指向的数据库已有内容，且不是这个演示环境的。请换一个空数据库。")
    lifecycle.drop_everything()


def _write_settings(instance: Path, address: str) -> None:
    file = instance / "portal.toml"
    text = f'# A demo campus: invented people, a clock of its own.\n{MARK}\nbase_url = "{address}"\n'
    if file.read_text("utf-8") != text:
        fresh = file.with_suffix(".part")
        fresh.write_text(text, "utf-8")
        os.replace(fresh, file)
