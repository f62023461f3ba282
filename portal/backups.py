"""Copies an instance while people work, and puts a copy back into an empty place.

The database is copied first and the evidence after it: files are only ever added, and one that is removed
meanwhile still lies in the trash, so every row of the copy finds its file. A backup is a folder that is
named only once it is whole; its manifest tells the size and the SHA-256 of every file in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import make_url

from portal.config import Settings
from portal.storage import open_store

FORMAT = 1
PREFIX = "portal-"
MANIFEST = "manifest.json"
LAST = "last-backup"  # in the instance: touched when a backup is whole
SQLITE, POSTGRESQL = "database.db", "database.dump"
# of the instance's folder: what is copied otherwise, or can be made again. The key of the cookies is made
# again on purpose: sessions that ended after the backup would live once more with the rows it brings back.
_OWN = "portal.db portal.db-wal portal.db-shm backups evidence jobs imports metrics secret.key"
_LEFT_OUT = frozenset({*_OWN.split(), LAST})
_CHUNK = 1024 * 1024


class BackupError(Exception):
    """Nothing was changed; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup: where it lies, how many files it holds besides the database, bytes altogether."""

    folder: Path
    files: int
    size: int
    dropped: tuple[Path, ...] = ()  # older ones that went because of `keep`


def make(settings: Settings, destination: Path, *, now: datetime, keep: int | None = None) -> Backup:
    """Copy database, evidence, keys and settings into a new folder below `destination`.

    `keep` removes all but that many of the newest backups there, once this one is whole.
    Raises BackupError when the database cannot be copied.
    """
    destination.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = destination / (PREFIX + now.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ"))
    part = target.with_name(f".{target.name}.part")
    part.mkdir(mode=0o700)
    try:
        database = part / (SQLITE if _engine(settings) == "sqlite" else POSTGRESQL)
        copy_database(settings, database)
        _copy_evidence(settings, part / "evidence")
        _copy_instance(settings, part / "instance")
        listed = {name: _facts(part / name) for name in sorted(_names(part))}
        manifest = {
            "format": FORMAT,
            "made_at": now.astimezone(UTC).isoformat(timespec="seconds"),
            "engine": _engine(settings),
            "files": listed,
        }
        _write(part / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1).encode())
        os.rename(part, target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    _sync_folder(destination)
    _note(settings.instance / LAST, f"{target}\n")
    size = sum(facts["size"] for facts in listed.values())
    return Backup(target, len(listed) - 1, size, _drop_old(destination, keep))


def restore(source: Path, settings: Settings) -> dict[str, Any]:
    """Put a backup into an empty instance and return its manifest; the database comes last.

    Every file is compared with the manifest before anything is written. Raises BackupError for a
    damaged backup, another kind of database, or a place that is not empty.
    """
    manifest = check(source)
    engine = _engine(settings)
    if manifest["engine"] != engine:
        raise BackupError(
            f"备份来自 {manifest['engine']}，而当前设置使用 {engine}。请先把数据库设置改为同一种。"
        )
    settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)  # before the store makes it for all
    _require_empty(settings, manifest["files"])
    _put_back(source / "instance", settings.instance)
    _put_back(source / "evidence", Path(settings.evidence_store) / "files")
    if engine == "sqlite":
        target = Path(str(make_url(settings.database).database))
        fresh = target.with_name(target.name + ".restoring")
        _copy(source / SQLITE, fresh)
        os.replace(fresh, target)
        _sync_folder(target.parent)
    else:
        _load_postgresql(settings.database, source / POSTGRESQL)
    return manifest


def check(source: Path) -> dict[str, Any]:
    """The manifest of a backup whose every file is as it says.

    Raises BackupError naming what is missing, changed or not listed.
    """
    try:
        manifest: dict[str, Any] = json.loads((source / MANIFEST).read_text("utf-8"))
        listed: dict[str, dict[str, Any]] = manifest["files"]
    except (OSError, ValueError, KeyError, TypeError):
        raise BackupError(f"{source} 不是完整的备份：没有可读的 {MANIFEST}。") from None
    if manifest.get("format") != FORMAT:
        raise BackupError(f"备份格式 {manifest.get('format')} 不能由本版本恢复，请使用做备份时的版本。")
    here = set(_names(source)) - {MANIFEST}
    faults = [f"缺少 {name}" for name in sorted(set(listed) - here)]
    faults += [f"多出 {name}" for name in sorted(here - set(listed))]
    faults += [
        f"内容已改变：{name}" for name in sorted(here & set(listed)) if _facts(source / name) != listed[name]
    ]
    if faults:
        more = f" 等 {len(faults)} 处" if len(faults) > 5 else ""
        raise BackupError(f"备份已损坏，没有恢复任何内容：{'；'.join(faults[:5])}{more}。")
    return manifest


def copy_database(settings: Settings, target: Path) -> None:
    """Copy the database into the file `target` (0600) as of one moment, in use or not.

    Raises BackupError when PostgreSQL's pg_dump is missing or fails.
    """
    target.touch(mode=0o600)
    url = make_url(settings.database)
    if url.get_backend_name() != "sqlite":
        _dump_postgresql(settings.database, target)
        return
    if not Path(str(url.database)).is_file():
        target.unlink()
        raise BackupError(f"没有找到数据库 {url.database}。请先运行 portal init。")
    with closing(sqlite3.connect(str(url.database))) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy, pages=-1)  # in one step: in pieces it starts over with every write
    _sync_file(target)


def _engine(settings: Settings) -> str:
    return make_url(settings.database).get_backend_name()


def _dump_postgresql(address: str, target: Path) -> None:
    done = _postgresql("pg_dump", address, "--format=custom", "--no-owner", f"--file={target}")
    if done.returncode:
        target.unlink()
        raise BackupError(f"备份失败，数据库没有改动：{done.stderr.strip()}")


def _load_postgresql(address: str, source: Path) -> None:
    done = _postgresql(
        "pg_restore", address, "--no-owner", "--exit-on-error", "--single-transaction", str(source)
    )
    if done.returncode:
        raise BackupError(f"恢复数据库失败，数据库没有改动：{done.stderr.strip()}")


def _postgresql(tool: str, address: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    found = shutil.which(tool)
    if found is None:
        raise BackupError(f"没有找到 {tool}。请安装 PostgreSQL 客户端（postgresql-client）后重试。")
    url = make_url(address)
    plain = url.set(drivername="postgresql")._replace(password=None).render_as_string(hide_password=False)
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}  # everybody may read a command line
    return subprocess.run(  # noqa: S603  (a fixed program; the address is the operator's own)
        [found, f"--dbname={plain}", *arguments], capture_output=True, text=True, env={**os.environ, **secret}
    )


def _copy_evidence(settings: Settings, target: Path) -> None:
    store = open_store(settings.evidence_store)
    for key in [*store.kept(), *store.trashed()]:
        for place in (store.path(key), store.trash_path(key)):  # it may go to the trash under our eyes
            try:
                _copy(place, target / key[:2] / key)
            except FileNotFoundError:
                continue
            break


def _copy_instance(settings: Settings, target: Path) -> None:
    store = Path(settings.evidence_store).resolve()
    for file in sorted(settings.instance.iterdir()):
        if file.name in _LEFT_OUT or file.resolve() == store or file.name.endswith((".part", ".new")):
            continue
        for one in sorted(file.rglob("*")) if file.is_dir() else [file]:
            if one.is_file() and not one.is_symlink():
                _copy(one, target / one.relative_to(settings.instance))


def _put_back(source: Path, target: Path) -> None:
    for file in sorted(source.rglob("*")) if source.is_dir() else ():
        place = file.relative_to(source)
        if file.is_file() and place.parts[0] not in _LEFT_OUT:
            _copy(file, target / place)


def _require_empty(settings: Settings, listed: Iterable[str]) -> None:
    if _has_tables(settings):
        raise BackupError("目标数据库已有数据表。恢复只能在空实例中进行，以免覆盖现有数据。")
    ours = {PurePosixPath(name).name for name in listed if name.startswith("evidence/")}
    if not ours.issuperset(open_store(settings.evidence_store).kept()):
        raise BackupError(f"{settings.evidence_store} 中已有其他证明材料。恢复只能在空实例中进行。")


def _has_tables(settings: Settings) -> bool:
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        return False
    engine = create_engine(url)
    try:
        return bool(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def _names(folder: Path) -> Iterator[str]:
    for file in folder.rglob("*"):
        if file.is_file():
            yield file.relative_to(folder).as_posix()


def _facts(file: Path) -> dict[str, Any]:
    with file.open("rb") as opened:
        return {
            "size": file.stat().st_size,
            "sha256": hashlib.file_digest(opened, "sha256").hexdigest(),
        }


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as reading:
        _private(target.parent)
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as writing:
            shutil.copyfileobj(reading, writing, _CHUNK)
            writing.flush()
            os.fsync(writing.fileno())


def _private(folder: Path) -> None:
    """Make the folder and those above it that are missing, each for its owner alone."""
    if not folder.is_dir():
        _private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _write(target: Path, content: bytes) -> None:
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def _note(target: Path, line: str) -> None:
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(line)


def _sync_file(file: Path) -> None:
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _drop_old(destination: Path, keep: int | None) -> tuple[Path, ...]:
    if keep is None:
        return ()
    whole = sorted(one for one in destination.glob(f"{PREFIX}*") if (one / MANIFEST).is_file())
    old = whole[: max(0, len(whole) - keep)]
    for folder in old:
        shutil.rmtree(folder)
    return tuple(old)
