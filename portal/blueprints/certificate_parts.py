"""What pages about certificates share: the address in the QR and its drawing."""

from __future__ import annotations

import segno

from portal.certificate_desk import verify_prefix


def verify_url(code: str) -> str:
    """The public address of a certificate, from the configured base address and never from the request."""
    return verify_prefix() + code


def qr_data(address: str) -> str:
    """The QR code of an address as a data: URI (SVG)."""
    return segno.make(address, error="m").svg_data_uri(scale=4, border=2)
