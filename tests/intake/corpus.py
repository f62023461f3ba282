"""The honest and the hostile files the intake is tried with."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

import pikepdf
from corpus_parts import Honest, Hostile, action, changed_pdf, link, phone_photo, picture, proof, talking_png
from corpus_pdfs import hostile_pdfs
from pikepdf import Array, Name, String


def honest() -> Iterator[Honest]:
    """Everything that must pass."""
    pdf, jpeg, png = "application/pdf", "image/jpeg", "image/png"
    for title in ("单位派出证明", "进修单位考核证明", "学时证明", "录取通知书", "当年度成绩单"):
        yield Honest(f"{title}.pdf", proof(title), pdf)
    yield Honest("论文首页.jpg", picture("JPEG", (1240, 1754), quality=85), jpeg)
    yield Honest("专利证书.png", picture("PNG"), png)
    yield Honest("大写.PDF", proof("证明"), pdf)
    yield Honest("照片.jpeg", phone_photo(), jpeg)
    yield Honest("黑白扫描.png", picture("PNG", mode="1"), png)
    yield Honest("灰度.jpg", picture("JPEG", mode="L", progressive=True), jpeg)
    yield Honest("印刷色.jpg", picture("JPEG", mode="CMYK"), jpeg)
    yield Honest("透明印章.png", picture("PNG", mode="RGBA"), png)
    yield Honest("调色板.png", picture("PNG", mode="P"), png)
    yield Honest("有说明.png", talking_png(), png)
    yield Honest("两百页.pdf", proof("成绩单", pages=200), pdf, 200)
    yield Honest("论文带链接.pdf", changed_pdf(_web_link), pdf)
    yield Honest("打开到首页.pdf", changed_pdf(_open_at_page), pdf)
    yield Honest("打开到首页动作.pdf", changed_pdf(_open_by_goto), pdf)
    yield Honest("字体名为AA.pdf", changed_pdf(_font_named_aa), pdf)
    yield Honest(
        "压缩对象.pdf",
        changed_pdf(lambda pdf: None, object_stream_mode=pikepdf.ObjectStreamMode.generate),
        pdf,
    )


def _web_link(pdf: pikepdf.Pdf) -> None:
    link(pdf, action("URI", URI=String("https://doi.org/10.1000/182")))


def _open_at_page(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = Array([pdf.pages[0].obj, Name.Fit])


def _open_by_goto(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = action("GoTo", D=Array([pdf.pages[0].obj, Name.Fit]))


def _font_named_aa(pdf: pikepdf.Pdf) -> None:
    fonts = pdf.pages[0].obj.Resources.Font
    fonts["/AA"] = fonts[next(iter(fonts.keys()))]


def hostile() -> Iterator[Hostile]:
    """Everything that must be refused."""
    yield from _wrong_kinds()
    yield from _bad_images()
    yield from hostile_pdfs()


def _wrong_kinds() -> Iterator[Hostile]:
    whole = proof("证明")
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    yield Hostile("empty", "空.pdf", b"", ("空文件", "0 字节"))
    yield Hostile("40 MB", "大.pdf", whole + b"\0" * 40_000_000, ("MB", "超过 10 MB"))
    yield Hostile("one byte over", "大.png", picture("PNG").ljust(10 * 1024 * 1024 + 1, b"\0"), ("10 MB",))
    yield Hostile("word document", "证明.docx", box.getvalue(), ("只接受 PDF、JPEG、PNG",))
    yield Hostile("no extension", "证明", whole, ("只接受",))
    yield Hostile("second extension", "证明.pdf.exe", whole, ("只接受",))
    yield Hostile("svg", "图.svg", b"<svg onload='alert(1)'/>", ("只接受",))
    yield Hostile("renamed office file", "证明.pdf", box.getvalue(), ("与扩展名不符", "Office"))
    yield Hostile("renamed png", "证明.pdf", picture("PNG"), ("PNG 图片", "改为 .png"))
    yield Hostile("renamed jpeg", "证明.png", picture("JPEG"), ("JPEG 图片", "改为 .jpg"))
    yield Hostile("renamed pdf", "证明.jpg", whole, ("PDF 文件", "改为 .pdf"))
    yield Hostile("program", "证明.pdf", b"MZ\x90\0" + b"\0" * 99, ("可执行程序",))
    yield Hostile("webp", "图.png", picture("WEBP"), ("WebP", "另存或导出"))
    yield Hostile("gif", "图.jpg", picture("GIF", mode="P"), ("GIF",))
    yield Hostile("phone heic", "照片.jpg", b"\0\0\0\x18ftypheic" + b"\0" * 64, ("HEIC",))
    yield Hostile("html in front of a pdf", "证明.pdf", b"<script>1</script>" + whole, ("与扩展名不符",))
    yield Hostile("text", "证明.pdf", "证明".encode(), ("无法识别",))


def _bad_images() -> Iterator[Hostile]:
    jpeg, png = picture("JPEG", (1240, 1754)), picture("PNG")
    yield Hostile("bomb", "炸.png", picture("PNG", (12000, 12000), "1"), ("12000×12000", "4000 万像素"))
    yield Hostile("declared giant", "巨.jpg", _declared(jpeg, 65000, 65000), ("65000×65000",))
    yield Hostile("lying width", "长.png", _png_header(png, 6000, 6000), ("损坏",))
    yield Hostile("truncated jpeg", "残.jpg", jpeg[: len(jpeg) // 2], ("损坏或不完整",))
    yield Hostile("truncated png", "残.png", png[: len(png) // 2], ("损坏或不完整",))
    yield Hostile("only a head", "头.jpg", b"\xff\xd8\xff\xe0", ("损坏或不完整",))
    yield Hostile(
        "flipped bits", "坏.png", png[:80] + bytes(b ^ 0xFF for b in png[80:120]) + png[120:], ("损坏",)
    )
    yield Hostile("zero wide", "零.png", _png_header(png, 0, 10), ("损坏",))
    yield Hostile("text bomb", "文.png", _text_bomb(png), ("损坏",))


def _declared(jpeg: bytes, width: int, height: int) -> bytes:
    place = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:place] + struct.pack(">HH", height, width) + jpeg[place + 4 :]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png_header(png: bytes, width: int, height: int) -> bytes:
    return png[:8] + _chunk(b"IHDR", struct.pack(">II", width, height) + png[24:29]) + png[33:]


def _text_bomb(png: bytes) -> bytes:
    talk = b"Comment\0\0" + zlib.compress(b"\0" * 100_000_000)
    return png[:33] + _chunk(b"zTXt", talk) + png[33:]
