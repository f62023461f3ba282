"""The files an import works from: the uploaded list until it was looked at, then its parsed rows, written
once, so that nobody parses again after a crash.

One JSON line a record, ordered by person, because a person's years are settled once per chunk they are in.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from uuid import UUID

from portal.services.course_rows import Record


def path_of(folder: Path, batch: UUID) -> Path:
    """Where the batch's rows lie below `folder`."""
    return folder / f"{batch}.ndjson"


def list_of(folder: Path, batch: UUID) -> Path:
    """Where the list as it was uploaded lies until somebody has looked at all of it."""
    return folder / f"{batch}.list"


def keep_list(folder: Path, batch: UUID, staged: Path) -> None:
    """Keep a copy of the uploaded list, flushed to the disk, in place at once."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = list_of(folder, batch)
    fresh = target.with_suffix(".part")
    with staged.open("rb") as uploaded, fresh.open("wb") as file:
        shutil.copyfileobj(uploaded, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(target)


def write(folder: Path, batch: UUID, records: Iterable[Record]) -> None:
    """Write them all, flushed to the disk, in place at once."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = path_of(folder, batch)
    fresh = target.with_suffix(".part")
    with fresh.open("w", encoding="utf-8", newline="\n") as file:
        for record in sorted(records, key=lambda one: (one.username, one.number)):
            file.write(json.dumps([record.number, *record.values()], ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(target)


def read(folder: Path, batch: UUID, offset: int, most: int) -> tuple[list[Record], int]:
    """At most `most` records from the byte `offset` on, and the byte where the next begins."""
    records: list[Record] = []
    with path_of(folder, batch).open("rb") as file:
        file.seek(offset)
        while len(records) < most and (line := file.readline()):
            values = json.loads(line)
            values[-1] = date.fromisoformat(values[-1])
            records.append(Record(*values))
        return records, file.tell()


def remove(folder: Path, batches: Iterable[UUID]) -> None:
    """Take away the files of batches nobody will work on again."""
    for batch in batches:
        path_of(folder, batch).unlink(missing_ok=True)
        list_of(folder, batch).unlink(missing_ok=True)
