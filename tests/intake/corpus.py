"""Makes the honest and the hostile files the intake is tried with: no binary is kept in the repository."""

from __future__ import annotations

import base64
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pikepdf
from pikepdf import Array, Dictionary, Name, String
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
    yield from _broken_pdfs()
    yield from _acting_pdfs()
    yield from _heavy_pdfs()


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


def _broken_pdfs() -> Iterator[Hostile]:
    whole = proof("证明")
    broken = ("已损坏或不完整",)
    yield Hostile("truncated", "残.pdf", whole[: len(whole) // 2], broken)
    yield Hostile("end cut off", "残.pdf", whole[:-20], broken)
    yield Hostile("only a head", "头.pdf", b"%PDF-1.7\n", broken)
    yield Hostile("zip behind the end", "双.pdf", whole + b"PK\x05\x06" + b"\0" * 18, broken)
    yield Hostile("wrong table", "表.pdf", whole.replace(b"\nxref\n", b"\nxrxf\n"), broken)
    yield Hostile("no pages", "无.pdf", _without_pages(), broken)
    yield Hostile("page tree loop", "环.pdf", changed_pdf(_loop), broken)
    yield Hostile("201 pages", "长.pdf", proof("成绩单", pages=201), ("201 页", "200 页"))
    for case, user in (("password", "pw"), ("owner password only", "")):
        lock = pikepdf.Encryption(owner="owner", user=user)
        yield Hostile(
            case, "密.pdf", changed_pdf(lambda pdf: None, encryption=lock), ("密码", "另存为普通 PDF")
        )


def _without_pages() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.save(out)
    return out.getvalue()


def _loop(pdf: pikepdf.Pdf) -> None:
    tree = pdf.Root.Pages
    branch = pdf.make_indirect(Dictionary(Type=Name.Pages, Count=1, Parent=tree))
    branch.Kids = Array([branch])
    pdf.Root.Pages.Kids = Array([branch])


def _acting_pdfs() -> Iterator[Hostile]:
    script = ("脚本（JavaScript）", "打印")
    outside = ("打开其他文件或程序", "打印")
    alone = ("自动执行",)
    for case, change, words in (
        ("script by name", _named_script, script),
        ("script on click", lambda pdf: link(pdf, action("JavaScript", JS=String("app.alert(1)"))), script),
        ("script spelled with hex", _named_script, script),
        ("script in a chain", _chained_script, script),
        ("script in the outline", _outline_script, script),
        ("launch", lambda pdf: link(pdf, action("Launch", F=String("cmd.exe"))), outside),
        ("file on a share", lambda pdf: link(pdf, action("GoToR", F=String("\\\\evil\\x"))), outside),
        ("form that sends", lambda pdf: link(pdf, action("SubmitForm", F=String("http://e/"))), outside),
        ("stream from a file", _outside_stream, outside),
        ("attachment", _attachment, ("附件",)),
        ("attachment on a page", _attached_note, ("附件",)),
        ("portfolio", _portfolio, ("附件",)),
        ("web page on opening", _opening_uri, alone),
        ("prints on opening", _opening_print, alone),
        ("action of the file", _file_trigger, alone),
        ("action of a page", _page_trigger, alone),
        ("dynamic form", _xfa, ("XFA",)),
        ("rich media", lambda pdf: annotate(pdf, "RichMedia"), ("音频、视频",)),
        ("three dimensions", lambda pdf: annotate(pdf, "3D"), ("三维",)),
        ("film", lambda pdf: annotate(pdf, "Screen"), ("视频",)),
    ):
        data = changed_pdf(change)
        if case == "script spelled with hex":
            data = data.replace(b"/JavaScript", b"/#4aavaScript")
            data = changed_offsets(data)
        yield Hostile(case, "动.pdf", data, words)
    hidden = {"object_stream_mode": pikepdf.ObjectStreamMode.generate}
    yield Hostile("script in an object stream", "藏.pdf", changed_pdf(_named_script, **hidden), script)


def changed_offsets(data: bytes) -> bytes:
    """The same file with its cross-reference table written anew after text was replaced by hand."""
    head, _, tail = data.partition(b"\nxref\n")
    trailer = tail[tail.index(b"trailer") : tail.index(b"startxref")]
    count = int(tail.split(b"\n", 1)[0].split()[1])
    rows = [b"0000000000 65535 f \n"]
    rows += [b"%010d 00000 n \n" % (head.index(b"\n%d 0 obj" % number) + 1) for number in range(1, count)]
    table = b"\nxref\n0 %d\n" % count + b"".join(rows) + trailer
    return head + table + b"startxref\n%d\n%%%%EOF\n" % (len(head) + 1)


def _named_script(pdf: pikepdf.Pdf) -> None:
    deed = pdf.make_indirect(action("JavaScript", JS=String("app.alert(1)")))
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), deed])))


