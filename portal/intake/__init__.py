"""The door for files from outside: extension, first bytes and parser must agree that a file is harmless."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from uuid import uuid4

from portal.intake import documents, images, scanner
from portal.intake.magic import HEAD, Kind, by_content, by_extension, describe
from portal.intake.names import clean_name, extension
from portal.rules.refusals import RuleBroken
from portal.storage import StorageFull, is_full, require_room

__all__ = ["LARGEST", "CheckedFile", "check_upload", "clean_name"]

LARGEST = 10 * 1024 * 1024  # bytes
SPARE = 5  # times the file that must be free on the disk
_CHUNK = 256 * 1024


@dataclass(frozen=True)
class CheckedFile:
    """A file that passed, staged (0600, flushed to disk); `sha256` and `size` are of the staged bytes."""

    path: Path
    sha256: str
    size: int
    media_type: str
    pages: int
    name: str


def check_upload(stream: IO[bytes], filename: str, staging: Path, clamd: str = "") -> CheckedFile:
    """Check an upload and stage it in the folder `staging`; with `clamd`, that scanner sees it first.

    Images are kept as their pixels encoded anew, PDFs byte for byte. Raises RuleBroken with one Chinese
    sentence for the person, StorageFull, or scanner.ScannerAway; then no file is left behind.
    """
    name = clean_name(filename)
    promised = by_extension(extension(name))
    if promised is None:
        raise RuleBroken(
            f"不能接收“{name}”：证明材料只接受 PDF、JPEG、PNG 文件"
            "（扩展名 .pdf、.jpg、.jpeg、.png），请转换格式后再上传。"
        )
    require_room(staging, SPARE * _announced(stream, name))
    with _staged(staging) as received:
        try:
            head = _receive(stream, received, name)
            _agree(head, promised, name)
            if clamd:
                scanner.scan(received, name, clamd)
            if promised is Kind.PDF:
                return _checked(received, promised, documents.check(received, name), name)
            with _staged(staging) as rebuilt:
                images.rebuild(received, rebuilt, promised, name)
                received.unlink()
                return _checked(rebuilt, promised, 1, name)
        except OSError as fault:
            if is_full(fault):
                raise StorageFull(str(fault)) from fault
            raise


@contextmanager
def _staged(folder: Path) -> Iterator[Path]:
    """A new empty file that only we can read, gone again when the block is left by an exception."""
    path = folder / f"{uuid4()}.part"
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield path
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _announced(stream: IO[bytes], name: str) -> int:
    """The size of the upload where the stream can tell, else the largest allowed."""
    if not stream.seekable():
        return LARGEST
    start = stream.tell()
    size = stream.seek(0, os.SEEK_END) - start
    stream.seek(start)
    if size > LARGEST:
        raise _too_large(name, f"大小为 {size / 1024 / 1024:.1f} MB，")
    return size


def _receive(stream: IO[bytes], target: Path, name: str) -> bytes:
    """Copy the stream, counting; returns its first bytes."""
    size, head = 0, b""
    with target.open("wb") as file:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > LARGEST:
                raise _too_large(name, "")
            head = head or chunk[:HEAD]
            file.write(chunk)
    if size == 0:
        raise RuleBroken(f"“{name}”是空文件（0 字节），没有任何内容，请确认文件无误后重新选择。")
    return head


def _agree(head: bytes, promised: Kind, name: str) -> None:
    found = by_content(head)
    if found is promised:
        return
    if found is not None:
        advice = f"请把扩展名改为 {found.extensions[0]} 后再上传。"
    else:
        advice = "只改扩展名不会改变格式，请用原来的软件另存或导出为 PDF、JPEG 或 PNG 后再上传。"
    raise RuleBroken(
        f"“{name}”的内容与扩展名不符（扩展名所示：{promised.label}；实际：{describe(head)}），{advice}"
    )


def _too_large(name: str, size: str) -> RuleBroken:
    return RuleBroken(f"“{name}”{size}超过 10 MB 的上限，请压缩或拆分后再上传。")


def _checked(path: Path, kind: Kind, pages: int, name: str) -> CheckedFile:
    with path.open("rb+") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    return CheckedFile(path, digest, path.stat().st_size, kind.media_type, pages, name)
