"""What work on certificates needs from the instance: the keys, the press, the place of the seal.

Pages, jobs and commands all take them from here. Keys lie in `certificate-keys/` of the instance, one
file each, beside the first one (`certificate.key`); `current` there names the one that signs.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from flask import current_app

from portal import config
from portal.config import BadSettings, Settings
from portal.pdf import signing
from portal.pdf.press import Press
from portal.rules.policy import PolicySet
from portal.services import certificate_batches
from portal.services.certificate_batches import Shop
from portal.services.jobs import Task
from portal.services.signatures import Ed25519Key, HmacKey, Key, Keyring

SEAL_FILE = "seal.png"
SIGN_FOLDER = "sign"
KEY_FOLDER = "certificate-keys"
KINDS: dict[str, Callable[[bytes], Key]] = {"hmac": HmacKey, "ed25519": Ed25519Key}


def settings() -> Settings:
    """The settings of this app."""
    found: Settings = current_app.extensions["portal.settings"]
    return found


def seal_path() -> Path:
    """Where the university's seal is kept once HR has uploaded one."""
    return settings().instance / SEAL_FILE


def verify_prefix() -> str:
    """The public address in front of a code, from the configured base and never from a request."""
    urls = current_app.url_map.bind("")
    return settings().base_url + urls.build("verify.certificate", {"code": "-"})[:-1]


def press() -> Press:
    """The press as it stands now: with the uploaded seal, signing when there is a certificate for it."""
    seal, sign = seal_path(), settings().instance / SIGN_FOLDER
    return Press(
        verify=verify_prefix(),
        seal=seal.read_bytes() if seal.is_file() else None,
        sign=sign if signing.configured(sign) else None,
    )


def shop(policies: PolicySet) -> Shop:
    """What a batch of certificates borrows."""
    return Shop(policies, keyring(), press(), settings().school)


def print_batch(task: Task) -> None:
    """The job of kind `certificates`."""
    policies: PolicySet = current_app.extensions["portal.policies"]
    task.finish(certificate_batches.run(task, shop(policies)))


def keyring(of: Settings | None = None) -> Keyring:
    """Every key of the instance. Raises BadSettings for a key that cannot be read or is not there."""
    where = of or settings()
    first = HmacKey(config.key(where, "certificate"))
    keys: dict[str, Key] = {first.key_id: first}
    folder = where.instance / KEY_FOLDER
    for file in sorted(folder.glob("*.*")) if folder.is_dir() else ():
        kind = KINDS.get(file.suffix[1:])
        if kind is None:
            continue
        key = kind(_read(file))
        keys[file.stem] = key
    chosen = folder / "current"
    name = chosen.read_text("ascii").strip() if chosen.is_file() else first.key_id
    if name not in keys:
        raise BadSettings(f"{chosen} names the key {name}, which is not there")
    return Keyring(keys[name], keys)


def add_key(where: Settings, kind: str) -> str:
    """Make a key of that kind (`hmac`, `ed25519`) and let it sign from now on; returns its id."""
    seed = secrets.token_bytes(32)
    key: Key = KINDS[kind](seed)
    folder = where.instance / KEY_FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    _write(folder / f"{key.key_id}.{kind}", seed)
    fresh = folder / f"current.{secrets.token_hex(4)}~"
    _write(fresh, key.key_id.encode("ascii"))
    os.replace(fresh, folder / "current")  # in one step: a signer is always named
    return key.key_id


def _read(file: Path) -> bytes:
    seed = file.read_bytes()
    if len(seed) != config.KEY_BYTES:
        raise BadSettings(f"{file} holds {len(seed)} bytes, a key needs {config.KEY_BYTES}")
    return seed


def _write(file: Path, content: bytes) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
