"""Makes single files for the intake to be tried with: no binary is kept in the repository."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageDraw, PngImagePlugin
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

SECRET = b"secret-trailing-bytes"


@dataclass(frozen=True)
class Honest:
    """A file a person would attach, and what the intake should say of it."""

    name: str
    data: bytes
    media_type: str
    pages: int = 1


@dataclass(frozen=True)
class Hostile:
    """A file that must be refused, and the words its refusal must hold."""

    case: str
    name: str
    data: bytes
    words: tuple[str, ...]


def proof(title: str, *, pages: int = 1) -> bytes:
    """A proof as a training office prints it."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    out = io.BytesIO()
    sheet = canvas.Canvas(out, invariant=1)
    for number in range(pages):
        sheet.setFont("STSong-Light", 18)
        sheet.drawCentredString(298, 760, title)
        sheet.drawString(80, 700, f"兹证明王芳同志参加培训，计 24 学时。第 {number + 1} 页")
        sheet.showPage()
    sheet.save()
    return out.getvalue()


def picture(form: str, size: tuple[int, int] = (620, 877), mode: str = "RGB", **options: object) -> bytes:
    """A certificate as a phone or scanner delivers it."""
    image = Image.new(mode, size, "white" if mode != "RGBA" else (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((20, 20, size[0] // 2, size[1] // 3), fill="black")
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def phone_photo() -> bytes:
    """A photo taken sideways: orientation 6, a place, a comment and bytes behind its end."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(0x8825)[1] = "N"
    return picture("JPEG", (800, 600), exif=exif, comment=b"taken at home") + SECRET


def talking_png() -> bytes:
    """A PNG with text, EXIF and bytes behind its end."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "taken at home")
    exif = Image.Exif()
    exif[0x010F] = "PhoneMaker"
    return picture("PNG", pnginfo=text, exif=exif) + SECRET


def changed_pdf(change: Callable[[pikepdf.Pdf], None], **options: object) -> bytes:
    """A proof after `change` had its way with it."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(proof("学时证明"))) as pdf:
        change(pdf)
        pdf.save(out, **options)
    return out.getvalue()


def action(kind: str, **more: object) -> Dictionary:
    """An action dictionary."""
    return Dictionary(Type=Name.Action, S=Name(f"/{kind}"), **more)


def link(pdf: pikepdf.Pdf, deed: Dictionary) -> None:
    """A place on the first page that does `deed` when clicked."""
    annotate(pdf, "Link", A=deed)


def annotate(pdf: pikepdf.Pdf, subtype: str, **more: object) -> None:
    """An annotation on the first page."""
    note = Dictionary(Type=Name.Annot, Subtype=Name(f"/{subtype}"), Rect=Array([0, 0, 99, 99]), **more)
    pdf.pages[0].obj.Annots = pdf.make_indirect(Array([pdf.make_indirect(note)]))
