"""The evidence store: bytes are there whole or not at all, and leave slowly."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from portal.storage import LocalStore, StorageFull, open_store, require_room

KEY = "5b1c0f2e-8a41-4c5e-9d0a-3f6b7c8d9e10"


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "evidence")


def staged(store: LocalStore, data: bytes = b"proof") -> Path:
    path = store.stage_dir / f"{uuid4()}.part"
    path.write_bytes(data)
    return path


def test_a_file_put_is_there_and_no_longer_staged(store: LocalStore) -> None:
    key, source = str(uuid4()), staged(store)

    store.put(source, key)

    with store.open(key) as file:
        assert file.read() == b"proof"
    assert (store.exists(key), store.size(key), list(store.kept())) == (True, 5, [key])
    assert not source.exists()


def test_a_new_store_finds_what_an_earlier_one_kept(store: LocalStore) -> None:
    key = str(uuid4())
    store.put(staged(store), key)

    assert open_store(str(store.root)).exists(key)


def test_folders_are_for_the_portal_alone(store: LocalStore) -> None:
    key = str(uuid4())
    store.put(staged(store), key)

    for folder in (store.root, store.stage_dir, store.path(key).parent):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_key_is_used_once(store: LocalStore) -> None:
    key = str(uuid4())
    store.put(staged(store), key)

    with pytest.raises(FileExistsError):
        store.put(staged(store, b"other"), key)
    assert store.path(key).read_bytes() == b"proof"


@pytest.mark.parametrize(
    "key", ["../../etc/passwd", "", "a", "0" * 32, f"{KEY} ".upper(), "..", f"{{{KEY}}}"]
)
def test_only_a_canonical_uuid_is_a_key(store: LocalStore, key: str) -> None:
    for use in (store.path, store.open, store.exists, store.size, store.delete):
        with pytest.raises(ValueError, match="not a storage key"):
            use(key)


def test_a_deleted_file_is_gone_and_deleting_again_is_no_fault(store: LocalStore) -> None:
    key = str(uuid4())
    store.put(staged(store), key)

    store.delete(key)
    store.delete(key)

    assert not store.exists(key)
    assert list(store.kept()) == []
    with pytest.raises(FileNotFoundError):
        store.open(key)


def test_a_sweep_erases_old_leftovers_and_nothing_kept(store: LocalStore) -> None:
    kept, dropped = str(uuid4()), str(uuid4())
    for key in (kept, dropped):
        store.put(staged(store), key)
        os.utime(store.path(key), (0, 0))
    fresh, stale = staged(store), staged(store)
    os.utime(stale, (0, 0))
    store.delete(dropped)  # its age in the trash begins now, however old the file is

    yesterday = datetime.now(UTC) - timedelta(days=1)
    assert store.sweep(yesterday) == 1
    assert fresh.exists()
    assert store.exists(kept)
    assert store.sweep(yesterday + timedelta(days=2)) == 2
    assert not fresh.exists()
    assert store.exists(kept)


def test_a_full_disk_has_a_name(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    key, source = str(uuid4()), staged(store)
    with pytest.raises(StorageFull):
        require_room(store.root, 1 << 62)
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(StorageFull):
        store.put(source, key)
    assert not store.exists(key)


@pytest.mark.parametrize("form", ["{}", "file:{}", "file://{}"])
def test_a_location_is_a_path_or_a_file_address(form: str, tmp_path: Path) -> None:
    place = tmp_path / "证明 材料"

    assert open_store(form.format(place)).root == place
    assert place.is_dir()


@pytest.mark.parametrize("location", ["s3://bucket", "ftp:/x", "https://host/x"])
def test_an_unknown_scheme_is_refused_with_the_setting_named(location: str) -> None:
    with pytest.raises(ValueError, match=r"PORTAL_STORE=.*unknown scheme"):
        open_store(location)


@pytest.mark.parametrize("location", ["", "file:", "file://"])
def test_a_location_names_a_folder(location: str) -> None:
    with pytest.raises(ValueError, match="names no folder"):
        open_store(location)


@pytest.mark.parametrize("location", ["file://host/x", "file:evidence"])
def test_a_file_address_is_absolute(location: str) -> None:
    with pytest.raises(ValueError, match="absolute path"):
        open_store(location)
