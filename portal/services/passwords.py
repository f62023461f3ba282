"""Hashes and checks passwords; slow on purpose, so never inside a transaction."""

from __future__ import annotations

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MAX_LENGTH = 128
_AT_ONCE = BoundedSemaphore(4)  # each hash takes 19 MiB; a crowd at the door must not take the machine
_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
_NOBODY = _HASHER.hash("nobody has this password")


def hash_password(password: str) -> str:
    """The argon2id hash to store. Raises ValueError past MAX_LENGTH characters."""
    if len(password) > MAX_LENGTH:
        raise ValueError(f"a password has at most {MAX_LENGTH} characters")
    with _AT_ONCE:
        return _HASHER.hash(password)


def verify(stored: str | None, password: str) -> bool:
    """Whether the password fits; takes as long for somebody who does not exist (`stored` None)."""
    with _AT_ONCE:
        try:
            fits = _HASHER.verify(stored or _NOBODY, password[:MAX_LENGTH])
        except (VerificationError, InvalidHashError):
            return False
    return bool(fits) and stored is not None and len(password) <= MAX_LENGTH


def outdated(stored: str) -> bool:
    """Whether the hash was made with other costs than today's."""
    return _HASHER.check_needs_rehash(stored)