def _chained_script(pdf: pikepdf.Pdf) -> None:
    second = action("JavaScript", JS=String("app.alert(1)"))
    link(pdf, action("URI", URI=String("https://a.example/"), Next=Array([second])))


def _outline_script(pdf: pikepdf.Pdf) -> None:
    item = pdf.make_indirect(Dictionary(Title=String("x"), A=action("JavaScript", JS=String("1"))))
    pdf.Root.Outlines = pdf.make_indirect(Dictionary(Type=Name.Outlines, First=item, Last=item, Count=1))


def _outside_stream(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[0].obj
    page.Contents = pdf.make_stream(b"", F=String("/etc/passwd"))


def _attachment(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["宏.xlsm"] = b"PK"


def _attached_note(pdf: pikepdf.Pdf) -> None:
    inner = pdf.make_stream(b"MZ")
    annotate(pdf, "FileAttachment", FS=Dictionary(Type=Name.Filespec, EF=Dictionary(F=inner)))


def _portfolio(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Collection = Dictionary(View=Name.T)


def _opening_uri(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = action("URI", URI=String("http://evil.example/"))


def _opening_print(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = action("Named", N=Name.Print)


def _file_trigger(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AA = Dictionary(WC=action("URI", URI=String("http://evil.example/")))


def _page_trigger(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.AA = Dictionary(O=action("URI", URI=String("http://evil.example/")))


def _xfa(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AcroForm = Dictionary(Fields=Array([]), XFA=pdf.make_stream(b"<xdp/>"))


def _heavy_pdfs() -> Iterator[Hostile]:
    words = ("过于复杂", "拆分")
    zeros = zlib.compress(b"\0" * 120_000_000)
    flate = Name.FlateDecode
    as_packed = {"compress_streams": False, "stream_decode_level": pikepdf.StreamDecodeLevel.none}
    yield Hostile(
        "600 MB in five streams", "炸.pdf", changed_pdf(_streams([zeros] * 5, flate), **as_packed), words
    )
    twice = zlib.compress(zlib.compress(b"\0" * 300_000_000, 9))
    chain = Array([flate, flate])
    yield Hostile("packed twice", "炸.pdf", changed_pdf(_streams([twice], chain), **as_packed), words)
    one = zlib.compress(b"\0" * 140_000_000)
    yield Hostile("140 MB in one stream", "炸.pdf", changed_pdf(_streams([one], flate), **as_packed), words)
    armour = base64.a85encode(zlib.compress(b"\0" * 140_000_000)) + b"~>"
    armoured = Array([Name.ASCII85Decode, flate])
    yield Hostile("in armour", "炸.pdf", changed_pdf(_streams([armour], armoured), **as_packed), words)
    fake = Array([flate, Name.DCTDecode])
    yield Hostile("as a photo", "炸.pdf", changed_pdf(_streams([one], fake), **as_packed), words)
    runs = b"\x81\0" * 1_100_000 + b"\x80"
    rows = Name.RunLengthDecode
    yield Hostile("run lengths", "炸.pdf", changed_pdf(_streams([runs], rows), **as_packed), words)
    yield Hostile("gigapixel scan", "巨.pdf", changed_pdf(_giant_scan), words)


def _streams(packed: list[bytes], filters: pikepdf.Object) -> Callable[[pikepdf.Pdf], None]:
    def change(pdf: pikepdf.Pdf) -> None:
        streams = []
        for data in packed:
            stream = pdf.make_stream(b"")
            stream.write(data, filter=filters)
            streams.append(stream)
        pdf.pages[0].obj.Contents = Array(streams)

    return change


def _giant_scan(pdf: pikepdf.Pdf) -> None:
    scan = pdf.make_stream(b"\0", Type=Name.XObject, Subtype=Name.Image, Width=90000, Height=90000)
    pdf.pages[0].obj.Resources.XObject = Dictionary(Im0=scan)
