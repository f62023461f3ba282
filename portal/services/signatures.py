"""Signs the facts of a certificate and tells whether a stored row still says what was signed.

Every key has an id that is stored with what it signed, so a new key takes over without making older
certificates unsound. HMAC-SHA256 proves it to this instance; Ed25519 (extra `sign`) to anybody who
holds the public key.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Protocol

from portal.clock import shanghai_date

ALWAYS = ("number", "code", "year", "issued_on")  # what every certificate ever issued froze
JOINED = {"holder": "holder_uuid", "unit_code": "unit_code", "replaces": "replaced_number"}


class Key(Protocol):
    """One key: names itself, signs text, checks a signature (hex)."""

    @property
    def key_id(self) -> str: ...

    def sign(self, facts: str) -> str: ...

    def matches(self, facts: str, signature: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class HmacKey:
    """A secret of the instance."""

    key: bytes

    @property
    def key_id(self) -> str:
        """Names the key without telling it."""
        return hashlib.sha256(b"key id:" + self.key).hexdigest()[:8]

    def sign(self, facts: str) -> str:
        """64 hex digits."""
        return hmac.new(self.key, facts.encode(), hashlib.sha256).hexdigest()

    def matches(self, facts: str, signature: str) -> bool:
        """Whether this key made the signature."""
        return hmac.compare_digest(self.sign(facts).encode(), signature.encode())


@dataclass(frozen=True, slots=True)
class Ed25519Key:
    """A private key whose public half may be given to anybody."""

    seed: bytes

    @property
    def key_id(self) -> str:
        """`ed25519-` and eight hex digits of the public key's digest."""
        return f"ed25519-{hashlib.sha256(self.public).hexdigest()[:8]}"

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public key."""
        return bytes(self._private().public_key().public_bytes_raw())

    def sign(self, facts: str) -> str:
        """128 hex digits."""
        return bytes(self._private().sign(facts.encode())).hex()

    def matches(self, facts: str, signature: str) -> bool:
        """Whether this key made the signature; the scheme gives one signature per text."""
        return hmac.compare_digest(self.sign(facts).encode(), signature.encode())

    def _private(self) -> Any:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # lazy: comes with the extra
            Ed25519PrivateKey,
        )

        return Ed25519PrivateKey.from_private_bytes(self.seed)


@dataclass(frozen=True, slots=True)
class Keyring:
    """All keys of the instance by id, and the one that signs now."""

    current: Key
    keys: Mapping[str, Key]

    @property
    def key_id(self) -> str:
        """Id of the key that signs."""
        return self.current.key_id

    def sign(self, facts: str) -> str:
        """The signature (hex) over the canonical facts."""
        return self.current.sign(facts)

    def holds(self, row: Any, facts: Mapping[str, Any]) -> bool:
        """Whether a stored row still says what was signed, in every column that the facts repeat.

        `row` is a certificate; with `replaced_number`, `holder_uuid`, `unit_code` and `taken_back`
        (whether the log holds a revocation of it) beside its columns, those are compared as well.
        """
        key = self.keys.get(row.key_id)
        if key is None or not key.matches(row.facts, row.signature):
            return False
        told = {
            "number": row.number,
            "code": row.code,
            "year": row.year,
            "issued_on": shanghai_date(row.issued_at).isoformat(),
            "serial": row.serial,
            "uuid": str(row.uuid),
            "issued_at": row.issued_at.astimezone(UTC).isoformat(),
        }
        for name, column in JOINED.items():
            if hasattr(row, column):
                told[name] = None if (value := getattr(row, column)) is None else str(value)
        same = all(facts.get(name) == value for name, value in told.items() if name in facts)
        complete = all(name in facts for name in ALWAYS)
        fallen_back = getattr(row, "taken_back", False) and row.revoked_at is None
        return same and complete and not fallen_back


def single(key: bytes) -> Keyring:
    """A ring of one secret."""
    only = HmacKey(key)
    return Keyring(only, {only.key_id: only})
