"""One-time passwords of an authenticator app (RFC 6238: HMAC-SHA-1, 30 seconds, six digits)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote, urlencode

STEP = 30  # seconds
DIGITS = 6
DRIFT = 1  # steps that the phone's clock may be early or late
SECRET_BYTES = 20


def step_of(now: datetime) -> int:
    """The number of the 30 seconds an instant falls into."""
    return int(now.timestamp()) // STEP


def code_at(secret: bytes, step: int, *, digits: int = DIGITS) -> str:
    """The code shown during that step (RFC 6238 §4, RFC 4226 §5.3)."""
    mac = hmac.new(secret, step.to_bytes(8, "big"), hashlib.sha1).digest()
    start = mac[-1] & 0x0F
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}}"


def matching_step(secret: bytes, code: str, now: datetime, *, after: int) -> int | None:
    """The step whose code this is, at most one before or after now's; None when it is none of them.

    Steps up to `after` were used already and do not count again (RFC 6238 §5.2).
    """
    if not (len(code) == DIGITS and code.isascii() and code.isdigit()):
        return None
    here = step_of(now)
    fitting = [
        step
        for step in range(here - DRIFT, here + DRIFT + 1)
        if hmac.compare_digest(code_at(secret, step), code) and step > after
    ]
    return fitting[0] if fitting else None


def as_text(secret: bytes) -> str:
    """The secret as it is typed into an app: base32 without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def address(secret: bytes, *, username: str, issuer: str) -> str:
    """The otpauth address that the QR code carries."""
    label = quote(f"{issuer}:{username}")
    return f"otpauth://totp/{label}?" + urlencode(
        {"secret": as_text(secret), "issuer": issuer, "digits": DIGITS, "period": STEP}, quote_via=quote
    )
