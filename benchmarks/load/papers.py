"""The files people send: a one-page PDF as offices issue it, or a photograph of one; no two are alike."""

from __future__ import annotations

import io
import random
import re
from functools import cache
from uuid import uuid4

from PIL import Image, ImageDraw
from reportlab.pdfgen.canvas import Canvas

TITLES = ("重症护理学术会议", "临床教学能力提升班", "科研方法研修", "医学人文专题培训", "实验室安全培训")
WIDTH, HEIGHT = 1200, 1600  # pixels of a photograph
_IDENTITY = re.compile(rb"<[0-9a-f]{32}>")


def proof(rng: random.Random) -> tuple[str, bytes, str]:
    """Name, bytes and type of a new file; two of five are photographs."""
    if rng.random() < 0.4:
        return "证明.jpg", photograph(), "image/jpeg"
    return "证明.pdf", document(), "application/pdf"


def document() -> bytes:
    """A PDF like the others but for its identity, which no other has."""
    return _IDENTITY.sub(b"<%s>" % uuid4().hex.encode(), _sheet())


def photograph() -> bytes:
    """A JPEG of a few hundred kilobytes with a number in its pixels."""
    image = _paper().copy()
    ImageDraw.Draw(image).text((100, 100), uuid4().hex, fill="black", font_size=48)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


@cache
def _sheet() -> bytes:
    out = io.BytesIO()
    page = Canvas(out, invariant=1)
    for line in range(40):
        page.drawString(80, 760 - 16 * line, f"Certificate of attendance, line {line}, {'hours ' * 8}")
    page.save()
    return out.getvalue()


@cache
def _paper() -> Image.Image:
    return Image.effect_noise((WIDTH, HEIGHT), 16).convert("RGB")
