"""Evidence bytes on a local disk: staged, moved into place whole, and kept a while after they are removed."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")  # two letters at least: C:\evidence is a path
_FULL = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}
_NO_LINKS = {errno.EPERM, errno.EXDEV, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS}


class StorageFull(Exception):
    """The disk has no room for the file; nothing was kept."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the operator asks of files on their way in.

    `clamd` is where a virus scanner listens, "" for none; `files` and `size` (bytes) are the most one
    person may attach to their own claims within 365 days.
    """

    clamd: str = ""
    files: int = 300
    size: int = 1000 * 1024 * 1024


def require_room(folder: Path, need: int) -> None:
    """Raise StorageFull unless the disk of `folder` has `need` bytes free."""
    free = shutil.disk_usage(folder).free
    if free < need:
        raise StorageFull(f"{need} bytes needed, {free} free")


def is_full(fault: OSError) -> bool:
    """Whether an OSError means that the disk or the quota is used up."""
    return fault.errno in _FULL


class LocalStore:
    """Files under one folder, named by uuids: `staging/` on the way in, `files/ab/`, `trash/` on the way out.

    A key is a uuid in its canonical form; anything else raises ValueError before a path is built.
    """

    def __init__(self, root: Path, terms: Terms | None = None) -> None:
        self.root = root
        self.terms = terms or Terms()
        self.stage_dir = root / "staging"
        self._files = root / "files"
        self._trash = root / "trash"
        for folder in (root, self.stage_dir, self._files, self._trash):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, staged: Path, key: str) -> None:
        """Move a staged, already fsynced file into place; once this returns it survives a power loss.

        Raises FileExistsError for a key in use, StorageFull when the folder cannot be made.
        """
        target = self.path(key)
        if target.exists():
            raise FileExistsError(f"key {key} is in use")
        try:
            if not target.parent.exists():
                target.parent.mkdir(mode=0o700, exist_ok=True)
                _sync(self._files)
            os.replace(staged, target)
            _sync(target.parent)
        except OSError as fault:
            if is_full(fault):
                raise StorageFull(str(fault)) from fault
            raise

    def share(self, key: str, others: Iterable[str]) -> None:
        """Keep the same bytes under further keys, each of which may be deleted for itself.

        Hard links where the disk has them, copies elsewhere. Raises FileNotFoundError, StorageFull.
        """
        source, folders = self.path(key), set[Path]()
        for other in others:
            target = self.path(other)
            try:
                target.parent.mkdir(mode=0o700, exist_ok=True)
                self._twin(source, target)
            except OSError as fault:
                if is_full(fault):
                    raise StorageFull(str(fault)) from fault
                raise
            folders.add(target.parent)
        for folder in folders | ({self._files} if folders else set()):
            _sync(folder)

    def _twin(self, source: Path, target: Path) -> None:
        try:
            os.link(source, target)
        except OSError as fault:
            if fault.errno not in _NO_LINKS:
                raise
            shutil.copyfile(source, target)
            with target.open("rb") as copied:
                os.fsync(copied.fileno())

    def open(self, key: str) -> BinaryIO:
        """The file for reading. Raises FileNotFoundError."""
        return self.path(key).open("rb")

    def path(self, key: str) -> Path:
        """Where the file of this key lies, whether or not it exists."""
        name = _canonical(key)
        return self._files / name[:2] / name

    def exists(self, key: str) -> bool:
        """Whether bytes are kept under this key."""
        return self.path(key).is_file()

    def size(self, key: str) -> int:
        """Bytes. Raises FileNotFoundError."""
        return self.path(key).stat().st_size

    def delete(self, key: str) -> None:
        """Take the file away; a second time does nothing.

        It waits in the trash until `sweep`: a backup that copied the rows a moment ago still finds it there.
        """
        source = self.path(key)
        resting = self._trash / source.name
        try:
            os.replace(source, resting)
        except FileNotFoundError:
            return
        os.utime(resting)  # its age in the trash counts, not the file's
        _sync(source.parent)

    def kept(self) -> Iterator[str]:
        """Every kept key, in no particular order."""
        for folder in self._files.iterdir():
            for file in folder.iterdir():
                yield file.name

    def trashed(self) -> Iterator[str]:
        """Every key whose file waits in the trash, in no particular order."""
        for file in self._trash.iterdir():
            yield file.name

    def trash_path(self, key: str) -> Path:
        """Where the file of this key lies once it was deleted."""
        return self._trash / _canonical(key)

    def sweep(self, before: datetime) -> int:
        """Erase staged leftovers and trash last touched before an aware instant; returns how many went."""
        gone = 0
        for folder in (self.stage_dir, self._trash):
            for file in folder.iterdir():
                if file.stat().st_mtime < before.timestamp():
                    file.unlink(missing_ok=True)
                    gone += 1
        return gone


def open_store(location: str, terms: Terms | None = None) -> LocalStore:
    """The store at `file:/folder`, `file:///folder` or a plain path; ValueError for any other scheme."""
    scheme = _SCHEME.match(location)
    if scheme is None:
        place = location
    elif scheme[1].lower() == "file":
        place = location[scheme.end() :].removeprefix("//")
        if place and not place.startswith("/"):
            raise ValueError(
                f"PORTAL_STORE={location!r}: file: is followed by an absolute path, not by a host"
            )
    else:
        raise ValueError(
            f"PORTAL_STORE={location!r}: unknown scheme {scheme[1]!r}; use file:/folder or a path"
        )
    if not place:
        raise ValueError(f"PORTAL_STORE={location!r} names no folder")
    return LocalStore(Path(place), terms)


def _canonical(key: str) -> str:
    try:
        good = str(UUID(key)) == key
    except ValueError:
        good = False
    if not good:
        raise ValueError(f"not a storage key: {key!r}")
    return key


def _sync(folder: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there; NTFS journals the rename
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
