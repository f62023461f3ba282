"""Pulls the one print of a certificate that can be told from any other by its digest.

The bytes follow from the frozen facts and from the press: layout, faces, libraries, seal, signer. What
the press is made of has a name, the recipe; a print of another recipe has other bytes.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from portal.pdf import signing

ROOT = Path(__file__).parent.parent
LIBRARIES = ("reportlab", "xhtml2pdf", "svglib", "segno", "pillow")
SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF with what is recorded about it."""

    data: bytes
    sha256: str
    recipe: str
    signed: bool


@dataclass(frozen=True, slots=True)
class Press:
    """All that shapes a print besides the facts; it can be handed to another process.

    `verify` is the public address in front of a code, `seal` the university's own as PNG, `sign` the
    folder of the signing certificate (None: prints are not signed).
    """

    verify: str
    seal: bytes | None = None
    sign: Path | None = None

    @property
    def recipe(self) -> str:
        """Sixteen hex digits that change whenever the same facts would give other bytes."""
        parts = (
            _machine(),
            self.verify,
            hashlib.sha256(self.seal).hexdigest() if self.seal else "",
            f"{signing.fingerprint(self.sign)} {version('pyhanko')}" if self.sign else "",
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def pull(self, facts: Mapping[str, Any]) -> Printed:
        """Print the facts. Raises Unprintable or PdfFailed as `portal.pdf.certificate` does."""
        from portal.pdf import certificates  # lazy: the engine takes a third of a second

        data = certificates.certificate(facts, verify_url=self.verify + facts["code"], seal=self.seal)
        if self.sign is not None:
            data = signing.sign(
                data,
                self.sign,
                at=_issued_at(facts),
                reason=f"专业技术人员继续教育证书 {facts['number']}",
                place=facts["school"],
            )
        return Printed(data, hashlib.sha256(data).hexdigest(), self.recipe, self.sign is not None)


@cache
def _machine() -> str:
    """Layout and libraries; compressors of other versions write other bytes for the same page."""
    files = sorted(
        [
            *(ROOT / "pdf").glob("*.py"),
            ROOT / "templates/certificates/pdf.html",
            ROOT / "static/certificates/certificate.css",
            ROOT / "static/certificates/border.svg",
            ROOT / "fonts/manifest.json",
            ROOT / "rules/certificates.py",
        ]
    )
    told = [f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files]
    told += [f"{name} {version(name)}" for name in LIBRARIES]
    return "\n".join([*told, f"zlib {zlib.ZLIB_RUNTIME_VERSION}"])


def _issued_at(facts: Mapping[str, Any]) -> datetime:
    """The instant of issue; certificates from before it was frozen count from noon of their day."""
    if "issued_at" in facts:
        return datetime.fromisoformat(facts["issued_at"])
    day = datetime.fromisoformat(facts["issued_on"]).date()
    return datetime.combine(day, time(12), SHANGHAI).astimezone(UTC)
