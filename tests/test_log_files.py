"""Log files: one a day, whole lines from several writers, and an end to how much is kept."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from strict import StrictClient

from portal import config, logs
from portal.config import Settings
from portal.log_files import DailyFiles


class Days:
    """A clock for the handler."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 31, 23, 59, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def handler(
    folder: Path, days: Days, *, keep: int = 400, room: int = 10**9, largest: int = 10**9
) -> DailyFiles:
    made = DailyFiles(folder / "portal.log", days=keep, room=room, largest=largest, now=days)
    made.setFormatter(logging.Formatter("%(message)s"))
    return made


def say(one: DailyFiles, text: str) -> None:
    one.handle(logging.LogRecord("portal", logging.INFO, __file__, 1, text, None, None))


def names(one: DailyFiles) -> list[str]:
    return [file.name for file in one.kept()]


def test_each_day_has_its_file_and_old_days_go(tmp_path: Path) -> None:
    days = Days()
    one = handler(tmp_path, days, keep=2)
    for _ in range(4):
        say(one, "line")
        days.now += timedelta(days=1)
    one.close()
    assert names(one) == ["portal-2026-02-01.log", "portal-2026-02-02.log", "portal-2026-02-03.log"]
    assert all(file.stat().st_mode & 0o077 == 0 for file in one.kept())


def test_a_large_day_goes_on_in_another_file_and_the_oldest_make_room(tmp_path: Path) -> None:
    days = Days()
    one = handler(tmp_path, days, largest=100, room=300)
    for number in range(12):
        say(one, f"{number:02}" + "x" * 48)
    one.close()
    assert names(one)[-1] == "portal-2026-01-31.5.log"
    assert sum(file.stat().st_size for file in one.kept()) <= 300 + 102
    assert one.kept()[-1].read_text().startswith("10")


def test_a_foreign_file_beside_them_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "portal-notes.log").write_text("mine")
    (tmp_path / "other-2020-01-01.log").write_text("mine")
    say(handler(tmp_path, Days(), keep=1, room=1), "line")
    assert (tmp_path / "portal-notes.log").exists()
    assert (tmp_path / "other-2020-01-01.log").exists()


def test_several_writers_leave_whole_lines(tmp_path: Path) -> None:
    days = Days()
    writers = [handler(tmp_path, days, largest=20_000) for _ in range(4)]
    threads = [
        threading.Thread(target=lambda one=one, n=n: [say(one, f"{n}-{i}-" + "字" * 40) for i in range(200)])
        for n, one in enumerate(writers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [line for file in writers[0].kept() for line in file.read_text("utf-8").splitlines()]
    assert sorted(lines) == sorted(f"{n}-{i}-" + "字" * 40 for n in range(4) for i in range(200))
    for one in writers:
        one.close()


def test_a_folder_that_cannot_be_written_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    settings = Settings(instance=tmp_path, log_file=str(tmp_path / "file" / "portal.log"))
    with pytest.raises(config.BadSettings, match="PORTAL_LOG_FILE"):
        logs.configure(settings)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_request_of_somebody_carries_number_and_hat_but_no_name(
    app: Flask, sign_in: Callable[..., StrictClient], people: object
) -> None:
    desk = sign_in("李静")
    out = io.StringIO()
    stream = logging.StreamHandler(out)
    stream.setFormatter(logs.formatter())
    logger = logging.getLogger("portal.request")
    logger.addHandler(stream)
    logger.setLevel(logging.INFO)
    try:
        answer = desk.get("/admin/claims?q=陈晓", status=200)
    finally:
        logger.removeHandler(stream)
        logger.setLevel(logging.NOTSET)
    (line,) = [json.loads(text) for text in out.getvalue().splitlines()]
    assert (line["person"], line["hat"]) == (people["李静"].id, "unit")  # type: ignore[index]
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert not any(word in out.getvalue() for word in ("李静", "陈晓", "20080003", "127.0.0.1"))
