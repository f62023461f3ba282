"""Keeps log lines in one file a day, written by several processes at once, and no longer than wanted.

Nothing is renamed, so no process ever writes into a file another has just put away.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Lock

LARGEST = 100 * 1024 * 1024  # bytes; the day goes on in another file


class DailyFiles(logging.Handler):
    """Appends each line, in one write, to `<stem>-2026-01-31.log` beside `file`; days are UTC.

    Files older than `days` go, and the oldest beyond `room` bytes altogether. Readable by the owner only.
    """

    def __init__(
        self,
        file: Path,
        *,
        days: int,
        room: int,
        largest: int = LARGEST,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__()
        self.folder, self.stem = file.absolute().parent, file.name.removesuffix(".log")
        self.days, self.room, self.largest, self._now = days, room, largest, now
        self._day: date | None = None
        self._part = 0
        self._handle: int | None = None
        self._guard = Lock()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._turn(now().date())  # a folder that cannot be written is told at the start

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line; a full disk costs the line and not the request."""
        try:
            line = (self.format(record) + "\n").encode("utf-8", "backslashreplace")
            with self._guard:
                os.write(self._open_for(self._now().date()), line)
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        """Give the file back."""
        with self._guard:
            if self._handle is not None:
                os.close(self._handle)
                self._handle = None
        super().close()

    def kept(self) -> list[Path]:
        """The files there are, oldest first."""
        form = re.compile(re.escape(self.stem) + r"-(\d{4}-\d\d-\d\d)(?:\.(\d+))?\.log")
        found = [(match, file) for file in self.folder.iterdir() if (match := form.fullmatch(file.name))]
        return [file for _, file in sorted(found, key=lambda one: (one[0][1], int(one[0][2] or 0)))]

    def _open_for(self, today: date) -> int:
        handle = self._handle
        if handle is None or self._day != today or os.fstat(handle).st_size >= self.largest:
            return self._turn(today)
        return handle

    def _turn(self, today: date) -> int:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
        if self._day != today:
            self._day, self._part = today, 0
        while True:
            target = self._file(today, self._part)
            if not target.exists() or target.stat().st_size < self.largest:
                break
            self._part += 1
        self._handle = handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._drop_old(today, target)
        return handle

    def _file(self, day: date, part: int) -> Path:
        return self.folder / f"{self.stem}-{day.isoformat()}{f'.{part}' if part else ''}.log"

    def _drop_old(self, today: date, current: Path) -> None:
        first = f"{self.stem}-{(today - timedelta(days=self.days)).isoformat()}"
        used = 0
        for file in reversed(self.kept()):
            try:
                used += file.stat().st_size
                if file != current and (file.name < first or used > self.room):
                    file.unlink()
            except FileNotFoundError:
                continue  # another process was faster
