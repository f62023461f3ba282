"""What every page about certificates needs from the app: the signer, the seal, the address in the QR."""

from __future__ import annotations

from pathlib import Path

import segno
from flask import current_app, url_for

from portal.config import Settings, key
from portal.services.certificates import Signer

SEAL_FILE = "seal.png"


def signer() -> Signer:
    """The instance's signer."""
    return Signer(key(_settings(), "certificate"))


def seal_path() -> Path:
    """Where the university's seal is kept once HR has uploaded one."""
    return _settings().instance / SEAL_FILE


def seal() -> bytes | None:
    """The uploaded seal; without one a place is left for it."""
    path = seal_path()
    return path.read_bytes() if path.is_file() else None


def verify_url(code: str) -> str:
    """The public address of a certificate, from the configured base address and never from the request."""
    return _settings().base_url + url_for("verify.certificate", code=code)


def qr_data(address: str) -> str:
    """The QR code of an address as a data: URI (SVG)."""
    return segno.make(address, error="m").svg_data_uri(scale=4, border=2)


def _settings() -> Settings:
    return current_app.extensions["portal.settings"]
